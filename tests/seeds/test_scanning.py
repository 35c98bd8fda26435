"""Scanning: what could be somebody's is found in every form, and what Understudy makes or chance brings is not."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seeds.scanning import CATEGORIES, Finding, Rows, file_rows, scan, to_sarif
from tests.seeds.command_line import CommandLine

# Makers of valid identifiers of their own, written from the published rules, not from the code under test.


def an_nhs_number(dice: random.Random) -> str:
    """Nine digits outside 999, and the check digit of the NHS data dictionary."""
    while True:
        digits = [dice.randint(0, 9) for _ in range(9)]
        check = 11 - sum((10 - place) * digit for place, digit in enumerate(digits)) % 11
        text = "".join(map(str, digits))
        if check != 10 and not text.startswith("999") and len(set(digits)) > 2:
            return text + str(check % 11)


def an_ni_number(dice: random.Random) -> str:
    """A prefix that is in use, six digits and a letter from A to D."""
    return f"{dice.choice(['AB', 'JX', 'NP', 'SR', 'YZ', 'CE'])}{dice.randint(0, 999999):06}{dice.choice('ABCD')}"


def a_phone_number(dice: random.Random) -> str:
    """Mobile, London and Leeds numbers that networks give."""
    begin = dice.choice(["0771", "0785", "020 7123 ", "+44 7911 ", "0113 200 ", "(020) 8985 "])
    want = {"0771": 7, "0785": 7, "020 7123 ": 4, "+44 7911 ": 6, "0113 200 ": 4, "(020) 8985 ": 4}[begin]
    return begin + "".join(str(dice.randint(0, 9)) for _ in range(want))


def an_email(dice: random.Random) -> str:
    """At domains that exist for everybody."""
    return f"{dice.choice('abc')}.{dice.randint(1, 999)}@{dice.choice(['gmail.com', 'hackney.gov.uk', 'mail.co.uk'])}"


def a_postcode(dice: random.Random) -> str:
    """Of the borough's districts, with letters that inward parts have."""
    return (
        f"{dice.choice(['E8', 'N16', 'E5', 'EC2A'])} {dice.randint(1, 9)}{dice.choice('ABDEF')}{dice.choice('GHJLN')}"
    )


def a_card_number(dice: random.Random) -> str:
    """Sixteen digits that begin with 4, the last after Luhn."""
    digits = [4, *(dice.randint(0, 9) for _ in range(14))]
    doubled = [sum(divmod(digit * 2, 10)) if place % 2 == 0 else digit for place, digit in enumerate(digits)]
    return "".join(map(str, digits)) + str(-sum(doubled) % 10)


def a_uprn(dice: random.Random) -> str:
    """Twelve digits from the block that most of London's have."""
    return f"100{dice.randint(0, 999_999_999):09}"


MAKERS: dict[str, Callable[[random.Random], str]] = {
    "nhs_number": an_nhs_number, "ni_number": an_ni_number, "phone": a_phone_number, "email": an_email,
    "postcode": a_postcode, "card_number": a_card_number, "uprn": a_uprn,
}  # fmt: skip
WRITTEN = {
    "nhs_number": lambda text: f"{text[:3]} {text[3:6]} {text[6:]}",
    "card_number": lambda text: " ".join(text[place : place + 4] for place in range(0, 16, 4)),
    "uprn": lambda text: f"UPRN {text}",
}


def judged(column: str, values: list[str | int | None]) -> tuple[Finding, ...]:
    """What a scan says of one column."""
    return scan([Rows("somewhere", pa.record_batch([pa.array(values)], [column]))])


def test_every_category_has_a_maker() -> None:
    """None is left out of the tests below."""
    assert {kind.category for kind in CATEGORIES} == set(MAKERS)


@pytest.mark.parametrize("category", MAKERS)
@pytest.mark.parametrize("column", ["value", "note"])
def test_a_column_of_real_looking_identifiers_is_found(category: str, column: str) -> None:
    """Bare, in a column whose name says nothing, every one of them is counted."""
    dice = random.Random(category)
    values = [MAKERS[category](dice) for _ in range(200)]
    found = judged(column, [*values, None])
    assert [(one.category, one.rows_suspect, one.rows_checked) for one in found] == [(category, 200, 201)]


@pytest.mark.parametrize("category", MAKERS)
def test_one_identifier_in_a_sentence_is_found(category: str) -> None:
    """As people write them, in the middle of a note among thousands."""
    dice = random.Random(category)
    text = MAKERS[category](dice)
    notes = [f"Called about the repair on {day} May" for day in range(1, 3000)]
    found = judged("note", [*notes, f"Spoke to tenant ({WRITTEN.get(category, str)(text)}), call back"])
    assert [(one.category, one.rows_suspect) for one in found] == [(category, 1)]
    assert text not in json.dumps([one.examples for one in found])


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("nhs_number", [f"999{number:07}" for number in range(2000)]),
        ("phone", ["07700 900123", "020 7946 0999", "+44 7700 900001", "01632960555"]),
        ("email", ["a@example.com", "b@mail.example.org", "c@council.test"]),
        ("postcode", ["E8 1CV", "ZZ99 3VZ", "N16 9MK"]),
        ("ni_number", ["QQ123456A", "ZZ 12 34 56 D", "GB123456A"]),
        ("card", ["4242 4242 4242 4242", "5555555555554444"]),
        ("uprn", [str(999_000_000_000 + number) for number in range(500)]),
        ("modified", ["2024-01-02 03:04:05", "01/02/2024 10:30", "01-02-2024 10:30:11"]),
        ("id", ["550e8400-e29b-41d4-a716-446655440000", "01234567-0123-0123-0123-012345678901"]),
        ("number", ["NXN-012820-82949", "INV-07123456789", "ab0208985123456"]),
        ("version", ["1.20.300", "E2E test 4 passed", "Flat 3A, 12"]),
    ],
)
def test_what_is_nobodys_is_left_alone(column: str, values: list[str | int | None]) -> None:
    """Reserved ranges, broken rules, dates and codes are no findings."""
    assert judged(column, values) == ()


