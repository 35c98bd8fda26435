"""The inventory of personal data lists what looks personal, and renders as JSON and Markdown."""

from __future__ import annotations

import json

from seeds.planner.inventory import InventoryEntry, inventory, to_json, to_markdown
from seeds.planner.meaning import Category
from tests.seeds.meaning_samples import BOOLEAN, DATE, INT8, TEXT, catalog, table

CATALOG = catalog(
    table("resident", {"id": INT8, "surname": TEXT, "dob": DATE, "nhs_no": TEXT, "active": BOOLEAN}, key=["id"]),
    table("lift", {"id": INT8, "name": TEXT, "serial_no": TEXT}, key=["id"]),
)


def test_the_inventory_lists_personal_columns_only() -> None:
    """Every personal column is listed with its category, in the catalogue's order; a lift has none."""
    assert [(entry.table, entry.column, entry.category) for entry in inventory(CATALOG)] == [
        ("resident", "surname", Category.NAME),
        ("resident", "dob", Category.DATE_OF_BIRTH),
        ("resident", "nhs_no", Category.GOVERNMENT_IDENTIFIER),
    ]
    assert all(entry.reason and 0 < entry.score <= 1 for entry in inventory(CATALOG))


def test_json_holds_every_entry() -> None:
    """The JSON reads back as the entries, whatever characters a name has."""
    odd = InventoryEntry("Häuser", 'a"b', Category.ADDRESS, "called 'straße'", 0.5)
    assert json.loads(to_json([odd])) == [
        {"table": "Häuser", "column": 'a"b', "category": "address", "reason": "called 'straße'", "score": 0.5}
    ]
    assert len(json.loads(to_json(inventory(CATALOG)))) == 3


def test_markdown_counts_categories_and_lists_columns() -> None:
    """The page begins with the categories that occur, and has a row for each column under its table."""
    page = to_markdown(inventory(CATALOG))
    assert "| date of birth | 1 |" in page
    assert "financial" not in page
    assert page.count("## resident") == 1
    assert "## lift" not in page
    assert [line.split(" | ")[0] for line in page.splitlines() if line.count("|") == 5][2:] == [
        "| surname",
        "| dob",
        "| nhs_no",
    ]


def test_markdown_of_nothing_says_so() -> None:
    """A database without personal columns has a page too."""
    assert "No column" in to_markdown([])
    assert json.loads(to_json([])) == []


def test_no_identifier_breaks_the_page() -> None:
    """A bar or a line break in a name stays inside its cell, and a bracket opens nothing."""
    page = to_markdown([InventoryEntry("a|b\nc", "d|e\nf", Category.NAME, "g|<h>", 1.0)])
    assert "## a\\|b c" in page.splitlines()
    assert "| d\\|e f | name | 1.00 | g\\|\\<h> |" in page.splitlines()
