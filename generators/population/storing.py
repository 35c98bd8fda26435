"""The fitted population as two small files: candidate households with their members, and households that are in use.

A household in use names its candidate, so who its members are is kept once however often the candidate was chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ..reference import table
from .communal import KINDS
from .dice import I64
from .homes import Homes, bedrooms_needed
from .identity import MARITAL
from .origins import passport_names
from .pool import COMPOSITIONS, PERSON, Households
from .sources import area_table, communities
from .structure import ROLES

EMPTY = ""
_LISTS = {"language": "languages", "country": "countries", "ethnic": "ethnic", "religion": "religions"}


def labels_of(field: str) -> tuple[str, ...]:
    """The labels of a field's codes, in their order."""
    if field in _LISTS:
        return table(f"population/odds/{_LISTS[field]}")["label"]
    fixed = {
        "role": ROLES,
        "marital": MARITAL,
        "composition": COMPOSITIONS,
        "community": communities(),
        "passport": passport_names(),
        "male": ("F", "M"),
        "establishment": tuple(kind.name for kind in KINDS),
        "lsoa": area_table("age_by_lsoa").areas,
    }
    if field in fixed:
        return fixed[field]
    data = table("population/odds/labels")
    return tuple(label for name, label in zip(data["field"], data["label"], strict=True) if name == field)


def encoded(field: str, values: I64) -> pa.Array:
    """Codes as a dictionary column; where there is no value (-1) the code is that of the empty label at the end.

    A code of its own costs a third of what a column of bits beside it would.
    """
    labels = labels_of(field)
    empty = bool((values < 0).any())
    codes = np.where(values < 0, len(labels), values).astype(np.uint8)
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array([*labels, EMPTY] if empty else labels))


def store(folder: Path, pool: Households, households: dict[str, I64], residents: dict[str, I64]) -> None:
    """Write the three files; the same arrays give the same bytes."""
    counts: dict[str, type[np.integer[Any]]] = {"candidate": np.uint16, "bedrooms": np.int8}
    for name, columns in (
        ("candidates", _candidates(pool)),
        ("households", _columns(households, counts)),
        ("residents", _columns(residents, {})),
    ):
        options = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", 19))
        with pa.ipc.new_file(str(folder / f"{name}.arrow"), columns.schema, options=options) as writer:
            writer.write_table(columns)


def _candidates(pool: Households) -> pa.Table:
    """Members with what is known of them; what is known of the candidate itself stands with its first member."""
    first = np.zeros(len(pool.people["age"]), dtype=np.int8)
    first[pool.start[:-1]] = 1
    found = {"first": pa.array(first), "age": pa.array(pool.people["age"].astype(np.int8))}
    for name in PERSON[1:]:
        values = pool.people[name]
        found[name] = pa.array(values.astype(np.int8)) if name in ("mother", "father") else encoded(name, values)
    found["composition"] = encoded("composition", np.repeat(pool.composition, pool.sizes))
    found["needed"] = pa.array(np.repeat(bedrooms_needed(pool), pool.sizes).astype(np.int8))
    return pa.table(found)


def _columns(values: dict[str, I64], counts: Mapping[str, type[np.integer[Any]]]) -> pa.Table:
    found = {name: pa.array(column.astype(counts[name])) if name in counts else encoded(name, column)
             for name, column in values.items()}  # fmt: skip
    return pa.table(found)


def homes_columns(homes: Homes) -> dict[str, I64]:
    """A household's labels by the name they are kept under."""
    return {name: getattr(homes, name) for name in ("tenure", "accommodation", "cars", "bedrooms")}
