"""Dataset files: what is well written is loaded, and every mistake is named with its line, its value and a way out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators import Dataset, Run, digest_range, generate
from generators.spec import CountSpec
from seeds.dataset import dataset_names, load_dataset, parse_dataset
from seeds.dataset.source import LARGEST_FILE, read_source
from seeds.errors import DatasetFileError

ORDERS = Path(__file__).parent / "datasets" / "orders.yaml"
GOOD = ORDERS.read_text(encoding="utf-8")
NAME, PARAMETER, SPEC = "SPEC_UNKNOWN_NAME", "SPEC_BAD_PARAMETER", "SPEC_INVALID"
EXPRESSION, SMALL, CYCLE = "SPEC_BAD_EXPRESSION", "SPEC_DOMAIN_TOO_SMALL", "SPEC_CYCLE"
YAML, SHAPE = "DATASET_YAML", "DATASET_INVALID"

# What is replaced, by what, the code, words of the message, words of the hint. `§` marks the line that must be named.
Case = tuple[str, str, str, str, str]
NAMES: dict[str, Case] = {
    "unknown generator": ("generate: key}", "generate: kye}§", NAME, "'kye'", "'key'"),
    "generator with parameters": ("{boolean: 0.3}", "{boolaen: 0.3}§", NAME, "'boolaen'", "'boolean'"),
    "nested generator": ("{of: {choice: [new, sale]}", "{of: {chioce: [new, sale]}§", NAME, "'chioce'", "'choice'"),
    "generator in a case": (
        "old: {date_between: {start: customer.since", "old: {date_betwen: {start: customer.since§", NAME,
        "'date_betwen'", "'date_between'",
    ),
    "two generators": ("{boolean: 0.3}", "{boolean: 0.3, key: null}§", PARAMETER, "one generator", "write name"),
    "unknown parameter": ("min_value: 1,", "min_valu: 1,§", NAME, "'min_valu'", "'min_value'"),
    "bad parameter": ("max_value: 9}", "max_value: nine}§", PARAMETER, "'nine'", ""),
    "parameter out of range": ("{boolean: 0.3}", "{boolean: 3}§", PARAMETER, "3 is outside", ""),
    "missing parameter": ("{integer: {min_value: 1, max_value: 9}}", "integer§", PARAMETER, "max_value", "largest value"),
    "contradicting parameters": ("min_value: 1,", "min_value: 10,§", PARAMETER, "below min_value", ""),
    "bad choice of a parameter": ("function: count", "function: cuont§", NAME, "'cuont'", "'count'"),
    "negative weight": ("no: 3", "no: -3§", PARAMETER, "-3", ""),
    "unknown column": ("expression: quantity * price", "expression: quantity * prize§", NAME, "'prize'", "'price'"),
    "unknown ancestor": ("start: customer.since", "start: custmer.since§", NAME, "'custmer'", "'customer'"),
    "unknown ancestor's column": (
        "start: customer.since", "start: customer.sinc§", NAME, "'customer.sinc'", "'customer.since'"
    ),
    "unknown function": ("add_years(epoch, -5)", "add_year(epoch, -5)§", NAME, "'add_year'", "'add_years'"),
    "unreadable expression": ("expression: quantity * price", "expression: quantity *§", EXPRESSION, "'quantity *'", ""),
    "unsafe expression": ("expression: quantity * price", "expression: quantity ** 9§", EXPRESSION, "Pow", "use columns"),
    "bad expression in a count": ("1 if newsletter else 0", "1 if newsletter§", EXPRESSION, "1 if newsletter", ""),
    "unknown column in a count": ("1 if newsletter else 0", "1 if newsleter else 0§", NAME, "newsleter", "'newsletter'"),
    "bad expression of a condition": ("only_if: newsletter", "only_if: newsletter and§", EXPRESSION, "newsletter and", ""),
    "unknown column in a condition": ("only_if: newsletter", "only_if: newsleter§", NAME, "newsleter", "'newsletter'"),
    "reference to no table": ("references: warehouse.id", "references: warhouse.id§", NAME, "'warhouse'", "'warehouse'"),
    "reference to no column": ("references: warehouse.id", "references: warehouse.idd§", NAME, "idd", "'warehouse.id'"),
    "reference without column": ("references: warehouse.id", "references: warehouse§", SHAPE, "'warehouse'", ""),
    "reference to no key": ("references: warehouse.id", "references: warehouse.opened§", SPEC, "neither a primary", ""),
    "generated reference": ("{reference: warehouse}", "{reference: warehous}§", NAME, "'warehous'", "'warehouse'"),
    "unknown parent": ("parent: customer\n    parts", "parent: custmer§\n    parts", NAME, "'custmer'", "'customer'"),
    "unknown sibling": ("rows_of: order_header", "rows_of: order_heder§", NAME, "'order_heder'", "'order_header'"),
    "unknown root": ("root: customer", "root: custom§", NAME, "'custom'", "'customer'"),
    "unknown key column": ("primary_key: [order_id, line]", "primary_key: [order_id, lin]§", NAME, "'lin'", "'line'"),
    "unknown index column": ("[customer_id, ordered]", "[customer_id, orderd]§", NAME, "'orderd'", "'ordered'"),
    "key that is not stored": ("primary_key: [order_id, line]", "primary_key: price§", SPEC, "not stored", ""),
    "key named twice": ("primary_key: [order_id, line]", "primary_key: [line, line]§", SPEC, "twice", ""),
}  # fmt: skip
VALUES: dict[str, Case] = {
    "unknown type": ("type: smallint, generate: ordinal", "type: smalint, generate: ordinal§", NAME, "smalint", "smallint"),
    "unreadable type": ("type: char(7)", "type: char7§", SPEC, "'char7'", "varchar(40)"),
    "type without size": ("type: char(7)", "type: char§", SPEC, "takes 1 arguments", ""),
    "generator of another type": ("type: uuid,", "type: date,§", SPEC, "uuid makes uuid", ""),
    "nulls without nullable": ("nullable: true, ", "§", SPEC, "not nullable", ""),
    "domain too small": ("AA-9999", "A-9§", SMALL, "1,000 > 260", "fewer rows"),
    "joint domain too small": ("per_unit: 0.05", "per_unit: 5", SMALL, "120 distinct values but 5,000", "fewer rows"),
    "size too large": ("default: 1000,", "default: 9000000,", SMALL, "9,000,000", ""),
    "columns in a circle": ("generate: ordinal", "generate: {expression: line + 1}§", CYCLE, "order_line.line", ""),
    "no date": ("constant: 2020-02-29", "constant: 2021-02-29§", PARAMETER, "'2021-02-29'", ""),
    "no date at all": ("constant: 2020-02-29", "constant: 7§", PARAMETER, "7 is no date", ""),
    "unknown key": ("    rows: 3", "    row: 3§", NAME, "'row'", "'rows'"),
    "unknown key at the top": ("version: 1", "versoin: 1§", NAME, "'versoin'", "'version'"),
    "unknown key of a column": ("nulls: 0.5", "nuls: 0.5§", NAME, "'nuls'", "'nulls'"),
    "unknown key of a count": ("{1: 5, 2: 3, 3: 1}, maximum", "{1: 5, 2: 3, 3: 1}, maximun§", NAME, "maximun", "maximum"),
    "missing key": ("version: 1\n", "", SHAPE, "'version' is missing", ""),
    "missing key of a count": ("{choice: {1: 5, 2: 3, 3: 1}, maximum: 5}", "{choice: {1: 5}}§", SHAPE, "'maximum'", ""),
    "text for a number": ("version: 1", "version: one§", SHAPE, "whole number, not 'one'", ""),
    "fraction for a number": ("default: 1000,", "default: 10.5,§", SHAPE, "10.5", ""),
    "number out of range": ("nulls: 0.5", "nulls: 1.5§", SHAPE, "1.5", ""),
    "yes for true": ("nullable: true", "nullable: yes§", SHAPE, "true or false, not 'yes'", "only true and false"),
    "number for text": ("description: An order's total is the sum of its lines.", "description: 7§", SHAPE, "not 7", ""),
    "null for text": ("dataset: orders", "dataset: ~§", SHAPE, "null", ""),
    "list for a mapping": ("not_free: price > 0", "not_free§", SHAPE, "text", "put it in quotes"),
    "name with a capital": ("  warehouse:", "  Warehouse:§", SHAPE, "'Warehouse'", ""),
    "name of the engine's own": ("line: {type", "part: {type§", SPEC, "'part'", "another name"),
    "bad reference date": ("as_of: 2026-04-06", "as_of: 2026-13-06§", SHAPE, "2026-13-06", ""),
    "reference date in words": ("as_of: 2026-04-06", "as_of: today§", SHAPE, "'today'", ""),
    "unknown form of rows": ("rows: 3", "rows: {exactly: 3}§", SHAPE, "rows_of, per_unit", ""),
    "rows in words": ("rows: 3", "rows: three§", SHAPE, "'three'", ""),
    "rows and parts": ("parts:", "rows: 2\n    parts:§", SPEC, "exclude", ""),
    "parts of a root": ("    rows: 3", "    parts: {a: 3}§", SPEC, "not parts", ""),
    "choice of a root": ("rows: 3", "rows: {choice: {1: 1}, maximum: 3}§", SPEC, "no parent", "per_unit"),
    "per unit of a child": ("rows: {choice: {1: 5, 2: 3, 3: 1}, maximum: 5}", "rows: {per_unit: 2}§", SPEC, "root", ""),
    "rows of the root of all": ("  customer:\n", "  customer:\n    rows: 5§\n", SPEC, "takes no rows", "remove rows"),
    "more than the maximum": ("{1: 5, 2: 3, 3: 1}, maximum: 5", "{1: 5, 7: 3}, maximum: 5§", SPEC, "up to 7", ""),
    "no weight at all": ("{0: 1, 1: 2, 4: 1}", "{0: 0}§", PARAMETER, "above 0", ""),
}  # fmt: skip
SYNTAX: dict[str, Case] = {
    "key given twice": ("    rows: 3", "    rows: 3\n    rows: 4§", YAML, "'rows' is given twice", ""),
    "column given twice": ("      shelf:", "      aisle:§", YAML, "'aisle' is given twice", ""),
    "tabs": ("    rows: 3", "\trows: 3§", YAML, "not YAML", "not tabs"),
    "bracket left open": ("{unit: customer,", "[unit: customer,", YAML, "not YAML", ""),
    "merge key": ("  warehouse:\n", "  warehouse:\n    <<: {rows: 3}§\n", YAML, "merge keys", ""),
    "object tag": ("dataset: orders", "dataset: !!python/object/apply:os.getcwd []§", YAML, "python/object", ""),
    "binary tag": ("dataset: orders", "dataset: !!binary b3JkZXJz§", YAML, "binary", ""),
    "key that is a list": ("dataset: orders", "? [a]§\n: b\ndataset: orders", YAML, "single value", ""),
    "key given in two documents": ("dataset: orders", "dataset: other\n---\ndataset: orders§", YAML, "given twice", ""),
}  # fmt: skip
BAD = {**NAMES, **VALUES, **SYNTAX}


def edited(old: str, new: str) -> tuple[bytes, int]:
    """The good file with its first ``old`` replaced, and the line marked by ``§``, or 0 where none is."""
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    line = text[: text.index("§")].count("\n") + 1 if "§" in text else 0
    return text.replace("§", "").encode(), line


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_a_mistake_is_named_with_its_line_and_a_way_out(case: Case) -> None:
    """The refusal keeps the engine's code, points at the line, repeats the value and offers what is nearest."""
    old, new, code, words, hint = case
    data, line = edited(old, new)
    with pytest.raises(DatasetFileError) as caught:
        parse_dataset(data, "orders.yaml")
    error = caught.value
    assert error.code == code
    assert error.file == "orders.yaml"
    assert str(error).startswith(f"orders.yaml:{error.line}: ")
    assert words in error.message
    assert hint in error.hint
    if line:
        assert error.line == line
    else:
        assert error.line >= 1


