"""Columns that constraints tie together: drawn one after another, every row of them keeps its world."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generators.spec import GeneratorSpec
from seeds.catalog import DataType
from seeds.planner.checks.model import Bound, Domain, Nullity, Relation, Sum, World
from seeds.planner.values import Unrealisable, bounded_terms, order_columns, propagate
from tests.seeds.values_rows import (
    AMOUNT,
    DATE,
    INT,
    MOMENT,
    SHARE,
    SMALL,
    TEXT,
    TEXTS,
    TIME,
    TRUTH,
    ZONED,
    varchar,
    world_rows,
)  # fmt: skip

KNOWN = Domain(null=Nullity.NEVER)
COMPARE = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def plain(value: object) -> object:
    """A value that compares with its kind: moments of UTC without their zone, dates as their midnight."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return datetime.combine(value, time()) if isinstance(value, date) else value


def keeps(row: Mapping[str, object], world: World) -> bool:
    """Whether a row keeps bounds, lists, relations and sums, read naively; what is null is not compared."""
    return (
        all(_inside(row[name], domain) for name, domain in world.domains.items())
        and all(_related(row, relation) for relation in world.relations)
        and all(_summed(row, total) for total in world.sums)
    )


def _inside(value: object, domain: Domain) -> bool:
    if value is None:
        return domain.null is not Nullity.NEVER
    found = plain(value)
    low, high = domain.low, domain.high
    return (
        (low is None or COMPARE[">" if low.open else ">="](found, plain(low.value)))
        and (high is None or COMPARE["<" if high.open else "<="](found, plain(high.value)))
        and (domain.values is None or value in domain.values)
    )


def _related(row: Mapping[str, object], relation: Relation) -> bool:
    left, right = plain(row[relation.left]), plain(row[relation.right])
    if left is None or right is None:
        return True
    right = right if relation.offset is None else right + relation.offset  # type: ignore[operator]
    return bool(COMPARE[relation.operator](left, right))


def _summed(row: Mapping[str, object], total: Sum) -> bool:
    values = [row[name] for _, name in total.terms]
    if None in values:
        return True
    found = sum(
        (factor * Decimal(str(value)) for (factor, _), value in zip(total.terms, values, strict=True)), Decimal(0)
    )
    return bool(COMPARE[total.operator](found, total.constant))


def terms(**factors: int) -> tuple[tuple[Decimal, str], ...]:
    """The terms of a sum."""
    return tuple((Decimal(factor), name) for name, factor in factors.items())


NET = Sum(terms(gross=1, net=-1, discount=-1), "=")
CASES = {
    "bill": (
        dict.fromkeys(("net", "discount", "gross"), AMOUNT),
        World(
            {"net": KNOWN, "discount": replace(KNOWN, low=Bound(0)), "gross": KNOWN},
            (Relation("discount", "<=", "gross"),),
            (NET,),
        ),
    ),
    "capped bill": (
        dict.fromkeys(("net", "discount", "gross"), AMOUNT),
        World({"net": KNOWN, "discount": KNOWN, "gross": replace(KNOWN, low=Bound(50), high=Bound(90))}, (), (NET,)),
    ),
    "shares": (
        dict.fromkeys("abc", SHARE),
        World(dict.fromkeys("abc", KNOWN), (Relation("a", "<", "b"),), (Sum(terms(a=1, b=1, c=1), "=", Decimal(1)),)),
    ),
    "mixed scales": ({"a": INT, "b": AMOUNT}, World({"a": KNOWN, "b": KNOWN}, (), (Sum(terms(a=1, b=-1), "=", Decimal("0.5")),))),
    "hours": (
        {"a": INT, "b": INT},
        World(dict.fromkeys("ab", replace(KNOWN, low=Bound(4000))), (), (Sum(terms(a=1, b=1), "<=", Decimal(8760)),)),
    ),
    "total": (dict.fromkeys("abc", INT), World(dict.fromkeys("abc", KNOWN), (), (Sum(terms(a=1, b=1, c=-1), "<"),))),
    "chain": (
        {"start": DATE, "middle": MOMENT, "end": DATE},
        World(
            {"start": KNOWN, "middle": KNOWN, "end": replace(KNOWN, high=Bound(date(2020, 1, 1)))},
            (Relation("start", "<", "middle"), Relation("middle", "<", "end")),
        ),
    ),
    "tight chain": (
        dict.fromkeys("abc", SMALL),
        World({"a": replace(KNOWN, low=Bound(1)), "b": KNOWN, "c": replace(KNOWN, high=Bound(3))}, (Relation("c", ">", "b"), Relation("b", ">", "a"))),
    ),
    "within a month": (
        {"a": ZONED, "b": ZONED},
        World({"a": KNOWN, "b": KNOWN}, (Relation("b", ">", "a"), Relation("b", "<=", "a", timedelta(days=30)))),
    ),
    "starts of months": (
        {"a": DATE, "b": DATE},
        World({"a": replace(KNOWN, truncated="month"), "b": KNOWN}, (Relation("b", ">", "a"),)),
    ),
    "two lists": (
        {"a": SMALL, "b": SMALL},
        World({"a": replace(KNOWN, values=(1, 2, 3)), "b": replace(KNOWN, values=(2, 3, 4))}, (Relation("a", "<", "b"),)),
    ),
    "list and number": (
        {"a": SMALL, "b": SMALL},
        World({"a": KNOWN, "b": replace(KNOWN, values=(2, 3, 4))}, (Relation("a", ">=", "b"),)),
    ),
    "moment of a day": ({"a": MOMENT, "b": DATE}, World({"a": KNOWN, "b": KNOWN}, (Relation("a", "=", "b", timedelta(days=2)),))),
    "opposite": ({"a": TRUTH, "b": TRUTH}, World({"a": KNOWN, "b": KNOWN}, (Relation("a", "<>", "b"),))),
    "no self": ({"a": SMALL, "b": SMALL}, World(dict.fromkeys("ab", replace(KNOWN, high=Bound(5), low=Bound(1))), (Relation("a", "<>", "b"),))),
    "same text": ({"a": varchar(20), "b": varchar(5)}, World({"a": KNOWN, "b": KNOWN}, (Relation("a", "=", "b"),))),
}  # fmt: skip


