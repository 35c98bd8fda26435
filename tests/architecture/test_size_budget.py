"""The size budget: a module, a function and a literal stay small enough to be read in one sitting."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.allowances import SIZE
from tests.architecture.source_tree import ROOMS, ROOT, modules_below, syntax_of

MODULE_LINES = 500
TEST_MODULE_LINES = 700
FUNCTION_LINES = 60
LITERAL_ROWS = 50

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def module_excess(path: Path, limit: int) -> Iterator[tuple[str, str]]:
    """Yields the module itself where it has more lines than `limit`."""
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if lines > limit:
        yield "", f"{lines} lines, refused above {limit}"


def function_excess(path: Path, limit: int = FUNCTION_LINES) -> Iterator[tuple[str, str]]:
    """Yields every function whose body, its docstring left out, has more lines than `limit`."""
    for node in ast.walk(syntax_of(path)):
        if isinstance(node, FUNCTIONS):
            body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
            lines = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
            if lines > limit:
                yield f"::{node.name}", f"line {node.lineno}, a body of {lines} lines, refused above {limit}"


def literal_excess(path: Path, limit: int = LITERAL_ROWS) -> Iterator[tuple[str, str]]:
    """Yields every literal that is data in disguise: a display of too many rows, or a string of too many lines."""
    tree = syntax_of(path)
    exempt = _docstrings(tree) | _public_surface(tree)
    for node in ast.walk(tree):
        if node not in exempt and (rows := _rows(node)) > limit:
            line = getattr(node, "lineno", 0)
            yield f"::{_holder(tree, line)}", f"line {line}, a literal of {rows} rows, refused above {limit}"


def _rows(node: ast.AST) -> int:
    match node:
        case ast.List(elts=rows) | ast.Tuple(elts=rows) | ast.Set(elts=rows):
            return len(rows)
        case ast.Dict(keys=keys):
            return len(keys)
        case ast.Constant(value=str(text)):
            return text.count("\n")
        case _:
            return 0


def _docstrings(tree: ast.Module) -> set[ast.AST]:
    holders = [node for node in ast.walk(tree) if isinstance(node, (*FUNCTIONS, ast.Module, ast.ClassDef))]
    return {
        holder.body[0].value
        for holder in holders
        if holder.body and isinstance(holder.body[0], ast.Expr) and isinstance(holder.body[0].value, ast.Constant)
    }


def _public_surface(tree: ast.Module) -> set[ast.AST]:
    return {
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)
    }


def _holder(tree: ast.Module, line: int) -> str:
    """Returns the name of the top-level statement around a line, so that an allowance survives edits above it."""
    for node in tree.body:
        if node.lineno <= line <= (node.end_lineno or line):
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                return node.name
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                return node.targets[0].id
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                return node.target.id
    return f"line {line}"


def excesses(root: Path, rooms: tuple[str, ...]) -> dict[str, str]:
    """Returns everything over budget below a checkout: the allowance's key and the measurement."""
    found: dict[str, str] = {}
    for room in (*rooms, "tests"):
        limit = TEST_MODULE_LINES if room == "tests" else MODULE_LINES
        for path in modules_below(root / room):
            place = path.relative_to(root).as_posix()
            for what, message in (*module_excess(path, limit), *function_excess(path), *literal_excess(path)):
                found[place + what] = message
    return found


def test_every_module_function_and_literal_is_within_budget() -> None:
    """Nothing in the rooms or the tests exceeds the size budget without a written reason."""
    over = {key: text for key, text in excesses(ROOT, ROOMS).items() if key not in SIZE}
    assert not over, "over the size budget:\n" + "\n".join(f"  {key}: {text}" for key, text in over.items())


def test_every_allowance_is_needed_and_has_a_reason() -> None:
    """An allowance that nothing needs any more is removed, so the list never grows quietly."""
    found = excesses(ROOT, ROOMS)
    stale = [key for key, reason in SIZE.items() if key not in found or len(reason.split()) < 4]
    assert not stale, f"stale, or without a reason: {stale}"


@pytest.mark.parametrize(
    ("room", "text", "key"),
    [
        ("generators", "x = 1\n" * 501, "generators/sample.py"),
        ("tests", "x = 1\n" * 701, "tests/sample.py"),
        ("generators", "def f():\n" + "    x = 1\n" * 61, "generators/sample.py::f"),
        ("generators", "class C:\n    async def f(self):\n" + "        x = 1\n" * 61, "generators/sample.py::f"),
        ("generators", f"TOWNS = {list(range(51))}\n", "generators/sample.py::TOWNS"),
        ("generators", f"TOWNS: dict = {dict.fromkeys(range(51), 0)}\n", "generators/sample.py::TOWNS"),
        ("generators", 'TOWNS = """' + "a\n" * 51 + '"""\n', "generators/sample.py::TOWNS"),
    ],
    ids=["module", "test-module", "function", "method", "list", "dict", "string"],
)
def test_an_excess_is_caught(tmp_path: Path, room: str, text: str, key: str) -> None:
    """Each kind of excess is found in a sample that has it, under the key an allowance would use."""
    (tmp_path / room).mkdir()
    (tmp_path / room / "sample.py").write_text(text)
    assert list(excesses(tmp_path, ("generators",))) == [key]


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\n" * 500,
        "def f():\n    '''One.\n" + "\n" * 80 + "    '''\n" + "    x = 1\n" * 60,
        f"__all__ = {[f'name_{i}' for i in range(51)]}\n",
        '"""A long explanation.\n' + "why\n" * 60 + '"""\n',
    ],
    ids=["module", "docstring", "public-surface", "module-docstring"],
)
def test_what_is_within_budget_passes(tmp_path: Path, text: str) -> None:
    """The limits are inclusive, and neither a docstring nor a list of public names counts as data."""
    (tmp_path / "generators").mkdir()
    (tmp_path / "generators" / "sample.py").write_text(text)
    assert excesses(tmp_path, ("generators",)) == {}