def test_several_mistakes_of_shape_are_reported_together() -> None:
    """One report has them all, by line, the first as the message."""
    text = GOOD.replace("version: 1", "version: one").replace("nulls: 0.5", "nulls: 2").replace("rows: 3", "rows: ~3")
    with pytest.raises(DatasetFileError) as caught:
        parse_dataset(text.encode(), "f.yaml")
    lines = [int(found) for found in re.findall(r"^f\.yaml:(\d+): ", caught.value.message, re.MULTILINE)]
    assert len(lines) == 3
    assert lines == sorted(lines)
    assert lines[0] == caught.value.line == 3


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "only a comment": b"# dataset\n",
    "too large": b"#" * (LARGEST_FILE + 1),
    "not UTF-8": b"dataset: \xff\n",
    "a zero byte": b"dataset: a\0b\n",
    "many brackets": b"[" * 500_000,
    "many braces": b"a: " + b"{" * 500_000,
    "many dashes": b"- " * 400_000,
    "an alias of itself": b"a: &a [*a]\n",
    "a bomb of aliases": b"a: &a [1,1,1,1,1,1,1,1,1]\n"
    + b"".join(b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 9)) for c in range(98, 110)),
    "an unknown alias": b"a: *b\n",
    "a huge number": b"version: " + b"9" * 6000,
    "an infinite number": b"version: 1e999",
    "a list": b"- dataset: orders\n",
    "a scalar": b"orders\n",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_no_file_brings_the_reader_down(data: bytes) -> None:
    """What is huge, deep, endless or no dataset at all is refused like any other mistake."""
    with pytest.raises(DatasetFileError):
        parse_dataset(data, "f.yaml")


