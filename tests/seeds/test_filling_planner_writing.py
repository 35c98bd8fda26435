"""A plan written as a dataset file can be read again, and leads to the same rows."""

from __future__ import annotations

from dataclasses import replace

import yaml

from seeds.catalog import Catalog, Check
from seeds.dataset.existing import parse_existing
from seeds.filling import FillOrder
from seeds.planner.filling import FillRequest, dataset_text
from tests.seeds.filling_plans import AS_OF, Planned, checked, linked, planned_for, required
from tests.seeds.meaning_samples import (
    BOOLEAN,
    DATE,
    DOUBLE,
    ENUM,
    INT4,
    INT8,
    MOMENT,
    TEXT,
    UUID,
    catalog,
    numeric,
    table,
    varchar,
)

WARD = required(table("ward", {"id": INT4, "name": varchar(40), "mood": ENUM}, key=["id"]), "id", "name")
PERSON = required(
    table(
        "Odd: person",
        {
            "id": UUID, "e-mail #1": TEXT, "first_name": TEXT, "born": DATE, "height": DOUBLE, "rent": numeric(8, 2),
            "seen_at": MOMENT, "is_active": BOOLEAN, "ward_id": INT4, "null": TEXT, "state": TEXT, "closed_on": DATE,
        },
        key=["id"],
        unique=[["e-mail #1"]],
    ),
    "id", "e-mail #1", "state",
)  # fmt: skip
VISIT = table("visit", {"id": INT8, "ward_id": INT4, "note": TEXT}, key=["id"])


def database() -> Catalog:
    """Tables with a declared and an inferred reference, checks, and names that YAML has its own ideas about."""
    person = linked(PERSON, "lives", ["ward_id"], WARD, ["id"])
    person = checked(person, "height BETWEEN 1.2 AND 2.1", "(state = 'closed') = (closed_on IS NOT NULL)")
    return catalog(WARD, person, VISIT)


def rewritten(whole: Catalog, name: str = "auto", rows: int = 20) -> tuple[Planned, Planned, str]:
    """The plan, the plan that its text leads to, and the text."""
    request = FillRequest(name, rows, AS_OF)
    before = planned_for(whole, request)
    text = dataset_text(before.plan, name)
    order = FillOrder(request, parse_existing(text.encode(), "file.yaml"))
    return before, planned_for(whole, order.request_for(whole)), text


def test_the_text_is_a_dataset_file_over_the_databases_own_tables() -> None:
    """It says the dataset, the date and the rows that were asked for."""
    _, _, text = rewritten(database(), "spring")
    dataset = parse_existing(text.encode(), "file.yaml")
    assert (dataset.name, dataset.as_of, dataset.rows) == ("spring", AS_OF, 20)
    assert set(dataset.file.tables) == {"ward", "Odd: person", "visit"}


def test_the_plan_from_the_text_makes_the_same_rows() -> None:
    """Not one value of one column differs."""
    before, after, _ = rewritten(database())
    for key, one in before.plan.tables.items():
        assert after.rows(key) == one.rows
        for column in one.columns:
            assert after.values(key, column.name) == before.values(key, column.name), (key, column.name)


def test_the_plan_from_the_text_has_the_same_order_and_references() -> None:
    """What was inferred is written down, and so is confirmed."""
    before, after, _ = rewritten(database())
    assert after.order() == before.order()
    for key, one in before.plan.tables.items():
        assert [(r.columns, r.target, r.target_columns) for r in after.plan.tables[key].references] == [
            (r.columns, r.target, r.target_columns) for r in one.references
        ]


def test_guesses_and_shares_of_nulls_are_written_down() -> None:
    """Whoever edits the file sees what it was that was guessed, and how many rows stay empty."""
    before, _, text = rewritten(database())
    written = yaml.safe_load(text)["tables"]
    assert written["visit"]["references"] == {"ward_id": "ward(id)"}
    assert "references" not in written["Odd: person"]
    shares = {column.name: column.nulls for column in before.plan.tables["Odd: person"].columns if column.nulls}
    assert shares["first_name"] == written["Odd: person"]["columns"]["first_name"]["nulls"]


def test_every_column_is_there_with_its_reason() -> None:
    """What a constraint, a key or a reference decides is a comment; what stands on its own can be edited."""
    before, _, text = rewritten(database())
    written = yaml.safe_load(text)["tables"]["Odd: person"]["columns"]
    assert "e-mail #1" not in written
    assert "state" not in written
    assert {"first_name", "born", "rent", "null"} <= set(written)
    for column in before.plan.tables["Odd: person"].columns:
        assert f"{column.source}: " in text
        assert column.name in text


def test_personal_columns_say_so() -> None:
    """The category stands beside the column."""
    _, _, text = rewritten(database())
    (line,) = [line for line in text.splitlines() if "first_name" in line]
    assert line.endswith("]")


def test_a_table_that_gets_no_rows_is_a_comment_with_the_reason() -> None:
    """The file can be used as it is, and says what is missing from it."""
    impossible = replace(WARD, checks=(Check("low", "id > 5", ("id",)), Check("high", "id < 3", ("id",))))
    before, after, text = rewritten(catalog(impossible, VISIT))
    assert before.rows("ward") == after.rows("ward") == 0
    (line,) = [line for line in text.splitlines() if line.strip().startswith("# ward:")]
    assert "no row can satisfy" in line


def test_an_empty_database_has_an_empty_file() -> None:
    """There is nothing to say, and that can be read as well."""
    _, after, text = rewritten(catalog())
    assert after.plan.tables == {}
    assert parse_existing(text.encode(), "file.yaml").file.tables == {}


def test_what_is_changed_in_the_text_changes_the_plan() -> None:
    """Rows, a generator and a denied reference are taken from the file."""
    whole = database()
    text = dataset_text(planned_for(whole, FillRequest("auto", 20, AS_OF)).plan, "auto")
    file = yaml.safe_load(text)
    file["tables"]["visit"] |= {"rows": 7, "references": {"ward_id": None}}
    file["tables"]["ward"]["columns"]["name"] = {"generate": {"constant": {"value": "Dalston"}}}
    order = FillOrder(FillRequest("auto", 20, AS_OF), parse_existing(yaml.safe_dump(file).encode(), "file.yaml"))
    after = planned_for(whole, order.request_for(whole))
    assert after.rows("visit") == 7
    assert after.plan.tables["visit"].references == ()
    assert set(after.values("ward", "name")) == {"Dalston"}


def test_columns_that_stand_in_combinations_are_left_to_the_plan() -> None:
    """A line's number is read off its row's place in the combinations, which no file can name."""
    line = table(
        "job_line", {"job_id": INT4, "line_no": INT4, "part_no": INT4, "note": TEXT}, key=["job_id", "line_no"]
    )
    line = checked(required(line, "job_id", "line_no"), "line_no BETWEEN 1 AND 50")
    before, after, text = rewritten(catalog(WARD, linked(line, "of", ["job_id"], WARD, ["id"])), rows=40)
    assert "line_no" not in yaml.safe_load(text)["tables"]["job_line"].get("columns", {})
    assert "place" not in text
    assert after.rows("job_line") == before.rows("job_line") == 40
    keys = [one.tuples("job_line", "job_id", "line_no", "part_no", "note") for one in (before, after)]
    assert keys[0] == keys[1]
    assert after.codes("job_line") == before.codes("job_line")
