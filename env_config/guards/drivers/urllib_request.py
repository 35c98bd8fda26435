"""urllib.request: wraps every OSError into one of its own, so the refusal is unwrapped where it comes out."""

from __future__ import annotations

from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_ADDRESS
from .wrapping import Patch, around, part


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Wrap the method that ``urlopen`` and every opener end in."""
    return [around(checkpoint, part("urllib.request").OpenerDirector, "open")]


def probe() -> None:
    """Without the proxies of the environment; ``http.client`` refuses before it connects."""
    library = part("urllib.request")
    library.build_opener(library.ProxyHandler({})).open(f"http://[{SENTINEL_ADDRESS}]/", timeout=1)
