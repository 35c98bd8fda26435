"""Which worlds a check is compiled into: the alternatives that people meant, with what holds in each."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from seeds.catalog import Check, Column, Table, TableName, UniqueKey
from seeds.planner.checks import compile_checks, explain
from seeds.planner.checks.model import Bound, Domain, Nullity, Relation, Sum, TextPattern
from tests.seeds.check_tables import BOOLEAN, TYPES, compiled, component, nulls, only, sample

NEVER, ALWAYS = Nullity.NEVER, Nullity.ALWAYS


@pytest.mark.parametrize(
    ("predicate", "column", "domain"),
    [
        ("((x)::text <> ''::text)", "x", Domain(excluded=("",))),
        ("(x = ANY ((ARRAY['b'::character varying, 'a'::character varying])::text[]))", "x", Domain(values=("b", "a"))),
        ("(a <> ALL (ARRAY[1, 2]))", "a", Domain(excluded=(1, 2))),
        ("((a > 0) AND (a < '10'::bigint))", "a", Domain(low=Bound(1), high=Bound(9))),
        ("(net >= (0)::numeric)", "net", Domain(low=Bound(Decimal(0)))),
        ("(net > 0.005)", "net", Domain(low=Bound(Decimal("0.01")))),
        ("(char_length(x) <= 5)", "x", Domain(max_size=5)),
        ("((length(x) >= 2) AND (length(x) <= 5))", "x", Domain(min_size=2, max_size=5)),
        ("(octet_length(raw) = 16)", "raw", Domain(min_size=16, max_size=16)),
        ("(lower(x) = x)", "x", Domain(forms=frozenset({"lower"}))),
        ("(btrim(x) <> ''::text)", "x", Domain(forms=frozenset({"not_blank"}))),
        ("(btrim(x) = x)", "x", Domain(forms=frozenset({"trimmed"}))),
        ("(upper((y)::text) = ANY (ARRAY['SC'::text, 'VC'::text]))", "y", Domain(values=("SC", "VC"))),
        ("(a IS NOT NULL)", "a", Domain(null=NEVER)),
        ("((a IS NULL) OR (a > 3))", "a", Domain(low=Bound(4))),
        ("((a > 3) IS TRUE)", "a", Domain(null=NEVER, low=Bound(4))),
        ("(NOT (a > 3))", "a", Domain(high=Bound(3))),
        ("(COALESCE(a, 0) > 0)", "a", Domain(null=NEVER, low=Bound(1))),
        ("(COALESCE(a, 1) > 0)", "a", Domain(low=Bound(1))),
        ("(p IS TRUE)", "p", Domain(null=NEVER, values=(True,))),
        ("(NOT p)", "p", Domain(values=(False,))),
        ("(mood <> 'sad'::mood)", "mood", Domain(values=("glad", "calm"))),
        ("(mood > 'glad'::mood)", "mood", Domain(values=("calm", "sad"))),
        ("((a % 2) = 0)", "a", Domain(divisor=2)),
        ("(cardinality(tags) <= 20)", "tags", Domain(max_size=20)),
        ("(NOT (''::text = ANY (tags)))", "tags", Domain(element_excluded=("",))),
        ("(tags <@ ARRAY['a'::text, 'b'::text])", "tags", Domain(element_values=("a", "b"))),
        ("(tags @> ARRAY['a'::text])", "tags", Domain(element_required=("a",))),
        ("(0 < ALL (marks))", "marks", Domain(element=Domain(low=Bound(0, open=True)))),
        ("(jsonb_typeof(doc) = 'object'::text)", "doc", Domain(json_kind="object")),
        ("(doc ?& ARRAY['k'::text, 'l'::text])", "doc", Domain(json_kind="object", json_keys={"k": "", "l": ""})),
        ("(NOT (doc ? 'k'::text))", "doc", Domain(json_lacks=("k",))),
        ("((doc ->> 'k'::text) = 'v'::text)", "doc", Domain(json_kind="object", json_values={"k": "v"})),
        ("(octet_length((doc)::text) <= 4032)", "doc", Domain(max_text=1000)),
        ("(NOT isempty(during))", "during", Domain(forms=frozenset({"filled"}))),
        ("(lower(during) >= '2020-01-01'::date)", "during", Domain(low=Bound(date(2020, 1, 1)))),
        ("(day = date_trunc('month'::text, (day)::timestamp with time zone))", "day", Domain(truncated="month")),
        ("(EXTRACT(day FROM day) = (1)::numeric)", "day", Domain(truncated="month")),
        ("(EXTRACT(year FROM day) >= (2001)::numeric)", "day", Domain(low=Bound(date(2001, 1, 1)))),
    ],
)  # fmt: skip
def test_a_check_on_one_column_is_a_domain(predicate: str, column: str, domain: Domain) -> None:
    """What a database prints of a check on one column becomes what its value may be, and nothing else."""
    assert only(column, predicate) == domain


@pytest.mark.parametrize(
    ("predicate", "pattern"),
    [
        ("(x ~ '^[a-z]+$'::text)", TextPattern("^[a-z]+$", source="^[a-z]+$")),
        ("(x ~* '^ab'::text)", TextPattern("^ab", ignore_case=True, source="^ab")),
        ("(x !~ '[[:upper:]]'::text)", TextPattern("[A-Z]", negated=True, source="[[:upper:]]")),
        (r"(x ~ '(?i)\Aab\Z'::text)", TextPattern("^ab$", ignore_case=True, source=r"(?i)\Aab\Z")),
        (r"(x ~ '\mab\y'::text)", TextPattern(r"\b(?=\w)ab\b", source=r"\mab\y")),
        ("(x ~~ 'ab%'::text)", TextPattern("^ab", source="ab%")),
        ("(x ~~* '%a_b'::text)", TextPattern("a.b$", ignore_case=True, source="%a_b")),
        (r"(x ~~ 'a\_b%c'::text)", TextPattern("^a_b.*c$", source=r"a\_b%c")),
        ("(x ~ similar_to_escape('(a|b)%'::text))", TextPattern("^(?:(a|b).*)$", source="(a|b)%")),
    ],
)
def test_patterns_are_written_in_one_syntax(predicate: str, pattern: TextPattern) -> None:
    """Regular expressions, LIKE and SIMILAR TO end up as expressions that are searched for in the same way."""
    assert only("x", predicate).patterns == (pattern,)


@pytest.mark.parametrize("pattern", [r"a\bc", "***=a", "(?x)a", "[[.hyphen.]]"])
def test_a_pattern_that_means_something_else_here_is_not_translated(pattern: str) -> None:
    """Constructs that this project's syntax lacks, or reads otherwise, are left to the database."""
    table = Table(TableName("", "t"), (Column("x", TYPES["x"]),), checks=(Check("c", f"(x ~ '{pattern}'::text)"),))
    assert [opaque.check for opaque in compile_checks(table, "postgres").opaque] == ["c"]


