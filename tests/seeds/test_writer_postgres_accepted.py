"""Rows of which PostgreSQL takes some: which are in, and what is said of the others."""

from __future__ import annotations

import pytest

from seeds.databases.postgres.address import conninfo, parse
from seeds.databases.postgres.writing.channel import Channel
from seeds.databases.postgres.writing.orphans import orphans
from seeds.rejections import Reason, Rejection
from tests.seeds.postgres_filling import Filling, batch, filling


def _accepted(target: Filling, table: str, *, limit: int = 1000, **columns: object) -> list[Rejection]:
    return target.writer.append_accepted(target.tables[table], batch(**columns), limit=limit)


def _reasons(rejections: list[Rejection]) -> dict[int, Reason]:
    return {rejection.position: rejection.reason for rejection in rejections}


def test_all_good_rows_go_in_and_bad_ones_are_named(database_url: str) -> None:
    """Each bad row has a reason of its own, at its place in the batch, and every other row is there."""
    numbers = [*range(100)]
    numbers[10], numbers[50], numbers[99] = -1, 49, -2
    with filling(database_url, "CREATE TABLE t (n int PRIMARY KEY CHECK (n >= 0), w varchar(5))") as target:
        words = ["too long" if place == 70 else "short" for place in range(100)]
        rejections = _accepted(target, "t", n=numbers, w=words)
        kept = [number for (number,) in target.rows("SELECT n FROM t ORDER BY n")]
    assert _reasons(rejections) == {10: Reason.CHECK, 50: Reason.UNIQUE, 70: Reason.LENGTH, 99: Reason.CHECK}
    assert kept == [number for number in range(99) if number not in (10, 50, 70)]


def test_texts_that_cannot_be_read_are_rows_that_are_refused(database_url: str) -> None:
    """A value of no known enum label, array or domain stands refused alone."""
    with filling(
        database_url,
        "CREATE TYPE mood AS ENUM ('glad')",
        "CREATE DOMAIN even AS int CHECK (VALUE % 2 = 0)",
        "CREATE TABLE t (id int, m mood, a int[], e even)",
    ) as target:
        rejections = _accepted(
            target,
            "t",
            id=[0, 1, 2, 3],
            m=["glad", "blue", "glad", "glad"],
            a=["{}", "{}", "{1", None],
            e=["2", "2", "2", "3"],
        )
        assert target.rows("SELECT id FROM t") == [(0,)]
    assert [(rejection.position, rejection.column) for rejection in rejections] == [(1, "m"), (2, "a"), (3, "e")]


def test_the_search_gives_up_at_the_limit(database_url: str) -> None:
    """After so many refusals the rest is not tried: it stands refused for the last reason, and what is in stays."""
    with filling(database_url, "CREATE TABLE t (n int CONSTRAINT small CHECK (n < 3))") as target:
        rejections = _accepted(target, "t", limit=4, n=[*range(20)])
        assert target.rows("SELECT n FROM t ORDER BY n") == [(0,), (1,), (2,)]
    assert [rejection.position for rejection in rejections] == [*range(3, 20)]
    assert {rejection.constraint for rejection in rejections} == {"small"}


def test_rows_without_their_parents_are_refused_together(database_url: str) -> None:
    """Foreign keys name no row, and are sorted out all the same."""
    with filling(
        database_url,
        "CREATE TABLE parent (a int, b text, PRIMARY KEY (a, b))",
        "CREATE TABLE child (id int, a int, b text, FOREIGN KEY (a, b) REFERENCES parent)",
    ) as target:
        target.append("parent", a=[1, 2], b=["x", "y"])
        rejections = _accepted(target, "child", id=[*range(5)], a=[1, 2, 9, None, 2], b=["x", "x", "y", "z", "y"])
        assert target.rows("SELECT id FROM child ORDER BY id") == [(0,), (3,), (4,)]
    assert _reasons(rejections) == {1: Reason.FOREIGN_KEY, 2: Reason.FOREIGN_KEY}


def test_all_rows_without_a_parent_are_known_from_one_refusal(database_url: str) -> None:
    """The catalogue's foreign key finds them at once, among the batch's own rows too, and leaves nothing behind."""
    with filling(database_url, "CREATE TABLE t (id int PRIMARY KEY, up int CONSTRAINT held REFERENCES t)") as target:
        target.append("t", id=[1], up=[None])
        rows = batch(id=[2, 3, 4, 5, 6], up=[1, 9, 6, None, 8])
        channel = Channel(conninfo(parse(target.url)), "here")
        target.writer.commit()
        found = orphans(channel, target.tables["t"], rows, Rejection(Reason.FOREIGN_KEY, "", constraint="held"))
        unknown = orphans(channel, target.tables["t"], rows, Rejection(Reason.FOREIGN_KEY, "", constraint="other"))
        channel.close()
    assert (found.tolist(), unknown.tolist()) == ([1, 4], [])


def test_refused_triggers_after_the_row_are_narrowed_down(database_url: str) -> None:
    """A trigger that speaks at the end of the statement names no row; halving finds it."""
    with filling(
        database_url,
        "CREATE TABLE t (n int)",
        "CREATE FUNCTION judge() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN IF NEW.n % 40 = 7 THEN RAISE 'bad luck'; END IF; RETURN NULL; END $$",
        "CREATE TRIGGER late AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION judge()",
    ) as target:
        rejections = _accepted(target, "t", n=[*range(100)])
        assert target.writer.count(target.tables["t"]) == 97
    assert _reasons(rejections) == {7: Reason.TRIGGER, 47: Reason.TRIGGER, 87: Reason.TRIGGER}


