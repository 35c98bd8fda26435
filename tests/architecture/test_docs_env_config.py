"""The address library's documentation is under test: commands, codes, variables, names, guards, rules and keys."""

from __future__ import annotations

import argparse
import ast
import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import env_config
from env_config import cli, pytest_plugin
from env_config.authoring import check_source, parse_source
from env_config.authoring.json_schema import FILE as SCHEMA
from env_config.codes import CODES
from env_config.guards.guard import guards
from env_config.guards.processes import GUARD as GUARD_OF_TREES
from tests.architecture.documentation import DOCS, builder, missing, pages, section
from tests.architecture.source_tree import ROOT, modules_below, syntax_of

BUILDER = "build_env_config_reference"
RAISED = (re.compile(r'\bcode="([A-Z]+(?:_[A-Z]+)*)"'), re.compile(r'\bReason\(\s*"([A-Z]+(?:_[A-Z]+)*)"'))
OWN_VARIABLE = re.compile(r"ENV_CONFIG_[A-Z_]+")
SHOWN = re.compile(r"^(?: *\$ | {4,})(?:[A-Z_]+=\S* )*(env-config [^|>&;\n]*)", flags=re.M)
MENTIONED = re.compile(r"`(env-config [a-z][^`\n]*)`")
BOOK = re.compile(r"^(?P<indent> *)```yaml[^\n]*\n(?P<body> *version: 1\n.*?)^(?P=indent)```$", flags=re.M | re.S)


def reference(name: str = "env-config.md") -> str:
    return (DOCS / "reference" / name).read_text(encoding="utf-8")


def commands() -> Mapping[str, argparse.ArgumentParser]:
    """Every command as it is typed, with its parser."""
    found = next(item for item in cli.parser()._actions if isinstance(item, argparse._SubParsersAction))
    return {f"env-config {name}": parser for name, parser in found.choices.items()}


def options(parser: argparse.ArgumentParser) -> list[str]:
    return [name for action in parser._actions for name in action.option_strings if name not in ("-h", "--help")]


def undocumented_options(text: str) -> list[str]:
    """Each command with an option that has no row of its own in the command's section."""
    rows = {title: "\n".join(re.findall(r"^\| (.*?) \|", section(text, title), flags=re.M)) for title in commands()}
    return [
        f"{title} {option}" for title, parser in commands().items() for option in missing(options(parser), rows[title])
    ]


def codes_raised(root: Path = ROOT) -> set[str]:
    """The codes that stand in the library's source, found without importing it."""
    texts = [path.read_text(encoding="utf-8") for path in modules_below(root / "env_config")]
    return {code for text in texts for pattern in RAISED for code in pattern.findall(text)}


def rules(root: Path = ROOT) -> dict[str, list[str]]:
    """The names of the rules that each module keeps, read from its source."""
    found = {}
    for path in modules_below(root / "env_config"):
        for node in syntax_of(path).body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict) and _is_registry(node.target):
                place = path.relative_to(root / "env_config").with_suffix("")
                found[".".join(place.parts)] = [ast.literal_eval(key) for key in node.value.keys if key is not None]
    return found


