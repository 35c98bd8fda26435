"""The command as a person runs it: from the shell, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

ROOT = Path(__file__).parents[2]
FALLBACK = [sys.executable, "-c", "from seeds.cli import main; main()"]


def entry() -> list[str]:
    """The console script beside this interpreter; where the project is not installed, the function it calls."""
    script = Path(sys.executable).parent / ("understudy.exe" if os.name == "nt" else "understudy")
    return [str(script)] if script.exists() else FALLBACK


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command away from the checkout, which it must not need as its working directory."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)} if entry() is FALLBACK else dict(os.environ)
    return subprocess.run(
        [*entry(), *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=False
    )


def test_a_borough_from_the_shell(tmp_path: Path) -> None:
    """Seed a file, verify it and take it down again, as the five-minute tour does."""
    target = ("--to", f"sqlite:///{tmp_path}/borough.db")
    seeded = run("seed", "borough", "-n", "100", *target, "--json", folder=tmp_path)
    assert seeded.returncode == 0, seeded.stderr
    digests = run("digest", "borough", "-n", "100", "--json", folder=tmp_path)
    facts = json.loads(seeded.stdout)
    assert json.loads(digests.stdout) == {"tables": facts["tables"], "rows": facts["rows"]}
    verified = run("verify", "borough", *target, folder=tmp_path)
    assert verified.returncode == 0, verified.stderr
    assert "everything holds" in verified.stdout
    assert run("reset", "borough", *target, folder=tmp_path).returncode == 0
    refused = run("verify", "borough", *target, folder=tmp_path)
    assert (refused.returncode, refused.stdout) == (3, "")
    assert refused.stderr.startswith("error[MANIFEST_ABSENT]")


def test_the_console_script_is_the_command_line() -> None:
    """What the project installs as `understudy` is the function that the tests call."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'understudy = "seeds.cli:main"' in text
    found = {item.value for item in entry_points(group="console_scripts") if item.name == "understudy"}
    assert found <= {"seeds.cli:main"}
