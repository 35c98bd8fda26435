"""Verification: counts, digests, orphans and the dataset's own rules, each as something anyone can repeat."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from generators import Dataset, Digest, Run, compile_dataset, digest_of, digest_range, ordered, partition
from generators.spec import DatasetSpec, ForeignKeySpec, TableSpec

from .errors import ManifestConflict
from .holding import manifest_of, run_of
from .manifest import Manifest
from .ports import Database


@dataclass(frozen=True, slots=True)
class RuleResult:
    """A query that must return no row, and how many it returned."""

    name: str
    description: str
    sql: str
    violations: int


@dataclass(frozen=True, slots=True)
class TableResult:
    """What a table should hold and what it holds."""

    name: str
    expected_rows: int
    found_rows: int
    expected_digest: str
    found_digest: str

    @property
    def agrees(self) -> bool:
        """True if rows and digest are as derived."""
        return self.expected_rows == self.found_rows and self.expected_digest == self.found_digest


@dataclass(frozen=True, slots=True)
class Verification:
    """All checks of a target."""

    tables: tuple[TableResult, ...]
    orphans: tuple[RuleResult, ...]
    rules: tuple[RuleResult, ...]

    @property
    def holds(self) -> bool:
        """True if nothing is missing, superfluous, changed, orphaned or incoherent."""
        return all(table.agrees for table in self.tables) and not any(
            rule.violations for rule in (*self.orphans, *self.rules)
        )


def verify(database: Database, dataset: Dataset, *, workers: int = 1) -> tuple[Manifest, Verification]:
    """Derive counts and digests anew and compare them with what the target holds; nothing is written.

    Raises:
        ManifestConflict: if the target does not hold the dataset, or holds it unfinished.
    """
    manifest = manifest_of(database, dataset)
    if manifest.status != "complete":
        raise ManifestConflict(
            f"loading {dataset.name} has not finished here",
            code="MANIFEST_UNFINISHED",
            hint="run the same 'understudy seed' again: it goes on where it stopped",
        )
    return manifest, verify_target(database, run_of(dataset, manifest), workers=workers)


def verify_target(database: Database, run: Run, *, workers: int = 1) -> Verification:
    """Derive the dataset anew and compare it with the target; only reads."""
    expected = expected_digests(run, workers=workers)
    found = found_digests(database, run)
    tables = tuple(
        TableResult(
            name=table.name,
            expected_rows=expected[table.name].rows,
            found_rows=found[table.name].rows,
            expected_digest=expected[table.name].hexdigest(table.name, table.stored_columns),
            found_digest=found[table.name].hexdigest(table.name, table.stored_columns),
        )
        for table in run.dataset.stored
    )
    return Verification(tables, check_orphans(database, run.dataset), check_rules(database, run.dataset))


def expected_digests(run: Run, *, workers: int = 1, partitions: int = 0) -> dict[str, Digest]:
    """Digests as generated, from any number of partitions in any number of processes."""
    count = partitions or max(workers * 4, 1) if workers > 1 else partitions or 1
    tasks = [_DigestTask(run.dataset.spec, _bare(run), *partition(run.units, index, count)) for index in range(count)]
    total = {table.name: Digest() for table in run.dataset.stored}
    for part in ordered(_digest_task, tasks, workers):
        for name, digest in part.items():
            total[name] += digest
    return total


@dataclass(frozen=True, slots=True)
class _DigestTask:
    spec: DatasetSpec
    run: tuple[object, ...]
    start: int
    stop: int


def _bare(run: Run) -> tuple[object, ...]:
    """A run without its compiled dataset, so that it can travel between processes."""
    return (run.seed, run.units, run.as_of, run.epoch, run.id_offset, run.shifts)


def _digest_task(task: _DigestTask) -> dict[str, Digest]:
    run = Run(compile_dataset(task.spec), *task.run)  # type: ignore[arg-type]
    return digest_range(run, task.start, task.stop)


def found_digests(database: Database, run: Run) -> dict[str, Digest]:
    """Digests of what the target holds; beside other people's rows, only of rows in our range of keys."""
    session = database.session()
    try:
        found = {}
        for table in run.dataset.stored:
            digest = Digest()
            for batch in session.read(table, from_key=_first_key(run, table)):
                digest += digest_of(batch)
            found[table.name] = digest
            session.rollback()
        return found
    finally:
        session.close()


def _first_key(run: Run, table: TableSpec) -> int | None:
    """Where our keys begin, when rows of others came before us."""
    return (run.id_offset + 1) * run.dataset.room(table.name) if run.id_offset else None


def check_orphans(database: Database, dataset: Dataset) -> tuple[RuleResult, ...]:
    """Foreign keys that point at nothing, counted by SQL even though the database enforces them."""
    return tuple(
        _run_rule(database, f"{table.name}.{key.column}", f"every {key.column} exists in {key.table}", sql)
        for table in dataset.stored
        for key in table.foreign_keys
        for sql in (orphan_query(database, table, key),)
    )


def orphan_query(database: Database, table: TableSpec, key: ForeignKeySpec) -> str:
    """The query that returns the rows of ``table`` whose ``key`` points at nothing."""
    name = database.identifier
    return (
        f"SELECT child.{name(key.column)} FROM {name(table.name)} AS child "  # noqa: S608 (names are quoted)
        f"LEFT JOIN {name(key.table)} AS parent ON parent.{name(key.target)} = child.{name(key.column)} "
        f"WHERE child.{name(key.column)} IS NOT NULL AND parent.{name(key.target)} IS NULL"
    )


def check_rules(database: Database, dataset: Dataset) -> tuple[RuleResult, ...]:
    """The dataset's own rules, run as they are written in its file."""
    return tuple(_run_rule(database, rule.name, rule.description, rule.sql) for rule in dataset.spec.rules)


def _run_rule(database: Database, name: str, description: str, sql: str) -> RuleResult:
    with database.engine().connect() as connection:
        violations = connection.execute(text(f"SELECT COUNT(*) FROM ({sql}) AS violations")).scalar_one()  # noqa: S608
    return RuleResult(name, description, sql, int(violations))
