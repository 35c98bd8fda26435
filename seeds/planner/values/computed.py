"""Columns that a formula over others computes: the others are kept where its value has room, and it is made last."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from ...catalog import DataType, Kind
from ..checks.model import Bound, Computed, Domain, Nullity, Relation, World
from ..checks.moments import DAY
from ..checks.tree import Apply, Literal, Name, Tree
from .lines import line_of
from .model import Made, Task, made

_TOPS = (10**6, 10**5, 10**4, 1000, 500, 200, 100, 50, 20, 10, 5, 3, 2, 1)
_BOTTOMS = (0, 1, 10, 100, 1000)
_DIGITS = 6
"""Digits that a whole number inside a text of limited size may have."""
_TEXTUAL = ("concat", "lower", "upper", "trim", "slice", "pad", "coalesce", "replace", "replace_pattern")
_TIDY = frozenset({"lower", "upper"})

Range = tuple[Fraction, Fraction]


def followed(task: Task, computed: Computed) -> Made:
    """The generator that evaluates the formula."""
    reason = f"computed from {', '.join(computed.reads)}, as a constraint asks"
    return made("derived", reason, formula=_written(computed.formula))


def _written(tree: Tree) -> object:
    if isinstance(tree, Name):
        return {"column": tree.name}
    if isinstance(tree, Literal):
        return tree.value
    assert isinstance(tree, Apply)
    return [tree.operator, *map(_written, tree.parts)]


def with_room(world: World, types: Mapping[str, DataType], first: Collection[str]) -> World:
    """The world with what its formulas read kept where their values fit.

    Formulas that cannot be followed are left out, and with them to the database: those of columns whose values come
    from elsewhere, second ones of a column, and those that run in circles.
    """
    kept: list[Computed] = []
    for item in world.computed:
        taken = {one.column for one in kept} | set(first)
        if item.column not in taken and item.column in world.domains and not _circular(item, kept):
            kept.append(item)
    domains, relations = dict(world.domains), list(world.relations)
    for item in reversed(kept):
        _without_nulls(item, domains)
        if types:
            _make_room(item, domains, relations, types, set(first) | {one.column for one in kept})
    return replace(world, domains=domains, relations=tuple(relations), computed=tuple(kept))


def _circular(item: Computed, kept: Sequence[Computed]) -> bool:
    reads, waiting = set(item.reads), list(item.reads)
    while waiting:
        name = waiting.pop()
        more = {read for one in kept if one.column == name for read in one.reads} - reads
        reads |= more
        waiting += more
    return item.column in reads


def _without_nulls(item: Computed, domains: dict[str, Domain]) -> None:
    """A column that is never null is not computed from any that may be."""
    if domains[item.column].null is Nullity.NEVER:
        for name in item.reads:
            if name in domains:
                domains[name] = replace(domains[name], null=Nullity.NEVER)


def _make_room(
    item: Computed, domains: dict[str, Domain], relations: list[Relation], types: Mapping[str, DataType],
    fixed: Collection[str],
) -> None:  # fmt: skip
    operator = item.formula.operator if isinstance(item.formula, Apply) else ""
    if operator in _TEXTUAL:
        _make_short(item, domains, types, fixed)
    elif operator == "span":
        _keep_apart(item, domains, relations)
    elif operator == "after":
        _keep_before(item, domains, relations, types)
    elif types[item.column].kind in (Kind.INTEGER, Kind.NUMERIC):
        _keep_exact(item, domains, types, fixed)
        _make_small(item, domains, types, fixed)


# ---------------------------------------------------------------------------------------------------------- numbers


def _free(
    item: Computed, domains: Mapping[str, Domain], types: Mapping[str, DataType], fixed: Collection[str]
) -> list[str]:
    """The numbers that the formula reads, and that may be narrowed."""
    return [
        name for name in item.reads
        if name in domains and domains[name].values is None and name not in fixed
        and types[name].kind in (Kind.INTEGER, Kind.NUMERIC)
    ]  # fmt: skip


def _keep_exact(
    item: Computed, domains: dict[str, Domain], types: Mapping[str, DataType], fixed: Collection[str]
) -> None:
    """Factors are whole numbers as long as the result has more decimals than its column."""
    line = line_of(types[item.column])
    free = [name for name in reversed(_free(item, domains, types, fixed)) if types[name].kind is Kind.NUMERIC]
    scales = {name: _scale_of(types[name], domains[name]) for name in item.reads if name in domains}
    for name in free:
        if line is None or _scale(item.formula, scales) <= line.scale:
            return
        if not domains[name].divisor:
            domains[name] = replace(domains[name], divisor=1)
            scales[name] = 0


def _scale_of(type_: DataType, domain: Domain) -> int:
    line = line_of(type_)
    return 0 if line is None or line.temporal or domain.divisor else line.scale


def _scale(tree: Tree, scales: Mapping[str, int]) -> int:
    if isinstance(tree, Name):
        return scales.get(tree.name, 0)
    if isinstance(tree, Literal):
        return max(0, -int(Decimal(str(tree.value)).as_tuple().exponent))
    assert isinstance(tree, Apply)
    if tree.operator in ("round", "quotient"):
        assert isinstance(tree.parts[-1], Literal)
        return int(str(tree.parts[-1].value))
    if tree.operator not in ("+", "-", "*"):
        return 0
    inner = [_scale(part, scales) for part in tree.parts]
    return sum(inner) if tree.operator == "*" else max(inner)


def _make_small(
    item: Computed, domains: dict[str, Domain], types: Mapping[str, DataType], fixed: Collection[str]
) -> None:
    """The widest ranges of what it reads inside which every result fits its column."""
    target = _target(types[item.column], domains[item.column])
    free = _free(item, domains, types, fixed)
    texts = [name for name in item.reads if name in domains and types[name].kind in (Kind.TEXT, Kind.CHAR)]
    divisors = _divisors(item.formula)
    if target is None or not (free or texts):
        return
    for top in _TOPS:
        for bottom in _BOTTOMS:
            tried = dict(domains)
            for name in free:
                divides = name in divisors
                widest = max(top, 10 * bottom) if divides else top
                tried[name] = _within(domains[name], widest, bottom if divides or bottom <= 1 else 0)
            for name in texts:
                most = domains[name].max_size
                tried[name] = replace(domains[name], max_size=min(top, most) if most is not None else top)
            if _fits(item.formula, tried, types, target):
                domains.update({name: tried[name] for name in (*free, *texts)})
                return


def _divisors(tree: Tree) -> set[str]:
    if not isinstance(tree, Apply):
        return set()
    found = {part.name for part in tree.parts[1:2] if isinstance(part, Name)} if tree.operator == "quotient" else set()
    return found.union(*(_divisors(part) for part in tree.parts))


def _target(type_: DataType, domain: Domain) -> Range | None:
    """What the column holds, by its type and its own bounds."""
    line = line_of(type_)
    if line is None:
        return None
    try:
        inside = line.interval(domain).within(line.whole)
    except (ValueError, OverflowError):
        return None
    low, high = inside.low or 0, inside.high or 0
    if domain.values is not None:
        return None
    return Fraction(low, line.unit), Fraction(high, line.unit)


def _within(domain: Domain, top: int, bottom: int) -> Domain:
    low, high = _edge(domain.low), _edge(domain.high)
    first = Bound(bottom) if low is None or low < bottom else domain.low
    last = Bound(top) if high is None or high > top else domain.high
    return replace(domain, low=first, high=last)


def _edge(bound: Bound | None) -> Fraction | None:
    return None if bound is None or not isinstance(bound.value, int | float | Decimal) else Fraction(bound.value)


def _fits(tree: Tree, domains: Mapping[str, Domain], types: Mapping[str, DataType], target: Range) -> bool:
    try:
        low, high = _range(tree, domains, types)
    except (ZeroDivisionError, KeyError):
        return False
    return target[0] <= low <= high <= target[1]


def _range(tree: Tree, domains: Mapping[str, Domain], types: Mapping[str, DataType]) -> Range:
    """The smallest and largest value that a formula can have.

    Raises:
        ZeroDivisionError: if a divisor may be nought, or what is read has no bounds.
    """
    if isinstance(tree, Literal):
        number = Fraction(str(tree.value))
        return number, number
    if isinstance(tree, Name):
        return _ends(domains[tree.name])
    assert isinstance(tree, Apply)
    if tree.operator == "length":
        return _lengths(tree.parts[0], domains)
    if tree.operator in ("year", "month", "day", "days_between"):
        return {"year": (Fraction(1900), Fraction(2100)), "month": (Fraction(1), Fraction(12))}.get(
            tree.operator, (Fraction(1), Fraction(31))
        )
    inner = [_range(part, domains, types) for part in tree.parts]
    return _combined(tree.operator, inner)


def _combined(operator: str, inner: Sequence[Range]) -> Range:
    one, two = inner[0], inner[1]
    if operator == "+":
        return one[0] + two[0], one[1] + two[1]
    if operator == "-":
        return one[0] - two[1], one[1] - two[0]
    if operator == "round":
        half = Fraction(1, 2 * 10 ** int(two[0]))
        return one[0] - half if one[0] else one[0], one[1] + half
    if operator == "quotient":
        if two[0] <= 0 <= two[1]:
            raise ZeroDivisionError
        products = [left / right for left in one for right in two]
    else:
        products = [left * right for left in one for right in two]
    return min(products), max(products)


def _ends(domain: Domain) -> Range:
    if domain.values is not None:
        numbers = [Fraction(value) for value in domain.values if isinstance(value, int | float | Decimal)]
        if not numbers:
            raise ZeroDivisionError
        return min(numbers), max(numbers)
    low, high = _edge(domain.low), _edge(domain.high)
    if low is None or high is None:
        raise ZeroDivisionError
    return low, high


def _lengths(tree: Tree, domains: Mapping[str, Domain]) -> Range:
    names = list(_names(tree))
    least = sum(domains[name].min_size for name in names if name in domains)
    most = [domains[name].max_size for name in names if name in domains]
    if any(size is None for size in most) or len(names) != 1:
        raise ZeroDivisionError
    return Fraction(least), Fraction(sum(size for size in most if size is not None))


def _names(tree: Tree) -> Iterator[str]:
    if isinstance(tree, Name):
        yield tree.name
    elif isinstance(tree, Apply):
        for part in tree.parts:
            yield from _names(part)


# ------------------------------------------------------------------------------------------------------------ texts


def _make_short(
    item: Computed, domains: dict[str, Domain], types: Mapping[str, DataType], fixed: Collection[str]
) -> None:
    """Texts that are put together share the room of the whole; a case that the whole is in, they are in."""
    own, size = domains[item.column], types[item.column].size
    limits = [limit for limit in (own.max_size, size) if limit is not None]
    texts = [name for name in _names(item.formula) if name in domains and types[name].kind in (Kind.TEXT, Kind.CHAR)]
    for name in texts:
        if name not in fixed and domains[name].values is None:
            forms = domains[name].forms | (own.forms & _TIDY)
            least = max(domains[name].min_size, 1 if own.min_size or "" in own.excluded else 0)
            domains[name] = replace(domains[name], forms=forms, min_size=least)
    if not limits:
        return
    room = min(limits) - _constant_size(item.formula)
    room -= sum(_digits_of(name, domains, types) for name in _names(item.formula) if name not in texts)
    waiting = sorted(texts, key=lambda name: _longest(domains[name], types[name]))
    for place, name in enumerate(waiting):
        share = min(_longest(domains[name], types[name]), max(room // (len(waiting) - place), 1))
        room -= share
        if domains[name].values is None and name not in fixed:
            domains[name] = replace(domains[name], max_size=share)


def _longest(domain: Domain, type_: DataType) -> int:
    if domain.values is not None:
        return max((len(str(value)) for value in domain.values), default=0)
    return min(limit for limit in (domain.max_size, type_.size, 1 << 20) if limit is not None)


def _digits_of(name: str, domains: dict[str, Domain], types: Mapping[str, DataType]) -> int:
    """Signs that a number or date takes, which is kept to so many."""
    if name not in domains or types[name].kind is Kind.DATE:
        return 10
    if types[name].kind not in (Kind.INTEGER, Kind.NUMERIC):
        return 0
    high = _edge(domains[name].high)
    if domains[name].values is None and (high is None or high >= 10**_DIGITS):
        domains[name] = replace(domains[name], low=domains[name].low or Bound(0), high=Bound(10**_DIGITS - 1))
        high = Fraction(10**_DIGITS - 1)
    scale = types[name].scale or 0
    return len(str(int(high or 0))) + (scale + 1 if scale > 0 else 0)


def _constant_size(tree: Tree) -> int:
    if isinstance(tree, Apply):
        parts = tree.parts[:1] if tree.operator not in ("concat", "coalesce") else tree.parts
        return sum(len(str(part.value)) if isinstance(part, Literal) else _constant_size(part) for part in parts)
    return 0


# ---------------------------------------------------------------------------------------------------------- moments


def _keep_apart(item: Computed, domains: Mapping[str, Domain], relations: list[Relation]) -> None:
    """Bounds of an interval are distances of the moments that it lies between."""
    assert isinstance(item.formula, Apply)
    earlier, later = _names(item.formula)
    own = domains[item.column]
    for bound, sign in ((own.low, ">"), (own.high, "<")):
        if bound is not None and isinstance(bound.value, timedelta):
            operator = sign if bound.open else f"{sign}="
            relations.append(Relation(later, operator, earlier, offset=bound.value or None))


def _keep_before(
    item: Computed, domains: dict[str, Domain], relations: list[Relation], types: Mapping[str, DataType]
) -> None:
    """What is said of two moments is said of the steps between them, and a last moment leaves room for all steps."""
    assert isinstance(item.formula, Apply)
    earlier, count = _names(item.formula)
    assert isinstance(item.formula.parts[2], Literal)
    step = int(str(item.formula.parts[2].value))
    if count not in domains or domains[count].values is not None:
        return
    for relation in list(relations):
        bound = _steps_of(relation, earlier, item.column, step)
        if bound is not None:
            relations.remove(relation)
            number, upper = bound
            low, high = _edge(domains[count].low), _edge(domains[count].high)
            if upper and (high is None or high > number):
                domains[count] = replace(domains[count], high=Bound(number))
            elif not upper and (low is None or low < number):
                domains[count] = replace(domains[count], low=Bound(number))
    if domains[count].low is None:
        domains[count] = replace(domains[count], low=Bound(0))


def _steps_of(relation: Relation, earlier: str, later: str, step: int) -> tuple[int, bool] | None:
    """How many steps a relation between the two moments asks for, at least or at most."""
    operator, offset = relation.operator, relation.offset
    if {relation.left, relation.right} != {earlier, later} or relation.measure != "value" or operator in ("=", "<>"):
        return None
    micros = Fraction(0)
    if isinstance(offset, timedelta):
        micros = Fraction(offset // timedelta(microseconds=1))
    elif offset is not None:
        micros = Fraction(offset) * DAY
    if relation.left == earlier:
        operator, micros = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}[operator], -micros
    steps = micros / step
    if operator[0] == ">":
        first = -(-steps.numerator // steps.denominator)
        return (first + 1 if operator == ">" and steps == first else first), False
    last = steps.numerator // steps.denominator
    return (last - 1 if operator == "<" and steps == last else last), True
