"""Rows drawn from worlds by brute force: ends of intervals first, and nothing of the project's own generators."""

from __future__ import annotations

import json
import re._constants as codes
import re._parser as parser
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID

from seeds.catalog import DataType, Kind
from seeds.planner.checks.constants import place
from seeds.planner.checks.evaluation import evaluated
from seeds.planner.checks.model import Domain, Nullity, Relation, Sum, World
from seeds.planner.checks.moments import moment_at, span_of
from seeds.planner.checks.satisfaction import accepts, satisfies

_LETTERS = "abcxyzABCXYZ019 _-@./"
_TRIES = 60


def rows_of(world: World, types: Mapping[str, DataType], random: Random, count: int) -> Iterator[dict[str, object]]:
    """Up to ``count`` rows that live in the world; fewer where chance does not find them."""
    for _ in range(count * _TRIES):
        if count <= 0:
            return
        row = {name: value_of(domain, types[name], random) for name, domain in world.domains.items()}
        for link in (*world.relations, *world.sums):
            _tie(row, link, types, random)
        for computed in world.computed:
            made = evaluated(computed.formula, row)
            row[computed.column] = _kept(made, types[computed.column], row[computed.column])
        if satisfies(row, world):
            count -= 1
            yield row


def _kept(made: Any, type_: DataType, value: object) -> object:
    """What a formula came to in the type of its column; the value as it was where it came to nothing."""
    if made is None or value is None:
        return value
    if isinstance(made, Fraction):
        return int(made) if made.denominator == 1 else Decimal(made.numerator) / Decimal(made.denominator)
    return made


def value_of(domain: Domain, type_: DataType, random: Random) -> object:
    """A value that the domain accepts; None where it must be, sometimes where it may be, and where none was found."""
    if domain.null is Nullity.ALWAYS or (domain.null is Nullity.MAYBE and random.random() < 0.3):
        return None
    for _ in range(_TRIES):
        value = _value(domain, type_, random)
        if accepts(domain, value):
            return value
    return None


def _value(domain: Domain, type_: DataType, random: Random) -> object:
    if domain.values:
        return random.choice(domain.values)
    if type_.dimensions:
        return _array(domain, type_, random)
    if type_.kind in (Kind.TEXT, Kind.CHAR, Kind.SET, Kind.XML):
        return _text(domain, type_, random)
    maker = _MAKERS.get(type_.kind)
    return maker(domain, type_, random) if maker is not None else "x"


def _array(domain: Domain, type_: DataType, random: Random) -> list[object]:
    element = DataType(type_.kind, type_.name, labels=type_.labels, size=type_.size)
    inner = domain.element or Domain(values=domain.element_values, excluded=domain.element_excluded)
    size = _size(domain, random, 4)
    made = [value_of(Domain(**{**_fields(inner), "null": Nullity.NEVER}), element, random) for _ in range(size)]
    for index, needed in enumerate(domain.element_required):
        made[index : index + 1] = [needed]
    return made


def _fields(domain: Domain) -> dict[str, Any]:
    return {name: getattr(domain, name) for name in Domain.__dataclass_fields__}


def _size(domain: Domain, random: Random, usual: int) -> int:
    most = domain.max_size if domain.max_size is not None else max(domain.min_size + usual, usual)
    return random.choice((domain.min_size, most, random.randint(domain.min_size, max(most, domain.min_size))))


def _text(domain: Domain, type_: DataType, random: Random) -> str:
    wanted = [pattern for pattern in domain.patterns if not pattern.negated]
    if wanted:
        chosen = random.choice(wanted)
        made = from_regex(chosen.regex, random)
        made = made.swapcase() if chosen.ignore_case and random.random() < 0.5 else made
        size = max(_size(domain, random, len(made) + 3) - len(made), 0)
        filler = "".join(random.choice(_LETTERS) for _ in range(size))
        made = random.choice((made, made + filler, filler + made))
    else:
        limit = min(type_.size or 4000, domain.max_size if domain.max_size is not None else 4000)
        size = min(_size(domain, random, 8), limit)
        made = "".join(random.choice(_LETTERS) for _ in range(size))
    if "json" in domain.forms:
        return json.dumps({"a": made})
    made = made.lower() if "lower" in domain.forms else made
    made = made.upper() if "upper" in domain.forms else made
    return made.strip(" ") if "trimmed" in domain.forms and random.random() < 0.9 else made


def from_regex(regex: str, random: Random) -> str:
    """A text that a regular expression may well match: assertions are not looked at."""
    return "".join(_drawn(parser.parse(regex), random, {}))


