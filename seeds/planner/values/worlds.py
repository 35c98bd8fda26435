"""A world made ready for drawing: its columns in order, and domains so narrow that each column finds room."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache

from ...catalog import DataType, Kind
from ..checks.model import Bound, Constant, Domain, Nullity, Relation, Sum, World
from .computed import with_room
from .differences import with_differences
from .equations import (
    as_relation,
    as_sum,
    closing_column,
    is_closed,
    merged,
    one_term_bound,
    refuted,
    without_equations,
)
from .errors import Unrealisable
from .lines import Line, line_of
from .splitting import with_splits
from .sums import at_most, bounded_terms, with_bound

_ROUNDS = 4
_NEAR = 10**6


def propagate(world: World, types: Mapping[str, DataType] | None = None, *, first: Collection[str] = ()) -> World:
    """The world with what its relations and sums imply said by its domains.

    Equations are written with the column that closes them in front, which is computed from the others. What is left
    between columns afterwards can be kept column by column, in the order of :func:`order_columns`.

    Args:
        world: one alternative of a component.
        types: the columns' types; without them, lengths of steps are guessed from the constants.
        first: columns whose values come from elsewhere, such as references, or must be distinct.

    Raises:
        Unrealisable: if no row can be in the world.
    """
    return _propagated(_Same(repr(world), tuple((types or {}).items()), frozenset(first), world))


@dataclass(frozen=True, slots=True)
class _Same:
    """A world as a cache can hold it, written out so that 1, 1.0 and true are told apart."""

    text: str
    types: tuple[tuple[str, DataType], ...]
    first: frozenset[str]
    world: World = field(compare=False)


@lru_cache(maxsize=4096)
def _propagated(same: _Same) -> World:
    world, known = same.world, dict(same.types)
    first: Collection[str] = same.first
    world = with_room(_without_nulls(world), known, first)
    computed, first = world.computed, {*first, *(item.column for item in world.computed)}
    world = _sharpened(world, known)
    world = with_splits(_equalised(_sized(world, known)), known)
    try:
        world = _settled(_with_natural_ends(world), known, first)
    except Unrealisable:
        world = _settled(world, known, first)
    world = _equalised(world)
    for name, domain in world.domains.items():
        if domain.values is not None and not domain.values and domain.null is not Nullity.ALWAYS:
            raise Unrealisable(name, "its constraints leave none of the values that they list")
    return replace(world, computed=computed)


def _sharpened(world: World, types: Mapping[str, DataType]) -> World:
    """``a <= b`` and ``a <> b`` together are ``a < b``; ``a <= b`` and ``b <= a`` are ``a = b``.

    Raises:
        Unrealisable: if columns must be equal and must not be.
    """
    plain = [item for item in world.relations if item.offset is None and item.measure == "value" and not _formed(item)]
    told = {_turned(item) for item in plain}
    found, domains = [], dict(world.domains)
    for item in world.relations:
        small, sign, large = _turned(item)
        both = item in plain and sign == "<=" and (large, "<=", small) in told
        unlike = item in plain and ((small, "<>", large) in told or (large, "<>", small) in told)
        if unlike and (both or sign == "="):
            raise Unrealisable(item.left, f"it must equal {item.right} and must not")
        if unlike and sign == "<=":
            item = replace(item, left=small, operator="<", right=large)
        elif item in plain and sign == "<=" and {(small, "=", large), (large, "=", small)} & told:
            continue
        elif both:
            item = replace(item, operator="=")
        if item.operator == "=" and item.measure == "value":
            domains.update(_on_days(item, domains, types))
        found.append(item)
    return World(domains, tuple(found), world.sums)


def _turned(relation: Relation) -> tuple[str, str, str]:
    """A relation as smaller, operator and larger."""
    if relation.operator[0] == ">":
        return relation.right, relation.operator.replace(">", "<"), relation.left
    return relation.left, relation.operator, relation.right


def _on_days(relation: Relation, domains: Mapping[str, Domain], types: Mapping[str, DataType]) -> dict[str, Domain]:
    """A moment that equals a date, perhaps some days later, is the start of its day."""
    kinds = {name: types[name].kind for name in (relation.left, relation.right) if name in types}
    if Kind.DATE not in kinds.values():
        return {}
    return {
        name: replace(domains[name], truncated=domains[name].truncated or "day")
        for name, kind in kinds.items()
        if kind in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ) and name in domains
    }


def _formed(relation: Relation) -> bool:
    return bool(relation.left_form or relation.right_form)


def _settled(world: World, types: Mapping[str, DataType], first: Collection[str]) -> World:
    lines = {name: line for name in world.domains if name in types and (line := line_of(types[name])) is not None}
    scales = {name: line.scale for name, line in lines.items() if not line.temporal}
    world = with_differences(_sums_settled(without_equations(_typed(world, lines), first, scales)), types)
    for name, line in lines.items():
        if _without_room(world.domains[name], line):
            raise Unrealisable(name, "what constraints leave of it holds no value of its type")
    return world


def _without_room(domain: Domain, line: Line) -> bool:
    if domain.null is Nullity.ALWAYS or domain.values is not None:
        return False
    try:
        return line.interval(domain).within(line.whole).empty
    except (ValueError, OverflowError):
        return False  # what cannot be read is told when the column is made


def _typed(world: World, lines: Mapping[str, Line]) -> World:
    """Numbers of different types that are equal are computed one from the other; terms of sums stay in their type."""
    numbers = {name for name, line in lines.items() if not line.temporal}
    mixed = [
        item
        for item in world.relations
        if item.operator == "=" and {item.left, item.right} <= numbers and item.measure == "value"
        if item.offset is not None or lines[item.left] != lines[item.right]
    ]
    sums = (*world.sums, *map(as_sum, mixed))
    domains = dict(world.domains)
    for name in {name for item in sums for _, name in item.terms} & numbers:
        domains[name] = _inside_type(domains[name], lines[name])
    return World(domains, tuple(item for item in world.relations if item not in mixed), sums)


def _inside_type(domain: Domain, line: Line) -> Domain:
    """The domain within a narrow type; the ends of a wide one are never reached."""
    low, high = line.whole.low or 0, line.whole.high or 0
    if domain.values is None and low > -_NEAR * line.unit:
        domain = with_bound(domain, Bound(Decimal(low).scaleb(-line.scale)), upper=False)
    if domain.values is None and high < _NEAR * line.unit:
        domain = with_bound(domain, Bound(Decimal(high).scaleb(-line.scale)), upper=True)
    return domain


def _with_natural_ends(world: World) -> World:
    """Terms of a sum start at nought, if nothing says otherwise: amounts are seldom negative."""
    terms = {name for item in world.sums for _, name in item.terms}
    domains = {
        name: replace(domain, low=Bound(0))
        if name in terms and domain.low is None and domain.values is None
        else domain
        for name, domain in world.domains.items()
    }
    return replace(world, domains=domains)


def _sized(world: World, types: Mapping[str, DataType]) -> World:
    """Texts that equal one another are as short as the shortest column of them."""
    domains = dict(world.domains)
    for relation in world.relations:
        for name in (relation.left, relation.right):
            size = types[name].size if name in types and types[name].kind in (Kind.TEXT, Kind.CHAR) else None
            if relation.operator == "=" and relation.measure == "value" and size is not None and name in domains:
                limit = domains[name].max_size
                domains[name] = replace(domains[name], max_size=size if limit is None else min(size, limit))
    return replace(world, domains=domains)


def _without_nulls(world: World) -> World:
    """Nothing is compared with a column that is always null: such a constraint holds."""
    null = {name for name, domain in world.domains.items() if domain.null is Nullity.ALWAYS}
    relations = tuple(item for item in world.relations if not null & {item.left, item.right})
    sums = tuple(item for item in world.sums if not null & {name for _, name in item.terms})
    computed = tuple(item for item in world.computed if not null & {item.column, *item.reads})
    return replace(world, relations=relations, sums=sums, computed=computed)


def _equalised(world: World) -> World:
    """Columns that are equal have one domain, which is what all of theirs have in common."""
    domains = dict(world.domains)
    for _ in range(_ROUNDS):
        for relation in world.relations:
            left, right = domains.get(relation.left), domains.get(relation.right)
            if left is None or right is None or relation.measure != "value" or relation.offset is not None:
                continue
            if relation.operator == "=":
                domains[relation.left], domains[relation.right] = _same(relation, left, right)
            elif relation.operator == "<>":
                domains[relation.left] = _unlike(left, right)
                domains[relation.right] = _unlike(right, domains[relation.left])
    return replace(world, domains=domains)


def _unlike(domain: Domain, other: Domain) -> Domain:
    """A domain without the only value that the other column has."""
    if other.values is None or len(other.values) != 1 or domain.values is None or len(domain.values) == 1:
        return domain
    return replace(domain, values=tuple(value for value in domain.values if value != other.values[0]))


def _same(relation: Relation, left: Domain, right: Domain) -> tuple[Domain, Domain]:
    both = _joined(left, right)
    # lower(a) = b makes b a text in lower case; a keeps its own.
    forms = {form for form in (relation.left_form, relation.right_form) if form}
    if not forms:
        return replace(both, null=left.null), replace(both, null=right.null)
    formed = replace(right if relation.left_form else left, forms=both.forms | forms)
    return (left, formed) if relation.left_form else (formed, right)


def _joined(one: Domain, two: Domain) -> Domain:
    lows = [bound for bound in (one.low, two.low) if bound is not None]
    highs = [bound for bound in (one.high, two.high) if bound is not None]
    limits = [limit for limit in (one.max_size, two.max_size) if limit is not None]
    return replace(
        one,
        values=_common(one.values, two.values),
        excluded=tuple(dict.fromkeys((*one.excluded, *two.excluded))),
        low=max(lows, key=lambda bound: (_sortable(bound.value), bound.open), default=None),
        high=min(highs, key=lambda bound: (_sortable(bound.value), not bound.open), default=None),
        min_size=max(one.min_size, two.min_size),
        max_size=min(limits) if limits else None,
        patterns=tuple(dict.fromkeys((*one.patterns, *two.patterns))),
        forms=one.forms | two.forms,
        truncated=one.truncated or two.truncated,
        divisor=one.divisor or two.divisor,
    )


def _sortable(value: Constant) -> tuple[str, object]:
    if isinstance(value, bool | int | float | Decimal):
        return "number", Decimal(str(int(value) if isinstance(value, bool) else value))
    return type(value).__name__, value


def _common(one: tuple[Constant, ...] | None, two: tuple[Constant, ...] | None) -> tuple[Constant, ...] | None:
    if one is None or two is None:
        return one if two is None else two
    return tuple(value for value in one if value in two)


def _sums_settled(world: World) -> World:
    """Inequalities as bounds and relations where they are that; otherwise shared out among their terms."""
    domains, relations, kept, shared = dict(world.domains), list(world.relations), [], []
    for item in map(_tidy, world.sums):
        if refuted(item):
            continue
        alone = one_term_bound(item)
        pair = as_relation(item) if not is_closed(item) else None
        if alone is not None and alone[0] in domains:
            domains[alone[0]] = with_bound(domains[alone[0]], alone[1], upper=alone[2])
        elif pair is not None:
            relations.append(pair)
        elif at_most(item):
            shared.append(item)
        else:
            kept.append(item)
    return World(bounded_terms(shared, domains), tuple(relations), tuple(kept))


def _tidy(item: Sum) -> Sum:
    return item if is_closed(item) else merged(item)


def order_columns(world: World, columns: Sequence[str], *, first: Collection[str] = ()) -> tuple[str, ...]:
    """An order in which every relation and equation is closed by the last of its columns.

    Columns that are ``first``, then lists and multiples, come before those that can follow them; smaller before
    larger; a column that an equation computes after all of its terms.
    """
    after: dict[str, set[str]] = {name: set() for name in columns}
    soft: dict[str, set[str]] = {name: set() for name in columns}
    for item in world.sums:
        if item.operator == "=":
            closing = item.terms[0][1] if is_closed(item) else closing_column(item, world.domains, first)
            after.setdefault(closing, set()).update(name for _, name in item.terms if name != closing)
    for one in world.computed:
        after.setdefault(one.column, set()).update(name for name in one.reads if name in after)
    closing_columns = {name for name, needed in after.items() if needed}
    for relation in world.relations:
        if relation.operator == "<>":
            _let_draw(relation, closing_columns, after)
        elif relation.operator[0] in "<>":
            small, large = relation.left, relation.right
            small, large = (small, large) if relation.operator[0] == "<" else (large, small)
            soft.setdefault(large, set()).add(small)
    ranks = {name: _rank(world.domains.get(name, Domain()), name in first) for name in columns}
    return _sorted(columns, after, soft, ranks)


def _let_draw(relation: Relation, closing: Collection[str], after: Mapping[str, set[str]]) -> None:
    """Of two columns that differ, the one that is drawn comes after the one that is computed."""
    for name, other in ((relation.left, relation.right), (relation.right, relation.left)):
        if name in closing and other not in closing and other in after and other not in after[name]:
            after[other].add(name)


def _rank(domain: Domain, fixed: bool) -> int:
    if fixed:
        return 0
    return 1 if domain.values is not None or domain.truncated or domain.divisor else 2


def _sorted(
    columns: Sequence[str], after: Mapping[str, set[str]], soft: Mapping[str, set[str]], ranks: Mapping[str, int]
) -> tuple[str, ...]:
    waiting, placed = list(columns), list[str]()
    while waiting:
        free = [name for name in waiting if not after[name] & set(waiting)] or waiting
        # What nothing smaller waits for goes first; in a circle of relations, any does.
        name = min(free, key=lambda item: (ranks[item], len(soft[item] & set(waiting) - {item}), columns.index(item)))
        placed.append(name)
        waiting.remove(name)
    return tuple(placed)
