"""What each partition takes, as a predicate on the partitioned table's columns that the check compiler can read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

from ...catalog import Check, Kind, Partition, Table
from .moment_keys import MomentKey, moment_key

LOWEST, HIGHEST = "MINVALUE", "MAXVALUE"

_ITEM = re.compile(r"[Ee]?'(?:[^']|'')*'|[^\s,()']+")
_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r"`(?:[^`]|``)*`|\"(?:[^\"]|\"\")*\"")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_TRUNCATED = re.compile(
    r"""\(?date_trunc\('(\w+)'(?:::text)?, \(?"?([^",()]+)"?\)?(?:::[a-z ]+)?\)\)?""", re.IGNORECASE
)
_COMPUTED = re.compile(r"^\(*(?:extract|date_part|mod|abs|floor|length)\(| [-+*/%] ", re.IGNORECASE)
_UNIX = re.compile(r"\(?unix_timestamp\(`?([^`,()]+)`?\)\)?", re.IGNORECASE)
_MOMENTS = {Kind.DATE: "date", Kind.TIMESTAMP: "timestamp", Kind.TIMESTAMPTZ: "timestamptz"}
_TEXTS = (Kind.TEXT, Kind.CHAR)
_NEGATED_TOGETHER = 20


@dataclass(frozen=True, slots=True)
class Arm:
    """One way into the table: the path to a partition that holds rows.

    Attributes:
        predicate: true of the rows that it takes, or of enough of them; empty where any row may find its way.
        later: it takes nothing that has happened by the reference date.
        checks: what the partitions on the path ask of their own rows.
        places: the partitions on the path that have foreign keys of their own.
    """

    predicate: str
    later: bool = False
    checks: tuple[Check, ...] = ()
    places: frozenset[str] = frozenset()


def arms_of(table: Table, dialect: str, as_of: date) -> tuple[Arm, ...]:
    """Every way into a partitioned table; partitions that are partitioned into nothing are none."""
    cut = table.partitioning
    if cut is None:
        return ()
    reader = _Reader(table, "`" if dialect == "mysql" else '"', as_of)
    return tuple(dict.fromkeys(reader.arms(cut.strategy, cut.keys, cut.partitions)))


def has_leaf(partitions: Iterable[Partition]) -> bool:
    """Whether a row can come to rest in one of them."""
    return any(not one.partitioned or has_leaf(one.partitions) for one in partitions)


def key_columns(table: Table) -> set[str]:
    """The columns that decide about a row's partition, at any level."""
    cut = table.partitioning
    texts = set() if cut is None else {*cut.keys, *_keys_below(cut.partitions)}
    names = {column.name for column in table.columns}
    read = [{*_WORD.findall(text), *map(_unquoted, _QUOTED.findall(text))} for text in texts - names]
    return {name for name in names if name in texts or any(name in words for words in read)}


def columns_asked_of(partitions: Iterable[Partition]) -> set[str]:
    """The columns that checks and foreign keys of single partitions read."""
    return {
        name
        for one in partitions
        for names in (
            *(check.columns for check in one.checks),
            *(key.columns for key in one.foreign_keys),
            columns_asked_of(one.partitions),
        )
        for name in names
    }


def _keys_below(partitions: Iterable[Partition]) -> Iterator[str]:
    for one in partitions:
        yield from one.keys
        yield from _keys_below(one.partitions)


