"""What every database must do, tried on each; where one cannot, it is marked with the reason."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import text

from seeds.databases.registry import open_database
from seeds.errors import TargetBusy, TargetError
from seeds.ports import BOOKKEEPING_TABLES, Database
from seeds.schema import create_tables
from tests.seeds.sample_tables import EMPTY, EVERYTHING, FULL, NULLS, PLACE, places, rows_of, schema_of


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def database(request: pytest.FixtureRequest) -> Database:
    """Each kind of target in turn."""
    target: Database = request.getfixturevalue(request.param)
    return target


@pytest.fixture
def address(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> str:
    """The target's own URL, for another process to open."""
    if database.trusted:
        return f"sqlite:///{tmp_path}/target.db"
    kind = request.node.callspec.params["database"]
    url: str = request.getfixturevalue("mariadb_url" if kind == "mariadb" else "database_url")
    return url


def _ids(database: Database) -> list[int]:
    with database.engine().connect() as connection:
        return list(connection.scalars(text("SELECT id FROM place ORDER BY id")))


def test_every_type_comes_back_as_it_went_in(database: Database) -> None:
    """A row of each type, of empty arrays and of nulls is read back value for value and type for type."""
    create_tables(database, [EVERYTHING])
    batch = rows_of(EVERYTHING, FULL, EMPTY, NULLS)
    session = database.session()
    session.append(EVERYTHING, batch)
    session.commit()
    table = pa.Table.from_batches(session.read(EVERYTHING)).sort_by("id")
    session.close()
    assert table.schema.equals(schema_of(EVERYTHING))
    assert table.to_pylist() == batch.to_pylist()


@pytest.mark.parametrize("name", [name for name in FULL if name != "id"])
def test_a_column_can_be_appended_by_name(database: Database, name: str) -> None:
    """A batch's columns find their place by name, in any order, each type alone."""
    create_tables(database, [EVERYTHING])
    session = database.session()
    session.append(EVERYTHING, rows_of(EVERYTHING, FULL).select([name, "id"]))
    found = [row for batch in session.read(EVERYTHING, ("id", name)) for row in batch.to_pylist()]
    session.close()
    assert found == [{"id": 1, name: FULL[name]}]


def test_exact_numbers_survive_in_bulk(database: Database) -> None:
    """Every amount of pounds and pence comes back to the penny, and SQL adds them up to the penny."""
    create_tables(database, [EVERYTHING])
    amounts = pa.array([number * 7919 % 10**10 - 5 * 10**9 for number in range(5000)]).cast(pa.decimal128(19, 0))
    pence = pa.array([value.as_py().scaleb(-2) for value in amounts], type=pa.decimal128(10, 2))
    batch = pa.RecordBatch.from_arrays([pa.array(range(5000), pa.int64()), pence], names=["id", "money"])
    session = database.session()
    session.append(EVERYTHING, batch)
    session.commit()
    found = pa.Table.from_batches(session.read(EVERYTHING, ("id", "money"))).sort_by("id")
    session.close()
    assert found["money"].to_pylist() == pence.to_pylist()
    with database.engine().connect() as connection:
        total = connection.scalar(text("SELECT ROUND(SUM(money), 2) FROM everything"))
    assert round(float(total or 0), 2) == float(sum(pence.to_pylist()))


def test_reading_can_begin_at_a_key(database: Database) -> None:
    """`from_key` leaves out the rows with smaller keys."""
    create_tables(database, [PLACE])
    session = database.session()
    session.append(PLACE, places(1, 2, 3, 4))
    found = [key for batch in session.read(PLACE, ("id",), from_key=3) for key in batch["id"].to_pylist()]
    session.close()
    assert sorted(found) == [3, 4]


def test_reading_may_stop_early(database: Database) -> None:
    """Leaving a read half-way does not spoil the session."""
    create_tables(database, [PLACE])
    session = database.session()
    session.append(PLACE, places(*range(30_000)))
    next(iter(session.read(PLACE)))
    assert session.fetch("SELECT COUNT(*) FROM place") == [(30_000,)]
    session.close()


def test_rows_and_their_record_commit_together(database: Database) -> None:
    """What was appended and executed is invisible until the commit, and gone after a rollback."""
    create_tables(database, [PLACE])
    session = database.session()
    session.append(PLACE, places(1))
    session.execute("UPDATE place SET size = ? WHERE code = ?", (9, "c1"))
    session.rollback()
    assert _ids(database) == []
    session.append(PLACE, places(2))
    session.execute("UPDATE place SET code = '?' WHERE size = ?", (1,))
    assert _ids(database) == []
    session.commit()
    assert _ids(database) == [2]
    assert session.fetch("SELECT code, size FROM place WHERE id = ?", (2,)) == [("?", 1)]
    session.close()


def test_deleting_takes_the_keys_given_and_no_other_row(database: Database) -> None:
    """Rows go by primary key, keys that are not there do not count, and a rollback brings them back."""
    create_tables(database, [PLACE])
    session = database.session()
    session.append(PLACE, places(1, 2, 3))
    session.commit()
    assert session.delete(PLACE, places(3, 4, 1).select(["id"])) == 2
    assert session.delete(PLACE, places(1)) == 0
    session.rollback()
    assert _ids(database) == [1, 2, 3]
    assert session.delete(PLACE, places(2, 3)) == 2
    assert session.delete(PLACE, places()) == 0
    session.commit()
    session.close()
    assert _ids(database) == [1]


