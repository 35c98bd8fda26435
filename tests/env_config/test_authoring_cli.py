"""``env-config check`` and ``env-config compile``."""

from __future__ import annotations

import argparse
import json
import os
import socket
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from env_config.authoring.signing import new_key
from env_config.book.codec import open_sealed
from env_config.cli import check, parser
from env_config.cli import compile as compiling
from env_config.errors import BookRefused, UsageRefused
from env_config.trust import Trust
from tests.env_config.address_sources import Spoil, entry, spoiled
from tests.env_config.proof_cases import without_production

CLOCK = 1_793_000_000.0


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "addresses.yaml"
    path.write_text(spoiled())
    return path


@pytest.fixture
def key(tmp_path: Path) -> Path:
    pytest.importorskip("cryptography")
    (tmp_path / "books").mkdir()
    new_key(tmp_path / "signing.pem", trust=tmp_path / "books" / "trust.json", purposes=("book",))
    return tmp_path / "signing.pem"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr("time.time", lambda: CLOCK)


def call(module: Any, *arguments: object) -> int:
    """Run one command as the top-level parser would."""
    own = argparse.ArgumentParser()
    module.configure(own)
    code: int = module.run(own.parse_args([str(argument) for argument in arguments]))
    return code


def spoil(book: Path, how: Spoil) -> None:
    book.write_text(spoiled(how))


# --------------------------------------------------------------------------------------------------------------- check


def test_a_good_book_passes(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0; nothing on stdout, words on stderr."""
    assert call(check, book, "--offline", "--today", "2026-11-01") == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "kept apart" in said.err
    assert "offline" in said.err


def test_a_bad_book_is_told_by_file_and_line(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and every problem with its place, code and hint."""
    spoil(book, lambda tree: entry(tree, "social-care-db").update(host="sc-db.live.example", hots="x"))
    assert call(check, book, "--offline", "--today", "2026-11-01") == 2
    said = capsys.readouterr().err
    lines = book.read_text().splitlines()
    host = max(number for number, line in enumerate(lines, 1) if "host: sc-db.live.example" in line)
    assert f"{book}:{host}: deny: PROD_EXACT:" in said
    hots = next(number for number, line in enumerate(lines, 1) if "hots: x" in line)
    assert f"{book}:{hots}: refuse: BOOK_INVALID: unknown key hots" in said
    assert "hint: did you mean host?" in said


def test_problems_as_json(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Data goes to stdout: every problem, an empty list for none."""
    assert call(check, book, "--offline", "--json", "--today", "2026-11-01") == 0
    assert json.loads(capsys.readouterr().out) == []
    spoil(book, lambda tree: entry(tree, "redshift").update(secret="ssm:/common/jwt"))
    assert call(check, book, "--offline", "--json", "--today", "2026-11-01") == 0
    problem = json.loads(capsys.readouterr().out)[0]
    assert (problem["code"], problem["verdict"], problem["rule"]) == ("STAGELESS_KEY", "warn", "secret-stageless")
    assert problem["file"] == str(book)


def test_a_book_without_production_is_used_with_a_warning(
    book: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both commands say that nothing in it counts as production, and neither refuses it."""
    spoil(book, without_production)
    assert call(check, book, "--offline", "--today", "2026-11-01") == 0
    assert call(compiling, book, "--offline", "--key", key, "-o", key.parent / "books") == 0
    assert capsys.readouterr().err.count("warn: UNDECLARED: no environment is protected") == 2


def test_the_day_can_be_given(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A review that is past on that day fails the check."""
    assert call(check, book, "--offline", "--today", "2027-06-30") == 0
    assert call(check, book, "--offline", "--today", "2027-07-01") == 2
    assert "BOOK_STALE" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        call(check, book, "--today", "tomorrow")


def test_names_that_do_not_resolve_are_said(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was not proved is not passed over in silence."""
    assert call(check, book, "--today", "2026-11-01") == 0
    said = capsys.readouterr().err
    assert "names do not resolve here" in said
    assert "…" not in said


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("a",), "1 name does not resolve here, so where it leads is not proved: a"),
        (("a", "b"), "2 names do not resolve here, so where they lead is not proved: a, b"),
        (tuple("abcdefg"), "7 names do not resolve here, so where they lead is not proved: a, b, c, d, e and 2 more"),
    ],
)
def test_names_that_are_left_out_are_counted(
    book: Path, names: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing looks left out where every name is listed."""
    monkeypatch.setattr("env_config.authoring.check_source", lambda *_, **__: Checked(names))
    check.checked_source(argparse.Namespace(source=book, today=date(2026, 11, 1), offline=False))
    assert capsys.readouterr().err.splitlines() == [words]


@dataclass
class Checked:
    """A proof that found some names nobody knows."""

    unresolved: tuple[str, ...]


def test_one_environment_is_counted_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One of a thing is not many."""
    services = "services: {a: {kind: https, environments: {production: {host: a.example}}}}"
    (tmp_path / "one.yaml").write_text(f"version: 1\nenvironments: {{production: {{protected: true}}}}\n{services}\n")
    assert call(check, tmp_path / "one.yaml", "--offline") == 0
    assert "one.yaml: 1 environment, 1 entry, kept apart" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["check", "compile"])
