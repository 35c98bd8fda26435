"""Counts of predicates: ``num_nonnulls(a, b, c) = 1``, and truths added up as numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import comb

from .constants import Plain, evaluate, is_constant
from .formula import Formula, Unknown, either, every
from .frame import Frame
from .satisfaction import holds
from .tree import Apply, Cast, Literal, NotUnderstood, Tree

_MOST = 40
"""Choices of so many among so many that are written out; of more, these are taken."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many of the predicates are true, and a constant."""

    predicates: tuple[Tree, ...]
    constant: int = 0


def count(frame: Frame, tree: Tree, is_predicate: Callable[[Frame, Tree], bool]) -> Count | None:
    """The tree as a count of predicates; None where it is none."""
    if isinstance(tree, Cast) and tree.type in ("integer", "numeric"):
        if is_predicate(frame, tree.of):
            return Count((tree.of,))
        return count(frame, tree.of, is_predicate)
    if not isinstance(tree, Apply):
        return None
    if tree.operator in ("num_nonnulls", "num_nulls"):
        nulls = tuple(Apply("is null", (part,)) for part in tree.parts)
        return Count(nulls if tree.operator == "num_nulls" else tuple(Apply("not", (one,)) for one in nulls))
    if tree.operator == "case":
        return _flag(tree)
    if tree.operator != "+":
        return Count((tree,)) if frame.dialect != "postgres" and _is_truth(frame, tree, is_predicate) else None
    return _added(frame, tree, is_predicate)


def _is_truth(frame: Frame, tree: Apply, is_predicate: Callable[[Frame, Tree], bool]) -> bool:
    return tree.operator not in ("case", "coalesce") and is_predicate(frame, tree)


def _flag(tree: Apply) -> Count | None:
    """``CASE WHEN p THEN 1 ELSE 0 END``."""
    if len(tree.parts) == 3 and tree.parts[1:] == (Literal(1), Literal(0)):
        return Count((Apply("is true", (tree.parts[0],)),))
    return None


def _added(frame: Frame, tree: Apply, is_predicate: Callable[[Frame, Tree], bool]) -> Count | None:
    predicates: tuple[Tree, ...] = ()
    constant = 0
    for part in tree.parts:
        number = evaluate(part) if is_constant(part) else None
        if isinstance(number, int):
            constant += number
            continue
        inner = count(frame, part, is_predicate)
        if inner is None:
            return None
        predicates += inner.predicates
        constant += inner.constant
    return Count(predicates, constant) if predicates else None


def choices(
    frame: Frame, operator: str, constant: int, limit: Plain, truths: Sequence[tuple[Formula, Formula]]
) -> list[Formula]:
    """The ways in which ``count + constant operator limit``, from what makes each predicate true, and false."""
    if not isinstance(limit, (int, Decimal)) or isinstance(limit, bool):
        raise NotUnderstood("a count compared with such a constant is not understood")
    wanted = Fraction(limit) - constant
    fitting = [number for number in range(len(truths) + 1) if holds(operator, number, wanted)]
    made: list[Formula] = []
    for first, last in _runs(fitting):
        made += _between(frame, truths, first, last)
    return made


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Neighbouring numbers as intervals."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _between(frame: Frame, truths: Sequence[tuple[Formula, Formula]], first: int, last: int) -> list[Formula]:
    """So many at least, and so many at most: what is not needed for that is left open."""
    if last == len(truths):
        return _chosen(frame, truths, first, others=False)
    if first == 0:
        return _chosen(frame, [(no, yes) for yes, no in truths], len(truths) - last, others=False)
    made: list[Formula] = []
    for exact in range(first, last + 1):
        made += _chosen(frame, truths, exact, others=True)
    return made


def _chosen(frame: Frame, truths: Sequence[tuple[Formula, Formula]], size: int, *, others: bool) -> list[Formula]:
    """Every choice of ``size`` predicates that are true; the others are false, or left open."""
    made = [
        every(frame.types, [
            *(truths[index][0] for index in chosen),
            *(_other(frame, truths[index], others) for index in range(len(truths)) if index not in chosen),
        ])
        for chosen in _subsets(len(truths), size)
    ]  # fmt: skip
    if comb(len(truths), size) > _MOST:
        made.append(Unknown("there are more combinations than are tried"))
    return made


def _subsets(members: int, size: int) -> Iterator[tuple[int, ...]]:
    """All subsets of a size, if they are few; else some in which every member is as often as any other."""
    if comb(members, size) <= _MOST:
        yield from combinations(range(members), size)
        return
    seen: set[tuple[int, ...]] = set()
    for stride in range(1, members):
        for start in range(members):
            chosen = tuple(sorted({(start + stride * step) % members for step in range(size)}))
            if len(chosen) == size and chosen not in seen and len(seen) < _MOST:
                seen.add(chosen)
                yield chosen


def _other(frame: Frame, truth: tuple[Formula, Formula], false: bool) -> Formula:
    if false:
        return truth[1]
    return either(frame.types, truth)