@given(low=st.integers(0, 10**15), width=st.integers(10, 10**12), rows=st.integers(1, 400), seed=st.integers(0, 10**6))
@settings(max_examples=150)
def test_ordinary_numbers_raise_no_alarm(low: int, width: int, rows: int, seed: int) -> None:
    """Whole numbers of any range, as numbers and as texts, though a tenth of them pass a check digit."""
    dice = random.Random(seed)
    numbers = [dice.randint(low, low + width) for _ in range(rows)]
    if low < 200 * 10**9 + 10**9 and low + width >= 100 * 10**9:
        return  # twelve digits that begin as property numbers do
    assert judged("amount", [*numbers]) == ()
    assert judged("amount", [str(number) for number in numbers]) == ()


def test_names_are_found_beside_real_identifiers_only() -> None:
    """A name alone says nothing; in a table with a real address for mail it may be somebody's."""
    names = pa.array(["Ada", "Grace"])
    for domain, expected in (("example.com", []), ("gmail.com", ["email", "name"])):
        emails = pa.array([f"ada@{domain}", f"grace@{domain}"])
        found = scan([Rows("person", pa.record_batch([names, emails], ["first_name", "email"]))])
        assert [one.category for one in found] == expected


@pytest.mark.parametrize("kind", ["csv", "tsv", "ndjson", "parquet", "arrow", "txt"])
def test_files_of_every_kind_are_read(tmp_path: Path, kind: str) -> None:
    """Leading zeros and nested values included."""
    path = tmp_path / f"people.{kind}"
    rows = [{"id": number, "phone": f"0785{number:07}"} for number in range(50)]
    table = pa.Table.from_pylist(rows)
    if kind in ("csv", "tsv", "txt"):
        between = "\t" if kind == "tsv" else ","
        path.write_text(between.join(rows[0]) + "\n" + "\n".join(between.join(map(str, row.values())) for row in rows))
    elif kind == "ndjson":
        path.write_text("\n".join(json.dumps({"person": row}) for row in rows))
    elif kind == "parquet":
        pa.parquet.write_table(table, path)
    else:
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)
    found = scan(file_rows(path))
    assert [(one.category, one.rows_suspect) for one in found] == [("phone", 50)]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line."""
    return CommandLine(monkeypatch, capsys)


def test_the_borough_is_clean_and_a_planted_number_is_not(command: CommandLine, tmp_path: Path) -> None:
    """A seeded database gives no finding and ends with 0; with one real number in it, a finding and 4."""
    target = f"sqlite:///{tmp_path}/target.db"
    assert command("seed", "borough", "-n", 500, "--to", target).code == 0
    clean = command("scan", "--from", target, "--json")
    assert (clean.code, clean.json) == (0, {"findings": []})
    import sqlite3

    with sqlite3.connect(tmp_path / "target.db") as connection:
        connection.execute("UPDATE person SET nhs_number = '9434765919' WHERE id = (SELECT min(id) FROM person)")
    found = command("scan", "--from", target, "--json")
    assert found.code == 4
    planted, *beside = found.json["findings"]
    assert (planted["table"], planted["column"], planted["category"], planted["rows_suspect"]) == (
        "person", "nhs_number", "nhs_number", 1,
    )  # fmt: skip
    assert {one["category"] for one in beside} == {"name"}
    assert "9434765919" not in found.out


def test_exports_of_the_borough_are_clean(command: CommandLine, tmp_path: Path) -> None:
    """All formats, all tables."""
    for form in ("csv", "ndjson", "parquet"):
        assert command("generate", "borough", "-n", 300, "--format", form, "--out", tmp_path / form).code == 0
    assert command("scan", tmp_path).code == 0


def test_sarif_names_rule_and_place() -> None:
    """A result for each finding, under a rule that the driver lists."""
    log = json.loads(to_sarif(judged("value", ["AB123456C"]), "sqlite:///x.db"))
    run = log["runs"][0]
    assert log["version"] == "2.1.0"
    assert [result["ruleId"] for result in run["results"]] == ["ni_number"]
    assert {"ni_number", "name"} <= {rule["id"] for rule in run["tool"]["driver"]["rules"]}


def test_a_database_that_is_not_there_is_no_clean_one(command: CommandLine, tmp_path: Path) -> None:
    """A mistyped file is refused and not made, so that no pipeline takes it for a database without findings."""
    ended = command("scan", "--from", f"sqlite:///{tmp_path}/staging.db")
    assert ended.code == 2
    assert "TARGET_ABSENT" in ended.err
    assert not (tmp_path / "staging.db").exists()


@pytest.mark.parametrize("arguments", [(), ("absent.csv",), ("broken.parquet",)])
def test_what_cannot_be_scanned_is_refused(command: CommandLine, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Nothing to read, no such file, and a file that is not what it says."""
    (tmp_path / "broken.parquet").write_text("no")
    ended = command("scan", *(tmp_path / name for name in arguments))
    assert ended.code == 2
    assert "SCAN_" in ended.err
