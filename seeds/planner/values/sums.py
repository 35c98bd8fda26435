"""Sums over numeric columns: the column that closes an equation, and inequalities shared out among their terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from ..checks.model import Bound, Constant, Domain, Sum
from .errors import Unrealisable
from .model import Made, Task, made

_PLAIN = Decimal(1000)
"""The width that a term is given where nothing limits it, and that it wants where somebody else has to make room."""

_FINEST = Decimal("0.000001")
_DIGITS = 50


def closing_sum(task: Task) -> Made | None:
    """The column's value from an equation's other terms; None where no equation is left to it.

    Raises:
        Unrealisable: if its factor divides the others into endless decimals.
    """
    for equation in task.sums:
        own = sum((factor for factor, name in equation.terms if name == task.name), Decimal(0))
        if equation.operator != "=" or not own:
            continue
        terms = [[_quotient(task, -factor, own), name] for factor, name in equation.terms if name != task.name]
        names = ", ".join(name for _, name in terms)
        constant = _quotient(task, equation.constant, own)
        return made("linear", f"the sum that a constraint asks for, of {names}", terms=terms, constant=constant)
    return None


def _quotient(task: Task, dividend: Decimal, divisor: Decimal) -> str:
    with localcontext() as context:
        context.prec = _DIGITS
        quotient = dividend / divisor
        if quotient * divisor != dividend:
            raise Unrealisable(task.name, f"{dividend} / {divisor} has no end of decimals")
        return f"{quotient.normalize() + 0:f}"


@dataclass(frozen=True, slots=True)
class _Share:
    """One term of an inequality: what it contributes at least and at most, None where nothing says so."""

    factor: Decimal
    name: str
    least: Decimal | None
    most: Decimal | None

    def width(self, start: Decimal) -> Decimal | None:
        return None if self.most is None else max(self.most - start, Decimal(0))


def bounded_terms(sums: Sequence[Sum], domains: Mapping[str, Domain]) -> dict[str, Domain]:
    """Domains narrowed so that every inequality holds whatever is drawn inside them; equations are left alone.

    Each inequality's room is shared out: terms keep their smallest contribution, and what is left goes to all alike,
    none getting more than it can use.

    Raises:
        Unrealisable: if the smallest contributions are too much already.
    """
    narrowed = dict(domains)
    for inequality in sums:
        for item in at_most(inequality):
            narrowed = _narrowed(item, narrowed)
    for name, domain in narrowed.items():
        if domain != domains[name] and _empty(domain):
            raise Unrealisable(name, "the sums that constraints limit leave it no value")
    return narrowed


def _empty(domain: Domain) -> bool:
    if domain.low is None or domain.high is None:
        return domain.values == ()
    low, high = decimal_of(domain.low.value), decimal_of(domain.high.value)
    if low is None or high is None:
        return False
    return low > high or (low == high and (domain.low.open or domain.high.open))


def at_most(inequality: Sum) -> list[Sum]:
    """An inequality as a sum that is at most, or less than, a constant; nothing comes of an equation."""
    if inequality.operator in ("<", "<="):
        return [inequality]
    if inequality.operator in (">", ">="):
        turned = tuple((-factor, name) for factor, name in inequality.terms)
        return [Sum(turned, inequality.operator.replace(">", "<"), -inequality.constant)]
    return []


def _narrowed(item: Sum, domains: dict[str, Domain]) -> dict[str, Domain]:
    shares = [
        _Share(factor, name, _contribution(factor, domains[name], least=True), _contribution(factor, domains[name]))
        for factor, name in item.terms
        if factor and name in domains
    ]
    if not shares or _holds_anyway(item, shares):
        return domains
    starts = _starts(item, shares)
    room = item.constant - sum(starts.values(), Decimal(0))
    if room < 0 or (room == 0 and item.operator == "<"):
        raise Unrealisable(shares[0].name, "a sum that a constraint limits exceeds it at its smallest")
    parts = _parts({share.name: share.width(starts[share.name]) for share in shares}, room)
    found = dict(domains)
    for place, share in enumerate(shares):
        limit = Bound((starts[share.name] + parts[share.name]) / share.factor, item.operator == "<" and place == 0)
        found[share.name] = with_bound(found[share.name], limit, upper=share.factor > 0)
    return found


def _holds_anyway(item: Sum, shares: Sequence[_Share]) -> bool:
    known = [share.most for share in shares if share.most is not None]
    total = sum(known, Decimal(0))
    return len(known) == len(shares) and (total < item.constant or (total == item.constant and item.operator == "<="))


def _starts(item: Sum, shares: Sequence[_Share]) -> dict[str, Decimal]:
    """Each term's smallest contribution.

    One without a limit starts at nought, or as far below as the others need: a subtracted column grows to make room.
    """
    starts = {
        share.name: share.least if share.least is not None else min(Decimal(0), _or_none(share.most))
        for share in shares
    }
    free = [share for share in shares if share.least is None]
    room = item.constant - sum(starts.values(), Decimal(0))
    giving = [share for share in free if share.factor < 0] or (free if room < 0 else [])
    wanted = sum((_wish(share, starts) for share in shares if share not in giving), Decimal(0))
    for share in giving if wanted > room else ():
        starts[share.name] -= ((wanted - room) / len(giving)).to_integral_value(rounding="ROUND_CEILING")
    return starts


def _or_none(most: Decimal | None) -> Decimal:
    return Decimal(0) if most is None else most


def _wish(share: _Share, starts: Mapping[str, Decimal]) -> Decimal:
    width = share.width(starts[share.name])
    return _PLAIN * abs(share.factor) if width is None else min(width, _PLAIN * abs(share.factor))


def _parts(widths: Mapping[str, Decimal | None], room: Decimal) -> dict[str, Decimal]:
    """The room shared out, the narrowest served first; a share is whole where there is that much."""
    parts: dict[str, Decimal] = {}
    order = sorted(widths, key=lambda name: (widths[name] is None, widths[name] or Decimal(0)))
    for place, name in enumerate(order):
        fair = room / (len(order) - place)
        fair = Decimal(int(fair)) if fair >= 1 else (fair // _FINEST) * _FINEST
        width = widths[name]
        parts[name] = fair if width is None else min(width, fair)
        room -= parts[name]
    return parts


def _contribution(factor: Decimal, domain: Domain, *, least: bool = False) -> Decimal | None:
    if domain.values is not None:
        known = [factor * number for value in domain.values if (number := decimal_of(value)) is not None]
        return (min(known) if least else max(known)) if known else None
    bound = domain.low if (factor > 0) == least else domain.high
    edge = None if bound is None else decimal_of(bound.value)
    return None if edge is None else factor * edge


def decimal_of(value: Constant) -> Decimal | None:
    """A constant as an exact number, if it is one."""
    return Decimal(str(value)) if isinstance(value, int | float | Decimal) else None


def with_bound(domain: Domain, bound: Bound, *, upper: bool) -> Domain:
    """A domain with a tighter end; one that is tighter already stays as it is."""
    limit = decimal_of(bound.value)
    if limit is None:
        return domain
    if domain.values is not None:
        kept = tuple(value for value in domain.values if _within(value, limit, upper=upper, strict=bound.open))
        return replace(domain, values=kept)
    own = domain.high if upper else domain.low
    edge = None if own is None else decimal_of(own.value)
    if edge is not None and (edge < limit if upper else edge > limit):
        return domain
    tighter = Bound(bound.value, bound.open or (own is not None and edge == limit and own.open))
    return replace(domain, high=tighter) if upper else replace(domain, low=tighter)


def _within(value: Constant, limit: Decimal, *, upper: bool, strict: bool) -> bool:
    number = decimal_of(value)
    if number is None or (strict and number == limit):
        return False
    return number <= limit if upper else number >= limit
