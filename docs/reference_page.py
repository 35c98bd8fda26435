"""What the scripts that make the reference pages share: how a page is put together, written, and compared."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
Pages = Mapping[str, Callable[[], str]]
_ROLE = re.compile(r":\w+:`~?([^`]+)`")


def page(title: str, script: str, *blocks: str) -> str:
    """A page with the note that says which script to run instead of editing it."""
    note = f"<!-- Made by docs/{script} from the definitions themselves. Edit those, then run it again. -->"
    return "\n\n".join([f"# {title}", note, *(block.strip() for block in blocks if block.strip())]) + "\n"


def as_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, or nothing where it would have no row."""
    body = [f"| {' | '.join(cell(value) for value in row)} |" for row in rows]
    if not body:
        return ""
    return "\n".join([f"| {' | '.join(headings)} |", f"| {' | '.join('---' for _ in headings)} |", *body])


def cell(text: str) -> str:
    """Text that fits into one cell: one line, and no bar of its own."""
    return " ".join(text.split()).replace("|", "\\|")


def ticks(text: str) -> str:
    """Docstrings mark names with two ticks or a role, pages with one tick."""
    return _ROLE.sub(r"`\1`", text).replace("``", "`")


def literal_words(node: ast.expr) -> str:
    """The text of a literal or an f-string in the source, with `{…}` where a value goes."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{…}" for part in node.values)
    if isinstance(node, ast.BinOp):
        return literal_words(node.left) + literal_words(node.right)
    return "{…}"


def stale(pages: Pages, folder: Path) -> list[str]:
    """The pages in ``folder`` that are not what the definitions say."""
    return [
        name
        for name, make in pages.items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != make()
    ]


def write_or_check(pages: Pages, script: str, arguments: Sequence[str]) -> int:
    """Write the pages, or with ``--check`` say which of them are out of date."""
    if "--check" in arguments:
        found = stale(pages, REFERENCE)
        for name in found:
            sys.stderr.write(f"docs/reference/{name} is not what the definitions say\n")
        if found:
            sys.stderr.write(f"\nhint: run python docs/{script}, and look at the difference\n")
        return 1 if found else 0
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, make in pages.items():
        (REFERENCE / name).write_text(make(), encoding="utf-8")
    return 0
