"""The published JSON Schema: an editor accepts what loads, and underlines what a schema can see."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from generators import REGISTRY
from seeds.dataset import dataset_names
from seeds.dataset.json_schema import dataset_schema, main, schema_text
from seeds.dataset.source import read_source
from seeds.dataset.text import read_text
from seeds.planner.filling import FillRequest, dataset_text, plan_filling
from tests.seeds.filled import AS_OF, another
from tests.seeds.schema_oracle import faults
from tests.seeds.test_dataset_file import BAD, GOOD, edited

SCHEMA = dataset_schema()

SEEN = (
    "unknown generator", "generator with parameters", "nested generator", "generator in a case", "two generators",
    "unknown parameter", "bad parameter", "parameter out of range", "missing parameter", "bad choice of a parameter",
    "negative weight", "unknown type", "unreadable type", "type without size", "unknown key",
    "unknown key at the top", "unknown key of a column", "unknown key of a count", "missing key",
    "missing key of a count", "text for a number", "number out of range", "yes for true", "number for text",
    "null for text", "list for a mapping", "name with a capital", "reference date in words", "unknown form of rows",
    "rows in words", "reference without column",
)  # fmt: skip


def found_in(data: bytes) -> list[str]:
    return list(faults(read_source(data, "f.yaml").value, SCHEMA, SCHEMA))


def test_what_loads_is_accepted() -> None:
    """Every packaged dataset and the shop of the tests fit the schema."""
    packaged = [read_text(name).data for name in dataset_names()]
    for data in (*packaged, GOOD.encode()):
        assert found_in(data) == []


@pytest.mark.parametrize("name", SEEN)
def test_what_a_schema_can_see_is_underlined(name: str) -> None:
    """Names of keys, generators, parameters and types, and kinds of values, are checked while typing."""
    old, new, *_ = BAD[name]
    assert found_in(edited(old, new)[0])


def test_every_generator_is_there_with_its_parameters() -> None:
    """An editor offers each generator with its parameters, what they mean and what they default to."""
    definitions = SCHEMA["$defs"]
    offered = definitions["generator"]["anyOf"][-1]["properties"]
    for name, definition in REGISTRY.items():
        if "." in name:
            continue
        assert offered[name] == {"$ref": f"#/$defs/generator:{name}"}
        entry = definitions[f"generator:{name}"]
        assert entry["description"].startswith(definition.summary)
        named = entry.get("anyOf", [entry])[0]["properties"]
        for item in fields(definition.parameters):
            assert named[item.name]["description"] == item.metadata["doc"]
    assert definitions["generator:boolean"]["anyOf"][0]["properties"]["probability"]["default"] == 0.5


def test_a_generator_of_the_pools_is_accepted() -> None:
    """The pools' generators are as many as Faker and Mimesis have, so the schema lets any through."""
    for written in ("{faker.color_name: {}}", "faker.color_name", "{mimesis.food.dish: {locale: en}}"):
        assert found_in(edited("{boolean: 0.3}", written)[0]) == []


def test_checking_tells_an_old_schema_from_todays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Writing and then checking agrees; a changed or absent file is refused with the command that mends it."""
    path = tmp_path / "reference" / "schema.json"
    assert main(["--check", str(path)]) == 1
    assert f"--write {path}" in capsys.readouterr().err
    assert main(["--write", str(path)]) == 0
    assert main(["--check", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == schema_text()
    path.write_text(schema_text().replace("boolean", "bolean"), encoding="utf-8")
    assert main(["--check", str(path)]) == 1


EXISTING = """
dataset: mine
tables_from: database
as_of: 2026-04-06
rows: 25
session: {app.tenant: 7}
exclude: ["audit_*"]
tables:
  resident:
    rows: 40
    columns:
      email: {generate: {email: {domain: example.org}}}
      note: {nulls: 0.5}
      flag: {generate: {boolean: 0.3}}
    references: {ward_id: ward.id, "a, b": "flat(block, number)", other_id: null}
"""


def test_a_file_over_a_databases_own_tables_is_accepted() -> None:
    """What may be wished of tables that are there already fits the schema."""
    assert found_in(EXISTING.replace("{domain: example.org}", "{}").encode()) == []


def test_what_init_writes_is_accepted(tmp_path: Path, postgres_server: str) -> None:
    """The file that ``understudy init`` writes for a database fits the schema as it stands."""
    with another(postgres_server, tmp_path) as database:
        plan = plan_filling(database.catalog(), FillRequest("auto", 10, AS_OF))
        written = dataset_text(plan, "mine")
    assert "tables_from: database" in written
    assert found_in(written.encode()) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tables_from: database", "tables_from: elsewhere"),
        ("rows: 25", "rows: many"),
        ("rows: 40", "row: 40"),
        ("nulls: 0.5", "nulls: 1.5"),
        ("boolean: 0.3", "bolean: 0.3"),
        ("ward_id: ward.id", "ward_id: 3"),
        ("as_of: 2026-04-06", "as_of: today"),
        ('exclude: ["audit_*"]', "exclude: audit"),
        ("dataset: mine", "version: 1"),
    ],
)
def test_a_wrong_file_over_a_databases_own_tables_is_underlined(old: str, new: str) -> None:
    """A mistake in a name, a number or a generator is seen while typing."""
    good = EXISTING.replace("{domain: example.org}", "{}")
    assert old in good
    assert found_in(good.replace(old, new).encode()) != []
