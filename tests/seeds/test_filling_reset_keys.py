"""Triggers that overwrite what rows come with: a key that is not the one sent is noticed, another column is no matter."""

from __future__ import annotations

import pytest

from seeds.filling import fill, reset_fill, verify_fill
from seeds.findings import Severity
from seeds.ports import Database
from tests.seeds.filled import ask, clock, contents, filled, order, prepared

ASSIGNS = {
    "key": "NEW.id := nextval('other_numbers')",
    "text": "NEW.name := upper(NEW.name) || '!'",
}


def tables(assigned: str) -> tuple[str, ...]:
    """A table whose trigger assigns something, one that needs it, one that may do without, and a bystander."""
    return (
        "CREATE SEQUENCE other_numbers START 5000",
        "CREATE TABLE ward (id integer PRIMARY KEY, name text NOT NULL)",
        f"""CREATE FUNCTION assign() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN {ASSIGNS[assigned]}; RETURN NEW; END $$""",
        "CREATE TRIGGER assigns BEFORE INSERT ON ward FOR EACH ROW EXECUTE FUNCTION assign()",
        "CREATE TABLE home (id integer PRIMARY KEY, ward_id integer NOT NULL REFERENCES ward)",
        "CREATE TABLE person (id integer PRIMARY KEY, ward_id integer REFERENCES ward)",
        "CREATE TABLE aside (id integer PRIMARY KEY)",
    )


def test_a_key_that_is_not_the_one_sent_is_told_and_costs_those_that_need_it(postgres: Database) -> None:
    """The table says what its trigger does; whoever needs its rows gets none, whoever may do without is filled."""
    database = prepared(postgres, tables("key"))
    report = fill(database, order(12), clock=clock)
    (finding,) = (one for one in report.tables["ward"].findings if one.code == "KEYS_OVERWRITTEN")
    assert finding.severity is Severity.WARNING
    assert "in id than they are sent with, so home, person cannot refer to them" in finding.message
    assert [one.code for one in report.tables["home"].findings] == ["TABLE_BLOCKED"]
    assert "whose keys a trigger overwrites" in report.tables["home"].findings[0].message
    assert {name: len(rows) for name, rows in contents(database).items()} == {
        "aside": 12, "home": 0, "person": 12, "ward": 12,
    }  # fmt: skip
    assert ask(database, "SELECT count(*) FROM person WHERE ward_id IS NOT NULL") == [(0,)]


def test_another_column_that_a_trigger_overwrites_is_no_matter(postgres: Database) -> None:
    """Rows are known by their keys: they are referred to, verified, found by a second run and taken out."""
    database = prepared(postgres, tables("text"))
    report = filled(database, 12)
    assert not [one for table in report.tables.values() for one in table.findings if one.code == "KEYS_OVERWRITTEN"]
    assert ask(database, "SELECT count(*) FROM ward WHERE right(name, 1) = '!'") == [(12,)]
    assert verify_fill(database, "auto").holds
    assert filled(database, 12).loaded == 0
    assert filled(database, 20).loaded == 4 * 8
    removal = reset_fill(database, "auto", clock=clock)
    assert removal.complete, removal.findings
    assert not any(contents(database).values())


@pytest.mark.parametrize("kind", ["mariadb"])
def test_the_other_server_with_such_triggers_tells_it_too(request: pytest.FixtureRequest, kind: str) -> None:
    """MariaDB's BEFORE triggers can do the same."""
    statements = (
        "CREATE TABLE ward (id integer PRIMARY KEY, name varchar(40) NOT NULL)",
        "CREATE TRIGGER assigns BEFORE INSERT ON ward FOR EACH ROW SET NEW.id = NEW.id + 5000",
        """CREATE TABLE home (id integer PRIMARY KEY, ward_id integer NOT NULL,
           FOREIGN KEY (ward_id) REFERENCES ward (id))""",
    )
    database = prepared(request.getfixturevalue(kind), statements)
    report = fill(database, order(12), clock=clock)
    assert "KEYS_OVERWRITTEN" in {one.code for one in report.tables["ward"].findings}
    assert "TABLE_BLOCKED" in {one.code for one in report.tables["home"].findings}
