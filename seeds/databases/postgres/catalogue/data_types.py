"""Types, resolved through domains, arrays, ranges and composites down to what one value is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ....catalog import DataType, Kind
from . import kinds
from .modifiers import read_modifier
from .source import Source

_TYPES = """
SELECT t.oid::bigint, t.typname, n.nspname = 'pg_catalog', t.typtype, pg_catalog.format_type(t.oid, NULL),
  t.typbasetype::bigint, pg_catalog.format_type(nullif(t.typbasetype, 0), t.typtypmod), t.typtypmod, t.typndims, t.typnotnull, coalesce(t.typdefault, ''),
  coalesce((SELECT e.oid FROM pg_catalog.pg_type AS e WHERE e.oid = t.typelem AND e.typarray = t.oid), 0)::bigint
FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
WHERE n.nspname NOT LIKE 'pg\\_temp%' AND n.nspname NOT LIKE 'pg\\_toast%'
"""

_LABELS = "SELECT enumtypid::bigint, enumlabel::text FROM pg_catalog.pg_enum ORDER BY enumtypid, enumsortorder"

_DOMAIN_CHECKS = """
SELECT contypid::bigint, pg_catalog.pg_get_expr(conbin, 0) FROM pg_catalog.pg_constraint
WHERE contypid <> 0 AND contype = 'c' ORDER BY contypid, conname
"""

_RANGES = "SELECT rngtypid::bigint, rngsubtype::bigint FROM pg_catalog.pg_range"
_MULTIRANGES = "SELECT rngmultitypid::bigint, rngsubtype::bigint FROM pg_catalog.pg_range WHERE rngmultitypid <> 0"

_FIELDS = """
SELECT c.reltype::bigint, a.attname, a.atttypid::bigint, a.atttypmod, a.attndims,
  pg_catalog.format_type(a.atttypid, a.atttypmod)
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE a.attnum > 0 AND NOT a.attisdropped AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  AND (c.relkind = 'c' OR c.reltype IN (
    SELECT coalesce(nullif(t.typelem, 0), t.oid) FROM pg_catalog.pg_attribute AS u
    JOIN pg_catalog.pg_type AS t ON t.oid = u.atttypid WHERE u.attnum > 0 AND u.attrelid >= 16384))
