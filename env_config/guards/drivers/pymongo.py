"""pymongo: pure Python; members that a server names are connections like any other, made by threads of its own."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

from ...errors import Refusal
from ..carried import chain
from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_ADDRESS, expect_refusal
from .wrapping import Patch, before, part, replace

_DEFAULT_PORT = 27017


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Wrap both clients: a refusal in a monitoring thread would only show as a time-out."""
    pymongo = part("pymongo")

    def client(_self: object, host: Any = None, port: Any = None, *_arguments: object, **_keywords: object) -> None:
        for text in [host] if isinstance(host, str) else list(host or ()):
            if "://" in text:
                checkpoint.text(text, "mongodb")
            else:
                place = _split(text, port or _DEFAULT_PORT)
                checkpoint.place(*place)
                checkpoint.resolved(*place)

    owners = [getattr(pymongo, name) for name in ("MongoClient", "AsyncMongoClient") if hasattr(pymongo, name)]
    found = [before(checkpoint, "pymongo", owner, "__init__", client) for owner in owners]
    for module in ("pymongo.synchronous.topology", "pymongo.asynchronous.topology"):
        with contextlib.suppress(
            ImportError, AttributeError
        ):  # other versions keep it elsewhere: a time-out then says it
            found.append(replace(part(module).Topology, "_error_message", _telling))
    return found


def _telling(function: Any) -> Any:
    """The words for "no server was found" are asked for at the time-out: a refusal of a monitor's thread comes out here."""

    def _error_message(topology: Any, *arguments: Any) -> Any:
        for server in topology.description.server_descriptions().values():
            for error in chain(server.error):
                if isinstance(error, Refusal):
                    raise copy.copy(error) from server.error
        return function(topology, *arguments)

    return _error_message


def probe() -> None:
    """Neither form starts a monitor: the refusal comes first."""
    client = part("pymongo").MongoClient
    expect_refusal("pymongo", lambda: client(SENTINEL_ADDRESS, connect=False))
    client(f"mongodb://[{SENTINEL_ADDRESS}]/", connect=False)


def _split(text: str, port: int) -> tuple[str, int | str]:
    """``host``, ``host:port``, ``[v6]:port``, or a socket's path."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, rest.lstrip(":") or port
    if text.startswith("/") or text.count(":") != 1:
        return text, port
    host, _, number = text.partition(":")
    return host, number
