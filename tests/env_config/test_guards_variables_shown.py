"""Variables that lead to production are told of before a command starts, by doctor, and in the audit log."""

from __future__ import annotations

import argparse
import json
import logging
from types import SimpleNamespace

import pytest

from env_config.cli import doctor, run
from env_config.errors import Refusal
from env_config.guards.ambient import AmbientGuard
from env_config.guards.guard import GuardStatus, _variables
from env_config.policy import Policy
from tests.env_config.books import corpus_book

VARIABLE = "postgresql://u:hunter2@127.0.0.77:15432/x"


def run_in(monkeypatch: pytest.MonkeyPatch, mode: str) -> list[object]:
    """Which commands ``env-config run`` started in an environment whose variable leads to production."""
    started: list[object] = []
    book = corpus_book("staging", guards={"ambient": mode, "processes": "enforce"})
    monkeypatch.setenv("DATABASE_URL", VARIABLE)
    monkeypatch.setattr(run, "opened", lambda arguments: SimpleNamespace(policy=Policy(book)))
    monkeypatch.setattr(
        "env_config.guards.processes.front.run_guarded", lambda argv, *_, **__: started.append(argv) or 0
    )
    parser = argparse.ArgumentParser()
    run.configure(parser)
    run.run(parser.parse_args(["--", "echo", "hi"]))
    return started


def test_run_refuses_a_variable_before_the_command_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command would inherit it."""
    with pytest.raises(Refusal) as caught:
        run_in(monkeypatch, "enforce")
    assert (caught.value.code, "hunter2" in str(caught.value)) == ("AMBIENT", False)


@pytest.mark.parametrize("mode", ("report", "off"))
def test_run_goes_on_where_the_book_does_not_enforce(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    """The mode is the book's."""
    assert run_in(monkeypatch, mode) == [["echo", "hi"]]


def test_doctor_says_which_variable_would_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name, never by its value."""
    monkeypatch.setenv("DATABASE_URL", VARIABLE)
    words = _variables(Policy(corpus_book()))
    assert "the variable DATABASE_URL leads to production (AMBIENT)" in words
    assert "hunter2" not in words


def test_doctor_does_not_call_an_absent_library_biting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not installed, and that is all there is to say."""
    status = GuardStatus("grpc", "connects", "enforce", installed=True, bites=True, detail="not installed")
    monkeypatch.setattr("env_config.guards.examine", lambda policy: [status])
    monkeypatch.setattr(doctor, "opened", lambda arguments: SimpleNamespace(policy=None))
    assert doctor.run(argparse.Namespace(json=False)) == 0
    assert capsys.readouterr().out.split(maxsplit=3)[3] == "not installed\n"


def test_the_audit_log_calls_a_variable_a_variable(caplog: pytest.LogCaptureFixture) -> None:
    """It is not a connection that was refused."""
    guard = AmbientGuard()
    guard.install(Policy(corpus_book()), "enforce")
    with caplog.at_level(logging.WARNING), pytest.raises(Refusal):
        guard.check({"DATABASE_URL": VARIABLE})
    assert [json.loads(record.getMessage())["event"] for record in caplog.records] == ["variable-refused"]
