"""What marks a database as one environment's, and the statements that put it there.

PostgreSQL gets three things in one transaction: a text search configuration, which logins can be made to ask for; a
setting of the database, which a plain dump leaves behind; and a row in a table, which other tools read. MariaDB, MySQL and
SQLite get the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..errors import UsageRefused
from .postgres import OWN_DEFAULT, SETTING, TABLE
from .startup_option import PARAMETER, PREFIX, SCHEMA, configuration_name

COMMENT = "Which environment this database belongs to."
"""On the table and on each configuration: by it a later stamp knows what an earlier one left."""
BOOKKEEPING = (TABLE, "understudy_manifest", "understudy_chunk")
"""Tables that do not count when it is asked whether a database is empty."""

_QUOTE = "$stamp$"
_COLUMNS = f"{TABLE} (id, environment, stamped_at, reason)"


@dataclass(frozen=True, slots=True)
class _Mark:
    """What is written: ``own`` are the names that mean this environment, ``others`` those of all others."""

    environment: str
    database: str
    reason: str
    replace: bool
    own: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def configuration(self) -> str:
        return configuration_name(self.environment)


def statements(
    system: str,
    environment: str,
    *,
    database: str,
    reason: str,
    replace: bool = False,
    aliases: Iterable[str] = (),
    others: Iterable[str] = (),
) -> list[str]:
    """The statements that mark a database, to be run in one transaction by its owner.

    They fail where the marker of another environment is, unless ``replace`` takes it away; on PostgreSQL also in another
    database than the one that is named.

    Args:
        system: ``postgresql``, ``mysql`` or ``sqlite``.
        environment: the canonical name.
        database: the database's name.
        reason: why it was stamped, for people.
        replace: take away what the stamp of another environment left.
        aliases: other names of the environment.
        others: names and aliases of the other environments.

    Raises:
        UsageRefused: the environment's or the database's name is not fit for SQL.
        KeyError: no such system.
    """
    configuration_name(environment)
    if _QUOTE in database:
        raise UsageRefused("the database's name is not fit for these statements", code="USAGE", rule="stamp")
    mark = _Mark(environment, database, " ".join(reason.split()), replace, (environment, *aliases), tuple(others))
    return _SYSTEMS[system](mark)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _listed(names: Iterable[str]) -> str:
    return ", ".join(_literal(name) for name in names) or "NULL"


def _postgresql(mark: _Mark) -> list[str]:
    name = mark.configuration
    table = f"{SCHEMA}.{TABLE}"
    return [
        _table(table, "smallint PRIMARY KEY", "timestamptz"),
        f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS system_identifier text",
        f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS database_oid bigint",
        _right_place(mark),
        *([] if mark.replace else [_nothing_of_others(table, mark)]),
        f"COMMENT ON TABLE {table} IS {_literal(COMMENT)}",
        _configuration(name),
        f"COMMENT ON TEXT SEARCH CONFIGURATION {SCHEMA}.{name} IS {_literal(COMMENT)}",
        *([_leftovers(mark)] if mark.replace else []),
        _row(table, mark.environment, mark.reason),
        _setting(mark.database, mark.environment, name),
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


def _right_place(mark: _Mark) -> str:
    """Pasted into a session with another database, the statements would mark two databases by halves."""
    return f"""DO $stamp$ BEGIN
    IF pg_catalog.current_database() <> {_literal(mark.database)} THEN
        RAISE EXCEPTION USING MESSAGE = 'these statements are for the database ' || {_literal(mark.database)}
            || ', and this is ' || pg_catalog.current_database();
    END IF;
END $stamp$"""


def _nothing_of_others(table: str, mark: _Mark) -> str:
    """Stops where anything marks the database as another environment's: the row, a configuration, or a setting."""
    return f"""DO $stamp$ DECLARE other text; BEGIN
    SELECT whose INTO other FROM (
        SELECT m.environment::text AS whose FROM {table} AS m
        WHERE pg_catalog.replace(pg_catalog.lower(m.environment), '_', '-') NOT IN ({_listed(mark.own)})
        UNION ALL {_other_configurations(mark)}
        UNION ALL SELECT c FROM pg_catalog.pg_db_role_setting AS s
            JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase, pg_catalog.unnest(s.setconfig) AS c
        WHERE d.datname = pg_catalog.current_database() AND s.setrole = 0
          AND (pg_catalog.split_part(c, '=', 1) = '{SETTING}' OR pg_catalog.left(c, {len(OWN_DEFAULT)}) = '{OWN_DEFAULT}')
          AND pg_catalog.replace(pg_catalog.regexp_replace(c, '^[^=]*=({SCHEMA}[.]{PREFIX})?', ''), '_', '-')
              NOT IN ({_listed(mark.own)})
    ) AS others LIMIT 1;
    IF other IS NOT NULL THEN
        RAISE EXCEPTION USING MESSAGE = 'the database is marked as another environment''s: ' || other,
            HINT = 'if it belongs to {mark.environment} from now on, ask for statements that replace the marker (--replace)';
    END IF;
END $stamp$"""  # noqa: S608 - literals are quoted


def _other_configurations(mark: _Mark) -> str:
    """Those of other environments: by their name, or by the comment that every stamp leaves."""
    names = [PREFIX + other.replace("-", "_") for other in mark.others]
    return f"""SELECT c.cfgname::text FROM pg_catalog.pg_ts_config AS c
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace
            WHERE n.nspname = '{SCHEMA}' AND pg_catalog.left(c.cfgname, {len(PREFIX)}) = '{PREFIX}'
              AND c.cfgname <> '{mark.configuration}' AND (c.cfgname::text IN ({_listed(names)})
                   OR pg_catalog.obj_description(c.oid, 'pg_ts_config') = {_literal(COMMENT)})"""  # noqa: S608


def _leftovers(mark: _Mark) -> str:
    """Takes away the configurations of other environments, and none that somebody made for searching."""
    return f"""DO $stamp$ DECLARE other text; BEGIN
    FOR other IN {_other_configurations(mark)} LOOP
        EXECUTE 'DROP TEXT SEARCH CONFIGURATION {SCHEMA}.' || pg_catalog.quote_ident(other);
    END LOOP;
END $stamp$"""


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


def _mysql(mark: _Mark) -> list[str]:
    values = f"{_literal(mark.environment)}, utc_timestamp(6), {_literal(mark.reason.replace(chr(92), '/'))}"
    return [_table(TABLE, "smallint PRIMARY KEY", "datetime(6)"), *_only_row(mark, values)]


def _sqlite(mark: _Mark) -> list[str]:
    values = f"{_literal(mark.environment)}, datetime('now'), {_literal(mark.reason)}"
    return [_table(TABLE, "SMALLINT NOT NULL PRIMARY KEY", "DATETIME"), *_only_row(mark, values)]


def _only_row(mark: _Mark, values: str) -> list[str]:
    """Our own row is renewed; where another environment's stays, its key stands in the way of ours."""
    which = "" if mark.replace else f" WHERE replace(lower(environment), '_', '-') IN ({_listed(mark.own)})"
    return [f"DELETE FROM {TABLE}{which}", f"INSERT INTO {_COLUMNS} VALUES (1, {values})"]  # noqa: S608


_SYSTEMS: dict[str, Callable[[_Mark], list[str]]] = {
    "postgresql": _postgresql,
    "mysql": _mysql,
    "sqlite": _sqlite,
}
