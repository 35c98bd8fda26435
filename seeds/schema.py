"""Tables in a database from their definitions: names, types and constraints, and whether existing ones agree.

Types beyond SQL's common ground are text where a database lacks them: JSON and arrays (as JSON text), and UUIDs with
their hyphens. SQLite has no exact decimals; see ``databases/sqlite`` for what a ``numeric`` column means there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import groupby
from typing import Any

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    DateTime,
    Dialect,
    Double,
    ForeignKeyConstraint,
    Index,
    Inspector,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_mock_engine,
    inspect,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.schema import CreateIndex, ExecutableDDLElement
from sqlalchemy.types import TypeEngine

from generators.spec import ColumnSpec, ColumnType, TableSpec

from .errors import SchemaMismatch
from .ports import Database

_NAME_MAX = 63  # PostgreSQL's limit, the strictest in use
_EXACT_DIGITS = 15  # what a double holds, and so a NUMERIC column of SQLite
_POSTGRESQL = "postgresql"

_PLAIN: dict[str, TypeEngine[Any]] = {
    "bigint": BigInteger().with_variant(Integer(), "sqlite"),  # an INTEGER key is SQLite's row number itself
    "integer": Integer(),
    "smallint": SmallInteger(),
    "double": Double(),
    "boolean": Boolean(),
    "date": Date(),
    "timestamp": DateTime(),
    "timestamptz": DateTime(timezone=True),
    "text": Text(),
    "json": Text().with_variant(postgresql.JSON(), _POSTGRESQL),
    "uuid": CHAR(36).with_variant(postgresql.UUID(), _POSTGRESQL),
}


def metadata_of(tables: Iterable[TableSpec]) -> MetaData:
    """The tables as SQLAlchemy knows them: for DDL, queries and comparison."""
    metadata = MetaData()
    for table in tables:
        _add_table(metadata, table)
    return metadata


def create_tables(database: Database, tables: Iterable[TableSpec]) -> tuple[str, ...]:
    """Create the tables that are absent, in one transaction, and say which.

    Raises:
        SchemaMismatch: if a table of the same name has another shape; nothing is created then.
    """
    return create_absent(database, metadata_of(tables))


def check_tables(database: Database, tables: Iterable[TableSpec]) -> None:
    """Compare the tables that are there with their definitions; nothing is created.

    Raises:
        SchemaMismatch: if one has another shape.
    """
    metadata = metadata_of(tables)
    with database.engine().connect() as connection:
        _check_present(database, connection, metadata)


def drop_empty_tables(database: Database, names: Iterable[str]) -> tuple[str, ...]:
    """Drop those of the tables that are there and hold no row, in the order given, and say which."""
    dropped = []
    for name in names:
        if not database.columns_of(name):
            continue
        quoted = database.identifier(name)
        with database.engine().begin() as connection:
            if connection.execute(text(f"SELECT 1 FROM {quoted} LIMIT 1")).first() is None:  # noqa: S608 (quoted)
                connection.execute(text(f"DROP TABLE {quoted}"))
                dropped.append(name)
    return tuple(dropped)


def create_absent(database: Database, metadata: MetaData) -> tuple[str, ...]:
    """Create what is absent of ``metadata``, after comparing what is there; see :func:`create_tables`."""
    with database.engine().begin() as connection:
        present = _check_present(database, connection, metadata)
        absent = [table for table in metadata.sorted_tables if table.name not in present]
        metadata.create_all(connection, tables=absent, checkfirst=False)
    return tuple(table.name for table in absent)


def _check_present(database: Database, connection: Connection, metadata: MetaData) -> set[str]:
    present = set(inspect(connection).get_table_names())
    known = [table for table in metadata.sorted_tables if table.name in present]
    differences = [difference for table in known for difference in _differences(connection, table)]
    if differences:
        raise SchemaMismatch(
            f"{database.location}: tables of these names have another shape: {'; '.join(differences)}",
            hint="rename or drop them, or choose another database",
        )
    return present


def ddl(tables: Iterable[TableSpec], dialect: str) -> str:
    """The statements that create the tables, for reading: ``dialect`` is ``postgresql`` or ``sqlite``."""
    statements: list[ExecutableDDLElement] = []
    address = "postgresql+psycopg://" if dialect == _POSTGRESQL else f"{dialect}://"
    engine: MockConnection = create_mock_engine(address, lambda statement, *_, **__: statements.append(statement))
    metadata_of(tables).create_all(engine, checkfirst=False)
    return "\n\n".join(f"{_text(statement, engine.dialect)};" for statement in _ordered(statements)) + "\n"


def _ordered(statements: list[ExecutableDDLElement]) -> Iterator[ExecutableDDLElement]:
    """The statements as they come, except that SQLAlchemy keeps a table's indexes in a set: by name."""
    for indexes, run in groupby(statements, key=lambda statement: isinstance(statement, CreateIndex)):
        group = list(run)
        yield from sorted(group, key=str) if indexes else group


