"""The gate: every code, on real databases, and nothing written before it opens."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect, text

from seeds.databases.postgres import PostgresDatabase
from seeds.environment import ALIASES, PRODUCTION, canonical, check_write, may_write, stamp_by_hand
from seeds.errors import TargetBusy, WriteRefused
from seeds.ports import Database
from tests.seeds.sample_tables import NOW


def clock() -> datetime:
    """A clock that stands still."""
    return NOW


def mark(database: Database, *environments: str | None) -> None:
    """Put a marker there the way a database's owner would."""
    with database.engine().begin() as connection:
        connection.execute(text("CREATE TABLE understudy_environment (environment VARCHAR(60))"))
        for environment in environments:
            connection.execute(text("INSERT INTO understudy_environment VALUES (:name)"), {"name": environment})


def refusal(database: Database, stamp: str | None = None) -> str:
    """The code the gate refuses with, having written nothing."""
    before = inspect(database.engine()).get_table_names()
    with pytest.raises(WriteRefused) as refused:
        may_write(database, stamp=stamp, clock=clock)
    assert inspect(database.engine()).get_table_names() == before
    assert refused.value.hint
    assert not refused.value.transient
    return refused.value.code


def test_a_server_without_a_marker_is_refused(postgres: Database) -> None:
    """An empty database is not enough: somebody has to say what it is."""
    assert refusal(postgres) == "WRITE_UNMARKED"


@pytest.mark.parametrize("name", ["production", "prod", "LIVE", "mosaic-prod", "ＰＲＯＤ", "prod_uk_2"])
def test_a_database_marked_as_production_is_refused(database: Database, name: str) -> None:
    """Production by any name is refused, also where the database would be trusted, and whatever is asked for."""
    mark(database, name)
    assert refusal(database) == "WRITE_PRODUCTION"
    assert refusal(database, "test") == "WRITE_PRODUCTION"


def test_the_embedded_database_can_be_production_too(database_url: str) -> None:
    """A marker counts more than where the database stands."""
    database = PostgresDatabase(database_url, trusted=True)
    assert check_write(database, stamp=None).environment == "local"
    mark(database, "live")
    assert refusal(database) == "WRITE_PRODUCTION"


@pytest.mark.parametrize(
    "name", ["prоd", "nonprod", "moon", "", " "], ids=["cyrillic", "nonprod", "moon", "empty", "blank"]
)
def test_a_marker_nobody_knows_is_refused(database: Database, name: str) -> None:
    """What is not understood is not taken for harmless."""
    mark(database, name)
    assert refusal(database) == "WRITE_UNKNOWN_ENVIRONMENT"


def test_a_marker_must_be_unambiguous(database: Database) -> None:
    """Several rows are refused, as production if one of them is; a null is a marker nobody knows."""
    mark(database, "test", "development")
    assert refusal(database) == "WRITE_UNKNOWN_ENVIRONMENT"
    with database.engine().begin() as connection:
        connection.execute(text("INSERT INTO understudy_environment VALUES ('live')"))
    assert refusal(database) == "WRITE_PRODUCTION"
    with database.engine().begin() as connection:
        connection.execute(text("DELETE FROM understudy_environment"))
        connection.execute(text("INSERT INTO understudy_environment VALUES (NULL)"))
    assert refusal(database) == "WRITE_UNKNOWN_ENVIRONMENT"


@pytest.mark.parametrize(
    ("name", "environment"),
    [("test", "test"), ("UAT", "test"), ("Pre Prod", "pre-production"), ("dev2", "development")],
)
def test_a_marked_database_is_writable(database: Database, name: str, environment: str) -> None:
    """A known marker other than production opens the gate, with or without the same name asked for."""
    mark(database, name)
    assert may_write(database, stamp=None, clock=clock).environment == environment
    permission = may_write(database, stamp=environment, clock=clock)
    assert (permission.environment, permission.stamps) == (environment, False)


def test_a_stamp_must_agree_with_the_marker(database: Database) -> None:
    """A marker is never changed from here."""
    mark(database, "test")
    assert refusal(database, "development") == "STAMP_DISAGREES"


@pytest.mark.parametrize("name", ["production", "Prod", "live", "not-prod", "p r o d", "pro\u200bduction"])
def test_nothing_is_stamped_as_production(database: Database, name: str) -> None:
    """Neither production nor an alias of it can be asked for, on an empty database either."""
    assert refusal(database, name) == "STAMP_PRODUCTION"


def test_an_unknown_stamp_is_refused_with_the_known_names(database: Database) -> None:
    """The refusal lists what there is, and the nearest."""
    assert refusal(database, "stagging") == "STAMP_UNKNOWN_ENVIRONMENT"
    with pytest.raises(WriteRefused) as refused:
        check_write(database, stamp="stagging")
    assert "local, test, development, staging, pre-production; did you mean staging?" in refused.value.hint


def test_a_database_with_tables_cannot_be_stamped(database: Database) -> None:
    """Where nobody shows that it holds nobody's data, a marker is given to an empty database only."""
    with database.engine().begin() as connection:
        connection.execute(text("CREATE TABLE ledger (id INTEGER)"))
    assert refusal(database, "test") == "STAMP_NOT_EMPTY"


def test_a_database_that_is_shown_to_be_nobodys_is_stamped(database: Database) -> None:
    """Whoever asks for the stamp may show it; what is shown is asked for again under the lock, and may be withdrawn."""
    with database.engine().begin() as connection:
        connection.execute(text("CREATE TABLE ledger (id INTEGER)"))
    said: list[str] = []

    def once() -> str:
        said.append("looked")
        if len(said) > 1:
            raise WriteRefused("a row has come in", code="STAMP_PERSONAL_DATA", hint="look")
        return "nothing is there"

    assert check_write(database, stamp="test", vacancy=lambda: "nothing is there").stamps
    with pytest.raises(WriteRefused, match="a row has come in"):
        may_write(database, stamp="test", clock=clock, vacancy=once)
    assert database.environment_setting() is None
    permission = may_write(database, stamp="test", clock=clock, vacancy=lambda: "nothing is there")
    assert permission.reason.startswith("nothing is there; ")
    assert database.environment_setting() == "test"


