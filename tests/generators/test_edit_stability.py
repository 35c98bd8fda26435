"""Edit stability: after an edit of the dataset, values that have nothing to do with it are the values there were."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from generators.spec import DatasetSpec, TableSpec
from tests.generators.specimens import (
    column,
    dataset,
    part,
    rows_of,
    run_of,
    table_named,
    town,
    with_columns,
    with_table,
)

Rows = dict[str, list[dict[str, Any]]]


def changed(before: Rows, after: Rows, *, ignore: frozenset[tuple[str, str]] = frozenset()) -> int:
    """How many values of rows that were there are missing or different now."""
    count = 0
    for name, rows in before.items():
        known = {row["id"]: row for row in after.get(name, [])}
        for row in rows:
            now = known.get(row["id"], {})
            count += sum(now.get(key, "missing") != value for key, value in row.items() if (name, key) not in ignore)
    return count


@pytest.fixture(scope="module")
def before() -> Rows:
    return rows_of(run_of())


def after(spec: DatasetSpec) -> Rows:
    return rows_of(run_of(spec))


def test_the_count_sees_changes(before: Rows) -> None:
    """The measure itself finds nothing in the same rows, and most values under another seed."""
    assert changed(before, before) == 0
    assert changed(before, rows_of(run_of(seed=2))) > 1000


@pytest.mark.parametrize("name", ["house", "person", "contact", "product", "shop"])
def test_a_column_more_changes_nothing(name: str, before: Rows) -> None:
    """A column in front of all others, random or not, leaves every other value of every table."""
    more = column("extra", "integer", {"integer": {"max_value": 99}}), column("more", "text", {"constant": "x"})
    made = after(with_columns(town(), name, *more))
    assert changed(before, made) == 0
    assert {"extra", "more"} <= set(made[name][0])


def test_a_column_less_changes_nothing(before: Rows) -> None:
    """Without a column, the others stay."""
    columns = tuple(item for item in table_named(town(), "person").columns if item.name != "tags")
    made = after(with_table(town(), "person", columns=columns))
    assert changed(before, made, ignore=frozenset({("person", "tags")})) == 0


def test_the_order_of_columns_and_tables_changes_nothing(before: Rows) -> None:
    """Everything written backwards is the same dataset."""
    tables = tuple(replace(table, columns=table.columns[::-1]) for table in town().tables[::-1])
    assert changed(before, after(replace(town(), tables=tables))) == 0


def test_a_table_more_changes_nothing(before: Rows) -> None:
    """A new child of the root, of a table in the middle and of a leaf leave every other value."""
    for parent in ("street", "house", "contact"):
        pet = TableSpec(
            "pet",
            (column("id", "bigint", "key"), column("kind", "text", {"choice": ["cat", "dog"]})),
            parent=parent, parts=(part("row", 4, kind="choice", weights=((0, 1.0), (3, 1.0))),), primary_key=("id",),
        )  # fmt: skip
        spec = replace(town(), tables=(pet, *town().tables))
        made = after(spec)
        assert changed(before, made) == 0
        assert made["pet"]


def test_a_tree_more_changes_nothing(before: Rows) -> None:
    """A second root with children of its own, which refers to the first ones, leaves every other value."""
    depot = TableSpec(
        "depot",
        (column("id", "bigint", "key"), column("product_id", "bigint", {"reference": "product"})),
        rows=0.2, primary_key=("id",),
    )  # fmt: skip
    van = TableSpec("van", (column("id", "bigint", "key"),), parent="depot", parts=(part("row", 2, kind="fixed"),))
    assert changed(before, after(replace(town(), tables=(depot, van, *town().tables)))) == 0


def test_a_parent_more_repoints_its_share_only(before: Rows) -> None:
    """One more row in a table of fixed size changes about 1/51 of the references to it, and what they look up."""
    follows = frozenset({("person", "product_id"), ("person", "price"), ("shop", "product_id")})
    made = after(with_table(town(), "product", rows=51))
    assert changed(before, made, ignore=follows) == 0
    assert 0 < changed(before, made) < (2 * len(before["person"]) + len(before["shop"])) / 51 * 3


def test_a_root_more_changes_nothing(before: Rows) -> None:
    """More units leave every row that was there."""
    assert changed(before, rows_of(run_of(units=301))) == 0
    assert changed(before, rows_of(run_of(units=400))) == 0


def test_a_child_more_changes_nothing(before: Rows) -> None:
    """One more row under every parent, inside the room that was reserved, leaves the others."""
    parts = (table_named(town(), "contact").parts[0], part("email", 2, kind="fixed", rows=2))
    made = after(with_table(town(), "contact", parts=parts))
    assert changed(before, made) == 0
    assert len(made["contact"]) > len(before["contact"])


def test_a_part_more_changes_keys_only(before: Rows) -> None:
    """A new part takes room in the packed keys of its table; every other value and table stays."""
    spec = with_table(town(), "contact", parts=(*table_named(town(), "contact").parts, part("fax", 1, kind="fixed")))
    made = after(spec)
    assert changed({k: v for k, v in before.items() if k != "contact"}, made) == 0
    kept = [
        {key: value for key, value in row.items() if key != "id"} for row in made["contact"] if row["kind"] != "fax"
    ]
    assert kept == [{key: value for key, value in row.items() if key != "id"} for row in before["contact"]]


def test_parts_in_another_order_change_keys_only(before: Rows) -> None:
    """A part's rows are keyed by its name: only their packed keys and their order follow its position."""
    made = after(with_table(town(), "contact", parts=table_named(town(), "contact").parts[::-1]))

    def contents(rows: Rows) -> list[tuple[Any, ...]]:
        return sorted((row["kind"], row["place"], row["value"]) for row in rows["contact"])

    assert contents(made) == contents(before)


