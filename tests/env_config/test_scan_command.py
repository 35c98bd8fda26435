"""``env-config scan``: what it prints, and how it ends."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from env_config.authoring.signing import new_key, signer
from env_config.book.codec import seal
from env_config.cli import scan as command
from env_config.errors import BookRefused, UsageRefused
from env_config.scan import RULES, TREE_RULES
from tests.env_config.books import corpus_book

BAD = "a: 1\nb: postgresql://u:hunter2@prod-db.hackney.internal/x\n"
WARNED = "x: ${ssm:/common/hackney-jwt-secret}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENV_CONFIG_BOOK", raising=False)
    (tmp_path / "staging.yml").write_text(BAD)
    return tmp_path


ROOT = Path(__file__).resolve().parents[2]


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--book")
    parser.add_argument("--trust")
    command.configure(parser)
    return command.run(parser.parse_args(words))


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    run(*words)
    return json.loads(capsys.readouterr().out)


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for a finding, with place, verdict, code and rule; exit code 4."""
    assert run("staging.yml") == 4
    line = capsys.readouterr().out.strip()
    assert line.startswith("staging.yml:2:4: deny PROD_EXACT ")
    assert line.endswith("(prod-db.hackney.internal) [production-token]")


def test_warnings_count_only_if_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A warning is printed and ends with 0; with --strict it ends with 4."""
    (folder / "warned.yml").write_text(WARNED)
    assert run("warned.yml") == 0
    assert "warn STAGELESS_KEY" in capsys.readouterr().out
    assert run("warned.yml", "--strict") == 4


def test_clean(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing found prints nothing on stdout."""
    (folder / "clean.yml").write_text("a: 1\n")
    assert run("clean.yml") == 0
    assert capsys.readouterr().out == ""


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON holds the findings with their places and fingerprints, and no secret."""
    document = printed(capsys, "staging.yml", "--format", "json")
    [finding] = document["findings"]
    assert (finding["line"], finding["code"], finding["key"], document["files"]) == (2, "PROD_EXACT", "b", 1)
    assert "hunter2" not in json.dumps(document)


def test_sarif(capsys: pytest.CaptureFixture[str]) -> None:
    """SARIF names every rule with help, and every result points to one of them, to a place and to a fingerprint."""
    document = printed(capsys, "staging.yml", "--format", "sarif")
    assert document["version"] == "2.1.0"
    [run_] = document["runs"]
    rules = run_["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [*RULES, *TREE_RULES]
    assert all(rule["help"]["text"] and rule["shortDescription"]["text"] for rule in rules)
    [result] = run_["results"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "production-token"
    assert result["level"] == "error" and result["message"]["text"] and result["baselineState"] == "new"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "staging.yml"
    assert place["region"] == {"startLine": 2, "startColumn": 4}
    assert result["partialFingerprints"]["envConfig/v1"]


def test_fingerprints_outlive_moved_lines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A finding that moved down is the same finding; another address is another."""
    first = printed(capsys, "staging.yml", "--format", "json")["findings"][0]
    (folder / "staging.yml").write_text("# new\n\n" + BAD)
    moved = printed(capsys, "staging.yml", "--format", "json")["findings"][0]
    assert (moved["line"], moved["fingerprint"]) == (4, first["fingerprint"])
    (folder / "staging.yml").write_text(BAD.replace("prod-db", "prod-cache"))
    assert printed(capsys, "staging.yml", "--format", "json")["findings"][0]["fingerprint"] != first["fingerprint"]