def test_options_that_would_mean_nothing_are_not_offered(name: str) -> None:
    """Neither command reads compiled books, so neither takes --book; only compile holds books against trusted keys."""
    (commands,) = [one for one in parser()._actions if isinstance(one, argparse._SubParsersAction)]
    offered = {word for one in commands.choices[name]._actions for word in one.option_strings}
    assert offered & {"--book", "--trust"} == ({"--trust"} if name == "compile" else set())


def test_dns_is_asked_unless_offline(
    book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that leads to production's address fails the check, and cannot be seen offline."""

    def answer(name: str, *_: Any, **__: Any) -> list[Any]:
        address = "192.0.2.77" if name == "sc-db.stage.example" else f"203.0.113.{len(name)}"
        return [(socket.AF_INET, 1, 6, "", (address, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    monkeypatch.setattr(socket, "gethostbyname_ex", lambda name: (name, [], []))
    assert call(check, book, "--offline", "--today", "2026-11-01") == 0
    assert call(check, book, "--today", "2026-11-01") == 2
    assert "PROD_DNS" in capsys.readouterr().err


def test_a_missing_file_is_a_refusal(tmp_path: Path) -> None:
    """The command's caller turns it into exit code 2."""
    with pytest.raises(BookRefused, match="cannot be read"):
        call(check, tmp_path / "none.yaml", "--offline")


# ------------------------------------------------------------------------------------------------------------- compile


def test_one_sealed_book_for_each_environment(
    book: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each file opens with the trusted key, and is the environment's own; the paths are the output."""
    folder = tmp_path / "books"
    assert call(compiling, book, "-o", folder, "--key", key, "--offline") == 0
    trust = Trust.load(folder / "trust.json")
    names = ("production", "pre-production", "staging")
    for name in names:
        opened = open_sealed((folder / f"{name}.json").read_bytes(), trust, now=int(CLOCK))
        assert (opened.environment, opened.compiled_at) == (name, int(CLOCK))
        assert opened.expires_at == CLOCK + 7 * 86_400
    assert capsys.readouterr().out.split() == [str(folder / f"{name}.json") for name in names]
    assert sorted(path.name for path in folder.iterdir()) == sorted([*(f"{name}.json" for name in names), "trust.json"])


def test_compiling_again_changes_nothing(book: Path, key: Path, tmp_path: Path) -> None:
    """The same source at the same instant gives the same files."""
    folder = tmp_path / "books"
    call(compiling, book, "-o", folder, "--key", key, "--offline")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    call(compiling, book, "-o", folder, "--key", key, "--offline")
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_term_can_be_given(book: Path, key: Path, tmp_path: Path) -> None:
    """`--valid-for` is stronger than the source."""
    folder = tmp_path / "books"
    call(compiling, book, "-o", folder, "--key", key, "--offline", "--valid-for", "2")
    opened = open_sealed((folder / "staging.json").read_bytes(), Trust.load(folder / "trust.json"), now=int(CLOCK))
    assert opened.expires_at == CLOCK + 2 * 86_400
    for wrong in ("0", "x", "99999"):
        with pytest.raises(SystemExit):
            call(compiling, book, "-o", folder, "--key", key, "--valid-for", wrong)


def test_a_bad_book_writes_nothing(book: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and the folder is as it was."""
    folder = tmp_path / "books"
    call(compiling, book, "-o", folder, "--key", key, "--offline")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    spoil(book, lambda tree: entry(tree, "social-care-db").update(host="sc-db.live.example"))
    assert call(compiling, book, "-o", folder, "--key", key, "--offline") == 2
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}
    assert "nothing was written" in capsys.readouterr().err


def test_a_failure_half_way_puts_everything_back(
    book: Path, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All books are replaced, or none: the old ones come back, and a new one goes."""
    folder = tmp_path / "books"
    call(compiling, book, "-o", folder, "--key", key, "--offline")
    (folder / "production.json").unlink()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    original = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if self.name == "staging.json" and self.parent.name.startswith(".compile-"):
            raise OSError(28, os.strerror(28))
        return original(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    spoil(book, lambda tree: tree.update(valid_for="9d"))
    with pytest.raises(UsageRefused, match="nothing was written"):
        call(compiling, book, "-o", folder, "--key", key, "--offline")
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_key_that_readers_do_not_trust_writes_nothing(book: Path, key: Path, tmp_path: Path) -> None:
    """What the readers of the folder would refuse is not put there."""
    new_key(tmp_path / "other.pem", trust=tmp_path / "other.json", purposes=("book",))
    folder = tmp_path / "books"
    with pytest.raises(BookRefused) as caught:
        call(compiling, book, "-o", folder, "--key", tmp_path / "other.pem", "--offline")
    refusal = caught.value
    assert refusal.code == "BOOK_SIGNATURE"
    assert str(tmp_path / "other.pem") in refusal.message
    assert str(folder / "trust.json") in refusal.message
    assert f"env-config key -o FILE --for book --trust {folder / 'trust.json'}" in refusal.hint
    assert [path.name for path in folder.iterdir()] == ["trust.json"]
    assert call(compiling, book, "-o", folder, "--key", key, "--trust", folder / "trust.json", "--offline") == 0


def test_a_key_that_is_trusted_for_something_else_is_refused(book: Path, key: Path, tmp_path: Path) -> None:
    """Being listed is not enough: the key must be one for books."""
    trust = tmp_path / "books" / "trust.json"
    new_key(tmp_path / "stamps.pem", trust=trust, purposes=("stamp",))
    with pytest.raises(BookRefused, match="for books"):
        call(compiling, book, "-o", trust.parent, "--key", tmp_path / "stamps.pem", "--offline")


def test_a_missing_file_of_trusted_keys_is_said(
    book: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The books are written, and whoever ships them learns what else readers need."""
    assert call(compiling, book, "-o", tmp_path / "new" / "folder", "--key", key, "--offline") == 0
    assert "no file of trusted keys" in capsys.readouterr().err
    assert (tmp_path / "new" / "folder" / "staging.json").is_file()


def test_a_book_is_signed(book: Path, tmp_path: Path) -> None:
    """Without a key there is no book."""
    with pytest.raises(UsageRefused, match="signed"):
        call(compiling, book, "-o", tmp_path / "books", "--offline")
    assert not (tmp_path / "books").exists()


def test_an_environment_that_is_gone_is_said(
    book: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A compiled book that this source no longer has is named, not removed."""
    folder = tmp_path / "books"
    call(compiling, book, "-o", folder, "--key", key, "--offline")
    (folder / "staging.json").rename(folder / "old.json")
    call(compiling, book, "-o", folder, "--key", key, "--offline")
    assert f"{folder / 'old.json'} is of no environment" in capsys.readouterr().err


def test_the_written_paths_as_json(book: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` prints a list of paths."""
    call(compiling, book, "-o", tmp_path / "books", "--key", key, "--offline", "--json")
    assert len(json.loads(capsys.readouterr().out)) == 3


def test_a_folder_that_cannot_be_written_is_a_refusal(book: Path, key: Path, tmp_path: Path) -> None:
    """A file where the folder should be is refused in words."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageRefused, match="nothing was written"):
        call(compiling, book, "-o", tmp_path / "file", "--key", key, "--offline")
