"""Places: Hackney's wards and postcode districts, postcodes that cannot exist, streets and buildings that do not.

Sources, licences and what was done with them are in ``reference/places/PROVENANCE.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..kernels import Permutation, bounded
from ..reference import table
from .definition import NoParameters, Promise, Rows, generator, parameter
from .draws import I64, Slots, shared_bits, text_scalar, whole_keys
from .identifiers import TEXT

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NEVER_INWARD = frozenset("CIKMOV")


# ---------------------------------------------------------------------------------------------------- ward, district


@dataclass(frozen=True, slots=True)
class Ward:
    by: str = parameter("column", "rows with the same value here lie in the same ward", default="")
    of: str = parameter("column", "a column with a ward's name or code, to be told in the other way", default="")
    output: str = parameter("text", "what is told", default="name", choices=("name", "code"))


@generator(
    "ward",
    output=TEXT,
    parameters=Ward,
    default="by",
    examples=({}, {"by": "neighbourhood.id", "output": "code"}, {"of": "ward_code"}),
)
def ward(rows: Rows, parameters: Ward) -> pa.Array:
    """The 21 wards of Hackney as of May 2023, all equally likely; or a ward's name for its code, or the reverse."""
    known = table("places/wards")
    told = pa.array(known[parameters.output], type=pa.string())
    if parameters.of:
        return told.take(_ward_places(rows.column(parameters.of)))
    return told.take(pa.array(bounded(shared_bits(rows, parameters.by), len(told))))


def _ward_places(values: pa.Array) -> pa.Array:
    """Each ward's position, from its name or its code; empty where it is neither."""
    known, texts = table("places/wards"), values.cast(pa.string())
    by_name = pc.index_in(texts, value_set=pa.array(known["name"], type=pa.string()))
    return pc.coalesce(by_name, pc.index_in(texts, value_set=pa.array(known["code"], type=pa.string())))


@dataclass(frozen=True, slots=True)
class District:
    by: str = parameter("column", "rows with the same value here lie in the same district", default="")
    ward: str = parameter("column", "a column with a ward's name or code, whose districts are meant", default="")


@lru_cache(maxsize=1)
def _districts() -> tuple[pa.Array, Slots]:
    """Outward codes, and slots for each ward and, last, for the whole borough."""
    data, wards = table("places/ward_districts"), table("places/wards")["code"]
    names = list(dict.fromkeys(data["district"]))
    groups: list[list[tuple[int, float]]] = [[] for _ in range(len(wards) + 1)]
    for code, name, weight in zip(data["ward_code"], data["district"], data["weight"], strict=True):
        for group in (wards.index(code), len(wards)):
            groups[group].append((names.index(name), float(weight)))
    return pa.array(names), Slots(groups, power=12)


@generator(
    "postcode_district",
    output=TEXT,
    parameters=District,
    default="by",
    examples=({}, {"by": "neighbourhood.id", "ward": "ward"}),
)
def postcode_district(rows: Rows, parameters: District) -> pa.Array:
    """Hackney's postcode districts (E2, E5, E8, E9, EC2A, N1, N4, N5, N16), by ward where one is given."""
    return _district(rows, parameters.by, parameters.ward)


def _district(rows: Rows, by: str, ward_column: str) -> pa.Array:
    names, slots = _districts()
    group: I64 | int = slots.groups - 1
    if ward_column:
        group = np.asarray(_ward_places(rows.column(ward_column)).fill_null(slots.groups - 1).cast(pa.int64()))
    return names.take(pa.array(slots.draw(shared_bits(rows, by, "district"), group)))


# ---------------------------------------------------------------------------------------------------------- postcode


@dataclass(frozen=True, slots=True)
class Postcode:
    by: str = parameter(
        "column", "rows with the same value here share a postcode, such as those of a street", default=""
    )
    district: str = parameter("column", "a column with the outward code, such as E8", default="")


@lru_cache(maxsize=1)
def _inwards() -> pa.Array:
    """The 2,760 inward codes that hold a letter which is never used there."""
    pairs = [first + second for first in _LETTERS for second in _LETTERS if _NEVER_INWARD & {first, second}]
    return pa.array([f"{digit}{pair}" for digit in range(10) for pair in pairs])


