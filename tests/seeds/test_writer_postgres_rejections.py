"""What a refusal by PostgreSQL says: the reason, the constraint, the column and the row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seeds.rejections import Reason, Rejection
from tests.seeds.postgres_filling import filling

_RAISING = (
    "CREATE FUNCTION no_more() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN IF NEW.n > 5 THEN RAISE EXCEPTION 'a team is full'; END IF; RETURN NEW; END $$"
)
_KEYED = "CREATE TABLE p (id int PRIMARY KEY)"


@pytest.mark.parametrize(
    ("column", "value", "reason", "constraint", "named"),
    [
        ("n int CONSTRAINT small CHECK (n < 5)", "9", Reason.CHECK, "small", ""),
        ("n int CONSTRAINT one UNIQUE", "1", Reason.UNIQUE, "one", ""),
        ("n int CONSTRAINT needs REFERENCES p", "9", Reason.FOREIGN_KEY, "needs", ""),
        ("n int NOT NULL", None, Reason.NOT_NULL, "", "n"),
        ("n int4range, CONSTRAINT apart EXCLUDE USING gist (n WITH &&)", "[0,3)", Reason.EXCLUSION, "apart", ""),
        ("n varchar(2)", "abc", Reason.LENGTH, "", "n"),
        ("n bit(2)", "101", Reason.LENGTH, "", "n"),
        ("n smallint", "40000", Reason.RANGE, "", "n"),
        ("n numeric(3,1)", "1000", Reason.RANGE, "", "n"),
        ("n date", "2023-02-30", Reason.RANGE, "", "n"),
        ("n int", "many", Reason.TYPE, "", "n"),
        ("n jsonb", "{", Reason.TYPE, "", "n"),
        ("n date", "soon", Reason.TYPE, "", "n"),
        ("n int[]", "{1", Reason.TYPE, "", "n"),
        ("n mood", "blue", Reason.TYPE, "", "n"),
        ("n text", "\0", Reason.TYPE, "", ""),
        ("n positive", "-1", Reason.CHECK, "positive_check", "n"),
        ("m int, n int GENERATED ALWAYS AS (m) STORED", "1", Reason.GENERATED, "", ""),
    ],
)  # fmt: skip
def test_each_kind_of_refusal_is_told(
    database_url: str, column: str, value: str | None, reason: Reason, constraint: str, named: str
) -> None:
    """The reason is of the common vocabulary, with the constraint's or the column's name where the server has one."""
    statements = [_KEYED, "CREATE TYPE mood AS ENUM ('red')", "CREATE DOMAIN positive AS int CHECK (VALUE > 0)"]
    with filling(database_url, *statements, f"CREATE TABLE t ({column})") as target:
        if reason in (Reason.UNIQUE, Reason.EXCLUSION):
            target.append("t", n=[value])
        rejection = target.refused("t", n=[value])
    assert (rejection.reason, rejection.constraint, rejection.column) == (reason, constraint, named)


def test_a_row_that_no_partition_takes_is_no_failed_check(database_url: str) -> None:
    """The server uses one code for both."""
    with filling(
        database_url,
        "CREATE TABLE t (n int CHECK (n < 100)) PARTITION BY LIST (n)",
        "CREATE TABLE ones PARTITION OF t FOR VALUES IN (1)",
    ) as target:
        assert target.refused("t", n=[2]).reason is Reason.PARTITION
        assert target.refused("t", n=[200]).reason is Reason.PARTITION
        assert target.refused("t", n=[1, 3]).position == 1


@pytest.mark.parametrize("timing", ["BEFORE", "AFTER"])
def test_a_triggers_refusal_has_the_triggers_name(database_url: str, timing: str) -> None:
    """What a trigger's function raises is the trigger's, and only a trigger before the row knows which row it was."""
    with filling(
        database_url,
        "CREATE TABLE t (n int)",
        _RAISING,
        f"CREATE TRIGGER bouncer {timing} INSERT ON t FOR EACH ROW EXECUTE FUNCTION no_more()",
    ) as target:
        rejection = target.refused("t", n=[1, 2, 6])
    told = Rejection(Reason.TRIGGER, "a team is full", constraint="bouncer", sqlstate="P0001")
    assert rejection == (replace(told, table="t", position=2) if timing == "BEFORE" else told)


def test_a_trigger_of_any_name_is_found(database_url: str) -> None:
    """A function in a schema of its own, quoted, that stumbles over a value is still that trigger's."""
    with filling(
        database_url,
        'CREATE SCHEMA "on (hand)"',
        "CREATE TABLE t (n text, m int)",
        'CREATE FUNCTION "on (hand)"."No More"() RETURNS trigger LANGUAGE plpgsql AS'
        " $$ BEGIN NEW.m := NEW.n::int; RETURN NEW; END $$",
        'CREATE TRIGGER "The bouncer" BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION "on (hand)"."No More"()',
    ) as target:
        rejection = target.refused("t", n=["1", "x"])
    assert (rejection.reason, rejection.constraint, rejection.position) == (Reason.TRIGGER, "The bouncer", 1)


