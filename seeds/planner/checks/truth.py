"""Three-valued logic is worked out here: what a row must be for a predicate to be true, false, or null.

A CHECK lets a row pass unless its predicate is *false*, so null passes; inside NOT, OR or IS TRUE that is not enough to
know. Every predicate is therefore compiled for one of five outcomes, and each operator says what that outcome asks of
its operands. The result holds no negation and no null: see :mod:`.formula`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum

from ...catalog import Kind
from . import counting, nulls
from .alternatives import alternatives, expandable
from .constants import evaluate, is_constant, place
from .formula import FALSE, Formula, Unknown, any_null, either, every, is_false, known, not_null
from .frame import Claim, Frame, literals
from .model import Domain
from .rules import claimed
from .rules.outcomes import fact
from .satisfaction import holds
from .tree import (
    COMPARISONS,
    MIRRORED,
    OPPOSITE,
    Apply,
    Cast,
    Literal,
    Name,
    NotUnderstood,
    Tree,
    called,
    columns_of,
    replaced,
)


class Outcome(StrEnum):
    """What a predicate should come to."""

    TRUE = "true"
    FALSE = "false"
    NOT_TRUE = "not true"
    NOT_FALSE = "not false"
    NULL = "null"


_NEGATED = {
    Outcome.TRUE: Outcome.FALSE, Outcome.FALSE: Outcome.TRUE, Outcome.NOT_TRUE: Outcome.NOT_FALSE,
    Outcome.NOT_FALSE: Outcome.NOT_TRUE, Outcome.NULL: Outcome.NULL,
}  # fmt: skip
_TRUTHS = {True: (Outcome.TRUE, Outcome.NOT_FALSE), False: (Outcome.FALSE, Outcome.NOT_TRUE),
           None: (Outcome.NULL, Outcome.NOT_TRUE, Outcome.NOT_FALSE)}  # fmt: skip
_PLAIN = {True: Outcome.TRUE, False: Outcome.FALSE}
_MATCHES = ("~", "~*", "like", "ilike", "similar", "glob", "starts_with")
_CONNECTIVES = ("and", "or", "not", "xor", "is null", "is true", "is false", "distinct", "not distinct")
_CALLS = (
    "isempty",
    "lower_inf",
    "upper_inf",
    "lower_inc",
    "upper_inc",
    "json_valid",
    "@>",
    "<@",
    "&&",
    "?",
    "?&",
    "?|",
)


def is_predicate(frame: Frame, tree: Tree) -> bool:
    """Whether the tree is true, false or null by its form."""
    if isinstance(tree, Literal):
        return isinstance(tree.value, bool)
    if isinstance(tree, Name):
        return frame.type(tree).kind is Kind.BOOLEAN and not frame.type(tree).dimensions
    if isinstance(tree, Cast):
        return tree.type == "boolean" and not tree.array
    if tree.operator in ("case", "coalesce"):
        return is_predicate(frame, tree.parts[-2 if tree.operator == "case" else 0])
    operators = (*_CONNECTIVES, *COMPARISONS, *_MATCHES, *_CALLS)
    return tree.operator in operators or tree.operator.startswith(("any ", "all "))


def compiled(frame: Frame, tree: Tree, outcome: Outcome) -> Formula:
    """What a row must be for the predicate to have the outcome; what is not understood is left in it by name."""
    try:
        return _compiled(frame, tree, outcome)
    except NotUnderstood as reason:
        return Unknown(str(reason), columns_of(tree))


def _compiled(frame: Frame, tree: Tree, outcome: Outcome) -> Formula:
    if isinstance(tree, Literal):
        return _constant(tree.value, outcome)
    if isinstance(tree, Cast) and (tree.type == "boolean" or is_predicate(frame, tree.of)):
        return _constant(evaluate(tree), outcome) if is_constant(tree) else _compiled(frame, tree.of, outcome)
    if isinstance(tree, Name):
        return _column(frame, tree, outcome)
    if isinstance(tree, Cast):
        raise NotUnderstood(f"a {tree.type} as a condition is not understood")
    handler = _LOGIC.get(tree.operator)
    if handler is not None:
        return handler(frame, tree, outcome)
    if tree.operator in COMPARISONS:
        return _comparison(frame, tree, outcome)
    return _single(frame, tree, outcome)


def _constant(value: object, outcome: Outcome) -> Formula:
    truth = None if value is None else bool(value)
    return known(outcome in _TRUTHS[truth])


def _column(frame: Frame, tree: Name, outcome: Outcome) -> Formula:
    kind = frame.type(tree).kind
    if kind is not Kind.BOOLEAN:
        if kind not in (Kind.INTEGER, Kind.NUMERIC, Kind.FLOAT) or frame.dialect == "postgres":
            raise NotUnderstood(f"a {kind.value} as a condition is not understood")
        return _compiled(frame, Apply("<>", (tree, Literal(0))), outcome)
    if outcome is Outcome.NULL:
        return any_null(frame.types, [tree.name])
    value = outcome in (Outcome.TRUE, Outcome.NOT_FALSE)
    one = fact(tree.name, Domain(values=(value,)))
    strict = outcome in (Outcome.TRUE, Outcome.FALSE)
    return every(frame.types, [one, *not_null([tree.name])]) if strict else one


# ----------------------------------------------------------------------------------------------- connectives


def _all(frame: Frame, parts: Iterable[Tree], outcome: Outcome) -> Formula:
    return every(frame.types, [compiled(frame, part, outcome) for part in parts])


def _any(frame: Frame, parts: Iterable[Tree], outcome: Outcome) -> Formula:
    return either(frame.types, [compiled(frame, part, outcome) for part in parts])


def _and(frame: Frame, tree: Apply, outcome: Outcome) -> Formula:
    if outcome in (Outcome.TRUE, Outcome.NOT_FALSE):
        return _all(frame, tree.parts, outcome)
    if outcome is not Outcome.NULL:
        return _any(frame, tree.parts, outcome)
    return every(frame.types, [_all(frame, tree.parts, Outcome.NOT_FALSE), _any(frame, tree.parts, Outcome.NULL)])


def _or(frame: Frame, tree: Apply, outcome: Outcome) -> Formula:
    if outcome in (Outcome.TRUE, Outcome.NOT_FALSE):
        return _any(frame, tree.parts, outcome)
    if outcome is not Outcome.NULL:
        return _all(frame, tree.parts, outcome)
    return every(frame.types, [_all(frame, tree.parts, Outcome.NOT_TRUE), _any(frame, tree.parts, Outcome.NULL)])


def _not(frame: Frame, tree: Apply, outcome: Outcome) -> Formula:
    return compiled(frame, tree.parts[0], _NEGATED[outcome])


def _of_truths(frame: Frame, operator: str, left: Tree, right: Tree, outcome: Outcome) -> Formula:
    """Two predicates compared: null as soon as one of them is; false is less than true."""
    if outcome in (Outcome.FALSE, Outcome.NOT_TRUE):
        operator, outcome = OPPOSITE[operator], _NEGATED[outcome]
    null = [compiled(frame, left, Outcome.NULL), compiled(frame, right, Outcome.NULL)]
    if outcome is Outcome.NULL:
        return either(frame.types, null)
    sides = [{truth: compiled(frame, side, wanted) for truth, wanted in _PLAIN.items()} for side in (left, right)]
    pairs = [
        every(frame.types, [sides[0][one], sides[1][other]])
        for one in _PLAIN
        for other in _PLAIN
        if holds(operator, int(one), int(other))
    ]
    return either(frame.types, pairs if outcome is Outcome.TRUE else [*pairs, *null])


def _xor(frame: Frame, tree: Apply, outcome: Outcome) -> Formula:
    return _of_truths(frame, "<>", tree.parts[0], tree.parts[1], outcome)


def _certain(outcome: Outcome) -> bool | None:
    """Which truth a predicate that is never null must have; None where no row will do."""
    if outcome is Outcome.NULL:
        return None
    return outcome in (Outcome.TRUE, Outcome.NOT_FALSE)


def _is_truth(frame: Frame, tree: Apply, outcome: Outcome) -> Formula:
    wanted = _certain(outcome)
    if wanted is None:
        return FALSE
    asked = Outcome.TRUE if tree.operator == "is true" else Outcome.FALSE
    against = Outcome.NOT_TRUE if tree.operator == "is true" else Outcome.NOT_FALSE
    return compiled(frame, tree.parts[0], asked if wanted else against)


def _is_null(frame: Frame, tree: Apply, outcome: Outcome) -> Formula:
    wanted = _certain(outcome)
    return FALSE if wanted is None else nullness(frame, tree.parts[0], null=wanted)


def nullness(frame: Frame, tree: Tree, *, null: bool) -> Formula:
    """What a row must be for the tree to be null, or not to be."""
    if is_predicate(frame, tree) and not isinstance(tree, (Name, Cast)):
        if null:
            return compiled(frame, tree, Outcome.NULL)
        return either(frame.types, [compiled(frame, tree, Outcome.TRUE), compiled(frame, tree, Outcome.FALSE)])
    node = expandable(tree)
    if node is not None and not called(tree, "coalesce"):
        return _expanded(frame, tree, node, lambda one: nullness(frame, one, null=null))
    return nulls.nullness(frame, tree, null=null)


def _expanded(frame: Frame, tree: Tree, node: Apply, answer: Callable[[Tree], Formula]) -> Formula:
    """The tree with a CASE or the like in it, as a choice between its alternatives."""

    def condition(part: Tree, truth: str) -> Formula:
        if truth in ("null", "not null"):
            return nullness(frame, part, null=truth == "null")
        return compiled(frame, part, Outcome(truth))

    arms = []
    for conditions, value in alternatives(node):
        guard = every(frame.types, [condition(part, truth) for part, truth in conditions])
        if not is_false(guard):
            arms.append(every(frame.types, [guard, answer(replaced(tree, node, value))]))
    return either(frame.types, arms)


def _distinct(frame: Frame, tree: Apply, outcome: Outcome) -> Formula:
    """IS DISTINCT FROM never comes to null."""
    wanted = _certain(outcome)
    if wanted is None:
        return FALSE
    left, right = tree.parts
    if (tree.operator == "distinct") is wanted:
        apart = Apply("<>", (left, right))
        arms = [
            every(frame.types, [nullness(frame, left, null=one), nullness(frame, right, null=not one)])
            for one in (True, False)
        ]
        return either(frame.types, [*arms, compiled(frame, apart, Outcome.TRUE)])
    both = every(frame.types, [nullness(frame, left, null=True), nullness(frame, right, null=True)])
    return either(frame.types, [both, compiled(frame, Apply("=", (left, right)), Outcome.TRUE)])


def _chosen(frame: Frame, tree: Apply, outcome: Outcome) -> Formula:
    return _expanded(frame, tree, tree, lambda one: compiled(frame, one, outcome))


_LOGIC: dict[str, Callable[[Frame, Apply, Outcome], Formula]] = {
    "and": _and, "or": _or, "not": _not, "xor": _xor, "is true": _is_truth, "is false": _is_truth,
    "is null": _is_null, "distinct": _distinct, "not distinct": _distinct, "case": _chosen, "coalesce": _chosen,
}  # fmt: skip


# ----------------------------------------------------------------------------------------------- comparisons


def _comparison(frame: Frame, tree: Apply, outcome: Outcome) -> Formula:
    left, right = tree.parts
    if is_constant(left) and not is_constant(right):
        return compiled(frame, Apply(MIRRORED[tree.operator], (right, left)), outcome)
    if is_predicate(frame, left) and is_predicate(frame, right):
        return _of_truths(frame, tree.operator, left, right, outcome)
    if called(left, "row") and called(right, "row"):
        return compiled(frame, _fields(tree.operator, left, right), outcome)
    number = counting.count(frame, left, is_predicate) if is_constant(right) else None
    if number is not None:
        return _counted(frame, tree.operator, number, right, outcome)
    return _single(frame, tree, outcome)


def _fields(operator: str, left: Tree, right: Tree) -> Tree:
    """A comparison of rows, field by field."""
    assert isinstance(left, Apply)
    assert isinstance(right, Apply)
    if operator not in ("=", "<>") or len(left.parts) != len(right.parts):
        raise NotUnderstood("the order of rows is not understood")
    pairs = tuple(Apply(operator, pair) for pair in zip(left.parts, right.parts, strict=True))
    return Apply("and" if operator == "=" else "or", pairs)


def _counted(frame: Frame, operator: str, number: counting.Count, right: Tree, outcome: Outcome) -> Formula:
    if outcome in (Outcome.FALSE, Outcome.NOT_TRUE):
        operator, outcome = OPPOSITE[operator], _NEGATED[outcome]
    null = [compiled(frame, part, Outcome.NULL) for part in number.predicates]
    if outcome is Outcome.NULL:
        return either(frame.types, null)
    truths = [(compiled(frame, part, Outcome.TRUE), compiled(frame, part, Outcome.FALSE)) for part in number.predicates]
    made = counting.choices(frame, operator, number.constant, evaluate(right), truths)
    return either(frame.types, made if outcome is Outcome.TRUE else [*made, *null])


def _single(frame: Frame, tree: Apply, outcome: Outcome) -> Formula:
    """One operator on values: a choice inside it is opened first, a list of constants is spread out."""
    node = expandable(tree)
    if node is not None:
        return _expanded(frame, tree, node, lambda one: compiled(frame, one, outcome))
    if is_constant(tree):
        return _constant_call(tree, outcome)
    if not _is_quantified(tree):
        if Literal(None) in map(_bare, tree.parts):
            return _constant(None, outcome)
    elif (spread := _spread(tree)) is not None and _lists_null(spread):
        return compiled(frame, spread, outcome)
    if outcome is Outcome.NULL:
        return either(frame.types, [nullness(frame, part, null=True) for part in tree.parts])
    strict = outcome in (Outcome.TRUE, Outcome.FALSE)
    negated = outcome in (Outcome.FALSE, Outcome.NOT_TRUE)
    try:
        made = claimed(frame, _claim(tree, negated=negated, strict=strict))
    except NotUnderstood:
        spread = _spread(tree)
        if spread is None:
            raise
        return compiled(frame, spread, outcome)
    return every(frame.types, [made, *(not_null(columns_of(tree)) if strict else ())])


def _is_quantified(tree: Apply) -> bool:
    return tree.operator.startswith(("any ", "all "))


def _lists_null(spread: Tree) -> bool:
    return isinstance(spread, Apply) and any(
        isinstance(one, Apply) and one.parts[1] == Literal(None) for one in spread.parts
    )


def _bare(tree: Tree) -> Tree:
    while isinstance(tree, Cast):
        tree = tree.of
    return tree


def _claim(tree: Apply, *, negated: bool, strict: bool) -> Claim:
    if negated and tree.operator in OPPOSITE:
        return Claim(OPPOSITE[tree.operator], tree.parts, strict=strict)
    return Claim(tree.operator, tree.parts, negated, strict)


def _constant_call(tree: Apply, outcome: Outcome) -> Formula:
    """A comparison of constants, as an opened choice leaves behind."""
    values = [evaluate(part) for part in tree.parts]
    if None in values:
        return _constant(None, outcome)
    if tree.operator in COMPARISONS and not any(isinstance(value, (str, list)) for value in values):
        left, right = (place(value) for value in values if not isinstance(value, (str, list)) and value is not None)
        return _constant(holds(tree.operator, left, right), outcome)
    if tree.operator in ("=", "<>"):
        return _constant((values[0] == values[1]) is (tree.operator == "="), outcome)
    raise NotUnderstood(f"{tree.operator} of constants is not worked out")


def _spread(tree: Apply) -> Tree | None:
    """``x op ANY (list)`` as one comparison for each item; None where the list is not written out."""
    if not _is_quantified(tree):
        return None
    quantifier, operator = tree.operator.split(" ", 1)
    items = _items(tree.parts[1])
    if items is None:
        return None
    return Apply(
        "or" if quantifier == "any" else "and", tuple(Apply(operator, (tree.parts[0], item)) for item in items)
    )


def _items(tree: Tree) -> tuple[Tree, ...] | None:
    if is_constant(tree):
        value = evaluate(tree)
        return literals(value) if isinstance(value, list) else None
    if isinstance(tree, Cast):
        return _items(tree.of)
    return tree.parts if called(tree, "array") and isinstance(tree, Apply) else None
