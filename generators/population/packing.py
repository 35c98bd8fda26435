"""Neighbourhoods of exactly 100 residents: households of one area side by side, and what is left over with the next area's."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from .dice import I64, Dice

RESIDENTS, LARGE = 100, 14


def pack(sizes: I64, area: I64) -> I64:
    """Households in order, so that every 100 residents fill a neighbourhood; those that fill none are left out."""
    order = np.lexsort((Dice("packing").unit(len(sizes)), sizes <= LARGE))  # large units first, while there is room
    found: list[int] = []
    left: list[int] = []
    for number in range(int(area.max()) + 1):
        held = order[area[order] == number]
        left = _fill(sizes, left + held.tolist(), found)
    return np.array(found, dtype=np.int64)


def _fill(sizes: I64, waiting: list[int], found: list[int]) -> list[int]:
    """Fill as many neighbourhoods as can be, first come first served, and return the households that wait on.

    The large ones go first and the last place is left for those of the size that is missing, which a lone resident
    almost always has.
    """
    by_size: dict[int, list[int]] = defaultdict(list)
    for household in reversed(waiting):
        by_size[int(sizes[household])].append(household)
    total = int(sizes[np.array(waiting, dtype=np.int64)].sum()) if waiting else 0
    used: set[int] = set()
    cursor = 0
    while total >= RESIDENTS:
        members, room = _one(sizes, waiting, used, by_size, cursor)
        if room:
            break
        found.extend(members)
        total -= RESIDENTS
        while cursor < len(waiting) and waiting[cursor] in used:
            cursor += 1
    return [household for household in waiting if household not in used]


def _one(
    sizes: I64, waiting: list[int], used: set[int], by_size: dict[int, list[int]], cursor: int
) -> tuple[list[int], int]:
    members: list[int] = []
    room = RESIDENTS
    while cursor < len(waiting) and room > LARGE:
        household = waiting[cursor]
        cursor += 1
        if household not in used and sizes[household] <= room:
            members.append(household)
            used.add(household)
            room -= int(sizes[household])
    for size in range(min(room, LARGE), 0, -1):
        while room >= size:
            while by_size[size] and by_size[size][-1] in used:
                by_size[size].pop()
            if not by_size[size]:
                break
            household = by_size[size].pop()
            members.append(household)
            used.add(household)
            room -= size
    if room:
        used.difference_update(members)
        for household in members:
            by_size[int(sizes[household])].append(household)
        return [], room
    return members, 0
