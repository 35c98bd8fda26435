"""Changing and deleting rows that tables hold already, and looking whether they are there, in every database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pyarrow as pa
import pytest

from seeds.catalog import Table
from seeds.ports import Fillable, RowWriter
from seeds.rejections import Reason, RowsRejected
from tests.seeds.writer_schemas import BY_DATABASE


class Target:
    """A database with the sample schema and a writer for it."""

    def __init__(self, database: Fillable) -> None:
        self.tables: dict[str, Table] = {table.name.name: table for table in database.catalog().tables.values()}
        self.writer: RowWriter = database.writer()

    def append(self, table: str, **columns: object) -> None:
        self.writer.append(self.tables[table], rows(**columns))

    def circle(self) -> None:
        """Two teams that are led by their members, and one of nobody."""
        teams, members = (
            rows(id=[1, 2], lead_id=[10, 20], name=["red", "blue"]),
            rows(id=[10, 20, 21], team_id=[1, 2, 2]),
        )
        self.writer.append_together([(self.tables["team"], teams), (self.tables["member"], members)])
        self.append("team", id=[3], name=["green"])


def rows(**columns: object) -> pa.RecordBatch:
    """A batch from lists of values, or Arrow arrays where the type is not to be guessed."""
    return pa.RecordBatch.from_pydict(columns)


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    database = cast("Fillable", request.getfixturevalue(request.param))
    with database.engine().begin() as connection:
        for statement in BY_DATABASE[request.param]:
            connection.exec_driver_sql(statement)
    found = Target(database)
    yield found
    found.writer.rollback()
    found.writer.close()


def test_tables_in_a_circle_go_together(target: Target) -> None:
    """Neither can go first; together both go, the rows that were named and no other, and each is counted."""
    target.circle()
    team, member = target.tables["team"], target.tables["member"]
    assert target.writer.delete_together([(team, rows(id=[1, 99])), (member, rows(id=[10]))]) == (1, 1)
    assert target.writer.fetch("SELECT id FROM team ORDER BY id") == [(2,), (3,)]
    assert target.writer.fetch("SELECT id FROM member ORDER BY id") == [(20,), (21,)]
    target.writer.commit()


def test_a_circle_that_is_in_use_stays(target: Target) -> None:
    """Where a row refers to one of them that does not go, none goes, and the transaction goes on."""
    target.circle()
    team, member = target.tables["team"], target.tables["member"]
    with pytest.raises(RowsRejected) as refused:
        target.writer.delete_together([(team, rows(id=[2])), (member, rows(id=[20]))])
    assert refused.value.rejection.reason is Reason.FOREIGN_KEY
    assert target.writer.fetch("SELECT id, lead_id FROM team ORDER BY id") == [(1, 10), (2, 20), (3, None)]
    assert target.writer.count(member) == 3
    assert target.writer.delete_together([(member, rows(id=[20, 21])), (team, rows(id=[2]))]) == (2, 1)


def test_rows_are_looked_for_by_their_values(target: Target) -> None:
    """Each row of values counts once if there is a row for it, null for null, and nothing is changed."""
    target.append("nameless", word=["a", "a", None, "b"], number=[1, 1, None, 1])
    table = target.tables["nameless"]
    values = rows(word=["a", None, "zz", "b"], number=pa.array([1, None, 1, None], pa.int64()))
    assert target.writer.present(table, values) == 2
    assert target.writer.present(table, rows(number=[1, 7])) == 1
    assert target.writer.present(table, values.slice(0, 0)) == 0
    assert target.writer.count(table) == 4


def test_an_update_sets_what_is_named(target: Target) -> None:
    """Rows are found by the keys and get the other columns; a refused one leaves all as they were."""
    target.append("ward", id=[1, 2], code=["a", "b"], name=["Ash", "Beech"])
    ward = target.tables["ward"]
    target.writer.update(ward, ("id",), rows(id=[2, 1, 9], name=pa.array([None, "Alder", "Cedar"], pa.string())))
    assert target.writer.fetch("SELECT id, name FROM ward ORDER BY id") == [(1, "Alder"), (2, None)]
    with pytest.raises(RowsRejected) as refused:
        target.writer.update(ward, ("id",), rows(id=[1, 2], code=["c", "c"]))
    assert refused.value.rejection.reason is Reason.UNIQUE
    assert target.writer.fetch("SELECT code FROM ward ORDER BY code") == [("a",), ("b",)]


def test_many_rows_go_in_bounded_time(target: Target) -> None:
    """Thousands of rows are found and deleted by their keys without looking at each of them for each."""
    numbers = list(range(1, 6001))
    target.append("ward", id=numbers, code=[format(number, "x") for number in numbers])
    assert target.writer.present(target.tables["ward"], rows(id=numbers)) == 6000
    assert target.writer.delete(target.tables["ward"], rows(id=numbers[1:])) == 5999
    assert target.writer.fetch("SELECT id FROM ward") == [(1,)]
