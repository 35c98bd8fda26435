"""Filling MariaDB tables: what only this server does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from seeds.catalog import Table
from seeds.databases.mariadb import MariadbDatabase
from seeds.databases.mariadb.writer import MariadbWriter
from seeds.errors import TargetBusy, TargetError
from seeds.rejections import Reason, RowsRejected
from tests.seeds.mariadb_server import fresh_mariadb, run_script

Filling = Callable[..., tuple[MariadbWriter, dict[str, Table]]]


@pytest.fixture
def filling(mariadb_url: str) -> Iterator[Filling]:
    """Runs statements, and gives a writer and the tables there are then."""
    with ExitStack() as closing:

        def start(*statements: str) -> tuple[MariadbWriter, dict[str, Table]]:
            run_script(mariadb_url, *statements)
            database = MariadbDatabase(mariadb_url)
            writer = database.writer()
            closing.callback(writer.close)
            return writer, dict(database.catalog().tables)

        yield start


TEXTS: list[tuple[Any, ...]] = [
    ("enum('a','b c')", "b c", "b c", "v"),
    ("set('x','y','z')", "x,z", "x,z", "v"),
    ("bit(8)", "101", 5, "v + 0"),
    ("bit(1)", "1", 1, "v + 0"),
    ("binary(3)", "\\x00ff27", "00FF27", "HEX(v)"),
    ("blob", "\\x", "", "HEX(v)"),
    ("uuid", "fd76cc74-6565-8220-8000-000000000001", "fd76cc74-6565-4220-8000-000000000001", "v"),
    ("uuid", "fd76cc74-6565-8220-9abc-000000000001", "fd76cc74-6565-8220-9abc-000000000001", "v"),
    ("inet6", "2001:db8::1", "2001:db8::1", "v"),
    ("inet6", "192.0.2.7", "::ffff:192.0.2.7", "v"),
    ("uuid", "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "v"),
    ("point", "SRID=4326;POINT(-0.05 51.5)", "4326 POINT(-0.05 51.5)", "CONCAT(ST_SRID(v), ' ', ST_AsText(v))"),
    ("geometry", "(1,2)", "POINT(1 2)", "ST_AsText(v)"),
    ("year", "2024", 2024, "v"),
    ("time(2)", "10:20:30.25", timedelta(hours=10, minutes=20, seconds=30, milliseconds=250), "v"),
    ("json", '{"a": "it\'s \\"q\\" %s"}', 'it\'s "q" %s', "JSON_VALUE(v, '$.a')"),
    ("datetime(6)", "2024-01-02T03:04:05.000006+01:00", datetime(2024, 1, 2, 2, 4, 5, 6), "v"),  # noqa: DTZ001
    ("timestamp NULL", "2024-07-01T12:00:00Z", datetime(2024, 7, 1, 12), "v"),  # noqa: DTZ001
    ("decimal(65,30)", "1.000000000000000000000000000001", "1.000000000000000000000000000001", "CAST(v AS char)"),
]

MISFITS: list[tuple[Any, ...]] = [
    ("enum('a','b')", "c", Reason.TYPE),
    ("json", "{", Reason.TYPE),
    ("point", "nowhere", Reason.TYPE),
    ("inet6", "nowhere", Reason.TYPE),
    ("timestamp", "2040-01-01 00:00:00", Reason.RANGE),
    ("timestamp", "soon", Reason.TYPE),
    ("year", 1800, Reason.RANGE),
    ("int unsigned", -1, Reason.RANGE),
    ("decimal(4,2)", 100, Reason.RANGE),
    ("varchar(3)", "four", Reason.LENGTH),
    ("tinytext", "x" * 256, Reason.LENGTH),
    ("double", float("nan"), Reason.TYPE),
    ("int AS (1) STORED", 2, Reason.GENERATED),
]


@pytest.fixture(scope="module")
def values() -> Iterator[tuple[MariadbWriter, dict[str, Table]]]:
    """A writer, and by its type a table for each of those above, all in one database."""
    kinds = list(dict.fromkeys(str(case[0]) for case in (*TEXTS, *MISFITS)))
    with fresh_mariadb() as url:
        run_script(url, *(f"CREATE TABLE t{place} (id int PRIMARY KEY, v {kind})" for place, kind in enumerate(kinds)))
        database = MariadbDatabase(url)
        tables, writer = database.catalog().tables, database.writer()
        yield writer, {kind: tables[f"t{place}"] for place, kind in enumerate(kinds)}
        writer.close()


def rows(**columns: Any) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(columns)


@pytest.mark.parametrize(
    ("kind", "given", "shown", "selected"),
    TEXTS,
)
def test_a_text_is_read_as_the_columns_type(
    values: tuple[MariadbWriter, dict[str, Table]], kind: str, given: str, shown: object, selected: str
) -> None:
    """A text in the spelling of the plan arrives as a value of the column's own type, and null as null."""
    writer, table = values[0], values[1][kind]
    writer.append(table, rows(id=[1, 2], v=[given, None]))
    assert writer.fetch(f"SELECT {selected} FROM {table.name} ORDER BY id") == [(shown,), (None,)]
    writer.rollback()


