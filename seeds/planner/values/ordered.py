"""Numbers, dates and moments: within their bounds, beside the columns that they are compared with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ...catalog import Kind
from .distinct import distinct_on_line
from .errors import Unrealisable
from .keeping import kept_on_line, meant_interval
from .lines import DAY, Line
from .listed import SHOWN, listed, multiples, period_starts
from .model import Interval, Made, Task, made
from .related import Ends, ends_of, without_clashes
from .sums import closing_sum

_YEARS = timedelta(days=5 * 365 + 1)
_PLAIN = 1000
_FEW = 50
_SINGLE = ("float4", "real", "float")
_PRECISION = 10**6
_PENCE, _WIDE = 2, 100
_SPANNED_YEARS = 20
_FAR = 10**9
"""A bound beyond this is so far away that no value comes near, and drawing up to it would look like noise."""

_SHORT = 2000
"""A type whose largest value is below this is told so wherever a value depends on another column."""


def ordered(task: Task, line: Line) -> Made:
    """A generator of ordered values.

    Raises:
        Unrealisable: if the domain holds no value of the type.
    """
    allowed = allowed_on(task, line)
    closing = closing_sum(task)
    if closing is not None:
        return closing
    ends = ends_of(task, line)
    if ends.equal:
        return made("copy", f"equals {ends.equal}", column=ends.equal)
    if task.domain.values is not None:
        return without_clashes(task, listed(task, task.domain.values, "the values that a constraint lists"))
    if task.unique is not None:
        return distinct_on_line(task, line, allowed, plausible(task, line, allowed))
    if (ends.lows or ends.highs) and not task.domain.truncated and step_of(task, line) == 1:
        return without_clashes(task, _dependent(task, line, ends, allowed))
    return without_clashes(task, _alone(task, line, allowed))


def allowed_on(task: Task, line: Line) -> Interval:
    """What type and bounds hold together.

    Raises:
        Unrealisable: if that is nothing, or a bound is no value of the type.
    """
    try:
        allowed = line.interval(task.domain).within(line.whole)
    except (ValueError, OverflowError) as error:
        raise Unrealisable(task.name, f"a bound cannot be read: {error}") from None
    if task.data_type.base in _SINGLE:
        allowed = _rounded_inside(allowed, line)
    if allowed.empty:
        raise Unrealisable(task.name, "its bounds leave no value")
    return allowed


def _rounded_inside(allowed: Interval, line: Line) -> Interval:
    """Away from ends that single precision cannot hold, since it may round beyond them."""
    low, high = allowed.low or 0, allowed.high or 0
    inner = Interval(
        low + (abs(low) // _PRECISION + 1 if low % line.unit else 0),
        high - (abs(high) // _PRECISION + 1 if high % line.unit else 0),
    )
    return allowed if inner.empty else inner


def _alone(task: Task, line: Line, allowed: Interval) -> Made:
    inside = plausible(task, line, allowed)
    step = step_of(task, line)
    if task.domain.truncated:
        return listed(
            task, period_starts(line, inside, task.domain.truncated, SHOWN), f"starts of a {task.domain.truncated}"
        )
    if step > 1:
        wide = Interval(inside.low, min(allowed.high or 0, (inside.low or 0) + SHOWN * step))
        return listed(task, multiples(line, wide, step), f"multiples of {line.constant(step)}")
    if kept_on_line(task, line, allowed):
        assert task.meaning is not None
        return Made(task.meaning, "its meaning")
    low, high = inside.low or 0, inside.high or 0
    if task.domain.excluded and high - low < SHOWN:
        return listed(task, [line.constant(step) for step in range(low, high + 1)], "its bounds")
    return _drawn(line, low, high, "its bounds" if task.domain.low or task.domain.high else "its type")


def step_of(task: Task, line: Line) -> int:
    """Steps between values that a divisor, or a scale before the point, leaves."""
    step = task.domain.divisor * line.unit or 1
    scale = task.data_type.scale or 0
    return max(step, 10**-scale) if scale < 0 and line.name == "numeric" else step


def _drawn(line: Line, low: int, high: int, reason: str) -> Made:
    """Any value between two steps; moments fall on whole seconds of working hours where there is a day's room."""
    first, last = -(-low // DAY), (high + 1) // DAY - 1
    if line.name.startswith("timestamp") and first < last:
        day = Line("date", 0, Interval()).literal(first)
        return made("timestamp_on", reason, date=f"add_days(date('{day}'), randint(0, {last - first}, 'day'))")
    if line.name in ("smallint", "integer", "bigint"):
        return made("integer", reason, min_value=low, max_value=high)
    if line.scale > _PENCE and (high - low) // line.unit >= _WIDE and not (low % line.unit or high % line.unit):
        ends = {"min_value": low // line.unit, "max_value": high // line.unit}
        return made("number", reason, decimals=_PENCE, **ends)
    return made("between", reason, lows=[{"value": line.literal(low)}], highs=[{"value": line.literal(high)}])


def plausible(task: Task, line: Line, allowed: Interval) -> Interval:
    """A range inside the allowed one that looks like data: the meaning's own, else the usual one of the type."""
    meant = meant_interval(task, line)
    if meant is not None and not (narrowed := meant.within(allowed)).empty:
        return narrowed
    usual = _usual(task, line)
    width = (usual.high or 0) - (usual.low or 0)
    both = usual.within(allowed)
    low, high = allowed.low or 0, allowed.high or 0
    if not both.empty:
        thin = (both.high or 0) - (both.low or 0) < width // _FEW
        if not thin or both.low != low:
            return both
    # The allowed range begins where the usual one ends, or beyond: values start at the end that is nearer to it.
    return Interval(low, min(high, low + width)) if low >= (usual.low or 0) else Interval(max(low, high - width), high)


def _usual(task: Task, line: Line) -> Interval:
    if task.data_type.kind is Kind.YEAR:
        return Interval(task.as_of.year - _SPANNED_YEARS, task.as_of.year)
    if not line.temporal:
        return Interval(0, _PLAIN * line.unit)
    dates = replace(line, name="date")
    last = dates.steps(task.as_of, up=False) - 1
    first = dates.steps(task.as_of - _YEARS, up=True)
    return Interval(first, last) if line.name == "date" else Interval(first * DAY, (last + 1) * DAY - 1)


def _dependent(task: Task, line: Line, ends: Ends, allowed: Interval) -> Made:
    """A value between other columns, the domain's own bounds among the ends."""
    lows, highs = [*ends.lows], [*ends.highs]
    explicit = line.interval(task.domain)
    low, high = allowed.low or 0, allowed.high or 0
    if explicit.low is not None or low > -_SHORT * line.unit:
        lows.append({"value": line.literal(low)})
    if high < _SHORT * line.unit or (explicit.high is not None and (line.temporal or high < _FAR * line.unit)):
        highs.append({"value": line.literal(high)})
    inside = plausible(task, line, allowed)
    names = ", ".join(ends.names)
    return made("between", f"compared with {names}", lows=lows, highs=highs, start=line.literal(inside.low or 0))