ORDER BY a.attrelid, a.attnum
"""


class _Type(NamedTuple):
    oid: int
    name: str
    built_in: bool
    sort: str
    written: str
    domain_of: int
    domain_of_written: str | None
    modifier: int
    dimensions: int
    not_null: bool
    default: str
    element: int


class _Field(NamedTuple):
    owner: int
    name: str
    type: int
    modifier: int
    dimensions: int
    written: str


class _Pair(NamedTuple):
    owner: int
    value: str


class _Link(NamedTuple):
    owner: int
    target: int


@dataclass(frozen=True, slots=True)
class DataTypes:
    """Every type of a database, to be resolved as columns use them."""

    types: Mapping[int, _Type]
    labels: Mapping[int, tuple[str, ...]]
    checks: Mapping[int, tuple[str, ...]]
    bounds: Mapping[int, int]
    fields: Mapping[int, tuple[_Field, ...]]
    _known: dict[tuple[int, int, int, str], DataType] = field(default_factory=dict)

    def resolve(self, oid: int, modifier: int, dimensions: int, written: str) -> DataType:
        """The type of a column or field, where ``written`` is how DDL spells it.

        Checks of an array's element domain stand in ``checks`` while ``domain`` is empty; those of a domain over an
        array are for the array as a whole, and there ``domain`` is its name.
        """
        place = (oid, modifier, dimensions, written)
        if place not in self._known:
            self._known[place] = self._resolve(oid, modifier, dimensions, written)
        return self._known[place]

    def default(self, oid: int) -> str:
        """The default that a column of a domain has where it has none of its own."""
        while (found := self.types.get(oid)) is not None and found.sort == "d":
            if found.default:
                return found.default
            oid = found.domain_of
        return ""

    def _resolve(self, oid: int, modifier: int, dimensions: int, written: str) -> DataType:
        found = self.types.get(oid)
        if found is None:
            return DataType(Kind.OTHER, written)
        if found.sort == "d":
            return self._domain(found, written)
        if found.element:
            element = self.resolve(found.element, modifier, 0, written)
            if element.dimensions:  # a domain over an array: braces inside quotes inside braces
                return DataType(Kind.OTHER, written, base=element.base, dimensions=max(dimensions, 1))
            return replace(element, dimensions=max(dimensions, 1), domain="", not_null=False)
        return self._plain(found, modifier, written)

    def _domain(self, found: _Type, written: str) -> DataType:
        below = self.resolve(found.domain_of, found.modifier, found.dimensions, found.domain_of_written or "")
        return replace(
            below,
            name=written,
            domain=written,
            checks=below.checks + self.checks.get(found.oid, ()),
            not_null=below.not_null or found.not_null,
        )

    def _plain(self, found: _Type, modifier: int, written: str) -> DataType:
        parts = read_modifier(found.name, modifier, written)
        low, high = kinds.WHOLE_NUMBERS.get(found.name, (None, None)) if found.built_in else (None, None)
        bound = self.bounds.get(found.oid)
        return DataType(
            kind=_kind(found),
            name=written,
            base=found.name,
            size=kinds.FIXED_SIZES.get(found.name) if parts.size is None and found.built_in else parts.size,
            precision=parts.precision,
            scale=parts.scale,
            low=low,
            high=high,
            labels=self.labels.get(found.oid, ()),
            fields=self._fields(found.oid),
            element=None if bound is None else self.resolve(bound, -1, 0, self._spelling(bound)),
            case_insensitive=not found.built_in and found.name in kinds.CASE_INSENSITIVE,
            subtype=parts.subtype,
            srid=parts.srid,
        )

    def _fields(self, oid: int) -> tuple[tuple[str, DataType], ...]:
        return tuple(
            (part.name, self.resolve(part.type, part.modifier, part.dimensions, part.written))
            for part in self.fields.get(oid, ())
        )

    def _spelling(self, oid: int) -> str:
        found = self.types.get(oid)
        return found.written if found else ""


_SORTS = {"e": Kind.ENUM, "c": Kind.COMPOSITE, "r": Kind.RANGE, "m": Kind.MULTIRANGE}


def _kind(found: _Type) -> Kind:
    if found.sort != "b":
        return _SORTS.get(found.sort, Kind.OTHER)
    known = kinds.BUILT_IN if found.built_in else kinds.EXTENSIONS
    return known.get(found.name, Kind.OTHER)


def read_types(source: Source) -> DataTypes:
    """Every type there is: a database has a few hundred of the server's own and two for each table."""
    bounds = {link.owner: link.target for link in source.rows(_Link, _RANGES)}
    if source.version >= 140_000:
        bounds |= {link.owner: link.target for link in source.rows(_Link, _MULTIRANGES)}
    fields: defaultdict[int, list[_Field]] = defaultdict(list)
    for part in source.rows(_Field, _FIELDS):
        fields[part.owner].append(part)
    return DataTypes(
        types={found.oid: found for found in source.rows(_Type, _TYPES)},
        labels=_grouped(source.rows(_Pair, _LABELS)),
        checks=_grouped(source.rows(_Pair, _DOMAIN_CHECKS)),
        bounds=bounds,
        fields={owner: tuple(parts) for owner, parts in fields.items()},
    )


def _grouped(pairs: list[_Pair]) -> dict[int, tuple[str, ...]]:
    grouped: defaultdict[int, list[str]] = defaultdict(list)
    for pair in pairs:
        grouped[pair.owner].append(pair.value)
    return {owner: tuple(values) for owner, values in grouped.items()}
