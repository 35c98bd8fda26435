"""Every kind of constraint that a fill is said to satisfy, each in a small schema; and what becomes of those it cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from seeds.findings import Severity
from tests.seeds.filling_trials import Filled, Trial, trial

ROWS = 20


@dataclass(frozen=True, slots=True)
class Kind:
    """One entry of the file of kinds; see its head."""

    name: str
    ddl: str
    shows: str
    rows: dict[str, int] = field(default_factory=dict)
    codes: dict[str, list[str]] = field(default_factory=dict)
    then: str = ""
    version: int = 0
    extension: str = ""

    @property
    def schema(self) -> str:
        return "kind_" + re.sub(r"\W+", "_", self.name.lower())


def kinds() -> list[Kind]:
    entries = yaml.safe_load(Path(__file__).with_name("filling_kinds.yaml").read_text(encoding="utf-8"))
    return [Kind(**entry) for entry in entries]


@dataclass(frozen=True, slots=True)
class AllKinds:
    """A database with a schema for each kind, filled once."""

    ground: Trial
    filled: Filled
    missing: dict[str, str]


@pytest.fixture(scope="module")
def all_kinds(postgres_server: str) -> Iterator[AllKinds]:
    with trial(postgres_server) as ground:
        missing = {}
        for kind in kinds():
            if kind.version > ground.version:
                missing[kind.name] = f"needs PostgreSQL {kind.version}"
            elif kind.extension and not ground.has(kind.extension):
                missing[kind.name] = f"needs the extension {kind.extension}"
            else:
                ground.run(f"CREATE SCHEMA {kind.schema}", f"SET search_path = {kind.schema}", kind.ddl)
        yield AllKinds(ground, ground.fill(ROWS), missing)


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_a_kind_of_constraint_is_satisfied(all_kinds: AllKinds, kind: Kind) -> None:
    """All rows that fit are there, the server finds every constraint kept, and the values are as varied as they may be."""
    if kind.name in all_kinds.missing:
        pytest.skip(all_kinds.missing[kind.name])
    ground = all_kinds.ground
    ground.run(f"SET search_path = {kind.schema}")
    counts = ground.counts(kind.schema)
    assert counts == {name: kind.rows.get(name, ROWS) for name in counts}
    for name in counts:
        findings = all_kinds.filled[f"{kind.schema}.{name}"].findings
        assert [one.code for one in findings if one.severity is not Severity.INFO] == kind.codes.get(name, [])
    assert ground.wrong(kind.schema) == []
    assert ground.value(kind.shows) is True
    if kind.then:
        ground.run(kind.then)


def test_a_second_fill_puts_nothing_in(all_kinds: AllKinds) -> None:
    """Whatever the kind of constraint, the rows that are there are known again."""
    assert all_kinds.ground.fill(ROWS).report.loaded == 0


TROUBLES = """
CREATE TABLE healthy (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE impossible (id int PRIMARY KEY, n int NOT NULL CHECK (n > 5), CONSTRAINT too_low CHECK (n < 3));
CREATE TABLE needs_it (id int PRIMARY KEY, impossible_id int NOT NULL REFERENCES impossible);
CREATE TABLE needs_that (id int PRIMARY KEY, needs_it_id int NOT NULL REFERENCES needs_it);
CREATE TABLE can_do_without (id int PRIMARY KEY, impossible_id int REFERENCES impossible);
CREATE TABLE unpartitioned (id int, at date) PARTITION BY RANGE (at);
CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'closed for good'; END $$;
CREATE TABLE closed (id int PRIMARY KEY);
CREATE TRIGGER shut BEFORE INSERT ON closed FOR EACH ROW EXECUTE FUNCTION never();
CREATE TABLE behind_closed (id int PRIMARY KEY, closed_id int NOT NULL REFERENCES closed);
CREATE TABLE beside_closed (id int PRIMARY KEY, closed_id int REFERENCES closed);
CREATE FUNCTION at_most_three() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF (SELECT count(*) FROM team) >= 3 THEN RAISE 'three are enough'; END IF; RETURN NEW; END $$;
CREATE TABLE team (id int PRIMARY KEY);
CREATE TRIGGER few BEFORE INSERT ON team FOR EACH ROW EXECUTE FUNCTION at_most_three();
CREATE FUNCTION is_odd(n int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN n % 1 = 1; END $$;
CREATE TABLE opaque (id int PRIMARY KEY, n int NOT NULL, CONSTRAINT nothing_is_odd CHECK (is_odd(n)));
CREATE TABLE narrow (band char(1) PRIMARY KEY CHECK (band IN ('A', 'B', 'C')));
"""


@pytest.fixture(scope="module")
def troubled(postgres_server: str) -> Iterator[tuple[Trial, Filled]]:
    """A database in which some tables cannot be filled, after a fill."""
    with trial(postgres_server) as ground:
        ground.create(TROUBLES)
        yield ground, ground.fill(ROWS)


@pytest.mark.parametrize(
    ("table", "rows", "code", "said"),
    [
        ("impossible", 0, "CHECK_CONTRADICTION", "too_low"),
        ("needs_it", 0, "TABLE_BLOCKED", "impossible"),
        ("needs_that", 0, "TABLE_BLOCKED", "needs_it"),
        ("unpartitioned", 0, "PARTITION_NONE", "no partition exists"),
        ("closed", 0, "ROWS_REFUSED_TRIGGER", "closed for good"),
        ("behind_closed", 0, "TABLE_BLOCKED", "closed"),
        ("team", 3, "ROWS_REFUSED_TRIGGER", "three are enough"),
        ("opaque", 0, "ROWS_REFUSED_CHECK", "is_odd(n)"),
        ("narrow", 3, "ROWS_CAPPED", "3 rows"),
    ],
)
def test_a_table_that_cannot_be_filled_says_why(
    troubled: tuple[Trial, Filled], table: str, rows: int, code: str, said: str
) -> None:
    """The finding has a code of its own and names what stands in the way; the rows that fit are there."""
    ground, filled = troubled
    assert ground.counts()[table] == filled[table].present == rows
    (finding,) = [one for one in filled[table].findings if one.severity is not Severity.INFO]
    assert finding.code == code
    assert said in finding.message


def test_a_table_that_cannot_be_filled_costs_only_itself_and_what_needs_it(troubled: tuple[Trial, Filled]) -> None:
    """Tables that have nothing to do with it, or may leave the reference empty, get all their rows."""
    ground, filled = troubled
    counts = ground.counts()
    assert [counts[name] for name in ("healthy", "can_do_without", "beside_closed")] == [ROWS] * 3
    assert ground.value("SELECT count(impossible_id) FROM can_do_without") == 0
    assert ground.value("SELECT count(closed_id) FROM beside_closed") == 0
    assert not filled.report.complete
    assert ground.wrong() == []


@pytest.mark.parametrize(
    ("session", "tenant", "codes"), [({"app.tenant": "7"}, 7, set()), ({}, 1, {"SESSION_SETTING"})]
)
def test_a_setting_that_a_trigger_asks_for_is_there(
    postgres_server: str, session: dict[str, str], tenant: int, codes: set[str]
) -> None:
    """The setting that was given is taken; where none was, one is made up, and a finding says so."""
    with trial(postgres_server) as ground:
        ground.create(
            "CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "NEW.tenant := current_setting('app.tenant')::int; RETURN NEW; END $$",
            "CREATE TABLE tenanted (id int PRIMARY KEY, tenant int NOT NULL)",
            "CREATE TRIGGER owned BEFORE INSERT ON tenanted FOR EACH ROW EXECUTE FUNCTION own()",
        )
        filled = ground.fill(ROWS, session=session)
        assert ground.column("SELECT DISTINCT tenant FROM tenanted") == [tenant]
        assert filled.codes("tenanted") == codes
