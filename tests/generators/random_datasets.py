"""A strategy for small random datasets: forests up to three levels deep, parts of every kind, filters and relations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from generators.spec import ColumnSpec, DatasetSpec, PartSpec, TableSpec, UniqueSpec
from tests.generators.specimens import column, dataset, part

VALUES: tuple[tuple[str, Any], ...] = (
    ("integer", {"integer": {"min_value": -5, "max_value": 50}}),
    ("double", {"number": {"max_value": 9.0, "decimals": 3}}),
    ("numeric(8,2)", {"number": {"min_value": -9.0, "max_value": 9.0}}),
    ("boolean", {"boolean": 0.3}),
    ("text", {"choice": {"a": 1, "bb": 2, "": 3}}),
    ("varchar(7)", {"pattern": "AA-9999"}),
    ("date", {"date_between": {"start": "add_years(epoch, -2)", "end": "as_of"}}),
    ("timestamp", {"timestamp_on": "epoch"}),
    ("uuid", "uuid"),
    ("text[]", {"list": {"of": {"choice": ["x", "y"]}, "max_size": 2}}),
    ("integer", "ordinal"),
    ("bigint", {"expression": "randint(0, ordinal + 3, 'r') * 2 + id % 7"}),
    ("text", {"given": {"on": "part", "cases": {"row": {"pattern": "A9"}, "q": {"constant": "z"}},
                        "otherwise": {"choice": ["u", "v"]}}}),
)  # fmt: skip
KEEPS = ("draw('keep') < 0.6", "id % 3 != 0")


@st.composite
def plain_columns(draw: st.DrawFn) -> tuple[ColumnSpec, ...]:
    found = [column("id", "bigint", "key")]
    for place, (kind, written) in enumerate(draw(st.lists(st.sampled_from(VALUES), max_size=4))):
        nulls = draw(st.sampled_from([0.0, 0.0, 0.3]))
        only_if = draw(st.sampled_from(["", "", "id % 2 == 0", "draw('only') < 0.5"]))
        found.append(column(f"c{place}", kind, written, nullable=bool(nulls or only_if), nulls=nulls, only_if=only_if))
    if draw(st.booleans()):
        nulls = draw(st.sampled_from([0.0, 0.0, 0.4]))
        unique = {"unique_integer": {"max_value": 2_000_000_000}}
        found.append(column("u", "integer", unique, nullable=nulls > 0, nulls=nulls))
    return tuple(found)


def distinct(columns: tuple[ColumnSpec, ...]) -> tuple[UniqueSpec, ...]:
    return tuple(UniqueSpec((item.name,)) for item in columns if item.name == "u")


@st.composite
def parts(draw: st.DrawFn, parent: TableSpec, siblings: list[str]) -> tuple[PartSpec, ...]:
    kinds = ["fixed", "choice", "expression"] + ["rows_of"] * bool(siblings)
    made = []
    for name in draw(st.sampled_from([("row",), ("row", "q"), ("p", "q", "row")])):
        kind = draw(st.sampled_from(kinds))
        count: dict[str, Any] = {
            "fixed": {"rows": draw(st.integers(0, 3))},
            "choice": {"weights": ((0, 1.0), (2, 2.0), (3, 1.0))},
            "expression": {"expression": draw(st.sampled_from(["id % 3", "randint(0, 3, 'n')"]))},
            "rows_of": {"table": draw(st.sampled_from(siblings or [""]))},
        }[kind]
        room = 12 if kind == "rows_of" else 3
        made.append(part(name, draw(st.integers(room, room + 2)), kind=kind, **count))
    return tuple(made)


@st.composite
def trees(draw: st.DrawFn, root: str, depth: int, referred: list[str], **options: Any) -> list[TableSpec]:
    """A root and its descendants, with sums upwards and references into other trees."""
    columns = draw(plain_columns())
    tables = [TableSpec(root, columns, unique=distinct(columns), **options)]
    for level in range(depth):
        above = [table for table in tables if table.name.count("_") == level]
        for parent in above:
            siblings: list[str] = []
            for number in range(draw(st.integers(0, 2))):
                columns = draw(plain_columns())
                if referred and draw(st.booleans()):
                    target = draw(st.sampled_from(referred))
                    columns += (
                        column("to", "bigint", {"reference": target}, nullable=True, nulls=0.2),
                        column(
                            "seen", "bigint", {"lookup": {"table": target, "by": "to", "column": "id"}}, nullable=True
                        ),
                    )
                name = f"{parent.name}_{number}"
                keep = draw(st.sampled_from(["", "", *KEEPS]))
                tables.append(
                    TableSpec(name, columns, parent=parent.name, parts=draw(parts(parent, siblings)), keep=keep,
                              unique=distinct(columns), stored=draw(st.integers(0, 4)) > 0,
                              rank_maximum=draw(st.sampled_from([0, 1000])))
                )  # fmt: skip
                siblings.append(name)
    return tables


@st.composite
def datasets(draw: st.DrawFn) -> DatasetSpec:
    """A dataset of up to three trees whose main one may hold several units in each root."""
    others: list[TableSpec] = []
    if draw(st.booleans()):
        others += draw(trees("f", 1, [], rows=draw(st.integers(1, 9))))
    if draw(st.booleans()):
        others += draw(trees("g", 1, [], rows=draw(st.sampled_from([0.1, 0.5, 1.0, 2.5]))))
    per_root = draw(st.sampled_from([1, 1, 7, 10]))
    main = draw(trees("r", 3, [table.name for table in others if table.parent is None]))
    root = main[0]
    if draw(st.booleans()):
        main[0] = replace(root, keep=draw(st.sampled_from(KEEPS)))
    for name, total in (("fill", per_root), ("also", 5)):
        if per_root > 1 or draw(st.booleans()):
            sizes = part("row", total, kind="fill", weights=((1, 2.0), (2, 1.0), (4, 1.0)), total=total, size="size")
            columns = (*draw(plain_columns()), column("size", "integer", {"constant": 0}))
            keep = draw(st.sampled_from(["", "size > 1", KEEPS[0]]))
            filled = TableSpec(name, columns, parent="r", parts=(sizes,), keep=keep, unique=distinct(columns))
            inner = (column("id", "bigint", "key"), column("pay", "double", {"expression": "draw('p')"}))
            main += [
                replace(filled, columns=(*columns, *sums(f"{name}_in"))),
                TableSpec(
                    f"{name}_in", inner, parent=name, parts=(part("row", 5, kind="expression", expression="size"),)
                ),
            ]
    return dataset(*draw(st.permutations([*main, *others])), per_root=per_root, root="r")


def sums(child: str) -> tuple[ColumnSpec, ...]:
    return (
        column("n", "bigint", {"aggregate": {"table": child, "function": "count"}}),
        column("pays", "double", {"aggregate": {"table": child, "column": "pay"}}),
        column("most", "double", {"aggregate": {"table": child, "column": "pay", "function": "max"}}, nullable=True),
    )
