"""Which files a scan reads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from env_config.policy import Policy
from env_config.scan import Report, scan_paths
from tests.env_config.books import corpus_book

BAD = "DATABASE_URL=postgresql://u@prod-db.hackney.test/x\n"


def scan(*paths: Path, size_limit: int = 1_000_000) -> Report:
    return scan_paths(paths, Policy(corpus_book()), size_limit=size_limit)


def write(path: Path, text: str | bytes = BAD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "repository").mkdir()
    monkeypatch.chdir(tmp_path / "repository")


def test_other_peoples_files(tmp_path: Path) -> None:
    """Folders of dependencies and of git, lock files and binaries are not read."""
    root = tmp_path / "repository"
    for name in (
        ".git/x.env",
        "node_modules/a/.env",
        ".venv/.env",
        "env/pyvenv.cfg",
        "env/.env",
        "poetry.lock",
        "a.min.js",
    ):
        write(root / name)
    write(root / "x.env", b"\0" + BAD.encode())
    write(root / "src/.env")
    report = scan(root)
    assert [finding.path for finding in report.findings] == ["src/.env"]


def test_links(tmp_path: Path) -> None:
    """A link back to its own parent ends, and a dangling one is passed over."""
    root = tmp_path / "repository"
    write(root / "a/.env")
    (root / "a/loop").symlink_to(root)
    (root / "b").symlink_to(root / "a")
    (root / "gone").symlink_to(root / "nowhere")
    assert len(scan(root).findings) == 1


def test_special_files(tmp_path: Path) -> None:
    """A named pipe is not waited for."""
    root = tmp_path / "repository"
    os.mkfifo(root / "pipe")
    write(root / ".env")
    assert scan(root).files == 1


def test_large_files_are_named(tmp_path: Path) -> None:
    """A file over the limit is not read, and the report says so."""
    root = tmp_path / "repository"
    write(root / "big.env", BAD * 100)
    report = scan(root, size_limit=1_000)
    assert report.findings == ()
    assert report.skipped == (("big.env", "larger than 1000 bytes"),)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    """Byte order marks do not hide a file's text."""
    path = write(
        tmp_path / "repository/appsettings.json", '{"Db": "Host=prod-db.hackney.test;Port=5432"}'.encode(encoding)
    )
    assert scan(path).code == "PROD_EXACT"


def test_broken_encoding(tmp_path: Path) -> None:
    """Bytes that are no text do not end the scan."""
    assert scan(write(tmp_path / "repository/.env", b"\xff\xfe\xfd=\x80\n" + BAD.encode())).files <= 1


def test_stage_above_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a checkout is kept in says nothing about its files; a folder in it does, even if only that one is scanned."""
    checkout = tmp_path / "production/checkout"
    write(checkout / ".git/HEAD", "ref")
    write(checkout / ".env")
    write(checkout / "terraform/production/x.env")
    assert [finding.path for finding in scan(checkout).findings] == [".env"]
    assert scan(checkout / "terraform/production").findings == ()
    monkeypatch.chdir(checkout / "terraform")
    assert scan(Path("production")).findings == ()


def test_dotenv_above_what_is_scanned(tmp_path: Path) -> None:
    """Code that loads the nearest .env is led by one that lies above the folder that is scanned."""
    write(tmp_path / "repository/.env")
    code = write(tmp_path / "repository/a/b/m.py", "from dotenv import load_dotenv\nload_dotenv()\n")
    report = scan(code.parent)
    assert [(finding.rule, finding.line) for finding in report.findings] == [("dotenv-in-parent", 2)]


def test_a_missing_path(tmp_path: Path) -> None:
    """A path that is not there is an error, not a clean scan."""
    with pytest.raises(FileNotFoundError):
        scan(tmp_path / "nothing")
