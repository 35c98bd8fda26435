"""Odds of labels: products of factors from a table, one line a level, 1 where nothing is said."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..reference import table
from .dice import F64, I64

Facts = Mapping[str, tuple[tuple[str, ...], I64]]
"""By factor, the names of its levels and each row's level."""

AGES = (0, 5, 10, 16, 20, 25, 35, 45, 55, 66, 75, 85)


def label_categories(name: str) -> tuple[str, ...]:
    """The categories a table of odds is about, in its order."""
    return tuple(table(f"population/odds/{name}"))[2:]


def label_odds(name: str, facts: Facts, rows: int) -> F64:
    """The odds of each category for each row.

    A level of the table that the facts do not have is an error, so that a spelling mistake cannot pass for no effect.

    Raises:
        ValueError: for a factor or level that the facts lack.
    """
    data, categories = table(f"population/odds/{name}"), label_categories(name)
    odds = np.ones((rows, len(categories)))
    multipliers: dict[str, F64] = {}
    for place, (factor, level) in enumerate(zip(data["factor"], data["level"], strict=True)):
        levels, _ = facts[factor]
        if level not in levels:
            raise ValueError(f"odds of {name!r}: {factor} has no level {level!r}")
        matrix = multipliers.setdefault(factor, np.ones((len(levels), len(categories))))
        matrix[levels.index(level)] = [float(data[category][place]) for category in categories]
    for factor, matrix in multipliers.items():
        odds *= matrix[facts[factor][1]]
    return odds


def age_fact(ages: I64) -> tuple[tuple[str, ...], I64]:
    """Ages in the bands that the tables of odds use."""
    bands = np.digitize(ages, AGES[1:])
    return tuple(str(age) for age in AGES), bands


def flag_fact(flags: np.ndarray, yes: str = "yes", no: str = "no") -> tuple[tuple[str, ...], I64]:
    """A claim as a factor of two levels."""
    return (no, yes), flags.astype(np.int64)
