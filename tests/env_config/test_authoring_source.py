"""From YAML text to nodes with lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from env_config.authoring import SourceRefused, load_source, parse_source
from env_config.authoring import source as source_module
from env_config.authoring.source import Mapping, Scalar
from env_config.errors import UsageRefused


def found(text: str) -> list[tuple[int, str]]:
    """What parsing alone finds, by line."""
    return [(problem.line, problem.message) for problem in parse_source(text).problems]


def test_every_node_knows_its_line() -> None:
    """Keys and values carry the line of the file they stand on, comments and blank lines counted."""
    root = parse_source("# a book\n\nversion: 1\nservices:\n  db:\n    host: a.example\n").root
    assert isinstance(root, Mapping)
    assert root.key_lines == {"version": 3, "services": 4}
    services = root.entries["services"]
    assert isinstance(services, Mapping)
    database = services.entries["db"]
    assert isinstance(database, Mapping)
    assert database.entries["host"] == Scalar(6, "text", "a.example")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("x", "text"),
        ("'5'", "text"),
        ("5", "integer"),
        ("1.5", "number"),
        ("no", "boolean"),
        ("~", "nothing"),
        ("2027-06-30", "date"),
    ],
)
def test_unquoted_values_keep_the_type_yaml_gives_them(text: str, kind: str) -> None:
    """A value is told from text by its type, so that `no` or 0177 never passes for a word."""
    root = parse_source(f"a: {text}\n").root
    assert isinstance(root, Mapping)
    assert root.entries["a"] == Scalar(1, kind, text.strip("'"))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "given already, on line 1"),
        ("a: &x 1\n", 1, "anchors"),
        ("a: &x {b: 1}\nc: *x\n", 2, "anchors"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "tags"),
        ("a: !custom x\n", 1, "tags"),
        ("a: {b: 1}\nc:\n  <<: {d: 1}\n", 3, "merge keys"),
        ("a: 1\n---\nb: 2\n", 3, "second document"),
        ("5432: x\n", 1, "is not text"),
        ("no: x\n", 1, "is not text"),
        ("? [a, b]\n: x\n", 1, "a key is a word"),
        ("a: " + "[" * 40 + "]" * 40, 1, "nested deeper"),
    ],
)
def test_what_says_a_thing_twice_or_in_disguise_is_refused(text: str, line: int, words: str) -> None:
    """Duplicate keys, anchors, tags, merge keys, further documents and odd keys are problems with their line."""
    assert any(at == line and words in message for at, message in found(text)), found(text)


def test_expanding_anchors_costs_nothing() -> None:
    """A bomb of nested aliases is refused without being expanded."""
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    assert len(found(bomb)) > 29


def test_deep_nesting_is_no_recursion() -> None:
    """A hundred thousand brackets are refused like forty."""
    assert any("nested deeper" in message for _, message in found("a: " + "[" * 100_000))


@pytest.mark.parametrize("text", ["a: [1\nb: 2\n", "a: 'x\n", "\ta: 1\n", "a: b: c\n", "a: \x01\n"])
def test_what_is_no_yaml_is_refused_with_its_line(text: str) -> None:
    """A syntax error is a refusal that names the file and the line."""
    with pytest.raises(SourceRefused, match="not YAML") as caught:
        parse_source(text, name="book.yaml")
    assert caught.value.code == "BOOK_INVALID"
    assert caught.value.problems[0].file == "book.yaml"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("version: 1\na: [x,\n", 2),
        ("version: 1\na: [x,\n\n\n", 2),
        ("version: 1\na: 'x\n", 2),
        ("a: [1\nb: 2\n", 2),
        ("a: 1\n\tb: 1\n", 2),
    ],
)
def test_a_syntax_error_is_blamed_on_a_line_that_is_there(text: str, line: int) -> None:
    """What is never closed is found where the file ends; to blame is a line of it, never one behind its last."""
    with pytest.raises(SourceRefused) as caught:
        parse_source(text)
    assert caught.value.problems[0].line == line


def test_a_syntax_error_does_not_quote_the_text() -> None:
    """What stands around a mistake may be a secret."""
    with pytest.raises(SourceRefused) as caught:
        parse_source("a:\n  password: hunter2: [\n")
    assert "hunter2" not in str(caught.value)


def test_an_empty_file_is_a_book_without_anything() -> None:
    """Nothing at all is read, so that the grammar can say what is missing."""
    assert parse_source("").root == Mapping(1)


def test_a_book_too_large_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Size is looked at before anything else."""
    monkeypatch.setattr(source_module, "MAX_BYTES", 10)
    with pytest.raises(SourceRefused, match="larger than"):
        parse_source("a: 1234567890\n")


def test_a_file_too_large_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit counts bytes, cuts no character in half, and its hint is something that can be done."""
    monkeypatch.setattr(source_module, "MAX_BYTES", 10)
    (tmp_path / "large.yaml").write_text("a: éééééééé\n", encoding="utf-8")
    with pytest.raises(SourceRefused, match="larger than") as caught:
        load_source(tmp_path / "large.yaml")
    assert "split" not in caught.value.hint
    assert "remove what nobody uses" in caught.value.hint


def test_a_file_that_cannot_be_read_is_a_refusal(tmp_path: Path) -> None:
    """A missing file and one that is no text are refused, not raised."""
    with pytest.raises(SourceRefused, match="cannot be read"):
        load_source(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceRefused, match="not UTF-8"):
        load_source(tmp_path / "binary.yaml")
    (tmp_path / "good.yaml").write_text("a: 1\n")
    assert load_source(tmp_path / "good.yaml").name == str(tmp_path / "good.yaml")


def test_without_pyyaml_the_refusal_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the author's side needs PyYAML, and says so."""
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    with pytest.raises(UsageRefused, match="PyYAML") as caught:
        parse_source("a: 1\n")
    assert caught.value.hint == 'pip install "understudy-env-config[compile]"'
