"""Partitions from information_schema: upper bounds as written, lower bounds from the partition before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...catalog import Partition, Partitioning, TableName

_NAME = re.compile(r"`((?:[^`]|``)*)`")
_TOKEN = re.compile(r"'(?:[^'\\]|''|\\.)*'|`(?:[^`]|``)*`|[(),]|[^'`(),]+", re.S)
_DEFAULT = re.compile(r"PARTITION `((?:[^`]|``)*)` DEFAULT\b")
_STRATEGIES = {"RANGE": "range", "LIST": "list", "HASH": "hash", "KEY": "hash", "LINEAR": "hash"}


@dataclass(frozen=True, slots=True)
class Cut:
    """A row of ``information_schema.PARTITIONS``.

    Attributes:
        default: it takes what no other takes; its bound is no help then, since MariaDB calls it ``0``.
    """

    table: str
    name: str
    method: str
    expression: str
    bound: str
    default: bool = False

    @property
    def doubtful(self) -> bool:
        """Whether only the table's definition tells a default partition from one for the number 0."""
        return self.method.upper().startswith("LIST") and self.bound == "0"


def defaults_in(definition: str) -> set[str]:
    """The names of a table's default partitions, as ``SHOW CREATE TABLE`` prints them."""
    return {name.replace("``", "`") for name in _DEFAULT.findall(definition)}


def partitioning_of(cuts: Sequence[Cut]) -> Partitioning | None:
    """How the table of these cuts, in their order, is partitioned; None for history partitions, which take any row."""
    first = cuts[0]
    strategy = _STRATEGIES.get(first.method.split()[0].upper())
    if strategy is None:
        return None
    keys = tuple(_key(text) for text in divided(first.expression)) if first.expression else ()
    once = list({cut.name: cut for cut in cuts}.values())  # subpartitions repeat their partition
    partitions = []
    lows: tuple[str | None, ...] = (None,) * len(keys)
    for cut in once:
        partition = _partition(cut, strategy, len(keys), lows)
        partitions.append(partition)
        lows = partition.highs
    return Partitioning(strategy, keys, tuple(partitions))


def divided(text: str) -> list[str]:
    """A list's items, divided at commas outside quotes and parentheses."""
    items, depth = [""], 0
    for token in _TOKEN.findall(text):
        depth += (token == "(") - (token == ")")
        if token == "," and depth == 0:
            items.append("")
        else:
            items[-1] += token
    return [item.strip() for item in items if item.strip()]


def _partition(cut: Cut, strategy: str, width: int, lows: tuple[str | None, ...]) -> Partition:
    name = TableName("", cut.name)
    if strategy == "range":
        bounds = [None if item.upper() == "MAXVALUE" else item for item in divided(cut.bound)]
        return Partition(name, strategy, lows=lows, highs=tuple(bounds), bound=f"VALUES LESS THAN ({cut.bound})")
    if strategy == "list" and (cut.default or set(divided(cut.bound.upper().strip("()"))) <= {"DEFAULT", "MAXVALUE"}):
        return Partition(name, strategy, default=True, bound="DEFAULT")
    if strategy == "list":
        values = tuple(None if item.upper() == "NULL" else item for item in divided(cut.bound))
        return Partition(name, strategy, values=values, bound=f"VALUES IN ({cut.bound})")
    return Partition(name, strategy, bound="")


def _key(text: str) -> str:
    """A key column's name; an expression stays as it is."""
    found = _NAME.fullmatch(text)
    return found[1].replace("``", "`") if found else text
