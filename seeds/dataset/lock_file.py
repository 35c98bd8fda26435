"""The lock beside a dataset's file: an upgrade that would change its data is refused instead of going unnoticed.

The folder ``borough`` has its lock in ``borough.lock.json``. Loading compares what the lock pins (generator versions and
reference data); ``understudy lock NAME --check`` compares everything, the definition included.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, cast

from generators import Dataset, lock_changes, lock_of

from ..errors import DatasetFileError

_PINNED = ("generators", "reference")


def lock_text(dataset: Dataset) -> str:
    """The lock as it stands in a file."""
    return json.dumps(lock_of(dataset), indent=2, sort_keys=True) + "\n"


def check_lock(dataset: Dataset, lock: Path | Traversable, *, strict: bool = False) -> None:
    """Refuse a dataset whose values are not those that its lock promised; without a lock there is nothing to refuse.

    Raises:
        DatasetFileError: DATASET_LOCK_CHANGED, with what changed; DATASET_LOCK_ABSENT if ``strict`` and there is none.
    """
    if not lock.is_file():
        if strict:
            raise DatasetFileError(
                "there is no lock yet", file=str(lock), code="DATASET_LOCK_ABSENT", hint="write it: understudy lock"
            )
        return
    pinned, current = _read(lock), json.loads(lock_text(dataset))
    if not strict:
        pinned, current = _shared(pinned, current), _shared(current, pinned)
    changes = lock_changes(pinned, current)
    if changes:
        raise DatasetFileError(
            f"not what the lock pins: {', '.join(changes)}",
            file=str(lock),
            code="DATASET_LOCK_CHANGED",
            hint="if the change is meant, raise the dataset's version and run 'understudy lock' for it",
        )


def _read(lock: Path | Traversable) -> Mapping[str, Any]:
    try:
        found = json.loads(lock.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DatasetFileError(f"cannot be read: {error}", file=str(lock), code="DATASET_LOCK_UNREADABLE") from None
    if not isinstance(found, dict):
        raise DatasetFileError("is not a lock", file=str(lock), code="DATASET_LOCK_UNREADABLE")
    return cast("Mapping[str, Any]", found)


def _shared(lock: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """What both pin: a generator that the dataset has begun or ceased to use changes nobody's data silently."""
    engine = {"engine": lock["engine"]} if "engine" in lock else {}
    return engine | {
        part: {name: value for name, value in lock.get(part, {}).items() if name in other.get(part, {})}
        for part in _PINNED
    }
