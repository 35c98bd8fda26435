"""Tables that grew in stages of their own, which no size of the dataset tells: what was there when a row appeared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]

_ALL = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Growth:
    """How one root table grew.

    Attributes:
        begun: the first row of each stage but the first.
        sizes: its number of rows in each stage but the last.
    """

    begun: tuple[int, ...] = ()
    sizes: tuple[int, ...] = ()

    def stages(self, ordinals: I64) -> I64:
        """The stage in which rows appeared."""
        return np.searchsorted(np.array(self.begun, dtype=np.int64), ordinals, side="right").astype(np.int64)

    def rows(self, stages: I64) -> I64:
        """How many rows there were in stages; in the last one there is no bound."""
        sizes = np.array((*self.sizes, _ALL), dtype=np.int64)
        return sizes[np.minimum(stages, len(self.sizes))]


STEADY = Growth()
"""A table that grew with the dataset alone."""
