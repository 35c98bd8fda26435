"""More rows than before: those that are there stay, and the whole is what asking for all at once would have made."""

from __future__ import annotations

from pathlib import Path

import pytest

from seeds.filling import fill, plan
from seeds.ports import Database, Fillable
from tests.seeds.filled import POSTGRES, another, ask, clock, contents, filled, order, plain, prepared, run

QUIET = tuple(statement for statement in POSTGRES if "noted" not in statement)
"""The same tables without the trigger, whose rows come between ours."""


def expect_grown(before: dict[str, list[tuple[object, ...]]], after: dict[str, list[tuple[object, ...]]]) -> None:
    """Every row that was there is there, as it was."""
    for name, rows in before.items():
        assert set(rows) <= set(after[name]), name


@pytest.mark.parametrize("sizes", [(10, 25), (1, 7, 25), (25,)], ids=str)
def test_growing_step_by_step_makes_what_one_step_makes(
    postgres: Database, postgres_server: str, tmp_path: Path, sizes: tuple[int, ...]
) -> None:
    """In every table, deferred and combined keys, capped tables and cycles included, the rows are the same ones."""
    database = prepared(postgres, QUIET)
    seen = contents(database)
    for size in sizes:
        filled(database, size)
        found = contents(database)
        expect_grown(seen, found)
        seen = found
    with another(postgres_server, tmp_path, QUIET) as direct:
        filled(direct, 25)
        assert contents(direct) == seen
    assert len(seen["visit"]) == len(seen["team"]) == 25
    assert len(seen["feeling"]) == 3
    assert len({lead for _, lead, _ in seen["team"]}) > 1
    assert sum(card is not None for _, card, _ in seen["account"]) > 10


@pytest.mark.parametrize("kind", ["sqlite", "mariadb"])
def test_other_databases_grow_alike(request: pytest.FixtureRequest, kind: str) -> None:
    """There too rows stay as they are, in any number of steps, and asking again is nothing."""
    database = prepared(request.getfixturevalue(kind), plain(kind))
    filled(database)
    first = contents(database)
    filled(database, 25)
    second = contents(database)
    expect_grown(first, second)
    assert {name: len(rows) for name, rows in second.items()} == {
        name: 28 if name == "status" else 25 for name in second
    }
    assert filled(database, 25).loaded == 0
    assert contents(database) == second


def test_rows_of_others_in_between_take_no_number_twice(postgres: Database) -> None:
    """A trigger and an application have gone on counting: our rows go on above, and refer to one another rightly."""
    database = prepared(postgres)
    filled(database)
    run(
        database,
        "INSERT INTO resident (ward_code, email) SELECT code, 'x' || row_number() OVER () FROM ward LIMIT 4",
        "INSERT INTO service (title) VALUES ('of the application')",
    )
    before = contents(database)
    assert [name for (_, name, _) in before["audit"] if str(name).startswith("ward ")] != []
    filled(database, 25)
    after = contents(database)
    expect_grown(before, after)
    assert len(after["resident"]) == 29
    assert max(int(str(number)) for number, *_ in after["resident"]) == 29
    taken = {number for number, *rest in after["resident"] if str(rest[1]).startswith("x")}
    assert taken.isdisjoint(resident for resident, _, _ in after["visit"])
    filled(database, 40)
    expect_grown(after, contents(database))
    assert len(contents(database, "visit_note")["visit_note"]) == 40
    assert filled(database, 40).loaded == 0


def test_numbers_that_nobody_took_are_not_left_out(postgres: Database) -> None:
    """A sequence that others have only looked at leaves no gap: rows are numbered by their place."""
    database = prepared(postgres, QUIET)
    filled(database)
    ask(database, "SELECT nextval('resident_id_seq') FROM generate_series(1, 100)")
    filled(database, 12)
    assert [number for (number,) in ask(database, "SELECT id FROM resident ORDER BY 1")] == list(range(1, 13))


def test_a_table_that_was_not_chosen_can_be_referred_to(postgres: Database) -> None:
    """Where only some tables are asked for, their rows refer to those of ours in the others."""
    database = prepared(postgres)
    filled(database)
    before = contents(database)
    filled(database, 25, only=("case_file",), exclude=("resident",))
    after = contents(database)
    expect_grown(before, after)
    assert len(after["case_file"]) == 25
    assert after["resident"] == before["resident"]
    new = {resident for number, _, resident, *_ in after["case_file"] if int(str(number)) > 10}
    assert len(new - {None}) > 3
    filled(database, 25, exclude=("feeling", "felt"))
    assert len(contents(database, "visit")["visit"]) == 25


def test_tables_left_out_at_first_can_follow(postgres: Database, postgres_server: str, tmp_path: Path) -> None:
    """Filling some tables and then all of them makes what filling all at once makes."""
    database = prepared(postgres, QUIET)
    filled(database, only=("visit_note",))
    some = contents(database)
    assert {name for name, rows in some.items() if len(rows) >= 10} == {
        "ward",
        "resident",
        "service",
        "visit",
        "visit_note",
    }
    filled(database)
    with another(postgres_server, tmp_path, QUIET) as direct:
        filled(direct)
        assert contents(direct) == contents(database)


def test_a_column_that_is_added_changes_no_row(postgres: Database) -> None:
    """After a migration the rows that are there keep their values, and new ones have the new column too."""
    database = prepared(postgres, QUIET)
    filled(database)
    before = {name: rows for name, rows in contents(database).items() if name != "service"}
    services = ask(database, "SELECT * FROM service ORDER BY id")
    run(database, "ALTER TABLE service ADD COLUMN owner text NOT NULL DEFAULT 'nobody'",
        "CREATE TABLE room (id serial PRIMARY KEY, service_id integer NOT NULL REFERENCES service)")  # fmt: skip
    filled(database, 25)
    expect_grown(before, contents(database))
    assert ask(database, "SELECT id, title, opened_on FROM service ORDER BY id LIMIT 10") == services
    assert len(ask(database, "SELECT * FROM room")) == 25


def test_rows_of_others_that_come_later_are_not_referred_to(postgres: Database) -> None:
    """Rows refer to those of others that stood there at first; more of them would change rows that are there."""
    database = prepared(postgres, QUIET)
    filled(database, exclude=("status", "felt"))
    assert {status for _, status, *_ in contents(database, "case_file")["case_file"]} <= {1, 2, 7}
    run(database, "INSERT INTO status SELECT 100 + n, 'new ' || n FROM generate_series(1, 50) AS n")
    filled(database, 25, exclude=("status", "felt"))
    assert {status for _, status, *_ in contents(database, "case_file")["case_file"]} <= {1, 2, 7}


def test_a_plan_tells_what_a_top_up_would_do(postgres: Database) -> None:
    """Planning after a fill shows the same tables and generators, touches nothing and needs no marker."""
    database: Fillable = prepared(postgres)
    _, before = plan(database, order(25))
    fill(database, order(), clock=clock)
    held = contents(database)
    _, after = plan(database, order(25))
    assert {name: table.rows for name, table in after.tables.items()} == {
        name: table.rows for name, table in before.tables.items()
    }
    assert after.tables["card"].columns == before.tables["card"].columns
    assert contents(database) == held
