"""Weights of every candidate in every area, by generalised raking: exponential tilting towards published totals.

Deville, Särndal and Sautory (1993); person and household margins are met together because a candidate counts with all
its members. Inner steps fit each area to its own tables, outer steps the sum of all areas to those of the borough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .dice import F64

F32 = NDArray[np.float32]
RIDGE, REACH = 2e-3, 2.5


@dataclass(slots=True)
class Weights:
    """Log weights of candidates by area, before they are brought to a sum of 1."""

    area_features: F32
    borough_features: F32
    area_tilt: F64
    borough_tilt: F64

    def logs(self, area: int) -> F32:
        """Log weights of the candidates in an area."""
        return np.asarray(self.base() + self.area_features @ self.area_tilt[area].astype(np.float32))

    def base(self) -> F32:
        """The part of the log weights that all areas share."""
        return np.asarray(self.borough_features @ self.borough_tilt.astype(np.float32))

    def shares(self, area: int, base: F32) -> F32:
        """Weights in an area that add up to 1."""
        logs = base + self.area_features @ self.area_tilt[area].astype(np.float32)
        found = np.exp(logs - logs.max())
        return np.asarray(found / found.sum(dtype=np.float64), dtype=np.float32)


def rake(features: tuple[F64, F64], targets: tuple[F64, F64], households: F64, rounds: int) -> Weights:
    """Tilts so that expected counts meet the targets by area and, where they are known, for the borough."""
    local, whole = (np.ascontiguousarray(part, dtype=np.float32) for part in features)
    found = Weights(local, whole, np.zeros((len(households), local.shape[1])), np.zeros(whole.shape[1]))
    known = np.isfinite(targets[1])
    for _ in range(rounds):
        base, total = found.base(), np.zeros(len(local))
        for area, number in enumerate(households):
            shares = found.shares(area, base)
            found.area_tilt[area] += _step(local, shares, targets[0][area] / number, number)
            total += number * found.shares(area, base).astype(np.float64)
        shares = (total / total.sum()).astype(np.float32)
        step = _step(whole[:, known], shares, targets[1][known] / total.sum(), total.sum())
        found.borough_tilt[known] += step
    return found


def _step(features: F32, shares: F32, aim: F64, number: float) -> F64:
    """Newton's step of the dual, kept short; the ridge lets conflicting or empty figures give way."""
    mean = (shares @ features).astype(np.float64)
    spread = ((features * shares[:, None]).T @ features).astype(np.float64) - np.outer(mean, mean)
    spread[np.diag_indices_from(spread)] += RIDGE * (aim + 1 / number)
    step = np.linalg.solve(spread, aim - mean)
    # A household of many members would leap ahead of all others, so no weight moves by more than a factor of e^REACH.
    reach = np.abs(features @ step.astype(np.float32) - mean @ step).max()
    return np.asarray(step * min(1.0, REACH / max(float(reach), 1e-9)))