@dataclass(frozen=True, slots=True)
class _Key:
    """A partition key as it is compared.

    Attributes:
        sql: a column in quotes, or an expression in brackets.
        unit: what a moment is cut off at before it is compared; bounds fall on starts of units.
        seconds: bounds are seconds since 1970.
        number: an expression that computes a number; its bounds are written in quotes all the same.
        counts: a number that rises with the column's moment, and that bounds are of.
    """

    sql: str
    kind: Kind | None = None
    nullable: bool = True
    unit: str = ""
    seconds: bool = False
    number: bool = False
    counts: MomentKey | None = None

    def bound(self, literal: str) -> str:
        """A bound as a value of the column."""
        if literal in (LOWEST, HIGHEST):
            return literal
        if self.seconds:
            return _moment(literal)
        if self.counts is not None and _NUMBER.fullmatch(literal):
            return self._reached(int(Decimal(literal)))
        if self.number and _NUMBER.fullmatch(literal.strip("'")):
            return literal.strip("'")
        return f"{literal[:11]}'" if self.unit and self.kind is Kind.DATE else literal

    def one_of(self, literals: Sequence[str]) -> str:
        if self.counts is not None:
            numbers = [int(Decimal(literal)) for literal in literals]
            return f"({' OR '.join(self._counted(number) for number in numbers)})"
        values = [self.bound(literal) for literal in literals]
        if not self.unit or self.kind not in _MOMENTS:
            return f"{self.sql} IN ({', '.join(values)})"
        kind = _MOMENTS[self.kind]
        spans = (f"({self.sql} >= {one} AND {self.sql} < {one}::{kind} + INTERVAL '1 {self.unit}')" for one in values)
        return f"({' OR '.join(spans)})"

    def _reached(self, number: int) -> str:
        """The first moment that counts so many, as a value of the column."""
        assert self.counts is not None
        at = self.counts.reaches(number)
        if at is None:
            return HIGHEST
        return f"'{at:%Y-%m-%d}'" if self.kind is Kind.DATE else f"'{at:%Y-%m-%d %H:%M:%S}'"

    def _counted(self, number: int) -> str:
        low, high = self._reached(number), self._reached(number + 1)
        if low == HIGHEST:
            return "1 = 0"
        return f"({self.sql} >= {low})" if high == HIGHEST else f"({self.sql} >= {low} AND {self.sql} < {high})"


@dataclass(frozen=True, slots=True)
class _Reader:
    table: Table
    mark: str
    as_of: date

    def arms(self, strategy: str, names: Sequence[str], partitions: Sequence[Partition]) -> Iterator[Arm]:
        keys = [self._key(name) for name in names]
        alike = _asked_of_all(partitions) if strategy == "hash" else ()  # a row's hash is nobody's to choose
        for one in partitions:
            own = self._own(strategy, keys, one, partitions) if has_leaf((one,)) else None
            if own is None:
                continue
            later = self._later(keys, one)
            checks = alike if strategy == "hash" else _named(one)
            places = frozenset({one.name.key} if one.foreign_keys and strategy != "hash" else ())
            below = tuple(self.arms(_strategy_of(one), one.keys, one.partitions)) if one.partitioned else (Arm(""),)
            for arm in below:
                yield Arm(
                    _both(own, arm.predicate), later or arm.later, (*checks, *arm.checks), places | arm.places
                )  # fmt: skip

    def _own(
        self, strategy: str, keys: Sequence[_Key], partition: Partition, siblings: Sequence[Partition]
    ) -> str | None:
        """What a partition takes of what comes to its parent; None where it takes nothing."""
        if strategy == "hash":
            return ""
        if partition.default:
            return self._rest(strategy, keys, [one for one in siblings if not one.default])
        if strategy == "list":
            return _listed(keys[0], partition) if len(keys) == 1 else _listed_together(keys, partition)
        return _interval(keys, partition)

    def _rest(self, strategy: str, keys: Sequence[_Key], others: Sequence[Partition]) -> str | None:
        """What no other partition takes."""
        if not others:
            return ""
        if strategy == "list" and not keys[0].unit:
            return _unlisted(keys[0], others)
        if strategy == "range" and len(keys) == 1:
            return _gaps(keys[0], others)
        if len(others) > _NEGATED_TOGETHER:
            return None
        return " AND ".join(f"NOT ({self._own(strategy, keys, one, ())})" for one in others)

    def _later(self, keys: Sequence[_Key], partition: Partition) -> bool:
        if partition.default or partition.strategy != "range" or keys[0].kind not in _MOMENTS:
            return False
        low = keys[0].bound(ends_of(partition)[0][0])
        return low != LOWEST and low.strip("'") > self.as_of.isoformat()

    def _key(self, text: str) -> _Key:
        truncated, unix = _TRUNCATED.fullmatch(text), _UNIX.fullmatch(text)
        name = truncated[2] if truncated else unix[1] if unix else text
        column = next((column for column in self.table.columns if column.name == name), None)
        counts = moment_key(text) if column is None and self.mark == "`" else None
        if counts is not None:
            name = counts.column
            column = next((one for one in self.table.columns if one.name == name and one.type.kind in _MOMENTS), None)
        if column is None:
            return _Key(f"({text})", number=_COMPUTED.search(text) is not None)
        primary = self.table.primary_key
        nullable = column.nullable and (primary is None or name not in primary.columns)
        sql = self.mark + name.replace(self.mark, self.mark * 2) + self.mark
        unit = truncated[1] if truncated else ""
        return _Key(sql, column.type.kind, nullable, unit, seconds=unix is not None, counts=counts)


