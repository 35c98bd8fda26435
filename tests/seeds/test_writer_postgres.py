"""Filling PostgreSQL tables as they are: what goes in, and by which road."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pyarrow as pa
import pytest

from seeds.errors import TargetError, TargetUnavailable
from seeds.rejections import Reason, RowsRejected
from tests.seeds.postgres_filling import batch, filling


def test_values_of_every_type_go_in_as_they_are(database_url: str) -> None:
    """Numbers, moments and texts come out equal, extremes and nulls among them."""
    columns = {
        "n": [2**63 - 1, -(2**63), None],
        "amount": pa.array([Decimal("1.50"), Decimal("-0.01"), None], pa.decimal128(12, 2)),
        "tiny": pa.array([Decimal("0.0000000001"), Decimal(0), None], pa.decimal128(20, 10)),
        "real": [1.7976931348623157e308, 5e-324, None],
        "flag": [True, False, None],
        "day": [date(1, 1, 1), date(9999, 12, 31), None],
        "at": pa.array([datetime(2024, 2, 29, 1, 2, 3, 4, UTC).replace(tzinfo=None), None, None], pa.timestamp("us")),
        "moment": pa.array([datetime(2024, 7, 1, 12, tzinfo=UTC), None, None], pa.timestamp("us", "UTC")),
        "words": ["", 'say "a, b"\n\\.\n\r\\N', None],
    }
    with filling(
        database_url,
        "CREATE TABLE t (n bigint, amount numeric(12,2), tiny numeric, real float8, flag boolean, day date,"
        " at timestamp, moment timestamptz, words text)",
    ) as target:
        target.writer.execute("SET LOCAL TIME ZONE 'Asia/Tokyo'")
        target.append("t", **columns)
        found = target.rows("SELECT * FROM t")
    given = [values.to_pylist() if isinstance(values, pa.Array) else values for values in columns.values()]
    assert found == [tuple(row) for row in zip(*given, strict=True)]


def test_numbers_beyond_numbers_go_in(database_url: str) -> None:
    """Infinities and not-a-number are values too."""
    with filling(database_url, "CREATE TABLE t (real float8)") as target:
        target.append("t", real=[float("inf"), float("-inf"), float("nan")])
        found = target.rows("SELECT real::text FROM t")
    assert found == [("Infinity",), ("-Infinity",), ("NaN",)]


@pytest.mark.parametrize(
    ("kind", "text", "read"),
    [
        ("int[]", "{1,NULL,3}", "{1,NULL,3}"),
        ("text[]", '{"a b",""}', '{"a b",""}'),
        ("daterange", "[2020-01-01,2020-02-01)", "[2020-01-01,2020-02-01)"),
        ("bytea", "\\x00ff", "\\x00ff"),
        ("point", "(1,2)", "(1,2)"),
        ("inet", "192.0.2.1", "192.0.2.1/32"),
        ("jsonb", '{"a": "\\"q\\""}', '{"a": "\\"q\\""}'),
        ("interval", "P1DT2H", "1 day 02:00:00"),
        ("uuid", "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "6f9619ff-8b86-d011-b42d-00cf4fc964ff"),
        ("bit(3)", "101", "101"),
        ("char(4)", "ab", "ab"),
    ],
)
def test_texts_are_read_as_the_columns_type(database_url: str, kind: str, text: str, read: str) -> None:
    """A type that Arrow has no word for goes in as the text that its input function reads."""
    with filling(database_url, f"CREATE TABLE t (v {kind})") as target:
        target.append("t", v=[text, None])
        assert target.rows("SELECT v::text FROM t") == [(read,), (None,)]


def test_octets_go_in_as_octets_and_sixteen_as_a_uuid(database_url: str) -> None:
    """Arrow's binary columns need no text: sixteen fixed octets are how a UUID is held here."""
    octets, number = b"\x00\\\xff", bytes(range(16))
    with filling(database_url, "CREATE TABLE t (o bytea, u uuid, w text)") as target:
        target.append("t", o=pa.array([octets]), u=pa.array([number], pa.binary(16)), w=pa.array([number], pa.uuid()))
        found = target.rows("SELECT o, u::text, w FROM t")
    spelled = "00010203-0405-0607-0809-0a0b0c0d0e0f"
    assert found == [(octets, spelled, spelled)]


