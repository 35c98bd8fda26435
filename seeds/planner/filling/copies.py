"""Rows that a trigger repeats in another table, as far as its text shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ...catalog import Catalog, Partition, Partitioning, Table

_INSERT = re.compile(
    r"\bINSERT\s+INTO\s+((?:\"[^\"]+\"|\w+)(?:\.(?:\"[^\"]+\"|\w+))?)\s*\(([^()]*)\)\s*VALUES\s*\(", re.IGNORECASE
)
_NEW = re.compile(r"\s*NEW\s*\.\s*\"?([^\"\s:]+)\"?\s*(?:::[\w\s]+)?", re.IGNORECASE)
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|[(),]|[^'\"(),]+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Copied:
    """A table that gets a row for each row of another.

    Attributes:
        trigger: the trigger's name.
        columns: by column of the table written to, the column of the row that it repeats.
    """

    trigger: str
    target: Table
    columns: Mapping[str, str]


def copies_of(table: Table, catalog: Catalog) -> Iterator[Copied]:
    """What triggers make of a new row in tables of the catalogue."""
    for trigger in table.triggers:
        if not trigger.row:
            continue
        for found in _INSERT.finditer(trigger.body):
            target = _table(found[1], table, catalog)
            if target is not None and target.name != table.name:
                names = [name.strip().strip('"') for name in found[2].split(",")]
                pairs = zip(names, _values(trigger.body[found.end() :]), strict=False)
                columns = {name: new[1] for name, value in pairs if (new := _NEW.fullmatch(value))}
                yield Copied(trigger.name, target, columns)


def _table(written: str, source: Table, catalog: Catalog) -> Table | None:
    name = written.replace('"', "").removeprefix("public.")
    beside = f"{source.name.schema}.{name}" if source.name.schema else name
    return catalog.tables.get(name) or catalog.tables.get(beside)


def _values(text: str) -> list[str]:
    """The items of a list whose opening bracket has been read."""
    items, depth = [""], 0
    for token in _TOKEN.findall(text):
        if token == ")" and depth == 0:
            break
        depth += (token == "(") - (token == ")")
        if token == "," and depth == 0:
            items.append("")
        else:
            items[-1] += token
    return items


def partitioned_copies(table: Table, catalog: Catalog) -> list[Table]:
    """The table as if it were cut like each partitioned table that its rows are repeated in."""
    found = []
    for copied in copies_of(table, catalog):
        cut = copied.target.partitioning
        if cut is not None and cut.partitions and (renamed := _renamed(cut, copied.columns)) is not None:
            found.append(replace(table, partitioning=renamed))
    return found


def _renamed(cut: Partitioning, columns: Mapping[str, str]) -> Partitioning | None:
    """The cut by the columns that are repeated; None where a key is something else."""
    partitions = _partitions(cut.partitions, columns)
    if partitions is None or any(key not in columns for key in cut.keys):
        return None
    return Partitioning(cut.strategy, tuple(columns[key] for key in cut.keys), partitions)


def _partitions(partitions: tuple[Partition, ...], columns: Mapping[str, str]) -> tuple[Partition, ...] | None:
    found = []
    for one in partitions:
        inner = _partitions(one.partitions, columns)
        if inner is None or any(key not in columns for key in one.keys):
            return None
        found.append(
            replace(
                one,
                keys=tuple(columns[key] for key in one.keys),
                partitions=inner,
                checks=tuple(check for check in one.checks if all(columns.get(name) == name for name in check.columns)),
                foreign_keys=tuple(
                    replace(key, columns=tuple(columns[name] for name in key.columns))
                    for key in one.foreign_keys
                    if all(name in columns for name in key.columns)
                ),
            )
        )
    return tuple(found)
