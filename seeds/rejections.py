"""Why a database would not take a row: one vocabulary for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """What stood in the way."""

    CHECK = "check"
    UNIQUE = "unique"
    FOREIGN_KEY = "foreign_key"
    NOT_NULL = "not_null"
    EXCLUSION = "exclusion"
    PARTITION = "partition"
    TRIGGER = "trigger"
    TYPE = "type"
    LENGTH = "length"
    RANGE = "range"
    DEFAULT = "default"
    PERMISSION = "permission"
    ROW_SECURITY = "row_security"
    GENERATED = "generated"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row, or a statement, that the database refused; nothing of it was kept.

    Attributes:
        reason: what stood in the way.
        message: the server's first line, without the row's values.
        constraint: the constraint's or trigger's name, where the server says it.
        column: the column, where the server says it.
        table: the table, where the server says it.
        sqlstate: the server's code.
        position: the row's place in the batch; -1 where the statement as a whole was refused.
    """

    reason: Reason
    message: str
    constraint: str = ""
    column: str = ""
    table: str = ""
    sqlstate: str = ""
    position: int = -1


class RowsRejected(Exception):
    """A batch was refused as a whole; the transaction stands as it stood before the call."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.message)
        self.rejection = rejection
