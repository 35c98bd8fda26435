"""Rows of compiled worlds pass the original predicates, which a real PostgreSQL prints and evaluates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import psycopg
import pytest
import yaml
from psycopg import Connection
from psycopg.rows import TupleRow
from sqlalchemy import make_url

from seeds.planner.checks import compile_checks
from seeds.planner.checks.model import RowModel
from tests.seeds.check_rows import as_text, rows_of
from tests.seeds.check_tables import TYPES, sample

ROWS = 8
VARIANTS = ("{}", "NOT {}", "{} IS TRUE", "{} IS NOT TRUE", "p = {}", "{} IS DISTINCT FROM q", "a IS NULL OR {}")
"""A predicate, and ways of asking that it be false, true, not true, or as true as a column."""

FAMILIES: dict[str, list[str]] = yaml.safe_load(
    Path(__file__).with_name("check_predicates.yaml").read_text(encoding="utf-8")
)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection[TupleRow]]:
    """A connection to a server that has the table's enum."""
    address = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True, options="-c TimeZone=UTC") as opened:
        opened.execute("CREATE TYPE mood AS ENUM ('glad', 'calm', 'sad')")
        yield opened


def quoted(name: str) -> str:
    return f'"{name}"'


COLUMNS = ", ".join(f"{quoted(name)} {type_.name}" for name, type_ in TYPES.items())


def printed(connection: Connection[TupleRow], predicates: list[str]) -> list[str]:
    """The predicates as the server prints them; the table stays, without them."""
    checks = [f"CONSTRAINT c{number} CHECK ({predicate})" for number, predicate in enumerate(predicates)]
    connection.execute(f"CREATE TABLE guarded ({COLUMNS}, {', '.join(checks)})".encode())
    connection.execute(f"CREATE TEMPORARY TABLE sample (nr integer, {COLUMNS})".encode())
    found = dict(
        connection.execute(
            "SELECT conname, pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conrelid = 'guarded'::regclass"
        )
    )
    return [found[f"c{number}"] for number in range(len(predicates))]


def whole_rows(predicate: str, model: RowModel, random: Random) -> Iterator[dict[str, object]]:
    """Rows of each world, with the columns of other components drawn from worlds of theirs."""
    pools: list[list[dict[str, object]]] = []
    for component in model.components:
        pools.append([])
        for world in component.worlds if component.checks else ():
            rows = list(rows_of(world, TYPES, random, ROWS))
            assert rows, f"no row found for {predicate}: {world}"
            pools[-1] += rows
    filled = [pool for pool in pools if pool]
    for pool in filled:
        for row in pool:
            others = [random.choice(other) for other in filled if other is not pool]
            yield {name: value for part in (*others, row) for name, value in part.items()}


def refused(connection: Connection[TupleRow], models: dict[str, RowModel]) -> list[tuple[str, str]]:
    """Rows of the models' worlds of which the server says that their predicate is false."""
    with connection.cursor().copy(f"COPY sample (nr, {', '.join(map(quoted, TYPES))}) FROM STDIN".encode()) as copy:
        for number, (predicate, model) in enumerate(models.items()):
            for row in whole_rows(predicate, model, Random(predicate)):
                copy.write_row([number, *(as_text(row.get(name)) for name in TYPES)])
    return [
        (predicate, str(row))
        for number, predicate in enumerate(models)
        for row in connection.execute(f"SELECT * FROM sample WHERE nr = {number} AND ({predicate}) IS FALSE".encode())
    ]


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_of_every_world_pass(connection: Connection[TupleRow], family: str) -> None:
    """Every predicate is understood, and no row of its worlds makes it false."""
    models = {one: compile_checks(sample(one), "postgres") for one in printed(connection, FAMILIES[family])}
    assert [opaque for model in models.values() for opaque in model.opaque] == []
    assert refused(connection, models) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_pass_where_a_predicate_is_denied_or_compared(connection: Connection[TupleRow], family: str) -> None:
    """Inside NOT, IS TRUE, OR and comparisons of truths, what is understood of a predicate is still never false."""
    variants = [variant.replace("{}", f"({one})") for one in FAMILIES[family] for variant in VARIANTS[1:]]
    models = {one: compile_checks(sample(one), "postgres") for one in printed(connection, variants)}
    understood = {one: model for one, model in models.items() if not model.opaque}
    assert len(understood) > len(models) / 2
    assert refused(connection, understood) == []
