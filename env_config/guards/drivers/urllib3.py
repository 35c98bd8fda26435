"""urllib3: its retries come back to the same door after what they take for a failed connection."""

from __future__ import annotations

from typing import Any

from ...errors import Refusal, TargetRefused
from ..checkpoint import Checkpoint
from ..self_test import RULE
from .wrapping import Patch, before, part


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Wrap the step in which a failure is counted: a refusal ends the retries."""

    def increment(
        _self: object,
        _method: object = None,
        _url: object = None,
        _response: object = None,
        error: Any = None,
        *_arguments: object,
        **_keywords: object,
    ) -> None:
        found = next((one for one in _own(error) if isinstance(one, Refusal)), None)
        if found is not None:
            raise found

    return [before(checkpoint, "urllib3", part("urllib3.util.retry").Retry, "increment", increment)]


def _own(error: Any) -> Any:
    """The error, what it holds and what it was raised from; not what happened to be handled at the time."""
    while isinstance(error, BaseException):
        yield error
        yield from (one for one in error.args if isinstance(one, Refusal))
        error = error.__cause__ or next((one for one in error.args if isinstance(one, BaseException)), None)


def probe() -> None:
    """A refusal is counted, and comes back."""
    refusal = TargetRefused(code="PEER_PROD", rule=RULE)
    part("urllib3.util.retry").Retry(3).increment("GET", "/", error=refusal)
