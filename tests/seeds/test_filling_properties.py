"""Random schemas: whatever tables, keys and CHECKs Hypothesis builds, the server finds nothing wrong after a fill."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from tests.seeds.filling_schemas import TrialSchema
from tests.seeds.filling_trials import Trial, trial
from tests.seeds.schema_strategies import schemas

_CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@pytest.fixture(scope="module")
def ground(postgres_server: str) -> Iterator[Trial]:
    """One database, in which each example makes its schema anew."""
    with trial(postgres_server) as one:
        yield one


def _fill_and_question(ground: Trial, schema: TrialSchema) -> None:
    ground.create(*schema.statements())
    before = ground.constraints()
    filled = ground.fill(schema.rows)
    note("\n".join(f"{one.code} {one.subject}: {one.message}" for one in filled.findings))
    assert ground.wrong() == []
    assert filled.errors == []
    counts = ground.counts()
    assert counts == {name: table.present for name, table in filled.report.tables.items()}
    assert counts == dict.fromkeys(counts, schema.rows)
    assert ground.constraints() == before
    again = ground.fill(schema.rows)
    assert again.report.loaded == 0
    assert ground.counts() == counts


def test_the_server_is_asked_in_earnest(ground: Trial) -> None:
    """An orphan, a guard that was silenced and a constraint that does not hold are all found."""
    ground.create(
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent)",
        "CREATE TABLE low (n int, CONSTRAINT small CHECK (n < 5))",
    )
    assert ground.wrong() == []
    ground.run("ALTER TABLE child DISABLE TRIGGER ALL", "INSERT INTO child VALUES (1, 99)")
    found = "\n".join(ground.wrong())
    assert "1 rows of child (parent_id) lead nowhere in parent" in found
    assert "is disabled" in found
    assert "violates foreign key constraint" in found
    ground.run(
        "ALTER TABLE low DROP CONSTRAINT small",
        "INSERT INTO low VALUES (7)",
        "ALTER TABLE low ADD CONSTRAINT small CHECK (n < 5) NOT VALID",
    )
    assert "is violated by some row" in "\n".join(ground.wrong())


@pytest.mark.slow
# The same schemas in every run, and a failing one as it is: making it smaller takes minutes.
@settings(max_examples=20, suppress_health_check=_CHECKS, phases=[Phase.generate], derandomize=True)
@given(data=st.data())
def test_random_schemas_are_filled_and_every_constraint_holds(ground: Trial, data: st.DataObject) -> None:
    """Every table gets the rows asked for; the server verifies every constraint anew; a second fill loads nothing."""
    _fill_and_question(ground, data.draw(schemas(btree_gist=ground.has("btree_gist"))))


@pytest.mark.soak
@settings(max_examples=400, suppress_health_check=_CHECKS)
@given(data=st.data())
def test_many_random_schemas_are_filled_and_every_constraint_holds(ground: Trial, data: st.DataObject) -> None:
    """The same for hundreds of schemas."""
    _fill_and_question(ground, data.draw(schemas(btree_gist=ground.has("btree_gist"))))