def _named(partition: Partition) -> tuple[Check, ...]:
    """A partition's own checks, under names that no other partition's checks have."""
    return tuple(replace(check, name=f"{partition.name}.{check.name}") for check in partition.checks)


def _asked_of_all(partitions: Iterable[Partition]) -> tuple[Check, ...]:
    found = {check.predicate: check for one in partitions for check in _named(one)}
    return tuple(found.values())


def _listed(key: _Key, partition: Partition) -> str:
    values = [value for value in partition.values if value is not None]
    arms = [key.one_of(values)] if values else []
    if None in partition.values:
        return " OR ".join([*arms, f"{key.sql} IS NULL"])
    return f"{arms[0]} AND {key.sql} IS NOT NULL"


def _listed_together(keys: Sequence[_Key], partition: Partition) -> str:
    """Values of several columns at once, written ``(1, 'x')``."""
    rows = [_ITEM.findall(value[1:-1]) for value in partition.values if value is not None]
    boxes = (
        " AND ".join(
            f"{key.sql} IS NULL" if one.upper() == "NULL" else f"{key.sql} = {key.bound(one)}"
            for key, one in zip(keys, row, strict=True)
        )
        for row in rows
    )
    return " OR ".join(f"({box})" for box in boxes)


def _unlisted(key: _Key, others: Sequence[Partition]) -> str:
    values = [value for one in others for value in one.values if value is not None]
    known = f"{key.sql} NOT IN ({', '.join(values)})" if values else ""
    return _both(known, f"{key.sql} IS NOT NULL") if any(None in one.values for one in others) else known


def _interval(keys: Sequence[_Key], partition: Partition) -> str:
    """Rows are compared from the first key on; the next one matters where those before equal a bound."""
    lows, highs = _ends(keys, partition)
    if len(keys) == 1 and keys[0].kind in _TEXTS:
        return _beginning(keys[0], lows[0], highs[0])
    names = [key.sql for key in keys]
    boxes = " OR ".join(f"({' AND '.join(box)})" for box in _between(names, lows, highs) if box)
    return _both(" AND ".join(f"{name} IS NOT NULL" for name in names), boxes)


def _beginning(key: _Key, low: str, high: str) -> str:
    """Texts that surely lie between two, whatever the collation: those that begin with the lower one."""
    start = "" if low == LOWEST else _text_of(low)
    if start and high != HIGHEST and _text_of(high).startswith(start):
        return f"{key.sql} IN ({low})"
    if not start and high != HIGHEST:
        start = _before(_text_of(high)[:1])
    if not start:
        return f"{key.sql} IS NOT NULL"
    written = start.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_").replace("'", "''")
    return f"{key.sql} IS NOT NULL AND {key.sql} LIKE '{written}%'"


def _gaps(key: _Key, others: Sequence[Partition]) -> str | None:
    """Where a single key's intervals leave room; nulls go there too, but need not."""
    if key.kind in _TEXTS:
        return None
    spans = sorted(((low, high) for (low,), (high,) in (_ends([key], one) for one in others)), key=_by_low)
    gaps = [] if spans[0][0] == LOWEST else [f"{key.sql} < {spans[0][0]}"]
    for (_, high), (low, _) in pairwise(spans):
        if _order(high) < _order(low):
            gaps.append(f"({key.sql} >= {high} AND {key.sql} < {low})")
    if spans[-1][1] != HIGHEST:
        gaps.append(f"{key.sql} >= {spans[-1][1]}")
    if not gaps:
        return f"{key.sql} IS NULL" if key.nullable else None
    return f"{key.sql} IS NOT NULL AND ({' OR '.join(gaps[:_NEGATED_TOGETHER])})"


