"""Tables whose rows refer to one another in a circle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from seeds.rejections import Reason, Rejection, RowsRejected
from tests.seeds.postgres_filling import Filling, batch, filling

Part = Mapping[str, Sequence[object]]
_TWO = (
    "CREATE TABLE store (id int PRIMARY KEY, manager int NOT NULL)",
    "CREATE TABLE staff (id int PRIMARY KEY, store int NOT NULL CONSTRAINT works REFERENCES store)",
    "ALTER TABLE store ADD CONSTRAINT led FOREIGN KEY (manager) REFERENCES staff",
)
_STORES, _STAFF = {"id": [1, 2], "manager": [10, 20]}, {"id": [10, 20, 30], "store": [1, 2, 2]}


def _together(target: Filling, **parts: Part) -> None:
    target.writer.append_together([(target.tables[name], batch(**columns)) for name, columns in parts.items()])


def _refused(target: Filling, **parts: Part) -> Rejection:
    with pytest.raises(RowsRejected) as refused:
        _together(target, **parts)
    return refused.value.rejection


def _deferrability(target: Filling) -> list[tuple[object, ...]]:
    return target.rows("SELECT conname, condeferrable, condeferred FROM pg_constraint WHERE contype = 'f' ORDER BY 1")


def test_two_tables_that_need_each_other(database_url: str) -> None:
    """Foreign keys that are neither deferrable nor nullable hold when all rows are in, whichever table comes first."""
    with filling(database_url, *_TWO) as target:
        _together(target, store=_STORES, staff=_STAFF)
        _together(target, staff={"id": [40], "store": [3]}, store={"id": [3], "manager": [40]})
        target.writer.commit()
        assert target.rows("SELECT (SELECT count(*) FROM store), (SELECT count(*) FROM staff)") == [(3, 4)]


def test_a_circle_that_does_not_close_is_refused(database_url: str) -> None:
    """A missing row refuses the rows of all tables; what was there before stays, and constraints are as they were."""
    with filling(database_url, *_TWO) as target:
        _together(target, store=_STORES, staff=_STAFF)
        before = _deferrability(target)
        rejection = _refused(target, store={"id": [5], "manager": [50]}, staff={"id": [60], "store": [5]})
        assert (rejection.reason, rejection.constraint) == (Reason.FOREIGN_KEY, "led")
        assert target.rows("SELECT (SELECT count(*) FROM store), (SELECT count(*) FROM staff)") == [(2, 3)]
        assert _deferrability(target) == before


def test_three_tables_and_rows_that_refer_to_themselves(database_url: str) -> None:
    """A circle of three, one of which also refers to itself, with identities that are always generated."""
    with filling(
        database_url,
        "CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, c int NOT NULL, up int NOT NULL REFERENCES a)",
        "CREATE TABLE b (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int NOT NULL REFERENCES a)",
        "CREATE TABLE c (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b int NOT NULL REFERENCES b,"
        " twice int GENERATED ALWAYS AS (b * 2) STORED)",
        "ALTER TABLE a ADD FOREIGN KEY (c) REFERENCES c",
    ) as target:
        parts: dict[str, Part] = {
            "a": {"id": [5, 6], "c": [7, 8], "up": [6, 6]},
            "b": {"id": [9, 10], "a": [5, 6]},
            "c": {"id": [7, 8], "b": [10, 9]},
        }
        _together(target, **parts)
        target.writer.commit()
        assert target.rows("SELECT id, twice FROM c ORDER BY id") == [(7, 20), (8, 18)]


def test_deferred_circles_are_looked_at_at_once(database_url: str) -> None:
    """A circle whose constraints wait for the commit is refused now, and its constraints wait again afterwards."""
    deferred = [statement.replace("works REFERENCES store", "works REFERENCES store DEFERRABLE") for statement in _TWO]
    deferred[2] += " DEFERRABLE INITIALLY DEFERRED"
    with filling(database_url, *deferred) as target:
        rejection = _refused(target, store={"id": [5], "manager": [50]}, staff={"id": [60], "store": [5]})
        assert (rejection.reason, rejection.constraint) == (Reason.FOREIGN_KEY, "led")
        _together(target, store=_STORES, staff=_STAFF)
        target.append("store", id=[3], manager=[99])
        assert target.refused("staff", id=[98], store=[99]).constraint == "works"
        target.append("staff", id=[99], store=[3])
        target.writer.commit()
        assert target.rows("SELECT (SELECT count(*) FROM store), (SELECT count(*) FROM staff)") == [(3, 4)]


@pytest.mark.parametrize(("looking", "other"), [("store", "staff"), ("staff", "store")])
def test_a_trigger_may_look_for_the_other_table(database_url: str, looking: str, other: str) -> None:
    """A trigger that wants the other table's row first gets it first."""
    column, key = ("manager", "manager") if looking == "store" else ("store", "store")
    with filling(
        database_url,
        *_TWO,
        "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN IF NOT EXISTS (SELECT FROM {other} WHERE id = NEW.{column}) THEN RAISE 'no such {key}'; END IF;"
        " RETURN NEW; END $$",
        f"CREATE TRIGGER looks BEFORE INSERT ON {looking} FOR EACH ROW EXECUTE FUNCTION look()",
    ) as target:
        before = _deferrability(target)
        _together(target, store=_STORES, staff=_STAFF)
        assert _deferrability(target) == before
        target.writer.commit()
        assert target.rows("SELECT (SELECT count(*) FROM store), (SELECT count(*) FROM staff)") == [(2, 3)]


def test_a_circle_with_a_rule_goes_in_one_by_one(database_url: str) -> None:
    """A table whose rule no common statement can obey is filled while its foreign keys wait, and they do not after."""
    with filling(
        database_url,
        *_TWO,
        "CREATE TABLE seen (id int)",
        "CREATE RULE noted AS ON INSERT TO staff DO ALSO INSERT INTO seen VALUES (NEW.id)",
    ) as target:
        before = _deferrability(target)
        _together(target, store=_STORES, staff=_STAFF)
        assert _deferrability(target) == before
        target.writer.commit()
        found = target.rows("SELECT (SELECT count(*) FROM store), (SELECT count(*) FROM staff), count(*) FROM seen")
    assert found == [(2, 3, 3)]


def test_an_unreadable_value_in_a_circle_names_its_table(database_url: str) -> None:
    """The row's position is within the table that the rejection names."""
    with filling(database_url, *_TWO) as target:
        rejection = _refused(target, store={"id": [1], "manager": [10]}, staff={"id": ["10", "x"], "store": ["1", "1"]})
    assert (rejection.reason, rejection.table, rejection.column, rejection.position) == (Reason.TYPE, "staff", "id", 1)