def test_now_is_the_reference_moment() -> None:
    """What must not be after now is not after the reference; what must be after now is ten years and more after it."""
    checks = (
        Check("past", "(day <= (now() + '1 day'::interval))"),
        Check("future", "(ends > CURRENT_TIMESTAMP)"),
    )
    table = Table(TableName("", "t"), (Column("day", TYPES["day"]), Column("ends", TYPES["ends"])), checks=checks)
    model = compile_checks(table, "postgres", as_of=datetime.fromisoformat("2024-05-06T12:00:00+02:00"))
    past, future = (one.worlds[0].domains[one.columns[0]] for one in model.components)
    assert past.high == Bound(date(2024, 5, 7))
    assert future.low is not None
    assert isinstance(future.low.value, datetime)
    assert future.low.value - datetime.fromisoformat("2024-05-06T10:00:00") >= timedelta(days=3650)


def test_now_on_both_sides_is_still_possible() -> None:
    """A column that lies within a week of now is not made a contradiction by caution."""
    domain = only("day", "((day >= (CURRENT_DATE - 7)) AND (day <= CURRENT_DATE))")
    assert (domain.low, domain.high) == (Bound(date(2019, 12, 25)), Bound(date(2020, 1, 1)))


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ("(num_nonnulls(a, b, c) = 1)", {("b", "c"), ("a", "c"), ("a", "b")}),
        ("((a IS NULL) = (b IS NULL))", {(), ("a", "b")}),
        ("((a IS NULL) <> (b IS NULL))", {("a",), ("b",)}),
        ("(((a IS NOT NULL))::integer + ((b IS NOT NULL))::integer) = 1", {("a",), ("b",)}),
        ("((a IS NOT NULL) OR (b IS NOT NULL))", {(), ("a",)}),
        ("(ROW(a, b) IS NOT NULL)", {()}),
        ("(num_nulls(a, b) = ANY (ARRAY[0, 2]))", {(), ("a", "b")}),
    ],
)
def test_arcs_and_pairs_are_one_world_for_each_way(predicate: str, expected: set[tuple[str, ...]]) -> None:
    """For each way of being there or not, one world says which columns are null."""
    found = {nulls_of for one in compiled(predicate).components if one.checks for nulls_of in nulls(one)}
    assert found == expected


