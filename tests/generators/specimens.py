"""Datasets for tests of the engine: one with every kind of part, relation and generator, and the tools to edit it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa

from generators import Digest, Run, compile_dataset, digest_of, generate
from generators.engine import Dataset
from generators.providers import read_generator
from generators.spec import ColumnSpec, CountSpec, DatasetSpec, PartSpec, SizeSpec, TableSpec, UniqueSpec, parse_type

DAY = date(2026, 4, 6)
FILL = ((1, 3.0), (2, 3.0), (3, 2.0), (5, 1.0))


def column(name: str, kind: str, written: Any, **options: Any) -> ColumnSpec:
    return ColumnSpec(name, parse_type(kind), read_generator(written), **options)


def part(name: str, maximum: int, **count: Any) -> PartSpec:
    return PartSpec(name, CountSpec(**count), maximum)


def dataset(*tables: TableSpec, per_root: int = 1, name: str = "specimen", root: str = "") -> DatasetSpec:
    return DatasetSpec(name, 1, DAY, SizeSpec("unit", root or tables[0].name, 100, per_root), tables)


def street() -> TableSpec:
    """A root that is never stored and holds 100 units."""
    return TableSpec(
        "street",
        (column("id", "bigint", "key"), column("ward", "text", {"choice": {"North": 2, "South": 1}})),
        stored=False,
    )


def house() -> TableSpec:
    """Fills its street's units exactly, and sums over its people."""
    return TableSpec(
        "house",
        (
            column("id", "bigint", "key"),
            column("size", "integer", {"constant": 0}),
            column("ward", "text", {"expression": "street.ward"}),
            column("heads", "integer", {"aggregate": {"table": "person", "function": "count"}}),
            column("income", "numeric(12,2)", {"aggregate": {"table": "person", "column": "pay"}}),
            column("oldest", "date", {"aggregate": {"table": "person", "column": "born", "function": "min"}}),
        ),
        parent="street",
        parts=(part("row", 100, kind="fill", weights=FILL, total=100, size="size"),),
        primary_key=("id",),
    )


def person() -> TableSpec:
    """Columns of most types, with nulls, conditions, references and what is looked up through them."""
    return TableSpec(
        "person",
        (
            column("id", "bigint", "key"),
            column("house_id", "bigint", {"expression": "house.id"}),
            column("born", "date", {"date_between": {"start": "add_years(epoch, -90)", "end": "epoch"}}),
            column("sex", "text", {"choice": {"F": 51, "M": 49}}),
            column("title", "text", {"given": {"on": "sex", "cases": {"F": {"choice": ["Ms", "Mrs"]}},
                                               "otherwise": {"constant": "Mr"}}}, nullable=True, nulls=0.1),
            column("number", "integer", {"unique_integer": {"max_value": 1_000_000}}),
            column("pay", "numeric(10,2)", {"expression": "money(randint(1, 1000, 'x'))"}),
            column("nick", "text", {"text": "{title:lower}.{number}"}, nullable=True),
            column("code", "char(8)", {"padded": {"column": "number", "width": 7, "prefix": "P"}}),
            column("uuid", "uuid", "uuid"),
            column("tags", "text[]", {"list": {"of": {"choice": ["x", "y", "zz"]}}}),
            column("note", "json", {"json_object": {"a": "number", "b": "title"}}),
            column("product_id", "bigint", {"reference": "product"}),
            column("price", "numeric(8,2)", {"lookup": {"table": "product", "by": "product_id", "column": "price"}}),
            column("share", "double", {"number": {"max_value": 1.0, "decimals": 6}}),
            column("seen", "timestamptz", {"timestamp_on": {"date": "born"}}),
            column("old", "boolean", {"expression": "age(born, as_of) >= 65 and sex in ('F',)"}),
        ),
        parent="house",
        parts=(part("row", 10, kind="expression", expression="size"),),
        primary_key=("id",),
        unique=(UniqueSpec(("number",)), UniqueSpec(("code",))),
        rank_maximum=100,
    )  # fmt: skip


def contact() -> TableSpec:
    """Two parts and a filter under every person."""
    return TableSpec(
        "contact",
        (
            column("id", "bigint", "key"),
            column("kind", "text", {"expression": "part"}),
            column("place", "integer", "ordinal"),
            column("value", "text", {"pattern": "AA-9999"}),
        ),
        parent="person",
        parts=(
            part("phone", 3, kind="choice", weights=((0, 1.0), (1, 2.0), (3, 1.0))),
            part("email", 2, kind="fixed", rows=1),
        ),
        keep="draw('kept') < 0.8",
        primary_key=("id",),
    )


def product() -> TableSpec:
    """A second tree, of fixed size."""
    return TableSpec(
        "product",
        (column("id", "bigint", "key"), column("price", "numeric(8,2)", {"number": {"max_value": 99.99}})),
        rows=50,
        primary_key=("id",),
    )


def shop() -> TableSpec:
    """A third tree, which grows with the dataset and refers to both the others."""
    return TableSpec(
        "shop",
        (
            column("id", "bigint", "key"),
            column("product_id", "bigint", {"reference": "product"}),
            column("code", "text", {"unique_pattern": "SA9999"}),
        ),
        rows=0.3,
        primary_key=("id",),
        unique=(UniqueSpec(("code",)),),
    )


def town() -> DatasetSpec:
    return dataset(street(), house(), person(), contact(), product(), shop(), per_root=100)


def compiled(spec: DatasetSpec | None = None) -> Dataset:
    return compile_dataset(spec or town())


def run_of(spec: DatasetSpec | Dataset | None = None, units: int = 300, seed: int = 1, **options: Any) -> Run:
    made = spec if isinstance(spec, Dataset) else compiled(spec)
    return Run(made, seed, units, options.pop("as_of", DAY), options.pop("epoch", DAY), **options)


def rows_of(run: Run, **options: Any) -> dict[str, list[dict[str, Any]]]:
    """All rows as Python objects, by table."""
    found: dict[str, list[dict[str, Any]]] = {table.name: [] for table in run.dataset.stored}
    for item in generate(run, **options):
        found[item.table] += item.batch.to_pylist()
    return found


def by_id(rows: Iterable[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in rows}


def table_of(run: Run, name: str, **options: Any) -> pa.Table:
    """All rows of one table as Arrow."""
    return pa.Table.from_batches([item.batch for item in generate(run, tables={name}, **options)])


def digests(run: Run, start: int = 0, stop: int | None = None, **options: Any) -> dict[str, Digest]:
    """Digests by table, with control over the size of blocks."""
    sums = {table.name: Digest() for table in run.dataset.stored}
    for item in generate(run, start, stop, **options):
        sums[item.table] += digest_of(item.batch)
    return sums


def with_table(spec: DatasetSpec, name: str, **changes: Any) -> DatasetSpec:
    """The dataset with one table altered."""
    return replace(spec, tables=tuple(replace(t, **changes) if t.name == name else t for t in spec.tables))


def table_named(spec: DatasetSpec, name: str) -> TableSpec:
    return next(table for table in spec.tables if table.name == name)


def with_columns(spec: DatasetSpec, name: str, *columns: ColumnSpec) -> DatasetSpec:
    """The dataset with columns added in front of a table's own."""
    return with_table(spec, name, columns=(*columns, *table_named(spec, name).columns))
