"""Tables of somebody's own, filled, and then questioned: the server itself says whether every constraint holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

import psycopg
from psycopg.rows import tuple_row

from seeds.databases.postgres import PostgresDatabase, address
from seeds.filling import FillOrder, FillReport, TableReport, fill
from seeds.findings import Finding, Severity
from seeds.planner.filling import FillRequest
from tests.servers import fresh_database

AS_OF = date(2026, 4, 6)

_OWN = """
  t.relkind IN ('r', 'p') AND NOT t.relispartition AND NOT starts_with(t.relname, 'understudy')
  AND t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %s)
"""
_CONSTRAINTS = f"""
SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid), c.contype::text, c.convalidated
FROM pg_constraint AS c JOIN pg_class AS t ON t.oid = c.conrelid
WHERE c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conparentid = 0 AND {_OWN}
ORDER BY 1, 2
"""
_INDEXES = """
SELECT i.indexrelid::regclass::text FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid
WHERE i.indisunique AND t.relkind = 'r' AND t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %s)
"""
_SILENCED = f"""
SELECT g.tgname FROM pg_trigger AS g JOIN pg_class AS t ON t.oid = g.tgrelid WHERE g.tgenabled <> 'O' AND {_OWN}
"""
_REFERENCES = f"""
SELECT c.conrelid::regclass::text, c.confrelid::regclass::text, a.names, b.names
FROM pg_constraint AS c JOIN pg_class AS t ON t.oid = c.conrelid,
  LATERAL (SELECT array_agg(quote_ident(x.attname) ORDER BY k.place) AS names
           FROM unnest(c.conkey) WITH ORDINALITY AS k(number, place)
           JOIN pg_attribute AS x ON x.attrelid = c.conrelid AND x.attnum = k.number) AS a,
  LATERAL (SELECT array_agg(quote_ident(x.attname) ORDER BY k.place) AS names
           FROM unnest(c.confkey) WITH ORDINALITY AS k(number, place)
           JOIN pg_attribute AS x ON x.attrelid = c.confrelid AND x.attnum = k.number) AS b
WHERE c.contype = 'f' AND c.conparentid = 0 AND {_OWN}
"""
_TABLES = f"""
SELECT t.relname, t.oid::regclass::text FROM pg_class AS t WHERE {_OWN}
"""


@dataclass(frozen=True, slots=True)
class Filled:
    """What a fill said of its tables, for assertions that read well."""

    report: FillReport

    def __getitem__(self, table: str) -> TableReport:
        return self.report.tables[table]

    @property
    def findings(self) -> list[Finding]:
        """Everything that was found, of all tables."""
        return [*self.report.findings, *(one for table in self.report.tables.values() for one in table.findings)]

    @property
    def errors(self) -> list[Finding]:
        """What was found and is an error."""
        return [finding for finding in self.findings if finding.severity is Severity.ERROR]

    def codes(self, table: str) -> set[str]:
        """The codes of a table's findings."""
        return {finding.code for finding in self[table].findings}


class Trial:
    """One database, used for one schema after another; extensions live in a schema that stays.

    Args:
        url: the database's address; it belongs to the trial.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.database = PostgresDatabase(url)
        self.connection = psycopg.connect(address.conninfo(address.parse(url)), autocommit=True, row_factory=tuple_row)
        self.run(
            "CREATE SCHEMA IF NOT EXISTS extras", "SET client_min_messages = error", "SET synchronous_commit = off"
        )
        # Nobody needs these rows after a crash of the machine.
        self.run(f'ALTER DATABASE "{self.connection.info.dbname}" SET synchronous_commit = off')

    def close(self) -> None:
        self.connection.close()
        self.database.close()

    def has(self, extension: str) -> bool:
        """Whether the server has an extension; if so, it is in this database from now on."""
        found = self.rows("SELECT 1 FROM pg_available_extensions WHERE name = %s", extension)
        if found:
            self.run(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA extras")
        return bool(found)

    @property
    def version(self) -> int:
        """The server's major version."""
        return self.connection.info.server_version // 10_000

    def create(self, *statements: str) -> None:
        """Forget the schema before, and make this one."""
        self.run("DROP SCHEMA IF EXISTS public CASCADE", "CREATE SCHEMA public", *statements)

    def run(self, *statements: str) -> None:
        for statement in statements:
            self.connection.execute(statement.encode())

    def rows(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
        return self.connection.execute(query.encode(), parameters or None).fetchall()

    def value(self, query: str) -> object:
        """The one value that a query gives."""
        ((found,),) = self.rows(query)
        return found

    def column(self, query: str) -> list[object]:
        """The values of a query's one column."""
        return [row[0] for row in self.rows(query)]

    def fill(
        self, rows: int, *, seed: int = 1, dataset: str = "auto", session: Mapping[str, str] | None = None
    ) -> Filled:
        """Fill the database as a command would."""
        request = FillRequest(dataset=dataset, rows=rows, as_of=AS_OF, seed=seed)
        order = FillOrder(request, stamp="test", session=session or {})
        return Filled(fill(self.database, order, clock=lambda: datetime(2026, 4, 6, tzinfo=UTC)))

    def counts(self, schema: str = "public") -> dict[str, int]:
        """How many rows each table holds, partitions under their table."""
        found = self.rows(_TABLES, schema)
        return {str(key): int(str(self.value(f"SELECT count(*) FROM {name}"))) for key, name in found}

    def constraints(self, schema: str = "public") -> list[tuple[object, ...]]:
        """Every constraint as the server defines it, with its table, kind and whether it is validated."""
        return self.rows(_CONSTRAINTS, schema)

    def wrong(self, schema: str = "public") -> list[str]:
        """What the server finds wrong when it is made to verify everything anew; nothing is changed."""
        silenced = [f"{name} is disabled" for (name,) in self.rows(_SILENCED, schema)]
        return [*self._unverified(schema), *self._orphans(schema), *silenced]

    def _unverified(self, schema: str) -> Iterator[str]:
        """Each constraint is made once more, which has the server look at every row, and each unique index rebuilt."""
        for number, (table, _, definition, kind, _) in enumerate(self.constraints(schema)):
            again = str(definition).removesuffix(" NOT VALID")
            again = again.replace("PRIMARY KEY", "UNIQUE", 1) if kind == "p" else again
            yield from self._refusal(f"ALTER TABLE {table} ADD CONSTRAINT verified_{number} {again}")
        for (index,) in self.rows(_INDEXES, schema):
            yield from self._refusal(f"REINDEX INDEX {index}")

    def _refusal(self, statement: str) -> Iterator[str]:
        try:
            with self.connection.transaction(force_rollback=True):
                self.connection.execute(statement.encode())
        except psycopg.Error as error:
            yield f"{statement}: {error}"

    def _orphans(self, schema: str) -> Iterator[str]:
        for child, parent, own, other in self.rows(_REFERENCES, schema):
            assert isinstance(own, list) and isinstance(other, list)
            there = " AND ".join(f"p.{b} = c.{a}" for a, b in zip(own, other, strict=True))
            given = " AND ".join(f"c.{a} IS NOT NULL" for a in own)
            query = (
                f"SELECT count(*) FROM {child} c WHERE {given} AND NOT EXISTS (SELECT FROM {parent} p WHERE {there})"
            )
            if many := self.value(query):
                yield f"{many} rows of {child} ({', '.join(own)}) lead nowhere in {parent}"


@contextmanager
def trial(server: str) -> Iterator[Trial]:
    """A database for trials on a server, dropped afterwards."""
    with fresh_database(server) as url:
        one = Trial(url)
        try:
            yield one
        finally:
            one.close()
