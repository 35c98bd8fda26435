"""Columns that hold one of a few values: lists in constraints, labels of enums, multiples and starts of periods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from ...catalog import Kind
from .errors import Unrealisable
from .fitness import fitting, starts
from .lines import DAY, SECOND, Line, line_of
from .model import Interval, Made, Task, made

LONGEST = 100_000
"""Values that a list may have in a plan."""

SHOWN = 200
"""Values that are enough where any would do."""


def listed(task: Task, values: Iterable[object], reason: str) -> Made:
    """One of the values that the domain admits, with the meaning's own weights where all it makes is among them.

    Raises:
        Unrealisable: if the domain admits none, or all are taken.
    """
    admitted = tuple(fitting((_own(task, value) for value in values), task.data_type, task.domain))
    if not admitted:
        raise Unrealisable(task.name, f"no value of {reason} satisfies the column's other constraints")
    if task.unique is not None:
        return _each_once(task, admitted, reason)
    if _weighted(task, admitted):
        assert task.meaning is not None
        return Made(task.meaning, f"its meaning, inside {reason}")
    if len(admitted) == 1:
        return made("constant", reason, value=admitted[0])
    return made("choice", reason, values=list(admitted))


def _each_once(task: Task, admitted: Sequence[object], reason: str) -> Made:
    assert task.unique is not None
    taken = {folded(task, value) for value in task.unique.existing}
    free = {folded(task, value): value for value in admitted if folded(task, value) not in taken}
    if not free:
        raise Unrealisable(task.name, f"every value of {reason} is taken already")
    return made("unique_choice", f"{reason}, each at most once", len(free), values=list(free.values()))


def folded(task: Task, value: object) -> object:
    """A value as uniqueness compares it."""
    line = line_of(task.data_type)
    if line is not None:
        try:
            return line.steps(value, up=True)
        except ValueError:
            return value
    if isinstance(value, bool):
        return value
    return str(value).casefold() if task.data_type.case_insensitive else str(value)


def _own(task: Task, value: object) -> object:
    """A constant as the column's own type has it."""
    line = line_of(task.data_type)
    if line is None or task.data_type.dimensions:
        return value if task.data_type.kind is Kind.BOOLEAN and not task.data_type.dimensions else _text(value)
    try:
        return line.constant(line.steps(value, up=True))
    except (ValueError, OverflowError):
        return value


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _weighted(task: Task, admitted: Sequence[object]) -> bool:
    """Whether the meaning is a choice among admitted values only."""
    if task.meaning is None or task.meaning.name != "choice":
        return False
    values = task.meaning.parameters.get("values")
    if not isinstance(values, list | tuple | Mapping):
        return False
    return bool(values) and {folded(task, value) for value in values} <= {folded(task, value) for value in admitted}


def multiples(line: Line, inside: Interval, step: int, limit: int = SHOWN) -> list[object]:
    """Up to so many multiples of a step, from the lower end on."""
    low, high = inside.low or 0, inside.high or 0
    first = -(-low // step) * step
    return [line.constant(steps) for steps in islice(range(first, high + 1, step), limit)]


def period_starts(line: Line, inside: Interval, unit: str, limit: int) -> list[object]:
    """Up to so many starts of hours, days, weeks, months or longer, from the upper end backwards."""
    stride = {"second": SECOND, "minute": 60 * SECOND, "hour": 3600 * SECOND}.get(unit, DAY)
    stride = 1 if line.name == "date" else stride
    low, high = inside.low or 0, inside.high or 0
    steps = (step for step in range(high // stride * stride, low - 1, -stride) if starts(line, step, unit))
    return [line.constant(step) for step in islice(steps, limit)]
