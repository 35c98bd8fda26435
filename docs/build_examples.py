"""The examples in README and guides, run again: every ``console run`` block gets the output that its commands print now.

python docs/build_examples.py [FILE …]    run and rewrite; without files, README.md and every guide

In a Markdown file:

    ```console run          lines with ``$ `` are commands (``> `` continues one); what follows is replaced by their output
    ```yaml dataset NAME    written to the file NAME in the scratch folder when its turn comes
    <!-- run: COMMAND -->   run without being shown

Each file has a scratch folder and a shell of its own, with ``understudy`` from this checkout on the path.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_SHOWN_FOLDER = "/tmp/tour"
_END = "understudy-example-ended"
_BLOCK = re.compile(
    r"(?P<hidden><!-- run: (?P<command>.*?) -->)"
    r"|(?P<open>^(?P<fence>```+)(?P<info>console run|yaml dataset \S+)[^\n]*\n)(?P<body>.*?)(?P<close>^(?P=fence)$)",
    flags=re.M | re.S,
)
_PORT = re.compile(r"127\.0\.0\.1:\d+")
_PASSWORD = re.compile(r"(://[^:/@\s]+):[^@/\s]+@")


@dataclass(frozen=True, slots=True)
class Shell:
    """One bash that keeps its variables between commands."""

    process: subprocess.Popen[str]
    folder: Path

    def run(self, command: str) -> str:
        """What the command prints, without secrets and without the scratch folder's own path."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None and stdout is not None
        stdin.write(f"{{\n{command}\n}} </dev/null\necho\necho {_END}\n")
        stdin.flush()
        lines: list[str] = []
        for line in stdout:
            if line.rstrip("\n") == _END:
                break
            lines.append(line.rstrip())
        else:
            raise RuntimeError(f"the shell ended at: {command}")
        text = "\n".join(lines).strip("\n").replace(str(self.folder), _SHOWN_FOLDER)
        if "Traceback (most recent call last)" in text:
            raise RuntimeError(f"{command}\n{text}")
        return _PORT.sub("127.0.0.1:54321", _PASSWORD.sub(r"\1:…@", text))


def rebuilt(text: str, shell: Shell) -> str:
    """The Markdown text with every example's output as it is now."""

    def replace(match: re.Match[str]) -> str:
        if match["hidden"]:
            shell.run(match["command"])
            return match[0]
        if match["info"].startswith("yaml dataset "):
            (shell.folder / match["info"].split()[2]).write_text(match["body"], encoding="utf-8")
            return match[0]
        parts = []
        for shown, command in _commands(match["body"]):
            output = shell.run(command)
            parts.append(shown + (f"\n{output}" if output else ""))
        return match["open"] + "\n".join(parts) + "\n" + match["close"]

    return _BLOCK.sub(replace, text)


def _commands(body: str) -> Iterator[tuple[str, str]]:
    """Each command as it is shown and as it is run."""
    lines = body.splitlines()
    place = 0
    while place < len(lines):
        if not lines[place].startswith("$ "):
            place += 1
            continue
        shown = [lines[place]]
        while place + 1 < len(lines) and lines[place + 1].startswith("> "):
            place += 1
            shown.append(lines[place])
        place += 1
        yield "\n".join(shown), "\n".join(line[2:] for line in shown)


def run_file(path: Path) -> None:
    """Run a file's examples in order and write what they print."""
    folder = Path(tempfile.mkdtemp(prefix="us-tour-"))
    try:
        folder.chmod(0o755)
        _furnish(folder)
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("UNDERSTUDY", "PG"))},
            "PATH": f"{folder / '.bin'}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "100",
            "PAGER": "cat",
        }
        process = subprocess.Popen(
            ["bash"], cwd=folder, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        shell = Shell(process, folder)
        try:
            path.write_text(rebuilt(path.read_text(encoding="utf-8"), shell), encoding="utf-8")
        finally:
            shell.run("understudy database stop")
            process.communicate()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _furnish(folder: Path) -> None:
    (folder / ".bin").mkdir()
    command = folder / ".bin" / "understudy"
    command.write_text(f"#!/bin/sh\nexec '{sys.executable}' -P -c 'from seeds.cli import main; main()' \"$@\"\n")
    command.chmod(0o755)
    shutil.copytree(ROOT / "seeds" / "datasets", folder / "seeds" / "datasets")


def main(arguments: Sequence[str]) -> int:
    """Run the examples of the files named, or of all."""
    files = [Path(name) for name in arguments] or [ROOT / "README.md", *sorted((ROOT / "docs" / "guides").glob("*.md"))]
    for path in files:
        if "```console run" in path.read_text(encoding="utf-8"):
            sys.stderr.write(f"{path}\n")
            run_file(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