def test_baseline(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A baseline with a reason accepts what it lists, and nothing new."""
    assert run("staging.yml", "--write-baseline", "known.json", "--reason", "moves with ticket 7") == 4
    assert run("staging.yml", "--baseline", "known.json") == 0
    (folder / "staging.yml").write_text(BAD + "c: postgresql://u@prod-cache.hackney.internal/x\n")
    capsys.readouterr()
    assert run("staging.yml", "--baseline", "known.json") == 4
    assert capsys.readouterr().out.count("\n") == 1
    states = [
        one["state"]
        for one in printed(capsys, "staging.yml", "--baseline", "known.json", "--format", "json")["findings"]
    ]
    assert states == ["unchanged", "new"]


def test_a_baseline_without_reasons_accepts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Writing a baseline is no way to silence a scan."""
    run("staging.yml", "--write-baseline", "known.json")
    assert run("staging.yml", "--baseline", "known.json") == 4
    assert "no reason" in capsys.readouterr().err


def test_renewing_a_baseline_keeps_reasons(folder: Path) -> None:
    """Reasons that are known stay, and entries for what is gone go."""
    run("staging.yml", "--write-baseline", "known.json", "--reason", "first")
    (folder / "staging.yml").write_text(BAD + "c: postgresql://u@prod-cache.hackney.internal/x\n")
    run("staging.yml", "--baseline", "known.json", "--write-baseline", "known.json", "--reason", "second")
    reasons = [entry["reason"] for entry in json.loads((folder / "known.json").read_text())["accepted"]]
    assert reasons == ["first", "second"]
    (folder / "staging.yml").write_text("a: 1\n")
    run("staging.yml", "--baseline", "known.json", "--write-baseline", "known.json")
    assert json.loads((folder / "known.json").read_text())["accepted"] == []


@pytest.mark.parametrize("text", ["", "[]", '{"version": 9, "accepted": []}', '{"version": 1, "accepted": [{}]}', "\0"])
def test_a_broken_baseline_is_refused(text: str, folder: Path) -> None:
    """What is no baseline accepts nothing and is an error."""
    (folder / "known.json").write_text(text)
    with pytest.raises(UsageRefused):
        run("staging.yml", "--baseline", "known.json")


def test_a_missing_path_is_refused() -> None:
    """A path that is not there is bad input."""
    with pytest.raises(UsageRefused):
        run("nothing.yml")


def test_file_names_cannot_move_the_cursor(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters in a file's name do not reach the terminal."""
    (folder / "staging\x1b[2J.yml").write_text(BAD)
    run(str(folder))
    assert "\x1b" not in capsys.readouterr().out


@pytest.fixture
def books(folder: Path) -> Path:
    place = folder / "books"
    place.mkdir()
    key = place / "signing.pem"
    new_key(key, trust=place / "trust.json", purposes=("book",))
    for environment in ("production", "staging"):
        (place / f"{environment}.json").write_bytes(seal(corpus_book(environment), signer(key)))
    return place


def test_with_compiled_books(folder: Path, books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the folder of compiled books an address is known whatever it is called, in no declared environment."""
    (folder / "a.yml").write_text("url: https://manage-my-home.hackney.example\n")
    assert run("a.yml") == 0
    assert run("a.yml", "--book", str(books)) == 4
    assert "[production-literal]" in capsys.readouterr().out


def test_a_book_that_nobody_signed(folder: Path, books: Path) -> None:
    """A book that is named and does not hold is an error, never a scan without a book."""
    for path in books.glob("*ing.json"):
        path.write_bytes(path.read_bytes().replace(b"prod-db", b"stag-db"))
    with pytest.raises(BookRefused):
        run("staging.yml", "--book", str(books))
    with pytest.raises(BookRefused):
        run("staging.yml", "--book", str(folder / "nowhere"))


def refused_book(folder: Path, name: str, content: bytes) -> BookRefused:
    """What the scan says of a book of that content."""
    (folder / name).write_bytes(content)
    with pytest.raises(BookRefused) as caught:
        run("staging.yml", "--book", str(folder / name))
    return caught.value


def test_a_book_that_does_not_hold_is_named(books: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tampered, a foreign and an expired book are told apart, each with the file's name."""
    good = (books / "staging.json").read_bytes()
    tampered = refused_book(books, "tampered.json", good.replace(b"prod-db", b"stag-db"))
    garbage = refused_book(books, "garbage.json", b"{}")
    monkeypatch.setattr("time.time", lambda: 32_503_680_000.0)
    expired = refused_book(books, "expired.json", good)
    told = [(refusal.code, Path(refusal.target).name) for refusal in (tampered, garbage, expired)]
    codes = ("BOOK_SIGNATURE", "BOOK_SIGNATURE", "BOOK_STALE")
    assert told == list(zip(codes, ("tampered.json", "garbage.json", "expired.json"), strict=True))
    assert "cannot be read" not in tampered.message + garbage.message + expired.message


def test_a_book_that_is_not_there_is_named() -> None:
    """What is missing is the book, not the keys that would lie beside it."""
    with pytest.raises(BookRefused) as caught:
        run("staging.yml", "--book", "nosuch")
    assert (caught.value.code, caught.value.target) == ("BOOK_MISSING", "nosuch")


@pytest.mark.parametrize(
    ("stage", "hint"), [("prodction", "did you mean production?"), ("xyzzy", "known: production,")]
)
def test_an_unknown_stage_is_refused(stage: str, hint: str) -> None:
    """A stage that nobody knows is no stage, and must not quietly count as one that is not production."""
    with pytest.raises(UsageRefused, match=stage) as caught:
        run("staging.yml", "--stage", stage)
    assert caught.value.hint.startswith(hint)


def test_a_stage_of_the_book_is_known(folder: Path, books: Path) -> None:
    """The names and aliases of the book's environments are stages as well."""
    (folder / "x.yml").write_text("a: 1\n")
    for name in corpus_book().environments:
        assert run("x.yml", "--stage", name, "--book", str(books)) == 0


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("staging.yml",), "1 file, 2 lines: 1 finding, 0 warnings"),
        (("staging.yml", "warned.yml"), "2 files, 3 lines: 1 finding, 1 warning"),
    ],
)
def test_the_summary_counts_in_words(
    names: tuple[str, ...], words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One of a thing is not many."""
    (folder / "warned.yml").write_text(WARNED)
    run(*names)
    assert words in capsys.readouterr().err.splitlines()


def test_kinds_of_files_that_were_passed_over_are_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says in which kinds of files no address was looked for, with counts; JSON has them as data."""
    for name in ("README.md", "docs.md", "notes.txt", "LICENSE", "yarn.lock", "a.yml"):
        (folder / name).write_text("x: 1\n")
    (folder / "x.bin").write_bytes(b"\0")
    (folder / "node_modules").mkdir()
    run(".")
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "credentials" in line]
    searched, left_out = line.split("; ")
    assert searched == "note: searched for credentials only: 2 .md, 1 .txt, 1 without an ending"
    assert left_out == "not read: 1 binary, 1 made by tools, 1 node_modules/"
    document = printed(capsys, ".", "--format", "json")
    assert document["credentials_only"] == {".md": 2, ".txt": 1, "without an ending": 1}
    assert document["left_out"] == {"binary": 1, "made by tools": 1, "node_modules/": 1}


