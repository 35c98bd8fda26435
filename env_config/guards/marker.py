"""What marks a database as one environment's, and the statements that put it there.

PostgreSQL gets three things in one transaction: a text search configuration, which logins can be made to ask for; a
setting of the database, which a plain dump leaves behind; and a row in a table, which other tools read. MariaDB, MySQL and
SQLite get the table.
"""

from __future__ import annotations

from collections.abc import Callable

from .postgres import OWN_DEFAULT, SETTING, TABLE
from .startup_option import PARAMETER, PREFIX, SCHEMA, configuration_name

COMMENT = "Which environment this database belongs to."
"""On the table and on each configuration: by it a later stamp knows what an earlier one left."""
BOOKKEEPING = (TABLE, "understudy_manifest", "understudy_chunk")
"""Tables that do not count when it is asked whether a database is empty."""

_COLUMNS = f"{TABLE} (id, environment, stamped_at, reason)"


def statements(system: str, environment: str, *, database: str, reason: str, replace: bool = False) -> list[str]:
    """The statements that mark a database, to be run in one transaction by its owner.

    Args:
        system: ``postgresql``, ``mysql`` or ``sqlite``.
        environment: the canonical name.
        database: the database's name.
        reason: why it was stamped, for people.
        replace: take away what the stamp of another environment left.

    Raises:
        UsageRefused: the environment's name is not fit for SQL.
        KeyError: no such system.
    """
    configuration_name(environment)
    return _SYSTEMS[system](environment, database, " ".join(reason.split()), replace)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _postgresql(environment: str, database: str, reason: str, replace: bool) -> list[str]:
    name = configuration_name(environment)
    table = f"{SCHEMA}.{TABLE}"
    return [
        _table(table, "smallint PRIMARY KEY", "timestamptz"),
        f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS system_identifier text",
        f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS database_oid bigint",
        f"COMMENT ON TABLE {table} IS {_literal(COMMENT)}",
        _configuration(name),
        f"COMMENT ON TEXT SEARCH CONFIGURATION {SCHEMA}.{name} IS {_literal(COMMENT)}",
        *([_leftovers(name)] if replace else []),
        _row(table, environment, reason),
        _setting(database, environment, name),
        f"REVOKE ALL ON TABLE {table} FROM PUBLIC",
        f"GRANT SELECT ON TABLE {table} TO PUBLIC",
    ]


def _table(name: str, key: str, instant: str) -> str:
    columns = f"id {key}, environment varchar(40) NOT NULL, stamped_at {instant} NOT NULL, reason text NOT NULL"
    return f"CREATE TABLE IF NOT EXISTS {name} ({columns}, CONSTRAINT {TABLE}_one_row CHECK (id = 1))"


def _configuration(name: str) -> str:
    """A copy of what the database searches by otherwise, so that asking for it changes no search's result."""
    return f"""DO $stamp$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_ts_config AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace
                   WHERE n.nspname = '{SCHEMA}' AND c.cfgname = '{name}') THEN
        EXECUTE 'CREATE TEXT SEARCH CONFIGURATION {SCHEMA}.{name} (COPY = '
            || pg_catalog.current_setting('default_text_search_config') || ')';
    END IF;
END $stamp$"""


def _leftovers(name: str) -> str:
    """Takes away the configurations of other environments, and none that somebody made for searching."""
    return f"""DO $stamp$ DECLARE other name; BEGIN
    FOR other IN SELECT c.cfgname FROM pg_catalog.pg_ts_config AS c
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace
            WHERE n.nspname = '{SCHEMA}' AND pg_catalog.left(c.cfgname, {len(PREFIX)}) = '{PREFIX}'
              AND c.cfgname <> '{name}' AND pg_catalog.obj_description(c.oid, 'pg_ts_config') = {_literal(COMMENT)} LOOP
        EXECUTE 'DROP TEXT SEARCH CONFIGURATION {SCHEMA}.' || pg_catalog.quote_ident(other);
    END LOOP;
END $stamp$"""  # noqa: S608 - the name was checked


def _setting(database: str, environment: str, name: str) -> str:
    """The database's own setting. Not every owner may invent one; then the start-up marker becomes the default.

    Nobody could log in any more who may not look into the schema, so that must not be narrowed down.
    """
    alter, kept = f"ALTER DATABASE {_identifier(database)}", f"pg_catalog.left(c, {len(OWN_DEFAULT)}) = '{OWN_DEFAULT}'"
    return f"""DO $stamp$ BEGIN
    BEGIN
        {alter} SET {SETTING} = {_literal(environment)};
        IF EXISTS (SELECT FROM pg_catalog.pg_db_role_setting AS s JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase,
                        pg_catalog.unnest(s.setconfig) AS c
                   WHERE d.datname = pg_catalog.current_database() AND s.setrole = 0 AND {kept}) THEN
            {alter} RESET {PARAMETER};
        END IF;
    EXCEPTION WHEN insufficient_privilege THEN
        IF NOT pg_catalog.has_schema_privilege('public', '{SCHEMA}', 'USAGE') THEN
            RAISE EXCEPTION 'not everybody may use the schema {SCHEMA}, where the marker of this database is'
                USING HINT = 'GRANT USAGE ON SCHEMA {SCHEMA} TO PUBLIC, or let a superuser stamp it';
        END IF;
        {alter} SET {PARAMETER} = '{SCHEMA}.{name}';
    END;
END $stamp$"""


def _row(table: str, environment: str, reason: str) -> str:
    """The row, with the identifiers by which a copy of it is recognised, as far as they may be read."""
    return f"""DO $stamp$ DECLARE identifier text; BEGIN
    IF pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') THEN
        SELECT c.system_identifier::text INTO identifier FROM pg_catalog.pg_control_system() AS c;
    END IF;
    INSERT INTO {table} AS m (id, environment, stamped_at, reason, system_identifier, database_oid)
    SELECT 1, {_literal(environment)}, pg_catalog.now(), {_literal(reason.replace("$", ""))}, identifier, d.oid::bigint
    FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()
    ON CONFLICT (id) DO UPDATE SET environment = excluded.environment, stamped_at = excluded.stamped_at,
        reason = excluded.reason, system_identifier = excluded.system_identifier, database_oid = excluded.database_oid;
END $stamp$"""  # noqa: S608 - literals are quoted


def _mysql(environment: str, database: str, reason: str, replace: bool) -> list[str]:
    values = f"{_literal(environment)}, utc_timestamp(6), {_literal(reason.replace(chr(92), '/'))}"
    return [_table(TABLE, "smallint PRIMARY KEY", "datetime(6)"), f"REPLACE INTO {_COLUMNS} VALUES (1, {values})"]  # noqa: S608


def _sqlite(environment: str, database: str, reason: str, replace: bool) -> list[str]:
    values = f"{_literal(environment)}, datetime('now'), {_literal(reason)}"
    table = _table(TABLE, "SMALLINT NOT NULL PRIMARY KEY", "DATETIME")
    return [table, f"INSERT OR REPLACE INTO {_COLUMNS} VALUES (1, {values})"]  # noqa: S608


_SYSTEMS: dict[str, Callable[[str, str, str, bool], list[str]]] = {
    "postgresql": _postgresql,
    "mysql": _mysql,
    "sqlite": _sqlite,
}
