"""Named facts of the borough that no single table shows: how traits go together across its areas, and rare people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ..reference import table
from .dice import F64, I64
from .pool import COMPOSITIONS
from .published import coded
from .sources import area_table
from .storing import labels_of


@dataclass(frozen=True, slots=True)
class Signature:
    """A figure and the range it must lie in."""

    name: str
    value: float
    least: float
    most: float

    @property
    def holds(self) -> bool:
        """Whether the figure lies in its range."""
        return self.least <= self.value <= self.most


def signatures(households: pa.Table, persons: pa.Table) -> list[Signature]:
    """The facts with their ranges, which are the published figures give or take what rounding and fitting leave."""
    figures = _figures(households, persons)
    data = table("population/odds/signatures")
    rows = zip(data["name"], data["least"], data["most"], strict=True)
    return [Signature(name, figures[name], float(least), float(most)) for name, least, most in rows]


def _figures(households: pa.Table, persons: pa.Table) -> dict[str, float]:
    areas = area_table("age_by_lsoa").areas
    area = coded(households.column("lsoa").combine_chunks(), areas)
    private = coded(households.column("composition").combine_chunks(), COMPOSITIONS) < len(COMPOSITIONS) - 1
    home = area[np.asarray(persons.column("household"))]
    age = np.asarray(persons.column("age"))

    def share(flags: np.ndarray, places: I64, among: np.ndarray | None = None) -> F64:
        kept = np.ones(len(flags), dtype=np.bool_) if among is None else among
        whole = np.bincount(places[kept], minlength=len(areas))
        return np.bincount(places[kept & flags], minlength=len(areas)) / np.maximum(whole, 1)

    def is_one(data: pa.Table, field: str, test: Callable[[str], bool]) -> np.ndarray:
        labels = labels_of(field)
        chosen = np.array([test(label) for label in labels] + [False])
        return np.asarray(chosen[coded(data.column(field).combine_chunks(), labels)])

    jewish = is_one(persons, "religion", lambda label: label == "Jewish")
    jewish_share, young = share(jewish, home), share(age < 15, home)
    social = share(is_one(households, "tenure", lambda label: label.startswith("Social")), area, private)
    black = share(is_one(persons, "ethnic", lambda label: label.startswith("Black")), home)
    carless = share(is_one(households, "cars", lambda label: label.startswith("No")), area, private)
    held = np.sort(np.bincount(home[jewish], minlength=len(areas)))[::-1] / max(jewish.sum(), 1)
    sizes = np.bincount(np.asarray(persons.column("household")), minlength=households.num_rows)[private]
    return {
        "Jewish share, highest of an area": float(jewish_share.max()),
        "Jewish share, lowest of an area": float(jewish_share.min()),
        "social renting, highest of an area": float(social.max()),
        "social renting, lowest of an area": float(social.min()),
        "under 15, highest of an area": float(young.max()),
        "under 15, lowest of an area": float(young.min()),
        "no car, highest of an area": float(carless.max()),
        "no car, lowest of an area": float(carless.min()),
        "Jewish by under 15, correlation": float(np.corrcoef(jewish_share, young)[0, 1]),
        "social renting by Black, correlation": float(np.corrcoef(social, black)[0, 1]),
        "Jewish residents in ten areas": float(held[:10].sum()),
        "Jewish residents in twenty areas": float(held[:20].sum()),
        "centenarians": float((age >= 100).sum()),
        "aged 90 and over": float((age >= 90).sum()),
        "mean size of four and more": float(sizes[sizes >= 4].mean()),
        "share in communal establishments": 1 - sizes.sum() / len(age),
        "median age": float(np.median(age)),
    }
