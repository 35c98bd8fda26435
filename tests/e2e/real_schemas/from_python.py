"""Applications that are Python packages and make their tables with their own migrations, in an environment of theirs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from tests.e2e.real_schemas.keeping import fetch, kept

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class PythonApplication:
    """One application.

    Attributes:
        name: also the name of its files: the pins, the program that makes its tables, and the one that lists rows.
    """

    name: str

    def create(self, url: str) -> None:
        """Creates the application's tables by its own migrations.

        Raises:
            Unreachable: the packages cannot be fetched here.
        """
        self._run("create", url)

    def listed(self, url: str) -> dict[str, list[str]]:
        """What the application itself lists from its database: ids by kind."""
        found: dict[str, list[str]] = json.loads(self._run("list", url).strip().splitlines()[-1])
        return found

    def _run(self, action: str, url: str) -> str:
        folder = self._environment()
        address = make_url(url).set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
        done = subprocess.run(
            [folder / "bin" / "python", HERE / f"{self.name}_client.py", action, address],
            cwd=folder, env=_clean_environment(folder), capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{self.name} {action}: {done.stderr[-2000:]}"
        return done.stdout

    def _environment(self) -> Path:
        pins = HERE / f"{self.name}_pins.txt"
        digest = hashlib.sha256(f"{sys.version}\n{pins.read_text(encoding='utf-8')}".encode()).hexdigest()[:12]
        return kept(f"{self.name}-{digest}", lambda folder: _install(pins, folder))


def _install(pins: Path, folder: Path) -> None:
    """Installs exactly the pins: they name every package, so nothing is resolved."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is not None:
        command: list[str | Path] = [uv, "pip", "install", "-q", "--system-certs", "--python", python]
    else:
        command = [sys.executable, "-m", "pip", "--python", python, "install", "-q"]
    fetch([*command, "--no-deps", "-r", pins], folder=folder)


def _clean_environment(folder: Path) -> dict[str, str]:
    """The application's own surroundings: nothing of the checkout's, and its files in its own folder."""
    kept_variables = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {**kept_variables, "HOME": str(folder / "home"), "AIRFLOW_HOME": str(folder / "home" / "airflow")}


AIRFLOW = PythonApplication("airflow")
MLFLOW = PythonApplication("mlflow")
