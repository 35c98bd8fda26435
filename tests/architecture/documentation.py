"""The documentation as its tests see it: which pages there are, their sections, and the scripts that make some of them."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType

from tests.architecture.source_tree import ROOT

DOCS = ROOT / "docs"
FENCE = re.compile(r"^(?P<fence>```+)(?P<info>[^\n]*)\n(?P<body>.*?)^(?P=fence)$", flags=re.M | re.S)


@cache
def builder(name: str = "build_reference") -> ModuleType:
    """A script that makes reference pages, as a module."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pages(root: Path = ROOT) -> list[Path]:
    """README, CONTRIBUTING, the address library's own README and everything below docs."""
    heads = (root / "README.md", root / "CONTRIBUTING.md", root / "env_config" / "README.md")
    return [path for path in (*heads, *sorted((root / "docs").rglob("*.md"))) if path.is_file()]


@cache
def documentation() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in pages())


def missing(names: Iterable[str], text: str) -> list[str]:
    """The names that the text does not mention as words of their own."""
    return [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]


def section(text: str, title: str) -> str:
    """What stands under a heading of the second rank."""
    _, found, rest = text.partition(f"\n## {title}\n")
    return rest.partition("\n## ")[0] if found else ""