@given(st.binary(max_size=80) | st.text(st.sampled_from("ab:-[]{}&*!|>'\"#\n \t?~1"), max_size=60).map(str.encode))
def test_any_bytes_are_refused_as_a_mistake(data: bytes) -> None:
    """No few bytes make a dataset, and none of them make anything but the one refusal."""
    with pytest.raises(DatasetFileError):
        parse_dataset(data, "f.yaml")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("off", "off"), ("y", "y"), ("True", "True"), ("true", True),
        ("false", False), ("null", None), ("~", None), ("", None), ("2026-04-06", "2026-04-06"), ("007", "007"),
        ("0x1f", "0x1f"), ("1_000", "1_000"), ("12:30:45", "12:30:45"), ("10", 10), ("-3", -3), ("1.50", 1.5),
        ("1e3", 1000.0), ("'10'", "10"), (".inf", ".inf"), ("=", "="), ("!!str 10", "10"),
    ],
)  # fmt: skip
def test_plain_values_hold_no_surprise(written: str, value: object) -> None:
    """Only true and false are truth values; dates, octal and sexagesimal numbers stay text."""
    found = read_source(f"key: {written}\n".encode(), "f.yaml").value
    assert found == {"key": value}
    assert type(found["key"]) is type(value)  # type: ignore[index]


