"""The documentation is under test: what exists is described, what is linked exists, what is made is up to date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from api.app import create_app
from generators import REGISTRY
from seeds.cli.app import app
from seeds.dataset import dataset_names, load_dataset, parse_dataset
from seeds.dataset.existing import is_existing
from seeds.errors import DatasetFileError
from tests.architecture.documentation import DOCS, FENCE, builder, documentation, missing, pages, section
from tests.architecture.source_tree import ROOMS, ROOT, modules_below

LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ +(?P<words>.+)$", flags=re.M)
RAISED = (
    re.compile(r'\bcode(?:=| = )"([A-Z]+(?:_[A-Z]+)*)"'),
    re.compile(r'^_CODE = "([A-Z_]+)"', flags=re.M),
    re.compile(r'\b(?:Target\w*|SeedError), "([A-Z]+(?:_[A-Z]+)+)"'),
)


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command as it is typed, with its definition."""
    for name, command in (group or get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join(("understudy", *path, name)), command


def options(command: Any) -> list[str]:
    return [
        name
        for item in command.params
        if not getattr(item, "hidden", False)
        for name in item.opts
        if name.startswith("-")
    ]


def undocumented_options(text: str) -> list[str]:
    """Each command with an option that its section of the reference does not have."""
    return [
        f"{title} {option}"
        for title, command in commands()
        for option in missing(options(command), section(text, title))
    ]


def error_codes(root: Path = ROOT) -> set[str]:
    """The codes that stand in the rooms' source, found without importing it.

    The address library lists its codes itself, and has a page of its own: see test_docs_env_config.py.
    """
    rooms = [room for room in ROOMS if room != "env_config"]
    texts = [path.read_text(encoding="utf-8") for room in rooms for path in modules_below(root / room)]
    return {code for text in texts for pattern in RAISED for code in pattern.findall(text)}


def make_targets(makefile: str) -> list[str]:
    return re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.M)


def anchors(text: str) -> set[str]:
    """The names by which a page's headings are linked."""
    plain = FENCE.sub("", text)
    words = [match["words"].replace("`", "").lower() for match in HEADING.finditer(plain)]
    return {re.sub(r"[^\w\- ]", "", item).strip().replace(" ", "-") for item in words}


def dead_links(root: Path) -> Iterator[str]:
    """Each relative link that leads to no file, or to no heading in it."""
    for page in pages(root):
        text = page.read_text(encoding="utf-8")
        for match in LINK.finditer(FENCE.sub("", text)):
            target, _, anchor = match["target"].partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            path = (page.parent / target).resolve() if target else page
            if not path.exists():
                yield f"{page.relative_to(root)}: {match['target']}"
            elif anchor and path.suffix == ".md" and anchor not in anchors(path.read_text(encoding="utf-8")):
                yield f"{page.relative_to(root)}: {match['target']} has no such heading"


def lone_pages(root: Path) -> list[str]:
    """Pages below docs that no other page leads to."""
    linked: set[Path] = set()
    for page in pages(root):
        for match in LINK.finditer(page.read_text(encoding="utf-8")):
            linked.add((page.parent / match["target"].partition("#")[0]).resolve())
    return [
        path.relative_to(root).as_posix()
        for path in pages(root)
        if (root / "docs") in path.parents and path.resolve() not in linked
    ]


def dataset_snippets(root: Path = ROOT) -> list[tuple[str, str]]:
    """Every fenced dataset with tables of its own, with the page and place it stands in."""
    found = []
    for page in pages(root):
        text = page.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            if match["info"].startswith("yaml dataset") and not is_existing(match["body"].encode(), page.name):
                line = text.count("\n", 0, match.start()) + 1
                found.append((f"{page.relative_to(root).as_posix()}:{line}", match["body"]))
    return found


