"""The checkout as the architecture tests see it: which files are the project's, and how they parse."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = tuple(name for name in ("generators", "seeds", "api", "env_config") if (ROOT / name).is_dir())

# What commands and tools leave behind; all of it is in .gitignore.
MADE_BY_TOOLS = frozenset(
    {
        ".git",
        ".grimp_cache",
        ".hypothesis",
        ".idea",
        ".import_linter_cache",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".understudy",
        ".venv",
        ".vscode",
        "__pycache__",
        "build",
        "dist",
        "node_modules",
    }
)


def files_below(folder: Path) -> Iterator[Path]:
    """Yields every file that belongs to the project, in a stable order."""
    for entry in sorted(folder.iterdir()):
        if entry.name in MADE_BY_TOOLS or entry.name.endswith(".egg-info"):
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from files_below(entry)
        elif entry.is_file():
            yield entry


def modules_below(folder: Path) -> Iterator[Path]:
    """Yields every Python module below a folder; an absent folder has none."""
    if folder.is_dir():
        yield from (path for path in files_below(folder) if path.suffix == ".py")


def text_of(path: Path) -> str | None:
    """Returns the file's text, or None where it is not text."""
    raw = path.read_bytes()
    if b"\0" in raw:
        return None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def syntax_of(path: Path) -> ast.Module:
    """Parses a module without importing it."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def dotted_name(path: Path, root: Path) -> str:
    """Returns the name under which a module below `root` is imported."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
