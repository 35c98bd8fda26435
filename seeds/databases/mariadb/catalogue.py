"""Reading a MariaDB or MySQL database's catalogue: one query for each sort of thing, whatever the number of tables."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ...catalog import (
    Catalog,
    Check,
    Column,
    ExistingRows,
    ForeignKey,
    Table,
    TableName,
    Trigger,
    UniqueKey,
)
from ...ports import BOOKKEEPING_TABLES
from .catalogue_existing import existing_rows
from .catalogue_partitions import Cut, defaults_in, partitioning_of
from .catalogue_types import Declared, data_type
from .connection import MariadbConnection, quoted

_TABLES = """
SELECT TABLE_NAME, TABLE_COMMENT FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY TABLE_NAME
"""
_COLUMNS = """
SELECT TABLE_NAME, COLUMN_NAME, COLUMN_DEFAULT, IS_NULLABLE, DATA_TYPE, COLUMN_TYPE, CHARACTER_MAXIMUM_LENGTH,
       NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION, CHARACTER_SET_NAME, COLLATION_NAME, EXTRA, COLUMN_COMMENT,
       PRIVILEGES, GENERATION_EXPRESSION, {srid}
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION
"""
_SRIDS = """
SELECT G_TABLE_NAME, G_GEOMETRY_COLUMN, SRID FROM information_schema.GEOMETRY_COLUMNS
WHERE G_TABLE_SCHEMA = DATABASE()
"""
_KEYS = """
SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME, SUB_PART, {expression} FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA = DATABASE() AND NON_UNIQUE = 0
ORDER BY TABLE_NAME, INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX
"""
_FOREIGN_KEYS = """
SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA = DATABASE(), REFERENCED_TABLE_SCHEMA,
       REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME
FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL
ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION
"""
_CHECKS_MARIADB = """
SELECT TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS
WHERE CONSTRAINT_SCHEMA = DATABASE() ORDER BY TABLE_NAME, CONSTRAINT_NAME
"""
_CHECKS_MYSQL = """
SELECT t.TABLE_NAME, c.CONSTRAINT_NAME, c.CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS AS c
JOIN information_schema.TABLE_CONSTRAINTS AS t
  ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME
