"""Everything in a PostgreSQL database that keeps rows, whoever made it and whoever may see it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import Connection

from ...catalog import TableName
from ...ports import BOOKKEEPING_TABLES, ENVIRONMENT_TABLE, Database
from ..contents import Contents, Holding, fetched
from .names import DEFAULT_SCHEMA, quoted

# Numbers below 16384 are of those that every database begins with; what anybody made later has a higher one, whatever
# schema it is in. A heap without a single block keeps no row, so it is left out even if it may not be read. Of an
# extension's own table, only the rows are somebody's that its author says a backup must have.
_HOLDINGS = """
SELECT n.nspname::text, c.relname::text, c.relkind::text, c.relpersistence = 't',
  r.relname::text, rn.nspname::text,
  has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
  row_security_active(c.oid), pg_catalog.pg_table_is_visible(c.oid),
  coalesce((
    SELECT e.extcondition[array_position(e.extconfig, c.oid)] FROM pg_catalog.pg_extension AS e
    WHERE c.oid = ANY (e.extconfig)
  ), ''),
  ARRAY(
    SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
  )
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
LEFT JOIN pg_catalog.pg_class AS r ON r.oid = coalesce(pg_catalog.pg_partition_root(c.oid), c.oid)
LEFT JOIN pg_catalog.pg_namespace AS rn ON rn.oid = r.relnamespace
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'f', 'm')
  AND (m.amname IS DISTINCT FROM 'heap' OR coalesce(pg_catalog.pg_relation_size(c.oid), 0) > 0)
ORDER BY n.nspname, c.relname
"""
_LARGE_OBJECTS = "SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)"
_FOREIGN = "f"


class _Relation(NamedTuple):
    schema: str
    name: str
    kind: str
    temporary: bool
    root: str
    root_schema: str
    readable: bool
    secured: bool
    visible: bool
    condition: str
    columns: list[str]


@contextmanager
def open_contents(database: Database) -> Iterator[Contents]:
    """One snapshot that cannot be written in, and in which a row that a policy hides is an error."""
    with database.engine().connect() as connection:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.exec_driver_sql("SET LOCAL row_security = off")
        ((name,),) = fetched(connection, "SELECT current_database()")
        yield Contents(connection, str(name), tuple(_holdings(connection)), quoted, "text")


def _holdings(connection: Connection) -> Iterator[Holding]:
    for row in fetched(connection, _HOLDINGS):
        relation = _Relation(*row)
        if relation.name not in BOOKKEEPING_TABLES or _is_strange(relation):
            yield Holding(_name(relation), _source(relation), tuple(relation.columns), _hidden(relation))
    if fetched(connection, _LARGE_OBJECTS)[0][0]:
        yield Holding(TableName("", "pg_largeobject"), hidden="nobody can tell what large objects hold")


def _is_strange(relation: _Relation) -> bool:
    """A marker in a schema that is not looked at: it may say production all the same."""
    return relation.name == ENVIRONMENT_TABLE and not relation.visible


def _name(relation: _Relation) -> TableName:
    """As the catalogue calls the table, or the partition's table."""
    usual = relation.root_schema == DEFAULT_SCHEMA and "." not in relation.root
    return TableName("" if usual else relation.root_schema, relation.root)


def _source(relation: _Relation) -> str:
    """Never the rows of heirs, which are tables of their own."""
    only = f"ONLY {quoted(relation.schema)}.{quoted(relation.name)}"
    return f"(SELECT * FROM {only} {relation.condition}) AS kept" if relation.condition else only


def _hidden(relation: _Relation) -> str:
    if _is_strange(relation):
        return "it marks the database, and this login's search path leaves it out"
    if relation.kind == _FOREIGN:
        return "its rows live on another server"
    if relation.temporary:
        return "another session keeps temporary rows in it"
    if not relation.readable:
        return "this login may not read it"
    return "row level security may hide rows of it" if relation.secured else ""