def test_norway_is_a_key_and_a_value() -> None:
    """A mapping from country to weight keeps its Norway."""
    dataset = load_dataset(ORDERS)
    answer = dataset.tables["customer"].columns["answer"].spec.generator
    assert answer.parameters["values"] == {"no": 3, "yes": 1, "on": 1}


def test_the_file_says_what_the_dataset_is() -> None:
    """Every section of the file arrives in the specs."""
    spec = load_dataset(ORDERS).spec
    tables = {table.name: table for table in spec.tables}
    assert (spec.name, spec.version, str(spec.as_of)) == ("orders", 1, "2026-04-06")
    assert (spec.size.unit, spec.size.default, spec.size.root, spec.size.per_root) == ("customer", 1000, "customer", 1)
    assert [rule.name for rule in spec.rules] == ["totals_add_up"]
    assert tables["warehouse"].rows == 3
    assert tables["product"].rows == pytest.approx(0.05)
    assert [key.columns for key in tables["product"].unique] == [("aisle", "shelf")]
    assert [(check.name, check.predicate) for check in tables["product"].checks] == [("not_free", "price > 0")]
    header = tables["order_header"]
    assert header.indexes == (("customer_id",), ("customer_id", "ordered"))
    assert [(key.column, key.table, key.target) for key in header.foreign_keys] == [("customer_id", "customer", "id")]
    assert [(part.name, part.maximum) for part in header.parts] == [("old", 6), ("recent", 2)]
    assert header.parts[0].count == CountSpec("choice", weights=((0, 1), (1, 2), (4, 1)))
    assert header.parts[1].count == CountSpec("expression", expression="1 if newsletter else 0")
    assert tables["parcel"].parts[0].count == CountSpec("rows_of", table="order_header")
    line = {column.name: column for column in tables["order_line"].columns}
    assert tables["order_line"].primary_key == ("order_id", "line")
    assert (line["price"].stored, str(line["price"].type)) == (False, "numeric(8,2)")