def test_a_name_that_nobody_knows_cannot_be_typed(database: Database) -> None:
    """Nothing typed for a database without a name is no confirmation."""
    with pytest.raises(WriteRefused) as refused:
        stamp_by_hand(database, "test", name="", typed="", clock=clock)
    assert refused.value.code == "STAMP_NAME"
    assert database.environment_setting() is None


def test_an_empty_database_is_looked_at_too(database: Database) -> None:
    """No tables are not no data: what may show that nobody's is there is asked in every case."""

    def hidden() -> str:
        raise WriteRefused("a letter is kept apart", code="STAMP_HIDDEN_ROWS", hint="look")

    with pytest.raises(WriteRefused, match="kept apart"):
        may_write(database, stamp="test", clock=clock, vacancy=hidden)
    assert database.environment_setting() is None


def test_no_refusal_repeats_the_marker(database: Database) -> None:
    """A table of the marker's name may hold anything, anybody's name included."""
    for name in ("Zyxwv Live", "Zyxwv", "test"):
        mark(database, name)
        for stamp in (None, "development"):
            if (name, stamp) != ("test", None):
                with pytest.raises(WriteRefused) as refused:
                    check_write(database, stamp=stamp)
                assert "Zyxwv" not in str(refused.value)
        with database.engine().begin() as connection:
            connection.execute(text("DROP TABLE understudy_environment"))


def test_an_empty_database_is_stamped_once(database: Database) -> None:
    """The stamp is written with its instant and reason, and the gate stays open from then on."""
    assert check_write(database, stamp="DEV").stamps
    assert database.environment_setting() is None
    assert may_write(database, stamp="DEV", clock=clock).environment == "development"
    assert database.environment_setting() == "development"
    assert may_write(database, stamp=None, clock=clock).environment == "development"
    assert not may_write(database, stamp="development", clock=clock).stamps
    with database.engine().begin() as connection:
        row = connection.execute(text("SELECT environment, stamped_at, reason FROM understudy_environment")).one()
        connection.execute(text("CREATE TABLE ledger (id INTEGER)"))
    assert str(row.stamped_at)[:16] == "2025-04-01 09:30"
    assert row.reason
    assert may_write(database, stamp="dev", clock=clock).environment == "development"


def test_a_stamp_that_was_cut_short_is_given_again(database: Database) -> None:
    """An empty marker table says nothing; the database counts as unmarked and empty."""
    assert may_write(database, stamp="test", clock=clock).stamps
    with database.engine().begin() as connection:
        connection.execute(text("DELETE FROM understudy_environment"))
    assert database.environment_setting() is None
    assert may_write(database, stamp="test", clock=clock).stamps
    assert database.environment_setting() == "test"


def test_a_marker_has_one_row(database: Database) -> None:
    """The table itself refuses a second one."""
    may_write(database, stamp="test", clock=clock)
    statement = "INSERT INTO understudy_environment VALUES (2, 'local', '2025-01-01', 'why not')"
    with pytest.raises(Exception, match="understudy_environment_one_row"), database.engine().begin() as connection:
        connection.execute(text(statement))


def test_two_stamps_at_once_do_not_meet(database: Database) -> None:
    """While one is being written another waits its turn."""
    with database.lock("understudy_environment"), pytest.raises(TargetBusy):
        may_write(database, stamp="test", clock=clock)


def test_a_file_is_writable_without_a_marker(sqlite: Database, tmp_path: Path) -> None:
    """A SQLite file can only be a local test database, and asking does not make it."""
    permission = may_write(sqlite, stamp=None, clock=clock)
    assert (permission.environment, permission.stamps) == ("local", False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("environment", ALIASES)
def test_every_alias_is_understood_in_any_dress(environment: str) -> None:
    """Case, separators, blanks, invisible characters, accents, full-width letters and numbers change nothing."""
    for alias in (environment, *ALIASES[environment]):
        wide = "".join(chr(ord(letter) + 0xFEE0) if letter.isalpha() else letter for letter in alias)
        for name in (
            alias, alias.upper(), alias.title(), f" {alias}\n", alias.replace("-", "_"), alias.replace("-", " "),
            alias.replace("-", ""), f"{alias}-2", f"{alias}07", "\u200b".join(alias), wide, "\u0301".join(alias),
        ):  # fmt: skip
            assert canonical(name) == environment, name


@given(st.lists(st.sampled_from(["mosaic", "not", "non", "test", "dev", "pre", "eu", "2", "x"]), max_size=3), st.data())
def test_a_name_with_production_in_it_is_production(words: list[str], data: st.DataObject) -> None:
    """Whatever else a name says, the word decides, unless the whole is a name of pre-production."""
    words.insert(data.draw(st.integers(0, len(words))), data.draw(st.sampled_from([PRODUCTION, *ALIASES[PRODUCTION]])))
    name = data.draw(st.sampled_from(["-", "_", " ", ".", "/"])).join(words)
    assert canonical(name) in (PRODUCTION, "pre-production" if "pre" in words else PRODUCTION)


@given(st.text(max_size=30))
def test_no_text_is_understood_by_accident(name: str) -> None:
    """Any text is understood or not, without an error, and the same once it is canonical."""
    environment = canonical(name)
    assert environment is None or canonical(environment) == environment
