"""What PostgreSQL's error codes say about a row."""

from __future__ import annotations

import re
from dataclasses import replace

import psycopg

from ....catalog import Table, TableName
from ....rejections import Reason, Rejection
from ..names import DEFAULT_SCHEMA

# PostgreSQL documentation, appendix A. A longer prefix comes before a shorter one.
_REASONS = (
    ("23514", Reason.CHECK),
    ("23505", Reason.UNIQUE),
    ("23503", Reason.FOREIGN_KEY),
    ("23001", Reason.FOREIGN_KEY),
    ("23502", Reason.NOT_NULL),
    ("23P01", Reason.EXCLUSION),
    ("22001", Reason.LENGTH),
    ("22026", Reason.LENGTH),  # a bit string of another length
    ("54", Reason.LENGTH),  # an index entry or a search vector that is too large
    ("22003", Reason.RANGE),
    ("22008", Reason.RANGE),
    ("22015", Reason.RANGE),  # an interval
    ("22", Reason.TYPE),
    ("42804", Reason.TYPE),
    ("428C9", Reason.GENERATED),
    ("42P10", Reason.GENERATED),  # what COPY says of a generated column
    ("42501", Reason.PERMISSION),
    ("44000", Reason.CHECK),  # a view's check option
    ("P0", Reason.TRIGGER),
)

# The server names the constraint with these, so one that comes without a name was raised by a procedure.
_NAMED = (Reason.CHECK, Reason.PARTITION, Reason.UNIQUE, Reason.FOREIGN_KEY)

# Nothing about the rows: a lost connection, a stopping server, no space, no access, a conflict with other sessions.
_NOT_ROWS = ("08", "57", "53", "58", "28", "3D", "40", "55P03")

_PROCEDURE = re.compile(r'^PL/\w+ function ((?:"(?:[^"]|"")+"|[^\s("])+)\(', re.MULTILINE)
_DATA = "22"
_QUOTATION = re.compile('".*"', re.DOTALL)
_SECURITY = "row-level security"
_SECURITY_CHECK = "ExecWithCheckOptions"


def about_rows(error: psycopg.Error) -> bool:
    """True for an error that other rows might not meet."""
    return error.sqlstate is not None and not error.sqlstate.startswith(_NOT_ROWS)


def rejection_of(error: psycopg.Error) -> Rejection:
    """The server's refusal as it reads without knowledge of the table."""
    diagnosis = error.diag
    return Rejection(
        reason=_reason(error),
        message=_message(error),
        constraint=diagnosis.constraint_name or "",
        column=diagnosis.column_name or "",
        table=_table(diagnosis.schema_name, diagnosis.table_name),
        sqlstate=error.sqlstate or "",
    )


def rejection_from(error: psycopg.Error, table: Table) -> Rejection:
    """The same, naming the trigger of ``table`` and the column that the error's context tells of."""
    rejection = rejection_of(error)
    if not rejection.table and copied_line(error):
        rejection = replace(rejection, table=table.name.key)
    procedures = _procedures(error)
    if procedures and not rejection.constraint and not rejection.column:
        trigger = _trigger(table, procedures)
        if trigger and rejection.reason is Reason.PERMISSION:
            return replace(rejection, constraint=trigger)
        if trigger or rejection.reason in _NAMED:
            return replace(rejection, reason=Reason.TRIGGER, constraint=trigger)
    return rejection if rejection.column else replace(rejection, column=_read_column(error, table))


def copied_line(error: psycopg.Error) -> int:
    """The line of the copied text at which the server stopped, from 1; 0 where it does not say.

    Checks at the end of a statement, such as those of foreign keys, belong to no line.
    """
    found = _place(error)
    return int(found[1]) if found else 0


def _reason(error: psycopg.Error) -> Reason:
    state, words = error.sqlstate or "", error.diag.message_primary or ""
    if state == "42501" and (error.diag.source_function == _SECURITY_CHECK or _SECURITY in words):
        return Reason.ROW_SECURITY
    if state == "23514" and not error.diag.constraint_name:
        return Reason.PARTITION  # a check has a name; that no partition takes the row has none
    found = next((reason for prefix, reason in _REASONS if state.startswith(prefix)), None)
    if found is None:
        return Reason.TRIGGER if _procedures(error) else Reason.OTHER
    return found


def _procedures(error: psycopg.Error) -> list[str]:
    """Bare names of the database's own procedures that were running, the innermost first."""
    names = _PROCEDURE.findall(error.diag.context or "")
    return [_bare(name) for name in names]


def _bare(name: str) -> str:
    """``public."my.f"`` without its schema and quotes."""
    return name[:-1].rpartition('"')[2] if name.endswith('"') else name.rpartition(".")[2]


def _trigger(table: Table, procedures: list[str]) -> str:
    """The trigger that called the outermost procedure, as far as one of the table's did."""
    calls = {_bare(trigger.function.removesuffix("()")): trigger.name for trigger in table.triggers}
    return next((calls[name] for name in reversed(procedures) if name in calls), "")


_PLACE = re.compile(r"^COPY .*?, \S+ (\d+)(?:, \S+ (.*))?", re.MULTILINE)


def _place(error: psycopg.Error) -> re.Match[str] | None:
    return _PLACE.search(error.diag.context or "")


def _read_column(error: psycopg.Error, table: Table) -> str:
    """The column whose text could not be read: ``COPY t, line 2, column a: "x"``."""
    place = _place(error)
    said = place[2] if place and place[2] else ""
    named = [column.name for column in table.columns if said.startswith(f"{column.name}:")]
    return max(named, key=len, default="")


def _table(schema: str | None, name: str | None) -> str:
    if not name:
        return ""
    return TableName("" if schema in (None, DEFAULT_SCHEMA) else str(schema), name).key


def _message(error: psycopg.Error) -> str:
    """The server's own sentence. What it quotes of a value that it could not read is left out."""
    text = error.diag.message_primary or str(error)
    if error.sqlstate and error.sqlstate.startswith(_DATA):
        text = _QUOTATION.sub('"…"', text)
    return text.strip().partition("\n")[0]