@pytest.mark.parametrize(
    ("kind", "given", "reason"),
    MISFITS,
)
def test_a_value_that_does_not_fit_has_its_reason(
    values: tuple[MariadbWriter, dict[str, Table]], kind: str, given: object, reason: Reason
) -> None:
    """What the server would not store as it is, it refuses, with the column where it says it."""
    writer, table = values[0], values[1][kind]
    with pytest.raises(RowsRejected) as refused:
        writer.append(table, rows(id=[1], v=[given]))
    assert refused.value.rejection.reason is reason
    assert refused.value.rejection.table == table.name.key
    assert refused.value.rejection.column in ("v", "")
    assert writer.count(table) == 0


def test_a_refusal_says_which_row_it_was(filling: Filling) -> None:
    """The place counts over all statements of a batch, for values and keys alike."""
    writer, tables = filling("CREATE TABLE t (id int PRIMARY KEY, n tinyint)")
    numbers = [0] * 1000
    numbers[777] = 300
    with pytest.raises(RowsRejected) as refused:
        writer.append(tables["t"], rows(id=list(range(1000)), n=numbers))
    assert refused.value.rejection.position == 777


def test_a_circle_of_keys_that_may_not_be_null_is_refused(filling: Filling) -> None:
    """Neither table's row can come first here, so the refusal says how this database checks keys."""
    writer, tables = filling(
        "CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL)",
        "CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL, FOREIGN KEY (a) REFERENCES a (id))",
        "ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b (id)",
    )
    with pytest.raises(RowsRejected) as refused:
        writer.append_together([(tables["a"], rows(id=[1], b=[1])), (tables["b"], rows(id=[1], a=[1]))])
    assert refused.value.rejection.reason is Reason.FOREIGN_KEY
    assert "row by row" in refused.value.rejection.message
    assert writer.count(tables["a"]) == 0


def test_setting_a_reference_late_moves_no_moment(filling: Filling) -> None:
    """A column that the server would set to the present on every update keeps the value it was given."""
    writer, tables = filling(
        "CREATE TABLE n (id int PRIMARY KEY, up int, FOREIGN KEY (up) REFERENCES n (id),"
        " changed timestamp NOT NULL DEFAULT current_timestamp ON UPDATE current_timestamp)"
    )
    given = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    moments = pa.array([given, given], pa.timestamp("us", "UTC"))
    writer.append(tables["n"], rows(id=[1, 2], up=[2, 1], changed=moments))
    assert writer.fetch("SELECT id, up, changed FROM n ORDER BY id") == [
        (1, 2, given.replace(tzinfo=None)),
        (2, 1, given.replace(tzinfo=None)),
    ]