def test_columns_that_are_absent_are_the_tables_business(database_url: str) -> None:
    """Defaults, sequences, identities and generated columns are filled by the server."""
    with filling(
        database_url,
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, no serial, n int, twice int GENERATED ALWAYS AS (n * 2)"
        " STORED, made text DEFAULT 'so')",
    ) as target:
        target.append("t", n=[5, 6])
        assert target.rows("SELECT * FROM t ORDER BY id") == [(1, 1, 5, 10, "so"), (2, 2, 6, 12, "so")]


def test_a_table_of_defaults_only_takes_rows_without_columns(database_url: str) -> None:
    """A batch with rows and no columns puts that many rows in."""
    rows = pa.RecordBatch.from_struct_array(pa.array([{}] * 3, pa.struct([])))
    with filling(database_url, "CREATE TABLE t (id serial)") as target:
        target.writer.append(target.tables["t"], rows)
        assert target.rows("SELECT id FROM t ORDER BY id") == [(1,), (2,), (3,)]


def test_an_identity_takes_the_given_value_and_goes_on_above_it(database_url: str) -> None:
    """A column that is always generated as identity can be given, and its sequence learns of it."""
    with filling(
        database_url,
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, no serial, small smallint GENERATED BY DEFAULT AS"
        " IDENTITY (MAXVALUE 50))",
    ) as target:
        target.append("t", id=[7, 9], no=[30, 20], small=[60, 3])
        target.writer.advance_sequences(target.tables["t"])
        target.writer.execute("DELETE FROM t")
        target.append("t", small=[1])
        assert target.rows("SELECT id, no FROM t") == [(10, 31)]
        assert target.rows("SELECT last_value FROM t_small_seq") == [(50,)]


def test_a_sequence_never_goes_back(database_url: str) -> None:
    """Values below what the sequence has given, or is about to give, leave it alone."""
    with filling(
        database_url,
        "CREATE TABLE used (id serial)",
        "SELECT setval('used_id_seq', 100)",
        "CREATE TABLE waiting (id serial)",
        "ALTER SEQUENCE waiting_id_seq RESTART WITH 200",
        "CREATE TABLE bare (id serial)",
    ) as target:
        for name in ("used", "waiting"):
            target.append(name, id=[5])
        for table in target.tables.values():
            target.writer.advance_sequences(table)
        following = target.rows("SELECT nextval('used_id_seq'), nextval('waiting_id_seq'), nextval('bare_id_seq')")
    assert following == [(101, 200, 1)]


def test_partitions_are_found_by_the_server(database_url: str) -> None:
    """Rows put into a partitioned table lie in its partitions."""
    with filling(
        database_url,
        "CREATE TABLE t (n int) PARTITION BY RANGE (n)",
        "CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE high PARTITION OF t FOR VALUES FROM (10) TO (20)",
    ) as target:
        target.append("t", n=[3, 12, 4])
        assert target.rows("SELECT (SELECT count(*) FROM low), (SELECT count(*) FROM high)") == [(2, 1)]
        assert target.writer.count(target.tables["t"]) == 3


def test_names_of_any_shape_are_names(database_url: str) -> None:
    """Schemas, tables and columns with capitals, quotes and signs are filled like others."""
    with filling(
        database_url, 'CREATE SCHEMA "My ""s"', 'CREATE TABLE "My ""s"."T,%" ("a ""b%" text, "?" int)'
    ) as target:
        (table,) = target.tables.values()
        target.writer.append(table, batch(**{'a "b%': ["x"], "?": [1]}))
        assert target.writer.count(table) == 1
        assert target.writer.delete(table, batch(**{'a "b%': ["x"], "?": [1]})) == 1


def test_a_refusal_leaves_what_went_in_before(database_url: str) -> None:
    """The transaction goes on after a refusal, with the rows of earlier batches and none of the refused one's."""
    with filling(database_url, "CREATE TABLE t (n int CHECK (n > 0))") as target:
        target.append("t", n=[1])
        target.refused("t", n=[2, -1])
        target.append("t", n=[3])
        target.writer.commit()
        assert target.rows("SELECT n FROM t ORDER BY n") == [(1,), (3,)]


