"""Distinct values of ordered types: in sequence, scrambled inside an interval, or what a short list has left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from generators.spec import GeneratorSpec

from .errors import Unrealisable
from .fitness import all_fit
from .lines import DAY, Line
from .listed import LONGEST, listed, period_starts
from .model import Interval, Made, Task, Uniqueness, made
from .sampling import capacity_of, sample, suits
from .types import engine_type

_CENTURY = 36_525
_BILLION = 10**9
_THOUSANDTH, _EXACT = 1000, 8000


def distinct_on_line(task: Task, line: Line, allowed: Interval, plausible: Interval) -> Made:
    """Values that differ from one another and from those that exist.

    Raises:
        Unrealisable: if all values are taken.
    """
    unique = task.unique
    assert unique is not None
    kept = kept_distinct(task, unique)
    if kept is not None:
        return kept
    if task.domain.truncated:
        return _distinct_starts(task, line, allowed, plausible)
    taken = _taken(task, line, unique)
    if line.name == "double":
        return _fractions(line, allowed, taken, unique) or _counted(task, line, allowed, taken)
    if _counts(line) or task.domain.divisor:
        return _counted(task, line, allowed, taken)
    for inside in (plausible, _widened(line, allowed, plausible), allowed):
        gap = _widest(inside, taken)
        if gap is not None and _size(gap, line) >= unique.rows:
            return _scrambled(line, gap)
    return _leftover(task, line, allowed, taken)


def kept_distinct(task: Task, unique: Uniqueness) -> Made | None:
    """The meaning itself, where it makes no value twice, none that exists and only admitted ones."""
    spec, kind = task.meaning, engine_type(task.data_type)
    if spec is None or not suits(spec, kind):
        return None
    capacity = capacity_of(spec)
    if capacity is None or capacity < unique.rows or _clashes(spec, unique):
        return None
    seen = sample(spec, kind, as_of=task.as_of, rows=min(64, capacity))
    if not all_fit(seen or (), task.data_type, task.domain):
        return None
    return Made(spec, "its meaning, distinct by construction", None if capacity >= 2**40 else capacity)


def _clashes(spec: GeneratorSpec, unique: Uniqueness) -> bool:
    """Whether a generator that counts rows, or chooses from a list, would repeat a value that exists."""
    if not unique.existing:
        return False
    return spec.name in ("sequence", "key", "numbered", "unique_choice", "unique_between", "unique_integer")


def _taken(task: Task, line: Line, unique: Uniqueness) -> list[int]:
    """Steps that no value may take, in order."""
    steps = set()
    for value in (*unique.existing, *task.domain.excluded):
        try:
            steps.add(line.steps(value, up=False))
        except (ValueError, OverflowError):
            continue
    return sorted(steps)


def _counts(line: Line) -> bool:
    return line.scale == 0 and not line.temporal


def _counted(task: Task, line: Line, allowed: Interval, taken: Sequence[int]) -> Made:
    """Whole numbers in sequence above all that exist; where there is no room, in what is left below."""
    unique, unit = task.unique, line.unit
    assert unique is not None
    step = max(task.domain.divisor, 10 ** -min(task.data_type.scale or 0, 0), 1)
    low, high = -(-(allowed.low or 0) // unit), (allowed.high or 0) // unit
    above = max([unique.largest or 0, *(value // unit for value in taken[-1:])])
    start = -(-max(low, 1, above + 1) // step) * step
    room = (high - start) // step + 1
    if room >= unique.rows or (room > 0 and not taken and low >= 1):
        return _sequence(line, start, step, room)
    gap = _widest(Interval(max(low, 1) * unit, high * unit), taken)
    if gap is None or (gap.high or 0) - (gap.low or 0) < unique.rows * unit:
        gap = _widest(Interval(low * unit, high * unit), taken)
    if gap is None:
        raise Unrealisable(task.name, "every value inside its bounds is taken already")
    if (high - low) // step < LONGEST:
        return _leftover(task, line, Interval(low * unit, high * unit), taken)
    first = -(-(gap.low or 0) // unit)
    start = -(-first // step) * step
    return _sequence(line, start, step, ((gap.high or 0) // unit - start) // step + 1)


def _fractions(line: Line, allowed: Interval, taken: Sequence[int], unique: Uniqueness) -> Made | None:
    """Thousandths, where floating point has too few whole numbers: single precision still tells them apart."""
    low, high = -(-(allowed.low or 0) // line.unit), (allowed.high or 0) // line.unit
    gap = _widest(allowed, taken)
    if gap is None or high - max(low, 1) >= unique.rows or max(abs(low), abs(high)) > _EXACT:
        return None
    ends = -(-(gap.low or 0) // _THOUSANDTH), (gap.high or 0) // _THOUSANDTH
    if ends[1] - ends[0] < 1:
        return None
    first, last = (f"{Decimal(end).scaleb(-3):f}" for end in ends)
    return made("unique_between", "distinct thousandths", ends[1] - ends[0] + 1, low=first, high=last)


def _sequence(line: Line, start: int, step: int, room: int) -> Made:
    if line.name == "double":
        # Whole numbers, because binary fractions of single precision would fall together.
        return made("unique_between", "distinct whole numbers", room, low=start, high=start + min(room, _BILLION) - 1)
    return made("sequence", "numbered in sequence", room, start=start, step=step)


def _widened(line: Line, allowed: Interval, plausible: Interval) -> Interval:
    """A wider range than the plausible one, still of values that people have seen."""
    width = _CENTURY * (1 if line.name == "date" else DAY) if line.temporal else _BILLION * line.unit
    if line.temporal:
        return Interval((plausible.high or 0) - width, plausible.high).within(allowed)
    return Interval(plausible.low, (plausible.low or 0) + width).within(allowed)


def _widest(inside: Interval, taken: Sequence[int]) -> Interval | None:
    """The longest run of steps that nobody has; the last of equals."""
    gaps = [gap for gap in _gaps(inside, taken) if not gap.empty]
    return max(gaps, key=lambda gap: ((gap.high or 0) - (gap.low or 0), gap.low or 0), default=None)


def _gaps(inside: Interval, taken: Sequence[int]) -> Iterator[Interval]:
    low = inside.low or 0
    for step in taken:
        if inside.holds(step):
            yield Interval(low, step - 1)
            low = step + 1
    yield Interval(low, inside.high)


def _size(gap: Interval, line: Line) -> int:
    return ((gap.high or 0) - (gap.low or 0)) // line.least + 1


def _scrambled(line: Line, gap: Interval) -> Made:
    low, high = line.literal(gap.low or 0), line.literal(gap.high or 0)
    return made("unique_between", "distinct values inside its bounds", _size(gap, line), low=low, high=high)


def _leftover(task: Task, line: Line, allowed: Interval, taken: Sequence[int]) -> Made:
    """What a short interval has left, listed; of a long one the longest run."""
    low, high, step = allowed.low or 0, allowed.high or 0, max(task.domain.divisor * line.unit, line.least)
    if (high - low) // step < LONGEST:
        steps = range(-(-low // step) * step, high + 1, step)
        return listed(task, [line.constant(place) for place in steps], "what is left of its bounds")
    gap = _widest(allowed, taken)
    if gap is None:
        raise Unrealisable(task.name, "every value inside its bounds is taken already")
    return _scrambled(line, gap)


def _distinct_starts(task: Task, line: Line, allowed: Interval, plausible: Interval) -> Made:
    unit = task.domain.truncated
    for inside in (plausible, _widened(line, allowed, plausible)):
        found = listed(task, period_starts(line, inside, unit, LONGEST), f"starts of a {unit}")
        if found.capacity is None or task.unique is None or found.capacity >= task.unique.rows:
            return found
    return found
