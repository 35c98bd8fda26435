"""Dialects, domains, functions of the database's own, and what is left to the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from seeds.catalog import Check, Column, DataType, Kind, Table, TableName
from seeds.planner.checks import compile_checks, explain, satisfies
from seeds.planner.checks.model import Bound, Domain, Nullity, Relation, Sum, TextPattern, World
from tests.seeds.check_tables import INTEGER, TEXT, TYPES, compiled, component, only, sample


@pytest.mark.parametrize(
    ("predicate", "column", "domain"),
    [
        ("(`x` in (_utf8mb4'a',_utf8mb4'b'))", "x", Domain(values=("a", "b"))),
        ("`a` between 1 and 5", "a", Domain(low=Bound(1), high=Bound(5))),
        ("json_valid(`x`)", "x", Domain(forms=frozenset({"json"}))),
        ("json_valid(`doc`)", "doc", Domain()),
        ("char_length(`x`) > 2", "x", Domain(min_size=3)),
        ("`x` <> ''", "x", Domain(forms=frozenset({"not_blank"}))),
        ("(`x` regexp '^[a-z]+$')", "x", Domain(patterns=(TextPattern("^[a-z]+$", source="^[a-z]+$"),))),
        ("`day` >= '2020-02-01'", "day", Domain(low=Bound(date(2020, 2, 1)))),
        ("year(`day`) > 2000", "day", Domain(low=Bound(date(2001, 1, 1)))),
        ("`x` <=> NULL", "x", Domain(null=Nullity.ALWAYS)),
        ("`a` MOD 2 = 0", "a", Domain(divisor=2)),
        ("`a`", "a", Domain(excluded=(0,))),
        ("lcase(`x`) = `x`", "x", Domain(forms=frozenset({"lower"}))),
    ],
)
def test_mysql_and_mariadb_are_read(predicate: str, column: str, domain: Domain) -> None:
    """Back-quoted names, introducers, and functions by their names there."""
    assert only(column, predicate, dialect="mysql") == domain


@pytest.mark.parametrize(
    ("predicate", "column", "domain"),
    [
        ("x GLOB '[a-z]*'", "x", Domain(patterns=(TextPattern("^[a-z]", source="[a-z]*"),))),
        ("x NOT GLOB '*[^0-9]*'", "x", Domain(patterns=(TextPattern("[^0-9]", negated=True, source="*[^0-9]*"),))),
        ("typeof(a) = 'integer'", "a", Domain()),
        ('x <> "none"', "x", Domain(excluded=("none",))),
        ("[a] == 1", "a", Domain(values=(1,))),
        ("length(trim(x)) > 0", "x", Domain(min_size=1, forms=frozenset({"not_blank"}))),
        ("a IS 1", "a", Domain(null=Nullity.NEVER, values=(1,))),
        ("x NOTNULL", "x", Domain(null=Nullity.NEVER)),
        ("sample.a > 0", "a", Domain(low=Bound(1))),
        ("p IN (0, 1)", "p", Domain()),
    ],
)
def test_sqlite_is_read(predicate: str, column: str, domain: Domain) -> None:
    """GLOB, double quotes around texts, and the spellings of null tests."""
    assert only(column, predicate, dialect="sqlite") == domain


def test_truths_are_numbers_in_mysql() -> None:
    """Null tests added up are a count."""
    found = component(compiled("(`a` is null) + (`b` is null) = 1", dialect="mysql"), "a")
    assert len(found.worlds) == 2


def with_domain(*checks: str, dimensions: int = 0, not_null: bool = False) -> Table:
    type_ = replace(TEXT, domain="tag", checks=checks, dimensions=dimensions, not_null=not_null)
    return Table(TableName("", "t"), (Column("tag", type_),))


def test_the_checks_of_a_domain_concern_its_columns() -> None:
    """``VALUE`` is the column, and the component is called by the domain's name."""
    model = compile_checks(
        with_domain("((VALUE)::text ~ '^t'::text)", "(length(VALUE) < 9)", not_null=True), "postgres"
    )
    (found,) = model.components
    assert found.checks == ("tag",)
    assert found.worlds[0].domains["tag"] == Domain(
        null=Nullity.NEVER, max_size=8, patterns=(TextPattern("^t", source="^t"),)
    )


