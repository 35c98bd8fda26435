"""What is signed: by whom, with names of the book, and where it is written."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("cryptography")

from env_config import cli
from env_config.attestation.stamps import KIND as STAMP_KIND
from env_config.authoring.signing import new_key, signer
from env_config.book.codec import seal
from env_config.cli import attest, grant, key
from env_config.errors import GrantRefused, Refusal, UsageRefused
from env_config.grants import read_grant
from env_config.signature import verify_token
from env_config.trust import Trust
from tests.env_config.books import corpus_book

Said = pytest.CaptureFixture[str]
NAMES = {"--service": "social-care-db", "--environment": "production"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of sam, bob and nobody, and books of production and staging with the trust beside them."""
    folder = tmp_path_factory.mktemp("signing")
    (folder / "books").mkdir()
    for owner in ("sam", "bob", ""):
        path = folder / f"{owner or 'nobody'}.pem"
        new_key(path, trust=folder / "books" / "trust.json", purposes=("book", "stamp", "grant"), owner=owner)
    now = int(time.time())
    for name in ("production", "staging"):
        book = corpus_book(name)
        database = replace(book.services["social-care-db"], aliases=("scdb",))
        book = replace(book, services={**book.services, "social-care-db": database}, compiled_at=now)
        book = replace(book, expires_at=now + 86_400)
        (folder / "books" / f"{name}.json").write_bytes(seal(book, signer(folder / "sam.pem")))
    return folder


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENV_CONFIG_BOOK", "ENV_CONFIG_TRUST", "ENV_CONFIG_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)


def run(command: str, *words: str | Path) -> int:
    """Run a command as ``env-config`` does, with refusals as exceptions."""
    arguments: argparse.Namespace = cli.parser().parse_args([command, *map(str, words)])
    return int(arguments.run(arguments))


def granting(place: Path, *more: str | Path, signed_by: str = "sam", **names: str) -> Sequence[str | Path]:
    said = {**NAMES, **{f"--{name}": value for name, value in names.items()}}
    words = [word for pair in said.items() for word in pair]
    usual = ("--who", "bob", "--reason", "restore a note", "--ticket", "INC-7", "--for", "2h")
    return ("grant", *words, *usual, "--key", place / f"{signed_by}.pem", *more)


def stamping(place: Path, *more: str | Path, **names: str) -> Sequence[str | Path]:
    said = {
        "--environment": "staging",
        "--identity": "ci-deployer",
        **{f"--{one}": text for one, text in names.items()},
    }
    words = [word for pair in said.items() for word in pair]
    return ("attest", *words, "--commit", "c0ffee0", "--key", place / "sam.pem", *more)


# ------------------------------------------------------------------------------------------------------------ whose key


@pytest.mark.parametrize("where", ["trust", "book", "ENV_CONFIG_BOOK", "ENV_CONFIG_TRUST"])
def test_nobody_signs_for_themselves(place: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the trusted keys are found, the owner of the key is asked before anything is signed."""
    found = place / "books" / ("trust.json" if "trust" in where.lower() else "")
    if where.isupper():
        monkeypatch.setenv(where, str(found))
    more = () if where.isupper() else (f"--{where}", found)
    with pytest.raises(GrantRefused) as caught:
        run(*granting(place, *more, signed_by="bob"))
    assert (caught.value.code, caught.value.rule) == ("OVERRIDE_SIGNATURE", "second-person")
    assert run(*granting(place, *more)) == 0


def test_a_key_without_an_owner_signs_no_grant(place: Path) -> None:
    """It could be anybody's; the refusal says where the owner is named."""
    with pytest.raises(GrantRefused) as caught:
        run(*granting(place, "--book", place / "books", signed_by="nobody"))
    assert caught.value.code == "OVERRIDE_SIGNATURE"
    assert '"owner": "WHO"' in caught.value.hint
    trusted = json.loads((place / "books" / "trust.json").read_text())["keys"]
    assert trusted[2]["kid"] in caught.value.hint


def test_a_key_that_nobody_trusts_signs_no_grant(place: Path, tmp_path: Path) -> None:
    """Nobody would take it, and nobody knows whose it is; without any trusted keys nothing is signed at all."""
    new_key(tmp_path / "stamps.pem", trust=tmp_path / "trust.json", purposes=("stamp",), owner="sam")
    words = granting(place, "--trust", tmp_path / "trust.json", "--key", tmp_path / "stamps.pem")
    with pytest.raises(GrantRefused, match="not trusted"):
        run(*words)
    with pytest.raises(UsageRefused, match="trusted keys"):
        run(*granting(place))


def test_key_says_that_a_grant_needs_an_owner(tmp_path: Path, capsys: Said) -> None:
    """When it is made, not when it is needed."""
    for owner in ((), ("--owner", "sam")):
        name = f"{len(owner)}.pem"
        assert run("key", "-o", tmp_path / name, "--for", "grant", "--trust", tmp_path / "t.json", *owner) == 0
        assert ("--owner" in capsys.readouterr().err) == (not owner)


def test_key_offers_no_book() -> None:
    """It opens none."""
    parser = argparse.ArgumentParser()
    key.configure(parser)
    assert key.USES_BOOK is False
    assert "--book" not in parser.format_help()
    for command in (grant, attest):
        command.configure(parser := argparse.ArgumentParser(conflict_handler="resolve"))
        assert "without a book" in parser.format_help()


# ---------------------------------------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("words", "names", "code", "near"),
    [
        (granting, {"service": "social-care-bd"}, "UNDECLARED", "social-care-db"),
        (granting, {"service": "nope"}, "UNDECLARED", "as the book does"),
        (granting, {"environment": "prodx"}, "ENV_UNKNOWN", "prod"),
        (granting, {"environment": "moon"}, "ENV_UNKNOWN", "pre-production, production"),
        (stamping, {"environment": "prodction"}, "ENV_UNKNOWN", "production"),
        (stamping, {"service": "social-care-bd"}, "UNDECLARED", "social-care-db"),
    ],
)
@pytest.mark.parametrize("by_variable", [False, True])
def test_a_name_that_is_not_the_books_is_not_signed(
    place: Path,
    words: Callable[..., Sequence[str | Path]],
    names: dict[str, str],
    code: str,
    near: str,
    by_variable: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Said,
) -> None:
    """A typing error is found before it is signed, and what was meant is named."""
    if by_variable:
        monkeypatch.setenv("ENV_CONFIG_BOOK", str(place / "books"))
    more = () if by_variable else ("--book", place / "books")
    with pytest.raises(Refusal) as caught:
        run(*words(place, *more, **names))
    assert (caught.value.code, capsys.readouterr().out) == (code, "")
    assert near in caught.value.hint


