"""Tables that inherit from another have rows, keys and references of their own."""

from __future__ import annotations

from seeds.filling import verify_fill
from tests.seeds.filling_trials import trial

FILES = (
    "CREATE TABLE person (id serial PRIMARY KEY)",
    "CREATE TABLE attachment (id serial PRIMARY KEY, figure int NOT NULL REFERENCES person)",
    "CREATE TABLE picture (width int NOT NULL) INHERITS (attachment)",
)


def test_a_reference_holds_for_a_table_but_not_for_those_that_inherit_it(postgres_server: str) -> None:
    """A foreign key is not inherited, so verification looks only at the rows of the table that has it."""
    with trial(postgres_server) as place:
        place.create(*FILES)
        filled = place.fill(20)
        assert {name: filled[name].present for name in ("attachment", "picture")} == {"attachment": 20, "picture": 20}
        place.run("UPDATE picture SET figure = -1")
        found = verify_fill(place.database, "auto")
        assert [one.orphans for one in found.references] == [0]
