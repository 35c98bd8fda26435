"""How often the scanner cries wolf: at most once in 10,000 lines of text that has no production."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from env_config.policy import Policy
from env_config.scan import Report, scan_paths
from tests.env_config.books import corpus_book

LIBRARY = Path(sysconfig.get_path("stdlib"))
SITE = Path(sysconfig.get_path("purelib"))


def per_ten_thousand(report: Report, at_least: int) -> float:
    assert report.lines > at_least
    for finding in report.findings:
        print(f"{finding.path}:{finding.line}: {finding.rule} {finding.target}")
    return len(report.findings) * 10_000 / report.lines


@pytest.mark.parametrize("book", [True, False], ids=["book", "no-book"])
def test_part_of_the_standard_library(book: bool) -> None:
    """Packages that deal with hosts, mail, processes and settings hold nothing of production."""
    folders = [
        LIBRARY / name for name in ("asyncio", "email", "http", "json", "logging", "multiprocessing", "urllib", "xml")
    ]
    report = scan_paths(folders, Policy(corpus_book()) if book else None)
    assert per_ten_thousand(report, 30_000) <= 1


@pytest.mark.soak
def test_the_standard_library_and_everything_installed() -> None:
    """The whole standard library and all installed packages, warnings counted."""
    report = scan_paths([LIBRARY, SITE], Policy(corpus_book()))
    assert per_ten_thousand(report, 500_000) <= 1