def test_a_tree_keeps_its_branches(database_url: str) -> None:
    """In a table that refers to itself a row goes in with its parent, wherever in the batch that is."""
    with filling(
        database_url, "CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t, ok boolean CHECK (ok))"
    ) as target:
        # 5 is refused; 6 hangs on 5 and 7 on 6, so they go too. The others stand before or after their parents.
        rejections = _accepted(
            target,
            "t",
            id=[1, 2, 3, 4, 5, 6, 7, 8],
            up=[8, 1, 4, 3, 1, 5, 6, None],
            ok=[True, True, True, True, False, True, True, True],
        )
        assert target.rows("SELECT id FROM t ORDER BY id") == [(1,), (2,), (3,), (4,), (8,)]
    assert _reasons(rejections) == {4: Reason.CHECK, 5: Reason.FOREIGN_KEY, 6: Reason.FOREIGN_KEY}


def test_constraints_that_wait_are_looked_at_at_once(database_url: str) -> None:
    """A deferred key refuses its row now; the constraint waits for the commit again afterwards."""
    with filling(database_url, "CREATE TABLE t (n int CONSTRAINT once UNIQUE DEFERRABLE INITIALLY DEFERRED)") as target:
        rejections = _accepted(target, "t", n=[1, 2, 1, 3])
        assert target.writer.count(target.tables["t"]) == 3
        target.append("t", n=[2])
        target.writer.execute("DELETE FROM t")
        target.writer.commit()
    assert [rejection.constraint for rejection in rejections] == ["once"]


def test_rows_that_wait_for_others_are_not_taken_for_refused(database_url: str) -> None:
    """Where earlier rows still wait for their parents, later good ones go in."""
    with filling(
        database_url,
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "CREATE TABLE child (p int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
    ) as target:
        target.append("child", p=[1])
        assert _accepted(target, "child", p=[1, 1]) == []
        target.append("parent", id=[1])
        target.writer.commit()
        assert target.writer.count(target.tables["child"]) == 3


def test_what_every_row_would_meet_is_tried_once(database_url: str) -> None:
    """A missing privilege or a default that cannot be had refuses all rows at once."""
    with filling(
        database_url, "CREATE TABLE t (n int, tenant int DEFAULT current_setting('app.tenant')::int)"
    ) as target:
        defaults = _accepted(target, "t", n=[1, 2, 3])
        target.writer.set_session({"role": "pg_monitor"})
        rights = _accepted(target, "t", n=[1, 2, 3])
    assert _reasons(defaults) == dict.fromkeys(range(3), Reason.DEFAULT)
    assert _reasons(rights) == dict.fromkeys(range(3), Reason.PERMISSION)


@pytest.mark.parametrize("rows", [0, 1])
def test_batches_of_no_size_are_batches(database_url: str, rows: int) -> None:
    """No rows are no refusals, and one bad row is one."""
    with filling(database_url, "CREATE TABLE t (n int CHECK (n > 0))") as target:
        assert len(_accepted(target, "t", n=[0] * rows)) == rows


def test_rows_that_rules_send_elsewhere_are_sorted_out_too(database_url: str) -> None:
    """Where rows go in by INSERT, good and bad ones are told apart."""
    with filling(
        database_url,
        "CREATE TABLE t (n int)",
        "CREATE TABLE elsewhere (n int CHECK (n < 3))",
        "CREATE RULE away AS ON INSERT TO t DO INSTEAD INSERT INTO elsewhere VALUES (NEW.n)",
    ) as target:
        rejections = _accepted(target, "t", n=["0", "1", "2", "3", "x"])
        assert target.rows("SELECT n FROM elsewhere ORDER BY n") == [(0,), (1,), (2,)]
    assert _reasons(rejections) == {3: Reason.CHECK, 4: Reason.TYPE}


def test_violations_are_found_and_nothing_stays(database_url: str) -> None:
    """Rows for which a predicate is false or fails are named; null is not false."""
    with filling(
        database_url,
        'CREATE TABLE "T" (n int, "Half" int, made int GENERATED ALWAYS AS (n + 1) STORED,'
        " kind text NOT NULL DEFAULT 'a', tenant int DEFAULT current_setting('app.tenant')::int)",
    ) as target:
        table, rows = target.tables["T"], batch(n=[1, 2, None, 4, 5], Half=[1, 1, 1, 0, 1])

        def violations(predicate: str) -> list[int]:
            return target.writer.violations(table, rows, predicate)

        assert violations('n / "Half" > 1') == [0, 3]
        assert violations("made <> 3") == [1]
        assert violations("kind = 'a' AND \"T\".tenant IS NULL") == []
        assert violations("kind <> 'a' OR n % 2 = 0") == [0, 4]
        assert target.rows('SELECT count(*) FROM "T"') == [(0,)]
        assert target.writer.violations(table, batch(n=["1", "x", "3"]), "n < 3") == [1, 2]
