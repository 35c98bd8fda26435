"""Types that reach the database as text in their own notation: addresses, intervals, bits, trees, vectors and so on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from ...catalog import DataType, Kind
from .errors import Unrealisable
from .fitness import sizes_of
from .listed import LONGEST, listed
from .model import Made, Task, made
from .sampling import capacity_of, sample, suits
from .types import TEXT

_QUARTER = 15
_DAY_SECONDS = 86_400
_BYTES, _LONGEST = (8, 16), 4096
_BITS = 16
_CLOCK = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
_PLACE = r"^SRID=4326;POINT\(-0[.]0[0-9]{6} 51[.]5[0-9]{6}\)$"

_DISTINCT = {
    Kind.MACADDR: "^02(:[0-9a-f]{2}){5}$",
    Kind.INTERVAL: "^[1-9][0-9]{6} seconds$",
    Kind.TSVECTOR: "^'[a-z]{10}'$",
    Kind.TSQUERY: "^'[a-z]{10}'$",
    Kind.HSTORE: '^"reference"=>"[0-9a-f]{12}"$',
    Kind.LTREE: "^services[.][a-z]{10}$",
    Kind.XML: '^<record reference="[0-9a-f]{12}"/>$',
    Kind.POINT: "^[(]-0[.]0[0-9]{6},51[.]5[0-9]{6}[)]$",
}
"""Types of which a language holds enough distinct texts."""

_PLAIN = {
    Kind.INTERVAL: "interval_text",
    Kind.TIME: "time_text",
    Kind.UUID: "uuid_text",
    Kind.INET: "inet",
    Kind.MACADDR: "mac_address",
    Kind.XML: "xml_text",
    Kind.TSVECTOR: "tsvector_text",
    Kind.HSTORE: "hstore_text",
    Kind.LTREE: "ltree_text",
    Kind.POINT: "point_text",
}

_BY_NAME: dict[str, tuple[str, ...]] = {
    "box": ("(1,1),(0,0)", "(2,3),(1,1)"),
    "cid": ("0", "1"),
    "circle": ("<(0,0),1>", "<(1,2),3>"),
    "cube": ("(1, 2, 3)", "(0.5, 1, 2)"),
    "isbn": ("978-0-00-000000-2",),
    "jsonpath": ("$.name", "$.items[*]"),
    "line": ("{1,-1,0}", "{2,1,3}"),
    "lquery": ("*.review", "services.*"),
    "lseg": ("[(0,0),(1,1)]", "[(1,2),(3,4)]"),
    "ltxtquery": ("review", "repair"),
    "macaddr8": ("02:00:00:ff:fe:00:00:01", "02:00:00:ff:fe:00:00:02"),
    "oid": ("1", "2"),
    "path": ("[(0,0),(1,1)]", "((0,0),(1,1),(1,0))"),
    "pg_lsn": ("0/16B3748", "0/16B3750"),
    "polygon": ("((0,0),(1,0),(1,1))", "((0,0),(2,0),(1,2))"),
    "seg": ("1 .. 2", "0.5"),
    "sparsevec": ("{1:0.5}/3",),
    "tid": ("(0,1)", "(0,2)"),
    "txid_snapshot": ("10:20:10",),
    "xid": ("3", "4"),
    "xid8": ("3", "4"),
}
"""Values of rarer types by their name."""


def rendered(task: Task) -> Made:
    """A generator of a type's own notation.

    Raises:
        Unrealisable: for a type that nothing is known of, or a domain without a value.
    """
    domain = task.domain
    if domain.values is not None:
        return listed(task, map(_notation, domain.values), "the values that a constraint lists")
    special = _SPECIAL.get(task.data_type.kind)
    if special is not None:
        return special(task)
    kept = _kept(task)
    if kept is not None:
        return kept
    if task.data_type.base in _BY_NAME:
        return _by_name(task)
    pattern = _DISTINCT.get(task.data_type.kind)
    if task.unique is not None and pattern is not None:
        spec = made("unique_regex", "distinct by construction", pattern=pattern)
        return made("unique_regex", spec.reason, _size(spec), pattern=pattern)
    plain = _PLAIN.get(task.data_type.kind)
    if plain is None:
        return _by_name(task)
    return made(plain, "its type", None)


def _notation(value: object) -> object:
    """A constant as the database reads it."""
    if isinstance(value, timedelta):
        return f"{value.days * _DAY_SECONDS + value.seconds} seconds"
    return value.isoformat() if isinstance(value, time) else value


def _kept(task: Task) -> Made | None:
    """The meaning, where it makes text and nothing else is asked: what it means is a notation of the type then."""
    spec, plain = task.meaning, _PLAIN.get(task.data_type.kind)
    if spec is None or task.unique is not None or spec.name not in (plain, "choice") or not suits(spec, TEXT):
        return None
    return Made(spec, "its meaning") if sample(spec, TEXT, as_of=task.as_of) else None


def _by_name(task: Task) -> Made:
    values = _BY_NAME.get(task.data_type.base.lower())
    if values is None:
        raise Unrealisable(task.name, f"no value of the type {task.data_type.name} is known")
    return listed(task, values, f"examples of {task.data_type.base}")


def _time(task: Task) -> Made:
    low, high = _seconds(task.domain.low, up=True), _seconds(task.domain.high, up=False)
    first, last = 0 if low is None else low, _DAY_SECONDS - 1 if high is None else high
    if low is None and high is None and not task.domain.excluded:
        if task.unique is None:
            return made("time_text", "its type")
        return made("unique_regex", "times of day, each once", _DAY_SECONDS, pattern=_CLOCK)
    step = _QUARTER * 60 if task.unique is None and last - first > 4 * _QUARTER * 60 else 1
    places = range(-(-first // step) * step, last + 1, step)
    if step == 1 and task.unique is None:
        places = places[: 4 * _QUARTER]
    clock = [f"{place // 3600:02}:{place // 60 % 60:02}:{place % 60:02}" for place in places]
    if not clock:
        raise Unrealisable(task.name, "its bounds leave no time of day")
    return listed(task, clock, "times of day inside its bounds" if low or high else "times of day")


def _seconds(bound: object, *, up: bool) -> int | None:
    value = getattr(bound, "value", None)
    if isinstance(value, datetime) or not isinstance(value, time):
        return None
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    open_ = bool(getattr(bound, "open", False))
    return seconds + (1 if up and (open_ or value.microsecond) else -1 if not up and open_ else 0)


def _interval(task: Task) -> Made:
    low, high = (_length(bound) for bound in (task.domain.low, task.domain.high))
    if low is None and high is None:
        if task.unique is not None:
            return made("unique_regex", "distinct by construction", 9 * 10**6, pattern=_DISTINCT[Kind.INTERVAL])
        return made("interval_text", "its type")
    first = 0 if low is None else low
    last = first + 30 * _DAY_SECONDS if high is None else high
    step = max((last - first) // (50 if task.unique is None else LONGEST // 10), 1)
    lengths = [f"{place} seconds" for place in range(first, last + 1, step)]
    if not lengths:
        raise Unrealisable(task.name, "its bounds leave no length of time")
    return listed(task, lengths, "lengths of time inside its bounds")


def _length(bound: object) -> int | None:
    """An end in seconds; an open one moves a second inwards, whichever end it is, where that leaves a second."""
    value = getattr(bound, "value", None)
    if not isinstance(value, timedelta):
        return None
    return int(value.total_seconds()) + (1 if getattr(bound, "open", False) else 0)


def _bytes(task: Task) -> Made:
    sizes = sizes_of(task.data_type, task.domain)
    most = max(sizes.least, _BYTES[1]) if sizes.most is None else min(sizes.most, max(sizes.least, _BYTES[1]))
    if most < sizes.least or most > _LONGEST:
        raise Unrealisable(task.name, f"no octets from {sizes.least} to {sizes.most} can be made")
    if task.unique is not None:
        if not most:
            return listed(task, ["\\x"], "no octets")
        return made("unique_bytes_hex", "octets, each once", 256**most, size=most)
    return made("bytes_hex", "octets", min_size=max(sizes.least, min(_BYTES[0], most)), max_size=most)


def _bit(task: Task) -> Made:
    varying = task.data_type.base in ("varbit", "bit varying") or task.data_type.size is None
    size = min(task.data_type.size or _BITS, _LONGEST)
    if task.unique is not None:
        return made("unique_regex", "bits, each once", 2**size, pattern=f"^[01]{{{size}}}$")
    return made("bit_text", "bits", size=size, varying=varying and task.data_type.size is not None)


def _inet(task: Task) -> Made:
    if task.unique is not None:
        return made("unique_inet", "documentation addresses, each once")
    return _kept(task) or made("inet", "documentation addresses")


def _cidr(task: Task) -> Made:
    if task.unique is not None:
        return made("unique_inet", "documentation addresses, each once")
    return made("inet", "documentation networks", network=True)


def _uuid(task: Task) -> Made:
    return made("uuid_text", "distinct by construction")


def _tsquery(task: Task) -> Made:
    if task.unique is not None:
        return made("unique_regex", "distinct by construction", 26**10, pattern=_DISTINCT[Kind.TSQUERY])
    return listed(task, ["'review'", "'repair' & 'annual'", "'notice' | 'letter'"], "examples of its type")


def _vector(task: Task) -> Made:
    size = task.data_type.size or 3
    if task.data_type.base == "sparsevec":
        return listed(task, [f"{{1:{number / 8}}}/{size}" for number in range(1, 9)], "examples of its type")
    if task.unique is not None and size <= 64:
        part = "0[.][1-9][0-9]{4}"
        return made("unique_regex", "vectors, each once", 90_000**size, pattern=rf"^\[{part}(,{part}){{{size - 1}}}\]$")
    return made("vector_text", "its type", dimensions=size)


def _geometry(task: Task) -> Made:
    kind: DataType = task.data_type
    subtype = (kind.subtype or "POINT").upper()
    if task.unique is not None and subtype in ("POINT", "GEOMETRY") and kind.srid in (0, 4326):
        return made("unique_regex", "places in Hackney, each once", 10**12, pattern=_PLACE)
    return made("geometry_text", "a place in Hackney", subtype=subtype, srid=kind.srid or 4326)


def _size(found: Made) -> int | None:
    return capacity_of(found.generator) if found.generator is not None else None


_SPECIAL: dict[Kind, Callable[[Task], Made]] = {
    Kind.TIME: _time,
    Kind.INTERVAL: _interval,
    Kind.BYTES: _bytes,
    Kind.BIT: _bit,
    Kind.INET: _inet,
    Kind.CIDR: _cidr,
    Kind.UUID: _uuid,
    Kind.TSQUERY: _tsquery,
    Kind.VECTOR: _vector,
    Kind.GEOMETRY: _geometry,
}