def test_a_filter_drops_rows_and_changes_none(before: Rows) -> None:
    """With a stricter filter, the rows that stay are rows there were."""
    made = after(with_table(town(), "contact", keep="draw('kept') < 0.8 and place == 0"))
    assert 0 < len(made["contact"]) < len(before["contact"])
    assert changed(made, before) == 0


def test_a_share_of_nulls_blanks_values_and_changes_none(before: Rows) -> None:
    """A column that becomes nullable keeps the values that it does not lose."""
    columns = [
        replace(c, nullable=True, nulls=0.4) if c.name == "share" else c for c in table_named(town(), "person").columns
    ]
    made = after(with_table(town(), "person", columns=tuple(columns)))
    assert changed(before, made, ignore=frozenset({("person", "share")})) == 0
    kept = [
        (a["share"], b["share"])
        for a, b in zip(before["person"], made["person"], strict=True)
        if b["share"] is not None
    ]
    assert all(a == b for a, b in kept)
    assert 0.4 * len(before["person"]) < len(kept) < 0.8 * len(before["person"])


def test_a_count_of_more_choices_changes_no_row_that_stays() -> None:
    """Where a parent gets more or fewer children, those it had in both cases are the same rows."""

    def orders(*weights: tuple[int, float]) -> DatasetSpec:
        order = TableSpec(
            "order",
            (column("id", "bigint", "key"), column("n", "integer", {"integer": {"max_value": 10**9}})),
            parent="buyer", parts=(part("row", 9, kind="choice", weights=weights),),
        )  # fmt: skip
        return dataset(TableSpec("buyer", (column("id", "bigint", "key"),)), order)

    first, second = (
        rows_of(run_of(orders(*weights)))["order"] for weights in (((1, 1.0), (4, 1.0)), ((0, 1.0), (9, 2.0)))
    )
    values = [{row["id"]: row["n"] for row in rows} for rows in (first, second)]
    common = values[0].keys() & values[1].keys()
    assert len(common) > 200
    assert all(values[0][key] == values[1][key] for key in common)
