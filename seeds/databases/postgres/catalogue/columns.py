"""Columns: what each holds, and what the database fills in by itself."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from ....catalog import Column
from .data_types import DataTypes
from .relations import Relations
from .source import USER_SCHEMA, Source

_COLUMNS = f"""
SELECT a.attrelid::bigint, a.attnum, a.attname, a.atttypid::bigint, a.atttypmod, a.attndims,
  pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated, a.attidentity,
  coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), ''),
  coalesce(e.description, ''),
  EXISTS (SELECT FROM pg_catalog.pg_collation AS l WHERE l.oid = a.attcollation AND NOT l.collisdeterministic)
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef
LEFT JOIN pg_catalog.pg_description AS e
  ON e.classoid = 'pg_catalog.pg_class'::regclass AND e.objoid = a.attrelid AND e.objsubid = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f') AND {USER_SCHEMA}
ORDER BY a.attrelid, a.attnum
"""

# An identity column owns its sequence ('i'); a default depends on the sequence that it names by number ('n').
_SEQUENCES = """
SELECT d.refobjid::bigint, d.refobjsubid, quote_ident(n.nspname) || '.' || quote_ident(c.relname)
FROM pg_catalog.pg_depend AS d
JOIN pg_catalog.pg_class AS c ON c.oid = d.objid AND c.relkind = 'S'
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
  AND d.deptype = 'i' AND d.refobjsubid > 0
UNION ALL
SELECT a.adrelid::bigint, a.adnum, quote_ident(n.nspname) || '.' || quote_ident(c.relname)
FROM pg_catalog.pg_depend AS d
JOIN pg_catalog.pg_attrdef AS a ON a.oid = d.objid
JOIN pg_catalog.pg_class AS c ON c.oid = d.refobjid AND c.relkind = 'S'
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
"""

_NAMED_LATE = re.compile(r"nextval\(\(?'((?:[^']|'')+)'::text\)?")
_IDENTITIES = {"a": "always", "d": "by default"}


class _Attribute(NamedTuple):
    relation: int
    number: int
    name: str
    type: int
    modifier: int
    dimensions: int
    written: str
    not_null: bool
    generated: str
    identity: str
    expression: str
    comment: str
    folded: bool


class _Sequence(NamedTuple):
    relation: int
    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Every relation's columns, and what each number among them stands for."""

    by_relation: Mapping[int, Mapping[int, Column]]

    def of(self, relation: int) -> tuple[Column, ...]:
        """The relation's columns in order."""
        return tuple(self.by_relation.get(relation, {}).values())

    def names(self, relation: int, numbers: Iterable[int]) -> tuple[str, ...]:
        """The names of the columns with these numbers; a number that stands for none is left out."""
        known = self.by_relation.get(relation, {})
        return tuple(known[number].name for number in numbers if number in known)

    def merged(self, relation: int, relations: Relations) -> tuple[Column, ...]:
        """The relation's columns, where one that a partition wants filled is to be filled."""
        demanded = {
            column.name
            for leaf in relations.leaves(relation)
            if leaf.oid != relation
            for column in self.of(leaf.oid)
            if not column.nullable
        }
        return tuple(
            replace(column, nullable=False) if column.name in demanded and column.nullable else column
            for column in self.of(relation)
        )


def read_columns(source: Source, types: DataTypes) -> Columns:
    """The columns of all relations."""
    sequences = {(found.relation, found.number): found.name for found in source.rows(_Sequence, _SEQUENCES)}
    by_relation: defaultdict[int, dict[int, Column]] = defaultdict(dict)
    for attribute in source.rows(_Attribute, _COLUMNS):
        sequence = sequences.get((attribute.relation, attribute.number), "")
        by_relation[attribute.relation][attribute.number] = _column(attribute, sequence, types)
    return Columns(by_relation)


def _column(attribute: _Attribute, sequence: str, types: DataTypes) -> Column:
    kind = types.resolve(attribute.type, attribute.modifier, attribute.dimensions, attribute.written)
    if attribute.folded:
        kind = replace(kind, case_insensitive=True)
    generated = attribute.generated != ""
    default = "" if generated else attribute.expression or types.default(attribute.type)
    if not attribute.identity and "nextval(" not in default:
        sequence = ""
    elif not sequence and (late := _NAMED_LATE.search(default)):
        sequence = late[1].replace("''", "'")
    return Column(
        name=attribute.name,
        type=kind,
        nullable=not attribute.not_null,
        generated=generated,
        expression=attribute.expression if generated else "",
        identity=_IDENTITIES.get(attribute.identity, ""),
        default=default,
        sequence=sequence,
        comment=attribute.comment,
    )
