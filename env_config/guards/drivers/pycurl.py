"""pycurl: its class is of C, so a subclass takes its place; libcurl asks it about every socket it opens."""

from __future__ import annotations

import socket
from typing import Any

from ...errors import Refusal
from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_ADDRESS
from .curl_cffi import judge_socket, judge_url
from .wrapping import Patch, before, part


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Replace the module's class. Objects of the class that somebody kept a copy of are not seen."""
    pycurl = part("pycurl")
    original = pycurl.Curl

    def option(handle: Any, option: int, *value: Any) -> None:
        if option == pycurl.URL and value:
            handle.asked = judge_url(checkpoint, value[0])

    class Curl(original):  # type: ignore[misc, valid-type]
        __doc__ = original.__doc__

        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self.refusal: Refusal | None = None
            self.asked = ""
            super().setopt(pycurl.OPENSOCKETFUNCTION, self.__open)

        def setopt(self, *arguments: Any) -> Any:
            return super().setopt(*arguments)

        def reset(self) -> None:
            super().reset()
            super().setopt(pycurl.OPENSOCKETFUNCTION, self.__open)

        def perform(self, *arguments: Any) -> Any:
            self.refusal = None
            try:
                return super().perform(*arguments)
            except pycurl.error:
                if self.refusal is not None:
                    raise self.refusal from None
                raise

        def __open(self, _purpose: int, address: Any) -> Any:
            family, kind, protocol, place = address
            try:
                judge_socket(checkpoint, place[:2] if isinstance(place, tuple) else (place, None), self.asked)
            except Refusal as refusal:
                self.refusal = refusal
                return pycurl.SOCKET_BAD
            return socket.socket(family, kind, protocol)

    judged = before(checkpoint, "pycurl", Curl, "setopt", option)
    pycurl.Curl = Curl
    return [judged, Patch(pycurl, "Curl", original, Curl)]


def probe() -> None:
    """An option is judged before libcurl gets it."""
    pycurl = part("pycurl")
    pycurl.Curl().setopt(pycurl.URL, f"http://[{SENTINEL_ADDRESS}]/")
