"""The command as a person meets it: what is said where, and with which exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from env_config.authoring.signing import new_key, signer
from env_config.book.codec import seal
from tests.env_config.books import corpus_book

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("books")
    key = tmp_path_factory.mktemp("keys") / "signing.pem"
    new_key(key, trust=folder / "trust.json", purposes=("book",))
    for environment in ("production", "staging"):
        (folder / f"{environment}.json").write_bytes(seal(corpus_book(environment), signer(key)))
    return folder


def run(*words: str, environment: str = "staging", **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "env_config", *words],
        cwd=ROOT,
        env=variables(environment, **more),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def variables(environment: str = "staging", **more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "ENV_CONFIG_ENVIRONMENT": environment, **more}


def test_which_says_the_environment_first(books: Path) -> None:
    """The first line of stdout is the name and nothing else; JSON has the same."""
    plain = run("which", "--book", str(books), environment="STG")
    assert (plain.returncode, plain.stdout.splitlines()[0], plain.stderr) == (0, "staging", "")
    facts = json.loads(run("which", "--book", str(books), "--json").stdout)
    assert (facts["environment"], facts["protected"]) == ("staging", False)


def test_which_shows_the_evidence_of_a_conflict(books: Path, tmp_path: Path) -> None:
    """Where the environment is refused because of what the platform says, that is listed before the refusal."""
    stamp = tmp_path / "stamp.jwt"
    stamp.write_text("nonsense", encoding="utf-8")
    told = run("which", "--book", str(books), ENV_CONFIG_STAMP=str(stamp))
    assert told.returncode == 3
    assert "attested   " in told.stderr.partition("error[")[0]
    assert "error[ENV_UNATTESTED]" in told.stderr


@pytest.mark.parametrize(
    ("words", "stdout"),
    [
        (("resolve", "social-care-db"), "stage-db.hackney.test:5432\n"),
        (("resolve", "manage-my-home", "--url", "/x"), "https://manage-my-home-staging.hackney.example/x\n"),
    ],
)
def test_resolve_prints_data_only(books: Path, words: tuple[str, ...], stdout: str) -> None:
    """What a script wants stands alone on stdout."""
    found = run(*words, "--book", str(books))
    assert (found.returncode, found.stdout, found.stderr) == (0, stdout, "")


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        ((), "USAGE", 2),
        (("resolv",), "USAGE", 2),
        (("resolve",), "USAGE", 2),
        (("resolve", "social-care-db", "--json", "--dsn", "psycopg"), "USAGE", 2),
        (("resolve", "manage-my-home", "--url", "x"), "USAGE", 2),
        (("resolve", "social-care-db", "--dsn", "nosuch"), "USAGE", 2),
        (("resolve", "nope"), "UNDECLARED", 3),
        (("resolve", "social-care-db", "--book", "/nonexistent"), "BOOK_MISSING", 2),
    ],
)
def test_a_refusal_has_a_code_a_hint_and_an_exit_code(
    books: Path, words: tuple[str, ...], code: str, exit_code: int
) -> None:
    """Every way of going wrong is told alike, on stderr, and nothing stands on stdout."""
    told = run(*words, ENV_CONFIG_BOOK=str(books))
    assert (told.returncode, told.stdout) == (exit_code, "")
    assert told.stderr.startswith(f"error[{code}]: ")
    assert "\n\nhint: " in told.stderr
    assert "Traceback" not in told.stderr


def test_the_version_is_told() -> None:
    """`--version` is one line."""
    told = run("--version")
    assert told.returncode == 0
    assert told.stdout.startswith("env-config ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_output_that_cannot_be_written_is_no_traceback(books: Path) -> None:
    """A full disk and a closed stdout are told in a line; a reader that left is nobody's fault."""
    base = [sys.executable, "-m", "env_config", "which", "--book", str(books)]
    with Path("/dev/full").open("w") as full:
        told = subprocess.run(
            base, cwd=ROOT, env=variables(), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (told.returncode, told.stderr.startswith("error[USAGE]: ")) == (2, True)
    shell = " ".join(base)
    closed = subprocess.run(
        f"{shell} >&-", cwd=ROOT, env=variables(), stderr=subprocess.PIPE, text=True, shell=True, check=False
    )
    assert closed.returncode == 2
    assert "Traceback" not in told.stderr + closed.stderr


def test_an_interruption_is_no_traceback(tmp_path: Path) -> None:
    """Ctrl-C ends a command with 130 and one word."""
    for number in range(3_000):
        (tmp_path / f"{number}.yml").write_text("a: https://x.example/\n" * 400, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "env_config", "scan", str(tmp_path)],
        cwd=ROOT,
        env=variables(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in words
