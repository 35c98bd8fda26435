"""Of the personal columns, those whose values are about somebody; the others only look like it among lookup lists.

The inventory lists every column that could hold personal data, so that none is overlooked. Whoever has to say whether
the rows that stand in a database are anybody's needs fewer: migrations leave roles, statuses and templates behind.

| category | is about somebody |
| --- | --- |
| a date of birth, an address, a dwelling, an image, money | always: it is one person's or one household's |
| a contact, an identifier, an online name, a reference to a person | always: it leads to one person |
| a name | where it is surely a person's; a role such as ``officer`` may be a code: in company or on a day |
| health, a special category | always, except in a lookup list, whose own words they are; there in company |
| a free text | in company or on a day: the comment on a status is nobody's |
| a place, a credential | in company: a region, or a system's own secret, is nobody's |

*In company* is a column whose table is about people, for one of these reasons:

- The table is one of people, or of what is written or done about them: messages, notes, cases, health, housing. A
  lookup list or a technical table is not, whatever words stand in front of its name (``feedback_status``).
- Another column of it always counts, or may be a person's name; a free text makes up for the doubt in a name. Who made
  or changed a row (``created_by``) is no company, since every table of some schemas says so; a value in such a column
  counts all the same.
- It refers, declared or by its columns' names, to such a table, or to one that does: notes on a case of a resident.

*On a day* is a column of a table that records what happened: it has a date that tells more than when the row was made
or is valid. Lookup lists have none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from ..catalog import Catalog, Kind, Table
from .inference import infer_relations
from .inventory import InventoryEntry, entries_of
from .meaning import Category, editor_column, meaning_of, subjects_of
from .names import words

_ALWAYS = frozenset(
    {
        Category.DATE_OF_BIRTH, Category.CONTACT, Category.ADDRESS, Category.PROPERTY, Category.GOVERNMENT_IDENTIFIER,
        Category.REFERENCE_TO_PERSON, Category.FINANCIAL, Category.ONLINE, Category.IMAGE,
    }
)  # fmt: skip
_CHARACTERISTICS = frozenset({Category.HEALTH, Category.SPECIAL_CATEGORY})
_ON_A_DAY = frozenset({Category.FREE_TEXT, Category.NAME})
_SURE, _SURELY_A_NAME, _SURE_REFERENCE = 0.45, 0.7, 0.6
_ABOUT_PEOPLE = frozenset({"content", "event", "health", "housing", "social_care"})
_ABOUT_THINGS = frozenset({"lookup", "technical"})
_OF_THE_ROW = frozenset({"created", "updated", "deleted"})
_VALIDITY = frozenset({"valid", "effective", "active"})
_DATES = frozenset({Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ})
_STEPS = 2


class Telling:
    """Tells, table by table, which columns' values are about somebody; tables' neighbours are in the catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def columns(self, table: Table) -> tuple[InventoryEntry, ...]:
        """The table's columns whose values are about somebody, in its order."""
        entries = entries_of(table)
        doubtful = [entry for entry in entries if not _always(table, entry)]
        if not doubtful:
            return entries
        kept = {entry for entry in entries if entry not in doubtful}
        if self._is_about_people(table, _STEPS):
            return entries
        dated = _records_days(table)
        kept |= {entry for entry in doubtful if (dated and entry.category in _ON_A_DAY) or _in_company(entry, doubtful)}
        return tuple(entry for entry in entries if entry in kept)

    def _is_about_people(self, table: Table, steps: int) -> bool:
        if _named_for_people(table) or any(_always(table, entry) for entry in _of_its_own(table)):
            return True
        return steps > 0 and any(
            target.name != table.name and self._is_about_people(target, steps - 1) for target in self._targets(table)
        )

    def _targets(self, table: Table) -> Iterable[Table]:
        """The tables that this one refers to, but for who made or changed its rows."""
        declared = [(key.columns, key.target.key) for key in table.foreign_keys]
        for columns, target in [*declared, *self._inferred[table.name.key]]:
            found = self._catalog.tables.get(target)
            if found is not None and not any(map(editor_column, columns)):
                yield found

    @cached_property
    def _inferred(self) -> Mapping[str, list[tuple[tuple[str, ...], str]]]:
        found: defaultdict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        for relation in infer_relations(self._catalog):
            if relation.score >= _SURE_REFERENCE:
                found[relation.table.key].append((relation.columns, relation.target.key))
        return found


def _always(table: Table, entry: InventoryEntry) -> bool:
    """Whether the column's values are about somebody wherever the table stands."""
    if entry.category is Category.NAME:
        return entry.score >= _SURELY_A_NAME
    if entry.category in _CHARACTERISTICS:
        return entry.score >= _SURE and "lookup" not in subjects_of(table)
    return entry.category in _ALWAYS and entry.score >= _SURE


def _in_company(entry: InventoryEntry, doubtful: Iterable[InventoryEntry]) -> bool:
    """Whether two doubts add up: what may be a person's name, and another column."""
    wanted = {Category.NAME, Category.FREE_TEXT} if entry.category is Category.NAME else {Category.NAME}
    return any(other.category in wanted and other is not entry for other in doubtful)


def _named_for_people(table: Table) -> bool:
    subjects = subjects_of(table)
    return "person" in subjects or bool(subjects & _ABOUT_PEOPLE and not subjects & _ABOUT_THINGS)


def _of_its_own(table: Table) -> list[InventoryEntry]:
    """The table's personal columns but those that only say who made or changed the row."""
    return [entry for entry in entries_of(table) if not editor_column(entry.column)]


def _records_days(table: Table) -> bool:
    """Whether a date tells more than when the row was made, changed or valid."""
    for column in table.columns:
        moment, named = meaning_of(table, column).moment, words(column.name)
        dated = moment or column.type.kind in _DATES or named[-1:] == ("date",)
        if dated and moment not in _OF_THE_ROW and not _VALIDITY.intersection(named):
            return True
    return False