def test_composite_references_are_sorted_and_set_late(filling: Filling) -> None:
    """A key of several columns is ordered by all of them; the part that may be null waits."""
    writer, tables = filling(
        "CREATE TABLE n (org int, id int, up int, PRIMARY KEY (org, id), FOREIGN KEY (org, up) REFERENCES n (org, id))"
    )
    writer.append(tables["n"], rows(org=[1, 1, 1, 2], id=[1, 2, 3, 1], up=[3, 1, 2, None]))
    assert writer.fetch("SELECT id, up FROM n WHERE org = 1 ORDER BY id") == [(1, 3), (2, 1), (3, 2)]


def test_a_trigger_that_cannot_work_is_a_triggers_refusal(filling: Filling) -> None:
    """Changing the table that is being filled, or one that is not there, is laid to the trigger."""
    writer, tables = filling(
        "CREATE TABLE t (id int PRIMARY KEY)",
        "CREATE TABLE u (id int PRIMARY KEY)",
        "CREATE TRIGGER t_again BEFORE INSERT ON t FOR EACH ROW UPDATE t SET id = id + 1",
        "CREATE TRIGGER u_nowhere BEFORE INSERT ON u FOR EACH ROW INSERT INTO nowhere VALUES (1)",
    )
    for name in ("t", "u"):
        with pytest.raises(RowsRejected) as refused:
            writer.append(tables[name], rows(id=[1]))
        assert refused.value.rejection.reason is Reason.TRIGGER


@pytest.mark.parametrize("engine", ["MyISAM", "Aria", "MEMORY"])
def test_a_table_without_transactions_is_cleared_of_a_refused_batch(filling: Filling, engine: str) -> None:
    """All or nothing holds for other engines too, and rows that were there before stay, equal ones among them."""
    writer, tables = filling(f"CREATE TABLE m (word varchar(9), n tinyint) ENGINE={engine}")
    writer.append(tables["m"], rows(word=["a", None], n=[1, 2]))
    with pytest.raises(RowsRejected) as refused:
        writer.append(tables["m"], rows(word=["a", None, "c"], n=[1, 2, 300]))
    assert refused.value.rejection.position == 2
    assert writer.fetch("SELECT word, n FROM m ORDER BY n") == [("a", 1), (None, 2)]


@pytest.mark.parametrize("engine", ["MyISAM", "Aria", "MEMORY"])
def test_tables_of_several_engines_are_filled_in_one_transaction(filling: Filling, engine: str) -> None:
    """A table without transactions does not stand in the way of those after it, nor of a refusal among those."""
    writer, tables = filling(f"CREATE TABLE m (n int) ENGINE={engine}", "CREATE TABLE t (n tinyint) ENGINE=InnoDB")
    for number in (1, 2):
        writer.append(tables["m"], rows(n=[number]))
        writer.append(tables["t"], rows(n=[number]))
        with pytest.raises(RowsRejected):
            writer.append(tables["t"], rows(n=[7, 300]))
    writer.commit()
    assert writer.fetch("SELECT n FROM m ORDER BY n") == writer.fetch("SELECT n FROM t ORDER BY n") == [(1,), (2,)]


KEPT: list[tuple[str, Any]] = [
    ("binary(8)", b"four"),
    ("datetime", datetime(2024, 1, 2, 3, 4, 5, 999_999)),  # noqa: DTZ001
    ("datetime", "2024-01-02 03:04:05.999999"),
    ("timestamp(3)", datetime(2024, 1, 2, 3, 4, 5, 678_901)),  # noqa: DTZ001
    ("time", "10:20:30.75"),
    ("float", 0.1),
    ("double", 0.1),
]


@pytest.mark.parametrize(("kind", "value"), KEPT)
def test_a_row_is_found_again_by_what_was_sent(filling: Filling, kind: str, value: object) -> None:
    """Zeros that fill up a binary column, digits after the second and bits of a float are as the column keeps them."""
    writer, tables = filling(f"CREATE TABLE t (v {kind})")
    writer.append(tables["t"], rows(v=[value]))
    assert writer.present(tables["t"], rows(v=[value])) == 1
    assert writer.delete(tables["t"], rows(v=[value])) == 1


