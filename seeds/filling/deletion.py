"""Deleting a fill's rows group by group: all rows of tables that refer to one another go, or none of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import pyarrow as pa

from ..catalog import ForeignKey, Table
from ..findings import Finding, Severity
from ..loader import Progress
from ..planner.filling.order import components
from ..ports import RowWriter
from ..rejections import Reason, Rejection, RowsRejected
from .ledger import removal_statement
from .ours import Ours, keys_of, referred_to
from .refusals import renumbers

_SAVEPOINT = "understudy_group"


class _Stays(Exception):
    """A group of tables keeps its rows, for the finding's reason; ``late`` if only the commit was refused."""

    def __init__(self, finding: Finding, *, late: bool = False) -> None:
        super().__init__(finding.message)
        self.finding = finding
        self.late = late


class Deletion:
    """Takes the tables of one fill out through one writer."""

    def __init__(self, writer: RowWriter, dataset: str, ours: Ours) -> None:
        self._writer = writer
        self._dataset = dataset
        self._ours = ours
        self._tables = ours.catalog.tables
        self._places = {name: place for place, step in enumerate(ours.plan.steps) for name in step.tables}
        self._together = {name: step.tables for step in ours.plan.steps for name in step.tables}
        self._children = _children(self._tables.values())
        self._needs = {name: self._needed_by(name) for name in ours.records}
        self.deleted = dict.fromkeys(ours.records, 0)
        self.findings: list[Finding] = []
        self.kept: set[str] = set()
        self._needed: set[str] = set()
        self._late = False
        self._came_along: dict[str, int] = {}

    def run(self, progress: Callable[[Progress], None]) -> None:
        """Group by group, those first that no other group refers to."""
        groups = components(sorted(self._needs), self._needs)[::-1]
        for number, group in enumerate(groups):
            self._group(group, commit=True)
            progress(Progress(number + 1, len(groups), sum(self.deleted.values())))
        if self._late:
            self._once_more([group for group in groups if self.kept.issuperset(group)])
        for name, rows in self._came_along.items():
            message = f"{rows:,} rows went too: triggers had written them together with the rows that they refer to"
            self.findings.append(Finding("RESET_CONSEQUENCES", Severity.INFO, name, message))

    def _group(self, group: tuple[str, ...], *, commit: bool) -> None:
        needed = [name for name in group if name in self._needed]
        if needed:
            self._keep(group, [_finding("RESET_NEEDED", name, "rows that stay refer to its rows") for name in needed])
            return
        self._writer.execute(f"SAVEPOINT {_SAVEPOINT}")
        came_along = dict(self._came_along)
        try:
            found, findings = self._take_out(group)
            if commit:
                self._commit(group[0])
        except _Stays as stays:
            if not stays.late:
                self._writer.execute(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
            self._late = self._late or stays.late
            self._came_along = came_along
            self._keep(group, [stays.finding])
        else:
            self.deleted |= found
            self.findings += findings
            self._stay(finding.subject for finding in findings if finding.severity is Severity.ERROR)

    def _commit(self, name: str) -> None:
        try:
            self._writer.commit()
        except RowsRejected as error:
            refusal = _finding("RESET_REFUSED", name, f"its rows cannot be deleted: {error.rejection.message}")
            raise _Stays(refusal, late=True) from error

    def _once_more(self, groups: Sequence[tuple[str, ...]]) -> None:
        """Those that stayed in one transaction: what looks at other tables at its end may find them empty then."""
        before = self.findings, self.kept, dict(self.deleted)
        self.findings = [finding for finding in self.findings if finding.severity is not Severity.ERROR]
        self.kept, self._needed = set(), set()
        try:
            for group in groups:
                self._group(group, commit=False)
            self._writer.commit()
        except RowsRejected:
            self.findings, self.kept, self.deleted = before

    def _keep(self, group: Sequence[str], findings: Sequence[Finding]) -> None:
        """Leave a group as it is, and with it whatever its rows refer to."""
        told = {finding.subject for finding in findings}
        message = f"its rows and those of {findings[0].subject} need one another"
        rest = [_finding("RESET_NEEDED", name, message) for name in group if name not in told]
        self.findings += [*findings, *rest]
        self._stay(group)

    def _stay(self, names: Iterable[str]) -> None:
        for name in names:
            self.kept.add(name)
            self._needed |= self._needs[name]

    def _needed_by(self, name: str) -> set[str]:
        """The tables of ours that a table's rows refer to, declared or not."""
        found = set()
        if name in self._tables:
            found |= {key.target.key for key in self._tables[name].foreign_keys}
        planned = self._ours.table(name)
        if planned is not None:
            found |= {relation.target.key for relation in planned.references}
        return (found & set(self._ours.records)) - {name}

    def _take_out(self, group: tuple[str, ...]) -> tuple[dict[str, int], list[Finding]]:
        """Delete all rows of a group and forget them.

        Raises:
            _Stays: something stands in the way.
        """
        name = group[0]
        deleted: dict[str, int] = {}
        try:
            for name in group:
                self._empty(name)
            for part in self._in_order(group):
                name = part[0]
                deleted |= self._delete(part)
        except RowsRejected as error:
            raise _Stays(_refusal(name, error.rejection)) from error
        findings = []
        for name in group:
            finding = self._missing(name, deleted.get(name, 0))
            findings += [finding] if finding else []
            if finding is None or finding.severity is not Severity.ERROR:
                self._writer.execute(*removal_statement(self._dataset, name))
        return deleted, findings

    def _in_order(self, group: Iterable[str]) -> Iterator[tuple[str, ...]]:
        """Tables, or several that go together, in the reverse of the order in which they came."""
        done: set[str] = set()
        inside = set(group)
        for name in sorted(inside, key=lambda name: (-self._places.get(name, -1), name)):
            if name not in done and name in self._tables:
                part = tuple(other for other in self._together.get(name, (name,)) if other in inside)
                done.update(part)
                yield part

    def _empty(self, name: str) -> None:
        """Take out the references that were put in last; they stand in the way of the rows they refer to."""
        planned = self._ours.table(name)
        primary = self._tables[name].primary_key if name in self._tables else None
        if planned is None or not planned.deferred or primary is None:
            return
        for batch in self._ours.batches(name, deferred=True):
            nulls = [
                column if column_name in primary.columns else pa.nulls(len(column), column.type)
                for column_name, column in zip(batch.schema.names, batch.columns, strict=True)
            ]
            empty = pa.RecordBatch.from_arrays(nulls, names=batch.schema.names)
            self._writer.update(self._tables[name], primary.columns, empty)

    def _delete(self, part: tuple[str, ...]) -> dict[str, int]:
        if len(part) > 1:
            return self._delete_together(part)
        (name,) = part
        table, deleted = self._tables[name], 0
        for batch in self._ours.batches(name):
            self._refuse_in_use(name, batch, beside=part)
            keys = keys_of(table, batch)
            rows = self._writer.delete(table, keys)
            known = keys.num_columns < batch.num_columns
            if rows < keys.num_rows and known and self._writer.present(table, keys):
                raise _Stays(
                    _finding("RESET_REFUSED", name, "its rows cannot be deleted: a trigger or policy keeps them")
                )
            deleted += rows
        return {name: deleted}

    def _delete_together(self, part: tuple[str, ...]) -> dict[str, int]:
        batches = {name: list(self._ours.batches(name)) for name in part}
        for name, found in batches.items():
            for batch in found:
                self._refuse_in_use(name, batch, beside=part)
        parts = [(self._tables[name], _whole(self._tables[name], found)) for name, found in batches.items() if found]
        counts = self._writer.delete_together(parts)
        return {table.name.key: rows for (table, _), rows in zip(parts, counts, strict=True)}

    def _refuse_in_use(self, name: str, batch: pa.RecordBatch, *, beside: tuple[str, ...]) -> None:
        """See that no row of others refers to the batch's rows, whatever the foreign key would do to it.

        Raises:
            _Stays: one does.
        """
        for child, key in self._children.get(name, ()):
            if child.name.key in beside or not self._writer.count(child):
                continue
            values = referred_to(batch, key.target_columns, key.columns)
            if values is None or not self._writer.present(child, values):
                continue
            gone = self._writer.delete_consequences(child, key, self._tables[name], keys_of(self._tables[name], batch))
            if gone:
                self._came_along[child.name.key] = self._came_along.get(child.name.key, 0) + gone
            kept = self._writer.present(child, values)
            if kept:
                raise _Stays(self._in_use(name, child, key, kept))

    def _in_use(self, name: str, child: Table, key: ForeignKey, kept: int) -> Finding:
        """Who keeps how many rows, and what to do about it."""
        columns = ", ".join(key.columns)
        message = f"rows of {child.name} that Understudy did not write refer to {kept:,} of its rows ({key.name})"
        more = self._writer.count(child) - self._ours.before(child.name.key).count
        word = rf"\b{re.escape(child.name.name)}\b"
        writers = [
            trigger.name
            for table in self._tables.values() for trigger in table.triggers
            if re.search(word, trigger.body, re.IGNORECASE)
        ]  # fmt: skip
        if more > 0:
            message += f"; {child.name} holds {more:,} rows more than before the first fill"
        if writers:
            message += f", and {', '.join(sorted(set(writers))[:3])} may have written them"
        hint = (
            f"if they are nobody's, delete those rows of {child.name} whose {columns} leads there, or let them refer "
        )
        return _finding("RESET_IN_USE", name, message, f"{hint}to other rows; then run the same command again")

    def _missing(self, name: str, deleted: int) -> Finding | None:
        """What became of rows that were not found."""
        record = self._ours.records[name]
        if name not in self._tables:
            return Finding("RESET_TABLE_GONE", Severity.INFO, name, "the table is not there any more, nor are its rows")
        missing = 0 if record.by_triggers else record.loaded - deleted
        if missing <= 0:
            return None
        table = self._tables[name]
        if not self._ours.changed(name) and not renumbers(table):
            return Finding(
                "RESET_ROWS_ABSENT",
                Severity.INFO,
                name,
                f"{missing:,} of {record.loaded:,} rows were gone already: deleted by others, or by triggers",
            )
        if self._writer.count(table) <= self._ours.before(name).count:
            return None
        planned = self._ours.table(name)
        made = planned is not None and planned.rows and not renumbers(table)
        return _finding(
            "RESET_SCHEMA_CHANGED" if made else "RESET_UNKNOWN_ROWS",
            name,
            f"{missing:,} of {record.loaded:,} rows "
            + (
                "are not there under the keys that are made for the table as it is today"
                if made
                else "cannot be told from others': a trigger, or a change of the table, has given them other keys"
            ),
            "delete them by hand, then run the same command again",
        )


def _children(tables: Iterable[Table]) -> dict[str, list[tuple[Table, ForeignKey]]]:
    found: dict[str, list[tuple[Table, ForeignKey]]] = {}
    for table in tables:
        for key in table.foreign_keys:
            if key.target != table.name:
                found.setdefault(key.target.key, []).append((table, key))
    return found


def _whole(table: Table, batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    return pa.Table.from_batches([keys_of(table, batch) for batch in batches]).combine_chunks().to_batches()[0]


def _refusal(name: str, rejection: Rejection) -> Finding:
    if rejection.reason is Reason.FOREIGN_KEY:
        hint = "delete them or let them refer to other rows, then run the same command again"
        return _finding("RESET_IN_USE", name, f"rows of others refer to it: {rejection.message}", hint)
    return _finding("RESET_REFUSED", name, f"its rows cannot be deleted: {rejection.message}")


def _finding(code: str, name: str, message: str, hint: str = "") -> Finding:
    return Finding(code, Severity.ERROR, name, message, hint)