def test_rows_of_a_chunk_may_refer_to_each_other_in_any_order(database: Database) -> None:
    """A row may come before the row of the same batch that it refers to."""
    create_tables(database, [PLACE])
    rows = ({"id": 1, "code": "a", "size": 1, "parent": 2}, {"id": 2, "code": "b", "size": 1})
    session = database.session()
    session.append(PLACE, rows_of(PLACE, *rows))
    session.commit()
    session.close()
    assert _ids(database) == [1, 2]


@pytest.mark.parametrize(
    "row",
    [
        {"id": 1, "code": "z", "size": 1},
        {"id": 9, "code": "c1", "size": 1},
        {"id": 9, "code": "z", "size": 0},
        {"id": 9, "code": "z", "size": 1, "parent": 77},
        {"id": 9, "code": None, "size": 1},
    ],
    ids=["primary-key", "unique", "check", "foreign-key", "not-null"],
)
def test_constraints_are_enforced_while_loading(database: Database, row: dict[str, object]) -> None:
    """A row that breaks any kind of constraint is refused with a stable code, and the session goes on."""
    create_tables(database, [PLACE])
    session = database.session()
    session.append(PLACE, places(1))
    session.commit()
    with pytest.raises(TargetError) as refused:
        session.append(PLACE, rows_of(PLACE, row))
        session.commit()
    assert refused.value.code == "CONSTRAINT_VIOLATED"
    assert not refused.value.transient
    session.rollback()
    session.append(PLACE, places(2))
    session.commit()
    session.close()
    assert _ids(database) == [1, 2]


def test_a_wrong_statement_is_refused_with_its_own_code(database: Database) -> None:
    """A statement the server cannot run is a terminal refusal that names the target."""
    session = database.session()
    with pytest.raises(TargetError) as refused:
        session.execute("SELECT nothing FROM nowhere")
    session.close()
    assert refused.value.code == "STATEMENT_FAILED"
    assert database.location in refused.value.message


def test_the_lock_has_one_holder(database: Database, address: str, tmp_path: Path) -> None:
    """While one holds the lock another is turned away at once, and gets it afterwards, also after a failure."""
    other = open_database(address, home=tmp_path)
    with pytest.raises(ZeroDivisionError), database.lock("borough"):
        with pytest.raises(TargetBusy) as busy, other.lock("borough"):
            pass
        assert busy.value.transient
        raise ZeroDivisionError
    with other.lock("borough"):
        pass
    other.close()


def _hold_lock(url: str, home: Path, ready: multiprocessing.Queue[int]) -> None:
    with open_database(url, home=home).lock("borough"):
        ready.put(os.getpid())
        signal.pause()


def test_the_lock_of_a_killed_process_is_free(database: Database, address: str, tmp_path: Path) -> None:
    """After `kill -9` of its holder the lock can be taken."""
    context = multiprocessing.get_context("spawn")
    ready: multiprocessing.Queue[int] = context.Queue()
    process = context.Process(target=_hold_lock, args=(address, tmp_path, ready))
    process.start()
    ready.get(timeout=60)
    with pytest.raises(TargetBusy), database.lock("borough"):
        pass
    process.kill()
    process.join()
    for attempt in range(100):  # the server notices a moment later
        try:
            with database.lock("borough"):
                return
        except TargetBusy:
            assert attempt < 99
            signal.sigtimedwait([], 0.05)


def test_looking_changes_nothing(database: Database) -> None:
    """A new target is empty, unmarked and without the table asked for; Understudy's own tables do not fill it."""
    assert database.is_empty()
    assert database.environment_setting() is None
    assert database.columns_of("place") == ()
    with database.engine().begin() as connection:
        for name in BOOKKEEPING_TABLES:
            connection.execute(text(f"CREATE TABLE {name} (environment VARCHAR(20))"))
    assert database.is_empty()
    assert database.environment_setting() is None
    create_tables(database, [PLACE])
    assert not database.is_empty()
    assert database.columns_of("place") == ("id", "code", "size", "parent")


def test_a_view_is_not_nothing(database: Database) -> None:
    """A database that holds only a view counts as somebody's."""
    with database.engine().begin() as connection:
        connection.execute(text("CREATE VIEW seen AS SELECT 1 AS one"))
    assert not database.is_empty()


def test_creating_tables_can_be_rolled_back(request: pytest.FixtureRequest, database: Database) -> None:
    """DDL takes part in transactions where the capabilities say so, and only there."""
    if not database.capabilities.transactional_ddl:
        request.applymarker(pytest.mark.xfail(reason="never: MariaDB commits before and after DDL", strict=True))
    with database.engine().connect() as connection:
        connection.execute(text("CREATE TABLE brief (id INTEGER)"))
        connection.rollback()
    assert database.columns_of("brief") == ()


def test_an_identifier_is_quoted(database: Database) -> None:
    """Any name can be used in SQL once quoted."""
    name = database.identifier('od"d name')
    with database.engine().begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {name} (id INTEGER)")
    assert database.columns_of('od"d name') == ("id",)
