"""A fill is remembered: asked for again it is nothing, and asked for otherwise it is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from seeds.catalog import ExistingRows
from seeds.errors import ManifestConflict, TargetError
from seeds.filling import Ledger, fill, plan
from seeds.filling.history import FillRun, read_runs, segments, with_run, written_runs
from seeds.ports import Database
from tests.seeds.filled import POSTGRES, another, ask, bookkeeping, clock, contents, filled, order, prepared, run

MINE = """
dataset: mine
tables_from: database
as_of: 2026-04-06
rows: 10
tables:
  service:
    columns:
      title: {generate: {choice: {values: [Bins, Rents]}}}
"""


def test_a_second_run_changes_nothing(postgres: Database) -> None:
    """Asked for the same again, no row is loaded, none changes, and not even the bookkeeping is touched."""
    database = prepared(postgres)
    filled(database)
    before = contents(database), bookkeeping(database)
    report = fill(database, order(), clock=lambda: clock() + timedelta(days=1))
    assert report.complete
    assert report.loaded == 0
    assert report.tables["visit"].present == 10
    assert (contents(database), bookkeeping(database)) == before


@pytest.mark.parametrize(
    ("wishes", "said"),
    [({"seed": 8}, "seed 7"), ({"as_of": date(2026, 4, 7)}, "as_of 2026-04-06")],
    ids=["seed", "as_of"],
)
def test_other_arguments_are_refused(postgres: Database, wishes: dict[str, Any], said: str) -> None:
    """Rows of another seed or date are not mixed with those that are there; the hint is the way out."""
    database = prepared(postgres)
    filled(database, only=("ward",))
    before = contents(database)
    with pytest.raises(ManifestConflict) as refused:
        filled(database, **wishes)
    assert refused.value.code == "MANIFEST_CONFLICT"
    assert said in refused.value.message
    assert "understudy reset auto" in refused.value.hint
    assert contents(database) == before


def test_another_definition_is_refused(postgres: Database) -> None:
    """A file that makes other rows cannot go on with those of the file before it."""
    database = prepared(postgres)
    filled(database, definition=MINE, only=("service",))
    with pytest.raises(ManifestConflict) as refused:
        filled(database, definition=MINE.replace("Rents", "Trees"), only=("service",))
    assert "another definition" in refused.value.message
    assert "understudy reset mine" in refused.value.hint


def test_a_definition_may_change_what_decides_no_row(postgres: Database) -> None:
    """The number of rows, and what is said beside, may change in the file: the rows present stay valid."""
    database = prepared(postgres)
    filled(database, definition=MINE, only=("service",))
    before = contents(database, "service")["service"]
    filled(database, 12, definition=f"# more\n{MINE.replace('rows: 10', 'rows: 12')}", only=("service",))
    after = contents(database, "service")["service"]
    assert len(after) == 12
    assert set(before) < set(after)


def test_fewer_rows_are_refused(postgres: Database) -> None:
    """Rows are never taken away unasked."""
    database = prepared(postgres)
    filled(database, only=("ward", "service"))
    with pytest.raises(ManifestConflict) as refused:
        filled(database, 9)
    assert refused.value.code == "MANIFEST_LARGER"
    filled(database, 10, only=("ward",))


def test_two_datasets_stand_beside_one_another(postgres: Database) -> None:
    """The rows of one dataset are rows of others for the second: none changes, and no key is taken twice."""
    database = prepared(postgres)
    filled(database, exclude=("feeling", "felt"))
    before = contents(database)
    filled(database, definition=MINE, exclude=("feeling", "felt"))
    after = contents(database)
    for name, rows in before.items():
        assert set(rows) <= set(after[name])
    assert len(after["visit"]) == 20
    assert {title for _, title, _ in after["service"]} >= {"Bins", "Rents"}
    assert filled(database, exclude=("feeling", "felt")).loaded == 0
    assert [name for (name,) in ask(database, "SELECT dataset FROM understudy_fill ORDER BY 1")] == ["auto", "mine"]


def test_more_columns_tables_and_indexes_change_no_value(
    postgres: Database, postgres_server: str, tmp_path: Path
) -> None:
    """The same tables with a column, a table and an index more get the same values in everything else."""
    filled(prepared(postgres))
    more = (
        "ALTER TABLE resident ADD COLUMN phone text, ADD COLUMN nick varchar(12) NOT NULL",
        "ALTER TABLE visit ADD COLUMN minutes integer CHECK (minutes > 0)",
        "CREATE TABLE bonus (id bigserial PRIMARY KEY, resident_id bigint NOT NULL REFERENCES resident)",
        "CREATE INDEX resident_born ON resident (born)",
    )
    with another(postgres_server, tmp_path, (*POSTGRES, *more)) as wider:
        filled(wider)
        for name in contents(postgres):
            columns = ", ".join(postgres.columns_of(name))
            query = f"SELECT {columns} FROM {name}"
            assert sorted(ask(wider, query), key=repr) == sorted(ask(postgres, query), key=repr), name


def test_a_table_that_fails_commits_nothing(postgres: Database) -> None:
    """Where every row of a table is refused, it stays empty and unrecorded, and all others are whole."""
    database = prepared(postgres)
    run(database, "CREATE TABLE never (id serial PRIMARY KEY, resident_id bigint NOT NULL REFERENCES resident)",
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$",
        "CREATE TRIGGER refused BEFORE INSERT ON never FOR EACH ROW EXECUTE FUNCTION refuse()")  # fmt: skip
    report = fill(database, order(), clock=clock)
    assert not report.complete
    assert report.tables["never"].loaded == 0
    assert [finding.code for finding in report.tables["never"].findings] == ["ROWS_REFUSED_TRIGGER"]
    assert ask(database, "SELECT count(*) FROM never") == [(0,)]
    records = Ledger(database).records("auto")
    assert "never" not in records
    assert {name: record.loaded for name, record in records.items()} == {
        name: report.tables[name].loaded for name in report.tables if name != "never"
    }


def test_a_table_that_triggers_fill_stays_filled(postgres: Database) -> None:
    """Where a trigger writes the only row that fits each of ours, the second run finds the table filled as the first."""
    database = prepared(postgres, (
        "CREATE TABLE item (id serial PRIMARY KEY, name text)",
        "CREATE TABLE item_meta (id integer PRIMARY KEY REFERENCES item, note text)",
        """CREATE FUNCTION meta() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN INSERT INTO item_meta (id) VALUES (NEW.id); RETURN NEW; END $$""",
        "CREATE TRIGGER meta AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION meta()",
    ))  # fmt: skip
    for rows, loaded in ((10, 10), (10, 0), (25, 15), (25, 0)):
        report = filled(database, rows)
        assert report.loaded == loaded
        assert report.tables["item_meta"].present == rows


EXISTING = ExistingRows(
    3,
    {
        "id": (1, 2, None),
        "key": (UUID(int=5), Decimal("1.50"), "x"),
        "day": (date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), True),
    },
    {"id": 2},
)


def test_runs_are_read_as_they_were_written() -> None:
    """Everything that decides a plan comes back from the text, value by value and type by type."""
    first = FillRun(10, 1.5, ("a*",), ("b",), ("s",), True, {}, {"a": EXISTING}, {}, {"a": "11", "b": "22"})
    second = FillRun(25, covered={"a": 10}, existing={"a": EXISTING, "b": ExistingRows(1)},
                     jumps={"a": {"id": ((10, 3),)}}, shapes={"a": "11"})  # fmt: skip
    third = FillRun(30, covered={"a": 25}, existing={}, jumps=second.jumps, shapes={"a": "12"})
    assert read_runs(written_runs((first, second, third))) == (first, second, third)


def test_rows_belong_to_the_run_that_made_them() -> None:
    """A run owns what came between its beginning and the next one's; one that made nothing is forgotten."""
    first = FillRun(10)
    runs = with_run(with_run((), first), FillRun(25, covered={"a": 10}))
    assert list(segments(runs, "a", 25)) == [(0, 0, 10), (1, 10, 25)]
    assert list(segments(runs, "b", 5)) == [(1, 0, 5)]
    assert with_run(runs, FillRun(25, covered={"a": 17})) == runs
    replaced = with_run(runs, FillRun(30, covered={"a": 10}))
    assert [one.rows for one in replaced] == [10, 30]
    assert [dict(one.covered) for one in with_run(runs, FillRun(40))] == [{}]


