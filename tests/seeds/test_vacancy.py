"""What databases that have tables hold: reference rows pass, anybody's rows do not, and nothing is overlooked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import inspect, text

from seeds.environment import may_write
from seeds.errors import WriteRefused
from seeds.filling.vacancy import MOST_ROWS, show_vacancy
from seeds.ports import Database, Fillable
from tests.seeds.test_environment import clock

SECRET = "Zyxwv"
"""What stands in the tests' rows, and must never stand in a message."""

PEOPLE: Mapping[str, tuple[str, str]] = {
    "residents": (
        "CREATE TABLE residents (id INT PRIMARY KEY, forename VARCHAR(60), surname VARCHAR(60), date_of_birth DATE)",
        f"INSERT INTO residents VALUES (1, '{SECRET}', '{SECRET}son', '1961-02-03')",
    ),
    "contacts": (
        "CREATE TABLE contacts (id INT PRIMARY KEY, kind VARCHAR(10), email VARCHAR(60), phone VARCHAR(20))",
        f"INSERT INTO contacts VALUES (1, 'x', NULL, NULL), (2, 'y', '{SECRET}@example.org', NULL)",
    ),
    "case_notes": (
        "CREATE TABLE case_notes (id INT PRIMARY KEY, case_id INT, note TEXT)",
        f"INSERT INTO case_notes VALUES (1, 7, 'visited, {SECRET} was not in')",
    ),
    "users": (
        "CREATE TABLE users (id INT PRIMARY KEY, email VARCHAR(60), active INT)",
        f"INSERT INTO users VALUES (1, '{SECRET}@example.org', 1)",
    ),
    "evidence": (
        "CREATE TABLE evidence (id INT PRIMARY KEY, resident_id VARCHAR(40), kind VARCHAR(10))",
        f"INSERT INTO evidence VALUES (1, '{SECRET}-1', 'pdf')",
    ),
}

REFERENCE = (
    "CREATE TABLE schema_migrations (version VARCHAR(20) PRIMARY KEY)",
    "INSERT INTO schema_migrations VALUES ('20260101'), ('20260102')",
    "CREATE TABLE feedback_status_enum (value VARCHAR(20) PRIMARY KEY, comment VARCHAR(60))",
    "INSERT INTO feedback_status_enum VALUES ('read', 'somebody has read it')",
    "CREATE TABLE prefs (pref_name VARCHAR(60) PRIMARY KEY, def_value VARCHAR(60))",
    "INSERT INTO prefs VALUES ('ALLOW_DUPLICATES', 'false')",
    "CREATE TABLE residents (id INT PRIMARY KEY, surname VARCHAR(60), email VARCHAR(60))",
)


@pytest.fixture(params=["postgres", "sqlite", "mariadb"])
def target(request: pytest.FixtureRequest) -> Fillable:
    """Each kind of target that can be filled as it is."""
    return cast("Fillable", request.getfixturevalue(request.param))


def run(database: Database, *statements: str) -> None:
    """Run statements as a database's owner would."""
    with database.engine().begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def shown(database: Fillable) -> str:
    """What is said of a database that holds nobody's data."""
    return show_vacancy(database, database.catalog())


def refusal(database: Fillable) -> tuple[str, str]:
    """The code and the words of the refusal; nothing of what the rows say is in them."""
    with pytest.raises(WriteRefused) as refused:
        shown(database)
    assert SECRET not in str(refused.value)
    assert "understudy stamp" in refused.value.hint
    return refused.value.code, refused.value.message


@pytest.mark.parametrize("name", PEOPLE)
def test_anybodys_rows_are_refused(target: Fillable, name: str) -> None:
    """One value in a personal column is enough, and the refusal names the column and nothing in it."""
    run(target, *PEOPLE[name])
    code, message = refusal(target)
    assert code == "STAMP_PERSONAL_DATA"
    assert message.startswith(f"{name}.")


def test_reference_rows_pass(target: Fillable) -> None:
    """Bookkeeping of migrations, words of lists and names of settings are nobody's; empty tables of people neither."""
    run(target, *REFERENCE)
    assert "4 rows" in shown(target)