def test_sequences_of_defaults_are_moved(filling: Filling) -> None:
    """A default that draws from a sequence goes on above the values that were given."""
    writer, tables = filling("CREATE SEQUENCE s", "CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval(s), n int)")
    writer.append(tables["t"], rows(id=[5, 900], n=[1, 1]))
    writer.advance_sequences(tables["t"])
    writer.execute("INSERT INTO t (n) VALUES (2)")
    assert writer.fetch("SELECT id FROM t WHERE n = 2") == [(901,)]


def test_zero_is_a_key_like_any_other(filling: Filling) -> None:
    """A zero given for an AUTO_INCREMENT column is stored, so that what refers to it does."""
    writer, tables = filling("CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY)")
    writer.append(tables["t"], rows(id=[0, 7]))
    assert writer.fetch("SELECT id FROM t ORDER BY id") == [(0,), (7,)]


def test_a_row_of_nothing_but_defaults_goes_in(filling: Filling) -> None:
    """A batch may have rows and no columns."""
    writer, tables = filling("CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, n int NOT NULL DEFAULT 4)")
    writer.append(tables["t"], pa.RecordBatch.from_struct_array(pa.array([{}, {}], pa.struct([]))))
    assert writer.fetch("SELECT n FROM t") == [(4,), (4,)]


@pytest.mark.parametrize("setting", ["foreign_key_checks", "UNIQUE_CHECKS", "check_constraint_checks", "sql_mode"])
def test_nothing_that_is_checked_can_be_switched_off(filling: Filling, setting: str) -> None:
    """The session checks everything, strictly, whatever the server's defaults, and offers no way out."""
    writer, _ = filling("CREATE TABLE t (id int)")
    with pytest.raises(TargetError) as refused:
        writer.set_session({setting: "0"})
    assert refused.value.code == "SETTING_REFUSED"
    ((mode, keys, unique, checks),) = writer.fetch(
        "SELECT @@sql_mode, @@foreign_key_checks, @@unique_checks, @@check_constraint_checks"
    )
    assert "STRICT_ALL_TABLES" in str(mode)
    assert (keys, unique, checks) == (1, 1, 1)


def test_session_settings_hold(filling: Filling) -> None:
    """Variables of the session and of the user keep their values over commits."""
    writer, _ = filling("CREATE TABLE t (id int)")
    writer.set_session({"lock_wait_timeout": "7", "@app.tenant": "42"})
    writer.commit()
    assert writer.fetch("SELECT @@lock_wait_timeout, @`app.tenant`") == [(7, "42")]


def test_another_transaction_is_no_fault_of_a_row(mariadb_url: str, filling: Filling) -> None:
    """A row that waits for another transaction too long is not refused: the command can be run again."""
    writer, tables = filling("CREATE TABLE t (id int PRIMARY KEY)")
    other = MariadbDatabase(mariadb_url).writer()
    other.append(tables["t"], rows(id=[1]))
    writer.set_session({"innodb_lock_wait_timeout": "1"})
    with pytest.raises(TargetBusy) as refused:
        writer.append(tables["t"], rows(id=[1]))
    assert refused.value.transient
    other.rollback()
    other.close()
    writer.rollback()
    writer.append(tables["t"], rows(id=[1]))
    assert writer.count(tables["t"]) == 1


def test_placeholders_are_written_outside_quotes(filling: Filling) -> None:
    """A question mark inside a text or a name is none, and values may hold any."""
    writer, _ = filling("CREATE TABLE `odd?name` (`a?` varchar(9))")
    writer.execute("INSERT INTO `odd?name` (`a?`) VALUES (?)", ("it's ?",))
    assert writer.fetch("SELECT '?', \"?\", `a?` FROM `odd?name` WHERE `a?` = ?", ("it's ?",)) == [("?", "?", "it's ?")]
