"""What can never be in a household: each rule with the number of times a population breaks it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from .dice import I64

YEAR = 365.25


def violations(households: pa.Table, persons: pa.Table) -> dict[str, int]:
    """How often each hard rule is broken; all should be 0.

    Args:
        households: the columns ``size``, ``composition``, ``bedrooms`` and ``needed``.
        persons: the columns ``household``, ``age``, ``birthday``, ``role``, ``mother``, ``father``, ``partner`` and
            ``marital``, those of a household side by side.
    """
    home = _whole(persons, "household")
    start = np.searchsorted(home, np.arange(households.num_rows))
    age, role = _whole(persons, "age"), np.array(persons.column("role").to_pylist())
    days = age * YEAR + _whole(persons, "birthday")
    mother, father, partner = (_whole(persons, name) for name in ("mother", "father", "partner"))
    older_mother = (days[start[home] + np.maximum(mother, 0)] - days) / YEAR
    older_father = (days[start[home] + np.maximum(father, 0)] - days) / YEAR
    married = np.array([str(label).startswith("Married") for label in persons.column("marital").to_pylist()])
    grown = np.bincount(home, weights=age >= 18, minlength=households.num_rows)
    rooms, needed = _whole(households, "bedrooms"), _whole(households, "needed")
    sizes = np.bincount(home, minlength=households.num_rows)
    return {
        "mother younger than 12 or older than 55 at a birth": _count(
            (mother >= 0) & ((older_mother < 12) | (older_mother > 55))
        ),
        "father younger than 13 at a birth": _count((father >= 0) & (older_father < 13)),
        "children of one mother born within nine months": _close_births(home, mother, days, role),
        "household of children alone": _count(grown == 0),
        "partner under 18": _count((partner >= 0) & (age < 18)),
        "partner without a partner": _count((partner >= 0) & (partner[start[home] + np.maximum(partner, 0)] < 0)),
        "married under 18": _count(married & (age < 18)),
        "child without a parent at home": _count((role == "child") & (mother < 0) & (father < 0)),
        "size that is not the number of residents": _count(sizes != _whole(households, "size")),
        "private household without a bedroom": _count((rooms < 1) & ~_communal(households)),
        "more than three residents to a bedroom and one": _count((rooms > 0) & (sizes > 3 * rooms + 1)),
        "short of more than three bedrooms": _count((rooms > 0) & (needed - rooms > 3)),
        "communal unit of more than 40": _count(_communal(households) & (sizes > 40)),
    }


def _whole(data: pa.Table, name: str) -> I64:
    return np.asarray(data.column(name).combine_chunks().cast(pa.int64()).fill_null(-1))


def _communal(households: pa.Table) -> np.ndarray:
    return np.array([label == "Communal establishment" for label in households.column("composition").to_pylist()])


def _count(flags: np.ndarray) -> int:
    return int(np.count_nonzero(flags))


def _close_births(home: I64, mother: I64, days: np.ndarray, role: np.ndarray) -> int:
    """Pairs of children of one mother, next to each other in age, less than 274 days apart and no twins."""
    kept = np.flatnonzero((mother >= 0) & (role == "child"))
    order = kept[np.lexsort((days[kept], mother[kept], home[kept]))]
    same = (home[order][1:] == home[order][:-1]) & (mother[order][1:] == mother[order][:-1])
    apart = days[order][1:] - days[order][:-1]
    return _count(same & (apart > 0) & (apart < 274))