def test_an_alias_is_signed_as_the_name_it_means(place: Path, capsys: Said) -> None:
    """A process compares canonical names, so a grant under an alias would never hold."""
    trust = Trust.load(place / "books" / "trust.json")
    run(*granting(place, "--book", place / "books", environment="Prod", service="scdb"))
    found = read_grant(capsys.readouterr().out.strip(), trust)
    assert (found.environment, found.service) == ("production", "social-care-db")
    run(*stamping(place, "--book", place / "books", environment="stg", service="scdb"))
    shown = capsys.readouterr()
    claims = verify_token(shown.out.strip(), trust, "stamp", now=int(time.time()), kind=STAMP_KIND)
    assert (claims["environment"], claims["service"], shown.err) == ("staging", "social-care-db", "")


def test_without_a_book_the_names_are_not_checked_and_that_is_said(place: Path, capsys: Said) -> None:
    """Both commands work on a machine that has no books; stderr says what nobody looked at."""
    trust = ("--trust", place / "books" / "trust.json")
    for words in (granting(place, *trust, service="nope"), stamping(place, environment="prodction")):
        assert run(*words) == 0
        assert "no name was checked" in capsys.readouterr().err


def test_a_book_of_another_environment_checks_the_environment_only(place: Path, capsys: Said) -> None:
    """One book knows the names of all environments, and the services of one."""
    more = ("--book", place / "books" / "staging.json")
    assert run(*granting(place, *more, service="nope")) == 0
    assert "the book of production is not there" in capsys.readouterr().err
    with pytest.raises(Refusal):
        run(*granting(place, *more, environment="prodx"))
    with pytest.raises(Refusal):
        run(*granting(place, *more, environment="staging", service="nope"))


@pytest.mark.parametrize("identity", ["x y", "x\ty", 'x"y', "*", "é"])
def test_an_identity_is_one_plain_word(place: Path, identity: str, capsys: Said) -> None:
    """The book's lists name no others, so a stamp for one would never open anything."""
    with pytest.raises(UsageRefused, match="identity"):
        run(*stamping(place, identity=identity))
    assert capsys.readouterr().out == ""
    assert run(*stamping(place, identity="arn:aws:iam::1:role/ci_deployer@a=b+c.d-e")) == 0


# ---------------------------------------------------------------------------------------------------------- hints, files


def test_a_time_span_that_is_refused_is_answered_with_one_that_is_not(place: Path) -> None:
    """Eight hours at most: the hint offers no thirty days. A stamp may live that long."""
    for span in ("9h", "30d"):
        with pytest.raises(UsageRefused) as caught:
            run(*granting(place, "--trust", place / "books" / "trust.json", "--for", span))
        assert "8 hours" in caught.value.message
        assert "such as 90m or 2h" in caught.value.hint and "30d" not in caught.value.hint
    with pytest.raises(UsageRefused) as caught:
        run(*stamping(place, "--for", "400d"))
    assert "366 days" in caught.value.message and "30d" in caught.value.hint


@pytest.mark.parametrize("name", ["absent", ""])
def test_showing_a_grant_that_is_not_there_names_the_file(tmp_path: Path, name: str, place: Path) -> None:
    """A wrong path is a wrong call (exit code 2), not a grant that nobody signed."""
    with pytest.raises(UsageRefused) as caught:
        run("grant", "--show", tmp_path / name)
    assert str(tmp_path / name) in caught.value.message


def test_a_missing_folder_is_called_missing(place: Path, tmp_path: Path) -> None:
    """That nothing is overwritten is said where something is there, and nowhere else."""
    trust, folder = place / "books" / "trust.json", tmp_path / "nd"
    to_key = ("key", "--for", "book", "--trust")
    calls = (
        (*to_key, tmp_path / "t.json", "-o", folder / "k.pem"),
        (*to_key, folder / "t.json", "-o", tmp_path / "k.pem"),
        granting(place, "--trust", trust, "-o", folder / "g"),
        stamping(place, "-o", folder / "s"),
    )
    for words in calls:
        with pytest.raises(UsageRefused) as caught:
            run(*words)
        assert f"there is no folder {folder}" in caught.value.message
        assert "overwritten" not in caught.value.hint
    assert list(tmp_path.iterdir()) == []
    for words in ((*to_key, trust, "-o", place / "sam.pem"), granting(place, "--trust", trust, "-o", trust)):
        with pytest.raises(UsageRefused, match="is there already") as caught:
            run(*words)
        assert "never overwritten" in caught.value.hint
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageRefused) as caught:
        run(*stamping(place, "-o", tmp_path / "folder"))
    assert "may write" in caught.value.hint
