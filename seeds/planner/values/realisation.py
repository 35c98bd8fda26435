"""From what a column may hold to the generator that makes it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import lru_cache
from itertools import combinations

from generators.spec import GeneratorSpec

from ...catalog import Column, Kind
from ..checks.model import Computed, Domain, Nullity, Relation, Sum
from .arrays import array, composite
from .computed import followed
from .documents import document
from .errors import Unrealisable
from .lines import line_of
from .listed import listed
from .model import Made, Realised, Task, Uniqueness, made
from .ordered import ordered
from .related import copied, without_clashes
from .rendered import rendered
from .sampling import columns_read
from .spans import span
from .texts import textual
from .types import engine_type


def realise(
    column: Column,
    domain: Domain,
    *,
    meaning: GeneratorSpec | None,
    unique: Uniqueness | None = None,
    relations: tuple[Relation, ...] = (),
    sums: tuple[Sum, ...] = (),
    as_of: date,
    null_share: float = 0.0,
    computed: Computed | None = None,
) -> Realised:
    """Choose a generator whose every value lies in the domain and keeps the relations to columns made before.

    Args:
        column: with its resolved type.
        domain: what constraints leave of it, in one world.
        meaning: what its name says it holds; kept where the domain admits it.
        unique: every value must differ from the others, and from those that exist.
        relations: those whose other column is made before this one.
        sums: equations that this column closes.
        as_of: the reference instant; dates lie before it where nothing else is said.
        null_share: the share of rows without a value; nobody needs a generator where that is all of them.
        computed: the formula that the column is made by, all columns that it reads being made before.

    Raises:
        Unrealisable: if nothing that can be made satisfies the domain.
    """
    kind = engine_type(column.type)
    if domain.null is Nullity.ALWAYS or null_share >= 1:
        return Realised(GeneratorSpec("constant", {"value": None}), kind, None, "always null")
    task = Task(column, domain, meaning, unique, relations, sums, as_of, computed)
    if unique is not None and unique.existing:
        return _realised(task)  # many values, which hardly two tables share
    return _kept(_Same(column, _text(task), task))


@dataclass(frozen=True, slots=True)
class _Same:
    """A task as a cache can hold it: schemas repeat columns, and equal tasks come to the same."""

    column: Column
    text: str
    task: Task = field(compare=False)


def _text(task: Task) -> str:
    """All that a task says beside its column, written out, so that 1, 1.0 and true are told apart."""
    return repr([getattr(task, name) for name in _BESIDE])


_BESIDE = tuple(item.name for item in fields(Task) if item.name != "column")


@lru_cache(maxsize=8192)
def _kept(same: _Same) -> Realised:
    return _realised(same.task)


def _realised(task: Task) -> Realised:
    column, domain, kind = task.column, task.domain, engine_type(task.data_type)
    try:
        found = _made(task)
    except Unrealisable:
        if not _optional(column, domain):
            raise
        return Realised(None, kind, None, f"left to the database: nothing of the type {column.type.name} can be made")
    if found.generator is None:
        return Realised(None, kind, found.capacity, found.reason)
    reads = tuple(name for name in columns_read(found.generator) if name != column.name)
    return Realised(found.generator, kind, found.capacity, found.reason, reads)


def _optional(column: Column, domain: Domain) -> bool:
    """Whether a column of a type that nobody knows may be left out."""
    unknown = column.type.kind is Kind.OTHER and domain.null is not Nullity.NEVER
    return unknown and (column.nullable or bool(column.default)) and not column.type.not_null


def _made(task: Task) -> Made:
    data_type = task.data_type
    if task.computed is not None:
        return followed(task, task.computed)
    if data_type.dimensions:
        return copied(task, text=True) or without_clashes(task, array(task, _made))
    line = line_of(data_type)
    if line is not None:
        return ordered(task, line)
    if data_type.kind in (Kind.TEXT, Kind.CHAR):
        # MariaDB and SQLite keep documents in columns of text, and check that they read as such.
        return without_clashes(task, document(task)) if _is_json(task.domain) else textual(task)
    copy = copied(task, text=False)
    if copy is not None:
        return copy
    return without_clashes(task, _typed(task))


def _is_json(domain: Domain) -> bool:
    return "json" in domain.forms or bool(domain.json_kind) or bool(domain.json_keys)


def _typed(task: Task) -> Made:
    """A generator for a type that is neither ordered nor plain text."""
    match task.data_type.kind:
        case Kind.BOOLEAN:
            return _boolean(task)
        case Kind.ENUM:
            return listed(task, _labels(task), f"the labels of {task.data_type.name}")
        case Kind.SET:
            return listed(task, _sets(task.data_type.labels), f"sets of {task.data_type.name}")
        case Kind.JSON:
            return document(task)
        case Kind.COMPOSITE:
            return composite(task, _made)
        case Kind.RANGE | Kind.MULTIRANGE:
            return span(task)
        case _:
            return rendered(task)


def _boolean(task: Task) -> Made:
    plain = task.domain.values is None and not task.domain.excluded and task.unique is None
    if plain and task.meaning is not None and task.meaning.name == "boolean":
        return Made(task.meaning, "its meaning")
    if plain:
        return made("boolean", "its type", probability=0.5)
    admitted = [True, False] if task.domain.values is None else [_truth(value) for value in task.domain.values]
    return listed(_boolean_task(task), admitted, "true and false")


def _boolean_task(task: Task) -> Task:
    """The task with its constants as truth values: databases without a type for them write 0 and 1."""
    values = task.domain.values
    domain = replace(
        task.domain,
        values=None if values is None else tuple(_truth(value) for value in values),
        excluded=tuple(_truth(value) for value in task.domain.excluded),
    )
    return replace(task, domain=domain)


def _truth(value: object) -> bool:
    return value if isinstance(value, bool) else str(value).lower() in ("1", "t", "true", "y", "yes", "on")


def _labels(task: Task) -> tuple[object, ...]:
    """The type's labels; values in another case count where the database ignores it."""
    labels = task.data_type.labels
    values = task.domain.values
    return tuple(labels) if values is None else tuple(item for item in labels if item in values)


def _sets(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Single members and pairs, as MariaDB writes sets."""
    pairs = [",".join(pair) for pair in combinations(labels[:8], 2)]
    return (*labels, *pairs)