def test_the_checks_of_a_domain_concern_the_elements_of_an_array() -> None:
    """An array of a domain asks nothing of itself, but all of its elements."""
    model = compile_checks(with_domain("(VALUE <> ''::text)", "(length(VALUE) < 9)", dimensions=1), "postgres")
    domain = model.components[0].worlds[0].domains["tag"]
    assert (domain.element_excluded, domain.max_size) == (("",), None)
    assert domain.element is not None
    assert domain.element.max_size == 8


@pytest.mark.parametrize(
    "source",
    [
        "SELECT $1 !~ '  ' AND tidy($1)",
        "BEGIN RETURN $1 !~ '  ' AND tidy($1); END",
        "CREATE FUNCTION neat(text) RETURNS boolean LANGUAGE sql AS $$ SELECT $1 !~ '  ' AND tidy($1); $$",
        "CREATE FUNCTION p.neat(word text) RETURNS bool AS $f$ BEGIN -- two\nRETURN word !~ '  ' AND tidy(word); END; $f$",
        "CREATE FUNCTION neat(IN word text) RETURNS boolean LANGUAGE sql RETURN ((word !~ '  '::text) AND tidy(word))",
    ],
)
def test_simple_functions_are_read(source: str) -> None:
    """A function that returns one expression stands for it, also where it calls another."""
    functions = {"neat": source, "tidy": "SELECT btrim($1) = $1"}
    model = compile_checks(sample("music.neat((x)::text)"), "postgres", functions)
    assert model.opaque == ()
    assert component(model, "x").worlds[0].domains["x"] == Domain(
        patterns=(TextPattern("  ", negated=True, source="  "),), forms=frozenset({"trimmed"})
    )


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("BEGIN IF $1 THEN RETURN true; END IF; RETURN false; END", "not simple"),
        ("SELECT EXISTS (SELECT 1 FROM wards WHERE id = $1)", "not simple"),
        ("SELECT count(*) = 1 FROM wards WHERE id = $1", "not simple"),
        ("SELECT neat($1)", "calls itself"),
        ("SELECT other > 3", "none of its parameters"),
    ],
)
def test_functions_that_are_not_simple_are_left_to_the_database(source: str, reason: str) -> None:
    """Such a check is opaque, with its columns and what was not understood."""
    (opaque,) = compile_checks(sample("neat(a)"), "postgres", {"neat": source}).opaque
    assert reason in opaque.reason
    assert opaque.check == "c0"


@pytest.mark.parametrize(
    ("predicate", "columns", "reason"),
    [
        ("(masklen(ip) = 32)", ("ip",), "masklen is not understood"),
        ("((a * b) > 3)", ("a", "b"), "a product of columns is not understood"),
        ("(x >= 'm'::text)", ("x",), "the order of texts depends on the database's collation"),
        ("(x = ANY (SELECT 1))", (), "a subquery is not understood"),
        ("(((", (), "does not parse"),
        ("(nothing > 3)", (), "nothing is no column of the table"),
    ],
)
def test_what_is_not_understood_is_named(predicate: str, columns: tuple[str, ...], reason: str) -> None:
    """The reason is the part that was not understood; the columns stay unbound."""
    types = {**TYPES, "ip": DataType(Kind.INET, "inet")}
    model = compile_checks(sample(predicate, types=types), "postgres")
    (opaque,) = model.opaque
    assert opaque.reason.startswith(reason)
    assert opaque.columns == columns
    assert not any(one.checks for one in model.components)


def test_what_is_understood_of_a_conjunction_holds() -> None:
    """The rest of it is opaque."""
    model = compile_checks(sample("((a > 3) AND (b > 3) AND (masklen(x) = 3))"), "postgres")
    assert [opaque.reason for opaque in model.opaque] == ["masklen is not understood"]
    assert component(model, "a").worlds[0].domains["a"] == Domain(low=Bound(4))
    assert component(model, "a").checks == ("c0",)


def test_an_arm_that_is_not_understood_is_avoided() -> None:
    """Where another arm is certain to pass, rows take that one, and nothing is left to the database."""
    model = compile_checks(sample("((a = 1) OR (masklen(x) = 3))", not_null=["a"]), "postgres")
    assert model.opaque == ()
    assert component(model, "a").worlds[0].domains["a"].values == (1,)


