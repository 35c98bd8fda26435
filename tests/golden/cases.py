"""What has committed digests: whole datasets, parts of them, and every generator by its own examples."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from generators import REGISTRY, Definition, digest_range, lock_digest
from generators.engine import Dataset, Run
from generators.engine.reads import reads_of
from generators.providers import bind
from generators.spec import ColumnSpec, DatasetSpec, GeneratorSpec, TableSpec, parse_type
from seeds.dataset import load_dataset
from tests.generators.specimens import DAY, column, compiled, dataset, part

FILE = Path(__file__).with_name("digests.json")
Golden = dict[str, dict[str, Any]]

RANGES = (
    ("town", 1, 300, 0, 300),
    ("town", 2, 300, 131, 277),
    ("borough", 1, 500, 0, 500),
    ("borough", 7, 500, 137, 260),
)
"""Dataset, seed, units, and the range of units."""

WHOLE = ("integer", {"integer": {"min_value": 0, "max_value": 40}})
BORN = {"date_between": {"start": "add_years(epoch, -90)", "end": "add_years(epoch, -20)"}}
HOST: dict[str, tuple[str, Any]] = {
    "amount": ("double", {"number": {"max_value": 9.0}}),
    "born": ("date", BORN),
    "date_of_birth": ("date", BORN),
    "district": ("text", {"choice": ["E8", "N16"]}),
    "family_name": ("text", {"choice": ["Achebe", "O'Neill"]}),
    "given_name": ("text", {"choice": ["Ada", "Zoë"]}),
    "price": ("double", {"number": {"max_value": 9.0}}),
    "product_id": ("bigint", {"reference": "product"}),
    "size": ("integer", {"integer": {"min_value": 1, "max_value": 2}}),
    "sex": ("text", {"choice": ["F", "M"]}),
    "ward": ("text", {"choice": ["Dalston", "Victoria"]}),
    "ward_code": ("text", {"choice": ["E05009367", "E05009385"]}),
}
"""The columns that examples read, where a small whole number will not do."""

TYPES = {"array": "text[]", "any": "text", "char": "text", "varchar": "text", "numeric": "numeric(12,2)"}
ANY = {"aggregate": "double", "expression": "double", "lookup": "double", "relative": "bigint"}


def dataset_named(name: str) -> Dataset:
    return compiled() if name == "town" else load_dataset(name)


def dataset_digests(name: str, seed: int, units: int, start: int, stop: int) -> dict[str, Any]:
    """The lock of a dataset, and the digest of each of its tables in a range of units."""
    made = dataset_named(name)
    sums = digest_range(Run(made, seed, units, DAY, DAY), start, stop)
    tables = {table.name: sums[table.name].hexdigest(table.name, table.stored_columns) for table in made.stored}
    return {"lock": lock_digest(made), "tables": tables}


def examples_of(definition: Definition) -> Dataset:
    """A dataset whose people have a column for each of the generator's examples, ``value0`` and so on."""
    kinds = [TYPES.get(kind, kind) for kind in definition.output]
    kind = ANY.get(definition.name, kinds[0])
    made = tuple(
        ColumnSpec(f"value{place}", parse_type(kind), GeneratorSpec(definition.name, example), nullable=True)
        for place, example in enumerate(definition.examples or ({},))
    )
    return compiled(host_of(made))


def generator_digest(definition: Definition) -> str:
    """One SHA-256 over the values that the generator's examples give in a household of the council's."""
    host = examples_of(definition)
    digest = digest_range(Run(host, 1, 100, DAY, DAY), 0, 100)["person"]
    shape = tuple(item for item in host.tables["person"].spec.stored_columns if item.name.startswith("value"))
    return sha256(digest.hexdigest(definition.name, shape).encode()).hexdigest()


def host_of(made: tuple[ColumnSpec, ...]) -> DatasetSpec:
    """People in households of a neighbourhood, with only what the examples read beside what they make."""
    key = column("id", "bigint", "key")
    columns = [column(name, *HOST[name], stored=False) for name in HOST if name != "amount"]
    read = {name for item in made for name in reads_of(bind(item.generator)) if "." not in name}
    columns += [column(name, *WHOLE, stored=False) for name in sorted(read - {"id", *HOST})]
    one = (part("row", 1, kind="fixed", rows=1),)
    return dataset(
        TableSpec("neighbourhood", (key,), stored=False),
        TableSpec("household", (key,), parent="neighbourhood", parts=one, stored=False),
        TableSpec("person", (replaced(key), *columns, *made), parent="household", parts=one),
        TableSpec("order_line", (key, column("amount", *HOST["amount"])), parent="person", parts=one, stored=False),
        TableSpec("product", (key, column("price", *HOST["price"])), rows=20, stored=False),
        name="golden",
    )


def replaced(key: ColumnSpec) -> ColumnSpec:
    return ColumnSpec(key.name, key.type, key.generator, stored=False)


def golden_now() -> Golden:
    """All digests as they are in this checkout."""
    made = {label(*case): dataset_digests(*case) for case in RANGES}
    single = {
        name: {"version": definition.version, "digest": generator_digest(definition)}
        for name, definition in sorted(REGISTRY.items()) if "." not in name
    }  # fmt: skip
    return {"datasets": made, "generators": single}


def label(name: str, seed: int, units: int, start: int, stop: int) -> str:
    return f"{name} of {units}, seed {seed}, units {start} to {stop}"


def unversioned(before: Golden, after: Golden) -> list[str]:
    """What makes other values than before though nothing says so: the same version of a generator, the same lock."""
    found = []
    for name, was in before.get("generators", {}).items():
        now = after["generators"].get(name, was)
        if now["version"] == was["version"] and now["digest"] != was["digest"]:
            found.append(f"generator {name}, version {now['version']}")
    for name, was in before.get("datasets", {}).items():
        now = after["datasets"].get(name, was)
        if now["lock"] == was["lock"] and now["tables"] != was["tables"]:
            found.append(f"dataset {name}")
    return found