def _drawn(parsed: Any, random: Random, groups: dict[int, str]) -> Iterator[str]:
    for code, argument in parsed:
        if code is codes.LITERAL:
            yield chr(argument)
        elif code is codes.NOT_LITERAL:
            yield random.choice([sign for sign in _LETTERS if sign != chr(argument)])
        elif code is codes.ANY:
            yield random.choice(_LETTERS)
        elif code is codes.IN:
            yield _member(argument, random)
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            low, high, inner = argument
            for _ in range(random.randint(low, min(high, low + 4))):
                yield from _drawn(inner, random, groups)
        elif code is codes.BRANCH:
            yield from _drawn(random.choice(argument[1]), random, groups)
        elif code is codes.SUBPATTERN:
            groups[argument[0] or 0] = made = "".join(_drawn(argument[3], random, groups))
            yield made
        elif code is codes.GROUPREF:
            yield groups.get(argument, "")


def _member(members: Any, random: Random) -> str:
    fitting = [chr(sign) for sign in range(32, 127) if _among(members, chr(sign))]
    return random.choice(fitting) if fitting else "x"


def _among(members: Any, sign: str) -> bool:
    negated = any(code is codes.NEGATE for code, _ in members)
    return negated is not any(_is_member(code, argument, sign) for code, argument in members)


def _is_member(code: Any, argument: Any, sign: str) -> bool:
    if code is codes.LITERAL:
        return ord(sign) == argument
    if code is codes.RANGE:
        return bool(argument[0] <= ord(sign) <= argument[1])
    if code is codes.CATEGORY:
        word = sign.isalnum() or sign == "_"
        return {
            codes.CATEGORY_DIGIT: sign.isdigit(), codes.CATEGORY_NOT_DIGIT: not sign.isdigit(),
            codes.CATEGORY_SPACE: sign.isspace(), codes.CATEGORY_NOT_SPACE: not sign.isspace(),
            codes.CATEGORY_WORD: word, codes.CATEGORY_NOT_WORD: not word,
        }[argument]  # fmt: skip
    return False


def _between(low: Fraction, high: Fraction, step: Fraction, random: Random) -> Fraction:
    steps = int((high - low) / step)
    return low + step * random.choice((0, 1, steps, max(steps - 1, 0), random.randint(0, max(steps, 0))))


def _ends(domain: Domain, default: tuple[object, object]) -> tuple[Fraction, Fraction]:
    usual = place(default[0]), place(default[1])  # type: ignore[arg-type]
    width = usual[1] - usual[0]
    low = place(domain.low.value) if domain.low else None
    high = place(domain.high.value) if domain.high else None
    if low is None and high is None:
        return usual
    if low is None:
        return high - width, high  # type: ignore[operator,return-value]
    return low, high if high is not None else low + width


def _integer(domain: Domain, type_: DataType, random: Random) -> int:
    low, high = _ends(domain, (-3, 40))
    value = int(_between(low, high, Fraction(1), random))
    return value // domain.divisor * domain.divisor if domain.divisor else value


def _numeric(domain: Domain, type_: DataType, random: Random) -> Decimal:
    scale = type_.scale if type_.scale is not None else 2
    low, high = _ends(domain, (-3, 40))
    value = _between(low, high, Fraction(1, 10**scale), random)
    return Decimal(value.numerator) / Decimal(value.denominator)


def _date(domain: Domain, type_: DataType, random: Random) -> date:
    low, high = _ends(domain, (date(2020, 1, 1), date(2021, 6, 1)))
    return _moment_started(moment_at(_between(low, high, place(timedelta(1)), random)), domain.truncated).date()


