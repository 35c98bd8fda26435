"""One line for everything somebody may want to know afterwards; and the caller hears whether it was written."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from env_config import audit_log
from env_config.audit_log import LOGGER, record


@pytest.fixture
def logger(monkeypatch: pytest.MonkeyPatch) -> Iterator[logging.Logger]:
    """The audit logger with nothing configured, neither on itself nor above."""
    one = logging.getLogger(LOGGER)
    # pytest hangs handlers of its own onto the root logger, and onto those that do not propagate to it.
    monkeypatch.setattr(logging.getLogger("env_config"), "parent", None)
    monkeypatch.setattr(audit_log, "_complained", False)
    handlers, filters, level = one.handlers[:], one.filters[:], one.level
    yield one
    one.handlers[:], one.filters[:] = handlers, filters
    one.setLevel(level)


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


class Full(logging.Handler):
    """A handler on a full disk; it complains about its trouble as handlers do."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            raise OSError(28, "No space left on device")
        except OSError:
            self.handleError(record)


class Raising(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        raise RuntimeError("broken")


def line(text: str) -> dict[str, Any]:
    (one,) = text.splitlines()
    found: dict[str, Any] = json.loads(one)
    return found


def test_without_a_handler_the_line_goes_to_stderr(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    """An application that configured nothing still leaves a trace: one JSON line, its keys sorted."""
    assert record("connect-refused", {"target": "prod-db.hackney.test:5432", "code": "PROD_EXACT"})
    text = capsys.readouterr().err
    found = line(text)
    assert list(found) == sorted(found)
    assert (found["event"], found["code"], found["target"]) == (
        "connect-refused",
        "PROD_EXACT",
        "prod-db.hackney.test:5432",
    )
    assert {"at", "pid"} <= set(found)


def test_a_null_handler_is_no_choice(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    """A handler that keeps nothing does not swallow the line."""
    logger.addHandler(logging.NullHandler())
    assert record("x", {})
    assert line(capsys.readouterr().err)["event"] == "x"


def test_a_chosen_handler_takes_the_line(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the application chose a handler, on the logger or above it, the line goes there and not to stderr."""
    own, above = Kept(), Kept()
    logger.addHandler(own)
    logging.getLogger("env_config").addHandler(above)
    try:
        assert record("x", {"a": 1})
    finally:
        logging.getLogger("env_config").removeHandler(above)
    assert line(own.lines[0]) == line(above.lines[0])
    assert capsys.readouterr().err == ""


def test_a_percent_sign_is_no_placeholder(logger: logging.Logger) -> None:
    """Facts are data, never a format."""
    kept = Kept()
    logger.addHandler(kept)
    assert record("x", {"a": "%s %d {b}"})
    assert line(kept.lines[0])["a"] == "%s %d {b}"


@pytest.mark.parametrize("broken", [Full(), Raising()])
def test_a_handler_that_fails_is_told_to_the_caller(
    logger: logging.Logger, capsys: pytest.CaptureFixture[str], broken: logging.Handler
) -> None:
    """Nothing is raised; the caller hears False, stderr gets the line, and the complaint comes once."""
    logger.addHandler(broken)
    assert [record("one", {}), record("two", {})] == [False, False]
    complaint, *lines = capsys.readouterr().err.splitlines()
    assert "cannot be written" in complaint
    assert [json.loads(one)["event"] for one in lines] == ["one", "two"]
    assert "handleError" not in broken.__dict__


def test_one_handler_that_works_is_enough(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    """A broken handler does not keep the line from the others."""
    kept = Kept()
    logger.addHandler(Full())
    logger.addHandler(kept)
    assert record("x", {})
    assert len(kept.lines) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("how", ["level", "filter", "disabled"])
def test_a_line_that_nobody_keeps_is_not_written(
    logger: logging.Logger, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    """Levels and filters of the application are obeyed, but a line they drop is not said to be written to a log."""
    kept = Kept()
    logger.addHandler(kept)
    if how == "level":
        kept.setLevel(logging.ERROR)
    elif how == "filter":
        logger.addFilter(lambda entry: False)
    else:
        logger.setLevel(logging.CRITICAL)
    written = record("x", {})
    assert kept.lines == []
    assert written == (how == "disabled")  # then it is as if no handler were there, and stderr has it
    assert '"event":"x"' in capsys.readouterr().err


def test_a_full_stderr_is_told_to_the_caller(logger: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed, missing or full stderr raises nothing."""

    class FullText(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    closed = io.StringIO()
    closed.close()
    for stream in (FullText(), closed, None):
        monkeypatch.setattr(sys, "stderr", stream)
        assert record("x", {}) is False


SECRETS: dict[str, tuple[dict[str, Any], str]] = {
    "by name": ({"password": "hunter2"}, "hunter2"),
    "by part of a name": ({"db_passwd_old": "hunter2"}, "hunter2"),
    "a token": ({"access_token": "hunter2"}, "hunter2"),
    "deeper": ({"facts": {"api_key": "hunter2"}}, "hunter2"),
    "in a URL": ({"target": "postgresql://u:hunter2@stage-db/x"}, "hunter2"),
    "in a URL within a sentence": ({"detail": "asked for amqps://u:hunter2@mq/ twice"}, "hunter2"),
    "in a list": ({"targets": ["redis://:hunter2@cache/0"]}, "hunter2"),
    "in a connection string": ({"target": "Host=db;Password=hunter2;Database=x"}, "hunter2"),
    "quoted": ({"target": "host=db password='hunter two' dbname=x"}, "hunter two"),
}


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_is_written(name: str, logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    """What a name or a place shows to be a secret is hidden, should a caller pass it."""
    facts, secret = SECRETS[name]
    record("x", facts)
    assert secret not in capsys.readouterr().err


def test_plain_facts_are_kept(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers, lists, sets and mappings stay what they are; anything else becomes text, and long text is cut."""
    record(
        "x",
        {
            "a": 1,
            "b": None,
            "c": ("x", 2),
            "d": frozenset({"z", "y"}),
            "e": {"f": True},
            "g": "y" * 5_000,
            "token_id": "7",
        },
    )
    found = line(capsys.readouterr().err)
    assert [found[key] for key in "abcde"] == [1, None, ["x", 2], ["y", "z"], {"f": True}]
    assert len(found["g"]) == audit_log.MAX_TEXT
    assert found["token_id"] == "7"


def test_a_line_stays_one_line(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    """Line breaks and the control sequences of terminals are written as escapes."""
    record("x", {"a": "one\ntwo\x1b[31m\u2028three"})
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    assert text.isascii()
    assert "\x1b" not in text


def test_facts_do_not_forge_an_event(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    """What happened is the caller's word, not a fact's."""
    record("connect-refused", {"event": "nothing", "pid": 0})
    found = line(capsys.readouterr().err)
    assert found["event"] == "connect-refused"
    assert found["pid"] != 0


def test_threads_write_whole_lines(logger: logging.Logger) -> None:
    """Many threads at one handler lose nothing, and leave it as it was."""
    kept = Kept()
    logger.addHandler(kept)
    threads = [threading.Thread(target=lambda: [record("x", {"a": 1}) for _ in range(50)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept.lines) == 400
    assert "handleError" not in kept.__dict__
