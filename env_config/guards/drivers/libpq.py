"""Everything that libpq would use, judged before it uses it: the string, the keywords and the PG* variables."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from ..checkpoint import Checkpoint


def check(checkpoint: Checkpoint, conninfo: str, keywords: Mapping[str, Any], merge: Callable[..., str]) -> None:
    """Judge a connection string as it is, then what the keywords and the environment make of it.

    Args:
        checkpoint: raises.
        conninfo: the caller's string; it counts even where a keyword overrides its host, since such a string has no
            business here.
        keywords: connection parameters beside it.
        merge: the driver's own way to put both together.
    """
    if conninfo and keywords:
        checkpoint.text(conninfo, "dsn", resolve=False)
    given = {name: value for name, value in keywords.items() if value is not None}
    checkpoint.text(merge(conninfo, **given) if given else conninfo, "dsn", os.environ)


def quoted(conninfo: str, **keywords: Any) -> str:
    """Keywords after a key=value string, for drivers that have no way of their own to merge."""
    parts = [conninfo] if conninfo else []
    for name, value in keywords.items():
        escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
        parts.append(f"{name}='{escaped}'")
    return " ".join(parts)