def _moment(domain: Domain, type_: DataType, random: Random) -> datetime:
    low, high = _ends(domain, (datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2020-02-01")))
    return _moment_started(moment_at(_between(low, high, place(timedelta(seconds=1)), random)), domain.truncated)


def _moment_started(moment: datetime, unit: str) -> datetime:
    if unit in ("day", "week", "month", "quarter", "year"):
        moment = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        return moment - timedelta(days=moment.weekday())
    if unit in ("month", "quarter", "year"):
        month = {"month": moment.month, "quarter": (moment.month - 1) // 3 * 3 + 1, "year": 1}[unit]
        return moment.replace(month=month, day=1)
    return moment.replace(minute=0, second=0, microsecond=0) if unit == "hour" else moment


def _json(domain: Domain, type_: DataType, random: Random) -> str:
    kind = domain.json_kind or random.choice(("object", "array", "string", "number"))
    if kind == "array":
        return json.dumps([random.randint(0, 9) for _ in range(_size(domain, random, 3))])
    made = {key: _JSON[value_kind or "number"] for key, value_kind in domain.json_keys.items()} | dict(
        domain.json_values
    )
    return json.dumps(made if kind == "object" else _JSON[kind])


_JSON: dict[str, object] = {
    "object": {}, "array": [], "string": "s", "number": 1, "boolean": True, "null": None,
}  # fmt: skip


def _range(domain: Domain, type_: DataType, random: Random) -> str:
    element = type_.element or DataType(Kind.INTEGER, "integer")
    ends = [value_of(Domain(null=Nullity.NEVER, low=domain.low, high=domain.high), element, random) for _ in range(2)]
    low, high = sorted(as_text(end) or "" for end in ends)
    if low == high:
        return "empty"
    low = "" if "low_unbounded" in domain.forms else low
    high = "" if "high_unbounded" in domain.forms else high
    return (
        f"{'(' if 'low_excluded' in domain.forms else '['}{low},{high}{']' if 'high_included' in domain.forms else ')'}"
    )


def _of_time(domain: Domain, type_: DataType, random: Random) -> time:
    return time(random.randint(0, 23), random.randint(0, 59))


def _of_interval(domain: Domain, type_: DataType, random: Random) -> timedelta:
    low, high = _ends(domain, (timedelta(0), timedelta(30)))
    return span_of(_between(low, high, place(timedelta(hours=1)), random))


_MAKERS: Mapping[Kind, Any] = {
    Kind.INTEGER: _integer, Kind.YEAR: _integer, Kind.NUMERIC: _numeric, Kind.MONEY: _numeric,
    Kind.FLOAT: lambda domain, type_, random: float(_numeric(domain, type_, random)),
    Kind.BOOLEAN: lambda domain, type_, random: random.random() < 0.5,
    Kind.DATE: _date, Kind.TIMESTAMP: _moment, Kind.TIMESTAMPTZ: _moment, Kind.JSON: _json, Kind.RANGE: _range,
    Kind.TIME: _of_time, Kind.INTERVAL: _of_interval,
    Kind.ENUM: lambda domain, type_, random: random.choice(type_.labels),
    Kind.UUID: lambda domain, type_, random: str(UUID(int=random.getrandbits(128))),
    Kind.BYTES: lambda domain, type_, random: "\\x" + "ab" * _size(domain, random, 8),
    Kind.INET: lambda domain, type_, random: f"192.0.2.{random.randint(1, 200)}",
    Kind.CIDR: lambda domain, type_, random: f"192.0.2.{random.randint(1, 200)}/32",
    Kind.HSTORE: lambda domain, type_, random: '"a"=>"1"',
    Kind.COMPOSITE: lambda domain, type_, random: None,
    Kind.GEOMETRY: lambda domain, type_, random: None, Kind.POINT: lambda domain, type_, random: "(1,2)",
    Kind.TSVECTOR: lambda domain, type_, random: "'a'",
    Kind.BIT: lambda domain, type_, random: "1" * (type_.size or 1),
}  # fmt: skip


def _tie(row: dict[str, object], link: Relation | Sum, types: Mapping[str, DataType], random: Random) -> None:
    """Moves a column so that a relation holds, most of the time."""
    if isinstance(link, Sum):
        _tie_sum(row, link)
        return
    left, right = row.get(link.left), row.get(link.right)
    if left is None or right is None or link.measure != "value" or link.left_form or link.right_form:
        return
    if isinstance(right, str) or isinstance(left, str):
        if link.operator == "=":
            row[link.left] = right
        return
    if link.operator != "=" and random.random() < 0.5:
        return
    gap = place(link.offset if link.offset is not None else 0)
    nudge = {"<": -1, ">": 1}.get(link.operator, random.choice((0, 1)) * {"<=": -1, ">=": 1}.get(link.operator, 0))
    at = place(right) + gap  # type: ignore[arg-type]
    if isinstance(left, datetime):
        row[link.left] = moment_at(at) + timedelta(seconds=nudge)
    elif isinstance(left, date):
        row[link.left] = moment_at(at).date() + timedelta(days=nudge)
    elif isinstance(left, int):
        row[link.left] = int(at) + nudge
    elif isinstance(left, Decimal):
        row[link.left] = Decimal(at.numerator) / Decimal(at.denominator) + nudge


def _tie_sum(row: dict[str, object], total: Sum) -> None:
    values = {name: row.get(name) for _, name in total.terms}
    if total.operator != "=" or any(value is None for value in values.values()):
        return
    factor, name = total.terms[0]
    rest = sum((Fraction(share) * place(values[other]) for share, other in total.terms[1:]), Fraction(0))  # type: ignore[arg-type]
    at = (Fraction(total.constant) - rest) / Fraction(factor)
    row[name] = int(at) if isinstance(row[name], int) else Decimal(at.numerator) / Decimal(at.denominator)


def as_text(value: object) -> str | None:
    """A value as PostgreSQL reads it from text."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, timedelta):
        return f"{value / timedelta(microseconds=1):.0f} microseconds"
    if isinstance(value, list):
        return "{" + ",".join("NULL" if item is None else json.dumps(as_text(item)) for item in value) + "}"
    return str(value)
