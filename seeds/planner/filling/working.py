"""Working columns of the engine: which row each reference leads to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from generators.spec import ColumnSpec, ColumnType, GeneratorSpec

from ..checks.model import Nullity
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


def link_columns(draft: Draft, link: Link) -> Iterator[ColumnSpec]:
    """The working column that says which row is referred to."""
    if link.state == ABSENT:
        return
    nulls = 0.0
    if link.optional and link.pairing == "hashed" and not any(null_repeats(draft, name) for name in link.columns):
        choices = [draft.choice.columns.get(name) for name in link.columns]
        wanted = [choice.null_share for choice in choices if choice is not None and choice.null_share is not None]
        nulls = wanted[0] if wanted else _NULL_SHARE
        if any(
            world.domains[name].null is Nullity.NEVER
            for name in link.columns
            if (part := draft.component_of(name))
            for world in part.worlds
            if name in world.domains
        ):
            nulls = 0.0
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


def null_repeats(draft: Draft, name: str) -> bool:
    """Whether two nulls in a column could break a key."""
    return any(
        name in (*key.columns, *key.reads) and (not key.nulls_distinct or key.expressions or key.primary)
        for key in draft.table.keys
    )
