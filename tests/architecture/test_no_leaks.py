"""Nothing in the tree depends on, or tells of, one person's machine or one registry's address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.allowances import LEAKS
from tests.architecture.source_tree import ROOT, files_below, text_of

# Joined here, so that this file does not hold what it forbids.
HOSTS = (
    ".".join(("pypi", "org")),
    ".".join(("pythonhosted", "org")),
    ".".join(("registry", "npmjs", "org")),
    ".".join(("deb", "debian", "org")),
    ".".join(("proxy", "golang", "org")),
    ".".join(("anaconda", "org")),
    ".".join(("docker", "io")),
    ".".join(("ghcr", "io")),
    ".".join(("quay", "io")),
)
SLASH = "/"
MACHINE_PATHS = (
    re.compile(rf"(?<![\w.{SLASH}-]){SLASH}(?:home|Users){SLASH}\w"),
    re.compile(rf"(?<![\w.{SLASH}-]){SLASH}(?:root|work|workspace|mnt){SLASH}\w"),
    re.compile(r"\b[A-Za-z]:\\+Users\\"),
)
INDEX_LINE = re.compile(r"^\s*(?:--?(?:index-url|extra-index-url|find-links|trusted-host)\b|-[if]\s|.*@\s*file:)", re.M)


def leaks(root: Path) -> Iterator[tuple[str, str]]:
    """Yields each file with what it leaks: a registry's host, a machine's own path, or an index in a pin file."""
    for path in files_below(root):
        text = text_of(path)
        if text is None:
            continue
        place = path.relative_to(root).as_posix()
        for host in HOSTS:
            if host in text.lower():
                yield place, f"names the registry host {host}"
        for pattern in MACHINE_PATHS:
            if match := pattern.search(text):
                yield place, f"names a machine's own path, at {text[match.start() : match.start() + 40]!r}"
        if place.startswith("requirements/") and (match := INDEX_LINE.search(text)):
            yield place, f"pins through an index of its own: {match.group().strip()!r}"


def unpinned(path: Path) -> Iterator[str]:
    """Yields every requirement of a pin file that has no exact version or no hash."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        requirement = line.split("#")[0].strip()
        if requirement and not ("==" in requirement and "--hash=sha256:" in requirement):
            yield requirement


def test_the_tree_leaks_nothing() -> None:
    """No file names a registry's host or a path that exists on one machine only."""
    found = [f"{place}: {text}" for place, text in leaks(ROOT) if place not in LEAKS]
    assert not found, "\n".join(found)


def test_every_allowance_is_needed_and_has_a_reason() -> None:
    """An allowance that nothing needs any more is removed, so the list never grows quietly."""
    found = {place for place, _ in leaks(ROOT)}
    stale = [key for key, reason in LEAKS.items() if key not in found or len(reason.split()) < 4]
    assert not stale, f"stale, or without a reason: {stale}"


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt", "build.txt", "clients.txt"])
def test_every_pin_is_exact_and_hashed(name: str) -> None:
    """Installing can refuse anything but the very files that were locked."""
    path = ROOT / "requirements" / name
    assert list(unpinned(path)) == []
    assert "--hash=sha256:" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.md", "see https://" + HOSTS[0].upper() + "/simple"),
        ("docs/tour.md", "cd " + SLASH + "home/ada/understudy"),
        ("docs/tour.md", "cd " + SLASH + "work/main"),
        ("docs/tour.md", "open " + "C:" + "\\Users\\ada"),
        ("seeds/cli.py", "ROOT = '" + SLASH + "Users/ada'"),
        ("requirements/dev.txt", "--index-url https://mirror.example/simple\n"),
        ("requirements/dev.txt", "a==1 \\\n    --hash=sha256:00\n--find-links wheels\n"),
        ("requirements/dev.txt", "understudy @ file:///somewhere\n"),
    ],
)
def test_a_leak_is_caught(tmp_path: Path, name: str, text: str) -> None:
    """Each kind of leak is found in a sample that has it."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert [place for place, _ in leaks(tmp_path)] == [name]


def test_a_relative_path_or_an_address_is_no_leak(tmp_path: Path) -> None:
    """Words that only resemble a machine's path pass: the check has no reason to be switched off."""
    (tmp_path / "notes.md").write_text("team/work/plan, https://example.com/home/page, ~/understudy, tests/root/x")
    assert list(leaks(tmp_path)) == []


@pytest.mark.parametrize("text", ["numpy>=2\n", "numpy==2.4.6\n", "numpy==2.4.6 \\\n    # via x\n"])
def test_a_loose_pin_is_caught(tmp_path: Path, text: str) -> None:
    """A requirement without an exact version or without a hash is found."""
    (tmp_path / "pins.txt").write_text(text)
    assert len(list(unpinned(tmp_path / "pins.txt"))) == 1
