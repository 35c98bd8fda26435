"""The fit: the same inputs give the same bytes, totals come out to the unit, and neighbourhoods hold 100 residents."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from generators.population.assigning import assign, whole_counts
from generators.population.dice import Dice
from generators.population.fit import Effort, fit
from generators.population.packing import pack
from generators.population.pool import build_pool
from generators.population.reading import shipped
from generators.population.storing import store

TRIAL = Effort(candidates=1_200, rounds=2, sweeps=0.5, share=0.03)


def test_the_same_fit_gives_the_same_files(tmp_path: Path) -> None:
    """Two fits with little effort write the same bytes, and another effort writes others."""
    written = []
    for name, effort in (("a", TRIAL), ("b", TRIAL), ("c", Effort(1_200, 2, 0.6, 0.03))):
        (tmp_path / name).mkdir()
        made = fit(effort)
        store(tmp_path / name, made.pool, made.households, made.residents)
        written.append([path.read_bytes() for path in sorted((tmp_path / name).iterdir())])
    assert written[0] == written[1]
    assert written[0] != written[2]


def test_labels_have_exact_totals_and_follow_the_odds() -> None:
    """Each group's targets are met to the unit; those with the odds get the label."""
    group = np.repeat([0, 1], 500)
    favoured = np.tile([True, False], 500)
    odds = np.where(favoured[:, None], [[1.0, 9.0]], [[9.0, 1.0]])
    found = assign(Dice("test"), odds, group, np.array([[400.0, 100.0], [100.0, 400.0]]))
    assert np.bincount(group * 2 + found).tolist() == [400, 100, 100, 400]
    assert favoured[found == 1].mean() > 0.6


def test_a_label_that_cannot_be_is_not_given() -> None:
    """Odds of nothing mean never, though the target would have it."""
    odds = np.array([[1.0, 0.0]] * 10 + [[1.0, 1.0]] * 10)
    found = assign(Dice("test"), odds, np.zeros(20, dtype=np.int64), np.array([[10.0, 10.0]]))
    assert found.tolist() == [0] * 10 + [1] * 10


def test_whole_counts_keep_their_total() -> None:
    """Largest remainders: shares in whole numbers that add up."""
    assert whole_counts(np.array([[1.0, 1.0, 1.0], [0.0, 3.0, 1.0]]), np.array([10, 4])).tolist() == [
        [4, 3, 3],
        [0, 3, 1],
    ]


def test_neighbourhoods_are_packed_to_the_resident() -> None:
    """Households are used once, 100 residents to a neighbourhood, most of them from one area."""
    dice = Dice("test")
    sizes, area = dice.whole(1, 6, 3_000), np.repeat(np.arange(10), 300)
    order = pack(sizes, area)
    reached = np.cumsum(sizes[order])
    assert len(set(order.tolist())) == len(order)
    assert sizes.sum() - reached[-1] < 100 and reached[-1] % 100 == 0
    assert set(np.arange(100, reached[-1] + 1, 100).tolist()) <= set(reached.tolist())
    homes = np.searchsorted(np.arange(100, reached[-1] + 1, 100), reached)
    mixed = [len(set(area[order][homes == home].tolist())) > 1 for home in range(int(homes.max()) + 1)]
    assert np.mean(mixed) < 0.15


def test_candidates_are_told_apart_by_community() -> None:
    """Families of the community that keeps together are larger, and so are those of the pool's other large families."""
    pool = build_pool(4_000)
    names = shipped().field("household", "community").dictionary.to_pylist()
    sizes = {name: pool.sizes[pool.head("community") == place].mean() for place, name in enumerate(names)}
    assert sizes["charedi"] > 1.5 * sizes["white_british"]
