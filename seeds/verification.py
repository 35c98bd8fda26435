"""Verification: counts, digests, orphans and the dataset's own rules, each as something anyone can repeat."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from generators import Dataset, Digest, Run, compile_dataset, digest_of, digest_range, ordered, partition
from generators.spec import DatasetSpec, TableSpec

from .coherence import RuleResult, check, orphan_queries, rule_queries
from .driver_errors import refused
from .errors import ManifestConflict, VerificationFailed
from .holding import check_definition, key_range, manifest_of, run_of
from .manifest import Manifest
from .ports import Database

_PARTS_PER_WORKER = 4  # so that one slow part at the end leaves nobody idle for long


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
        ManifestConflict: if the target does not hold the dataset, holds it unfinished, or as another definition
            made it.
        VerificationFailed: if a table is gone.
    """
    with refused(database.location):
        manifest = manifest_of(database, dataset)
        check_definition(dataset, manifest)
        if manifest.status != "complete":
            raise ManifestConflict(
                f"loading {dataset.name} has not finished here",
                code="MANIFEST_UNFINISHED",
                hint="run the same 'understudy seed' again: it goes on where it stopped",
            )
        absent = [table.name for table in dataset.stored if not database.columns_of(table.name)]
        if absent:
            raise VerificationFailed(
                f"tables are gone: {', '.join(absent)}",
                code="TABLES_ABSENT",
                hint=f"run 'understudy reset {dataset.name}' for this target, then seed again",
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
    return Verification(
        tables,
        check(database, orphan_queries(database, run.dataset, run)),
        check(database, rule_queries(database, run.dataset, run)),
    )


def expected_digests(run: Run, *, workers: int = 1, partitions: int = 0) -> dict[str, Digest]:
    """Digests as generated, from any number of partitions in any number of processes."""
    count = partitions or (workers * _PARTS_PER_WORKER if workers > 1 else 1)
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
            keys = key_range(run, table) if run.id_offset else None
            digest = Digest()
            for batch in session.read(table, from_key=keys[0] if keys else None):
                digest += digest_of(_up_to(batch, table, keys[1]) if keys else batch)
            found[table.name] = digest
            session.rollback()
        return found
    finally:
        session.close()


def _up_to(batch: pa.RecordBatch, table: TableSpec, last: int) -> pa.RecordBatch:
    return batch.filter(pc.less_equal(batch.column(table.primary_key[0]), last))
