"""The fitted population as it is shipped: neighbourhoods of 100 residents, their households, and who lives in them.

Everything is a look-up by slot, which is a position in the files: a neighbourhood, household or resident number. A day
of birth is an age in whole years and the days since the birthday; those days are hashed from the resident's slot, and
moved where brothers and sisters would otherwise be born less than nine months apart.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..errors import ReferenceDataError
from ..reference import table
from ..streams import mix64, stream_key, to_unit

I64 = NDArray[np.int64]
FOLDER = "population/fitted"
FILES = ("candidates", "households", "residents")
PER_NEIGHBOURHOOD = 100
DAYS_BETWEEN_BIRTHS = 275
_CLASSES = {"Detached": "RD02", "Semi-detached": "RD03", "Terraced": "RD04"}

HOUSEHOLD_FIELDS = {
    "neighbourhood": "the neighbourhood's slot",
    "size": "how many live in it",
    "composition": "class of household (TS003), or Communal establishment",
    "lsoa": "lower layer super output area of 2021, by code",
    "msoa": "middle layer super output area of 2021, by code",
    "ward": "ward of May 2023, by name; an approximation",
    "ward_code": "the ward's code",
    "district": "postcode district; an approximation",
    "tenure": "tenure (TS054); none in a communal establishment",
    "accommodation": "accommodation type (TS044); none in a communal establishment",
    "dwelling_class": "BLPU class: RD02 to RD04 houses, RD06 a flat, RD01 a caravan, RI01 a communal establishment",
    "bedrooms": "bedrooms, from 1 to 6",
    "needed": "bedrooms needed by the census's standard",
    "cars": "cars or vans (TS045)",
    "community": "the head's community, as generators of names know it or close to it",
    "establishment": "student hall, care home or hostel; none for private households",
}
PERSON_FIELDS = {
    "household": "the household's slot",
    "age": "age in whole years",
    "birthday": "days since the last birthday, from 0 to 364",
    "sex": "F or M",
    "role": "head, partner, child, parent, other relative, sharer, communal resident",
    "mother": "the mother's ordinal in the household, none if she does not live there",
    "father": "the father's ordinal in the household, none if he does not live there",
    "partner": "the partner's ordinal in the household, or none",
    "ethnic": "ethnic group (TS021, 19 groups)",
    "religion": "religion (TS030)",
    "country": "country of birth",
    "marital": "marital and civil partnership status",
    "community": "community",
    "language": "main language, from the age of 3",
    "proficiency": "how well English is spoken (TS029), from the age of 3",
    "passport": "passport held",
    "residence": "length of residence in the UK",
    "nssec": "socio-economic classification (TS062), from the age of 16",
    "activity": "economic activity, from the age of 16",
    "hours": "hours worked a week, of those in employment",
    "qualification": "highest qualification, from the age of 16",
    "health": "general health",
    "disability": "disability (TS038)",
    "care": "unpaid care, from the age of 5",
    "orientation": "sexual orientation (TS077), from the age of 16",
    "migration": "address a year ago (TS019), from the age of 1",
}


class Population:
    """Where each neighbourhood's households and each household's residents stand, and what they are."""

    def __init__(self, candidates: pa.Table, households: pa.Table, residents: pa.Table) -> None:
        self._tables = {"household": households, "person": residents, "candidate": candidates}
        first = np.flatnonzero(_numbers(candidates, "first"))
        self._first: I64 = first
        bounds = np.append(first, candidates.num_rows)
        candidate = _numbers(households, "candidate")
        self._candidate: I64 = candidate
        self.sizes: I64 = np.diff(bounds)[candidate]
        self.person_start: I64 = np.concatenate(([0], np.cumsum(self.sizes)))
        ends = np.flatnonzero(self.person_start % PER_NEIGHBOURHOOD == 0)
        if len(ends) != residents.num_rows // PER_NEIGHBOURHOOD + 1 or self.person_start[-1] != residents.num_rows:
            raise ReferenceDataError("the fitted population does not fall into neighbourhoods of 100 residents")
        self.household_start: I64 = ends
        self._member: I64 = np.repeat(bounds[candidate] - self.person_start[:-1], self.sizes) + np.arange(
            self.person_start[-1]
        )
        self._kept: dict[tuple[str, str], pa.Array] = {}

    @property
    def neighbourhoods(self) -> int:
        """How many neighbourhoods are shipped."""
        return len(self.household_start) - 1

    def field(self, of: str, name: str) -> pa.Array:
        """A field of all households or residents, in the order of their slots."""
        if (of, name) not in self._kept:
            self._kept[of, name] = self._household(name) if of == "household" else self._person(name)
        return self._kept[of, name]

    def numbers(self, of: str, name: str) -> I64:
        """A field as whole numbers: codes where it has labels, -1 where it is empty."""
        return _whole(self.field(of, name))

    def _household(self, name: str) -> pa.Array:
        held = self._tables["household"]
        if name in held.column_names:
            values = held.column(name).combine_chunks()
            return values if pa.types.is_dictionary(values.type) else _counted(_whole(values))
        heads = self.person_start[:-1]
        if name in ("composition", "needed"):
            values = (
                self._tables["candidate"].column(name).combine_chunks().take(pa.array(self._first[self._candidate]))
            )
            return values if name == "composition" else _counted(_whole(values))
        if name == "size":
            return pa.array(self.sizes.astype(np.int32))
        if name == "neighbourhood":
            return pa.array(np.repeat(np.arange(self.neighbourhoods), np.diff(self.household_start)).astype(np.int32))
        if name == "community":
            return self.field("person", name).take(pa.array(heads))
        if name == "dwelling_class":
            return _mapped(self.field("household", "accommodation"), _dwelling_class, "RI01")
        areas = table("population/census/areas")
        if name == "district":
            return _mapped(
                self.field("household", "lsoa"), dict(zip(areas["lsoa"], _districts(), strict=True)).__getitem__
            )
        return _mapped(self.field("household", "lsoa"), dict(zip(areas["lsoa"], areas[name], strict=True)).__getitem__)

    def _person(self, name: str) -> pa.Array:
        held, candidates = self._tables["person"], self._tables["candidate"]
        if name in held.column_names:
            return held.column(name).combine_chunks()
        if name == "household":
            return pa.array(np.repeat(np.arange(len(self.sizes)), self.sizes).astype(np.int32))
        if name == "birthday":
            return pa.array(self._birthdays())
        if name == "partner":
            return self._partners()
        source = candidates.column("male" if name == "sex" else name).combine_chunks()
        taken = source.take(pa.array(self._member))
        return taken if pa.types.is_dictionary(taken.type) else _counted(_whole(taken))

    def _partners(self) -> pa.Array:
        role = self.field("person", "role")
        names = role.dictionary.to_pylist()
        codes = _whole(role)
        second = codes == names.index("partner")
        leads = np.append(second[1:], False)
        linked = np.where(second, 0, 1)
        return pa.array(linked.astype(np.int32), mask=~(second | leads))

    def _birthdays(self) -> NDArray[np.int32]:
        """Days since the last birthday; a child follows its elder, so that the gap between births is long enough."""
        count = int(self.person_start[-1])
        unit = to_unit(mix64(np.arange(count, dtype=np.uint64), stream_key(0, "population/birthday")))
        found = (unit * 365).astype(np.int32)
        role = self.field("person", "role")
        child = _whole(role) == role.dictionary.to_pylist().index("child")
        age, household = self.numbers("person", "age"), self.numbers("person", "household")
        follows = np.zeros(count, dtype=np.bool_)
        follows[1:] = child[1:] & child[:-1] & (household[1:] == household[:-1])
        apart = np.zeros(count, dtype=np.int64)
        apart[1:] = age[:-1] - age[1:]
        close = follows & (apart <= 1)
        # Chains of close births are short: one pass for each birth in the longest.
        rank = np.zeros(count, dtype=np.int64)
        for place in range(1, 15):
            rank[1:] = np.where(close[1:], rank[:-1] + 1, 0)
            if rank.max() < place:
                break
        for place in range(1, int(rank.max()) + 1):
            at = np.flatnonzero(rank == place)
            latest = found[at - 1] + 365 - DAYS_BETWEEN_BIRTHS
            moved = np.where(found[at] > latest, (unit[at] * (latest + 1)).astype(np.int32), found[at])
            found[at] = np.where(apart[at] == 0, found[at - 1], moved)
        return found


def _counted(values: I64) -> pa.Array:
    """Whole numbers, without a value where they are below 0."""
    return pa.array(values.astype(np.int32), mask=values < 0)


def _numbers(data: pa.Table, name: str) -> I64:
    return _whole(data.column(name).combine_chunks())


def _whole(values: pa.Array) -> I64:
    if pa.types.is_dictionary(values.type):
        values = values.indices
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    return np.asarray(values.cast(pa.int64()).fill_null(-1))


def _mapped(values: pa.DictionaryArray, change: object, missing: str | None = None) -> pa.DictionaryArray:
    """The same places under other labels."""
    assert callable(change)
    labels = [str(change(label)) for label in values.dictionary.to_pylist()]
    names = list(dict.fromkeys([*labels, *([missing] if missing else [])]))
    places = np.array([names.index(label) for label in labels] + [names.index(missing) if missing else 0])
    codes = _whole(values)
    return pa.DictionaryArray.from_arrays(
        pa.array(places[codes].astype(np.int32), mask=None if missing else codes < 0), pa.array(names)
    )


def _dwelling_class(accommodation: str) -> str:
    return "RD01" if accommodation.startswith("A caravan") else _CLASSES.get(accommodation, "RD06")


@cache
def _districts() -> tuple[str, ...]:
    """A postcode district for every area: one of its ward's, in the ward's shares."""
    areas, known = table("population/census/areas"), table("places/ward_districts")
    found = []
    for place, code in enumerate(areas["ward_code"]):
        rows = [row for row, ward in enumerate(known["ward_code"]) if ward == code]
        reached = np.cumsum([float(known["weight"][row]) for row in rows])
        same = [other for other, ward in enumerate(areas["ward_code"]) if ward == code]
        part = (same.index(place) + 0.5) / len(same) * reached[-1]
        found.append(known["district"][rows[int(np.searchsorted(reached, part))]])
    return tuple(found)


@cache
def shipped() -> Population:
    """The population of the files in the reference data."""
    folder = files("generators.reference").joinpath(FOLDER)
    return Population(*(_read(folder.joinpath(f"{name}.arrow").read_bytes()) for name in FILES))


def _read(content: bytes) -> pa.Table:
    """A file's table; the empty label becomes no value."""
    data = pa.ipc.open_file(pa.BufferReader(content)).read_all()
    return pa.table({name: _plain(data.column(name).combine_chunks()) for name in data.column_names})


def _plain(values: pa.Array) -> pa.Array:
    if not pa.types.is_dictionary(values.type):
        return values
    codes, labels = np.asarray(values.indices), values.dictionary
    last = len(labels) - 1
    if labels[last].as_py():
        return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), labels)
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=codes == last), labels[:last])


@cache
def shipped_digests() -> dict[str, str]:
    """The SHA-256 of each file, by name, for locks."""
    folder = files("generators.reference").joinpath(FOLDER)
    return {f"{FOLDER}/{name}": sha256(folder.joinpath(f"{name}.arrow").read_bytes()).hexdigest() for name in FILES}