def wrong_examples(text: str) -> list[str]:
    """Each shown command line whose command or option does not exist."""
    known = {title: set(options(command)) | {"--help"} for title, command in commands()}
    wrong = []
    for line in re.findall(r"^(?:\$ |    )(understudy [^|>&;\n]*)", text, flags=re.M):
        title = next((title for title in known if line == title or line.startswith(f"{title} ")), "")
        unknown = [word.partition("=")[0] for word in line.split() if re.match(r"-{1,2}[a-z]", word)]
        passed_on = title == "understudy database shell"
        if not title or (not passed_on and set(unknown) - known[title]):
            wrong.append(line.strip())
    return wrong


# ------------------------------------------------------------------------------------------------- what is described


def test_every_command_and_option_is_documented() -> None:
    """The page of commands has a section for each command, with each of its options."""
    text = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")
    assert missing([title for title, _ in commands()], documentation()) == []
    assert undocumented_options(text) == []


def test_an_undocumented_option_is_caught() -> None:
    """An option that the section lacks is found, though another section has it; so is a command without a section."""
    text = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")
    cut = text.replace(
        section(text, "understudy seed"), section(text, "understudy seed").replace("--alongside", "--beside")
    )
    assert undocumented_options(cut) == ["understudy seed --alongside"]
    assert "understudy seed --to" in undocumented_options("")
    assert missing(["understudy seed"], "understudy seeds, understudy-seed") == ["understudy seed"]


def test_every_error_code_is_documented() -> None:
    """Each code that the rooms' source raises is in the table of errors."""
    codes = error_codes()
    assert len(codes) > 40
    assert missing(sorted(codes), (DOCS / "reference" / "errors.md").read_text(encoding="utf-8")) == []


def test_every_exit_code_is_documented() -> None:
    """The table of exit codes has a row for each code that a command can end with."""
    shown = section((DOCS / "reference" / "errors.md").read_text(encoding="utf-8"), "Exit codes")
    assert sorted(re.findall(r"^\| (\d) \|", shown, flags=re.M)) == ["0", "1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    "source",
    [
        'raise SeedError("no", code="NEW_CODE")',
        'code = "NEW_CODE"',
        '_CODE = "NEW_CODE"',
        '(TargetError, "NEW_CODE", "")',
    ],
)
def test_an_undocumented_code_is_caught(tmp_path: Path, source: str) -> None:
    """Each way of giving an error its code is seen in the source."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "new.py").write_text(source)
    assert missing(error_codes(tmp_path), documentation()) == ["NEW_CODE"]


def test_every_generator_is_documented() -> None:
    """The page of generators has a section for each, and the two prefixes of the pools."""
    text = (DOCS / "reference" / "generators.md").read_text(encoding="utf-8")
    names = [name for name in REGISTRY if "." not in name]
    assert [name for name in names if not section(text, name)] == []
    assert missing(["faker", "mimesis"], text) == []
    assert not section(text, "no_such_generator")


def test_every_table_and_column_of_a_dataset_is_documented() -> None:
    """Each packaged dataset has a page with a section for each stored table and a row for each stored column."""
    for name in dataset_names():
        text = (DOCS / "reference" / f"{name}.md").read_text(encoding="utf-8")
        for table in load_dataset(name).stored:
            shown = section(text, table.name)
            assert missing([f"`{column.name}`" for column in table.stored_columns], shown) == []
    assert section(text, "no_such_table") == ""


def test_every_endpoint_is_documented() -> None:
    """The page of the service names each path of the application."""
    text = (DOCS / "reference" / "service.md").read_text(encoding="utf-8")
    paths = create_app().openapi()["paths"]
    assert [path for path in paths if f" {path}`" not in text] == []
    assert " /no/such/path`" not in text


def test_every_make_target_is_documented() -> None:
    """`make` and each target's name stand in README or CONTRIBUTING; parts of `make check` need not."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    text = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md"))
    parts = re.search(r"^check: ([a-z ]+)", makefile, flags=re.M)
    assert parts is not None
    targets = [f"make {name}" for name in make_targets(makefile) if name not in parts[1].split()]
    assert "make seed-local" in targets
    assert missing(targets, text) == []
    assert missing(["make nonsense"], text) == ["make nonsense"]


# --------------------------------------------------------------------------------------------------- what is linked