def test_a_fill_gives_its_size_column() -> None:
    """The column that a fill names needs no generator, and holds what the fill drew."""
    text = """
        dataset: flats
        version: 1
        as_of: 2026-04-06
        size: {unit: tenant, default: 100, root: block, per_root: 20}
        tables:
          block: {stored: false, columns: {id: {type: bigint, generate: key}}}
          flat:
            parent: block
            rows: {fill: 20, size: tenants, weights: {1: 2, 3: 1.5}, maximum: 20}
            columns: {id: {type: bigint, generate: key}, tenants: {type: smallint}}
        """
    dataset = parse_dataset(text.encode(), "flats.yaml")
    run = Run(dataset, 1, 100, dataset.spec.as_of, dataset.spec.as_of)
    sizes = [size for item in generate(run) for size in item.batch.column("tenants").to_pylist()]
    assert sum(sizes) == 100
    assert max(sizes) == 3
    for old, new, words in (
        ("{type: smallint}", "{type: smallint, generate: key}", "takes no generator"),
        ("{type: smallint}", "{type: text}", "its type is one of"),
        ("tenants: {type", "others: {type", "'generate'"),
    ):
        with pytest.raises(DatasetFileError, match=words):
            parse_dataset(text.replace(old, new).encode(), "flats.yaml")


def test_orders_add_up_whatever_the_partition() -> None:
    """The engine is no borough's: lookups, sums and joint uniqueness hold for a shop, in any number of parts."""
    dataset = load_dataset(ORDERS)
    run = Run(dataset, 7, 200, dataset.spec.as_of, dataset.spec.as_of)
    rows: dict[str, list[dict[str, object]]] = {table.name: [] for table in dataset.stored}
    for item in generate(run):
        rows[item.table] += item.batch.to_pylist()
    sums: dict[object, object] = {}
    for line in rows["order_line"]:
        sums[line["order_id"]] = sums.get(line["order_id"], 0) + line["amount"]  # type: ignore[operator]
    assert sums == {order["id"]: order["total"] for order in rows["order_header"]}
    places = [(product["aisle"], product["shelf"]) for product in rows["product"]]
    assert len(set(places)) == len(places) == 10
    whole, parts = digest_range(run, 0, 200), [digest_range(run, start, start + 50) for start in range(0, 200, 50)]
    assert {name: sum((part[name] for part in parts[1:]), parts[0][name]) for name in whole} == whole


def test_a_path_and_its_text_load_alike(tmp_path: Path) -> None:
    """A file under another name, with a byte order mark and Windows line ends, is the same dataset."""
    copy = tmp_path / "copy.yml"
    copy.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_dataset(copy).spec.tables == load_dataset(str(ORDERS)).spec.tables


def test_packaged_datasets_load_by_name() -> None:
    """Every dataset that comes with Understudy loads, and is called what its file is called."""
    assert dataset_names()
    for name in dataset_names():
        assert load_dataset(name).name == name