def test_a_trigger_that_borrows_a_constraints_code_is_a_trigger(database_url: str) -> None:
    """A function may raise any code; only the server names a constraint with it."""
    borrowing = _RAISING.replace("full';", "full' USING ERRCODE = 'check_violation';")
    with filling(
        database_url,
        "CREATE TABLE t (n int)",
        borrowing,
        "CREATE TRIGGER bouncer BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION no_more()",
    ) as target:
        rejection = target.refused("t", n=[6])
    assert (rejection.reason, rejection.constraint) == (Reason.TRIGGER, "bouncer")


def test_a_constraint_that_a_trigger_runs_into_is_that_constraint(database_url: str) -> None:
    """A trigger that writes elsewhere is refused by the other table, which is named."""
    with filling(
        database_url,
        "CREATE SCHEMA log",
        "CREATE TABLE log.entry (n int CONSTRAINT brief CHECK (n < 5))",
        "CREATE TABLE t (n int)",
        "CREATE FUNCTION copy_n() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO log.entry VALUES (NEW.n); RETURN NEW; END $$",
        "CREATE TRIGGER logged BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION copy_n()",
    ) as target:
        rejection = target.refused("t", n=[1, 6])
    assert (rejection.reason, rejection.constraint, rejection.table, rejection.position) == (
        Reason.CHECK, "brief", "log.entry", 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    "default",
    ["current_setting('app.tenant')::int", "current_setting('app.empty')::int", "no_default()"],
)
def test_a_default_that_cannot_be_had_is_told_from_bad_values(database_url: str, default: str) -> None:
    """The default's own failure, of whatever code, names its column; a bad value beside it does not become one."""
    with filling(
        database_url,
        "CREATE FUNCTION no_default() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE 'no tenant'; END $$",
        f"CREATE TABLE t (id serial, n int, tenant int DEFAULT {default})",
    ) as target:
        target.writer.set_session({"app.empty": ""})
        rejection = target.refused("t", n=[1])
        other = target.refused("t", n=["x"])
    assert (rejection.reason, rejection.column) == (Reason.DEFAULT, "tenant")
    assert (other.reason, other.column) == (Reason.TYPE, "n")


def test_a_default_is_tried_again_after_a_setting(database_url: str) -> None:
    """Once the setting is made the default is fine, and a refusal of the same code is about something else."""
    with filling(
        database_url,
        "CREATE TABLE t (w text CHECK (w::int > 0), tenant int DEFAULT current_setting('app.tenant')::int)",
    ) as target:
        target.writer.set_session({"app.tenant": ""})
        assert target.refused("t", w=["1"]).reason is Reason.DEFAULT
        target.writer.set_session({"app.tenant": "3"})
        assert target.refused("t", w=["x"]).reason is Reason.TYPE
        target.append("t", w=["1"])


@pytest.mark.parametrize(
    ("numbers", "words", "message"),
    [
        (["7", "7"], ["a", "b"], 'duplicate key value violates unique constraint "t_pkey"'),
        (["7", 'it is "my\n7"'], ["a", "b"], 'invalid input syntax for type integer: "…"'),
        (["7", "7000000000"], ["a", "b"], 'value "…" is out of range for type integer'),
        (["7", "8"], ["a", None], 'null value in column "words" of relation "t" violates not-null constraint'),
    ],
)
def test_the_message_has_no_values_of_the_row(
    database_url: str, numbers: list[str], words: list[str | None], message: str
) -> None:
    """The server's details, which quote the row, are left out, and so is a value that it could not read."""
    with filling(database_url, "CREATE TABLE t (n int PRIMARY KEY, words text NOT NULL)") as target:
        assert target.refused("t", n=numbers, words=words).message == message


@pytest.mark.parametrize("first", ["a\nb", "a\r\nb", "a\rb", "plain"])
def test_line_ends_inside_texts_do_not_shift_the_position(database_url: str, first: str) -> None:
    """The server counts lines, and texts may have several."""
    words = [first, "x\n\ny", None, "z\r\nz", "", "\r", "last\n"]
    with filling(database_url, "CREATE TABLE t (words text, n int CHECK (n > 0))") as target:
        for position in range(len(words)):
            numbers = [0 if place == position else 1 for place in range(len(words))]
            assert target.refused("t", words=words, n=numbers).position == position


def test_a_user_without_rights_is_told_so(database_url: str) -> None:
    """A missing privilege is no row's fault."""
    with filling(database_url, "CREATE TABLE t (n int)") as target:
        target.writer.set_session({"role": "pg_monitor"})
        rejection = target.refused("t", n=[1])
    assert (rejection.reason, rejection.position) == (Reason.PERMISSION, -1)
