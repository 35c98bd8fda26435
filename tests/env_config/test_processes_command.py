"""``env-config run``, and what the command inherits."""

from __future__ import annotations

import argparse
import errno
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from env_config.authoring.signing import new_key, signer
from env_config.book.codec import seal
from env_config.book.model import Book, IdentityPolicy, Service
from env_config.cli import run
from env_config.errors import UsageRefused
from env_config.guards.processes.inherited import inherited
from env_config.policy import Policy

from .books import corpus_book
from .guarded import ROOT

OPTION = "-c default_text_search_config=public.env_staging"
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="process trees are guarded on Linux only")


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    run.configure(parser)
    return parser.parse_args(words)


def with_assertion(*assertions: str) -> Book:
    """Staging's book with one PostgreSQL service for each."""
    services = {
        f"db-{place}": Service(f"db-{place}", "postgresql", host="db.example", identity=IdentityPolicy(assertion))
        for place, assertion in enumerate(assertions)
    }
    return corpus_book(
        "staging", services=services | {"site": Service("site", "https", identity=IdentityPolicy("none"))}
    )


@pytest.mark.parametrize(("before", "after"), [({}, OPTION), ({"PGOPTIONS": "-c geqo=off"}, f"-c geqo=off {OPTION}")])
def test_assertion_is_inherited(before: dict[str, str], after: str) -> None:
    """Where every PostgreSQL database of the book asserts at start-up, PGOPTIONS carries the assertion as well."""
    assert inherited({"HOME": "/h", **before}, with_assertion("startup", "startup")) == {
        "HOME": "/h",
        "PGOPTIONS": after,
    }


def test_assertion_comes_last() -> None:
    """The book's setting stands behind the caller's, because the last one counts."""
    mine = "-c default_text_search_config=english"
    assert inherited({"PGOPTIONS": mine}, with_assertion("startup"))["PGOPTIONS"] == f"{mine} {OPTION}"


@pytest.mark.parametrize("assertions", [(), ("none",), ("startup", "query"), ("tls", "startup")])
def test_assertion_that_would_break_a_database(assertions: tuple[str, ...]) -> None:
    """Where one database does not assert at start-up (a pooler refuses options), PGOPTIONS is left alone."""
    assert inherited({"PGOPTIONS": "-c geqo=off"}, with_assertion(*assertions)) == {"PGOPTIONS": "-c geqo=off"}


@pytest.mark.parametrize("mode", ["off", "report"])
def test_assertion_follows_its_layer(mode: str) -> None:
    """Where the book does not enforce the assertion, nothing is added."""
    book = with_assertion("startup")
    assert inherited({}, replace(book, guards={**book.guards, "assertion": mode})) == {}


@ON_LINUX
def test_command_and_its_exit_code(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """The words behind ``--`` are run, options and all, and the exit code is theirs."""
    policy = Policy(corpus_book("staging"))
    monkeypatch.setattr(run, "opened", lambda arguments: SimpleNamespace(policy=policy))
    code = run.run(parsed("--via", "seccomp", "--", "sh", "-c", 'echo "$PGOPTIONS" "$@"; exit 9', "sh", "--mode", "x"))
    assert (code, capfd.readouterr().out) == (9, f"{OPTION} --mode x\n")


@ON_LINUX
def test_hermetic_command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """``--hermetic`` holds whatever the book's policy says."""
    policy = Policy(corpus_book("staging"))
    monkeypatch.setattr(run, "opened", lambda arguments: SimpleNamespace(policy=policy))
    code = "import socket; print(socket.socket(type=socket.SOCK_DGRAM).connect_ex(('192.0.2.1', 9)))"
    assert run.run(parsed("--hermetic", "--", sys.executable, "-c", code)) == 0
    assert capfd.readouterr().out == "13\n"


@pytest.mark.parametrize("words", [(), ("--",), ("--mode", "enforce", "--")])
def test_nothing_to_run(words: tuple[str, ...]) -> None:
    """A call without a command says how to call it."""
    with pytest.raises(UsageRefused):
        run.run(parsed(*words))


def test_command_line_cannot_loosen_the_book(monkeypatch: pytest.MonkeyPatch) -> None:
    """``--mode report`` is refused where the book enforces."""
    policy = Policy(corpus_book("staging"))
    monkeypatch.setattr(run, "opened", lambda arguments: SimpleNamespace(policy=policy))
    with pytest.raises(UsageRefused, match="cannot loosen"):
        run.run(parsed("--mode", "report", "--", "true"))


@ON_LINUX
@pytest.mark.parametrize(
    ("words", "refused"), [((), False), (("--mode", "report"), False), (("--mode", "enforce"), True)]
)
def test_command_line_can_tighten_the_book(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], words: tuple[str, ...], refused: bool
) -> None:
    """Where the book only reports, so does the command, until it is told to enforce."""
    book = corpus_book("staging")
    policy = Policy(replace(book, guards={**book.guards, "processes": "report"}))
    monkeypatch.setattr(run, "opened", lambda arguments: SimpleNamespace(policy=policy))
    code = "import socket; print(socket.socket(type=socket.SOCK_DGRAM).connect_ex(('127.0.0.77', 9)))"
    run.run(parsed(*words, "--", sys.executable, "-c", code))
    assert capfd.readouterr().out == ("13\n" if refused else "0\n")


@ON_LINUX
def test_command_with_a_sealed_book(tmp_path: Path) -> None:
    """The whole way: a signed book, the command line, a client that is refused, and the command's exit code."""
    new_key(tmp_path / "key.pem", trust=tmp_path / "trust.json", purposes=("book",))
    (tmp_path / "staging.json").write_bytes(seal(corpus_book("staging"), signer(tmp_path / "key.pem")))
    environ = {**os.environ, "ENV_CONFIG_ENVIRONMENT": "staging", "ENV_CONFIG_BOOK": str(tmp_path)}
    code = "import socket, sys; sys.exit(socket.socket().connect_ex(('127.0.0.77', 9)))"
    command = [sys.executable, "-m", "env_config", "run", "--", sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, json.loads(done.stderr)["code"]) == (errno.EACCES, "PEER_PROD")
