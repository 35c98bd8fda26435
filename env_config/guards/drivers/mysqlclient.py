"""mysqlclient: resolves and connects in C."""

from __future__ import annotations

import configparser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_PATH
from .wrapping import Patch, before, part

_POSITIONS = ("host", "user", "password", "database", "port", "unix_socket")
_DEFAULT_PORT = 3306


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Wrap the connection class, which everything else calls, and the C function below it."""
    connections, inner = part("MySQLdb.connections"), part("MySQLdb._mysql")

    def connect(*arguments: Any, **keywords: Any) -> None:
        given = {**dict(zip(_POSITIONS, arguments, strict=False)), **keywords}
        for options in (given, *_option_files(given)):
            _check(checkpoint, options)

    def method(_self: object, *arguments: Any, **keywords: Any) -> None:
        connect(*arguments, **keywords)

    return [
        before(checkpoint, "mysqlclient", connections.Connection, "__init__", method, login=True),
        before(checkpoint, "mysqlclient", inner, "connect", connect),
    ]


def probe() -> None:
    """A socket that does not exist."""
    part("MySQLdb").connect(unix_socket=SENTINEL_PATH)


def _check(checkpoint: Checkpoint, options: dict[str, Any]) -> None:
    path = options.get("unix_socket") or options.get("socket")
    if path:
        checkpoint.path(path)
    host = options.get("host")
    if host:
        port = options.get("port") or _DEFAULT_PORT
        checkpoint.place(host, port)
        checkpoint.resolved(host, port)


def _option_files(given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What the option file that the caller names says about the server."""
    path, group = given.get("read_default_file"), given.get("read_default_group")
    if not path:
        return
    parser = configparser.RawConfigParser(allow_no_value=True, strict=False)
    try:
        parser.read_string(Path(path).expanduser().read_text(encoding="utf-8", errors="replace"))
    except (OSError, configparser.Error):
        return
    for section in ("client", group):
        if section and parser.has_section(section):
            yield {key.replace("-", "_"): (value or "").strip("'\" ") for key, value in parser.items(section)}