def _is_registry(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id.endswith("RULES")


def undocumented_rules(text: str, registries: Mapping[str, list[str]]) -> list[str]:
    """Each rule that has no row of its own, or says nothing, in its module's table."""
    found = []
    for module, names in registries.items():
        shown = section(text, "Rules").partition(f"\n### {module}\n")[2].partition("\n### ")[0]
        found += [
            f"{module} {name}" for name in names if not re.search(rf"^\| `{name}` \| \S[^|]+\|$", shown, flags=re.M)
        ]
    return found


# ------------------------------------------------------------------------------------------------- what is described


def test_every_command_and_option_is_documented() -> None:
    """Each command has a section, with each of its options."""
    assert [title for title in commands() if not section(reference(), title)] == []
    assert undocumented_options(reference()) == []


def test_an_undocumented_option_is_caught() -> None:
    """An option without a row is found, though another row mentions it."""
    scan = section(reference(), "env-config scan")
    cut = reference().replace(scan, scan.replace("--baseline FILE", "--base FILE"))
    assert undocumented_options(cut) == ["env-config scan --baseline"]
    assert "env-config which --json" in undocumented_options("")


def test_every_exit_code_is_documented() -> None:
    """The table of exit codes has a row for each code that the commands end with."""
    shown = re.findall(r"^\| (\d) \|", section(reference(), "Exit codes"), flags=re.M)
    assert set(shown) == {str(code) for code in (cli.FINE, cli.BAD_INPUT, cli.REFUSED, cli.FINDINGS)}


def test_every_code_is_documented() -> None:
    """Each code has a row, and the source raises no code that is not listed."""
    shown = section(reference(), "Codes")
    assert [code for code in CODES if f"\n| `{code}` |" not in shown] == []
    assert len(codes_raised()) > 20
    assert codes_raised() - CODES.keys() == set()
    assert "\n| `NEW_CODE` |" not in shown


@pytest.mark.parametrize("source", ['raise Refusal("no", code="NEW_CODE")', 'Reason(\n    "NEW_CODE", DENY, "rule")'])
def test_an_unlisted_code_is_caught(tmp_path: Path, source: str) -> None:
    """Each way of giving a refusal its code is seen in the source."""
    (tmp_path / "env_config").mkdir()
    (tmp_path / "env_config" / "new.py").write_text(source)
    assert codes_raised(tmp_path) - CODES.keys() == {"NEW_CODE"}


def test_every_public_name_is_documented() -> None:
    """Each name of `__all__` is a heading, or stands in the tree of refusals; so does each member of an address."""
    shown = section(reference(), "Public names")
    refusals = shown.partition("\n### Refusals\n")[2]
    found = [name for name in env_config.__all__ if f"\n### {name}\n" not in shown and missing([name], refusals)]
    members = [name for name in vars(env_config.Address) if not name.startswith("_")]
    assert found == []
    assert missing(members, shown) == []
    assert missing(["NoSuchRefusal"], refusals) == ["NoSuchRefusal"]


def test_every_guard_is_documented() -> None:
    """Each guard has a row with its layer."""
    shown = section(reference(), "Guards")
    every = (*guards(), GUARD_OF_TREES)
    assert [one.name for one in every if f"\n| `{one.name}` | {one.layer} | " not in shown] == []
    assert "\n| `no-such-guard` |" not in shown


def test_every_rule_is_documented() -> None:
    """Each rule of each registry has a row that says something, under its module's heading."""
    assert sum(map(len, rules().values())) > 80
    assert undocumented_rules(reference(), rules()) == []


def test_an_undocumented_rule_is_caught(tmp_path: Path) -> None:
    """A new registry, a new rule, and a row without words are found."""
    (tmp_path / "env_config" / "policy").mkdir(parents=True)
    (tmp_path / "env_config" / "policy" / "more.py").write_text('RULES: dict[str, object] = {"new-rule": print}\n')
    assert rules(tmp_path) == {"policy.more": ["new-rule"]}
    page = "# x\n\n## Rules\n\n### policy.more\n\n| `new-rule` | {} |\n"
    assert undocumented_rules(page.format("It says so."), rules(tmp_path)) == []
    assert undocumented_rules(page.format(""), rules(tmp_path)) == ["policy.more new-rule"]
    assert undocumented_rules(reference(), rules(tmp_path)) == ["policy.more new-rule"]


# ---------------------------------------------------------------------------------------------------------- variables


def variables(root: Path = ROOT) -> set[str]:
    """The process's variables that the library's source names: its own wherever they stand, others where they are read."""
    found: set[str] = set()
    for path in modules_below(root / "env_config"):
        tree = syntax_of(path)
        words = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        found |= {word for word in words if isinstance(word, str) and OWN_VARIABLE.fullmatch(word)}
        found |= set(_read(tree))
    for path in (root / "env_config").rglob("*.c"):
        found |= set(re.findall(r'getenv\("([A-Z_]+)"\)', path.read_text(encoding="utf-8")))
    return found


def _read(tree: ast.Module) -> Iterator[str]:
    """Names by which `environ` is asked, whether written there, held by a constant, or gone through in a loop."""
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    loops = {
        node.target.id: node.iter
        for node in ast.walk(tree)
        if isinstance(node, ast.comprehension) and isinstance(node.target, ast.Name)
    }
    for key in filter(None, map(_key, ast.walk(tree))):
        source: ast.AST | None = key
        for _ in range(3):
            if isinstance(source, ast.Name):
                source = loops.get(source.id) or constants.get(source.id)
        words = [] if source is None else [node.value for node in ast.walk(source) if isinstance(node, ast.Constant)]
        yield from (word for word in words if isinstance(word, str) and re.fullmatch(r"[A-Z][A-Z0-9_]+", word))


def _key(node: ast.AST) -> ast.expr | None:
    match node:
        case ast.Subscript(value=holder, slice=key) if _is_environ(holder):
            return key
        case ast.Call(func=ast.Attribute(value=holder, attr="get"), args=[key, *_]) if _is_environ(holder):
            return key
        case _:
            return None


def _is_environ(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name.lstrip("_") == "environ"


def test_every_variable_is_documented() -> None:
    """Each variable that the library reads or sets is in the section of variables."""
    found = variables()
    assert {"ENV_CONFIG_ENVIRONMENT", "AWS_PROFILE", "PGUSER", "ENV_CONFIG_SUPERVISOR"} <= found
    assert missing(sorted(found), section(reference(), "Variables")) == []


@pytest.mark.parametrize(
    "source",
    [
        'os.environ["NEW_ONE"]',
        'self._environ.get("NEW_ONE", "")',
        'NAME = "NEW_ONE"\nenviron.get(NAME)',
        'NAMES = ("NEW_ONE",)\nany(environ.get(name) for name in NAMES)',
        'x = [name for name in ("NEW_ONE",) if environ.get(name)]',
    ],
)
def test_an_undocumented_variable_is_caught(tmp_path: Path, source: str) -> None:
    """Each way of reading a variable is seen in the source, and what only looks like one is not."""
    (tmp_path / "env_config").mkdir()
    (tmp_path / "env_config" / "new.py").write_text(f'{source}\nquery.get("OTHER")\n')
    assert variables(tmp_path) == {"NEW_ONE"}
    assert missing(variables(tmp_path), section(reference(), "Variables")) == ["NEW_ONE"]


def test_no_documented_variable_is_gone() -> None:
    """The reference lists no variable that the library does not know any more."""
    rows = set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \|", section(reference(), "Variables"), flags=re.M))
    quoted = {word for path in modules_below(ROOT / "env_config") for word in _constants(path)}
    assert rows - variables() - quoted == set()


def _constants(path: Path) -> Iterator[str]:
    yield from (
        node.value
        for node in ast.walk(syntax_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


# ---------------------------------------------------------------------------------------------------- pytest, the book


class Recorder:
    """Takes what a plugin declares in place of pytest."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def getgroup(self, *words: str) -> Recorder:
        return self

    def addoption(self, name: str, **more: Any) -> None:
        self.names.append(name)

    def addini(self, name: str, *words: object, **more: Any) -> None:
        self.names.append(name)


def test_everything_of_the_pytest_plugin_is_documented() -> None:
    """Each option, setting and fixture of the plugin is in its section."""
    recorder = Recorder()
    pytest_plugin.pytest_addoption(recorder)  # type: ignore[arg-type]
    source = syntax_of(ROOT / "env_config" / "pytest_plugin.py")
    fixtures = [
        node.name
        for node in source.body
        if isinstance(node, ast.FunctionDef) and any("fixture" in ast.unparse(item) for item in node.decorator_list)
    ]
    shown = section(reference(), "Under pytest")
    assert len(fixtures) > 1
    assert missing([*recorder.names, *fixtures], shown) == []
    assert missing(["env_config_nothing"], shown) == ["env_config_nothing"]


def keys(node: object) -> Iterator[str]:
    """Every key that the JSON Schema of a book knows."""
    if isinstance(node, dict):
        yield from node.get("properties", {})
        for value in node.values():
            yield from keys(value)
    elif isinstance(node, list):
        for value in node:
            yield from keys(value)


def test_every_key_of_the_book_is_documented() -> None:
    """The page of the book has a row for each key of its JSON Schema."""
    text = reference("env-config-book.md")
    known = set(keys(json.loads(SCHEMA.read_text(encoding="utf-8"))))
    assert len(known) > 50
    assert [key for key in sorted(known) if f"\n| `{key}` |" not in text] == []
    assert set(keys({"properties": {"new": {"properties": {"inner": {}}}}})) == {"new", "inner"}


# ------------------------------------------------------------------------------------------------------ what is shown


def wrong_commands(text: str) -> list[str]:
    """Each command line, shown or mentioned, whose command or option does not exist."""
    known = {title: {*options(parser), "--help", "-h"} for title, parser in commands().items()}
    wrong = []
    for line in (*SHOWN.findall(text), *MENTIONED.findall(text)):
        own = line.partition(" -- ")[0].split()
        title = " ".join(own[:2])
        unknown = {word.partition("=")[0] for word in own[2:] if re.match(r"-{1,2}[a-z]", word)}
        if title not in known or unknown - known[title]:
            wrong.append(line.strip())
    return wrong


def test_every_command_line_shown_exists() -> None:
    """Commands and options in the pages, in transcripts and in sentences, are those of the program."""
    found = {path.relative_to(ROOT).as_posix(): wrong_commands(path.read_text(encoding="utf-8")) for path in pages()}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize("line", ["env-config find x", "env-config scan --deep ."])
def test_a_wrong_command_line_is_caught(line: str) -> None:
    """A command or an option that does not exist is found, wherever it stands."""
    assert wrong_commands(f"$ {line} | head\n") == [line]
    assert wrong_commands(f"    A=b {line}\n") == [line]
    assert wrong_commands(f"- so:\n\n  $ {line}; echo\n") == [line]
    assert wrong_commands(f"Then `{line}` says so.\n") == [line]
    assert wrong_commands("$ env-config run --hermetic -- pytest --deep\n") == []


def books(root: Path = ROOT) -> list[tuple[str, str]]:
    """Every book that a page shows, with the page and line it stands in."""
    found = []
    for page in pages(root):
        text = page.read_text(encoding="utf-8")
        for match in BOOK.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append((f"{page.relative_to(root).as_posix()}:{line}", textwrap.dedent(match["body"])))
    return found


def problems(text: str, place: str) -> list[str]:
    """What the proof has against a book, without asking DNS."""
    checked = check_source(parse_source(text, name=place), today=date(2030, 1, 1), resolve=None)
    return [problem.message for problem in checked.problems]


@pytest.mark.parametrize(("place", "text"), books(), ids=[place for place, _ in books()])
def test_a_book_in_a_page_is_proved(place: str, text: str) -> None:
    """Every book that a page shows is one that `env-config check` accepts."""
    assert problems(text, place) == []


def test_a_broken_book_is_caught(tmp_path: Path) -> None:
    """A book in a page is found, in a list too, and staging on production's address is refused."""
    (tmp_path / "README.md").write_text(
        "1. Write it:\n\n   ```yaml file addresses.yaml\n   version: 1\n   environments:\n"
        "     production: {protected: true}\n     staging: {}\n   services:\n     a:\n       kind: https\n       environments:\n"
        "         production: {host: a.example, port: 443}\n         staging: {host: a.example, port: 443}\n   ```\n"
    )
    ((place, text),) = books(tmp_path)
    assert place == "README.md:3"
    assert problems(text, place)


# ------------------------------------------------------------------------------------------------------- what is made


def test_the_reference_pages_are_up_to_date() -> None:
    """Each page is what the definitions say now; `python docs/build_env_config_reference.py` writes them."""
    assert builder(BUILDER).stale_pages() == []


def test_a_stale_page_is_caught(tmp_path: Path) -> None:
    """An absent page and an edited one are found."""
    (tmp_path / "env-config.md").write_text("edited by hand")
    assert builder(BUILDER).stale_pages(tmp_path) == ["env-config.md", "env-config-book.md"]
