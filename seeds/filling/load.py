"""Loading a plan into a database, table by table: fast where nothing is refused, row by row where something is.

A table's rows commit together. Rows that the database refuses are drawn again, a bounded number of times; what it
refuses still is left out and reported with the constraint's own name. A table that takes no row costs itself and the
tables that cannot do without it; all others are filled.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from generators import GenerationError

from ..findings import Finding, Severity
from ..loader import Progress
from ..planner.filling import FillPlan, FillTable, Relation, Step, is_copied
from ..ports import RowWriter
from ..rejections import Reason, Rejection, RowsRejected
from .emptying import put_in_emptied
from .ledger import TableRecord, record_statements
from .other_rows import rows_of_others
from .overwriting import Overwritten, blocked, follows, overwritten_keys, told
from .refusals import GIVE, filled_by_triggers, given_up, left_out, missing_setting, refused
from .report import TableReport
from .rows import RowSource

I64 = NDArray[np.int64]

_CHUNK_ROWS = 50_000
_COMMIT_ROWS = 100_000
_ROUNDS = 8


@dataclass(slots=True)
class _Outcome:
    """What became of a table while it is being loaded."""

    loaded: int = 0
    refused: list[int] = field(default_factory=list)
    by_triggers: int = 0
    findings: list[Finding] = field(default_factory=list)


class Loader:
    """Fills the tables of one plan through one writer."""

    def __init__(
        self,
        writer: RowWriter,
        plan: FillPlan,
        source: RowSource,
        *,
        records: Mapping[str, TableRecord],
        progress: Callable[[Progress], None],
    ) -> None:
        self._writer = writer
        self._plan = plan
        self._source = source
        self._records = dict(records)
        self._places = {name: place for place, step in enumerate(plan.steps) for name in step.tables}
        self._progress = progress
        self._done: dict[str, _Outcome] = {}
        self._rows = 0
        self._settings: set[str] = set()
        self._open: list[Step] = []
        self._open_rows = 0
        self._committed = dict(records)
        self._overwritten: Overwritten = {}

    def run(self) -> dict[str, TableReport]:
        """Load every step, then what was deferred; each table commits on its own."""
        for number, step in enumerate(self._plan.steps):
            self._step(step)
            if self._open_rows >= _COMMIT_ROWS:
                self._commit()
            self._progress(Progress(number + 1, len(self._plan.steps), self._rows))
        self._commit()
        for table in self._plan.tables.values():
            if table.deferred and self._done.get(table.key, _Outcome()).loaded:
                self._deferred(table)
        return {key: self._report(table) for key, table in self._plan.tables.items()}

    def _report(self, table: FillTable) -> TableReport:
        done, record = self._done.get(table.key, _Outcome()), self._records.get(table.key)
        present = record.loaded if record else 0
        by_triggers = record is not None and len(record.refused) >= record.covered
        return TableReport(
            table.asked, done.loaded, present, min(present, table.rows) if by_triggers else table.rows,
            table.table.existing.count, (*table.findings, *done.findings),
            len(self._source.attempts.get(table.key, ())),
        )  # fmt: skip

    def _ordinals(self, table: FillTable) -> I64:
        record = self._records.get(table.key)
        return np.arange(record.covered if record else 0, table.rows, dtype=np.int64)

    def _single(self, table: FillTable) -> None:
        outcome = self._done[table.key] = _Outcome()
        ordinals = self._ordinals(table)
        if not len(ordinals) or not self._can_start(table, outcome):
            return
        if len(ordinals) > _CHUNK_ROWS:
            self._commit()  # what goes wrong in a later chunk takes back this table alone
        try:
            for chunk, batch in self._source.ahead(table, list(_chunks(ordinals))):
                self._chunk(table, chunk, batch, outcome)
        except GenerationError as error:
            if outcome.loaded:
                self._writer.rollback()
                outcome.loaded = 0
            outcome.findings.append(
                Finding("ROWS_IMPOSSIBLE", Severity.ERROR, table.key, error.message, error.hint or GIVE)
            )
            return
        self._look_at_keys(table, ordinals, outcome)
        self._finish([table])

    def _look_at_keys(self, table: FillTable, ordinals: I64, outcome: _Outcome) -> None:
        """See whether a trigger gave the rows other keys."""
        taken = ordinals[~np.isin(ordinals, np.array(outcome.refused, dtype=np.int64))]
        others = self._plan.tables.values()
        if outcome.loaded and len(taken):
            keys = overwritten_keys(self._writer, self._source, table, taken, others)
            if keys:
                self._overwritten[table.key] = keys
                outcome.findings.append(told(table, keys, others))

    def _chunk(self, table: FillTable, chunk: I64, batch: pa.RecordBatch, outcome: _Outcome) -> None:
        try:
            self._writer.append(table.table, batch)
            outcome.loaded += len(chunk)
        except RowsRejected as error:
            outcome.loaded += self._carefully(table, chunk, error.rejection, outcome)

    def _step(self, step: Step) -> None:
        tables = [self._plan.tables[name] for name in step.tables]
        if len(tables) == 1:
            self._single(tables[0])
        else:
            self._together(tables)
        self._open.append(step)

    def _finish(self, tables: list[FillTable]) -> None:
        """Put the records of some tables beside their rows; both wait for the commit."""
        for table in tables:
            if self._done[table.key].loaded:
                self._writer.advance_sequences(table.table)
                self._record(table)
                self._rows += self._done[table.key].loaded
                self._open_rows += self._done[table.key].loaded

    def _commit(self) -> None:
        """Commit the steps since the last commit together; if that is refused, one by one.

        Several tables to a commit are faster, and let deferred triggers see the rows that refer to a row.
        """
        steps, before = self._open, self._committed
        self._open, self._open_rows = [], 0
        try:
            self._writer.commit()
            self._committed = dict(self._records)
            return
        except RowsRejected as error:
            rejection = error.rejection
        self._records = dict(before)
        for step in steps:
            if len(steps) > 1:
                self._rows -= sum(self._done[name].loaded for name in step.tables)
                self._step(step)
                self._commit()
                continue
            for name in step.tables:
                done = self._done[name]
                self._rows -= done.loaded
                done.findings.append(refused(self._plan.tables[name], rejection, done.loaded))
                done.loaded = 0

    def _record(self, table: FillTable) -> None:
        done, before = self._done[table.key], self._records.get(table.key)
        record = TableRecord(
            name=table.key,
            place=self._places[table.key],
            covered=table.rows,
            loaded=done.by_triggers or done.loaded + (before.loaded if before else 0),
            refused=(*(before.refused if before else ()), *done.refused),
            redrawn=dict(self._source.attempts.get(table.key, {})),
            left_out=tuple(sorted(self._source.left_out.get(table.key, ()))),
            emptied=tuple(sorted(self._source.emptied.get(table.key, ()))),
            older=tuple(sorted(self._source.older.get(table.key, ()))),
        )
        for statement, parameters in record_statements(self._plan.spec.name, record):
            self._writer.execute(statement, parameters)
        self._records[table.key] = record

    def _can_start(self, table: FillTable, outcome: _Outcome, beside: Collection[str] = ()) -> bool:
        """Whether the tables it needs got rows after all; columns that can be empty are emptied."""
        for relation in table.references:
            target = self._plan.tables.get(relation.target.key)
            if relation.within or target is None or target.rows == 0 or target.key in (table.key, *beside):
                continue  # a key of single partitions costs their rows at most
            done = self._done.get(target.key)
            if follows(target, self._overwritten.get(target.key, frozenset()), relation):
                if any(not table.table.column(name).nullable for name in relation.columns):
                    if not relation.declared:
                        outcome.findings.append(given_up(table, relation))
                        continue
                    outcome.findings.append(blocked(table, relation))
                    return False
                self._source.emptied.setdefault(table.key, set()).update(relation.columns)
                continue
            if done is None or done.loaded or target.key in self._records:
                continue
            if self._refers_to_older(table, relation, outcome):
                continue
            if any(not table.table.column(name).nullable for name in relation.columns):
                if not relation.declared:
                    outcome.findings.append(given_up(table, relation))
                    continue
                outcome.findings.append(
                    Finding(
                        "TABLE_BLOCKED",
                        Severity.ERROR,
                        table.key,
                        f"{relation.name} needs a row of {relation.target}, which took none",
                        f"see the findings of {relation.target}",
                    )
                )
                return False
            self._source.emptied.setdefault(table.key, set()).update(relation.columns)
        return True

    def _refers_to_older(self, table: FillTable, relation: Relation, outcome: _Outcome) -> bool:
        """Let a reference lead to the rows that stood in its table before, which took none of ours."""
        if not self._source.refer_to_older(table, relation):
            return False
        outcome.findings.append(
            Finding(
                "REFERENCE_TO_OLDER_ROWS",
                Severity.INFO,
                table.key,
                f"{relation.name} leads to the rows that {relation.target} had before, since it took none of ours",
                f"see the findings of {relation.target}",
            )
        )
        return True

    def _carefully(self, table: FillTable, ordinals: I64, first: Rejection, outcome: _Outcome) -> int:
        """Put in what is taken, redraw what is not, and report what never is; returns the rows put in."""
        self._learn_setting(first, outcome, table)
        remedied = first.reason is Reason.GENERATED and self._remedy(table, first)
        loaded, pending, rejections = 0, ordinals, [first]
        for attempt in range(_ROUNDS):
            batch = self._source.batch(table, pending)
            if attempt == _ROUNDS - 1 and not remedied:
                # The last time, what triggers fill in is left to them, for these rows alone.
                batch = batch.drop_columns(sorted(filled_by_triggers(table.table) & set(batch.schema.names)))
            rejections = self._writer.append_accepted(table.table, batch, limit=max(64, len(pending) // 4))
            loaded += len(pending) - len(rejections)
            if not rejections:
                return loaded
            if len(rejections) == len(pending):
                self._learn_setting(rejections[0], outcome, table)
            if not remedied:
                remedied = self._number(table, rejections) or (
                    len(rejections) == len(pending) and self._remedy(table, rejections[0])
                )
            pending = pending[[rejection.position for rejection in rejections]]
            if attempt < _ROUNDS - 1:
                self._source.redraw(table.key, pending.tolist())
        rejections, emptied = put_in_emptied(
            self._writer, table, self._plan.tables.values(), self._drawing(table, pending), rejections
        )
        outcome.findings.extend(emptied)
        loaded += len(pending) - len(rejections)
        pending = pending[[rejection.position for rejection in rejections]]
        if not rejections:
            return loaded
        if not loaded and any(one.reason is Reason.UNIQUE for one in rejections):
            there = self._writer.count(table.table) - table.table.existing.count
            if there > 0:
                outcome.findings.append(
                    Finding(
                        "ROWS_FROM_TRIGGERS",
                        Severity.INFO,
                        table.key,
                        f"triggers of other tables have put {there:,} rows here, and leave no room for more",
                    )
                )
                outcome.by_triggers = there
                outcome.refused.extend(pending.tolist())
                self._record(table)
                return 0
        outcome.refused.extend(pending.tolist())
        outcome.findings.extend(left_out(table, rejections))
        return loaded

    def _drawing(self, table: FillTable, ordinals: I64) -> Callable[[list[int], bool], pa.RecordBatch]:
        """What makes rows by their places among these, as they are or drawn anew."""

        def draw(places: list[int], anew: bool) -> pa.RecordBatch:
            if anew:
                self._source.redraw(table.key, ordinals[places].tolist())
            return self._source.batch(table, ordinals[places])

        return draw

    def _learn_setting(self, rejection: Rejection, outcome: _Outcome, table: FillTable) -> None:
        """Set what a trigger or default misses: a setting that services make for their sessions."""
        name, value = missing_setting(rejection)
        if not name or name in self._settings:
            return
        self._settings.add(name)
        self._writer.set_session({name: value})
        outcome.findings.append(
            Finding(
                "SESSION_SETTING",
                Severity.INFO,
                table.key,
                f"{name} is set to {value} while rows are loaded",
                "give it another value under 'session' in a dataset file",
            )
        )

    def _number(self, table: FillTable, rejections: list[Rejection]) -> bool:
        """Leave keys to their sequence where triggers have taken ours, and nothing refers to them."""
        taken = {one.constraint for one in rejections if one.reason is Reason.UNIQUE}
        numbered = {
            name
            for key in table.table.keys
            if key.name in taken
            for name in key.columns
            if table.table.column(name).identity or table.table.column(name).sequence
        }
        referred = {
            name
            for other in self._plan.tables.values()
            for relation in other.references
            if relation.target == table.table.name
            for name in relation.target_columns
        }
        others = (other.table for other in self._plan.tables.values())
        if not numbered or numbered & referred or is_copied(table.table, others):
            return False
        self._writer.advance_sequences(table.table)
        return self._source.leave_out(table.key, numbered)

    def _remedy(self, table: FillTable, rejection: Rejection) -> bool:
        """Leave columns to the database where the refusal says that it wants to fill them itself."""
        if rejection.reason is Reason.GENERATED and rejection.column:
            return self._source.leave_out(table.key, (rejection.column,))
        if rejection.reason in (Reason.TRIGGER, Reason.CHECK, Reason.FOREIGN_KEY, Reason.OTHER):
            named = {column.name for column in table.columns}
            return self._source.leave_out(table.key, filled_by_triggers(table.table) & named)
        return False

    def _together(self, tables: list[FillTable]) -> None:
        """Tables whose keys form a cycle: all of their rows in one statement, or none."""
        parts = [(table, self._ordinals(table)) for table in tables]
        for table in tables:
            self._done[table.key] = _Outcome()
        parts = [(table, ordinals) for table, ordinals in parts if len(ordinals)]
        if not parts or not all(
            self._can_start(table, self._done[table.key], [other.key for other, _ in parts]) for table, _ in parts
        ):
            return
        last: Rejection | None = None
        for _ in range(_ROUNDS):
            try:
                self._writer.append_together(
                    [(table.table, self._source.batch(table, ordinals)) for table, ordinals in parts]
                )
                last = None
                break
            except GenerationError as error:
                last = Rejection(Reason.OTHER, error.message)
                break
            except RowsRejected as error:
                last = error.rejection
                for table, ordinals in parts:
                    self._source.redraw(table.key, ordinals.tolist())
        if last is None:
            for table, ordinals in parts:
                self._done[table.key].loaded = len(ordinals)
            self._finish([table for table, _ in parts])
            return
        left = self._one_by_one([table for table, _ in parts])
        for table, ordinals in parts:
            if table.key in left:
                self._done[table.key].findings.append(refused(table, last, len(ordinals)))

    def _one_by_one(self, tables: list[FillTable]) -> set[str]:
        """Open a cycle where rows of others stand already that its references can lead to; returns what is left."""
        left = {table.key: table for table in tables}
        while ready := [table for table in left.values() if self._needs_older_alone(table, left)]:
            del left[ready[0].key]
            self._single(ready[0])
        return set(left)

    def _needs_older_alone(self, table: FillTable, waiting: Collection[str]) -> bool:
        """Whether what a table needs of those that wait is there without any row of theirs."""
        return all(
            relation.target.key not in waiting
            or relation.target == table.table.name
            or bool(rows_of_others(self._plan, relation))
            for relation in table.references
            if any(not table.table.column(name).nullable for name in relation.columns)
        )

    def _deferred(self, table: FillTable) -> None:
        """Fill in what had to wait until the rows referred to were there."""
        outcome = self._done[table.key]
        primary = table.table.primary_key
        assert primary is not None
        record = self._records[table.key]
        refused = set(record.refused)
        fresh = np.arange(record.covered - outcome.loaded - len(outcome.refused), record.covered, dtype=np.int64)
        for chunk in _chunks(np.array([place for place in fresh if place not in refused], dtype=np.int64)):
            try:
                self._writer.update(table.table, primary.columns, self._source.batch(table, chunk, deferred=True))
            except RowsRejected as error:
                outcome.findings.append(
                    Finding(
                        "DEFERRED_LEFT_NULL",
                        Severity.WARNING,
                        table.key,
                        f"{', '.join(table.deferred)} stay empty: {error.rejection.message}",
                        "give the columns a generator in a dataset file",
                    )
                )
                break
        self._writer.commit()


def _chunks(ordinals: I64) -> Iterator[I64]:
    for start in range(0, len(ordinals), _CHUNK_ROWS):
        yield ordinals[start : start + _CHUNK_ROWS]
