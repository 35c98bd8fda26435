"""Numbers of rows that nobody can mean are refused while planning, before anything is counted or written."""

from __future__ import annotations

import pytest

from seeds.dataset.existing import parse_existing
from seeds.errors import SeedError
from seeds.filling import FillOrder, Ledger, fill, plan
from seeds.planner.filling import FillRequest
from seeds.ports import Database
from tests.seeds.filled import AS_OF, clock, filled, prepared

TABLES = (
    "CREATE TABLE tiny (id smallint PRIMARY KEY, name varchar(20))",
    "CREATE TABLE big (id bigint PRIMARY KEY, name varchar(20))",
)


def asked(rows: int, scale: float = 1.0, definition: str = "") -> FillOrder:
    """An order as a program could make it, without the command line's own look at it."""
    dataset = parse_existing(definition.encode(), "mine") if definition else None
    return FillOrder(FillRequest("mine", rows, AS_OF, scale=scale), dataset)


@pytest.mark.parametrize(
    ("order", "code", "said"),
    [
        (asked(10**17), "ROWS_TOO_MANY", "100,000,000,000,000,000 rows are asked for in every table"),
        (asked(10**9, 10.0), "ROWS_TOO_MANY", "1,000,000,000 x 10 = 10,000,000,000 rows"),
        (asked(2**70), "ROWS_TOO_MANY", "takes 1,000,000,000 at most"),
        (asked(10, 1e300), "ROWS_TOO_MANY", "takes 1,000,000,000 at most"),
        (asked(-1), "ROWS_INVALID", "-1 rows"),
        (asked(10, 0.0), "SCALE_INVALID", "0.0 times"),
        (asked(10, -1.0), "SCALE_INVALID", "-1.0 times"),
        (asked(10, float("nan")), "SCALE_INVALID", "nan times"),
        (asked(10, float("inf")), "SCALE_INVALID", "inf times"),
        (
            asked(10, definition="dataset: mine\ntables_from: database\nas_of: 2026-04-06\ntables:\n  big: {rows: 10000000000}\n"),
            "ROWS_TOO_MANY",
            "10,000,000,000 rows are asked for in big",
        ),
    ],
)  # fmt: skip
def test_a_number_that_cannot_be_meant_is_refused_with_the_arithmetic(
    sqlite: Database, order: FillOrder, code: str, said: str
) -> None:
    """Planning and filling refuse it alike, with a code that stays, and nothing is written."""
    database = prepared(sqlite, TABLES)
    for attempt in (lambda: plan(database, order), lambda: fill(database, order, clock=clock)):
        with pytest.raises(SeedError) as refused:
            attempt()
        assert refused.value.code == code
        assert said in refused.value.message
        assert refused.value.hint
    assert Ledger(database).read("mine") is None


def test_keys_that_run_out_cap_their_table_alone(postgres: Database) -> None:
    """More rows than a small key has numbers: that table gets what fits and says so, the other gets all."""
    database = prepared(postgres, TABLES)
    _, found = plan(database, asked(70_000))
    assert found.tables["big"].rows == 70_000
    assert found.tables["tiny"].rows < 70_000
    assert "ROWS_CAPPED" in {finding.code for finding in found.tables["tiny"].findings}
    assert filled(database, 5).complete