def test_names_that_nothing_has_are_refused(postgres: Database) -> None:
    """A mistyped table or schema is told with what it may have meant, and is not remembered as a fill."""
    database = prepared(postgres)
    with pytest.raises(TargetError) as table:
        filled(database, only=("residnet",))
    assert (table.value.code, table.value.hint) == ("TABLE_UNKNOWN", "did you mean resident?")
    with pytest.raises(TargetError) as schema:
        plan(database, replace(order(), schemas=("nowhere",)))
    assert schema.value.code == "SCHEMA_UNKNOWN"
    assert Ledger(database).read("auto") is None


def test_what_the_server_refuses_is_not_laid_to_the_address(postgres: Database) -> None:
    """A session setting that the server does not know is told in its words; the URL is not blamed for it."""
    database = prepared(postgres)
    with pytest.raises(TargetError) as refused:
        fill(database, replace(order(), session={"no_such_setting": "1"}), clock=clock)
    assert refused.value.code == "STATEMENT_FAILED"
    assert "no_such_setting" in refused.value.message
    assert refused.value.hint == ""


def test_a_fill_without_rows_binds_nobody(postgres: Database) -> None:
    """Where nothing was put in, any seed, date and definition will do the next time."""
    database = prepared(postgres)
    filled(database, 0)
    filled(database, 10, seed=8, only=("ward",))
    assert Ledger(database).held("auto").seed == 8
