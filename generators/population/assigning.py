"""Labels with exact totals: odds are raked to the published counts of each area, then drawn without replacement.

The drawing is systematic sampling category by category (as integers from a fitted solution), so that areas meet their
totals to the unit, while who gets which label follows the odds.
"""

from __future__ import annotations

import numpy as np

from .dice import F64, I64, Dice

ROUNDS = 40


def whole_counts(targets: F64, totals: I64) -> I64:
    """Counts in whole numbers that add up to each row's total, by largest remainders."""
    sums = targets.sum(axis=1, keepdims=True)
    exact = np.divide(targets, sums, out=np.full_like(targets, 1 / targets.shape[1]), where=sums > 0) * totals[:, None]
    found = np.floor(exact).astype(np.int64)
    short = totals - found.sum(axis=1)
    rank = np.argsort(np.argsort(found - exact, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray(found + (rank < short[:, None]))


def rake_odds(odds: F64, group: I64, targets: F64 | I64, rounds: int = ROUNDS) -> F64:
    """Probabilities by row that sum to each group's targets in expectation."""
    chances = odds / odds.sum(axis=1, keepdims=True)
    groups = len(targets)
    for _ in range(rounds):
        sums = _by_group(chances, group, groups)
        factors = np.divide(targets, sums, out=np.zeros_like(sums), where=sums > 0)
        chances = chances * factors[group]
        whole = chances.sum(axis=1, keepdims=True)
        chances = np.divide(chances, whole, out=np.zeros_like(chances), where=whole > 0)
    return np.asarray(chances)


def _by_group(values: F64, group: I64, groups: int) -> F64:
    return np.stack([np.bincount(group, weights=column, minlength=groups) for column in values.T], axis=1)


def assign(dice: Dice, odds: F64, group: I64, targets: F64, rounds: int = ROUNDS) -> I64:
    """A category for each row, drawn by its odds, with each group's targets met.

    ``odds`` has a row for each member and a column for each category, ``targets`` a row for each group; targets are
    first brought to the group's number of members.
    """
    if not len(group):
        return np.zeros(0, dtype=np.int64)
    counts = whole_counts(targets, np.bincount(group, minlength=len(targets)))
    chances = rake_odds(odds, group, counts, rounds)
    found = np.full(len(group), -1, dtype=np.int64)
    # The rarest first: what is left at the end is the commonest, which bears the rounding.
    for category in np.argsort(counts.sum(axis=0), kind="stable")[:-1]:
        left = np.flatnonzero(found < 0)
        rest = chances[left][:, category] / np.maximum(chances[left].sum(axis=1), 1e-12)
        taken = _systematic(dice, rest, group[left], counts[:, category])
        found[left[taken]] = category
        chances[:, category] = 0
    found[found < 0] = np.argsort(counts.sum(axis=0), kind="stable")[-1]
    return found


def _systematic(dice: Dice, weights: F64, group: I64, wanted: I64) -> I64:
    """Rows chosen in proportion to weights, exactly as many in each group as are wanted and can be had."""
    order = np.lexsort((dice.unit(len(group)), group))
    chance, whose = weights[order].copy(), group[order]
    groups = len(wanted)
    available = np.bincount(whose, weights=chance > 0, minlength=groups).astype(np.int64)
    wanted = np.minimum(wanted, available)
    for _ in range(12):  # a chance of 1 is certain; what it cannot use goes to the others of its group
        fixed = chance >= 1
        room = wanted - np.bincount(whose, weights=fixed, minlength=groups)
        free = np.bincount(whose, weights=np.where(fixed, 0, chance), minlength=groups)
        factor = np.divide(np.maximum(room, 0), free, out=np.zeros(groups), where=free > 0)
        chance = np.where(fixed, 1.0, np.minimum(chance * factor[whose], 1.0))
    reached = np.cumsum(chance) + 1e-9 * (1 + np.arange(len(chance)) / len(chance))
    before = np.concatenate(([0.0], reached[:-1]))
    shift = dice.unit(groups)[whose]
    ends = np.cumsum(np.bincount(whose, weights=chance, minlength=groups))
    starts = np.round(ends - np.bincount(whose, weights=chance, minlength=groups))
    inside, inside_before = reached - starts[whose], before - starts[whose]
    taken = np.floor(inside + shift) > np.floor(inside_before + shift)
    return order[taken]
