"""Error numbers as reasons why a row was refused.

| number | reason |
|---|---|
| 1062, 1022, 1586 | unique |
| 1452, 1451, 1216, 1217, 1761, 1762 | foreign key |
| 4025, 3819 | check |
| 1048, 1138, 1263 | not null |
| 1364 | default |
| 1406, 1118, 1153, 1162 | length |
| 1264, 1690, 1416 with a range, 3616, 3617 | range |
| 1265, 1292, 1366, 1367, 1411, 1416, 3140 and others | type; range where the text is a date that the type lacks |
| 1526, 1748, 1591 | partition |
| 1644, 1442, 1415, 1422 and every unforeseen one on a table that has triggers | trigger |
| 1142, 1143, 1044, 1227, 1370 | permission |
| 1906, 3105 | generated |
"""

from __future__ import annotations

import re

from ...catalog import Kind, Table
from ...rejections import Reason, Rejection
from .refusals import facts

_REASONS: dict[int, Reason] = {
    **dict.fromkeys((1022, 1062, 1586), Reason.UNIQUE),
    **dict.fromkeys((1216, 1217, 1451, 1452, 1761, 1762), Reason.FOREIGN_KEY),
    **dict.fromkeys((3819, 4025), Reason.CHECK),
    **dict.fromkeys((1048, 1138, 1263), Reason.NOT_NULL),
    1364: Reason.DEFAULT,
    **dict.fromkeys((1118, 1153, 1162, 1406), Reason.LENGTH),
    **dict.fromkeys((1264, 1441, 1690, 3616, 3617), Reason.RANGE),
    **dict.fromkeys((1265, 1292, 1366, 1367, 1411, 1416, 3037, 3140, 3141, 3156, 3643, 4078, 4079, 6138), Reason.TYPE),
    **dict.fromkeys((1526, 1591, 1748), Reason.PARTITION),
    **dict.fromkeys((1415, 1422, 1424, 1442, 1644), Reason.TRIGGER),
    **dict.fromkeys((1044, 1142, 1143, 1227, 1370), Reason.PERMISSION),
    **dict.fromkeys((1906, 3105), Reason.GENERATED),
}
# Nothing that a row could do differently: the connection, the server, or another transaction.
_NOT_THE_ROW = frozenset(
    (0, 1021, 1037, 1038, 1040, 1041, 1053, 1077, 1080, 1114, 1135, 1152, 1158, 1159, 1160, 1161, 1184, 1203, 1205, 1213,
     1226, 1290, 1317, 1637, 1792, 1927, 1969, 2002, 2003, 2006, 2013, 2055, 3024, 3572)
)  # fmt: skip
_DATE = re.compile(r"Incorrect (?:date|datetime|timestamp)[^:]*: '\d{4}-\d\d-\d\d")
_ROW = re.compile(r" at row (\d+)$")
_KEY = re.compile(r"for key '(.*)'$")
_CONSTRAINT = re.compile(r"(?:CONSTRAINT |Check constraint )[`'](.*?)[`'](?: |$)")
_COLUMN = re.compile(r"(?:column|Column|Field) (?:'([^']*)'|`(?:[^`]*`\.`)*([^`]*)`)")


def rejection(error: BaseException, table: Table) -> Rejection | None:
    """Why the server refused rows of ``table``; None for what is no fault of a row's.

    The position is the row's place in the statement, where the server's message says it.
    """
    number, words = facts(error)
    if number in _NOT_THE_ROW:
        return None
    row = _ROW.search(words)
    constraint = _constraint(words, table)
    return Rejection(
        Reason.TYPE if _is_json(table, constraint) else _reason(number, str(error), table),
        words,
        constraint=constraint,
        column=_column(words),
        table=table.name.key,
        sqlstate=getattr(error, "sqlstate", None) or "",
        position=int(row[1]) - 1 if row else -1,
    )


def _reason(number: int, message: str, table: Table) -> Reason:
    if number in (1292, 1411) and _DATE.search(message):
        return Reason.RANGE  # a moment that the calendar has and the type has not
    unforeseen = Reason.TRIGGER if table.triggers else Reason.OTHER
    return _REASONS.get(number, Reason.TYPE if number == -1 else unforeseen)


def _constraint(words: str, table: Table) -> str:
    """The key's or constraint's own name: MySQL puts its table before a key's, MariaDB before a column's check."""
    found = _KEY.search(words) or _CONSTRAINT.search(words)
    return found[1].removeprefix(f"{table.name.name}.") if found else ""


def _column(words: str) -> str:
    found = _COLUMN.search(words)
    return (found[1] or found[2] or "") if found else ""


def _is_json(table: Table, constraint: str) -> bool:
    """True for the check that makes a text column a JSON column in MariaDB; it is called as the column is."""
    return any(column.name == constraint and column.type.kind is Kind.JSON for column in table.columns)
