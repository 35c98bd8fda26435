"""Triggers that fire for rows being inserted, and the functions that checks call."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from ....catalog import Trigger
from .relations import Relations
from .source import USER_SCHEMA, Source

# tgtype's bits are fixed in the server's catalog/pg_trigger.h: 1 row, 2 before, 4 insert, 64 instead. A trigger that
# is enabled for replicas only ('R') fires as little as a disabled one. A function in C has no text to show.
_TRIGGERS = f"""
SELECT t.tgrelid::bigint, t.tgname,
  CASE WHEN t.tgtype & 64 <> 0 THEN 'instead' WHEN t.tgtype & 2 <> 0 THEN 'before' ELSE 'after' END,
  t.tgtype & 1 <> 0,
  CASE WHEN p.pronamespace IN ('pg_catalog'::regnamespace, n.oid) OR f.nspname = 'public' THEN p.proname::text
    ELSE f.nspname || '.' || p.proname END,
  CASE WHEN l.lanname IN ('c', 'internal') THEN pg_catalog.pg_get_triggerdef(t.oid) ELSE p.prosrc END,
  t.tgconstraint <> 0
FROM pg_catalog.pg_trigger AS t
JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
JOIN pg_catalog.pg_namespace AS f ON f.oid = p.pronamespace
JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgtype & 4 <> 0 AND t.tgenabled IN ('O', 'A') AND {USER_SCHEMA}
ORDER BY t.tgrelid, t.tgname
"""

_FUNCTIONS = """
SELECT n.nspname, p.proname,
  coalesce(nullif(p.prosrc, ''), {body}, ''),
  EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_constraint'::regclass
      AND d.refclassid = 'pg_catalog.pg_proc'::regclass AND d.refobjid = p.oid)
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
WHERE p.prokind = 'f' AND l.lanname NOT IN ('c', 'internal') AND {users}
  AND p.prorettype <> 'pg_catalog.trigger'::regtype
ORDER BY n.nspname = 'public', n.nspname DESC, p.oid
"""

_WORD = re.compile(r"\w+")


class _Trigger(NamedTuple):
    relation: int
    name: str
    timing: str
    row: bool
    function: str
    body: str
    constraint: bool


class _Function(NamedTuple):
    schema: str
    name: str
    body: str
    checked: bool


class Triggers(NamedTuple):
    """Triggers of every relation by its number."""

    by_relation: Mapping[int, tuple[Trigger, ...]]

    def merged(self, relation: int, relations: Relations) -> tuple[Trigger, ...]:
        """The relation's triggers in the order in which they fire, and those that only its partitions have."""
        found = {(item.name, item.function): item for item in self.by_relation.get(relation, ())}
        for leaf in relations.leaves(relation):
            for item in self.by_relation.get(leaf.oid, ()):
                found.setdefault((item.name, item.function), item)
        return tuple(found.values())


def read_triggers(source: Source) -> Triggers:
    """The triggers for inserted rows of all relations."""
    found: defaultdict[int, list[Trigger]] = defaultdict(list)
    for row in source.rows(_Trigger, _TRIGGERS):
        trigger = Trigger(row.name, row.timing, row.row, row.function, row.body, row.constraint)
        found[row.relation].append(trigger)
    return Triggers({relation: tuple(items) for relation, items in found.items()})


def read_functions(source: Source) -> dict[str, str]:
    """Bodies of the functions that checks call, and of those that these call in turn, by either form of their names.

    Where a name has several functions, one that a check calls goes before one that it does not, and the usual schema's
    before others.
    """
    body = "pg_catalog.pg_get_function_sqlbody(p.oid)" if source.version >= 140_000 else "NULL"
    functions = source.rows(_Function, _FUNCTIONS.format(body=body, users=USER_SCHEMA))
    by_name: defaultdict[str, list[_Function]] = defaultdict(list)
    for function in functions:
        by_name[function.name.lower()].append(function)
    reached = _reached(functions, by_name)
    texts: dict[str, str] = {}
    for function in sorted(reached, key=lambda item: item.checked):
        texts[function.name.lower()] = function.body
        texts[f"{function.schema}.{function.name}".lower()] = function.body
    return texts


def _reached(functions: list[_Function], by_name: Mapping[str, list[_Function]]) -> list[_Function]:
    """Those that checks call, directly or through others, in the order given."""
    waiting = [function for function in functions if function.checked]
    seen = set(waiting)
    while waiting:
        words = {word.lower() for word in _WORD.findall(waiting.pop().body)}
        called = [other for word in sorted(words & by_name.keys()) for other in by_name[word] if other not in seen]
        seen.update(called)
        waiting.extend(called)
    return [function for function in functions if function in seen]
