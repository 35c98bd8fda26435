"""What only the text of a CREATE statement tells: predicates, expressions, names and collations, as they were written.

SQLite keeps the statements themselves, so they are divided into words here, without a grammar: a predicate is what
stands between the parentheses after ``CHECK``, whatever is in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_WORDS = re.compile(
    r"""(?P<blank>\s+|--[^\n]*|/\*.*?(?:\*/|\Z))|(?P<text>[xX]?'(?:[^']|'')*')"""
    r"""|(?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[^\W\d][\w$]*)|(?P<other>\d[\w.]*|.)""",
    re.S,
)
_TABLE_WORDS = frozenset(("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"))
_TIMINGS = {"BEFORE": "before", "AFTER": "after", "INSTEAD": "instead"}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a statement, at its place; ``depth`` counts the parentheses around it."""

    text: str
    kind: str
    start: int
    depth: int

    @property
    def upper(self) -> str:
        """What the grammar compares; empty for texts and quoted names, which are never its words."""
        return self.text.upper() if self.kind == "other" or (self.kind == "name" and self.text[0] not in '"`[') else ""

    @property
    def name(self) -> str:
        """The identifier that the word is."""
        return unquoted(self.text)


@dataclass(frozen=True, slots=True)
class WrittenCheck:
    """A check; without a name where it was given none."""

    name: str
    predicate: str


@dataclass(frozen=True, slots=True)
class WrittenReference:
    """The foreign key over some columns, as far as the pragma does not tell."""

    name: str
    columns: tuple[str, ...]
    deferrable: bool
    deferred: bool


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """A CREATE TABLE statement."""

    checks: tuple[WrittenCheck, ...]
    expressions: dict[str, str]
    references: tuple[WrittenReference, ...]
    without_case: frozenset[str]


@dataclass(frozen=True, slots=True)
class WrittenIndex:
    """A CREATE INDEX statement: the text of each part, and the predicate."""

    parts: tuple[str, ...]
    predicate: str


def read_table(sql: str) -> WrittenTable:
    """What a CREATE TABLE statement says beyond the pragmas; names are in lower case."""
    checks: list[WrittenCheck] = []
    expressions: dict[str, str] = {}
    references: list[WrittenReference] = []
    without_case: set[str] = set()
    for item in _items(sql, _words(sql)):
        column = "" if item[0].upper in _TABLE_WORDS else item[0].name.lower()
        checks.extend(_checks(sql, item))
        references.extend(_references(item, column))
        for place, word in enumerate(item[1:-1], 1):
            if column and word.upper == "AS" and word.depth == 1 and item[place + 1].text == "(":
                expressions[column] = _inside(sql, item, place + 1)
            if column and word.upper == "COLLATE" and item[place + 1].name.upper() == "NOCASE":
                without_case.add(column)
    return WrittenTable(tuple(checks), expressions, tuple(references), frozenset(without_case))


def read_index(sql: str) -> WrittenIndex:
    """What a CREATE INDEX statement says; each part without its collation and direction."""
    words = _words(sql)
    parts = tuple(_bare(sql, item) for item in _items(sql, words))
    where = next((place for place, word in enumerate(words) if word.upper == "WHERE" and word.depth == 0), None)
    return WrittenIndex(
        parts, sql[words[where].start + len("WHERE") :].strip().rstrip(";") if where is not None else ""
    )


def read_trigger(sql: str) -> tuple[str, str, str]:
    """A trigger's timing, its event and its body."""
    words = [word for word in _words(sql) if word.depth == 0]
    event = next(place for place, word in enumerate(words) if word.upper in ("INSERT", "UPDATE", "DELETE"))
    timing = next((_TIMINGS[word.upper] for word in words[:event] if word.upper in _TIMINGS), "before")
    begin = next((word.start for word in words[event:] if word.upper == "BEGIN"), len(sql))
    return timing, words[event].upper, sql[begin:]


def names_in(expression: str, columns: Collection[str]) -> tuple[str, ...]:
    """Those of the columns that an expression reads."""
    spelled = {column.lower(): column for column in columns}
    words = [*_words(expression), Word("", "other", 0, 0)]
    found = (
        spelled[word.name.lower()]
        for word, following in pairwise(words)
        if word.kind == "name" and following.text != "(" and word.name.lower() in spelled
    )
    return tuple(dict.fromkeys(found))


def unquoted(text: str) -> str:
    """An identifier without its quotes."""
    if text[:1] in ('"', "`", "["):
        quote = text[-1]
        return text[1:-1] if quote == "]" else text[1:-1].replace(quote * 2, quote)
    return text


def _words(sql: str) -> list[Word]:
    found, depth = [], 0
    for match in _WORDS.finditer(sql):
        kind = str(match.lastgroup)
        if kind == "blank":
            continue
        depth -= match[0] == ")"
        found.append(Word(match[0], kind, match.start(), depth))
        depth += match[0] == "("
    return found


def _items(sql: str, words: Sequence[Word]) -> Iterator[list[Word]]:
    """The comma-separated items of the first parentheses."""
    item: list[Word] = []
    opened = False
    for word in words:
        if not opened:
            opened = word.text == "("
        elif word.depth == 0 or (word.text == "," and word.depth == 1):
            if item:
                yield item
            item = []
            if word.depth == 0:
                return
        else:
            item.append(word)


def _checks(sql: str, item: Sequence[Word]) -> Iterator[WrittenCheck]:
    for place, word in enumerate(item[:-1]):
        if word.upper == "CHECK" and word.depth == 1 and item[place + 1].text == "(":
            yield WrittenCheck(_constraint_name(item, place), _inside(sql, item, place + 1))


def _references(item: Sequence[Word], column: str) -> Iterator[WrittenReference]:
    uppers = [word.upper if word.depth == 1 else "" for word in item]
    for place, upper in enumerate(uppers):
        if upper != "REFERENCES":
            continue
        start = place if column else uppers.index("FOREIGN")
        columns = (column,) if column else _names(item[start:place])
        rest = uppers[place:]
        deferrable = "DEFERRABLE" in rest and rest[rest.index("DEFERRABLE") - 1] != "NOT"
        deferred = deferrable and "DEFERRED" in rest
        yield WrittenReference(_constraint_name(item, start), columns, deferrable, deferred)


def _names(words: Sequence[Word]) -> tuple[str, ...]:
    return tuple(word.name.lower() for word in words if word.kind == "name" and word.depth > 1)


def _constraint_name(item: Sequence[Word], place: int) -> str:
    named = place >= 2 and item[place - 2].upper == "CONSTRAINT"
    return item[place - 1].name if named else ""


def _inside(sql: str, item: Sequence[Word], place: int) -> str:
    """The text between the parenthesis at ``place`` and the one that closes it."""
    opening = item[place]
    closing = next(word for word in item[place + 1 :] if word.text == ")" and word.depth == opening.depth)
    return sql[opening.start + 1 : closing.start].strip()


def _bare(sql: str, item: Sequence[Word]) -> str:
    """An indexed part as it is compared: a name alone, or the expression's text."""
    ends = [word.start for word in item if word.depth == 1 and word.upper in ("COLLATE", "ASC", "DESC")]
    stop = ends[0] if ends else item[-1].start + len(item[-1].text)
    return sql[item[0].start : stop].strip()
