"""The ECS agent's word on which task this is (task metadata endpoint, version 4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..signature import strict_json
from .accounts import arn_evidence
from .evidence import ECS, Evidence, bad
from .fetching import fetch, is_metadata_address

if TYPE_CHECKING:
    from .gathering import Sources

_PINNED = re.compile(r"@(?P<digest>sha256:[0-9a-f]{64})\Z")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")


def ecs_evidence(sources: Sources) -> Evidence:
    """Evidence from ``ECS_CONTAINER_METADATA_URI_V4``: the account of the task's ARN, and the image it runs."""
    url = sources.environ["ECS_CONTAINER_METADATA_URI_V4"].rstrip("/")
    if not is_metadata_address(url):
        return bad(ECS, "its address is not that of the ECS agent")
    try:
        task = _document(sources, f"{url}/task")
        container = _document(sources, url) if sources.environ.get("ENV_CONFIG_STAMP") else {}
    except (OSError, ValueError):
        return bad(ECS, "the ECS agent gave no answer that can be read")
    return task_evidence(task, container, sources)


def task_evidence(task: dict[str, Any], container: dict[str, Any], sources: Sources) -> Evidence:
    """Evidence from the agent's documents on the task and on this container."""
    arn = task.get("TaskARN")
    if not isinstance(arn, str):
        return bad(ECS, "the ECS agent names no task")
    return arn_evidence(ECS, arn, sources.environments, services=("ecs",), images=running_images(container))


def running_images(container: dict[str, Any]) -> tuple[str, ...]:
    """Digests by which the running image may be known; none if its image was not named by digest.

    ``ImageID`` is the digest of the image's manifest on some launch types and of its configuration on others. So alone it
    proves no mismatch, and it only counts beside a manifest's digest in ``Image``.
    """
    image, number = container.get("Image"), container.get("ImageID")
    pinned = _PINNED.search(image) if isinstance(image, str) else None
    if pinned is None:
        return ()
    more = (number,) if isinstance(number, str) and _DIGEST.match(number) else ()
    return (pinned["digest"], *more)


def _document(sources: Sources, url: str) -> dict[str, Any]:
    found = strict_json((sources.fetch or fetch)(url, {"Accept": "application/json"}))
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found
