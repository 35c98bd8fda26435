"""The engine's first law, read from its source: no clock, no global randomness, no environment, no stray package."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.allowances import ENGINE_PURITY
from tests.architecture.source_tree import ROOT, dotted_name, modules_below, syntax_of

# A name, and everything below it. What ends in `!` is refused only as it stands.
CLOCKS = (
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "time.asctime",
    "time.ctime",
    "time.gmtime",
    "time.localtime",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
    "time.process_time",
    "time.strftime",
    "time.time",
    "time.time_ns",
)
RANDOMNESS = ("numpy.random", "os.urandom", "random", "secrets", "uuid.uuid1", "uuid.uuid4")
ENVIRONMENT = ("os.environ", "os.environb", "os.getenv", "os.getenvb", "os.getlogin", "socket", "platform.node")
FORBIDDEN = (*CLOCKS, *RANDOMNESS, *ENVIRONMENT)

# `random.Random(seed)` is an instance with a seed of its own, which is what the pools hand to Faker and Mimesis.
SEEDED = ("random.Random",)

PACKAGES = frozenset({"generators", "numpy", "pyarrow"})
POOL_PACKAGES = frozenset({"faker", "mimesis"})
POOL_MODULES = "generators.providers.pool"


class Names(ast.NodeVisitor):
    """Resolves each name in a module to the dotted name it was imported under."""

    def __init__(self) -> None:
        self.aliases: dict[str, str] = {}
        self.uses: list[tuple[int, str]] = []
        self.hashes: list[int] = []
        self._inside_hash = False

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.aliases[alias.asname or alias.name.split(".")[0]] = (
                alias.name if alias.asname else alias.name.split(".")[0]
            )
            if "." in alias.name or alias.asname is None:
                self.uses.append((node.lineno, alias.name + "!"))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level == 0 and node.module:
            for alias in node.names:
                self.aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                self.uses.append((node.lineno, f"{node.module}.{alias.name}"))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if dotted := self._dotted(node):
            self.uses.append((node.lineno, dotted))
        else:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = self._dotted(node.func)
        words = {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
        if called == "numpy.datetime64" and words & {"now", "today"}:
            self.uses.append((node.lineno, "datetime.datetime.now"))
        if isinstance(node.func, ast.Name) and node.func.id == "hash" and not self._inside_hash:
            self.hashes.append(node.lineno)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        outer, self._inside_hash = self._inside_hash, node.name == "__hash__"
        self.generic_visit(node)
        self._inside_hash = outer

    def _dotted(self, node: ast.expr) -> str | None:
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name) and node.id in self.aliases:
            return ".".join([self.aliases[node.id], *reversed(parts)])
        return None


def impurities(root: Path) -> Iterator[tuple[str, str]]:
    """Yields every use in the engine of something outside `(seed, as_of, version, table, column, row key)`."""
    for path in modules_below(root / "generators"):
        names = Names()
        names.visit(syntax_of(path))
        place = path.relative_to(root).as_posix()
        for line, used in names.uses:
            if _is_forbidden(used.rstrip("!")) and not (used == "random!" or _is_below(used, SEEDED)):
                yield place, f"line {line}: uses {used.rstrip('!')}"
        for line in names.hashes:
            yield place, f"line {line}: hash() of text differs from process to process; take a stream's key instead"


def _is_below(name: str, roots: tuple[str, ...]) -> bool:
    return any(name == root or name.startswith(root + ".") for root in roots)


def _is_forbidden(name: str) -> bool:
    return _is_below(name, FORBIDDEN)


def strangers(root: Path) -> Iterator[tuple[str, str]]:
    """Yields every import in the engine from outside the standard library and the packages it may use."""
    for path in modules_below(root / "generators"):
        module = dotted_name(path, root)
        allowed = PACKAGES | (POOL_PACKAGES if module.startswith(POOL_MODULES) else frozenset())
        for node in ast.walk(syntax_of(path)):
            for package in _packages_imported(node):
                if package not in allowed and package not in sys.stdlib_module_names:
                    yield path.relative_to(root).as_posix(), f"line {getattr(node, 'lineno', 0)}: imports {package}"


def _packages_imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name.split(".")[0] for alias in names]
        case ast.ImportFrom(module=str(module), level=0):
            return [module.split(".")[0]]
        case _:
            return []


def test_the_engine_reads_no_clock_no_environment_and_no_global_randomness() -> None:
    """A value is a function of its arguments: nothing in the engine asks the machine or the moment."""
    found = [f"{place}: {text}" for place, text in impurities(ROOT) if place not in ENGINE_PURITY]
    assert not found, "\n".join(found)


def test_every_allowance_is_needed_and_has_a_reason() -> None:
    """An allowance that nothing needs any more is removed, so the list never grows quietly."""
    found = {place for place, _ in impurities(ROOT)}
    stale = [key for key, reason in ENGINE_PURITY.items() if key not in found or len(reason.split()) < 4]
    assert not stale, f"stale, or without a reason: {stale}"


def test_the_engine_imports_numpy_and_pyarrow_only() -> None:
    """Faker and Mimesis are reached from the pool provider alone, and no other package from anywhere."""
    found = [f"{place}: {text}" for place, text in strangers(ROOT)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "import os\nx = os.environ['A']\n",
        "from os import environ\n",
        "from os import getenv as g\nx = g('A')\n",
        "import datetime\nx = datetime.datetime.now()\n",
        "from datetime import datetime\nx = datetime.now()\n",
        "from datetime import date as d\nx = d.today()\n",
        "import time\nx = time.time()\n",
        "from time import time_ns\n",
        "import random\nx = random.random()\n",
        "from random import choice\n",
        "import numpy as np\nx = np.random.rand(3)\n",
        "from numpy.random import default_rng\n",
        "import numpy.random\n",
        "import secrets\n",
        "import uuid\nx = uuid.uuid4()\n",
        "import numpy as np\nx = np.datetime64('today')\n",
        "x = hash('ward')\n",
    ],
)
def test_an_impurity_is_caught(tmp_path: Path, text: str) -> None:
    """Each way of asking the machine or the moment is found in a sample that has it."""
    (tmp_path / "generators").mkdir()
    (tmp_path / "generators" / "sample.py").write_text(text)
    assert {place for place, _ in impurities(tmp_path)} == {"generators/sample.py"}


@pytest.mark.parametrize(
    "text",
    [
        "import os\nx = os.path.join('a', 'b')\n",
        "from datetime import date\nx = date(2024, 1, 1)\n",
        "import random\nx = random.Random(7)\n",
        "class A:\n    def __hash__(self):\n        return hash((1, 2))\n",
        "import time\ntime.sleep(0)\n",
        "today = 3\nx = today\n",
    ],
)
def test_a_pure_module_passes(tmp_path: Path, text: str) -> None:
    """What takes its seed or its date as an argument is not refused."""
    (tmp_path / "generators").mkdir()
    (tmp_path / "generators" / "sample.py").write_text(text)
    assert list(impurities(tmp_path)) == []


@pytest.mark.parametrize(
    ("name", "text", "refused"),
    [
        ("kernels/sample.py", "import pandas\n", True),
        ("kernels/sample.py", "def f():\n    from faker import Faker\n", True),
        ("providers/pool.py", "from faker import Faker\nimport mimesis.locales\n", False),
        ("providers/pool.py", "import requests\n", True),
        ("kernels/sample.py", "import json\nimport numpy as np\nfrom ..spec import x\n", False),
    ],
)
def test_a_stranger_is_caught(tmp_path: Path, name: str, text: str, refused: bool) -> None:
    """An import is judged by the module it stands in, wherever in the module that is."""
    path = tmp_path / "generators" / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert bool(list(strangers(tmp_path))) is refused