def test_own_files_are_skipped_and_said(folder: Path, books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Compiled books and trusted keys in the folder give no finding, with them as the book or without one."""
    (folder / "staging.yml").unlink()
    for words in ((), ("--book", str(books))):
        assert run(".", *words) == 0
        said = capsys.readouterr()
        assert said.out == ""
        for name in ("production.json", "staging.json", "trust.json"):
            assert f"note: skipped books/{name}: a " in said.err


# ------------------------------------------------------------------------------------------------- before each commit


def hooks() -> dict[str, dict[str, Any]]:
    """Every hook for pre-commit that the repository offers or a page shows."""
    (offered,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    found = {".pre-commit-hooks.yaml": offered}
    for name in ("env_config/README.md", "docs/guides/adopt-env-config.md"):
        (shown,) = re.findall(r"^```yaml\n(repos:\n.*?)^```$", (ROOT / name).read_text(encoding="utf-8"), re.M | re.S)
        ((found[name],),) = [repository["hooks"] for repository in yaml.safe_load(shown)["repos"]]
    return found


@pytest.mark.parametrize("hook", hooks().values(), ids=list(hooks()))
def test_hook_before_each_commit(folder: Path, hook: dict[str, Any]) -> None:
    """The hook's command line, with the staged files behind it, is one that finds production's address."""
    program, name, *options = hook["entry"].split()
    assert (program, name) == ("env-config", command.NAME)
    assert run(*options, "staging.yml") == 4
    (folder / "clean.yml").write_text("a: 1\n")
    assert run(*options, "clean.yml") == 0


def test_shown_hooks_install_this_version() -> None:
    """What the pages show is the distribution as it is now, and one hook like the other."""
    _, readme, guide = hooks().values()
    said = (ROOT / "env_config" / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "(.+)"$', said, flags=re.M)
    assert version is not None
    assert readme == guide
    assert readme["additional_dependencies"] == [f"understudy-env-config=={version[1]}"]
