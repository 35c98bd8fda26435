"""What a column's meaning is worth under a domain: kept as it is, narrowed to the domain, or set aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generators.spec import GeneratorSpec

from .fitness import all_fit
from .lines import Line
from .model import Interval, Task
from .sampling import sample, suits
from .types import engine_type

_MARGIN = 4
"""Beyond what a sample shows, a generator may reach by this part of the sample's width."""


def kept_on_line(task: Task, line: Line, allowed: Interval) -> bool:
    """Whether the meaning's values can be used as they are in a column of ordered values."""
    seen = _seen(task)
    if not all_fit(seen, task.data_type, task.domain):
        return False
    declared = declared_interval(task.meaning, line)
    reach = declared or _observed(seen, line)
    if reach is None:
        return False
    width = 0 if declared else ((reach.high or 0) - (reach.low or 0)) // _MARGIN
    return allowed.holds((reach.low or 0) - width) and allowed.holds((reach.high or 0) + width)


def meant_interval(task: Task, line: Line) -> Interval | None:
    """The range that the meaning declares, or shows in a sample; None where it has none."""
    if task.meaning is None:
        return None
    declared = declared_interval(task.meaning, line)
    return declared or _observed(_seen(task), line)


def _seen(task: Task) -> tuple[object, ...]:
    kind = engine_type(task.data_type)
    if task.meaning is None or not suits(task.meaning, kind):
        return ()
    values = sample(task.meaning, kind, as_of=task.as_of) or ()
    return () if None in values else values


def _observed(values: Sequence[object], line: Line) -> Interval | None:
    try:
        steps = [line.steps(value, up=True) for value in values]
    except ValueError:
        return None
    return Interval(min(steps), max(steps)) if steps else None


def declared_interval(spec: GeneratorSpec | None, line: Line) -> Interval | None:
    """The ends that a generator's parameters state, for those that state constants."""
    if spec is None:
        return None
    try:
        ends = _ends(spec)
        if ends is None:
            return None
        found = Interval(line.steps(ends[0], up=True), line.steps(ends[1], up=False))
    except ValueError:
        return None
    return None if found.empty else found


def _ends(spec: GeneratorSpec) -> tuple[object, object] | None:
    given = spec.parameters
    match spec.name:
        case "integer" | "number" | "unique_integer":
            return given.get("min_value", 0), given.get("max_value", 0)
        case "unique_between":
            return given.get("low"), given.get("high")
        case "between":
            return _between_ends(given)
        case "choice" | "unique_choice" | "cycle":
            values = given.get("values")
            if not isinstance(values, list | tuple | Mapping) or not all(
                isinstance(value, int | float) for value in values
            ):
                return None
            return (min(values), max(values)) if values else None
        case _:
            return None


def _between_ends(given: Mapping[str, object]) -> tuple[object, object] | None:
    lows, highs = given.get("lows", ()), given.get("highs", ())
    if not isinstance(lows, list | tuple) or not isinstance(highs, list | tuple):
        return None
    ends = [*lows, *highs]
    if len(lows) != 1 or len(highs) != 1 or any(set(end) != {"value"} for end in ends):
        return None
    return lows[0]["value"], highs[0]["value"]
