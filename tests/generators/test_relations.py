"""Domains: who a row's parents are, and keys that stay when others come and go."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from generators.relations import Domain, Part, child_domain, root_domain
from generators.relations.domain import branch_key

COUNTS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=12)


def roots(*ordinals: int, offset: int = 0) -> Domain:
    return root_domain(np.array(ordinals, dtype=np.int64), np.ones(len(ordinals), dtype=np.bool_), offset)


def part(parent: Domain, counts: list[int], offset: int, branch: str = "row") -> Part:
    lengths = np.array(counts, dtype=np.int64)
    return Part(lengths, np.repeat(parent.owned, lengths), offset, branch_key("t", branch))


def family(ordinals: list[int], counts: list[tuple[int, int]]) -> Domain:
    """Children of two parts, with room for 4 and 3, under each of some roots."""
    parent = roots(*ordinals)
    first, second = ([pair[place] for pair in counts] for place in (0, 1))
    return child_domain(parent, [part(parent, first, 0, "a"), part(parent, second, 4, "b")], 7)


def rows_of(domain: Domain) -> set[tuple[int, ...]]:
    names = ("ids", "keys", "ordinals", "parts", "ranks")
    return set(zip(*(getattr(domain, name).tolist() for name in names), strict=True))


def test_a_roots_key_is_its_ordinals() -> None:
    """A root's key and id follow from its ordinal, wherever its block begins."""
    assert rows_of(roots(7, 8)) <= rows_of(roots(*range(20)))
    assert roots(0, 5).ids.tolist() == [1, 6]


def test_an_offset_moves_ids_and_no_stream() -> None:
    """Keys that somebody else used are avoided without changing a value."""
    assert roots(0, 1, offset=100).ids.tolist() == [101, 102]
    assert roots(0, 1, offset=100).keys.tolist() == roots(0, 1).keys.tolist()


@given(COUNTS)
def test_a_child_domain_is_that_of_nested_loops(counts: list[tuple[int, int]]) -> None:
    """All parts of the first parent stand before those of the second, with packed ids and ranks under the root."""
    found = family(list(range(len(counts))), counts)
    expected = [
        (parent, code, ordinal, (parent + 1) * 7 + 4 * code + ordinal)
        for parent, pair in enumerate(counts) for code, count in enumerate(pair) for ordinal in range(count)
    ]  # fmt: skip
    fields = (found.parents, found.parts, found.ordinals, found.ids)
    assert list(zip(*(field.tolist() for field in fields), strict=True)) == expected
    assert found.roots.tolist() == found.parents.tolist()
    assert found.ranks.tolist() == [sum(row[0] == other[0] for other in expected[:i]) for i, row in enumerate(expected)]
    assert len(set(found.ids.tolist())) == len(found) == len(set(found.keys.tolist()))


@given(COUNTS, st.data())
def test_a_child_needs_nothing_of_its_parents_neighbours(counts: list[tuple[int, int]], data: st.DataObject) -> None:
    """Children of some roots are the same rows whether or not other roots are evaluated with them."""
    chosen = sorted(data.draw(st.sets(st.integers(0, len(counts) - 1), min_size=1)))
    whole = family(list(range(len(counts))), counts)
    assert rows_of(family(chosen, [counts[place] for place in chosen])) <= rows_of(whole)


@given(COUNTS, st.data())
def test_another_child_moves_no_key(counts: list[tuple[int, int]], data: st.DataObject) -> None:
    """One more row in one part changes neither the id nor the key of any row that was there."""
    place = data.draw(st.integers(0, len(counts) - 1))
    more = [(a, min(b + 1, 3)) if i == place else (a, b) for i, (a, b) in enumerate(counts)]
    keyed = [{row[:4] for row in rows_of(family(list(range(len(counts))), each))} for each in (counts, more)]
    assert keyed[0] <= keyed[1]


def test_parts_with_other_names_have_other_keys() -> None:
    """A row's key holds the name of its part and table, not their position."""
    parent = roots(0)
    keys = {int(child_domain(parent, [part(parent, [1], 0, name)], 1).keys[0]) for name in "abc"}
    assert len(keys) == 3
    assert branch_key("t", "a") != branch_key("u", "a")


@given(COUNTS, st.data())
def test_selecting_rows_changes_none_of_them(counts: list[tuple[int, int]], data: st.DataObject) -> None:
    """A filter keeps the chosen rows with their ids, keys and ranks as they were."""
    domain = family(list(range(len(counts))), counts)
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=len(domain), max_size=len(domain))), dtype=np.bool_)
    kept = domain.select(keep)
    assert kept.ids.tolist() == [row for row, held in zip(domain.ids.tolist(), keep, strict=True) if held]
    assert rows_of(kept) <= rows_of(domain)