def test_row_security_is_obeyed(database_url: str) -> None:
    """Where COPY is not allowed because policies hold, rows go in by INSERT, identity values included."""
    member = f"member_{uuid4().hex}"
    with filling(
        database_url,
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, tenant int)",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY own ON t USING (tenant = current_setting('app.tenant')::int)",
        f"CREATE ROLE {member}",
        f"GRANT ALL ON t TO {member}",
    ) as target:
        try:
            target.append("t", id=[39], tenant=[8])
            target.writer.set_session({"role": member, "app.tenant": "7"})
            target.append("t", id=[40], tenant=[7])
            rejection = target.refused("t", id=[41], tenant=[8])
            assert target.rows("SELECT id, tenant FROM t") == [(40, 7)]
        finally:
            target.writer.rollback()
            target.writer.set_session({"role": "none"})
            target.writer.execute(f"DROP OWNED BY {member}")
            target.writer.execute(f"DROP ROLE {member}")
            target.writer.commit()
    assert rejection.reason is Reason.ROW_SECURITY


def test_rules_are_obeyed(database_url: str) -> None:
    """A table whose rule sends rows elsewhere sends them there, though COPY knows no rules."""
    with filling(
        database_url,
        "CREATE TABLE t (n int)",
        "CREATE TABLE elsewhere (n int)",
        "CREATE RULE away AS ON INSERT TO t DO INSTEAD INSERT INTO elsewhere VALUES (NEW.n)",
    ) as target:
        target.append("t", n=[1, 2])
        assert target.rows("SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM elsewhere)") == [(0, 2)]


def test_settings_outlive_a_rollback(database_url: str) -> None:
    """A setting made in a transaction that is undone holds all the same."""
    with filling(
        database_url, "CREATE TABLE t (n int, tenant int DEFAULT current_setting('app.tenant')::int)"
    ) as target:
        target.append("t", n=[1], tenant=[1])
        target.writer.set_session({"app.tenant": "it's 5"[-1]})
        target.writer.rollback()
        target.append("t", n=[2])
        assert target.rows("SELECT * FROM t") == [(2, 5)]


def test_placeholders_leave_signs_alone(database_url: str) -> None:
    """Percent signs and quoted question marks are text, with and without values."""
    with filling(database_url) as target:
        assert target.writer.fetch("SELECT '50% ?', 7 % ?, ?::text", (4, "%s")) == [("50% ?", 3, "%s")]
        assert target.writer.fetch("SELECT '%s' || '?', 7 % 4") == [("%s?", 3)]


def test_a_statement_of_nonsense_is_a_fault_of_the_target(database_url: str) -> None:
    """A statement that is no batch is refused like everywhere else in this room."""
    with filling(database_url) as target, pytest.raises(TargetError):
        target.writer.execute("SELECT no_such_function()")


def test_a_lost_connection_is_no_refusal_of_rows(database_url: str) -> None:
    """When the server ends the connection, trying again may help, and closing is no fault."""
    with filling(database_url, "CREATE TABLE t (n int)") as target, filling(database_url) as other:
        ((own,),) = target.rows("SELECT pg_backend_pid()")
        other.rows(f"SELECT pg_terminate_backend({own})")
        with pytest.raises(TargetUnavailable) as lost:
            target.append("t", n=[1])
    assert lost.value.transient


def test_a_commit_that_cannot_hold_undoes_everything(database_url: str) -> None:
    """A deferred foreign key without its target is found at the commit; nothing is left, and the writer goes on."""
    with filling(
        database_url,
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "CREATE TABLE child (p int CONSTRAINT needs REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
    ) as target:
        target.append("parent", id=[1])
        target.append("child", p=[2])
        with pytest.raises(RowsRejected) as refused:
            target.writer.commit()
        assert (refused.value.rejection.reason, refused.value.rejection.constraint) == (Reason.FOREIGN_KEY, "needs")
        target.append("child", p=[None])
        target.writer.commit()
        assert target.rows("SELECT (SELECT count(*) FROM parent), (SELECT count(*) FROM child)") == [(0, 1)]
