"""How well a population meets what is published: ``python -m generators.population.fitness`` prints the table.

SRMSE is the root of the mean squared error over the mean of the expected; a cell lies outside where
``|z| > 1.96`` with ``z = (p - t) / sqrt(t (1 - t) / n)``, p and t being the observed and the expected share of n in its
area (Timmins and Edwards 2016). The counts may be those of the shipped files or of generated tables: a table of
households and one of persons, whose columns bear the names of the fields they were made from.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from .dice import F64, I64
from .published import Expected, expectations
from .reading import HOUSEHOLD_FIELDS, PERSON_FIELDS, shipped
from .signatures import signatures

BOROUGH_LIMIT, AREA_LIMIT, OUTSIDE_LIMIT = 0.05, 0.10, 0.05


@dataclass(frozen=True, slots=True)
class Fitness:
    """How one published table is met."""

    table: str
    cells: int
    srmse: float
    outside: float
    limit: float

    @property
    def holds(self) -> bool:
        """Whether both the error and the share of cells outside are below their limits."""
        return self.srmse < self.limit and self.outside < OUTSIDE_LIMIT


def srmse(observed: F64, expected: F64) -> float:
    """The root of the mean squared error over the mean of the expected."""
    return float(np.sqrt(np.mean((observed - expected) ** 2)) / np.mean(expected))


def outside(observed: F64, expected: F64) -> float:
    """The share of cells whose z is beyond 1.96; a row is an area, whose shares are compared."""
    number = observed.sum(axis=1, keepdims=True)
    aim = expected / np.maximum(expected.sum(axis=1, keepdims=True), 1)
    found = observed / np.maximum(number, 1)
    spread = np.sqrt(aim * (1 - aim) / np.maximum(number, 1))
    z = np.divide(found - aim, spread, out=np.where(found == aim, 0.0, np.inf), where=spread > 0)
    return float(np.mean(np.abs(z) > 1.96))


def measure(households: pa.Table, persons: pa.Table, *, whole: bool = True) -> list[Fitness]:
    """Every published table whose columns are there, against its counts.

    Args:
        households: a row a household; its columns bear the names of fields.
        persons: a row a person, with ``household`` for the position of the household in its table.
        whole: whether this is the whole borough; if not, what is expected is brought to the number observed.
    """
    found = []
    for item in expectations():
        observed = observe(item, households, persons)
        if observed is None:
            continue
        expected = item.counts if whole and not item.shares else item.counts * observed.sum() / item.counts.sum()
        limit = AREA_LIMIT if item.area else BOROUGH_LIMIT
        found.append(Fitness(item.name, expected.size, srmse(observed, expected), outside(observed, expected), limit))
    return found


def observe(item: Expected, households: pa.Table, persons: pa.Table) -> F64 | None:
    """The counts behind a published table, or nothing if a column it needs is not there."""
    source = persons if item.of == "person" else households
    needed = {item.field, *item.given}
    if not needed <= set(source.column_names) or (item.area and item.area not in households.column_names):
        return None
    columns = {name: source.column(name).combine_chunks() for name in needed}
    codes = item.classify(columns)
    rows = np.zeros(len(codes), dtype=np.int64)
    if item.area:
        area = _codes(households.column(item.area).combine_chunks(), item.areas)
        rows = area[np.asarray(persons.column("household"))] if item.of == "person" else area
    kept = (codes >= 0) & (rows >= 0)
    cells = np.bincount(rows[kept] * item.counts.shape[1] + codes[kept], minlength=item.counts.size)
    return cells.reshape(item.counts.shape).astype(np.float64)


def _codes(values: pa.Array, labels: tuple[str, ...]) -> I64:
    encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    known = {label: place for place, label in enumerate(labels)}
    places = np.array([known.get(label, -1) for label in encoded.dictionary.to_pylist()] + [-1])
    return np.asarray(places[np.asarray(encoded.indices.cast(pa.int64()).fill_null(-1))])


def shipped_tables() -> tuple[pa.Table, pa.Table]:
    """All shipped households and residents with all their fields."""
    population = shipped()
    return (
        pa.table({name: population.field("household", name) for name in HOUSEHOLD_FIELDS}),
        pa.table({name: population.field("person", name) for name in PERSON_FIELDS}),
    )


def report(households: pa.Table, persons: pa.Table, *, whole: bool = True) -> Iterator[str]:
    """The findings as lines of text."""
    yield f"{'table':44} {'cells':>6} {'SRMSE':>7} {'|z|>1.96':>9}  holds"
    for item in measure(households, persons, whole=whole):
        yield f"{item.table:44} {item.cells:6} {item.srmse:7.4f} {item.outside:9.2%}  {'yes' if item.holds else 'NO'}"
    yield ""
    yield f"{'signature':44} {'found':>8} {'from':>8} {'to':>8}  holds"
    for sign in signatures(households, persons):
        yield f"{sign.name:44} {sign.value:8.3f} {sign.least:8.3f} {sign.most:8.3f}  {'yes' if sign.holds else 'NO'}"


def main() -> None:
    """Print how the shipped population meets what is published."""
    for line in report(*shipped_tables()):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
