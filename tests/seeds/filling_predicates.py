"""CHECK constraints that can be satisfied together: shapes for one column, shapes over several, and random formulas.

A column gets at most one shape of its own, or takes part in one shape over several columns; so each shape can be
satisfied whatever the others say.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from tests.seeds.filling_formulas import add_formulas
from tests.seeds.filling_schemas import TrialTable, quoted

_NUMBERS = ("integer", "bigint", "smallint", "numeric(10,2)", "numeric(4,0)", "numeric", "double precision", "real")
_MOMENTS = ("date", "timestamp", "timestamptz", "timestamp(0)")
_TEXTS = ("text", "varchar(12)")

# Each shape holds for at least thirty values, so that a column under it can still be a key.
_WIDE_SHAPES = {
    **dict.fromkeys(_NUMBERS, ("{0} >= 0", "{0} > 0", "{0} BETWEEN 10 AND 99", "{0} <> 0", "{0} <= 1000 AND {0} > -5")),
    **dict.fromkeys(
        _MOMENTS,
        (
            "{0} >= '2000-01-01'",
            "{0} < '2030-01-01'",
            "{0} > '2020-01-01' AND {0} < '2021-01-01'",
            "EXTRACT(year FROM {0}) >= 2000",
        ),
    ),
    **dict.fromkeys(
        _TEXTS,
        (
            "length({0}) <= 10",
            "char_length({0}) BETWEEN 4 AND 9",
            "{0} <> ''",
            "btrim({0}) <> ''",
            "{0} ~ '^[A-Z]{{2}}[0-9]{{3}}$'",
            "{0} LIKE 'AB-%'",
            "{0} = lower({0})",
            "{0} ~* '^[a-z]+$'",
            "length({0}) = 6",
            "{0} !~ '\\s'",
            "{0} NOT LIKE '%@%'",
            "char_length({0}) > 2",
        ),
    ),
    "varchar(3)": ("{0} ~ '^[A-Z]{{3}}$'", "{0} <> ''", "upper({0}) = {0}"),
    "char(5)": ("{0} ~ '^[0-9]{{5}}$'", "{0} <> '00000'"),
    "uuid": ("{0} <> '00000000-0000-0000-0000-000000000000'",),
    "bytea": ("octet_length({0}) = 16", "octet_length({0}) <= 8"),
}  # fmt: skip
_NARROW_SHAPES = {
    **dict.fromkeys(_NUMBERS, ("{0} IN (1, 2, 3)", "{0} = ANY (ARRAY[5, 7])", "{0} = 1", "{0} BETWEEN 1 AND 12")),
    **dict.fromkeys(
        _TEXTS,
        (
            "{0} IN ('open', 'closed')",
            "{0} = ANY (ARRAY['a', 'b'])",
            "{0} = 'fixed'",
            "upper({0}) IN ('M', 'F')",
            "{0} IN ('x', 'y') OR {0} IS NULL",
        ),
    ),
    "date": ("{0} = date_trunc('month', {0})", "EXTRACT(day FROM {0}) = 1"),
    "timestamp": ("{0} = date_trunc('day', {0})",),
    "boolean": ("{0} IS TRUE", "{0} IS NOT FALSE", "NOT {0}", "{0} = false"),
    "char(1)": ("{0} IN ('A', 'B', 'C')", "{0} ~ '^[X-Z]$'"),
    "json": ("json_typeof({0}) = 'object'",),
    "jsonb": ("jsonb_typeof({0}) = 'object'", "jsonb_typeof({0}) = 'array'", "{0} ? 'name'", "{0} <> '{{}}'::jsonb"),
    "text[]": (
        "cardinality({0}) <= 3", "array_length({0}, 1) > 0", "cardinality({0}) = 2", "NOT ('' = ANY ({0}))",
        "array_position({0}, NULL) IS NULL", "{0} <@ ARRAY['a', 'b', 'c']",
    ),
    "integer[]": ("cardinality({0}) > 0", "cardinality({0}) BETWEEN 1 AND 2", "0 < ALL ({0})"),
    "mood": ("{0} IN ('calm', 'glad')", "{0} <> 'tired'"),
    "daterange": ("NOT isempty({0})", "lower({0}) IS NOT NULL", "upper_inf({0})"),
    "int4range": ("NOT isempty({0})", "lower({0}) >= 0"),
    "interval": ("{0} > interval '0'", "{0} <= interval '1 day'"),
    "inet": ("family({0}) = 4",),
}  # fmt: skip


def add_checks(draw: st.DrawFn, table: TrialTable) -> None:
    """Up to a handful of CHECKs that leave room for every row."""
    keyed = {column.name for column in table.columns} & table.compared
    for column in [one for one in table.columns if not one.extra]:
        shapes = list(_WIDE_SHAPES.get(column.type, ()))
        if column.name not in keyed:
            shapes += _NARROW_SHAPES.get(column.type, ())
        if shapes and column.name not in table.settled and draw(st.integers(0, 2)) == 0:
            table.check(draw(st.sampled_from(shapes)).format(quoted(column.name)))
            table.compared.add(column.name)
    for make in draw(st.lists(st.sampled_from(_SEVERAL), max_size=2)):
        make(draw, table)


def _null_arc(draw: st.DrawFn, table: TrialTable) -> None:
    """Columns of which a certain number is filled."""
    free = [one for one in table.columns if one.nullable and one.name not in table.compared and not one.extra]
    if len(free) < 2:
        return
    chosen = draw(st.lists(st.sampled_from(free), min_size=2, max_size=4, unique=True))
    names = ", ".join(quoted(column.name) for column in chosen)
    table.check(draw(st.sampled_from((
        f"num_nonnulls({names}) = 1", f"num_nonnulls({names}) >= 1", f"num_nulls({names}) <= 1",
        f"num_nonnulls({names}) = {len(chosen)} OR num_nonnulls({names}) = 0",
        f"({quoted(chosen[0].name)} IS NULL) <> ({quoted(chosen[1].name)} IS NULL)",
        f"({quoted(chosen[0].name)} IS NULL) = ({quoted(chosen[1].name)} IS NULL)",
        f"{quoted(chosen[0].name)} IS NOT NULL OR {quoted(chosen[1].name)} IS NOT NULL",
        f"COALESCE({names.replace(', ', '::text, ')}::text) IS NOT NULL",
    ))))  # fmt: skip
    table.compared.update(column.name for column in chosen)


def _state(draw: st.DrawFn, table: TrialTable) -> None:
    """A state that decides whether another column is filled."""
    free = [one for one in table.columns if one.nullable and one.name not in table.compared and not one.extra]
    if not free:
        return
    about = quoted(draw(st.sampled_from(free)).name)
    state = table.add("state", draw(st.sampled_from(("text", "varchar(12)", "mood", "boolean", "smallint"))))
    labels = {"mood": ("'calm'", "'glad'"), "boolean": ("true", "false"), "smallint": ("1", "2")}
    first, second = labels.get(state.type, ("'open'", "'closed'"))
    name = quoted(state.name)
    table.check(draw(st.sampled_from((
        f"({name} = {first}) = ({about} IS NOT NULL)",
        f"{name} <> {first} OR {about} IS NOT NULL",
        f"({name} = {first} AND {about} IS NULL) OR ({name} = {second} AND {about} IS NOT NULL)",
        f"CASE WHEN {name} = {first} THEN {about} IS NOT NULL ELSE true END",
        f"{name} IN ({first}, {second}) AND NOT ({name} = {second} AND {about} IS NULL)",
    ))))  # fmt: skip
    table.compared |= {about.strip('"'), state.name}


def _order(draw: st.DrawFn, table: TrialTable) -> None:
    """Two or three columns in order, or unlike one another."""
    type_ = draw(st.sampled_from((*_MOMENTS, "integer", "numeric(10,2)", "smallint")))
    nullable = draw(st.booleans())
    low, high = (quoted(table.add(name, type_, nullable=nullable).name) for name in ("start_date", "end_date"))
    shapes = [f"{low} <= {high}", f"{high} > {low}", f"{high} IS NULL OR {high} >= {low}", f"{low} <> {high}"]
    if type_ == "date":
        shapes += [f"{high} >= {low} + 7", f"{high} <= {low} + 30 AND {high} >= {low}"]
    if type_ in ("timestamp", "timestamptz"):
        shapes.append(f"{high} >= {low} + interval '1 hour'")
    table.check(draw(st.sampled_from(shapes)))
    table.compared |= {low.strip('"'), high.strip('"')}


def _arithmetic(draw: st.DrawFn, table: TrialTable) -> None:
    """Three amounts that add up."""
    type_ = draw(st.sampled_from(("integer", "numeric(10,2)", "bigint")))
    net, tax, gross = (quoted(table.add(name, type_).name) for name in ("net", "tax", "gross"))
    table.check(draw(st.sampled_from((
        f"{gross} = {net} + {tax}", f"{net} + {tax} <= 1000", f"{gross} >= {net} + {tax}",
        f"{gross} - {net} = {tax} AND {tax} >= 0", f"{gross} = {net} + {tax} AND {net} >= 0 AND {tax} BETWEEN 0 AND {gross}",
    ))))  # fmt: skip
    table.compared |= {name.strip('"') for name in (net, tax, gross)}


_SEVERAL: tuple[Callable[[st.DrawFn, TrialTable], None], ...] = (
    _null_arc, _state, _order, _arithmetic, add_formulas,
)  # fmt: skip
