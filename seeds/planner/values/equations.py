"""Equations between columns: which column closes one, and what that asks of the others.

The closing column is computed from the others, so whatever else is said of it, by its own bounds or by relations, is
said of the sum that stands for it, and has to be kept by the columns that are drawn.
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal

from ..checks.model import Bound, Domain, Nullity, Relation, Sum, World
from .errors import Unrealisable
from .sums import decimal_of

_HOLDS = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


def closing_column(
    equation: Sum, domains: Mapping[str, Domain], first: Collection[str] = (), scales: Mapping[str, int] | None = None
) -> str:
    """The column that is computed last: the finest, of the widest interval, and not fixed or chosen from a list."""
    own = [(factor, name) for factor, name in equation.terms if name in domains] or list(equation.terms)

    def reluctance(place: int) -> tuple[bool, bool, int, bool, Decimal, int]:
        factor, name = own[place]
        domain, scale = domains.get(name, Domain()), (scales or {}).get(name, 0)
        return name in first, domain.values is not None, -scale, abs(factor) != 1, -_width(domain), place

    return own[min(range(len(own)), key=reluctance)][1]


def _width(domain: Domain) -> Decimal:
    ends = [None if bound is None else decimal_of(bound.value) for bound in (domain.low, domain.high)]
    low, high = ends
    if low is None or high is None:
        return Decimal("Infinity") if low is None and high is None else Decimal(10) ** 30
    return high - low


def closed(equation: Sum, name: str) -> Sum:
    """The equation written so that the closing column stands first, with the factor -1."""
    own = sum((factor for factor, column in equation.terms if column == name), Decimal(0))
    others = tuple((factor / -own, column) for factor, column in equation.terms if column != name)
    return Sum(((Decimal(-1), name), *others), "=", equation.constant / -own)


def is_closed(equation: Sum) -> bool:
    """Whether the equation is written by :func:`closed`."""
    return equation.operator == "=" and bool(equation.terms) and equation.terms[0][0] == -1


def without_equations(world: World, first: Collection[str] = (), scales: Mapping[str, int] | None = None) -> World:
    """The world with every equation closed, and its closing column replaced in all other sums and relations.

    Args:
        world: with its relations and sums.
        first: columns that cannot be computed.
        scales: decimals of each numeric column, as far as they are known.

    Raises:
        Unrealisable: if two equations contradict each other.
    """
    sums, relations, domains = [merged(item) for item in world.sums], list(world.relations), dict(world.domains)
    done: list[Sum] = []
    while (equation := next((item for item in sums if item.operator == "="), None)) is not None:
        sums.remove(equation)
        if refuted(equation):
            continue
        name = closing_column(equation, domains, {*first, *(item.terms[0][1] for item in done)}, scales)
        equation = closed(equation, name)
        touching = [item for item in relations if name in (item.left, item.right) and _comparable(item)]
        relations = [item for item in relations if item not in touching]
        sums += [*map(as_sum, touching), *_own_bounds(name, domains[name])]
        sums = [_substituted(item, equation) for item in sums]
        done.append(equation)
        domains = _not_null(name, equation, domains)
    return World(domains, tuple(relations), (*sums, *done))


def refuted(item: Sum) -> bool:
    """Nothing is left of the sum's terms; it holds then, or it never does.

    Raises:
        Unrealisable: if it never does.
    """
    if item.terms:
        return False
    if not _HOLDS.get(item.operator, operator.ne)(Decimal(0), item.constant):
        raise Unrealisable("", f"its sums contradict each other: 0 {item.operator} {item.constant}")
    return True


def merged(item: Sum) -> Sum:
    """A sum in which each column stands once, and none with the factor 0."""
    factors: dict[str, Decimal] = {}
    for factor, name in item.terms:
        factors[name] = factors.get(name, Decimal(0)) + factor
    return replace(item, terms=tuple((factor, name) for name, factor in factors.items() if factor))


def _comparable(relation: Relation) -> bool:
    number = relation.offset is None or isinstance(relation.offset, int | Decimal)
    return relation.measure == "value" and relation.operator in _TURNED and number


def as_sum(relation: Relation) -> Sum:
    """A relation between numbers as a sum of two terms."""
    offset = relation.offset if isinstance(relation.offset, int | Decimal) else 0
    terms = ((Decimal(1), relation.left), (Decimal(-1), relation.right))
    return Sum(terms, relation.operator, Decimal(offset))


def as_relation(item: Sum) -> Relation | None:
    """A sum of two terms of opposite factors as a relation; None for any other sum."""
    if len(item.terms) != 2 or item.terms[0][0] != -item.terms[1][0]:
        return None
    (factor, left), (_, right) = item.terms
    sign = item.operator if factor > 0 else _TURNED.get(item.operator, item.operator)
    return Relation(left, sign, right, item.constant / factor or None)


def _own_bounds(name: str, domain: Domain) -> list[Sum]:
    found = []
    for bound, sign in ((domain.low, ">"), (domain.high, "<")):
        edge = None if bound is None else decimal_of(bound.value)
        if bound is not None and edge is not None:
            found.append(Sum(((Decimal(1), name),), sign if bound.open else f"{sign}=", edge))
    return found


def _substituted(item: Sum, equation: Sum) -> Sum:
    """The sum with the equation's closing column replaced by the sum of its other terms."""
    name = equation.terms[0][1]
    own = sum((factor for factor, column in item.terms if column == name), Decimal(0))
    if not own:
        return merged(item)
    # name = (other terms) - constant, because its factor is -1.
    others = tuple((own * factor, column) for factor, column in equation.terms[1:])
    rest = tuple((factor, column) for factor, column in item.terms if column != name)
    return merged(Sum((*rest, *others), item.operator, item.constant + own * equation.constant))


def _not_null(name: str, equation: Sum, domains: dict[str, Domain]) -> dict[str, Domain]:
    """A column that is never null is not computed from any that may be."""
    if domains[name].null is not Nullity.NEVER:
        return domains
    others = {column for _, column in equation.terms[1:] if column in domains}
    return {
        column: replace(domain, null=Nullity.NEVER) if column in others else domain
        for column, domain in domains.items()
    }


def one_term_bound(item: Sum) -> tuple[str, Bound, bool] | None:
    """What an inequality of one term says: the column, its bound and whether that is an upper one."""
    if len(item.terms) != 1 or item.operator not in ("<", "<=", ">", ">="):
        return None
    factor, name = item.terms[0]
    upper = (item.operator[0] == "<") == (factor > 0)
    return name, Bound(item.constant / factor, item.operator in ("<", ">")), upper
