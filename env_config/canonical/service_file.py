"""libpq's service files: which one is read, and what a service in it sets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .refusing import ambiguous

_SYSTEM_FOLDERS = ("/etc/postgresql-common", "/usr/local/etc/postgresql", "/usr/local/pgsql/etc", "/etc")


def service_pairs(service: str, environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """What the service sets, in the first file that defines it.

    Raises:
        TargetRefused: AMBIGUOUS where no file defines it, a file is no service file, or it asks a directory server.
    """
    for path in _files(environ):
        text = _content(path)
        found = None if text is None else _section(text, service)
        if found is not None:
            return found
    raise ambiguous("a service that no service file defines", "dsn-service")


def _files(environ: Mapping[str, str]) -> list[Path]:
    named = environ.get("PGSERVICEFILE")
    home = environ.get("HOME")
    first = [Path(named)] if named else [Path(home) / ".pg_service.conf"] if home else []
    system = environ.get("PGSYSCONFDIR")
    folders = (system,) if system else _SYSTEM_FOLDERS
    return first + [Path(folder) / "pg_service.conf" for folder in folders]


def _content(path: Path) -> str | None:
    try:
        return path.read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ambiguous("a service file that cannot be read", "dsn-service") from error


def _section(text: str, service: str) -> list[tuple[str, str]] | None:
    pairs: list[tuple[str, str]] | None = None
    for raw in text.split("\n"):
        line = raw.strip(" \t\n\v\f\r")
        if not line or line[0] == "#":
            continue
        if line[0] == "[":
            if pairs is not None:
                break
            if line.startswith(f"[{service}]"):
                pairs = []
        elif pairs is not None:
            pairs.append(_pair(line))
    return None if pairs is None else list(dict(reversed(pairs)).items())


def _pair(line: str) -> tuple[str, str]:
    keyword, equals, value = line.partition("=")
    if line.startswith("ldap"):
        raise ambiguous("a service that a directory server defines", "dsn-service")
    if not equals or keyword == "service":
        raise ambiguous("a service file that libpq does not take", "dsn-service")
    return keyword, value
