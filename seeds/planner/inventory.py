"""An inventory of personal data: every column that looks as if it held some, with the reason."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from ..catalog import Catalog, Column, Table
from .meaning import Category, Meaning, meaning_of


@dataclass(frozen=True, slots=True)
class InventoryEntry:
    """A column that looks personal; ``table`` is its table's key, ``score`` how sure that is."""

    table: str
    column: str
    category: Category
    reason: str
    score: float


def inventory(catalog: Catalog) -> tuple[InventoryEntry, ...]:
    """The personal columns of a database, in the order of its tables and their columns."""
    return tuple(entry for table in catalog.tables.values() for entry in entries_of(table))


def entries_of(table: Table) -> tuple[InventoryEntry, ...]:
    """The personal columns of one table, in its order."""
    return tuple(
        InventoryEntry(table.name.key, column.name, meaning.category, meaning.reason, meaning.score)
        for column, meaning in _meanings(table)
        if meaning.category is not Category.NONE
    )


def _meanings(table: Table) -> Iterable[tuple[Column, Meaning]]:
    return ((column, meaning_of(table, column)) for column in table.columns)


def to_json(entries: Iterable[InventoryEntry]) -> str:
    """The inventory as a JSON list, one object a column."""
    return json.dumps([asdict(entry) for entry in entries], indent=2, ensure_ascii=False) + "\n"


def to_markdown(entries: Iterable[InventoryEntry]) -> str:
    """The inventory as a Markdown page: a count for each category, and a table of columns for each database table."""
    listed = list(entries)
    lines = ["# Personal data", ""]
    if not listed:
        return "\n".join([*lines, "No column looks as if it held any.", ""])
    lines += ["| category | columns |", "| --- | ---: |"]
    for category in Category:
        count = sum(entry.category is category for entry in listed)
        if count:
            lines.append(f"| {_spoken(category)} | {count} |")
    for table in dict.fromkeys(entry.table for entry in listed):
        lines += ["", f"## {_escaped(table)}", "", *_HEADING]
        lines += [_row(entry) for entry in listed if entry.table == table]
    return "\n".join([*lines, ""])


_HEADING = ("| column | category | sureness | why |", "| --- | --- | ---: | --- |")


def _row(entry: InventoryEntry) -> str:
    cells = (_escaped(entry.column), _spoken(entry.category), f"{entry.score:.2f}", _escaped(entry.reason))
    return f"| {' | '.join(cells)} |"


def _spoken(category: Category) -> str:
    return category.value.replace("_", " ")


def _escaped(text: str) -> str:
    """Text that is only text, whatever an identifier holds: it ends no cell and makes no link or element."""
    for mark in "\\|[<":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.splitlines())