def test_a_state_decides_what_is_there() -> None:
    """Each state has a world of its own, with the columns it asks for."""
    found = component(compiled("((mood = 'sad'::mood) = (x IS NOT NULL))", not_null=["mood"]), "mood")
    said = {(world.domains["mood"].values, world.domains["x"].null) for world in found.worlds}
    assert said == {(("sad",), NEVER), (("glad", "calm"), ALWAYS)}


def test_a_condition_is_split_by_its_state() -> None:
    """``not this state, or something`` gives the state itself a world, so that it is not left to chance."""
    found = component(compiled("((mood <> 'sad'::mood) OR (x IS NOT NULL))", not_null=["mood"]), "mood")
    said = {(world.domains["mood"].values, world.domains["x"].null) for world in found.worlds}
    assert said == {(("glad", "calm"), Nullity.MAYBE), (("sad",), NEVER)}


def test_case_is_a_world_for_each_arm() -> None:
    """Each arm holds where its condition is the first that does."""
    predicate = "CASE WHEN (a = 1) THEN (b IS NULL) WHEN (a = 2) THEN (b > 3) ELSE (b IS NOT NULL) END"
    found = component(compiled(predicate, not_null=["a"]), "a")
    assert sorted(explain(found).splitlines()) == [
        "a = 1, b is null", "a = 2, b >= 4 or is null", "a not in (1, 2), b is not null",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("predicate", "relation"),
    [
        ("(until >= day)", Relation("until", ">=", "day")),
        ("((until > day) OR (until IS NULL))", Relation("until", ">", "day")),
        ("(ends <= (starts + '7 days'::interval))", Relation("ends", "<=", "starts", timedelta(days=7))),
        ("((ends - starts) >= '01:00:00'::interval)", Relation("ends", ">=", "starts", timedelta(hours=1))),
        ("(ends <= (starts + '1 mon'::interval))", Relation("ends", "<=", "starts", timedelta(days=28))),
        ("(ends >= (starts + '1 year'::interval))", Relation("ends", ">=", "starts", timedelta(days=366))),
        ("((until - day) > 3)", Relation("until", ">", "day", timedelta(days=3))),
        ("((a + 5) <= b)", Relation("a", "<=", "b", -5)),
        ("(a <> b)", Relation("a", "<>", "b")),
        ("(lower(x) <> lower((y)::text))", Relation("x", "<>", "y", left_form="lower", right_form="lower")),
        ("(cardinality(tags) = cardinality(marks))", Relation("tags", "=", "marks", measure="size")),
    ],
)
def test_two_columns_are_related(predicate: str, relation: Relation) -> None:
    """A comparison of two columns is kept as a relation, months at their cautious length."""
    (world,) = component(compiled(predicate), relation.left).worlds
    assert (world.relations, world.sums) == ((relation,), ())