def _text(statement: ExecutableDDLElement, dialect: Dialect) -> str:
    lines = str(statement.compile(dialect=dialect)).strip().splitlines()
    return "\n".join(line.replace("\t", "    ").rstrip() for line in lines)


def _add_table(metadata: MetaData, table: TableSpec) -> None:
    name = table.name
    held = Table(name, metadata, *map(_column, table.stored_columns), comment=table.description or None)
    if table.primary_key:
        held.append_constraint(PrimaryKeyConstraint(*table.primary_key, name=_bounded(f"pk_{name}")))
    for unique in table.unique:
        label = _bounded("_".join(("uq", name, *unique.columns)))
        held.append_constraint(UniqueConstraint(*unique.columns, name=label))
    for key in table.foreign_keys:
        label = _bounded(f"fk_{name}_{key.column}")
        held.append_constraint(ForeignKeyConstraint([key.column], [f"{key.table}.{key.target}"], name=label))
    for check in table.checks:
        held.append_constraint(CheckConstraint(_literal(check.predicate), name=_bounded(check.name)))
    for columns in table.indexes:
        Index(_bounded("_".join(("ix", name, *columns))), *(held.c[column] for column in columns))


def _column(column: ColumnSpec) -> Column[Any]:
    return Column(
        column.name,
        _type_of(column.type),
        nullable=column.nullable,
        autoincrement=False,  # the engine makes the keys
        comment=column.description or None,
    )


def _type_of(kind: ColumnType) -> TypeEngine[Any]:
    element = _element(kind)
    return Text().with_variant(postgresql.ARRAY(element), _POSTGRESQL) if kind.array else element


def _element(kind: ColumnType) -> TypeEngine[Any]:
    if kind.name == "numeric":
        precision, scale = kind.arguments
        exact: TypeEngine[Any] = Numeric(precision, scale)
        return exact if precision <= _EXACT_DIGITS else exact.with_variant(Text(), "sqlite")
    if kind.name == "varchar":
        return String(kind.arguments[0])
    if kind.name == "char":
        return CHAR(kind.arguments[0])
    return _PLAIN[kind.name]


def _literal(predicate: str) -> str:
    """A predicate in which a colon is a colon and not the start of a parameter."""
    return predicate.replace(":", r"\:")


def _bounded(name: str) -> str:
    """The name itself if every database takes it, or its beginning with a digest of the whole."""
    if len(name.encode()) <= _NAME_MAX:
        return name
    start = name.encode()[: _NAME_MAX - 9].decode(errors="ignore")
    return f"{start}_{sha256(name.encode()).hexdigest()[:8]}"


def _differences(connection: Connection, table: Table) -> Iterator[str]:
    """What keeps an existing table from taking the rows of its definition, in words."""
    inspector: Inspector = inspect(connection)
    found = {str(column["name"]): column for column in inspector.get_columns(table.name)}
    for column in table.columns:
        if column.name not in found:
            yield f"{table.name}.{column.name} is missing"
            continue
        there = found[column.name]
        wanted, has = column.type.compile(connection.dialect), there["type"].compile(connection.dialect)
        if wanted != has:
            yield f"{table.name}.{column.name} is {has}, not {wanted}"
        if bool(column.nullable) != bool(there["nullable"]):
            yield f"{table.name}.{column.name} is {'nullable' if there['nullable'] else 'NOT NULL'}"
    for name in found:
        if name not in table.columns:
            yield f"{table.name}.{name} is not in the definition"
    key = inspector.get_pk_constraint(table.name)["constrained_columns"]
    if set(key) != {column.name for column in table.primary_key}:
        yield f"{table.name} has the primary key ({', '.join(key)})"
