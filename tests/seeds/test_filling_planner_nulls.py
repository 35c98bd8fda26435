"""A share of empty rows that a dataset file asks for is kept to, or it is said why not."""

from __future__ import annotations

from datetime import date

import pytest

from seeds.catalog import Table
from seeds.planner.filling import ColumnChoice, FillRequest, TableChoice
from tests.seeds.filling_plans import AS_OF, Planned, checked, linked, planned, required
from tests.seeds.meaning_samples import DATE, INT4, TEXT, table, varchar

ROWS = 1_000
ORDER = required(
    table("repair", {"id": INT4, "status": varchar(12), "cancelled_reason": TEXT}, key=["id"]), "id", "status"
)
CANCELLED = checked(
    ORDER, "status IN ('open', 'done', 'cancelled')", "(status = 'cancelled') = (cancelled_reason IS NOT NULL)"
)
PAIR = required(table("visit", {"id": INT4, "begun_on": DATE, "ended_on": DATE}, key=["id"]), "id")
ENDED = checked(PAIR, "ended_on IS NULL OR begun_on IS NOT NULL", "ended_on >= begun_on")
TEAM = required(table("team", {"id": INT4, "name": varchar(20), "above": INT4}, key=["id"]), "id", "name")
TREE = linked(TEAM, "above", ["above"], TEAM, ["id"])


def asking(made: Table, *others: Table, **shares: float) -> Planned:
    """The plan for a table where a file asks for these shares of empty rows."""
    columns = {name: ColumnChoice(None, share) for name, share in shares.items()}
    choices = {made.name.key: TableChoice(columns=columns)}
    return planned(made, *others, request=FillRequest("auto", ROWS, AS_OF, choices=choices))


def empty(plan: Planned, made: Table, column: str) -> float:
    """In what share of the rows a column is empty."""
    values = plan.values(made.name.key, column)
    return values.count(None) / len(values)


def told(plan: Planned, made: Table) -> list[str]:
    """What is said of shares that were not kept to."""
    findings = plan.plan.tables[made.name.key].findings
    return [finding.message for finding in findings if finding.code == "NULLS_NOT_FREE"]


@pytest.mark.parametrize("share", [0.0, 0.2, 0.9])
def test_alternatives_come_about_as_often_as_a_share_asks(share: float) -> None:
    """A check says when a column is empty, so how often that is the case follows the share, and the check holds."""
    plan = asking(CANCELLED, cancelled_reason=share)
    assert empty(plan, CANCELLED, "cancelled_reason") == pytest.approx(share, abs=0.05)
    for status, reason in plan.tuples("repair", "status", "cancelled_reason"):
        assert (status == "cancelled") == (reason is not None)
    assert told(plan, CANCELLED) == []


@pytest.mark.parametrize(("begun", "ended"), [(0.5, 0.9), (0.1, 0.3), (0.0, 0.0), (0.4, 0.4)])
def test_two_shares_in_one_check_are_kept_to_together(begun: float, ended: float) -> None:
    """An alternative that leaves a column open is cut in two, and all are weighed."""
    plan = asking(ENDED, begun_on=begun, ended_on=ended)
    assert empty(plan, ENDED, "begun_on") == pytest.approx(begun, abs=0.05)
    assert empty(plan, ENDED, "ended_on") == pytest.approx(ended, abs=0.05)
    for start, end in plan.tuples("visit", "begun_on", "ended_on"):
        assert end is None or (isinstance(start, date) and isinstance(end, date) and end >= start)
    assert told(plan, ENDED) == []


def test_shares_that_contradict_a_check_are_told() -> None:
    """No row with an end may lack its beginning, whatever a file says."""
    plan = asking(ENDED, begun_on=0.9, ended_on=0.1)
    assert all(end is None or start is not None for start, end in plan.tuples("visit", "begun_on", "ended_on"))
    assert any("ended_on IS NULL OR begun_on IS NOT NULL" in message for message in told(plan, ENDED))


def test_a_reference_to_its_own_table_has_its_share() -> None:
    """As many rows as asked for stand at the top, and no row refers to one after it."""
    plan = asking(TREE, above=0.6)
    assert empty(plan, TREE, "above") == pytest.approx(0.6, abs=0.05)
    keys = plan.values("team", "id")
    above = plan.values("team", "above")
    assert all(one is None or one in keys[:place] for place, one in enumerate(above))
    assert told(plan, TREE) == []


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.3, 0.3)])
def test_a_reference_that_a_check_speaks_of_has_its_share(share: float, expected: float) -> None:
    """Alternatives and the reference do not empty it twice."""
    made = linked(
        checked(
            required(table("key", {"id": INT4, "team_id": INT4, "note": TEXT}, key=["id"]), "id"),
            "team_id IS NULL OR note IS NOT NULL",
        ),
        "of", ["team_id"], TEAM, ["id"],
    )  # fmt: skip
    plan = asking(made, TEAM, team_id=share)
    assert empty(plan, made, "team_id") == pytest.approx(expected, abs=0.05)
    assert all(team is None or note is not None for team, note in plan.tuples("key", "team_id", "note"))
    assert told(plan, made) == []


def test_a_column_that_may_not_be_empty_is_told() -> None:
    """NOT NULL stands, and the finding names the column, both shares and the reason."""
    plan = asking(CANCELLED, status=0.4)
    assert empty(plan, CANCELLED, "status") == 0
    (message,) = told(plan, CANCELLED)
    assert message == "status: empty in 0% of the rows where 40% was asked for: NOT NULL"


def test_a_column_whose_check_decides_is_told_with_the_check() -> None:
    """Where there is nothing to choose from, the constraint is repeated."""
    made = checked(ORDER, "cancelled_reason IS NOT NULL")
    (message,) = told(asking(made, cancelled_reason=0.9), made)
    assert message.endswith("CHECK (cancelled_reason IS NOT NULL)")


def test_nothing_is_told_where_nothing_was_asked() -> None:
    """Shares of the planner's own are nobody's wish."""
    for made in (CANCELLED, ENDED, TREE):
        assert told(asking(made), made) == []
