"""Rows that triggers wrote about ours: they go with ours where it is proven that they came with them, and only then."""

from __future__ import annotations

import pytest

from seeds.filling import reset_fill
from seeds.ports import Database
from tests.seeds.filled import ask, clock, contents, filled, prepared, run

WARD = "CREATE TABLE ward (id integer PRIMARY KEY, name varchar(60) NOT NULL)"
POSTGRES = (
    WARD,
    """CREATE TABLE history (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ward_id integer NOT NULL REFERENCES ward,
       what text NOT NULL)""",
    """CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN INSERT INTO history (ward_id, what) VALUES (NEW.id, 'came'); RETURN NEW; END $$""",
    "CREATE TRIGGER kept AFTER INSERT ON ward FOR EACH ROW EXECUTE FUNCTION keep_history()",
)  # fmt: skip
OTHERS = {
    "mariadb": (
        WARD,
        """CREATE TABLE history (id integer AUTO_INCREMENT PRIMARY KEY, ward_id integer NOT NULL, what varchar(9) NOT NULL,
           FOREIGN KEY (ward_id) REFERENCES ward (id))""",
        "CREATE TRIGGER kept AFTER INSERT ON ward FOR EACH ROW INSERT INTO history (ward_id, what) VALUES (NEW.id, 'came')",
    ),
    "sqlite": (
        WARD,
        """CREATE TABLE history (id integer PRIMARY KEY, ward_id integer NOT NULL REFERENCES ward (id), what text NOT NULL)""",
        """CREATE TRIGGER kept AFTER INSERT ON ward FOR EACH ROW
           BEGIN INSERT INTO history (ward_id, what) VALUES (NEW.id, 'came'); END""",
    ),
}  # fmt: skip


def test_rows_that_came_with_ours_go_with_them(postgres: Database) -> None:
    """What the trigger wrote in the statement that wrote our rows goes; the finding says how many rows."""
    database = prepared(postgres, (*POSTGRES, "INSERT INTO ward VALUES (-1, 'of others')"))
    filled(database, 12)
    assert ask(database, "SELECT count(*) FROM history WHERE what = 'came'") == [(13,)]
    removal = reset_fill(database, "auto", clock=clock)
    assert removal.complete, removal.findings
    assert contents(database) == {"ward": [(-1, "of others")], "history": [(1, -1, "came")]}
    (finding,) = (one for one in removal.findings if one.code == "RESET_CONSEQUENCES")
    assert (finding.subject, "12 rows" in finding.message) == ("history", True)


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO history (ward_id, what) VALUES (3, 'by hand')",
        "UPDATE history SET what = 'noted by hand' WHERE ward_id = 3 AND what = 'came'",
    ],
    ids=["added", "changed"],
)
def test_what_somebody_wrote_or_changed_since_stays(postgres: Database, change: str) -> None:
    """A row that another transaction wrote is nobody's to delete, and keeps the row it refers to; all else stays too."""
    database = prepared(postgres, POSTGRES)
    filled(database, 12, exclude=("history",))
    run(database, change)
    held = contents(database)
    removal = reset_fill(database, "auto", clock=clock)
    assert not removal.complete
    assert contents(database) == held
    (finding,) = (one for one in removal.findings if one.code == "RESET_IN_USE")
    assert finding.subject == "ward"
    assert "rows of history that Understudy did not write refer to 1 of its rows" in finding.message
    assert "kept may have written them" in finding.message
    assert "ward_id" in finding.hint
    run(database, "DELETE FROM history WHERE ward_id = 3")
    assert reset_fill(database, "auto", clock=clock).complete
    assert not any(contents(database).values())


@pytest.mark.parametrize("kind", ["mariadb", "sqlite"])
def test_without_proof_nothing_goes_and_the_finding_says_what_to_do(request: pytest.FixtureRequest, kind: str) -> None:
    """Where rows do not say who wrote them, they stay with what they refer to: how many, by which trigger, what next."""
    database = prepared(request.getfixturevalue(kind), OTHERS[kind])
    filled(database, 12, exclude=("history",))
    held = contents(database)
    assert len(held["history"]) == 12
    removal = reset_fill(database, "auto", clock=clock)
    assert not removal.complete
    assert contents(database) == held
    (finding,) = (one for one in removal.findings if one.code == "RESET_IN_USE")
    assert "refer to 12 of its rows" in finding.message
    assert "history holds 12 rows more than before the first fill" in finding.message
    assert "kept may have written them" in finding.message
    run(database, "DELETE FROM history")
    assert reset_fill(database, "auto", clock=clock).complete
