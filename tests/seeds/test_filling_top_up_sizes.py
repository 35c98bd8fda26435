"""More rows in some tables than in others, step by step: what is there stays, and refers to what it did."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from seeds.databases.registry import open_database
from seeds.dataset.existing import parse_existing
from seeds.filling import FillOrder, fill, reset_fill, verify_fill
from seeds.planner.filling import FillRequest
from seeds.ports import Fillable
from tests.seeds.filled import AS_OF, Row, ask, clock, contents, prepared

TABLES = (
    "CREATE TABLE region (id integer PRIMARY KEY, name varchar(60) NOT NULL UNIQUE)",
    """CREATE TABLE person (id integer PRIMARY KEY, region_id integer NOT NULL REFERENCES region (id), name varchar(60),
       UNIQUE (id, region_id))""",
    """CREATE TABLE visit (id integer PRIMARY KEY, person_id integer NOT NULL, region_id integer NOT NULL,
       UNIQUE (id, region_id), FOREIGN KEY (person_id, region_id) REFERENCES person (id, region_id))""",
    """CREATE TABLE note (id integer PRIMARY KEY, visit_id integer NOT NULL, region_id integer NOT NULL,
       FOREIGN KEY (visit_id, region_id) REFERENCES visit (id, region_id))""",
)
"""Each repeats the region of the one before: a reference that moved would be one that leads nowhere."""

NAMES = ("region", "person", "visit", "note")
PARENTS = (("person", "region"), ("visit", "person"), ("note", "visit"))
Sizes = tuple[int, ...]


def asked(sizes: Sizes, scale: float = 1.0) -> FillOrder:
    """An order for so many rows of each table."""
    body = "\n".join(f"  {name}: {{rows: {rows}}}" for name, rows in zip(NAMES, sizes, strict=True))
    text = f"dataset: mine\ntables_from: database\nas_of: 2026-04-06\nrows: 10\ntables:\n{body}\n"
    return FillOrder(FillRequest("mine", 10, AS_OF, seed=7, scale=scale), parse_existing(text.encode(), "mine"))


def made(database: Fillable, wanted: FillOrder) -> dict[str, list[Row]]:
    """What stands there after a fill that leaves nothing out."""
    report = fill(database, wanted, clock=clock)
    assert report.complete, [finding for table in report.tables.values() for finding in table.findings]
    assert ask(database, "PRAGMA foreign_key_check") == []
    assert fill(database, wanted, clock=clock).loaded == 0
    return contents(database, *NAMES)


def stepwise(steps: Sequence[FillOrder]) -> dict[str, list[Row]]:
    """What stands there after several fills of a new database; no row that was there may go or change."""
    with TemporaryDirectory() as home:
        database = prepared(open_database(f"sqlite:///{Path(home) / 'it.db'}", home=Path(home)), TABLES)
        try:
            found: dict[str, list[Row]] = {name: [] for name in NAMES}
            for step in steps:
                before, found = found, made(database, step)
                assert all(set(before[name]) <= set(found[name]) for name in NAMES)
            assert verify_fill(database, "mine").holds
            held = found
            assert reset_fill(database, "mine", clock=clock).complete
            assert not any(contents(database, *NAMES).values())
            return held
        finally:
            database.close()


sizes = st.tuples(st.integers(1, 9), st.integers(1, 12), st.integers(1, 20), st.integers(1, 25))


def grown(draw: st.DrawFn, steps: int, *, roomy: bool) -> list[Sizes]:
    found = [draw(sizes)]
    for _ in range(steps - 1):
        more = draw(sizes)
        found.append(tuple(max(old, new) for old, new in zip(found[-1], more, strict=True)))
    if roomy:
        last = dict(zip(NAMES, found[-1], strict=True))
        found = [_roomy(dict(zip(NAMES, one, strict=True)), last) for one in found]
    return found


def _roomy(one: dict[str, int], last: dict[str, int]) -> Sizes:
    """Each table's rows cut so that those they refer to are as many, or all that there will ever be."""
    for child, parent in PARENTS:
        if one[parent] < last[parent]:
            one[child] = min(one[child], one[parent])
    return tuple(one[name] for name in NAMES)


plans = st.composite(grown)
# The same steps in every run, and a failing one as it is: making it smaller takes minutes.
_SAME = settings(
    max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)


@_SAME
@given(plans(3, roomy=False))
def test_tables_grow_as_they_like_and_no_row_changes(steps: list[Sizes]) -> None:
    """Whatever grows faster than what: rows stay, keys and references hold, and all can be found and taken out."""
    stepwise([asked(one) for one in steps])


@_SAME
@given(plans(3, roomy=True))
def test_steps_make_what_one_step_makes_where_nobody_lacked_elders(steps: list[Sizes]) -> None:
    """If no table was ever larger than one it refers to that was still to grow, steps leave no trace."""
    assert stepwise([asked(one) for one in steps]) == stepwise([asked(steps[-1])])


@pytest.mark.parametrize("scales", [(0.25, 1.0), (1.0, 2.0), (0.5, 0.75, 3.0)], ids=str)
def test_a_larger_scale_is_a_top_up(scales: tuple[float, ...]) -> None:
    """Scaling everything up changes no row, and equals the direct run where each table is as large as what it needs."""
    even = (12, 12, 12, 12)
    assert stepwise([asked(even, scale) for scale in scales]) == stepwise([asked(even, scales[-1])])
    stepwise([asked((3, 6, 12, 24), scale) for scale in scales])


def test_rows_may_grow_beside_tables_of_their_own_size() -> None:
    """A list of fixed size beside tables that follow --rows: more rows make what they would have made at once."""

    def wanted(rows: int) -> FillOrder:
        text = "dataset: mine\ntables_from: database\nas_of: 2026-04-06\nrows: 10\ntables:\n  region: {rows: 7}\n"
        return FillOrder(FillRequest("mine", rows, AS_OF, seed=7), parse_existing(text.encode(), "mine"))

    assert stepwise([wanted(3), wanted(10), wanted(30)]) == stepwise([wanted(30)])