@generator(
    "postcode",
    output=TEXT,
    parameters=Postcode,
    default="by",
    promise=Promise.UNISSUABLE,
    examples=({}, {"by": "street_id", "district": "district"}),
)
def postcode(rows: Rows, parameters: Postcode) -> pa.Array:
    """Postcodes of a Hackney district whose second half holds C, I, K, M, O or V, which no postcode does."""
    inwards = _inwards()
    inward = inwards.take(pa.array(bounded(shared_bits(rows, parameters.by), len(inwards))))
    outward = rows.column(parameters.district) if parameters.district else _district(rows, parameters.by, "")
    return pc.binary_join_element_wise(outward.cast(pa.string()), inward, text_scalar(" "))


# ----------------------------------------------------------------------------------------------- streets, buildings


@dataclass(frozen=True, slots=True)
class Named:
    by: str = parameter(
        "column",
        "rows with the same value here share a name; whole numbers from 0 on get names of their own",
        default="",
    )


@lru_cache(maxsize=1)
def _words() -> dict[str, list[str]]:
    data = table("places/street_words")
    found: dict[str, list[str]] = {}
    for part, word in zip(data["part"], data["word"], strict=True):
        found.setdefault(part, []).append(word)
    return found


@lru_cache(maxsize=2)
def _names(kind: str) -> pa.Array:
    """Every name of the kind without a compass word in front, in a fixed order."""
    words = _words()
    return pa.array(
        [f"{stem}{end} {last}" for stem in words["stem"] for end in words["ending"] for last in words[kind]]
    )


def names_without_repeat(kind: str) -> int:
    """How many whole numbers in a row get different names of a ``kind`` (``kind`` for streets, ``building``)."""
    return len(_names(kind)) * (len(_words()["compass"]) + 1)


def _name(rows: Rows, by: str, kind: str) -> pa.Array:
    """Names in scrambled order; when all are used up they come again behind North, South, Old, New and so on."""
    names = _names(kind)
    if not by:
        return names.take(pa.array(bounded(rows.bits(), len(names))))
    column = rows.column(by)
    lap, place = np.divmod(whole_keys(rows, column), len(names))
    order = Permutation(len(names), rows.seed, f"{rows.path}#by")
    plain = names.take(pa.array(order.forward(place.astype(np.uint64)).view(np.int64)))
    lap = lap % (len(_words()["compass"]) + 1)
    if not pa.types.is_integer(column.type) or not lap.any():
        return plain
    fronts = pa.array(["", *(f"{word} " for word in _words()["compass"])], type=pa.string())
    return pc.binary_join_element_wise(fronts.take(pa.array(lap)), plain, text_scalar(""))


@generator("street_name", output=TEXT, parameters=Named, default="by", examples=({}, {"by": "street_id"}))
def street_name(rows: Rows, parameters: Named) -> pa.Array:
    """Invented street names, such as Fennelbrook Road; consecutive numbers in ``by`` name different streets.

    There are 32,256 names, and ten times as many more with a word such as North or Old in front; then they repeat.
    """
    return _name(rows, parameters.by, "kind")


@generator("building_name", output=TEXT, parameters=Named, default="by", examples=({}, {"by": "block_id"}))
def building_name(rows: Rows, parameters: Named) -> pa.Array:
    """Invented names of blocks, such as Herongate Court; consecutive numbers in ``by`` name different blocks."""
    return _name(rows, parameters.by, "building")


_HOUSES = 199


@generator("street_address", output=TEXT, parameters=NoParameters)
def street_address(rows: Rows, _: NoParameters) -> pa.Array:
    """A number from 1 to 199 and an invented street, such as 27 Fennelbrook Road: the first line of an address."""
    names = _names("kind")
    streets = names.take(pa.array(bounded(rows.bits("street"), len(names))))
    numbers = pa.array(bounded(rows.bits("number"), _HOUSES) + 1).cast(pa.string())
    return pc.binary_join_element_wise(numbers, streets, text_scalar(" "))
