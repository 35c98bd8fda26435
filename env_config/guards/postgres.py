"""Asking a PostgreSQL server who it is: two short queries that fail for nobody, whatever may be read.

The first looks at catalogues that every login may read, the second at what the first found readable. Each gives one
column of JSON text, which every driver returns alike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from .identity import ServerFacts
from .startup_option import PARAMETER, PREFIX, SCHEMA

TABLE = "understudy_environment"
SETTING = "understudy.environment"
OWN_DEFAULT = f"{PARAMETER}={SCHEMA}.{PREFIX}"
"""How the other setting begins that names an environment: the start-up marker as the database's default."""

CATALOGUE_QUERY = f"""
SELECT pg_catalog.jsonb_build_object(
    'database', d.datname,
    'oid', d.oid::text,
    'settings', (SELECT pg_catalog.jsonb_agg(c)
                 FROM pg_catalog.pg_db_role_setting AS s, pg_catalog.unnest(s.setconfig) AS c
                 WHERE s.setdatabase = d.oid AND s.setrole = 0
                   AND pg_catalog.split_part(c, '=', 1) IN ('{SETTING}', '{PARAMETER}')),
    'configurations', (SELECT pg_catalog.jsonb_agg(c.cfgname)
                       FROM pg_catalog.pg_ts_config AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace
                       WHERE n.nspname = '{SCHEMA}' AND pg_catalog.left(c.cfgname, {len(PREFIX)}) = '{PREFIX}'),
    'in_recovery', pg_catalog.pg_is_in_recovery(),
    'address', pg_catalog.host(pg_catalog.inet_server_addr()),
    'port', pg_catalog.inet_server_port(),
    'marker', coalesce(pg_catalog.has_schema_privilege('{SCHEMA}', 'USAGE')
        AND pg_catalog.has_table_privilege(pg_catalog.to_regclass('{SCHEMA}.{TABLE}')::oid, 'SELECT'), false),
    'identifier', pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')
)::text FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()
"""  # noqa: S608 - constants of this package

_MARKER = f"(SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(m)) FROM {SCHEMA}.{TABLE} AS m)"  # noqa: S608
_IDENTIFIER = "(SELECT c.system_identifier::text FROM pg_catalog.pg_control_system() AS c)"


class Cursor(Protocol):
    """What every DB-API cursor has."""

    def execute(self, statement: str, /) -> Any: ...

    def fetchone(self) -> Any: ...

    def close(self) -> Any: ...


class Connection(Protocol):
    """What every DB-API connection has."""

    def cursor(self) -> Any: ...

    def rollback(self) -> Any: ...


def row_query(catalogue: Mapping[str, object]) -> str:
    """The second query: the marker's rows and the cluster's identifier, as far as they may be read."""
    marker = _MARKER if catalogue["marker"] else "NULL"
    identifier = _IDENTIFIER if catalogue["identifier"] else "NULL"
    return f"SELECT pg_catalog.jsonb_build_object('rows', {marker}, 'identifier', {identifier})::text"


def read_facts(connection: Connection, *, at_own_address: bool | None = None) -> ServerFacts:
    """Ask over a DB-API connection that is in no transaction; it is in none afterwards.

    Args:
        connection: of psycopg, psycopg2, pg8000, ADBC …
        at_own_address: see :class:`~env_config.guards.identity.ServerFacts`.
    """
    cursor: Cursor = connection.cursor()
    try:
        catalogue = _asked(cursor, CATALOGUE_QUERY)
        content = _asked(cursor, row_query(catalogue))
    finally:
        cursor.close()
        if not getattr(connection, "autocommit", False):
            connection.rollback()
    return facts_of(catalogue, content, at_own_address=at_own_address)


async def read_facts_async(connection: Any, *, at_own_address: bool | None = None) -> ServerFacts:
    """Ask over an asyncpg connection (``fetchval``) or an asynchronous psycopg one."""
    if hasattr(connection, "fetchval"):
        catalogue = json.loads(await connection.fetchval(CATALOGUE_QUERY))
        content = json.loads(await connection.fetchval(row_query(catalogue)))
    else:
        catalogue = json.loads((await (await connection.execute(CATALOGUE_QUERY)).fetchone())[0])
        content = json.loads((await (await connection.execute(row_query(catalogue))).fetchone())[0])
        if not connection.autocommit:
            await connection.rollback()
    return facts_of(catalogue, content, at_own_address=at_own_address)


def facts_of(
    catalogue: Mapping[str, Any], content: Mapping[str, Any], *, at_own_address: bool | None = None
) -> ServerFacts:
    """The facts that the two answers hold."""
    rows = content["rows"] or [{}]
    row = rows[0] if len(rows) == 1 else {"environment": ", ".join(sorted(str(row.get("environment")) for row in rows))}
    identifier = content["identifier"]
    settings = [text.replace("'", "").replace('"', "") for text in catalogue["settings"] or ()]
    own = [text.partition("=")[2] for text in settings if text.startswith(f"{SETTING}=")]
    default = [text[len(OWN_DEFAULT) :].replace("_", "-") for text in settings if text.startswith(OWN_DEFAULT)]
    return ServerFacts(
        marker=row.get("environment"),
        setting=next(iter(own + default), None),
        setting_read=True,
        configurations=tuple(sorted({*(catalogue["configurations"] or ()), *(PREFIX + name for name in default)})),
        system_identifier=identifier,
        database_oid_matches=_same(row.get("database_oid"), catalogue["oid"]),
        system_identifier_matches=_same(row.get("system_identifier"), identifier),
        in_recovery=catalogue["in_recovery"],
        at_own_address=at_own_address,
        server_address=catalogue["address"],
        server_port=catalogue["port"],
        database=catalogue["database"],
    )


def _asked(cursor: Cursor, query: str) -> dict[str, Any]:
    cursor.execute(query)
    found: dict[str, Any] = json.loads(cursor.fetchone()[0])
    return found


def _same(stamped: object, found: object) -> bool | None:
    return None if stamped is None or found is None else str(stamped) == str(found)