def test_an_arm_is_not_avoided_at_the_price_of_a_column() -> None:
    """A column is not made null only because what it may hold otherwise was not understood."""
    model = compile_checks(sample("((x IS NULL) OR (masklen(x) = 3))"), "postgres")
    assert [opaque.check for opaque in model.opaque] == ["c0"]
    assert component(model, "x").worlds[0].domains["x"] == Domain()


def test_avoiding_an_arm_is_given_up_before_a_contradiction() -> None:
    """What was left out of a check is not held against the others."""
    model = compile_checks(sample("((a = 1) OR (masklen(x) = 3))", "(a = 2)", not_null=["a"]), "postgres")
    assert model.contradictions == ()
    assert [opaque.check for opaque in model.opaque] == ["c0"]
    assert component(model, "a").worlds[0].domains["a"].values == (2,)


WORLD = World(
    {
        "a": Domain(null=Nullity.NEVER, low=Bound(1), excluded=(5,)),
        "b": Domain(),
        "x": Domain(max_size=3, patterns=(TextPattern("^b"),)),
    },
    (Relation("a", "<", "b", 2),),
    (Sum(((1, "a"), (1, "b")), "<=", 20),),  # type: ignore[arg-type]
)


@pytest.mark.parametrize(
    ("row", "lives"),
    [
        ({"a": 1, "b": 2, "x": "bo"}, True),
        ({"a": 1, "b": None, "x": None}, True),
        ({"a": None, "b": 2}, False),
        ({"a": 0, "b": 2}, False),
        ({"a": 5, "b": 9}, False),
        ({"a": 4, "b": 2}, False),
        ({"a": 10, "b": 11}, False),
        ({"a": 1, "x": "boat"}, False),
        ({"a": 1, "x": "ab"}, False),
    ],
)
def test_a_row_lives_in_a_world_if_all_of_it_holds(row: dict[str, object], lives: bool) -> None:
    """Domains, relations and sums are all looked at; a null is told apart from what is wrong."""
    assert satisfies(row, WORLD) is lives


@pytest.mark.parametrize(
    ("domain", "accepted", "refused"),
    [
        (Domain(json_kind="object", json_keys={"k": "string"}), '{"k": "v"}', '{"k": ""}'),
        (Domain(json_lacks=("k",)), '{"l": 1}', '{"k": 1}'),
        (Domain(json_kind="array", min_size=1), "[1]", "[]"),
        (Domain(truncated="month"), date(2020, 3, 1), date(2020, 3, 2)),
        (Domain(truncated="week"), date(2024, 1, 1), date(2024, 1, 2)),
        (Domain(divisor=3), 9, 10),
        (Domain(element_excluded=("",)), ["a"], ["a", ""]),
        (Domain(element_required=("a",)), '{a,"b c"}', "{b}"),
        (Domain(forms=frozenset({"filled", "high_unbounded"})), "[2020-01-01,)", "[2020-01-01,2020-02-01)"),
        (Domain(high=Bound(date(2020, 2, 1))), "[2020-01-01,2020-02-01)", "[2020-01-01,2020-02-02)"),
        (Domain(forms=frozenset({"lower", "trimmed"})), "ab", "ab "),
        (Domain(values=(True,)), True, 1),
    ],
)
def test_each_part_of_a_domain_is_looked_at(domain: Domain, accepted: object, refused: object) -> None:
    """One value is in the domain, and one that differs in a single respect is not."""
    assert satisfies({"a": accepted}, World({"a": domain}))
    assert not satisfies({"a": refused}, World({"a": domain}))


def test_worlds_are_explained_in_a_line_each() -> None:
    """The line says what a world binds, in the table's order, and nothing of what it leaves free."""
    model = compiled("(((p = true) AND (a > 3) AND (x IS NULL)) OR ((p = false) AND (b >= a)))", not_null=["p", "a"])
    assert explain(component(model, "p")).splitlines() == [
        "a is not null, p = False, b >= a",
        "a >= 4, x is null, p = True",
    ]


def test_a_column_is_bound_by_its_type() -> None:
    """A small integer has no room above its limit, so such checks contradict each other."""
    small = replace(INTEGER, low=-32768, high=32767)
    table = Table(TableName("", "t"), (Column("a", small, nullable=False),), checks=(Check("big", "(a > 32767)"),))
    (found,) = compile_checks(table, "postgres").contradictions
    assert found.checks == ("big",)
