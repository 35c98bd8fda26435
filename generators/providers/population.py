"""The borough's population by slot: whole neighbourhoods of 100 residents, their households and who lives in them.

It was fitted once from published figures (``python -m generators.population.fit``); generation only looks it up, so a
row's values are functions of its slot. Sources are in ``reference/population/PROVENANCE.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..kernels import Permutation
from ..population.reading import HOUSEHOLD_FIELDS, PERSON_FIELDS, shipped
from .definition import Rows, generator, parameter
from .draws import I64

_WHOLE = ("integer", "bigint", "smallint")
POPULATION_GENERATORS = frozenset({"population", "population_count", "population_slot"})
_FIELDS = "; ".join(
    f"of a {of}: " + ", ".join(f"{name} ({doc})" for name, doc in known.items())
    for of, known in (("household", HOUSEHOLD_FIELDS), ("person", PERSON_FIELDS))
)


@dataclass(frozen=True, slots=True)
class PopulationSlot:
    of: str = parameter("text", "what the row is", default="neighbourhood",
                        choices=("neighbourhood", "household", "person"))  # fmt: skip
    by: str = parameter(
        "column",
        "for a neighbourhood, a column of whole numbers, the row's own position if none is given; for a household, "
        "the neighbourhood's slot; for a person, the household's slot",
        default="",
    )

    def __post_init__(self) -> None:
        if self.of != "neighbourhood" and not self.by:
            raise ValueError(f"the slot of a {self.of} needs the column 'by' with the slot above it")


@generator(
    "population_slot",
    output=_WHOLE,
    parameters=PopulationSlot,
    default="by",
    examples=({}, {"by": "id"}, {"of": "household", "by": "slot"}),
)
def population_slot(rows: Rows, parameters: PopulationSlot) -> pa.Array:
    """Where a row stands in the fitted population: neighbourhoods in scrambled order, all else by its ordinal in them.

    Consecutive numbers name different neighbourhoods until all are used; then the same order comes round again.
    """
    population = shipped()
    if parameters.of != "neighbourhood":
        starts = population.household_start if parameters.of == "household" else population.person_start
        return pa.array(starts[_slots(rows, parameters.by, len(starts) - 1)] + rows.ordinals())
    numbers = _whole(rows.column(parameters.by)) if parameters.by else rows.ordinals()
    order = _order(population.neighbourhoods, int(rows.seed), rows.path)
    return pa.array(order[np.mod(numbers, population.neighbourhoods)])


@lru_cache(maxsize=16)
def _order(neighbourhoods: int, seed: int, path: str) -> I64:
    """Every neighbourhood once, in the seed's order."""
    found = Permutation(neighbourhoods, seed, path).forward(np.arange(neighbourhoods, dtype=np.uint64))
    return found.view(np.int64)


@dataclass(frozen=True, slots=True)
class PopulationCount:
    slot: str = parameter("column", "the slot of the neighbourhood, or of the household if persons are counted")
    of: str = parameter("text", "what is counted", default="household", choices=("household", "person"))


@generator(
    "population_count",
    output=_WHOLE,
    parameters=PopulationCount,
    default="slot",
    examples=({"of": "household", "slot": "slot"}, {"of": "person", "slot": "slot"}),
)
def population_count(rows: Rows, parameters: PopulationCount) -> pa.Array:
    """How many households a neighbourhood has (at most 100), or how many people a household (at most 40)."""
    population = shipped()
    starts = population.household_start if parameters.of == "household" else population.person_start
    slots = _slots(rows, parameters.slot, len(starts) - 1)
    return pa.array(starts[slots + 1] - starts[slots])


@dataclass(frozen=True, slots=True)
class PopulationField:
    field: str = parameter("text", f"what is told; {_FIELDS}", choices=tuple({**HOUSEHOLD_FIELDS, **PERSON_FIELDS}))
    slot: str = parameter("column", "the row's slot in the fitted population")
    of: str = parameter("text", "whose field it is", default="person", choices=("household", "person"))

    def __post_init__(self) -> None:
        known = HOUSEHOLD_FIELDS if self.of == "household" else PERSON_FIELDS
        if self.field not in known:
            raise ValueError(f"a {self.of} has no field {self.field!r}; it has {', '.join(known)}")


@generator(
    "population",
    output=("text", "varchar", "char", *_WHOLE),
    parameters=PopulationField,
    examples=({"of": "person", "field": "age", "slot": "slot"}, {"of": "household", "field": "tenure", "slot": "slot"}),
)
def population(rows: Rows, parameters: PopulationField) -> pa.Array:
    """What the fitted population says of a household or a person, as a label of the census or a whole number."""
    values = shipped().field(parameters.of, parameters.field)
    places = pa.array(_slots(rows, parameters.slot, len(values)))
    if not pa.types.is_dictionary(values.type):
        return pc.take(values, places, boundscheck=False)
    indices = pc.take(values.indices, places, boundscheck=False)
    return pa.DictionaryArray.from_arrays(indices, values.dictionary)


def _whole(column: pa.Array) -> I64:
    return np.asarray(column.cast(pa.int64()).fill_null(0))


def _slots(rows: Rows, column: str, limit: int) -> I64:
    """The slots in a column; what lies outside comes round again, so that no look-up can fail."""
    return np.mod(_whole(rows.column(column)), limit)