def test_an_unknown_dataset_is_answered_with_the_nearest() -> None:
    """A slip in a dataset's name is named with what was probably meant."""
    with pytest.raises(DatasetFileError) as caught:
        load_dataset("burough")
    assert caught.value.code == "DATASET_UNKNOWN"
    assert "'borough'" in caught.value.hint


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """The refusal names the path, and a file beside it that was probably meant."""
    (tmp_path / "orders.yaml").write_text(GOOD)
    with pytest.raises(DatasetFileError) as caught:
        load_dataset(tmp_path / "ordrs.yaml")
    assert caught.value.code == "DATASET_UNREADABLE"
    assert caught.value.file == str(tmp_path / "ordrs.yaml")
    assert "'orders.yaml'" in caught.value.hint
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetFileError) as caught:
        load_dataset(tmp_path / "empty")
    assert caught.value.code == "DATASET_UNREADABLE"


def test_a_folder_is_one_dataset(tmp_path: Path) -> None:
    """Its files are joined in the order of their names; a mistake is named in its own file, on its own line."""
    head, tables = GOOD.split("tables:", 1)
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "1.yaml").write_text(head)
    (tmp_path / "orders" / "2.yaml").write_text(f"# more\ntables:{tables}")
    (tmp_path / "orders.yaml").write_text(GOOD)
    whole, joined = load_dataset(tmp_path / "orders.yaml"), load_dataset(tmp_path / "orders")
    assert replace(joined.spec, source="") == replace(whole.spec, source="")
    (tmp_path / "orders" / "3.yaml").write_text("# wrong\ntables:\n  extra: {colums: {}}\n")
    with pytest.raises(DatasetFileError) as caught:
        load_dataset(tmp_path / "orders")
    assert caught.value.file == str(tmp_path / "orders" / "3.yaml")
    assert caught.value.line == 3
    assert str(caught.value).count("3.yaml:3") == 1


EXTENSION = """
dataset: letters
version: 1
extends: orders.yaml
tables:
  letter:
    parent: customer
    rows: 1
    primary_key: id
    columns:
      id: {type: bigint, generate: key}
      reader: {type: bigint, generate: {expression: customer.id}}
      since: {type: date, generate: {expression: customer.since}}
"""


def test_an_extension_agrees_with_what_it_extends(tmp_path: Path) -> None:
    """Its tables are made from the other dataset's values, which it does not store and does not change."""
    (tmp_path / "orders.yaml").write_text(GOOD)
    (tmp_path / "letters.yaml").write_text(EXTENSION)
    orders, letters = load_dataset(tmp_path / "orders.yaml"), load_dataset(tmp_path / "letters.yaml")
    assert [table.name for table in letters.stored] == ["letter"]

    def rows(dataset: Dataset, table: str, columns: Sequence[str]) -> set[tuple[object, ...]]:
        run = Run(dataset, 7, 40, dataset.spec.as_of, dataset.spec.as_of)
        batches = [batch.batch for batch in generate(run) if batch.table == table]
        return {tuple(row[name] for name in columns) for batch in batches for row in batch.to_pylist()}

    customers = rows(orders, "customer", ("id", "since"))
    assert len(customers) > 10
    assert rows(letters, "letter", ("reader", "since")) == customers


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  letter:", "  customer:", "already"),
        ("extends: orders.yaml", "extends: other.yaml", "other.yaml"),
        ("extends: orders.yaml\n", "", "'as_of' is missing"),
        ("parent: customer", "parent: custmer", "'custmer'"),
    ],
)
def test_a_wrong_extension_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    """A table of the same name, an absent dataset, a missing date and an unknown parent are named."""
    (tmp_path / "orders.yaml").write_text(GOOD)
    (tmp_path / "letters.yaml").write_text(EXTENSION.replace(old, new))
    with pytest.raises(DatasetFileError) as caught:
        load_dataset(tmp_path / "letters.yaml")
    assert words in str(caught.value)
