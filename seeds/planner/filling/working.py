"""Working columns of the engine: which row each reference leads to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from generators.spec import ColumnSpec, ColumnType, GeneratorSpec

from ..checks.model import Nullity
from .combining import digit_of
from .draft import ABSENT, FROM_EXISTING, Draft, Link

_NULL_SHARE = 0.1
_LONGEST = 60


def working_name(kind: str, columns: Sequence[str], taken: Iterable[str]) -> str:
    """A working column's name, made of the columns it serves, so that it stays whatever else the table has."""
    plain = "_".join(columns)
    name = re.sub(r"\W", "_", plain, flags=re.ASCII)[:_LONGEST]
    if name != plain:
        name = f"{name}_{sha256(repr(tuple(columns)).encode()).hexdigest()[:8]}"
    name, others = f"{kind}_{name}", set(taken)
    while name in others:
        name += "_"
    return name


def link_columns(draft: Draft, link: Link, nulls: float) -> Iterator[ColumnSpec]:
    """The working column that says which row is referred to, none in a share of the rows."""
    if link.state == ABSENT:
        return
    if draft.combination is not None and draft.combination.part(link.working) is not None:
        # Rows are numbered from 1, what is there already from 0.
        yield draft.combination.picked(place_of(draft), link.working, 0 if link.state == FROM_EXISTING else 1)
        return
    if link.state == FROM_EXISTING:
        many = len(draft.existing_of[link.working])
        generator = (
            GeneratorSpec("ordinal")
            if link.pairing == "distinct"
            else GeneratorSpec("integer", {"min_value": 0, "max_value": many - 1})
        )
        yield ColumnSpec(link.working, ColumnType("bigint"), generator, nullable=nulls > 0, nulls=nulls, stored=False)
        return
    parameters: dict[str, object] = {"table": link.relation.target.key}
    if link.agreeing:
        yield ColumnSpec(
            link.working, ColumnType("bigint"), GeneratorSpec("shared_reference", link.agreeing), nullable=True,
            nulls=nulls, stored=False,
        )  # fmt: skip
        return
    if link.radices:
        parameters |= {"radices": list(link.radices), "position": link.position}
    elif link.below:
        parameters["below"] = link.below
    elif link.unlike and link.pairing == "hashed":
        parameters["unlike"] = link.unlike
    elif link.pairing != "hashed":
        parameters["pairing"] = link.pairing
    if link.skip:
        parameters["skip"] = link.skip
    yield ColumnSpec(
        link.working, ColumnType("bigint"), GeneratorSpec("reference", parameters),
        nullable=nulls > 0 or link.pairing in ("earlier", "previous") or bool(link.unlike or link.below), nulls=nulls, stored=False,
    )  # fmt: skip


def null_share_of(draft: Draft, link: Link) -> float:
    """In what share of the rows a reference leads nowhere."""
    if not link.optional or link.aligned or any(null_repeats(draft, name) for name in link.columns):
        return 0.0
    needed = (
        world.domains[name].null is Nullity.NEVER
        for name in link.columns
        if (part := draft.component_of(name))
        for world in part.worlds
        if name in world.domains
    )
    if any(needed):
        return 0.0
    choices = [draft.choice.columns.get(name) for name in link.columns]
    wanted = [choice.null_share for choice in choices if choice is not None and choice.null_share is not None]
    return wanted[0] if wanted else (_NULL_SHARE if link.pairing == "hashed" else 0.0)


def place_of(draft: Draft) -> str:
    """The working column that numbers a table's rows for its combinations."""
    return working_name("place", (), {*draft.columns, *(link.working for link in draft.links)})


def place_columns(draft: Draft) -> Iterator[ColumnSpec]:
    """The working columns that a table's combinations start from."""
    if draft.combination is None:
        return
    place = place_of(draft)
    yield ColumnSpec(place, ColumnType("bigint"), GeneratorSpec("ordinal"), stored=False)
    for part in draft.combination.parts:
        if part.values:
            yield draft.combination.picked(place, part.name, 0)


def combined(draft: Draft, name: str) -> GeneratorSpec | None:
    """The generator of a column that is part of the table's combinations."""
    part = draft.combination.part(name) if draft.combination is not None else None
    if part is None or not part.values:
        return None
    return GeneratorSpec("pick", {"index": digit_of(place_of(draft), name), "values": list(part.values)})


def null_repeats(draft: Draft, name: str) -> bool:
    """Whether two nulls in a column could break a key."""
    return any(
        name in (*key.columns, *key.reads) and (not key.nulls_distinct or key.expressions or key.primary)
        for key in draft.table.keys
    )
