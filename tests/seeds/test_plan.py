"""A plan says what seeding will do, and does nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from generators import Dataset, Run, compile_dataset
from generators.errors import DomainTooSmallError
from generators.spec import GeneratorSpec
from seeds.planner import Plan, plan_dataset
from tests.seeds.boroughs import asked, borough, generated, orders, run_of_request, with_column
from tests.seeds.command_line import CommandLine


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line."""
    return CommandLine(monkeypatch, capsys)


def plan(units: int, dataset: Dataset) -> Plan:
    return plan_dataset(run_of_request(asked(units, dataset=dataset)))


@pytest.mark.parametrize("units", [1, 99, 350, 1234])
@pytest.mark.parametrize("dataset", [borough(), orders()], ids=["borough", "orders"])
def test_a_plan_counts_what_will_be_loaded(dataset: Dataset, units: int) -> None:
    """Each table's rows are those that generation makes, not an estimate."""
    made = plan(units, dataset)
    assert made.exact
    assert {table.name: table.rows for table in made.tables} == generated(units, dataset=dataset)[1]


def test_tables_come_after_those_they_refer_to() -> None:
    """In the plan's order every foreign key points backwards or at its own table."""
    for dataset in (borough(), orders()):
        seen: set[str] = set()
        for table in plan(100, dataset).tables:
            assert set(table.refers_to) <= seen, table.name
            seen.add(table.name)


def test_a_large_plan_says_that_it_is_an_estimate() -> None:
    """Above 50,000 units rows are extrapolated, close to what smaller sizes have for each unit."""
    small, large = plan(5_000, borough()), plan(200_000, borough())
    assert (small.exact, large.exact) == (True, False)
    for few, many in zip(small.tables, large.tables, strict=True):
        assert many.rows / few.rows == pytest.approx(40, rel=0.1), few.name


def test_bytes_grow_with_rows() -> None:
    """A table's bytes are its rows' width times their number: twice the rows, about twice the bytes."""
    few, many = plan(1000, borough()), plan(2000, borough())
    for small, large in zip(few.tables, many.tables, strict=True):
        assert large.size_bytes / small.size_bytes == pytest.approx(large.rows / small.rows, rel=0.05)


def test_a_size_that_cannot_be_is_refused_in_planning() -> None:
    """The arithmetic of the smallest domain is in the message, before any row is made."""
    with pytest.raises(DomainTooSmallError) as refused:
        plan(1_200_000, borough())
    assert refused.value.needed > refused.value.capacity == 909_091
    assert f"{refused.value.needed:,} > 909,091" in refused.value.message


def test_the_sizes_between_which_numbers_run_out() -> None:
    """A million residents have an NHS number each who should; at 1.2 million they run out."""
    borough().check_capacity(1_000_000)
    with pytest.raises(DomainTooSmallError, match="nhs_number"):
        borough().check_capacity(1_200_000)


def test_a_generator_that_is_called_for_each_row_is_a_finding() -> None:
    """The plan names the column, and the finding keeps its fingerprint."""
    slow = GeneratorSpec("faker.city", {"per_row": True})
    dataset = compile_dataset(with_column(orders().spec, "customer", "answer", generator=slow))
    (finding,) = [item for item in plan(10, dataset).findings if item.code == "PER_ROW_GENERATOR"]
    assert finding.subject == "customer.answer"
    assert finding.hint
    assert finding.fingerprint == replace(finding, message="in other words").fingerprint
    assert finding.fingerprint != replace(finding, subject="customer.voucher").fingerprint


def test_a_table_without_a_key_is_a_finding() -> None:
    """Such a table cannot be reset."""
    tables = tuple(
        replace(table, primary_key=(), foreign_keys=()) if table.name == "parcel" else table
        for table in orders().spec.tables
    )
    found = plan(10, compile_dataset(replace(orders().spec, tables=tables))).findings
    assert [(item.code, item.subject) for item in found] == [("NO_PRIMARY_KEY", "parcel")]


def test_packaged_datasets_have_no_findings() -> None:
    """The borough is as it should be."""
    assert plan(10, borough()).findings == ()


def test_the_command_touches_nothing(command: CommandLine, tmp_path: Path) -> None:
    """Neither the target nor the embedded database comes into being."""
    found = command("plan", "borough", "-n", 250, "--seed", 7, "--to", f"sqlite:///{tmp_path}/target.db", "--json")
    assert (found.code, found.err) == (0, "")
    assert list(tmp_path.iterdir()) == []
    rows = {table["name"]: table["rows"] for table in found.json["tables"]}
    assert rows == generated(250)[1]
    assert set(found.json) == {"dataset", "units", "exact", "tables", "findings"}
    assert set(found.json["tables"][0]) == {"name", "level", "rows", "size_bytes", "refers_to"}


def test_the_command_in_words(command: CommandLine) -> None:
    """The table of tables, and the sentence that nothing was touched."""
    found = command("plan", "borough", "-n", 100, "--seed", 7)
    assert found.code == 0
    assert "nothing was touched" in found.out
    assert f"{sum(generated(100)[1].values()):,} rows for 100 units (counted)" in found.out


@pytest.mark.parametrize(
    ("url", "word"), [("sqlite:///target.db", "BOOLEAN"), ("postgresql://h/d", "COMMENT ON TABLE")]
)
def test_the_statements_can_be_read(command: CommandLine, url: str, word: str) -> None:
    """`--ddl` prints the tables' definition for the target's kind of database."""
    found = command("plan", "borough", "--ddl", "--to", url)
    assert found.code == 0
    assert found.out.count("CREATE TABLE") == len(borough().stored)
    assert word in found.out


def test_a_plan_depends_on_the_seed() -> None:
    """It is the plan of this run, not of any."""
    rows = {
        tuple(
            table.rows
            for table in plan_dataset(Run(borough(), seed, 300, borough().spec.as_of, borough().spec.as_of)).tables
        )
        for seed in range(3)
    }
    assert len(rows) == 3
