"""Taking rows out of PostgreSQL tables by their values."""

from __future__ import annotations

import pytest

from seeds.rejections import Reason, RowsRejected
from tests.seeds.postgres_filling import Filling, batch, filling


def _delete(target: Filling, table: str, **columns: object) -> int:
    return target.writer.delete(target.tables[table], batch(**columns))


def test_rows_go_by_their_key(database_url: str) -> None:
    """Rows with the given keys go, keys that are not there count for nothing."""
    with filling(database_url, "CREATE TABLE t (a int, b text, v int, PRIMARY KEY (a, b))") as target:
        target.append("t", a=[1, 1, 2], b=["x", "y", "x"], v=[1, 2, 3])
        assert _delete(target, "t", a=[1, 2, 3], b=["y", "x", "z"]) == 2
        assert target.rows("SELECT a, b FROM t") == [(1, "x")]


def test_a_null_matches_a_null(database_url: str) -> None:
    """Without a key, rows are found by all of their values, the absent ones included."""
    with filling(database_url, "CREATE TABLE t (n int, doc json, amount numeric, w char(3))") as target:
        target.append("t", n=[1, None, 2], doc=['{"a": 1}', None, None], amount=["1.50", None, "2"], w=["a", "b", None])
        assert _delete(target, "t", n=[None, 1], doc=[None, '{"a": 1}'], amount=[None, "1.50"], w=["b", "a"]) == 2
        assert target.rows("SELECT n FROM t") == [(2,)]


def test_of_equal_rows_only_as_many_go_as_are_given(database_url: str) -> None:
    """Two of three equal rows given are two deleted, across partitions too; the unlike stay."""
    with filling(
        database_url,
        "CREATE TABLE t (n int) PARTITION BY LIST (n)",
        "CREATE TABLE ones PARTITION OF t FOR VALUES IN (1)",
        "CREATE TABLE others PARTITION OF t DEFAULT",
    ) as target:
        target.append("t", n=[1, 1, 1, 2, 2, 3, None])
        assert _delete(target, "t", n=[1, 2, 1, 5, None]) == 4
        assert target.rows("SELECT n FROM t ORDER BY n") == [(1,), (2,), (3,)]


def test_rows_that_others_need_stay(database_url: str) -> None:
    """A row that is referred to refuses the whole deletion."""
    with filling(
        database_url,
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "CREATE TABLE child (p int CONSTRAINT needs REFERENCES parent)",
    ) as target:
        target.append("parent", id=[1, 2])
        target.append("child", p=[2])
        with pytest.raises(RowsRejected) as refused:
            _delete(target, "parent", id=[1, 2])
        assert (refused.value.rejection.reason, refused.value.rejection.constraint) == (Reason.FOREIGN_KEY, "needs")
        assert target.writer.count(target.tables["parent"]) == 2


@pytest.mark.parametrize("action", ["CASCADE", "SET NULL", "SET DEFAULT"])
def test_no_rule_takes_others_rows_along(database_url: str, action: str) -> None:
    """A foreign key that would delete or change the rows that refer refuses the deletion; a free row still goes."""
    with filling(
        database_url,
        "CREATE TABLE parent (id int PRIMARY KEY)",
        f'CREATE TABLE "a child" (p int CONSTRAINT needs REFERENCES parent ON DELETE {action})',
    ) as target:
        target.append("parent", id=[1, 2])
        target.append("a child", p=[2])
        with pytest.raises(RowsRejected) as refused:
            _delete(target, "parent", id=[1, 2])
        assert refused.value.rejection.constraint == "needs"
        assert target.rows('SELECT p FROM "a child"') == [(2,)]
        assert _delete(target, "parent", id=[1]) == 1


def test_a_tree_goes_as_a_whole_but_not_from_under_another(database_url: str) -> None:
    """Rows that cascade within the given ones go with them; a row beyond them holds its parent."""
    with filling(
        database_url, 'CREATE TABLE t ("t.id" int PRIMARY KEY, up int REFERENCES t ON DELETE CASCADE)'
    ) as target:
        target.append("t", **{"t.id": [1, 2, 3], "up": [None, 1, 2]})
        with pytest.raises(RowsRejected):
            _delete(target, "t", **{"t.id": [1, 2]})
        assert target.writer.count(target.tables["t"]) == 3
        _delete(target, "t", **{"t.id": [1, 2, 3]})
        assert target.writer.count(target.tables["t"]) == 0


def test_no_keys_delete_nothing(database_url: str) -> None:
    """An empty batch is no wildcard."""
    with filling(database_url, "CREATE TABLE t (n int)") as target:
        target.append("t", n=[1])
        assert _delete(target, "t", n=[]) == 0
        assert target.writer.count(target.tables["t"]) == 1
