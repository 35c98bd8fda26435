"""Whole households from weights: a first systematic sample in every area, then replacements towards exact counts.

A replacement takes one household of every area out and draws another for it from the weights times the likelihood of
the counts that would result, which is a heat bath: joint structure stays that of the weights, and only what sampling
added as noise goes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .dice import F64, I64, Dice
from .weights import Weights

SLICE = 2048


@dataclass(frozen=True, slots=True)
class Goal:
    """Counts to reach by area and for the borough; where the borough's are not known they are not looked at."""

    by_area: F64
    borough: F64
    looseness: float = 0.02
    borough_looseness: float = 0.02


def first_sample(weights: Weights, households: I64) -> I64:
    """One candidate a household, areas one after the other, by systematic sampling."""
    dice, base, found = Dice("first sample"), weights.base(), []
    for area, number in enumerate(households):
        reached = np.cumsum(weights.shares(area, base), dtype=np.float64)
        points = (np.arange(number) + dice.unit(int(number))) / number * reached[-1]
        found.append(np.minimum(np.searchsorted(reached, points), len(reached) - 1))
    return np.concatenate(found)


def refine(weights: Weights, chosen: I64, households: I64, goal: Goal, sweeps: float) -> I64:
    """The chosen candidates after as many replacements as ``sweeps`` times the households of the largest area."""
    dice, chosen = Dice("refine"), chosen.copy()
    local, whole = weights.area_features, weights.borough_features[:, np.isfinite(goal.borough)]
    known = goal.borough[np.isfinite(goal.borough)].astype(np.float32)
    start = np.concatenate(([0], np.cumsum(households)))[:-1]
    owner = np.repeat(np.arange(len(households)), households)
    counts = np.zeros_like(goal.by_area, dtype=np.float32)
    np.add.at(counts, owner, local[chosen])
    total = whole[chosen].sum(axis=0, dtype=np.float64).astype(np.float32)
    area_scale = (1 / (goal.looseness * (goal.by_area + 2))).astype(np.float32)
    scale = (1 / (goal.borough_looseness * (known + 20))).astype(np.float32)
    squares, whole_squares = local**2 / 2, whole**2 / 2
    base = weights.base()
    tilt = weights.area_tilt.astype(np.float32)
    noise = dice.gumbel(1 << 20).astype(np.float32)
    aims = goal.by_area.astype(np.float32)
    for _ in range(int(sweeps * households.max())):
        picked = start + (dice.unit(len(start)) * households).astype(np.int64)
        leaving = chosen[picked]
        offered = dice.whole(0, len(local) - 1, SLICE)
        gap = aims - counts + local[leaving]
        shared = known - total + whole[leaving].sum(axis=0) / len(start)
        features = local[offered]
        scores = base[offered] + (gap * area_scale + tilt) @ features.T - area_scale @ squares[offered].T
        scores += (shared * scale) @ whole[offered].T - scale @ whole_squares[offered].T
        shift = int(dice.whole(0, len(noise) - SLICE * len(start) - 1)) if len(noise) > SLICE * len(start) else 0
        scores += noise[shift : shift + SLICE * len(start)].reshape(len(start), SLICE)
        coming = offered[np.argmax(scores, axis=1)]
        chosen[picked] = coming
        counts += local[coming] - local[leaving]
        total += (whole[coming] - whole[leaving]).sum(axis=0)
    return chosen
