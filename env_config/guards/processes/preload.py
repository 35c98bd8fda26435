"""Asking through a preloaded library, where the kernel refuses to ask: ``LD_PRELOAD`` and the dynamic linker.

The library puts the question to the same decision over a unix socket, so there is one set of rules, not two. It covers
what is dynamically linked and inherits its variables: static programs, Go, set-user-id programs and children with a
cleaned environment are not covered, and the program itself is refused if it is one of these.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
from collections.abc import Sequence
from pathlib import Path

from .channel import Start
from .decisions import Decisions
from .library import built_library

_CALLS = {b"c": "connect", b"t": "sendto", b"m": "sendmsg", b"n": "sendmmsg"}
_CREDENTIALS = struct.Struct("=iII")
_WRITTEN_DOWN, _DEAF_AFTER = 255, 1.0
_ELF, _INTERPRETER = b"\x7fELF", 3


class PreloadChannel:
    """Answers what the preloaded library asks."""

    name = "preload"

    def __init__(self) -> None:
        from tempfile import mkdtemp

        self._library = built_library()
        self._folder = Path(mkdtemp(prefix="env-config-"))
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(str(self._folder / "supervisor"))
        self._listener.listen(512)
        self.descriptor = self._listener.fileno()

    def objection(self, program: str) -> str:
        """A program that the dynamic linker does not start, or starts without the library."""
        path = Path(program).resolve()
        if path.stat().st_mode & (stat.S_ISUID | stat.S_ISGID) or "security.capability" in os.listxattr(path):
            return "it runs with more rights than its caller, so the linker ignores the guard"
        return "it is statically linked, so the guard cannot get into it" if _is_static(path) else ""

    def spawn(self, program: str, argv: Sequence[str], start: Start) -> int:
        """Start it with the library in front of any that was there."""
        before = start.environ.get("LD_PRELOAD", "")
        environ = start.environ | {
            "LD_PRELOAD": f"{self._library}:{before}".rstrip(":"),
            "ENV_CONFIG_SUPERVISOR": str(self._folder / "supervisor"),
        }
        return Start(environ, start.mask, start.files)(program, argv)

    def started(self) -> None:
        """Nothing is held for spawning."""

    def close(self) -> None:
        """From now on nobody answers, which the library takes for a refusal."""
        self._listener.close()
        (self._folder / "supervisor").unlink(missing_ok=True)
        self._folder.rmdir()

    def answer(self, decisions: Decisions) -> None:
        """Answer one question."""
        end, _ = self._listener.accept()
        with end:
            end.settimeout(_DEAF_AFTER)
            try:
                question = end.recv(256)
                if question[:1] in _CALLS:
                    end.send(bytes([self._reply(decisions, end, question)]))
            except OSError:  # whoever asked is gone, or never said what
                return

    def _reply(self, decisions: Decisions, end: socket.socket, question: bytes) -> int:
        process = _CREDENTIALS.unpack(end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))[0]
        refusals = decisions.refusals
        answer = decisions.decide(process, _CALLS[question[:1]], question[1:])
        return _WRITTEN_DOWN if not answer and decisions.refusals > refusals else answer


def _is_static(path: Path) -> bool:
    """True for an ELF program without an interpreter; a script counts as what its first line names."""
    with path.open("rb") as file:
        head = file.read(65_536)
    if head[:2] == b"#!":
        named = head.split(b"\n", 1)[0][2:].split()
        return (
            bool(named) and Path(os.fsdecode(named[0])).exists() and _is_static(Path(os.fsdecode(named[0])).resolve())
        )
    if head[:4] != _ELF or len(head) < 64:
        return False
    start = int.from_bytes(head[0x20:0x28], "little")
    size, count = (int.from_bytes(head[at : at + 2], "little") for at in (0x36, 0x38))
    kinds = (head[at : at + 4] for at in range(start, start + size * count, size))
    return all(int.from_bytes(kind, "little") != _INTERPRETER for kind in kinds)
