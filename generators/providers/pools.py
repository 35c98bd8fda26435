"""Faker's and Mimesis' providers as generators ``faker.<provider>`` and ``mimesis.<field>``, drawn into pools.

A pool is drawn once, from the dataset's seed and the column's path, and the rows gather from it by index: a provider
costs what its pool costs, however many rows there are. Providers whose values may be somebody's, which read the clock
or which cannot be seeded are refused; ``reference/pools/policy.csv`` says which, why, and what to use instead.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache, lru_cache, partial
from typing import Any

import pyarrow as pa

from ..errors import DomainTooSmallError, ParameterError, SpecError, UnknownNameError
from ..kernels import AliasTable, bounded
from ..reference import table
from ..spec import ColumnType
from ..streams.stream import stream_key
from .definition import PREFIXES, Definition, Rows, parameter
from .pool_sources import SOURCES, Source

OUTPUT = (
    "text",
    "varchar",
    "char",
    "bigint",
    "integer",
    "smallint",
    "double",
    "numeric",
    "boolean",
    "date",
    "timestamp",
)
_MOST_DRAWS = 50
_LARGEST = 1_000_000
_PLAIN = (str, bool, int, float, Decimal, date, time)


@dataclass(frozen=True, slots=True)
class _Pool:
    arguments: Mapping[str, Any] | None = parameter("mapping", "arguments of the provider, by name", default=None)
    pool: int = parameter("integer", "how many draws the pool holds", default=1000, minimum=1, maximum=_LARGEST)
    unique: bool = parameter("flag", "draw until so many values differ, and refuse if they do not", default=False)
    weights: str = parameter(
        "text",
        "natural (as often as drawn), uniform (each value alike) or zipf (the n-th value 1/n as often as the first)",
        default="natural",
        choices=("natural", "uniform", "zipf"),
    )
    per_row: bool = parameter("flag", "call the provider for each row: slow, and as varied as it gets", default=False)


def _check_locale(library: str, locale: str) -> None:
    known = SOURCES[library].locales()
    if locale not in known:
        near = get_close_matches(locale, known, n=3, cutoff=0.4)
        raise ValueError(f"{library} has no locale {locale!r}" + (f"; did you mean {', '.join(near)}?" if near else ""))


@dataclass(frozen=True, slots=True)
class FakerPool(_Pool):
    locale: str = parameter("text", "one of Faker's locales", default="en_GB")

    def __post_init__(self) -> None:
        _check_locale("faker", self.locale)


@dataclass(frozen=True, slots=True)
class MimesisPool(_Pool):
    locale: str = parameter("text", "one of Mimesis' locales", default="en-gb")

    def __post_init__(self) -> None:
        _check_locale("mimesis", self.locale)


# ------------------------------------------------------------------------------------------------------- the names


def provider_names(library: str) -> list[str]:
    """Every name that may be used behind ``faker.`` or ``mimesis.``, those that are refused left out."""
    return sorted(name for name, group in SOURCES[library].names().items() if not refusal(library, group, name))


def refusal(library: str, group: str, name: str) -> str:
    """Why a provider must not be used, and what to use instead; empty if it may be."""
    rules = table("pools/policy")
    own = name.rpartition(".")[2]
    for rule in zip(*(rules[column] for column in rules), strict=True):
        if rule[0] == library and fnmatchcase(group, rule[1]) and fnmatchcase(own, rule[2]):
            instead = f"; use {rule[5]} instead" if rule[5] else ""
            return "" if rule[3] == "allow" else f"{rule[4]}{instead}"
    return "is not known to be safe"


@cache
def definition_of(library: str, name: str) -> Definition:
    """The definition of a provider; its version is the library's, so that 40.54.0 becomes 40054000.

    Raises:
        UnknownNameError: if the library has no such provider.
        SpecError: if the provider is refused.
    """
    source = SOURCES[library]
    resolved = source.resolve(name)
    if resolved is None:
        raise UnknownNameError(f"{library} provider", name, source.names())
    if reason := refusal(library, source.names()[resolved], resolved):
        raise SpecError(
            f"{library}.{name} is refused: it {reason}",
            hint="values must be reproducible and nobody's; see reference/pools/policy.csv",
        )
    major, minor, patch = source.version()
    return Definition(
        name=f"{library}.{resolved}",
        summary=f"What {source.title}'s ``{resolved}`` makes, drawn once into a pool and gathered by index.",
        parameters=FakerPool if library == "faker" else MimesisPool,
        output=OUTPUT,
        make=partial(_make, source, resolved),
        version=(major * 1000 + minor) * 1000 + patch,
        examples=({}, {"pool": 200, "weights": "zipf"}),
    )


# ------------------------------------------------------------------------------------------------------- the values


def _make(source: Source, name: str, rows: Rows, parameters: FakerPool | MimesisPool) -> pa.Array:
    arguments = json.dumps(dict(parameters.arguments or {}), sort_keys=True, default=str)
    if parameters.per_row:
        call = _caller(source, name, parameters.locale, arguments)
        return _arrow([call(int(word)) for word in rows.bits()], rows.type, source.title, name)
    seed = int(stream_key(rows.seed, f"{rows.path}#pool"))
    values = _pool(source.title.lower(), name, parameters.locale, arguments, seed, parameters.pool, parameters.unique)
    if parameters.weights != "natural":
        values = tuple(dict.fromkeys(values))
    if parameters.weights == "zipf":
        index = _zipf(len(values)).draw(rows.bits())
    else:
        index = bounded(rows.bits(), len(values))
    return _gathered(values, rows.type, source.title, name).take(pa.array(index))


@lru_cache(maxsize=64)
def _zipf(size: int) -> AliasTable:
    return AliasTable([1.0 / rank for rank in range(1, size + 1)])


@lru_cache(maxsize=256)
def _pool(library: str, name: str, locale: str, arguments: str, seed: int, size: int, unique: bool) -> tuple[Any, ...]:
    """The draws of a pool in order: ``size`` of them, or as many as it takes for ``size`` different ones."""
    source = SOURCES[library]
    draws = _draws(source, name, locale, arguments, seed)
    if not unique:
        return tuple(next(draws) for _ in range(size))
    found: dict[Any, None] = {}
    for _ in range(size * _MOST_DRAWS):
        found[next(draws)] = None
        if len(found) == size:
            return tuple(found)
    raise DomainTooSmallError(
        size, len(found), what=f"{source.title}'s {name}", hint="ask for a smaller pool, or drop unique from it"
    )


def _draws(source: Source, name: str, locale: str, arguments: str, seed: int) -> Iterator[Any]:
    _, call = source.open(name, locale, json.loads(arguments), seed)
    while True:
        yield _checked(call, source, name)


def _caller(source: Source, name: str, locale: str, arguments: str) -> Callable[[int], Any]:
    reseed, call = source.open(name, locale, json.loads(arguments), 0)

    def made_from(seed: int) -> Any:
        reseed(seed)
        return _checked(call, source, name)

    return made_from


def _checked(call: Callable[[], Any], source: Source, name: str) -> Any:
    try:
        value = call()
    except (TypeError, ValueError, KeyError, AttributeError, LookupError) as error:
        raise ParameterError(f"{source.title}'s {name} does not take these arguments: {error}") from None
    if value is None or isinstance(value, _PLAIN):
        return value
    raise SpecError(f"{source.title}'s {name} makes a {type(value).__name__}, which no column holds")


@lru_cache(maxsize=256)
def _gathered(values: tuple[Any, ...], kind: ColumnType, title: str, name: str) -> pa.Array:
    return _arrow(values, kind, title, name)


def _arrow(values: tuple[Any, ...] | list[Any], kind: ColumnType, title: str, name: str) -> pa.Array:
    """Values in a column's type.

    Raises:
        SpecError: if one of them cannot be read as the type.
    """
    read = _READERS.get("text" if kind.textual else kind.name, _same)
    try:
        return pa.array([None if value is None else read(value, kind) for value in values], type=kind.arrow)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise SpecError(f"{title}'s {name} does not fit {kind}: {error}") from None


def _same(value: Any, _: ColumnType) -> Any:
    return value


def _text(value: Any, _: ColumnType) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _whole(value: Any, _: ColumnType) -> int:
    return int(value)


def _decimal(value: Any, kind: ColumnType) -> Decimal:
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-kind.arguments[1]))


def _day(value: Any, _: ColumnType) -> Any:
    return value.date() if isinstance(value, datetime) else value


_READERS: dict[str, Callable[[Any, ColumnType], Any]] = {
    "text": _text,
    "bigint": _whole,
    "integer": _whole,
    "smallint": _whole,
    "double": lambda value, _: float(value),
    "numeric": _decimal,
    "date": _day,
}

for _library in SOURCES:
    PREFIXES[_library] = partial(definition_of, _library)