@pytest.mark.parametrize(("types", "world"), CASES.values(), ids=CASES)
def test_rows_keep_their_world(types: dict[str, DataType], world: World) -> None:
    """Rows drawn column by column keep every bound, relation and sum."""
    rows = world_rows(types, world)
    assert len(rows) == 200
    assert [row for row in rows if not keeps(row, world)] == []


@given(st.data())
@settings(max_examples=120)
def test_random_worlds_are_kept_or_cannot_be(data: st.DataObject) -> None:
    """A world of bounds and order is kept by every row, unless no row at all could be in it."""
    names = "abc"[: data.draw(st.integers(2, 3))]
    ends = st.tuples(st.none() | st.integers(0, 6), st.none() | st.integers(2, 9), st.booleans())
    domains = {}
    for name in names:
        low, high, strict = data.draw(ends)
        domains[name] = Domain(
            Nullity.NEVER, low=None if low is None else Bound(low, strict), high=None if high is None else Bound(high)
        )
    pairs = st.lists(st.sampled_from(names), min_size=2, max_size=2, unique=True)
    relations = [
        Relation(*(lambda pair, sign: (pair[0], sign, pair[1]))(data.draw(pairs), data.draw(st.sampled_from(("<", "<=", ">", ">=", "=")))), data.draw(st.none() | st.integers(-3, 3)))
        for _ in range(data.draw(st.integers(1, 3)))
    ]  # fmt: skip
    world = World(domains, tuple(relations))
    try:
        rows = world_rows(dict.fromkeys(names, SMALL), world, rows=30)
    except Unrealisable:
        every = product(range(-12, 22), repeat=len(names))
        assert not any(keeps(dict(zip(names, row, strict=True)), world) for row in every)
        return
    assert all(keeps(row, world) for row in rows)


@given(
    factors=st.lists(st.sampled_from((1, 1, -1, 2)), min_size=2, max_size=4),
    highs=st.lists(st.none() | st.integers(5, 3000), min_size=4, max_size=4),
    constant=st.integers(-50, 500),
    sign=st.sampled_from(("<=", "<", ">=")),
)
@settings(max_examples=80)
def test_shared_inequalities_hold_at_their_worst(
    factors: list[int], highs: list[int | None], constant: int, sign: str
) -> None:
    """After sharing, the inequality holds at the corner where every term contributes most against it."""
    names = "abcd"[: len(factors)]
    domains = {
        name: Domain(low=Bound(0), high=None if high is None else Bound(high))
        for name, high in zip(names, highs, strict=False)
    }
    total = Sum(
        tuple((Decimal(factor), name) for factor, name in zip(factors, names, strict=True)), sign, Decimal(constant)
    )
    try:
        found = bounded_terms((total,), domains)
    except Unrealisable:
        assume(False)
    worst = Decimal(0)
    for factor, name in total.terms:
        upwards = (factor > 0) == (sign[0] == "<")
        bound = found[name].high if upwards else found[name].low
        assert bound is not None
        worst += factor * (
            Decimal(str(bound.value))
            - (Decimal("0.01") if bound.open and upwards else 0)
            + (Decimal("0.01") if bound.open and not upwards else 0)
        )
    assert COMPARE[sign](worst, constant)


