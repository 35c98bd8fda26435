"""Reset takes out what Understudy put in, and nothing else; verify says whether it is still there."""

from __future__ import annotations

from pathlib import Path

import pytest

from seeds.catalog import Table
from seeds.databases.postgres.writer import PostgresWriter
from seeds.errors import ManifestConflict, WriteRefused
from seeds.filling import FillRemoval, Ledger, fill, reset_fill, verify_fill
from seeds.ports import Database, Fillable
from tests.seeds.command_line import CommandLine
from tests.seeds.filled import POSTGRES, ask, clock, contents, filled, order, plain, prepared, run

QUIET = tuple(statement for statement in POSTGRES if "noted" not in statement)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line."""
    return CommandLine(monkeypatch, capsys)


def address(database: Database) -> str:
    """The target's URL."""
    return database.engine().url.render_as_string(hide_password=False)


def emptied(database: Fillable, dataset: str = "auto") -> FillRemoval:
    """Reset a dataset, and see that none of its rows stays."""
    removal = reset_fill(database, dataset, clock=clock)
    assert removal.complete, removal.findings
    assert Ledger(database).read(dataset) is None
    return removal


def codes(removal: FillRemoval) -> dict[str, str]:
    """The finding of each table."""
    return {finding.subject: finding.code for finding in removal.findings}


def test_everything_of_ours_goes_and_nothing_else(postgres: Database) -> None:
    """After two fills in two steps, rows of others are as they were, and so is everything that was declared."""
    database = prepared(postgres, QUIET)
    run(database, "INSERT INTO loose SELECT 'theirs', 1, NULL, 0.5, true FROM generate_series(1, 2)")
    before = contents(database)
    declared = ask(database, "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1")
    filled(database)
    filled(database, 25)
    removal = emptied(database)
    assert contents(database) == before
    assert removal.rows["team"] == removal.rows["account"] == removal.rows["loose"] == 25
    assert removal.rows["feeling"] == 3
    assert removal.findings == ()
    assert ask(database, "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1")[: len(declared)]
    assert filled(database).tables["visit"].loaded == 10


@pytest.mark.parametrize("kind", ["sqlite", "mariadb"])
def test_other_databases_are_emptied_alike(request: pytest.FixtureRequest, kind: str) -> None:
    """There too; and a row of others that a cascade would take along keeps what it refers to."""
    database = prepared(request.getfixturevalue(kind), plain(kind))
    before = contents(database)
    filled(database)
    filled(database, 25)
    assert verify_fill(database, "auto").holds
    run(database, "INSERT INTO case_file (id, status_id, resident_id, opened_on) VALUES (900, 1, 25, '2026-01-01')")
    removal = reset_fill(database, "auto", clock=clock)
    assert codes(removal) == {"resident": "RESET_IN_USE", "ward": "RESET_NEEDED", "case_file": "RESET_ROWS_STAY"}
    assert len(contents(database, "case_file")["case_file"]) == 1
    run(database, "DELETE FROM case_file")
    emptied(database)
    assert contents(database) == before


def test_rows_alike_are_told_apart_by_their_number(postgres: Database) -> None:
    """In a table without a key, of rows that are alike only as many go as came."""
    database = prepared(
        postgres, ("CREATE TABLE flags (up boolean NOT NULL)", "INSERT INTO flags VALUES (true), (false)")
    )
    filled(database, 40)
    assert {up for (up,) in ask(database, "SELECT up FROM flags")} == {True, False}
    assert emptied(database).rows == {"flags": 40}
    assert sorted(ask(database, "SELECT up FROM flags")) == [(False,), (True,)]


def test_rows_of_triggers_stay_and_are_said(postgres: Database) -> None:
    """What a trigger wrote is nobody's to take away; how many rows that are is told."""
    database = prepared(postgres)
    filled(database)
    removal = emptied(database)
    (told,) = removal.findings
    assert (told.code, told.subject) == ("RESET_ROWS_STAY", "audit")
    assert told.message.startswith("10 rows stay")
    assert ask(database, "SELECT count(*) FROM audit WHERE what LIKE 'ward %%'") == [(10,)]
    assert ask(database, "SELECT count(*) FROM ward") == [(0,)]


def test_a_table_that_triggers_filled_is_not_ours(postgres: Database) -> None:
    """Rows that a trigger wrote under our keys count as there; they came with the rows they refer to, and go with them."""
    database = prepared(postgres, (
        "CREATE TABLE item (id serial PRIMARY KEY, name text)",
        "CREATE TABLE item_meta (id integer PRIMARY KEY REFERENCES item, note text)",
        """CREATE FUNCTION meta() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN INSERT INTO item_meta (id) VALUES (NEW.id); RETURN NEW; END $$""",
        "CREATE TRIGGER meta AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION meta()",
    ))  # fmt: skip
    filled(database)
    assert verify_fill(database, "auto").holds
    assert codes(reset_fill(database, "auto", clock=clock)) == {"item_meta": "RESET_CONSEQUENCES"}
    assert contents(database, "item", "item_meta") == {"item": [], "item_meta": []}


