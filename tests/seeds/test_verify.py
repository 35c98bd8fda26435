"""Verification finds whatever differs from what was generated, and its queries can be run by anyone."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from generators import compile_dataset
from generators.spec import RuleSpec
from seeds.coherence import check, rule_queries
from seeds.databases.embedded import installation
from seeds.errors import ManifestConflict, TargetError, VerificationFailed
from seeds.ports import Database
from seeds.verification import Verification, expected_digests, verify
from tests.seeds.boroughs import (
    asked,
    bookkeeping,
    borough,
    execute,
    orders,
    query,
    rows_by_key,
    run_of_request,
    seeded,
)
from tests.seeds.command_line import CommandLine
from tests.seeds.test_alongside import add_others


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line."""
    return CommandLine(monkeypatch, capsys)


def address_of(database: Database) -> str:
    """The target's URL."""
    return database.engine().url.render_as_string(hide_password=False)


def disagreeing(result: Verification) -> set[str]:
    """The tables whose contents are not as generated."""
    return {table.name for table in result.tables if not table.agrees}


def broken(result: Verification) -> dict[str, int]:
    """The orphan checks and rules that found something."""
    return {item.name: item.violations for item in (*result.orphans, *result.rules) if item.violations}


CHANGES = {
    "a value": (
        "UPDATE person SET family_name = family_name || 'x' WHERE id = (SELECT MIN(id) FROM person)",
        {"person"},
        {},
    ),
    "a null": (
        "UPDATE person SET title = NULL WHERE id = (SELECT MIN(id) FROM person WHERE title IS NOT NULL)",
        {"person"},
        {},
    ),
    "a penny": (
        (
            "UPDATE rent_transaction SET amount = amount + 0.01 WHERE id = "
            "(SELECT MIN(id) FROM rent_transaction WHERE transaction_type = 'CHARGE')"
        ),
        {"rent_transaction"},
        {"balance_is_the_sum_of_transactions": 1},
    ),
    "a deleted row": (
        "DELETE FROM contact_detail WHERE id = (SELECT MIN(id) FROM contact_detail WHERE NOT is_preferred)",
        {"contact_detail"},
        {},
    ),
    "an inserted row": (
        "INSERT INTO address SELECT 1, 999900000001, NULL, NULL, NULL, '1', 'A', 'London', 'E8 1CC', 'X', 'RD04'",
        {"address"},
        {},
    ),
    "two values exchanged": (
        (
            "UPDATE person SET position = 1 - position WHERE household_id = (SELECT MIN(id) FROM household WHERE size > 1) "
            "AND position < 2"
        ),
        {"person"},
        {},
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_found(database: Database, name: str) -> None:
    """One changed, deleted or inserted row shows in the digest of its table, and breaks the rules that it breaks."""
    statement, tables, rules = CHANGES[name]
    seeded(database, 100)
    execute(database, statement)
    result = verify(database, borough())[1]
    assert not result.holds
    assert disagreeing(result) == tables
    assert broken(result) == rules


def test_an_orphan_is_found(postgres: Database) -> None:
    """A reference to nothing is counted, although the database should have kept it out."""
    seeded(postgres, 100)
    execute(postgres, "ALTER TABLE person_relationship DROP CONSTRAINT fk_person_relationship_person_id")
    execute(
        postgres, "UPDATE person_relationship SET person_id = 1 WHERE id = (SELECT MIN(id) FROM person_relationship)"
    )
    result = verify(postgres, borough())[1]
    assert {item.name: item.violations for item in result.orphans if item.violations} == {
        "person_relationship.person_id": 1
    }
    assert disagreeing(result) == {"person_relationship"}


def test_every_foreign_key_is_checked(sqlite: Database) -> None:
    """There is an orphan check for each reference of the dataset."""
    seeded(sqlite, 100)
    keys = {f"{table.name}.{key.column}" for table in borough().stored for key in table.foreign_keys}
    assert {item.name for item in verify(sqlite, borough())[1].orphans} == keys
    assert len(keys) > 10


def test_verifying_writes_nothing(database: Database) -> None:
    """Contents and manifest are as they were, and so is the file's set of tables."""
    seeded(database, 100)
    before = rows_by_key(database), bookkeeping(database)
    verify(database, borough())
    assert (rows_by_key(database), bookkeeping(database)) == before


def test_an_unfinished_or_absent_load_is_said(database: Database) -> None:
    """There is nothing to compare with, and the refusal says what to do."""
    with pytest.raises(ManifestConflict) as absent:
        verify(database, borough())
    assert (absent.value.code, "understudy seed" in absent.value.hint) == ("MANIFEST_ABSENT", True)
    seeded(database, 100)
    execute(database, "UPDATE understudy_manifest SET status = 'loading'")
    with pytest.raises(ManifestConflict) as unfinished:
        verify(database, borough())
    assert unfinished.value.code == "MANIFEST_UNFINISHED"


def test_a_table_that_is_gone_is_said(database: Database) -> None:
    """A dropped table is a failed verification, not an error of SQL."""
    seeded(database, 100)
    execute(database, "DROP TABLE contact_detail")
    with pytest.raises(VerificationFailed, match="contact_detail") as gone:
        verify(database, borough())
    assert gone.value.code == "TABLES_ABSENT"


@pytest.mark.parametrize(
    "predicate",
    ["'a:b' = 'a:b'", "'5%' LIKE '%'", "'x' <> ':name'", "1 = 1 -- as ever", "'12:30' > '%s'"],
)
def test_a_rule_is_run_as_it_is_written(database: Database, predicate: str) -> None:
    """Colons, percent signs, comments and a semicolon at the end mean in a rule what they mean in SQL."""
    seeded(database, 20, dataset=orders())
    rule = RuleSpec("all", f"SELECT id FROM customer WHERE {predicate}" + ("" if "--" in predicate else ";\n"))
    dataset = compile_dataset(replace(orders().spec, rules=(rule,)))
    assert [item.violations for item in check(database, rule_queries(database, dataset))] == [20]


def test_a_rule_that_is_no_sql_is_refused(database: Database) -> None:
    """The database's own words, as a refusal."""
    seeded(database, 20, dataset=orders())
    dataset = compile_dataset(replace(orders().spec, rules=(RuleSpec("wrong", "SELECT missing FROM nowhere"),)))
    with pytest.raises(TargetError, match="nowhere"):
        verify(database, dataset)


def test_digests_are_the_same_in_any_number_of_processes() -> None:
    """Two processes and any number of parts add up to what one derives."""
    run = run_of_request(asked(250))
    whole = expected_digests(run)
    assert expected_digests(run, partitions=7) == whole
    assert expected_digests(run, workers=2) == whole


# ------------------------------------------------------------------------------------------------------ the command


def test_the_command_says_that_all_is_well(database: Database, command: CommandLine) -> None:
    """Exit code 0, each table and each check."""
    seeded(database, 100)
    found = command("verify", "borough", "--to", address_of(database), "--json")
    assert (found.code, found.json["holds"], found.err) == (0, True, "")
    assert {table["name"] for table in found.json["tables"]} == {table.name for table in borough().stored}
    assert len(found.json["rules"]) == len(borough().spec.rules)
    plain = command("verify", "borough", "--to", address_of(database))
    assert plain.code == 0
    assert "everything holds" in plain.out


def test_the_command_fails_where_something_differs(database: Database, command: CommandLine) -> None:
    """Exit code 4, in words and in JSON."""
    seeded(database, 100)
    execute(database, "UPDATE household SET size = size + 1 WHERE id = (SELECT MIN(id) FROM household)")
    found = command("verify", "borough", "--to", address_of(database), "--json")
    assert (found.code, found.json["holds"]) == (4, False)
    assert [item["name"] for item in found.json["tables"] if not item["agrees"]] == ["household"]
    assert {r["name"]: r["violations"] for r in found.json["rules"] if r["violations"]} == {
        "household_size_counts_its_people": 1
    }
    plain = command("verify", "borough", "--to", address_of(database))
    assert plain.code == 4
    assert "does not hold" in plain.out


def statements(text: str) -> list[str]:
    """The printed statements."""
    return [part.strip() for part in text.split(";\n") if part.strip()]


@pytest.mark.parametrize("alongside", [False, True])
def test_the_printed_queries_run_as_they_are(database: Database, command: CommandLine, alongside: bool) -> None:
    """Each query of `verify --sql` can be pasted into any client of the database, and returns no row."""
    if alongside:
        add_others(database, id_offset=0, tables=("address", "household", "person"))
        assert query(database, "SELECT 1 FROM household WHERE id NOT IN (SELECT household_id FROM tenure)")
    seeded(database, 100, alongside=alongside)
    printed = command("verify", "borough", "--to", address_of(database), "--sql")
    assert printed.code == 0
    found = statements(printed.out)
    keys = sum(len(table.foreign_keys) for table in borough().stored)
    assert len(found) == keys + len(borough().spec.rules)
    for statement in found:
        assert rows_of(database, statement) == [], statement


def rows_of(database: Database, statement: str) -> list[Any]:
    """What a plain driver makes of a statement."""
    url = make_url(address_of(database))
    if url.get_backend_name() == "sqlite":
        with sqlite3.connect(str(url.database)) as connection:
            return connection.execute(statement).fetchall()
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        return connection.execute(statement.encode()).fetchall()


def test_the_printed_queries_run_in_psql(postgres: Database, command: CommandLine) -> None:
    """The whole output is a script that psql runs, without an error and without a row."""
    seeded(postgres, 100)
    script = command("verify", "borough", "--to", address_of(postgres), "--sql").out
    url = make_url(address_of(postgres)).set(drivername="postgresql").render_as_string(hide_password=False)
    program = [str(installation.programs() / "psql"), "--dbname", url, "--no-psqlrc", "--tuples-only", "--quiet"]
    ended = subprocess.run(
        [*program, "--set", "ON_ERROR_STOP=1"],
        input=script,
        capture_output=True,
        text=True,
        env={**os.environ},
        check=False,
    )
    assert (ended.returncode, ended.stdout.strip(), ended.stderr) == (0, "", "")
