"""curl_cffi: libcurl resolves, connects and follows redirects by itself, so it is asked about every socket it opens."""

from __future__ import annotations

import socket
import struct
from typing import Any
from urllib.parse import urlsplit

from ...errors import Refusal
from ..checkpoint import Checkpoint, port_of, text_of
from ..resolved_names import NAMES
from ..self_test import SENTINEL_ADDRESS
from .wrapping import Patch, before, part, replace

_URL, _OPEN_SOCKET, _OPEN_SOCKET_DATA = 10_002, 20_163, 10_164
"""CURLOPT_URL, CURLOPT_OPENSOCKETFUNCTION and CURLOPT_OPENSOCKETDATA of curl.h."""
_BAD_SOCKET = -1
_HEAD = struct.Struct("iiiI")
"""``struct curl_sockaddr``: family, type, protocol, length; the address follows."""

_KEPT: list[object] = []
"""libcurl keeps plain pointers into these for as long as a handle lives."""


class Opener:
    """What libcurl calls for every socket that it is about to open, redirects included."""

    def __init__(self, checkpoint: Checkpoint, ffi: Any, lib: Any) -> None:
        self._checkpoint, self._ffi, self._lib = checkpoint, ffi, lib
        self.refused: dict[int, Refusal] = {}
        self.asked: dict[int, str] = {}
        self._callback = ffi.callback("int(void *, int, void *)", self._open)
        _KEPT.append(self)

    def prepares(self, function: Any) -> Any:
        """Whatever gives a handle its first options has libcurl ask for the handle's sockets as well."""

        def call(handle: Any, *arguments: Any, **keywords: Any) -> Any:
            result = function(handle, *arguments, **keywords)
            if getattr(handle, "_curl", None) is not None:
                cast, option = self._ffi.cast, self._lib._curl_easy_setopt
                option(handle._curl, _OPEN_SOCKET, cast("void *", self._callback))
                option(handle._curl, _OPEN_SOCKET_DATA, cast("void *", id(handle)))
            return result

        return call

    def explains(self, function: Any) -> Any:
        """The refusal itself comes out of a transfer, instead of libcurl's "could not connect"."""

        def _get_error(handle: Any, code: int, *arguments: Any) -> Any:
            refusal = self.refused.pop(id(handle), None) if code else None
            return refusal or function(handle, code, *arguments)

        return _get_error

    def _open(self, client: Any, _purpose: int, address: Any) -> int:
        try:
            family, kind, protocol, place = _read(self._ffi, address)
            if place is not None:
                judge_socket(self._checkpoint, place, self.asked.get(int(self._ffi.cast("uintptr_t", client)), ""))
            return socket.socket(family, kind, protocol).detach()
        except Refusal as refusal:
            self.refused[int(self._ffi.cast("uintptr_t", client))] = refusal
        except OSError:
            pass
        return _BAD_SOCKET


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Judge URLs as they are set, and addresses as sockets are opened."""
    curl = part("curl_cffi.curl")
    opener = Opener(checkpoint, curl.ffi, curl.lib)

    def option(handle: object, option: Any, value: Any) -> None:
        if int(option) == _URL:
            opener.refused.pop(id(handle), None)
            opener.asked[id(handle)] = judge_url(checkpoint, value)

    return [
        before(checkpoint, "curl_cffi", curl.Curl, "setopt", option),
        replace(curl.Curl, "__init__", opener.prepares),
        replace(curl.Curl, "reset", opener.prepares),
        replace(curl.Curl, "_get_error", opener.explains),
    ]


def probe() -> None:
    """An option is judged before libcurl gets it."""
    handle = part("curl_cffi.curl").Curl()
    try:
        handle.setopt(part("curl_cffi.const").CurlOpt.URL, f"http://[{SENTINEL_ADDRESS}]/")
    finally:
        handle.close()


def judge_url(checkpoint: Checkpoint, url: str | bytes) -> str:
    """Libcurl parses this itself: what parsers disagree on is refused. It takes HTTP for granted without a scheme.

    Returns:
        The host that the URL names.
    """
    text = url.decode("utf-8", "surrogateescape") if isinstance(url, bytes) else url
    where = text.partition("?")[0].partition("#")[0]
    where = where if "://" in where else f"http://{where}"
    checkpoint.text(where, "url", resolve=False)
    return urlsplit(where).hostname or ""


def judge_socket(checkpoint: Checkpoint, place: tuple[Any, ...], asked: str) -> None:
    """Judge what libcurl is about to connect to. It resolves by itself, so a refusal shows the host of the URL."""
    host, port = text_of(place[0]), port_of(place[1])
    if asked and not checkpoint.judge_place(host, port).allowed:
        NAMES.remember(asked, [host])
    checkpoint.place(host, port)


def _read(ffi: Any, address: Any) -> tuple[int, int, int, tuple[str, int] | None]:
    family, kind, protocol, length = _HEAD.unpack(bytes(ffi.buffer(address, _HEAD.size)))
    raw = bytes(ffi.buffer(address, _HEAD.size + length))[_HEAD.size :]
    if family == socket.AF_INET:
        return family, kind, protocol, (socket.inet_ntop(family, raw[4:8]), int.from_bytes(raw[2:4], "big"))
    if family == socket.AF_INET6:
        return family, kind, protocol, (socket.inet_ntop(family, raw[8:24]), int.from_bytes(raw[2:4], "big"))
    path = raw[2:].split(b"\0")[0].decode("utf-8", "surrogateescape")
    return family, kind, protocol, (path, 0) if path else None
