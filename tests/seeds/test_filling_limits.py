"""What a fill does not solve, one kind at a time: the rows stay out, whatever else is there stays, and a finding says why.

Each of these is a limit of today. Whoever lifts one finds its test failing here, and its line in the documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from seeds.findings import Severity
from tests.seeds.filling_trials import Filled, Trial, trial

ROWS = 20


@dataclass(frozen=True, slots=True)
class Limit:
    """A kind of constraint that is not solved, a table that has it, and the code that says so."""

    name: str
    table: str
    code: str


LIMITS = (
    Limit("function that few values satisfy", "rare", "ROWS_REFUSED_CHECK"),
    Limit("function that looks at other tables", "elsewhere", "ROWS_REFUSED_CHECK"),
    Limit("inequality of a product", "product", "ROWS_REFUSED_CHECK"),
    Limit("pattern that refers back to itself", "repeated", "COLUMN_IMPOSSIBLE"),
    Limit("unique expression with few values", "yearly", "ROWS_REFUSED_UNIQUE"),
    Limit("exclusion by another operator", "disc", "ROWS_REFUSED_EXCLUSION"),
    Limit("type that nobody knows", "strange", "COLUMN_IMPOSSIBLE"),
)

DDL = r"""
CREATE TABLE bystander (id int PRIMARY KEY, name text NOT NULL);
CREATE FUNCTION is_rare(t text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN md5(t) LIKE '00000000%'; END $$;
CREATE TABLE rare (id int PRIMARY KEY, code text NOT NULL CHECK (is_rare(code)));
CREATE FUNCTION stands_there(t text) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT EXISTS (SELECT FROM bystander WHERE name = t) $$;
CREATE TABLE elsewhere (id int PRIMARY KEY, noted text NOT NULL CHECK (stands_there(noted)));
CREATE TABLE product (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, c int NOT NULL, CHECK (c >= a * b AND a > 100 AND b > 100));
CREATE TABLE repeated (id int PRIMARY KEY, code text NOT NULL CHECK (code ~ '^([a-z]+)-\1$'));
CREATE TABLE yearly (id int PRIMARY KEY, at timestamp NOT NULL);
CREATE UNIQUE INDEX ON yearly (date_trunc('year', at));
CREATE TABLE disc (id int PRIMARY KEY, c circle NOT NULL, EXCLUDE USING gist (c WITH &&));
CREATE TABLE strange (id int PRIMARY KEY, seen pg_snapshot NOT NULL);
"""


@pytest.fixture(scope="module")
def limited(postgres_server: str) -> Iterator[tuple[Trial, Filled]]:
    """A database with a table for each limit, after a fill."""
    with trial(postgres_server) as ground:
        ground.create(DDL)
        yield ground, ground.fill(ROWS)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_a_limit_is_said_and_what_stands_there_is_valid(limited: tuple[Trial, Filled], limit: Limit) -> None:
    """Fewer rows than asked for are there, as many as the report says, and the error has the code that is documented."""
    ground, filled = limited
    assert ground.counts()[limit.table] == filled[limit.table].present < ROWS
    assert [one.code for one in filled[limit.table].findings if one.severity is Severity.ERROR] == [limit.code]


def test_a_limit_costs_nothing_else(limited: tuple[Trial, Filled]) -> None:
    """A table beside those that cannot be filled gets its rows, and every constraint holds."""
    ground, _ = limited
    assert ground.counts()["bystander"] == ROWS
    assert ground.wrong() == []