def test_every_relative_link_leads_somewhere() -> None:
    """Files and headings that pages link to exist."""
    assert list(dead_links(ROOT)) == []


@pytest.mark.parametrize("link", ["absent.md", "other.md#no-such-heading", "#nor-this"])
def test_a_dead_link_is_caught(tmp_path: Path, link: str) -> None:
    """A missing file, and a missing heading in a file that exists, are found."""
    (tmp_path / "README.md").write_text(
        f"# Title\n\n[a](other.md#two-words), [b](#title), [c](https://example.com/x)\n\n[dead]({link})\n"
    )
    (tmp_path / "other.md").write_text("# Two words\n")
    assert [item.partition(": ")[2].partition(" ")[0] for item in dead_links(tmp_path)] == [link]


def test_every_page_is_reached() -> None:
    """No page below docs is without a link to it from another."""
    assert lone_pages(ROOT) == []


def test_a_lone_page_is_caught(tmp_path: Path) -> None:
    """A page that nothing links to is found."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("[one](docs/one.md)")
    (tmp_path / "docs" / "one.md").write_text("# One")
    (tmp_path / "docs" / "two.md").write_text("# Two")
    assert lone_pages(tmp_path) == ["docs/two.md"]


# ---------------------------------------------------------------------------------------------------- what is shown


@pytest.mark.parametrize(("place", "text"), dataset_snippets(), ids=[place for place, _ in dataset_snippets()])
def test_a_dataset_in_a_guide_loads(place: str, text: str) -> None:
    """Every dataset that a page shows is one that the loader takes."""
    assert parse_dataset(text.encode(), place).stored


def test_a_broken_snippet_is_caught(tmp_path: Path) -> None:
    """A dataset in a page is found by its mark, and refused where its generator does not exist."""
    _, text = dataset_snippets()[0]
    (tmp_path / "README.md").write_text(
        f"```yaml dataset x.yaml\n{text.replace('generate: key', 'generate: keey')}```\n\n```yaml\nx: 1\n```\n"
    )
    ((place, found),) = dataset_snippets(tmp_path)
    assert place == "README.md:1"
    with pytest.raises(DatasetFileError, match="keey"):
        parse_dataset(found.encode(), place)


def test_every_command_line_shown_exists() -> None:
    """Commands and options in the pages' examples are those of the program."""
    found = {
        path.name: wrong_examples(path.read_text(encoding="utf-8"))
        for path in pages()
        if path.parent.name != "reference"
    }
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line", ["understudy sow borough", "understudy seed borough --residence 5", "understudy database halt"]
)
def test_a_wrong_example_is_caught(line: str) -> None:
    """A command or an option that does not exist is found, in a transcript and in an indented block."""
    assert wrong_examples(f"$ {line}\n") == [line]
    assert wrong_examples(f"    {line} | head\n") == [line]
    assert wrong_examples("$ understudy seed borough -n 5 --to sqlite:///x.db | tail -3\n") == []


# ----------------------------------------------------------------------------------------------------- what is made


def test_the_reference_pages_are_up_to_date() -> None:
    """Each page is what the definitions say now; `python docs/build_reference.py` writes them."""
    assert builder().stale_pages() == []


def test_a_stale_page_is_caught(tmp_path: Path) -> None:
    """An absent page and an edited one are found, and the others pass."""
    made = builder().PAGES
    for name in made:
        (tmp_path / name).write_text((DOCS / "reference" / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "cli.md").write_text("edited by hand")
    (tmp_path / "errors.md").unlink()
    assert set(builder().stale_pages(tmp_path)) - set(builder().stale_pages()) == {"cli.md", "errors.md"}


def test_every_decision_has_its_four_parts() -> None:
    """Each page of docs/adr says context, decision, consequences and what was measured, under its own number."""
    for page in sorted((DOCS / "adr").glob("[0-9]*.md")):
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.name[:4]}. ")
        assert [
            title for title in ("Context", "Decision", "Consequences", "What was measured") if not section(text, title)
        ] == []
    assert not section(text, "No such part")