def test_sums_over_columns_are_kept_exactly() -> None:
    """Arithmetic over several columns becomes one sum with its constant."""
    model = compiled("(gross = (net + discount))", "((a + (2 * b)) <= 8760)")
    assert component(model, "net").worlds[0].sums == (
        Sum(((Decimal(1), "gross"), (Decimal(-1), "net"), (Decimal(-1), "discount")), "="),
    )
    assert component(model, "a").worlds[0].sums == (Sum(((Decimal(1), "a"), (Decimal(2), "b")), "<=", Decimal(8760)),)


def test_bounds_are_carried_over_relations() -> None:
    """What lies before something that ends early has to be early itself."""
    found = component(compiled("(a < b)", "(b <= 10)", "(a >= 3)", not_null=["a", "b"]), "a")
    (world,) = found.worlds
    assert world.domains["a"].high == Bound(9)
    assert world.domains["b"].low == Bound(4)


def test_columns_that_cannot_both_be_there_are_null_in_turn() -> None:
    """An order that runs in a circle leaves one column out."""
    found = component(compiled("(a < b)", "(b < a)", "(a IS NOT NULL)"), "a")
    assert nulls(found) == {("b",)}


def test_columns_without_a_check_are_components_of_their_own() -> None:
    """Every column is in exactly one component; what no check ties together stays apart."""
    model = compiled("(a < b)", "(x <> ''::text)", not_null=["c"])
    assert [one.columns for one in model.components if len(one.columns) > 1] == [("a", "b")]
    assert sorted(name for one in model.components for name in one.columns) == sorted(TYPES)
    assert component(model, "c").worlds[0].domains["c"].null is NEVER


def test_a_generated_column_is_read_as_what_it_is_made_of() -> None:
    """A check on a generated column binds the columns that it is generated from."""
    columns = (
        Column("p", BOOLEAN, nullable=False),
        Column("net", TYPES["net"], nullable=False),
        Column("twice", TYPES["net"], generated=True, expression="(net * (2)::numeric)"),
    )
    table = Table(TableName("", "t"), columns, checks=(Check("c", "((NOT p) OR (twice >= 10.00))"),))
    found = component(compile_checks(table, "postgres"), "net")
    assert found.columns == ("p", "net")
    assert explain(found) == "p = False, net is not null\np = True, net >= 5"


def test_a_world_of_one_special_row_is_left_out() -> None:
    """Rows of a table cannot all have the one identifier that a check makes an exception for."""
    check = Check("special", "((a <> 1) OR (x IS NULL))")
    columns = (Column("a", TYPES["a"], nullable=False), Column("x", TYPES["x"]))
    key = UniqueKey("key", ("a",), primary=True)
    table = Table(TableName("", "t"), columns, keys=(key,), checks=(check,))
    assert explain(component(compile_checks(table, "postgres"), "a")) == "a not in (1)"
    without = Table(TableName("", "t"), columns, checks=(check,))
    assert len(component(compile_checks(without, "postgres"), "a").worlds) == 2


@pytest.mark.parametrize(
    "checks",
    [("(until > day)", "(until < (day + 1))"), ("(a < b)", "(b < (a + 1))"), ("(a < b)", "(b < c)", "(c < (a + 2))")],
)
def test_there_is_nothing_between_neighbours(checks: tuple[str, ...]) -> None:
    """Days and whole numbers have neighbours, so what lies strictly between two of them is nothing."""
    table = sample(*checks, not_null=["a", "b", "c", "day", "until"])
    assert len(compile_checks(table, "postgres").contradictions) == 1
