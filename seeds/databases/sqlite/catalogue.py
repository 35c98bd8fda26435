"""Reading a SQLite file's catalogue: its pragmas in bulk, and the rest from the statements it keeps."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from ...catalog import (
    Catalog,
    Check,
    Column,
    ExistingRows,
    ForeignKey,
    Kind,
    Table,
    TableName,
    Trigger,
    UniqueKey,
)
from ...ports import BOOKKEEPING_TABLES
from .catalogue_ddl import WrittenIndex, WrittenTable, names_in, read_index, read_table, read_trigger, unquoted
from .catalogue_existing import existing_rows
from .catalogue_types import data_type
from .collations import missing_collations, read_without
from .refusals import refusals

_TABLES = """
SELECT l.name, l.wr, s.sql FROM pragma_table_list AS l JOIN sqlite_schema AS s ON s.type = 'table' AND s.name = l.name
WHERE l.schema = 'main' AND l.type = 'table' AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY l.name
"""
_COLUMNS = """
SELECT s.name, c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
FROM sqlite_schema AS s, pragma_table_xinfo(s.name) AS c
WHERE s.type = 'table' AND c.hidden <> 1 ORDER BY s.name, c.cid
"""
_INDEXES = """
SELECT s.name, i.name, i.origin, i.partial, x.name, x.coll, d.sql
FROM sqlite_schema AS s, pragma_index_list(s.name) AS i, pragma_index_xinfo(i.name) AS x
LEFT JOIN sqlite_schema AS d ON d.type = 'index' AND d.name = i.name
WHERE s.type = 'table' AND i."unique" AND x.key ORDER BY s.name, i.origin <> 'pk', i.name, x.seqno
"""
_FOREIGN_KEYS = """
SELECT s.name, k.id, k."table", k."from", k."to" FROM sqlite_schema AS s, pragma_foreign_key_list(s.name) AS k
WHERE s.type = 'table' ORDER BY s.name, k.id DESC, k.seq
"""
_TRIGGERS = "SELECT tbl_name, name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY tbl_name, name"
_JSON_CHECK = re.compile(r"""json_valid(["`\[]?\w+["`\]]?)(?:or\1isnull)?""")

_Row = tuple[object, ...]
_Rows = list[_Row]


def read_catalog(path: Path) -> Catalog:
    """Every table of the file that rows can be put in, except Understudy's own; a file that is not there has none."""
    if not path.exists():
        return Catalog("sqlite", sqlite3.sqlite_version, {})
    with refusals(str(path)):
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        try:
            facts = _Facts.read(connection)
            tables = facts.tables()
            read_without(connection, facts.missing)
            existing = existing_rows(connection, tables)
        finally:
            connection.close()
    found = {name: replace(table, existing=existing.get(name, ExistingRows())) for name, table in tables.items()}
    return Catalog("sqlite", sqlite3.sqlite_version, found)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the queries brought, by table."""

    names: _Rows
    columns: Mapping[str, _Rows]
    indexes: Mapping[str, _Rows]
    foreign_keys: Mapping[str, _Rows]
    triggers: Mapping[str, _Rows]
    missing: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, connection: sqlite3.Connection) -> _Facts:
        return cls(
            [row for row in connection.execute(_TABLES) if row[0] not in BOOKKEEPING_TABLES],
            _by_table(connection.execute(_COLUMNS)),
            _by_table(connection.execute(_INDEXES)),
            _by_table(connection.execute(_FOREIGN_KEYS)),
            _by_table(connection.execute(_TRIGGERS)),
            missing_collations(connection),
        )

    def tables(self) -> dict[str, Table]:
        return {str(name): self._table(str(name), bool(wr), str(sql)) for name, wr, sql in self.names}

    def _table(self, name: str, without_rowid: bool, sql: str) -> Table:
        written = read_table(sql)
        rows = self.columns[name]
        columns = [str(row[1]) for row in rows]
        keys = tuple(self._keys(name, columns))
        alias = "" if without_rowid else _rowid_alias(rows, self.indexes[name])
        without_case = written.without_case | {
            str(row[4]).lower() for row in self.indexes[name] if str(row[5]).upper() == "NOCASE" and row[4]
        }
        documents = {_document(check.predicate) for check in written.checks}
        return Table(
            TableName("", name),
            tuple(_column(row, written, alias, without_case, documents) for row in rows),
            keys=keys,
            foreign_keys=tuple(self._foreign_keys(name, written)),
            checks=tuple(
                Check(check.name or f"{name}_check_{place}", check.predicate, names_in(check.predicate, columns))
                for place, check in enumerate(written.checks, 1)
                if not _document(check.predicate)  # it makes a column a JSON column
            ),
            triggers=tuple(self._triggers(name)),
            lacking="".join(f"the collation {item}" for item in self.missing.get(name, ())[:1]),
        )

    def _keys(self, name: str, columns: list[str]) -> list[UniqueKey]:
        found = []
        for label, parts in groupby(self.indexes[name], key=lambda row: str(row[1])):
            rows = list(parts)
            sql = rows[0][6]
            written = read_index(str(sql)) if sql else WrittenIndex((), "")
            plain = tuple(str(row[4]) for row in rows if row[4] is not None)
            expressions = tuple(part for row, part in zip(rows, written.parts, strict=False) if row[4] is None)
            found.append(
                UniqueKey(
                    label,
                    plain,
                    expressions,
                    tuple(dict.fromkeys((*plain, *names_in(" , ".join((*expressions, written.predicate)), columns)))),
                    predicate=written.predicate,
                    primary=rows[0][2] == "pk",
                    constraint=rows[0][2] != "c",
                )
            )
        primary = self._primary(name)
        if primary and not any(key.primary for key in found):  # the row's number needs no index
            found.insert(0, UniqueKey("PRIMARY", primary, reads=primary, primary=True))
        return found

    def _primary(self, name: str) -> tuple[str, ...]:
        placed = sorted((int(str(row[5])), str(row[1])) for row in self.columns[name] if row[5])
        return tuple(column for _, column in placed)

    def _foreign_keys(self, name: str, written: WrittenTable) -> list[ForeignKey]:
        spelled = {table.lower(): table for table in self.columns}
        found = []
        unmatched = list(written.references)
        for _, parts in groupby(self.foreign_keys[name], key=lambda row: row[1]):
            rows = list(parts)
            target = spelled.get(str(rows[0][2]).lower(), str(rows[0][2]))
            columns = self._spelled(name, [str(row[3]) for row in rows])
            named = [str(row[4]) for row in rows if row[4] is not None]
            targets = self._spelled(target, named) if named else self._primary(target)
            lowered = tuple(column.lower() for column in columns)
            source = next((item for item in unmatched if item.columns == lowered), None)
            if source is not None:
                unmatched.remove(source)
            found.append(
                ForeignKey(
                    (source.name if source else "") or "_".join((name, *columns, "fkey")),
                    columns,
                    TableName("", target),
                    targets,
                    deferrable=source is not None and source.deferrable,
                    deferred=source is not None and source.deferred,
                )
            )
        return found

    def _spelled(self, table: str, names: Iterable[str]) -> tuple[str, ...]:
        """Names as the table spells them: SQLite does not mind their case."""
        spelled = {str(row[1]).lower(): str(row[1]) for row in self.columns.get(table, ())}
        return tuple(spelled.get(name.lower(), name) for name in names)

    def _triggers(self, name: str) -> list[Trigger]:
        found = []
        for _, label, sql in self.triggers[name]:
            timing, event, body = read_trigger(str(sql))
            if event == "INSERT":
                found.append(Trigger(str(label), timing, True, str(label), body))
        return found


def _column(
    row: _Row, written: WrittenTable, alias: str, without_case: AbstractSet[str], documents: AbstractSet[str]
) -> Column:
    _, name, declared, not_null, default, position, hidden = row
    column = str(name)
    lowered = column.lower()
    generated = hidden in (2, 3)
    text = _declared(str(declared or "")) if generated else str(declared or "")
    kind = data_type(text, rowid=column == alias, without_case=lowered in without_case, is_json=lowered in documents)
    return Column(
        column,
        kind,
        nullable=not not_null and not position,
        generated=generated,
        expression=written.expressions.get(lowered, ""),
        identity="auto" if column == alias and kind.kind is Kind.INTEGER else "",
        default="" if default is None else str(default),
    )


def _document(predicate: str) -> str:
    """The column that a check wants JSON in, and nothing else of it than that; in lower case."""
    bare = re.sub(r"[\s()]", "", predicate).lower()
    found = _JSON_CHECK.fullmatch(bare)
    return unquoted(found[1]) if found else ""


def _declared(text: str) -> str:
    """A generated column's type: SQLite reads ``GENERATED ALWAYS`` as words of the type."""
    upper = text.upper()
    return text[: upper.index("GENERATED")].strip() if "GENERATED" in upper else text


def _rowid_alias(columns: _Rows, indexes: _Rows) -> str:
    """The column that is the row's number: a primary key of its own, declared as exactly INTEGER, with no index."""
    keys = [row for row in columns if row[5]]
    if len(keys) != 1 or str(keys[0][2]).upper() != "INTEGER" or any(row[2] == "pk" for row in indexes):
        return ""
    return str(keys[0][1])


def _by_table(rows: Iterable[_Row]) -> Mapping[str, _Rows]:
    found: defaultdict[str, _Rows] = defaultdict(list)
    for row in rows:
        found[str(row[0])].append(row)
    return found
