"""What stands in a PostgreSQL database, asked of the server by statements of its own: nothing here knows Understudy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psycopg
from psycopg.sql import SQL, Composed, Identifier

_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname NOT LIKE 'understudy%'
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg!_%' ESCAPE '!'
"""
_REFERENCES = """
SELECT k.conname, n.nspname, c.relname, pn.nspname, p.relname,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (number, place)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number ORDER BY u.place),
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (number, place)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number ORDER BY u.place)
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0
"""
_KEYS = """
SELECT i.relname, n.nspname, c.relname,
       ARRAY(SELECT a.attname::text FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS u (number, place)
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number WHERE u.place <= x.indnkeyatts)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE x.indisunique AND x.indexprs IS NULL AND x.indpred IS NULL AND NOT c.relispartition
  AND n.nspname NOT LIKE 'pg!_%' ESCAPE '!' AND c.relname NOT LIKE 'understudy%'
"""
_CHECKS = """
SELECT k.conname, n.nspname, c.relname, pg_get_expr(k.conbin, k.conrelid)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'c' AND NOT c.relispartition AND n.nspname <> 'information_schema'
  AND c.relname NOT LIKE 'understudy%'
"""
_GUARDS = """
WITH looked_at AS (
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relname NOT LIKE 'understudy%'
      AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg!_%' ESCAPE '!'
)
SELECT 'constraint ' || k.conrelid::regclass || '.' || k.conname,
       k.convalidated::text || ' ' || pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN looked_at t ON t.oid = k.conrelid
UNION ALL
SELECT 'trigger ' || g.tgrelid::regclass || '.' || coalesce(k.conname || g.tgtype, g.tgname), g.tgenabled::text
FROM pg_trigger g JOIN looked_at t ON t.oid = g.tgrelid LEFT JOIN pg_constraint k ON k.oid = g.tgconstraint
UNION ALL
SELECT 'index ' || x.indexrelid::regclass, x.indisvalid::text || ' ' || pg_get_indexdef(x.indexrelid)
FROM pg_index x JOIN looked_at t ON t.oid = x.indrelid
UNION ALL
SELECT 'column ' || a.attrelid::regclass || '.' || a.attname, format_type(a.atttypid, a.atttypmod) || a.attnotnull::text
FROM pg_attribute a JOIN looked_at t ON t.oid = a.attrelid WHERE a.attnum > 0
"""


@dataclass(frozen=True, slots=True)
class Audit:
    """One look at a database.

    Attributes:
        rows: rows by table, by their full names.
        orphans: rows that no parent answers to, by foreign key.
        repeats: values that stand twice, by unique index.
        breaches: rows that break a CHECK, by constraint.
        guards: every constraint, trigger, index and column with its state and definition.
    """

    rows: Mapping[str, int]
    orphans: Mapping[str, int]
    repeats: Mapping[str, int]
    breaches: Mapping[str, int]
    guards: Mapping[str, str]


def audit(url: str) -> Audit:
    """Looks at every table, foreign key, unique index and CHECK; the server's own word for it is not taken."""
    with psycopg.connect(url, autocommit=True) as connection:
        return Audit(
            {
                f"{schema}.{name}": _count(connection, SQL("SELECT count(*) FROM {}").format(Identifier(schema, name)))
                for schema, name in connection.execute(_TABLES).fetchall()
            },
            _found(connection, _REFERENCES, _orphans),
            _found(connection, _KEYS, _repeats),
            _found(connection, _CHECKS, _breaches),
            dict(connection.execute(_GUARDS).fetchall()),
        )


def _found(connection: psycopg.Connection, asked: str, statement: Callable[..., Composed]) -> dict[str, int]:
    """What a statement counts for each constraint, where it is not nothing."""
    counted = {
        f"{schema}.{table}.{name}": _count(connection, statement(schema, table, *rest))
        for name, schema, table, *rest in connection.execute(asked.encode()).fetchall()
    }
    return {name: count for name, count in counted.items() if count}


def _count(connection: psycopg.Connection, statement: Composed) -> int:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return int(row[0])


def _orphans(
    schema: str, table: str, parent_schema: str, parent: str, columns: list[str], targets: list[str]
) -> Composed:
    return SQL(
        "SELECT count(*) FROM {} AS c WHERE {} AND NOT EXISTS (SELECT FROM {} AS p WHERE {})"
    ).format(
        Identifier(schema, table),
        SQL(" AND ").join(SQL("c.{} IS NOT NULL").format(Identifier(column)) for column in columns),
        Identifier(parent_schema, parent),
        SQL(" AND ").join(
            SQL("p.{} = c.{}").format(Identifier(target), Identifier(column))
            for column, target in zip(columns, targets, strict=True)
        ),
    )  # fmt: skip


def _repeats(schema: str, table: str, columns: list[str]) -> Composed:
    names = [Identifier(column) for column in columns]
    return SQL("SELECT count(*) FROM (SELECT FROM {} WHERE {} GROUP BY {} HAVING count(*) > 1) AS twice").format(
        Identifier(schema, table),
        SQL(" AND ").join(SQL("{} IS NOT NULL").format(name) for name in names),
        SQL(", ").join(names),
    )


def _breaches(schema: str, table: str, predicate: str) -> Composed:
    # The predicate is the server's own text of its own constraint.
    return SQL("SELECT count(*) FROM {} WHERE NOT ({})").format(Identifier(schema, table), SQL(predicate))
