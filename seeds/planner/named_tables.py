"""A catalogue by words: tables by what they are called, and by the columns that stand for their rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from ..catalog import Catalog, Column, Table, UniqueKey
from .names import Words, reference_rows, singular, words

_COMMON_SHARE, _COMMON_LEAST = 0.5, 4


@cache
def listed(kind: str) -> frozenset[str]:
    """Words of a kind from the table of references."""
    return frozenset(ranked(kind))


@cache
def ranked(kind: str) -> tuple[str, ...]:
    """Words of a kind from the table of references, in its order."""
    return tuple(row["word"] for row in reference_rows("references") if row["kind"] == kind)


@lru_cache(maxsize=65_536)
def singular_words(name: str) -> Words:
    """An identifier's words, each in the singular."""
    return tuple(map(singular, words(name)))


@dataclass(frozen=True, slots=True)
class Target:
    """A table with the column that stands for its rows; ``unique`` is whether a key says so."""

    table: Table
    column: Column
    unique: bool


class NamedTables:
    """The tables of a catalogue, indexed once, so that a reference is looked up and never searched for."""

    def __init__(self, catalog: Catalog) -> None:
        self._prefixes = _common_prefixes(catalog)
        self._names = {key: self._names_of(table) for key, table in catalog.tables.items()}
        self._by_name: dict[Words, list[Table]] = {}
        self._by_ending: dict[str, list[Table]] = {}
        self._by_key: dict[Words, list[Target]] = {}
        self._by_own_part: dict[Words, list[Table]] = {}
        for table in catalog.tables.values():
            self._enter(table)

    def names(self, table: Table) -> tuple[Words, ...]:
        """The table's words, and those without prefixes that say nothing."""
        return self._names[table.name.key]

    def called(self, name: Words) -> list[Table]:
        """The tables of that name."""
        return self._by_name.get(name, [])

    def ending(self, name: Words) -> list[Table]:
        """The tables whose names end in these words and have others in front."""
        found = self._by_ending.get(name[-1], []) if name else []
        return [table for table in found if _ends(self.names(table)[0], name)]

    def keyed(self, name: Words) -> list[Target]:
        """The columns of that name that stand for the rows of their tables."""
        return self._by_key.get(name, [])

    def parts(self, name: Words) -> list[Table]:
        """The tables of whose composite primary key a column of that name is the part that no other table gives."""
        return self._by_own_part.get(name, [])

    def keys(self, table: Table) -> Iterator[Target]:
        """Columns that stand for the table's rows, the primary key first; without any key, its own reference."""
        single = sorted((key for key in table.keys if _is_plain(key)), key=lambda key: not key.primary)
        for key in single:
            yield Target(table, table.column(key.columns[0]), True)
        if not table.keys:
            own = [column for column in table.columns if self.is_own(table, column)]
            yield from (Target(table, column, False) for column in own[:1])

    def is_own(self, table: Table, column: Column) -> bool:
        """Whether the column is called as the table's own key would be: ``id``, ``tenancy_ref`` in ``tenancy``."""
        named = singular_words(column.name)
        if named in (("id",), ("uuid",)):
            return True
        return len(named) > 1 and named[-1] in listed("head") and named[:-1] in self.names(table)

    def _enter(self, table: Table) -> None:
        for name in self.names(table):
            self._by_name.setdefault(name, []).append(table)
        if self.names(table)[0]:
            self._by_ending.setdefault(self.names(table)[0][-1], []).append(table)
        for target in self.keys(table):
            self._by_key.setdefault(singular_words(target.column.name), []).append(target)
        part = self._own_part(table)
        if part:
            self._by_own_part.setdefault(part, []).append(table)

    def _own_part(self, table: Table) -> Words:
        """The one column of a composite primary key that no foreign key covers and whose name is its table's own."""
        key = table.primary_key
        if key is None or not 2 <= len(key.columns) <= 4:
            return ()
        foreign = {name for declared in table.foreign_keys for name in declared.columns}
        free = [singular_words(name) for name in key.columns if name not in foreign]
        own = [named for named in free if len(named) > 1 and named[:-1] in self.names(table)]
        return own[0] if len(own) == 1 else ()

    def _names_of(self, table: Table) -> tuple[Words, ...]:
        full = singular_words(table.name.name)
        bare = full
        while len(bare) > 1 and (bare[0] in self._prefixes or bare[0] in listed("prefix")):
            bare = bare[1:]
        return (full,) if bare == full else (full, bare)


def _is_plain(key: UniqueKey) -> bool:
    return len(key.columns) == 1 and not key.expressions and not key.predicate


def _ends(name: Words, ending: Words) -> bool:
    return len(name) > len(ending) and name[-len(ending) :] == ending


def _common_prefixes(catalog: Catalog) -> frozenset[str]:
    """First words that half of the tables of a schema share."""
    by_schema: dict[str, list[str]] = {}
    for table in catalog.tables.values():
        named = singular_words(table.name.name)
        if len(named) > 1:
            by_schema.setdefault(table.name.schema, []).append(named[0])
    found: set[str] = set()
    for schema, first in by_schema.items():
        tables = sum(table.name.schema == schema for table in catalog.tables.values())
        (word, count) = Counter(first).most_common(1)[0]
        if count >= _COMMON_LEAST and count >= tables * _COMMON_SHARE:
            found.add(word)
    return frozenset(found)
