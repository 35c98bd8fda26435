"""One JSON line for everything that somebody may want to know afterwards: refusals, reports, grants.

The lines go to the logger ``env_config.audit``; where the application gave no handler, to stderr. A line that could not
be written never stops the caller, who is told; those that must be written (grants) are then refused by the caller.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging

LOGGER = "env_config.audit"
MAX_TEXT = 2_000

_SECRET_NAME = re.compile(
    r"passw|passphrase|pwd|secret|token(?!_id)|credential|authorization|cookie|api_?key|private", re.I
)
_USER_INFORMATION = re.compile(r"(?P<before>[a-z][a-z0-9+.-]*://)[^/?#\s]*@", re.I)
_PASSWORD = re.compile(r"(?P<before>\b(?:password|passwd|pwd)\s*=\s*)(?:'[^']*'|\"[^\"]*\"|[^\s;&,]+)", re.I)
_complained = False


def record(event: str, facts: Mapping[str, object]) -> bool:
    """Write one line.

    Args:
        event: what happened, such as ``grant-used``.
        facts: plain values by name. Those whose name speaks of a secret are hidden, and user information is cut out of
            URLs; facts should hold neither.

    Returns:
        True if a place that the application chose (stderr, if it chose none) has taken the line.
    """
    line = _line(event, facts)
    import logging

    logger = logging.getLogger(LOGGER)
    if logger.isEnabledFor(logging.WARNING) and any(_chosen(logger)):
        if _logged(logger, line):
            return True
        _complain()
        tell(line)
        return False
    return tell(line)


def _line(event: str, facts: Mapping[str, object]) -> str:
    from datetime import datetime, timezone

    at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    clean = {str(name): _clean(str(name), value) for name, value in facts.items()}
    document = {**clean, "at": at, "event": event, "pid": os.getpid()}
    return json.dumps(document, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def _clean(name: str, value: object) -> object:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if _SECRET_NAME.search(name):
        return "***"
    if isinstance(value, Mapping):
        return {str(key): _clean(str(key), item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
        return [_clean(name, item) for item in items]
    text = _USER_INFORMATION.sub(r"\g<before>***@", str(value))
    return _PASSWORD.sub(r"\g<before>***", text)[:MAX_TEXT]


def _chosen(logger: logging.Logger) -> Iterator[logging.Handler]:
    """The handlers that a line of this logger goes to; a NullHandler keeps nothing, so it is no choice."""
    import logging

    here: logging.Logger | None = logger
    while here is not None:
        yield from (handler for handler in here.handlers if not isinstance(handler, logging.NullHandler))
        here = here.parent if here.propagate else None


def _logged(logger: logging.Logger, line: str) -> bool:
    import logging

    entry = logger.makeRecord(LOGGER, logging.WARNING, __file__, 0, line, (), None)
    if not logger.filter(entry):
        return False
    taken = [_delivered(handler, entry) for handler in _chosen(logger) if entry.levelno >= handler.level]
    return any(taken)


def _delivered(handler: logging.Handler, entry: logging.LogRecord) -> bool:
    """Hand the line to a handler and find out whether it took it, which ``logging`` itself keeps to itself."""
    failed: list[bool] = []
    before = handler.__dict__.get("handleError")
    handler.acquire()
    try:
        handler.handleError = lambda record: failed.append(True)  # type: ignore[method-assign]
        taken = handler.handle(entry)
    except Exception:  # noqa: BLE001 - whatever a handler does, the caller is to hear of it as False
        return False
    finally:
        if before is None:
            handler.__dict__.pop("handleError", None)
        else:
            handler.handleError = before  # type: ignore[method-assign]
        handler.release()
    return bool(taken) and not failed


def tell(line: str) -> bool:
    """Write a line to stderr; False if nobody can read it."""
    try:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):  # full, closed, or none at all
        return False
    return True


def _complain() -> None:
    """Say once that lines are being lost; a full disk must not become a full screen."""
    global _complained
    if not _complained:
        _complained = True
        tell("env_config: the audit log cannot be written; its lines go to stderr")