WHERE c.CONSTRAINT_SCHEMA = DATABASE() AND t.CONSTRAINT_TYPE = 'CHECK' AND t.ENFORCED = 'YES'
ORDER BY t.TABLE_NAME, c.CONSTRAINT_NAME
"""
_TRIGGERS = """
SELECT EVENT_OBJECT_TABLE, TRIGGER_NAME, ACTION_TIMING, ACTION_STATEMENT FROM information_schema.TRIGGERS
WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_MANIPULATION LIKE '%INSERT%'
ORDER BY EVENT_OBJECT_TABLE, ACTION_TIMING DESC, ACTION_ORDER
"""
_PARTITIONS = """
SELECT TABLE_NAME, PARTITION_NAME, PARTITION_METHOD, PARTITION_EXPRESSION, PARTITION_DESCRIPTION
FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE() AND PARTITION_NAME IS NOT NULL
ORDER BY TABLE_NAME, PARTITION_ORDINAL_POSITION, SUBPARTITION_ORDINAL_POSITION
"""
_NAME = re.compile(r"'(?:[^'\\]|''|\\.)*'|`((?:[^`]|``)*)`", re.S)
_JSON_CHECK = re.compile(r"json_valid\(`((?:[^`]|``)*)`\)", re.I)
_SEQUENCE = re.compile(r"nextval\((.+)\)", re.I)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|b'[01]*'|0x[0-9a-f]*|NULL", re.I)
_FLAG_DEFAULTS = ("", "0", "1", "NULL")

_Rows = list[tuple[object, ...]]


def read_catalog(connection: MariadbConnection) -> Catalog:
    """Every table of the connection's database that rows can be put in, except Understudy's own."""
    facts = _Facts.read(connection)
    tables = {name: facts.table(name, comment) for name, comment in facts.names.items()}
    existing = existing_rows(connection, tables)
    return Catalog(
        "mysql",
        facts.version,
        {name: replace(table, existing=existing.get(name, ExistingRows())) for name, table in tables.items()},
    )


def _cuts(connection: MariadbConnection, rows: _Rows) -> list[Cut]:
    """A table's partitions; its definition is read only where it alone tells which of them is the default one."""
    texts = (tuple(map(_text, row)) for row in rows)
    cuts = [Cut(table, name, method, expression, bound) for table, name, method, expression, bound in texts]
    if not any(cut.doubtful for cut in cuts):
        return cuts
    ((_, definition, *_),) = connection.fetch(f"SHOW CREATE TABLE {quoted(cuts[0].table)}")
    defaults = defaults_in(_text(definition))
    return [replace(cut, default=cut.name in defaults) for cut in cuts]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the queries brought, by table."""

    version: str
    mariadb: bool
    names: Mapping[str, str]
    columns: Mapping[str, _Rows]
    srids: Mapping[tuple[str, str], int]
    keys: Mapping[str, _Rows]
    foreign_keys: Mapping[str, _Rows]
    checks: Mapping[str, _Rows]
    triggers: Mapping[str, _Rows]
    partitions: Mapping[str, Sequence[Cut]]

    @classmethod
    def read(cls, connection: MariadbConnection) -> _Facts:
        fetch, mariadb = connection.fetch, connection.mariadb
        ((version,),) = fetch("SELECT VERSION()")
        return cls(
            version=str(version),
            mariadb=mariadb,
            names={_text(name): _text(words) for name, words in fetch(_TABLES) if name not in BOOKKEEPING_TABLES},
            columns=_by_table(fetch(_COLUMNS.format(srid="0" if mariadb else "SRS_ID"))),
            srids={(_text(table), _text(name)): _int(srid) or 0 for table, name, srid in fetch(_SRIDS)}
            if mariadb
            else {},
            keys=_by_table(fetch(_KEYS.format(expression="NULL" if mariadb else "EXPRESSION"))),
            foreign_keys=_by_table(fetch(_FOREIGN_KEYS)),
            checks=_by_table(fetch(_CHECKS_MARIADB if mariadb else _CHECKS_MYSQL)),
            triggers=_by_table(fetch(_TRIGGERS)),
            partitions={table: _cuts(connection, rows) for table, rows in _by_table(fetch(_PARTITIONS)).items()},
        )

    def table(self, name: str, comment: str) -> Table:
        predicates = [(_text(label), self._sql(_text(clause))) for _, label, clause in self.checks[name]]
        documents = {match[1] for _, clause in predicates if (match := _JSON_CHECK.fullmatch(clause))}
        checks = tuple(
            Check(label, clause, _names_in(clause))
            for label, clause in predicates
            if not _JSON_CHECK.fullmatch(clause)  # it is what makes a column's type JSON
        )
        foreign_keys = tuple(self._foreign_keys(name))
        keys = tuple(self._keys(name))
        plain = {column for check in checks for column in check.columns} | self._sole_or_linked(name, keys)
        cuts = self.partitions.get(name, ())
        partitioning = partitioning_of(cuts) if cuts else None
        return Table(
            TableName("", name),
            tuple(self._column(row, documents, plain) for row in self.columns[name]),
            keys=keys,
            foreign_keys=foreign_keys,
            checks=checks,
            triggers=tuple(
                Trigger(_text(label), _text(timing).lower(), True, _text(label), _text(body))
                for _, label, timing, body in self.triggers[name]
            ),
            partitioning=partitioning,
            kind="table" if partitioning is None else "partitioned",
            insertable=any("insert" in _text(row[14]) for row in self.columns[name]),
            comment=comment,
        )

    def _sole_or_linked(self, name: str, keys: tuple[UniqueKey, ...]) -> set[str]:
        """Columns whose values tell rows apart or link them: two values would not be enough."""
        sole = {key.columns[0] for key in keys if len(key.columns) == 1 and not key.expressions}
        linked = {_text(row[2]) for row in self.foreign_keys[name]}
        targets = {
            _text(row[6])
            for rows in self.foreign_keys.values()
            for row in rows
            if row[3] and _text(row[5]).lower() == name.lower()
        }
        return sole | linked | targets

    def _column(self, row: tuple[object, ...], documents: set[str], plain: set[str]) -> Column:
        table, name = _text(row[0]), _text(row[1])
        extra, generation = _text(row[12]), self._sql(_text(row[15]))
        default = self._default(row[2], extra)
        identity = "auto" if "auto_increment" in extra.lower() else ""
        sequence = _SEQUENCE.fullmatch(default)
        declared = Declared(
            base=_text(row[4]).lower(),
            full=_text(row[5]),
            letters=_int(row[6]),
            precision=_int(row[7]),
            scale=_int(row[8]),
            fraction=_int(row[9]),
            charset=_text(row[10]),
            collation=_text(row[11]),
            srid=self.srids.get((table, name), _int(row[16]) or 0),
            is_json=name in documents,
            is_flag=not identity and name not in plain and default in _FLAG_DEFAULTS,
        )
        return Column(
            name,
            data_type(declared),
            nullable=row[3] == "YES",
            generated=bool(generation),
            expression=generation,
            identity=identity,
            default="" if generation else default,
            sequence=sequence[1] if sequence else "",
            comment=_text(row[13]),
        )

    def _default(self, value: object, extra: str) -> str:
        """A default as SQL text: MariaDB has it so, MySQL tells a literal's bare text."""
        if value is None or (self.mariadb and value == "NULL"):
            return ""
        text = _text(value)
        if self.mariadb or "DEFAULT_GENERATED" in extra:
            return self._sql(text)
        return text if _NUMBER.fullmatch(text) else "'" + text.replace("'", "''") + "'"

    def _keys(self, name: str) -> list[UniqueKey]:
        found = []
        for label, parts in groupby(self.keys[name], key=lambda row: _text(row[1])):
            rows = list(parts)
            columns = tuple(_text(row[2]) for row in rows if row[2] is not None)
            expressions = tuple(self._sql(_text(row[4])) for row in rows if row[4] is not None)
            reads = dict.fromkeys((*columns, *(column for text in expressions for column in _names_in(text))))
            found.append(
                UniqueKey(
                    label,
                    columns,
                    expressions,
                    tuple(reads),
                    primary=label == "PRIMARY",
                    prefixes={_text(row[2]): _int(row[3]) or 0 for row in rows if row[3] is not None},
                )
            )
        return found

    def _foreign_keys(self, name: str) -> list[ForeignKey]:
        spelled = {known.lower(): known for known in self.names}
        found = []
        for label, parts in groupby(self.foreign_keys[name], key=lambda row: _text(row[1])):
            rows = list(parts)
            _, _, _, here, schema, target, _ = rows[0]
            known = spelled.get(_text(target).lower(), _text(target)) if target not in self.names else _text(target)
            place = TableName("", known) if here else TableName(_text(schema), _text(target))
            columns, targets = (tuple(_text(row[at]) for row in rows) for at in (2, 6))
            found.append(ForeignKey(label, columns, place, targets))
        return found

    def _sql(self, text: str) -> str:
        """An expression as it could be written: MySQL tells it with the quotes of its texts escaped."""
        return text if self.mariadb else text.replace("\\'", "'")


def _by_table(rows: _Rows) -> Mapping[str, _Rows]:
    found: defaultdict[str, _Rows] = defaultdict(list)
    for row in rows:
        found[_text(row[0])].append(row)
    return found


def _names_in(expression: str) -> tuple[str, ...]:
    """The columns that an expression reads: the server prints every name in backquotes."""
    names = (match[1].replace("``", "`") for match in _NAME.finditer(expression) if match[1] is not None)
    return tuple(dict.fromkeys(names))


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def _int(value: object) -> int | None:
    return None if value is None else int(str(value))
