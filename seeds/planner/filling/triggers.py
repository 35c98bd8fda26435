"""Tables that triggers of others write, and which of the two goes first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ...catalog import Table
from .draft import Draft
from .order import Edge

_NAME = r'(?:"[^"]+"|`[^`]+`|\[[^\]]+\]|\w+)'
_INSERTED = re.compile(
    r"\b(?:INSERT|REPLACE)\s+(?:(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE|OR\s+\w+)\s+)*INTO\s+"
    rf"(?P<table>{_NAME}(?:\.{_NAME})?)\s*(?:\((?P<columns>[^()]*)\))?",
    re.IGNORECASE,
)


def written_by_triggers(draft: Draft, drafts: Mapping[str, Draft]) -> Iterator[Edge]:
    """The order between a table and those its triggers write.

    A trigger that leaves the keys to a sequence takes those after ours, so our rows go first. One that gives the keys
    itself, such as the row's own, must come first, or it would find its place taken.
    """
    if not draft.table.triggers:
        return
    keys = {name.lower(): name for name in drafts}
    for trigger in draft.table.triggers:
        for match in _INSERTED.finditer(trigger.body):
            name = keys.get(_bare(match["table"]).lower().removeprefix("public."))
            if name is None or name == draft.key:
                continue
            given = {_bare(column).lower() for column in (match["columns"] or "").split(",")}
            first, second = (draft.key, name) if _gives_keys(drafts[name].table, given) else (name, draft.key)
            yield Edge(second, first, (), soft=True)


def is_copied(table: Table, tables: Iterable[Table]) -> bool:
    """Whether a trigger of another table puts rows here under keys of its own choice, such as those of its rows."""
    return any(
        _bare(match["table"]).lower().removeprefix("public.") == table.name.key.lower()
        and _gives_keys(table, {_bare(column).lower() for column in (match["columns"] or "").split(",")})
        for other in tables
        if other.name != table.name
        for trigger in other.triggers
        for match in _INSERTED.finditer(trigger.body)
    )


def _gives_keys(table: Table, given: set[str]) -> bool:
    primary = table.primary_key
    if primary is None:
        return False
    if given == {""}:
        return True
    return any(column.lower() in given for column in primary.columns)


def _bare(name: str) -> str:
    return ".".join(part.strip().strip('"`[]') for part in name.split("."))