def test_rows_in_use_stay_with_what_they_need(postgres: Database) -> None:
    """A row of others that refers to ours keeps its table and whatever that one refers to; everything else goes."""
    database = prepared(postgres, QUIET)
    filled(database)
    before = contents(database)
    run(
        database,
        "INSERT INTO visit SELECT max(r.id), s.id, '2026-01-01' FROM resident r, service s GROUP BY s.id LIMIT 1",
    )
    removal = reset_fill(database, "auto", clock=clock)
    assert not removal.complete
    found = codes(removal)
    stays = found.pop("visit")
    assert stays == "RESET_ROWS_STAY"
    assert set(found.values()) <= {"RESET_IN_USE", "RESET_NEEDED"}
    assert {"resident", "ward"} <= set(found)
    after = contents(database)
    assert {name for name, rows in after.items() if rows} == {*found, "visit", "status"}
    for name in found:
        assert after[name] == before[name]
    run(database, "DELETE FROM visit")
    emptied(database)


def test_a_circle_in_use_stays_whole(postgres: Database) -> None:
    """Where one table of a circle is in use, no row of the circle goes, and no reference in it is taken out."""
    database = prepared(postgres, QUIET)
    filled(database)
    before = contents(database, "account", "card", "team", "member")
    run(
        database,
        "CREATE TABLE theirs (card_id bigint REFERENCES card ON DELETE SET NULL, team_id integer REFERENCES team)",
        "INSERT INTO theirs SELECT max(card.id), max(team.id) FROM card, team",
    )
    found = codes(reset_fill(database, "auto", clock=clock))
    assert found == {
        "card": "RESET_IN_USE",
        "account": "RESET_NEEDED",
        "team": "RESET_IN_USE",
        "member": "RESET_NEEDED",
    }
    assert contents(database, "account", "card", "team", "member") == before
    assert list(ask(database, "SELECT count(card_id), count(team_id) FROM theirs")) == [(1, 1)]
    run(database, "DROP TABLE theirs")
    emptied(database)


def test_a_trigger_that_keeps_rows_is_said(postgres: Database) -> None:
    """Rows that a trigger will not let go, in silence or aloud, stay recorded, and nothing is turned off."""
    database = prepared(postgres, QUIET)
    run(database, "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'kept'; END $$",
        "CREATE TRIGGER kept BEFORE DELETE ON node FOR EACH ROW EXECUTE FUNCTION keep()",
        "CREATE TRIGGER kept BEFORE DELETE ON loose FOR EACH ROW EXECUTE FUNCTION shout()")  # fmt: skip
    filled(database)
    before = contents(database, "node", "loose")
    removal = reset_fill(database, "auto", clock=clock)
    assert codes(removal) == {"node": "RESET_REFUSED", "loose": "RESET_REFUSED"}
    assert contents(database, "node", "loose") == before
    assert set(Ledger(database).records("auto")) == {"node", "loose"}
    run(database, "DROP FUNCTION keep() CASCADE", "DROP FUNCTION shout() CASCADE")
    emptied(database)


def test_triggers_that_wait_for_the_commit_find_everything_gone(postgres: Database) -> None:
    """Where a table alone is refused at its commit, because of rows that go as well, they go together."""
    tidy = "CREATE CONSTRAINT TRIGGER tidy AFTER DELETE ON {0} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tidy()"
    database = prepared(
        postgres,
        (
            "CREATE TABLE link (id serial PRIMARY KEY, name text)",
            "CREATE TABLE one_end (id serial PRIMARY KEY, link_id integer NOT NULL UNIQUE REFERENCES link)",
            "CREATE TABLE other_end (id serial PRIMARY KEY, link_id integer NOT NULL UNIQUE REFERENCES link)",
            "CREATE TABLE apart (id serial PRIMARY KEY, name text)",
            """CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS
               $$ BEGIN DELETE FROM link WHERE id = OLD.link_id; RETURN NULL; END $$""",
            tidy.format("one_end"),
            tidy.format("other_end"),
        ),
    )
    filled(database)
    assert emptied(database).rows == {"apart": 10, "link": 10, "one_end": 10, "other_end": 10}


