"""Partitioned tables of MariaDB, however they are cut: every row falls inside, and what is lacking is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pymysql
import pytest

from seeds.databases.mariadb import MariadbDatabase, address
from seeds.filling import FillOrder, FillReport, fill
from seeds.planner.filling import FillRequest
from seeds.planner.filling.moment_keys import moment_key
from tests.seeds.mariadb_server import fresh_mariadb, run_script

DAY = "CREATE TABLE t (id int AUTO_INCREMENT, c date NOT NULL, PRIMARY KEY (id, c)) PARTITION BY"
MOMENT = "CREATE TABLE t (id int AUTO_INCREMENT, c datetime NOT NULL, PRIMARY KEY (id, c)) PARTITION BY"

CUT = {
    "days": f"{DAY} RANGE (TO_DAYS(c)) (PARTITION a VALUES LESS THAN (TO_DAYS('2010-03-01')), "
    "PARTITION b VALUES LESS THAN (TO_DAYS('2011-01-01')))",
    "days of moments": f"{MOMENT} RANGE (TO_DAYS(c)) (PARTITION a VALUES LESS THAN (TO_DAYS('2010-01-01')), "
    "PARTITION b VALUES LESS THAN (TO_DAYS('2011-01-01')))",
    "seconds": f"{MOMENT} RANGE (TO_SECONDS(c)) (PARTITION a VALUES LESS THAN (TO_SECONDS('2012-01-01')), "
    "PARTITION b VALUES LESS THAN (TO_SECONDS('2013-01-01 07:30:11')))",
    "years": f"{DAY} RANGE (YEAR(c)) (PARTITION a VALUES LESS THAN (1990), PARTITION b VALUES LESS THAN (2001))",
    "listed years": f"{DAY} LIST (YEAR(c)) (PARTITION a VALUES IN (1990, 1994), PARTITION b VALUES IN (2001))",
    "years and months": f"{DAY} RANGE (YEAR(c) * 100 + MONTH(c)) (PARTITION a VALUES LESS THAN (202001), "
    "PARTITION b VALUES LESS THAN (202102))",
    "a name that needs quotes": "CREATE TABLE t (id int, `Some day` date NOT NULL) PARTITION BY RANGE "
    "(YEAR(`Some day`)) (PARTITION `P 0` VALUES LESS THAN (2000), PARTITION `P 1` VALUES LESS THAN (2005))",
    "several columns": "CREATE TABLE t (a int NOT NULL, b varchar(9) NOT NULL) PARTITION BY RANGE COLUMNS (a, b) "
    "(PARTITION p VALUES LESS THAN (10, 'g'), PARTITION q VALUES LESS THAN (20, 'm'))",
    "lists of several columns": "CREATE TABLE t (a int NOT NULL, b varchar(9) NOT NULL) PARTITION BY LIST COLUMNS "
    "(a, b) (PARTITION p VALUES IN ((1, 'x'), (2, 'it''s')), PARTITION q VALUES IN ((3, 'z')))",
    "lists": "CREATE TABLE t (a int) PARTITION BY LIST (a) (PARTITION p VALUES IN (1, 2), "
    "PARTITION q VALUES IN (7, NULL))",
    "subpartitions": "CREATE TABLE t (id int, c date NOT NULL) PARTITION BY RANGE (YEAR(c)) SUBPARTITION BY HASH (id) "
    "SUBPARTITIONS 2 (PARTITION a VALUES LESS THAN (2000), PARTITION b VALUES LESS THAN (2010))",
}


NUMBERED = (
    "HASH (id) PARTITIONS 4",
    "LINEAR HASH (id) PARTITIONS 4",
    "KEY (id) PARTITIONS 3",
    "LINEAR KEY () PARTITIONS 3",
)


@pytest.fixture
def url() -> Iterator[str]:
    """An empty database."""
    with fresh_mariadb() as place:
        yield place


def filled(url: str, rows: int, *, create: bool = False) -> FillReport:
    database = MariadbDatabase(url)
    try:
        order = FillOrder(FillRequest("auto", rows, date(2026, 4, 6), create_partitions=create), stamp="test")
        return fill(database, order, clock=lambda: datetime(2026, 4, 6, tzinfo=UTC))
    finally:
        database.close()


def asked(url: str, query: str) -> list[tuple[object, ...]]:
    connection = pymysql.connect(**address.arguments(address.parse(url)))
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())
    finally:
        connection.close()


@pytest.mark.parametrize("kind", CUT)
def test_every_row_falls_into_a_partition_that_exists(url: str, kind: str) -> None:
    """None of 200 rows is refused, and no partition stays empty."""
    run_script(url, CUT[kind])
    report = filled(url, 200)
    assert (report.tables["t"].loaded, report.complete) == (200, True)
    names = asked(
        url, "SELECT DISTINCT PARTITION_NAME FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE() "
        "AND TABLE_NAME = 't'"
    )  # fmt: skip
    for (name,) in names:
        assert asked(url, f"SELECT count(*) > 0 FROM t PARTITION (`{name}`)") == [(1,)]


@pytest.mark.parametrize("cut", NUMBERED)
def test_a_number_of_partitions_takes_any_row(url: str, cut: str) -> None:
    """The server counts out where each row goes."""
    run_script(url, f"CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, v text) PARTITION BY {cut}")
    assert filled(url, 50).tables["t"].loaded == 50


def test_a_default_partition_is_none_for_the_number_0(url: str) -> None:
    """The server calls both of them 0; one takes 0 alone, the other everything besides 1 and 2."""
    run_script(
        url,
        "CREATE TABLE t (a int NOT NULL CHECK (a > 1)) PARTITION BY LIST (a) "
        "(PARTITION p VALUES IN (1, 2), PARTITION q DEFAULT)",
        "CREATE TABLE u (a int NOT NULL) PARTITION BY LIST (a) (PARTITION p VALUES IN (1), PARTITION q VALUES IN (0))",
        "CREATE TABLE v (a int NOT NULL, b int NOT NULL CHECK (b > 5)) PARTITION BY LIST COLUMNS (a, b) "
        "(PARTITION p VALUES IN ((1, 2)), PARTITION q DEFAULT)",
    )
    assert [table.loaded for table in filled(url, 30).tables.values()] == [30, 30, 30]
    assert asked(url, "SELECT max(a) > 2 FROM t") == [(1,)]
    assert set(asked(url, "SELECT a FROM u")) == {(0,), (1,)}


@pytest.mark.parametrize(
    ("cut", "check", "statement"),
    [
        ("LIST (a) (PARTITION p VALUES IN (1))", "a > 100", "DEFAULT"),
        ("RANGE (a) (PARTITION p VALUES LESS THAN (10))", "a > 100", "VALUES LESS THAN (MAXVALUE)"),
    ],
)
def test_a_table_closed_by_its_checks_says_what_it_lacks(url: str, cut: str, check: str, statement: str) -> None:
    """The finding has the server's own DDL, and it can be run on wish."""
    run_script(url, f"CREATE TABLE t (a int NOT NULL CHECK ({check})) PARTITION BY {cut}")
    (finding,) = (one for one in filled(url, 5).tables["t"].findings if one.code == "PARTITION_NONE")
    assert f"ALTER TABLE `t` ADD PARTITION (PARTITION `t_understudy_1` {statement});" in finding.hint
    report = filled(url, 5, create=True)
    assert (report.tables["t"].loaded, asked(url, "SELECT min(a) > 100 FROM t")) == (5, [(1,)])


@pytest.mark.parametrize(
    ("text", "number", "first"),
    [
        ("to_days(`c`)", 739251, "2024-01-01"),
        ("year(`c`)", 2000, "2000-01-01"),
        ("to_seconds(`c`)", 63492595200, "2012-01-01"),
        ("year(`c`) * 100 + month(`c`)", 202013, "2021-01-01"),
        ("extract(year_month from `c`)", 202002, "2020-02-01"),
    ],
)
def test_a_number_that_rises_with_a_moment_is_turned_back(text: str, number: int, first: str) -> None:
    """The first moment that counts at least so many; a month 13 begins with the next year."""
    key = moment_key(text)
    assert key is not None
    assert (key.column, str(key.reaches(number))) == ("c", f"{first} 00:00:00")


@pytest.mark.parametrize("text", ["month(`c`)", "`a` + year(`c`)", "-year(`c`)", "`a`", "abs(`a`)", "5", "year(c)"])
def test_what_falls_or_is_no_moment_is_not_turned_back(text: str) -> None:
    """Months begin anew each year; numbers are no moments."""
    assert moment_key(text) is None
