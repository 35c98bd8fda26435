"""The library's README, followed word by word."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "env_config" / "README.md"
FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>yaml|console)\n(?P<body>.*?)^(?P=indent)```$", re.M | re.S)


def test_the_five_minutes_can_be_followed(tmp_path: Path) -> None:
    """The book that is shown compiles with the commands that are shown, and resolves to staging's host."""
    chapter = README.read_text(encoding="utf-8").partition("## Five minutes")[2].partition("\n## ")[0]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    printed: list[str] = []
    for block in FENCE.finditer(chapter):
        body = textwrap.dedent(block["body"])
        if block["kind"] == "yaml":
            (tmp_path / "addresses.yaml").write_text(body, encoding="utf-8")
            continue
        for line in body.splitlines():
            words = shlex.split(line.removeprefix("$ "))
            if words[0] == "export":
                environ |= dict(word.split("=", 1) for word in words[1:])
                continue
            command = [sys.executable, "-m", "env_config", *words[1:]] if words[0] == "env-config" else words
            ran = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
            assert ran.returncode == 0, f"{line}\n{ran.stderr}"
            printed.append(ran.stdout)
    assert printed[-2].startswith("staging\n")
    assert printed[-1] == "social-care.staging.example:5432\n"