def test_one_dataset_goes_and_the_other_stays(postgres: Database) -> None:
    """Of two datasets in the same tables, only the one that is named is taken out."""
    mine = "dataset: mine\ntables_from: database\nas_of: 2026-04-06\nonly: [service, visit]\n"
    database = prepared(postgres, QUIET)
    filled(database, definition=mine, only=("service", "visit"))
    before = contents(database)
    filled(database, exclude=("feeling", "felt"))
    emptied(database)
    assert contents(database) == before
    emptied(database, "mine")
    assert ask(database, "SELECT count(*) FROM visit") == [(0,)]


def test_rows_that_are_gone_are_no_obstacle(postgres: Database) -> None:
    """Rows that somebody has deleted meanwhile, and a dropped table, are told and forgotten."""
    database = prepared(postgres, QUIET)
    filled(database)
    run(database, "DELETE FROM visit_note WHERE id <= 3", "DROP TABLE loose")
    assert codes(emptied(database)) == {"visit_note": "RESET_ROWS_ABSENT", "loose": "RESET_TABLE_GONE"}


def test_a_changed_schema_loses_no_row_of_others(postgres: Database) -> None:
    """Rows are found by their keys though columns came and went; where the key itself is another, they stay."""
    database = prepared(postgres, QUIET)
    filled(database)
    run(
        database,
        "ALTER TABLE service ADD COLUMN owner text, DROP COLUMN opened_on",
        "ALTER TABLE status RENAME COLUMN label TO words",
        "ALTER TABLE feeling DROP CONSTRAINT feeling_pkey CASCADE",
        "ALTER TABLE feeling DROP COLUMN label",
        "ALTER TABLE feeling ADD COLUMN number serial PRIMARY KEY",
        "UPDATE feeling SET number = number + 100",
    )
    found = codes(reset_fill(database, "auto", clock=clock))
    # What was felt is known by its label, which came from there.
    changed = {"feeling": "RESET_SCHEMA_CHANGED", "felt": "RESET_SCHEMA_CHANGED"}
    assert found == {**changed, "resident": "RESET_NEEDED", "ward": "RESET_NEEDED"}
    assert {name for name, rows in contents(database).items() if rows} == {"status", *found}
    assert len(ask(database, "SELECT * FROM status")) == len(ask(database, "SELECT * FROM feeling")) == 3
    run(database, "DELETE FROM feeling", "DELETE FROM felt")
    emptied(database)
    assert {name for name, rows in contents(database).items() if rows} == {"status"}


def test_rows_that_were_refused_are_not_ours(postgres: Database) -> None:
    """A row that the database would not take was never there: one of others under its key stays."""
    database = prepared(postgres, (
        "CREATE TABLE ticket (id integer PRIMARY KEY, title text)",
        """CREATE FUNCTION unlucky() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN IF NEW.id = 4 THEN RAISE EXCEPTION 'four'; END IF; RETURN NEW; END $$""",
        "CREATE TRIGGER unlucky BEFORE INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION unlucky()",
    ))  # fmt: skip
    assert fill(database, order(), clock=clock).tables["ticket"].loaded == 9
    run(database, "DROP FUNCTION unlucky() CASCADE", "INSERT INTO ticket VALUES (4, 'theirs')")
    assert verify_fill(database, "auto").holds
    assert emptied(database).rows == {"ticket": 9}
    assert ask(database, "SELECT * FROM ticket") == [(4, "theirs")]


def test_keys_that_a_trigger_gives_are_told(postgres: Database) -> None:
    """Rows whose key a trigger has overwritten cannot be told from others': they stay, and the table is named."""
    database = prepared(postgres, (
        "CREATE TABLE ticket (id integer PRIMARY KEY, title text)",
        "CREATE SEQUENCE other_numbers START 1000",
        """CREATE FUNCTION number_it() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN NEW.id := nextval('other_numbers'); RETURN NEW; END $$""",
        "CREATE TRIGGER numbered BEFORE INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION number_it()",
    ))  # fmt: skip
    filled(database)
    assert not verify_fill(database, "auto").holds
    assert codes(reset_fill(database, "auto", clock=clock)) == {"ticket": "RESET_UNKNOWN_ROWS"}
    assert len(ask(database, "SELECT * FROM ticket")) == 10
    run(database, "DELETE FROM ticket")
    emptied(database)


