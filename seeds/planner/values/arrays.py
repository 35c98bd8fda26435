"""PostgreSQL's composed types as the text it reads: arrays of any element, and rows of composite types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from generators.spec import GeneratorSpec

from ...catalog import Column, DataType, Kind
from ..checks.model import Domain, Nullity
from .errors import Unrealisable
from .listed import listed
from .model import Made, Task, Uniqueness, made, written
from .sampling import sample
from .types import TEXT, engine_type

_ANY = Domain()
Realiser = Callable[[Task], Made]
_USUAL = 3
_MOST = 256
_SHORT = 20


def array(task: Task, realiser: Realiser) -> Made:
    """A generator of array literals whose elements are made as a column of their type would be.

    Raises:
        Unrealisable: if no element can be made and none may be missing, or too many are asked for.
    """
    domain = task.domain
    if domain.values is not None:
        return listed(task, domain.values, "the values that a constraint lists")
    if (
        task.meaning is not None
        and task.meaning.name == "array_literal"
        and task.unique is None
        and replace(domain, null=_ANY.null) == _ANY
    ):
        return Made(task.meaning, "its meaning")
    least = max(domain.min_size, 1 if "{}" in domain.excluded else 0)
    most = max(least, _USUAL) if domain.max_size is None else min(domain.max_size, max(least, _USUAL))
    if least > min(most, _MOST):
        raise Unrealisable(task.name, f"no array has at least {least} and at most {domain.max_size} elements")
    kind = _element(task)
    if domain.element_required:
        return _with_required(task, most)
    unique = task.unique
    if unique is not None:
        # One distinct element makes an array distinct.
        least = most = max(1, least)
    inner = _element_domain(domain)
    try:
        element = realiser(_inside(task, kind, inner, None if unique is None else Uniqueness(rows=unique.rows)))
    except Unrealisable:
        if least:
            raise
        return made("constant", "an array without elements", value="{}")
    if element.generator is None:
        return made("constant", "an array without elements", value="{}")
    while most > least and _too_long(task, element, kind, most):
        most -= 1
    return made(
        "array_literal", f"an array: {element.reason}", element.capacity if unique else None,
        of=written(element.generator), type=str(engine_type(kind)), min_size=least, max_size=most,
        dimensions=min(task.data_type.dimensions, 6),
    )  # fmt: skip


def _element_domain(domain: Domain) -> Domain:
    """What each element has to satisfy, from all that is said of elements."""
    own = domain.element or Domain()
    values = own.values if domain.element_values is None else domain.element_values
    if domain.element_values is not None and own.values is not None:
        values = tuple(value for value in own.values if value in domain.element_values)
    return replace(own, null=Nullity.MAYBE, values=values, excluded=(*own.excluded, *domain.element_excluded))


def _too_long(task: Task, element: Made, kind: DataType, most: int) -> bool:
    """Whether the longest of many arrays of so many elements is longer than the text of one may be."""
    limit = task.domain.max_text
    if limit is None or element.generator is None:
        return False
    spec = GeneratorSpec(
        "array_literal",
        {"of": written(element.generator), "type": str(engine_type(kind)), "min_size": most, "max_size": most},
    )
    seen = sample(spec, TEXT, as_of=task.as_of) or ()
    longest = max((len(str(text)) for text in seen), default=0)
    return longest * 5 // 4 > limit


def _with_required(task: Task, most: int) -> Made:
    """Arrays that hold what they must, alone and with one more of the values that they may hold."""
    domain = task.domain
    required = [str(value) for value in domain.element_required]
    others = [str(value) for value in domain.element_values or () if value not in domain.element_required]
    longer = [[*required, other] for other in others if len(required) < most or domain.max_size is None]
    texts = ["{" + ",".join(map(_quoted, elements)) + "}" for elements in (required, *longer)]
    return listed(task, texts, "arrays of what they must hold")


def _quoted(element: str) -> str:
    escaped = element.replace("\\", "\\\\").replace('"', '\\"')
    return element if element.isalnum() and element.lower() != "null" else f'"{escaped}"'


def _element(task: Task) -> DataType:
    """The type of one element; texts of any length are short ones in arrays."""
    kind = replace(task.data_type, dimensions=0, not_null=False)
    short = task.meaning is None and kind.kind is Kind.TEXT
    return replace(kind, size=min(kind.size or _SHORT, _SHORT)) if short else kind


def composite(task: Task, realiser: Realiser) -> Made:
    """A generator of rows of a composite type, each field made as a column of its type would be."""
    if task.domain.values is not None:
        return listed(task, task.domain.values, "the values that a constraint lists")
    fields, types = [], []
    capacity = None
    for place, (_, kind) in enumerate(task.data_type.fields):
        first = task.unique is not None and place == 0
        found = realiser(_inside(task, kind, Domain(), task.unique if first else None))
        capacity = found.capacity if first else capacity
        fields.append({"constant": {"value": None}} if found.generator is None else written(found.generator))
        types.append(str(engine_type(kind)))
    return made("composite_text", "its fields, each by its type", capacity, fields=fields, types=types)


def _inside(task: Task, kind: DataType, domain: Domain, unique: Uniqueness | None) -> Task:
    """An element or field, to be made as if it were a column."""
    column = Column(task.name, kind, nullable=True)
    bare = None if unique is None else Uniqueness(rows=unique.rows)
    return Task(column, domain, task.meaning if task.data_type.dimensions else None, bare, (), (), task.as_of)