def _ends(keys: Sequence[_Key], partition: Partition) -> tuple[list[str], list[str]]:
    lows, highs = ends_of(partition)
    return (
        [key.bound(low) for key, low in zip(keys, lows, strict=True)],
        [key.bound(high) for key, high in zip(keys, highs, strict=True)],
    )


def ends_of(partition: Partition) -> tuple[list[str], list[str]]:
    """A range's bounds, with MINVALUE and MAXVALUE told from one another by the bound's text or by their place."""
    size = len(partition.lows)
    items = [item for item in _ITEM.findall(partition.bound.removeprefix("FOR VALUES FROM")) if item != "TO"]
    if partition.bound.startswith("FOR VALUES FROM") and len(items) == 2 * size:
        return items[:size], items[size:]
    lows = [HIGHEST if low is None and place else low or LOWEST for place, low in enumerate(partition.lows)]
    if partition.lows[:1] == (None,):
        lows = [LOWEST] * size
    return lows, [high or HIGHEST for high in partition.highs]


def _strategy_of(partition: Partition) -> str:
    return partition.partitions[0].strategy


def _both(one: str, two: str) -> str:
    return f"({one}) AND ({two})" if one and two else one or two


def _between(names: Sequence[str], lows: Sequence[str], highs: Sequence[str]) -> list[list[str]]:
    """Boxes that together hold the rows from ``lows`` on and before ``highs``."""
    if lows[0] == highs[0] and lows[0] not in (LOWEST, HIGHEST):
        if len(names) == 1:
            return []
        return [[f"{names[0]} = {lows[0]}", *box] for box in _between(names[1:], lows[1:], highs[1:])]
    return [[*low, *high] for low in _from(names, lows) for high in _before_end(names, highs)]


def _from(names: Sequence[str], lows: Sequence[str]) -> list[list[str]]:
    if not names or lows[0] == LOWEST:
        return [[]]
    if lows[0] == HIGHEST:
        return []
    rest = _from(names[1:], lows[1:])
    if rest == [[]]:
        return [[f"{names[0]} >= {lows[0]}"]]
    return [[f"{names[0]} > {lows[0]}"], *([f"{names[0]} = {lows[0]}", *box] for box in rest)]


def _before_end(names: Sequence[str], highs: Sequence[str]) -> list[list[str]]:
    if not names or highs[0] == LOWEST:
        return []
    if highs[0] == HIGHEST:
        return [[]]
    rest = _before_end(names[1:], highs[1:])
    if rest == [[]]:
        return [[f"{names[0]} <= {highs[0]}"]]
    return [[f"{names[0]} < {highs[0]}"], *([f"{names[0]} = {highs[0]}", *box] for box in rest)]


def _unquoted(name: str) -> str:
    return name[1:-1].replace(name[0] * 2, name[0])


def _text_of(literal: str) -> str:
    return literal[literal.index("'") + 1 : -1].replace("''", "'")


def _before(char: str) -> str:
    """A character that every collation puts before another letter; a digit, if there is none."""
    for first in ("a", "A"):
        if first < char <= chr(ord(first) + 25):
            return first
    return "0" if char > "0" else ""


def _by_low(span: tuple[str, str]) -> tuple[int, Decimal, str]:
    return _order(span[0])


def _order(literal: str) -> tuple[int, Decimal, str]:
    """Bounds in their order: numbers as such, dates and moments by their text."""
    if literal == LOWEST:
        return (-1, Decimal(0), "")
    text = literal.strip("'")
    return (0, Decimal(text), "") if _NUMBER.fullmatch(text) else (1, Decimal(0), text)


def _moment(seconds: str) -> str:
    """Seconds since 1970 as a moment."""
    if not _NUMBER.fullmatch(seconds):
        return seconds
    return f"'{datetime.fromtimestamp(int(Decimal(seconds)), UTC):%Y-%m-%d %H:%M:%S}'"