def test_a_stopped_reset_goes_on(postgres: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped in the middle, what is gone is forgotten and what is there is not; the same command finishes."""
    database = prepared(postgres, QUIET)
    before = contents(database)
    filled(database)
    original, calls = PostgresWriter.delete, 0

    def stopping(self: PostgresWriter, table: Table, keys: object) -> int:
        nonlocal calls
        calls += 1
        if calls == 6:
            raise KeyboardInterrupt
        return original(self, table, keys)

    with monkeypatch.context() as patches:
        patches.setattr(PostgresWriter, "delete", stopping)
        with pytest.raises(KeyboardInterrupt):
            reset_fill(database, "auto", clock=clock)
    left = Ledger(database).records("auto")
    assert 0 < len(left) < 15
    there = {name for name, rows in contents(database).items() if len(rows) > len(before[name])}
    assert there == set(left)
    emptied(database)
    assert contents(database) == before


def test_after_part_of_a_reset_the_tables_can_be_filled_again(postgres: Database) -> None:
    """Tables that were emptied begin anew beside those that stayed, and everything can be taken out again."""
    database = prepared(postgres, QUIET)
    before = contents(database)
    filled(database)
    filled(database, 15)
    run(
        database,
        "INSERT INTO visit SELECT max(r.id), s.id, '2026-01-01' FROM resident r, service s GROUP BY s.id LIMIT 1",
    )
    assert not reset_fill(database, "auto", clock=clock).complete
    run(database, "DELETE FROM visit")
    filled(database, 20)
    assert verify_fill(database, "auto").holds
    assert len(contents(database, "visit_note")["visit_note"]) == 20
    emptied(database)
    assert contents(database) == before


def test_the_gate_stands_before_a_reset(postgres: Database) -> None:
    """Where the marker says production, nothing is deleted; where nothing was filled, there is nothing to reset."""
    database = prepared(postgres, QUIET)
    with pytest.raises(ManifestConflict) as absent:
        reset_fill(database, "auto", clock=clock)
    assert absent.value.code == "MANIFEST_ABSENT"
    filled(database)
    run(database, "UPDATE understudy_environment SET environment = 'production'")
    with pytest.raises(WriteRefused) as refused:
        reset_fill(database, "auto", clock=clock)
    assert refused.value.code == "WRITE_PRODUCTION"
    assert len(contents(database, "visit")["visit"]) == 10


def test_verify_finds_missing_rows_and_broken_references(postgres: Database) -> None:
    """A row that is gone, and a reference that nobody declared and that leads nowhere, are told; nothing is written."""
    undeclared = "CREATE TABLE letter (id serial PRIMARY KEY, resident_id bigint NOT NULL, body text)"
    database = prepared(postgres, (*QUIET, undeclared))
    filled(database)
    filled(database, 12)
    check = verify_fill(database, "auto")
    assert check.holds
    assert {one.name: one.found for one in check.tables}["letter"] == 12
    assert [one.declared for one in check.references if one.table == "letter"] == [False]
    run(database, "UPDATE letter SET resident_id = 999 WHERE id IN (2, 3)", "DELETE FROM visit_note WHERE id = 1")
    check = verify_fill(database, "auto")
    assert not check.holds
    assert [(one.name, one.expected, one.found) for one in check.tables if one.found != one.expected] == [
        ("visit_note", 12, 11)
    ]
    (broken,) = [one for one in check.references if one.orphans]
    assert (broken.table, broken.target, broken.orphans) == ("letter", "resident", 2)


def test_the_commands_say_what_they_did(postgres: Database, command: CommandLine, tmp_path: Path) -> None:
    """Exit codes and JSON of ``verify`` and ``reset``, for ``auto`` and for a file."""
    database = prepared(postgres, QUIET)
    url, file = address(database), tmp_path / "mine.yaml"
    file.write_text("dataset: mine\ntables_from: database\nas_of: 2026-04-06\nrows: 4\nonly: [ward, node]\n")
    assert command("reset", file, "--to", url, "--json").error["code"] == "MANIFEST_ABSENT"
    assert command("seed", file, "--to", url, "--json").code == 0
    assert command("verify", file, "--to", url, "--json").json["holds"] is True
    assert "LIMIT" not in command("verify", file, "--to", url, "--sql").out
    run(database, "DELETE FROM node WHERE id = 4")
    checked = command("verify", file, "--to", url)
    assert checked.code == 4
    assert "does not hold" in checked.out
    assert command("reset", file, "--to", url, "--drop-tables", "--json").error["code"] == "RESET_OWN_TABLES"
    run(database, "INSERT INTO resident (ward_code, email) SELECT max(code), 'x' FROM ward")
    stays = command("reset", file, "--to", url, "--json")
    assert stays.code == 3
    assert stays.json["deleted"] == {"node": 3, "ward": 0}
    assert {finding["code"] for finding in stays.json["findings"]} == {"RESET_ROWS_ABSENT", "RESET_IN_USE"}
    run(database, "DELETE FROM resident")
    done = command("reset", file, "--to", url)
    assert done.code == 0
    assert "4 rows of mine deleted" in done.out
    assert ask(database, "SELECT count(*) FROM ward") == [(0,)]
