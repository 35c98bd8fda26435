"""Dates and times: what happens at them, and how they look in columns of numbers or text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from generators.spec import GeneratorSpec

from ...catalog import Column
from ..names import Words, reference_rows
from .matching import column_words
from .model import Meaning
from .traits import family, room

_TEMPORAL = frozenset(
    [
        "date",
        "at",
        "on",
        "time",
        "timestamp",
        "datetime",
        "utc",
        "stamp",
        "day",
        "instant",
        "when",
        "epoch",
        "moment",
        "ts",
        "local",
        "tz",
        "ms",
        "second",
    ]
)
_HEADS = frozenset(["date", "at", "timestamp", "time", "epoch", "ts"])
_FORCEFUL = frozenset({"deleted", "born"})
_COMING = frozenset({"due", "expires"})
_AHEAD = frozenset({
    "end", "ends", "ending", "until", "to", "thru", "through", "finish", "finishes", "completion", "close", "closes",
    "return", "leave",
})  # fmt: skip
"""Words that tell of an end, but not that it has come."""
_YEARS = {
    "created": (2020, 2022), "started": (2021, 2022), "updated": (2023, 2024), "ended": (2023, 2024),
    "deleted": (2024, 2025), "due": (2026, 2027), "expires": (2026, 2028), "born": (1940, 2007), "": (2020, 2024),
}  # fmt: skip
_YEAR_SECONDS = 31_556_952
_EPOCH_YEAR = 1970
_SCORE, _TEXT_SCORE, _UNKNOWN_SCORE = 0.8, 0.75, 0.3
_MONTH, _DAY = "(0[1-9]|1[0-2])", "(0[1-9]|1[0-9]|2[0-8])"
_CLOCK = "(0[89]|1[0-7]):[0-5][0-9]:[0-5][0-9]"
_SHORTEST_MOMENT, _SHORTEST_DATE, _SHORTEST_COMPACT = 19, 10, 8
_LARGEST_INTEGER = 2**31


@dataclass(frozen=True, slots=True)
class _Event:
    word: str
    moment: str
    null_share: float


def moment_of(column: Column) -> Meaning | None:
    """What a date, time or moment is, whichever type it is kept in; None for columns that are none."""
    kind, named = family(column), column_words(column.name)
    if kind in ("date", "moment"):
        event = _event(named)
        if event is None:
            return Meaning(score=_UNKNOWN_SCORE, reason="a date or time of no particular event")
        return Meaning(None, score=_SCORE, reason=_reason(event), null_share=event.null_share, moment=event.moment)
    if kind not in ("integer", "text") or not _is_temporal(named):
        return None
    event = _event(named) or _Event(named[-1], "", 0.1)
    generator = _written(named, column, event) if kind == "text" else _counted(named, column, event)
    if generator is None:
        return None
    return Meaning(
        generator, score=_TEXT_SCORE, reason=_reason(event), null_share=event.null_share, moment=event.moment
    )


def lies_behind(column: Column) -> bool:
    """Whether a date or moment is one that has come when its row is there: created, closed, paid or seen.

    What is due, expires or ends may lie ahead; a name that tells of none of these tells of what has been.
    """
    if family(column) not in ("date", "moment"):
        return False
    named = column_words(column.name)
    known = [_events()[word] for word in named if word in _events() and not _is_filler(word, named)]
    return not (_AHEAD.intersection(named) or any(event.moment in _COMING for event in known))


def _reason(event: _Event) -> str:
    return f"{event.word!r} is when a thing is {event.moment}" if event.moment else f"called {event.word!r}"


def _is_temporal(named: Words) -> bool:
    """The name ends like a date; ``time`` alone may be a duration, so it has to be the time of something known."""
    bare = tuple(word for word in named if word not in ("ms", "utc", "local", "tz", "second") and not word.isdigit())
    if bare[:1] == ("date",) and len(bare) > 1:
        return True
    if not bare or bare[-1] not in _HEADS:
        return False
    return bare[-1] != "time" or (len(bare) > 1 and _event(named) is not None)


# ---------------------------------------------------------------------------------------------------- the event


def _event(named: Words) -> _Event | None:
    """The event that the name tells: its last word counts most, except that deletions and births always count."""
    known = [_events()[word] for word in named if word in _events() and not _is_filler(word, named)]
    forceful = [event for event in known if event.moment in _FORCEFUL]
    if forceful:
        return forceful[-1]
    return known[-1] if known else None


def _is_filler(word: str, named: Words) -> bool:
    """``timestamp`` in ``deleted_timestamp`` tells nothing; alone it does."""
    return word in _TEMPORAL and len(named) > 1


@cache
def _events() -> Mapping[str, _Event]:
    return {
        row["word"]: _Event(row["word"], row["moment"], float(row["null_share"])) for row in reference_rows("moments")
    }


# ------------------------------------------------------------------------------------------- as numbers and text


def _counted(named: Words, column: Column, event: _Event) -> GeneratorSpec | None:
    """Seconds since 1970, or milliseconds where the name says so."""
    if room(column) < _LARGEST_INTEGER - 1:
        return None
    first, last = (_since_epoch(year) for year in _YEARS[event.moment])
    factor = 1000 if room(column) >= _LARGEST_INTEGER and {"ms", "timestamp", "millis"}.intersection(named) else 1
    return GeneratorSpec("integer", {"min_value": first * factor, "max_value": last * factor})


def _since_epoch(year: int) -> int:
    return (year - _EPOCH_YEAR) * _YEAR_SECONDS


def _written(named: Words, column: Column, event: _Event) -> GeneratorSpec | None:
    """ISO 8601, as much of it as fits."""
    limit = room(column)
    years = "|".join(str(year) for year in range(_YEARS[event.moment][0], _YEARS[event.moment][1] + 1))
    if limit >= _SHORTEST_MOMENT and named[-1] != "date":
        pattern = f"^({years})-{_MONTH}-{_DAY} {_CLOCK}$"
    elif limit >= _SHORTEST_DATE:
        pattern = f"^({years})-{_MONTH}-{_DAY}$"
    elif limit >= _SHORTEST_COMPACT:
        pattern = f"^({years}){_MONTH}{_DAY}$"
    else:
        return None
    return GeneratorSpec("regex", {"pattern": pattern})