def test_nullable_columns_do_not_disturb_the_others() -> None:
    """Where the middle of a chain is missing, its ends are still in order with what is there."""
    types = dict.fromkeys(("a", "b", "c"), DATE)
    world = World(dict.fromkeys("abc", Domain()), (Relation("a", "<=", "b"), Relation("b", "<=", "c")))
    rows = world_rows(types, world, nulls=("b",))
    assert any(row["b"] is None for row in rows)
    assert all(keeps(row, world) for row in rows)


def test_a_column_made_beforehand_is_followed() -> None:
    """A column whose values come from elsewhere is never computed, and the others follow it."""
    types, world = CASES["bill"]
    given_gross = GeneratorSpec("number", {"min_value": 10, "max_value": 20, "decimals": 2})
    world = replace(world, domains={**world.domains, "gross": replace(KNOWN, low=Bound(10), high=Bound(20))})
    rows = world_rows(types, world, first={"gross": given_gross})
    assert all(keeps(row, world) for row in rows)
    assert order_columns(propagate(world, types, first=("gross",)), tuple(types), first=("gross",))[0] == "gross"


def test_forms_are_compared() -> None:
    """A column that equals another in lower case is its copy in lower case."""
    world = World({"a": KNOWN, "b": KNOWN}, (Relation("b", "=", "a", right_form="lower"),))
    assert all(row["b"] == str(row["a"]).lower() for row in world_rows({"a": TEXT, "b": TEXT}, world))


def test_sizes_are_settled_beforehand() -> None:
    """Arrays that must be of one length are, although neither knows the other."""
    world = World({"a": replace(KNOWN, max_size=2), "b": KNOWN}, (Relation("a", "=", "b", measure="size"),))
    for row in world_rows({"a": TEXTS, "b": TEXTS}, world):
        assert str(row["a"]).count(",") == str(row["b"]).count(",") == 1


def test_times_of_day_are_in_order() -> None:
    """An opening time lies before its closing time."""
    world = World({"opens": KNOWN, "closes": KNOWN}, (Relation("opens", "<", "closes"),))
    assert all(str(row["opens"]) < str(row["closes"]) for row in world_rows({"opens": TIME, "closes": TIME}, world))


@pytest.mark.parametrize(
    "world",
    [
        World({"a": KNOWN, "b": KNOWN}, (Relation("a", "<", "b"), Relation("b", "<", "a"))),
        World({"a": KNOWN, "b": KNOWN}, (Relation("a", "=", "b"), Relation("a", "<>", "b"))),
        World({"a": replace(KNOWN, low=Bound(5)), "b": replace(KNOWN, high=Bound(5))}, (Relation("a", "<", "b"),)),
        World({"a": KNOWN, "b": KNOWN}, (Relation("a", "<=", "b"),), (Sum(terms(a=1, b=-1), "=", Decimal(3)),)),
        World({"a": replace(KNOWN, values=(4,)), "b": replace(KNOWN, values=(1, 2))}, (Relation("a", "=", "b"),)),
    ],
    ids=["circle", "equal-and-not", "no-room", "sum", "lists"],
)
def test_worlds_without_a_row_are_refused(world: World) -> None:
    """A world that contradicts itself is refused, not drawn from."""
    with pytest.raises(Unrealisable):
        propagate(world, {"a": SMALL, "b": SMALL})


def test_constraints_on_absent_columns_are_dropped() -> None:
    """What is always null constrains nobody."""
    absent = Domain(null=Nullity.ALWAYS)
    world = World({"a": KNOWN, "b": absent}, (Relation("a", "<", "b"),), (Sum(terms(a=1, b=1), "=", Decimal(7)),))
    narrowed = propagate(world, {"a": SMALL, "b": SMALL})
    assert (narrowed.relations, narrowed.sums, narrowed.domains["a"]) == ((), (), KNOWN)


def test_the_order_puts_lists_first_and_sums_last() -> None:
    """Columns that can follow others come after those that cannot, and a computed one after its terms."""
    world = World(
        {"total": KNOWN, "later": KNOWN, "earlier": KNOWN, "part": KNOWN, "listed": replace(KNOWN, values=(1, 2))},
        (Relation("earlier", "<", "later"),),
        (Sum(terms(total=1, part=-1, listed=-1), "="),),
    )
    names = ("total", "later", "earlier", "part", "listed")
    order = order_columns(propagate(world, dict.fromkeys(names, INT)), names)
    assert order[0] == "listed"
    assert order.index("total") > max(order.index("part"), order.index("listed"))
    assert order.index("earlier") < order.index("later")
    assert sorted(order) == sorted(names)