def test_a_database_with_reference_rows_is_stamped_once_asked(postgres: Fillable) -> None:
    """The marker says why, and the rows are as they were."""
    run(postgres, *REFERENCE)
    permission = may_write(postgres, stamp="test", clock=clock, vacancy=lambda: shown(postgres))
    assert (permission.environment, permission.stamps) == ("test", True)
    assert postgres.environment_setting() == "test"
    with postgres.engine().connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM schema_migrations")) == 2
        assert "nobody's data" in str(connection.scalar(text("SELECT reason FROM understudy_environment")))


def test_nothing_is_written_on_refusal(target: Fillable) -> None:
    """No marker, no table, no row."""
    run(target, *PEOPLE["users"])
    with pytest.raises(WriteRefused):
        may_write(target, stamp="test", clock=clock, vacancy=lambda: shown(target))
    assert inspect(target.engine()).get_table_names() == ["users"]
    assert target.environment_setting() is None


def test_blank_texts_are_no_values(target: Fillable) -> None:
    """An e-mail address of blanks is nobody's; a row of nulls neither."""
    run(
        target,
        "CREATE TABLE users (id INT PRIMARY KEY, email VARCHAR(60))",
        "INSERT INTO users VALUES (1, NULL), (2, ''), (3, '  ')",
    )
    assert "3 rows" in shown(target)
    run(target, "INSERT INTO users VALUES (4, '-')")
    assert refusal(target)[0] == "STAMP_PERSONAL_DATA"


def filled(table: str, rows: int) -> str:
    """A statement that puts so many numbers into a table, on every kind of database."""
    digits = "(SELECT 0 AS d " + " ".join(f"UNION ALL SELECT {n}" for n in range(1, 10)) + ")"
    places = ", ".join(f"{digits} AS p{place}" for place in range(4))
    number = "p0.d + 10 * p1.d + 100 * p2.d + 1000 * p3.d"
    return f"INSERT INTO {table} SELECT {number} FROM {places} WHERE {number} < {rows}"


def test_rows_are_counted_to_the_last(target: Fillable) -> None:
    """Ten thousand rows in all tables together pass, and one more does not."""
    run(target, "CREATE TABLE codes (n INT)", "CREATE TABLE grades (n INT)")
    run(target, filled("codes", MOST_ROWS - 1), "INSERT INTO grades VALUES (1)")
    assert "10,000 rows" in shown(target)
    run(target, "INSERT INTO grades VALUES (2)")
    code, message = refusal(target)
    assert (code, "10,000" in message) == ("STAMP_TOO_MANY_ROWS", True)


def test_odd_names_are_looked_at(target: Fillable) -> None:
    """A name may hold what SQL, drivers and templates read as their own."""
    quote = target.identifier
    table, column = quote("a:b%s \"'`{0}"), quote("e:mail %s email")
    run(target, f"CREATE TABLE {table} (id INT, {column} VARCHAR(60))", f"INSERT INTO {table} VALUES (1, NULL)")
    assert "1 row " in shown(target)
    run(target, f"INSERT INTO {table} VALUES (2, '{SECRET}')")
    assert refusal(target)[0] == "STAMP_PERSONAL_DATA"


def test_views_hold_nothing(target: Fillable) -> None:
    """A view of rows made up on the spot is no row."""
    run(target, f"CREATE VIEW residents AS SELECT '{SECRET}' AS surname, '{SECRET}@example.org' AS email")
    assert "0 rows" in shown(target)


def test_an_index_without_its_texts_cannot_be_judged(sqlite: Fillable) -> None:
    """An index of texts is read as the table that it is; one that does not give them back may be about anybody."""
    run(sqlite, "CREATE VIRTUAL TABLE search USING fts5(email)", f"INSERT INTO search VALUES ('{SECRET}')")
    assert refusal(sqlite)[0] == "STAMP_PERSONAL_DATA"
    run(sqlite, "DROP TABLE search", "CREATE VIRTUAL TABLE search USING fts5(body, content='')",
        f"INSERT INTO search (rowid, body) VALUES (1, '{SECRET}')")  # fmt: skip
    assert refusal(sqlite)[0] == "STAMP_HIDDEN_ROWS"


def test_a_file_that_is_not_there_is_not_made(sqlite: Fillable) -> None:
    """Looking at nothing makes nothing."""
    assert "0 rows" in shown(sqlite)
    assert not Path(sqlite.location).exists()
