"""How the embedded server is set up: its address and password, and settings for loading on a developer's machine."""

from __future__ import annotations

import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

HOST = "127.0.0.1"
NAME = "understudy"
"""The server's superuser and its database."""

_SOCKET_NAME = ".s.PGSQL.65535"
_SOCKET_PATH_MAX = 103  # macOS; Linux takes four more
_SHARED_MEMORY = Path("/dev/shm")
_SHARED_MEMORY_MIN = 512 * 1024 * 1024

# Sizes suit a laptop with 4 GB; the WAL settings keep checkpoints from interrupting a load, and no replica listens.
SETTINGS = {
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_connections": "50",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "log_checkpoints": "off",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True, slots=True)
class Access:
    """Where the server listens, and the password it was made with; never printed whole."""

    port: int
    password: str

    def __repr__(self) -> str:
        return f"Access(port={self.port})"


def read_access(path: Path) -> Access | None:
    """What :func:`write_access` wrote, or None where nothing is."""
    if not path.exists():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    return Access(int(content["port"]), str(content["password"]))


def write_access(path: Path, access: Access) -> None:
    """Write the file at once or not at all, readable by its owner only."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(access), file)
    part.replace(path)


def new_access() -> Access:
    """A free port and a password nobody knows: other users of the machine can reach a loopback port too."""
    return Access(free_port(), secrets.token_urlsafe(24))


def free_port(wanted: int = 0) -> int:
    """``wanted`` if nobody listens there, else a free one of the system's choice."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            if os.name == "posix":  # as PostgreSQL does, or a port just left would count as taken
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("this machine has no free port")


def socket_folder(folder: Path) -> Path | None:
    """``folder`` if a socket's path fits there, or None: the server is then reached through its port alone."""
    fits = len(os.fsencode(folder / _SOCKET_NAME)) <= _SOCKET_PATH_MAX
    return folder if fits and os.name == "posix" else None


def settings_text(port: int, sockets: Path | None) -> str:
    """The server's settings file."""
    settings = {
        **SETTINGS,
        "listen_addresses": HOST,
        "port": str(port),
        "unix_socket_directories": str(sockets or ""),
        **_shared_memory(),
    }
    lines = (f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items())
    return (
        "# Written by Understudy at every start; ALTER SYSTEM, or lines below the include in postgresql.conf, win.\n"
        + ("\n".join(lines) + "\n")
    )


def _shared_memory() -> dict[str, str]:
    """Containers often have 64 MB of shared memory, too little for parallel queries: then files are used."""
    if os.name != "posix" or not _SHARED_MEMORY.is_dir():
        return {}
    room = os.statvfs(_SHARED_MEMORY)
    return {"dynamic_shared_memory_type": "mmap"} if room.f_blocks * room.f_frsize < _SHARED_MEMORY_MIN else {}
