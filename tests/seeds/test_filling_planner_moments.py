"""Moments of a row stand in the order of what happens at them, whatever types they are kept in."""

from __future__ import annotations

from itertools import starmap
from operator import le

import pytest

from seeds.catalog import DataType
from tests.seeds.filling_plans import planned, required
from tests.seeds.meaning_samples import INT4, INT8, MOMENT, TEXT, table


@pytest.mark.parametrize("kind", [INT4, INT8, TEXT])
def test_a_moment_kept_as_a_number_or_a_text_stands_beside_a_timestamp(kind: DataType) -> None:
    """Numbers and texts do not compare with timestamps: they are made on their own, and the table is planned."""
    robot = table("robot", {"id": INT4, "creation_time": MOMENT, "expires_at": kind}, key=["id"])
    plan = planned(robot, rows=30)
    assert plan.rows("robot") == 30
    assert any(value is not None for value in plan.values("robot", "expires_at"))


@pytest.mark.parametrize("changed", ["updated_at", "deleted_at"])
def test_a_row_is_changed_after_it_was_made_rather_than_after_another_beginning(changed: str) -> None:
    """Of several moments that come first, a row's changes follow the one that says that the row was made."""
    columns = {"id": INT4, "issued_at": MOMENT, "authenticated_at": MOMENT, "created_at": MOMENT, changed: MOMENT}
    session = required(table("session", columns, key=["id"]), *columns)
    pairs = planned(session, rows=200).tuples("session", "created_at", changed)
    assert all(starmap(le, pairs))
