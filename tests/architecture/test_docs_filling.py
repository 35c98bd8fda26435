"""The documentation of filling is under test: findings, kinds of constraint and limits stand in it as they stand in the code."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from seeds.dataset.existing import is_existing, parse_existing
from seeds.finding_codes import finding_codes
from seeds.findings import Severity
from seeds.rejections import Reason
from tests.architecture.documentation import DOCS, FENCE, builder, pages, section
from tests.architecture.source_tree import ROOT, syntax_of
from tests.seeds.test_filling_limits import LIMITS

CONSTRAINTS = DOCS / "concepts" / "constraints.md"
KINDS = ROOT / "tests" / "seeds" / "filling_kinds.yaml"
UNSOLVED = "Not solved"
ROW = re.compile(r"^\| (?P<first>[^|]+?) \|", flags=re.M)
TEST = re.compile(r"`(?P<path>tests/[\w/]+\.py)(?:::(?P<name>\w+))?`")


def finding_page() -> ModuleType:
    """The script that makes the page of findings."""
    builder()  # puts the folder of scripts on the path
    return builder("finding_page")


def rows(text: str) -> list[str]:
    """What stands in the first column of a page's tables, headings left out."""
    tables = re.sub(r"^\|.*\n(?=\| --- )", "", text, flags=re.M)
    return [match["first"] for match in ROW.finditer(tables) if match["first"] != "---"]


def absent_tests(text: str) -> list[str]:
    """Tests that a text names and that do not exist."""
    found = []
    for match in TEST.finditer(text):
        path = ROOT / match["path"]
        defined = {getattr(node, "name", "") for node in syntax_of(path).body} if path.is_file() else set()
        if not path.is_file() or (match["name"] and match["name"] not in defined):
            found.append(match[0].strip("`"))
    return found


# --------------------------------------------------------------------------------------------------------- findings


def test_every_finding_has_a_listed_code_and_every_listed_code_is_used() -> None:
    """The codes that the source gives to findings are those that are listed, each once."""
    listed = [one.code for one in finding_codes()]
    assert listed == sorted(set(listed))
    assert {use.code for use in finding_page().uses_of_findings()} == set(listed)


def test_every_reason_for_a_refusal_has_a_code() -> None:
    """A row that the database refuses leads to a code of its own for each reason there is."""
    refused = {one.code for one in finding_codes() if one.code.startswith("ROWS_REFUSED_")}
    assert refused == {f"ROWS_REFUSED_{reason.name}" for reason in Reason}


@pytest.mark.parametrize(
    ("source", "severity"),
    [
        ('Finding("NEW_CODE", Severity.INFO, key, f"{many} rows")', Severity.INFO),
        ('draft.find("NEW_CODE", "words")', Severity.WARNING),
        ('draft.find("NEW_CODE", "words", severity=Severity.INFO)', Severity.INFO),
        ('draft.block("NEW_CODE", f"{what} is wrong", "hint")', Severity.ERROR),
    ],
)
def test_a_new_finding_is_seen(tmp_path: Path, source: str, severity: Severity) -> None:
    """Each way of making a finding is found in the source, with its severity."""
    (tmp_path / "new.py").write_text(source)
    (use,) = finding_page().uses_of_findings(tmp_path)
    assert (use.code, use.severity) == ("NEW_CODE", severity)


def test_a_text_that_is_looked_for_is_no_finding(tmp_path: Path) -> None:
    """Other calls of the same names are left alone."""
    (tmp_path / "other.py").write_text('text.find("(", 3)\nwords.find("x", "Y")\n')
    assert list(finding_page().uses_of_findings(tmp_path)) == []


# ------------------------------------------------------------------------------------------------------ constraints


def test_every_kind_of_constraint_is_documented_and_proved() -> None:
    """The page of constraints has a row for each kind that is tried, and none for a kind that is not."""
    solved = CONSTRAINTS.read_text(encoding="utf-8").partition(f"\n## {UNSOLVED}\n")[0]
    tried = [entry["name"] for entry in yaml.safe_load(KINDS.read_text(encoding="utf-8"))]
    assert len(tried) > 50
    assert sorted(rows(solved)) == sorted(tried)


def test_every_limit_is_documented_and_proved() -> None:
    """The page names each limit that is tried, with the code that says so."""
    unsolved = section(CONSTRAINTS.read_text(encoding="utf-8"), UNSOLVED)
    first, _, rest = unsolved.partition("\n\nFurther limits")
    assert rest
    assert sorted(rows(first)) == sorted(limit.name for limit in LIMITS)
    lines = {row: line for line in first.splitlines() for row in rows(line)}
    unsaid = [
        limit.name
        for limit in LIMITS
        if f"`{limit.code}`" not in lines[limit.name] and "the same" not in lines[limit.name]
    ]
    assert unsaid == []


def test_every_test_that_a_page_names_exists() -> None:
    """A page that says what proves it names files and functions that are there."""
    found = {path.name: absent_tests(path.read_text(encoding="utf-8")) for path in pages()}
    assert {name: names for name, names in found.items() if names} == {}


def test_an_absent_test_is_caught() -> None:
    """A file and a function that do not exist are found; those that do are not."""
    own = "tests/architecture/test_docs_filling.py"
    text = f"`{own}`, `{own}::test_an_absent_test_is_caught`, `{own}::test_gone`, `tests/seeds/test_gone.py`"
    assert absent_tests(text) == [f"{own}::test_gone", "tests/seeds/test_gone.py"]


# --------------------------------------------------------------------------------------------------------- datasets


def test_a_dataset_over_existing_tables_in_a_page_can_be_read() -> None:
    """Each one that a page shows is taken by the reader, and there is one."""
    found = [
        match["body"].encode()
        for page in pages()
        for match in FENCE.finditer(page.read_text(encoding="utf-8"))
        if match["info"].startswith("yaml dataset")
    ]
    shown = [parse_existing(data, "shown") for data in found if is_existing(data, "shown")]
    assert shown
    assert all(dataset.file.tables or dataset.session or dataset.only for dataset in shown)
