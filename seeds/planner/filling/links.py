"""Which references a table's rows follow: declared keys first, then those confirmed by hand, then inferred ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from ...catalog import Catalog, Column, DataType, Kind, Table
from ...findings import Severity
from ..checks.model import Nullity
from ..inference import InferredRelation, infer_relations
from .draft import FROM_ROWS, Draft, Link
from .partition_keys import has_keys_within, keys_within
from .plan import Relation
from .working import working_name

SURE = 0.6
"""From this score on, an inferred relation is generated as a join."""

_NUMBERS = (Kind.INTEGER, Kind.NUMERIC)
_TEXTS = (Kind.TEXT, Kind.CHAR, Kind.ENUM, Kind.UUID, Kind.OTHER)


def relations_of(catalog: Catalog, drafts: Mapping[str, Draft]) -> dict[str, tuple[Relation, ...]]:
    """Every table's relations, in the order in which they may claim columns."""
    inferred: dict[str, list[InferredRelation]] = {}
    for found in infer_relations(catalog):
        inferred.setdefault(found.table.key, []).append(found)
    return {key: tuple(_of_table(catalog, draft, inferred.get(key, ()))) for key, draft in drafts.items()}


def _of_table(catalog: Catalog, draft: Draft, inferred: Iterable[InferredRelation]) -> Iterable[Relation]:
    table = draft.table
    declared = {
        (key.columns, key.target, key.target_columns): Relation(key.name, key.columns, key.target, key.target_columns)
        for key in table.foreign_keys
        if key.target.key in catalog.tables
    }
    # Keys of several columns claim theirs first: what is left of a single one is usually implied by them.
    ordered = sorted(declared.values(), key=lambda relation: (-len(relation.columns), relation.name))
    yield from ordered
    yield from keys_within(table, catalog)
    claimed = {columns for columns, _, _ in declared}
    for columns, wanted in draft.choice.relations.items():
        if wanted is not None and columns not in claimed:
            yield wanted
    for found in inferred:
        if found.columns in claimed or found.columns in draft.choice.relations:
            continue
        subject = f"{draft.key}.{','.join(found.columns)}"
        there = f"{found.target.key} ({', '.join(found.target_columns)})"
        if found.score >= SURE:
            draft.find(
                "RELATION_INFERRED", f"taken as a reference to {there}: {found.reason}",
                "deny or correct it in a dataset file with 'references'", severity=Severity.INFO, subject=subject,
            )  # fmt: skip
            yield Relation(
                f"inferred_{'_'.join(found.columns)}", found.columns, found.target, found.target_columns,
                declared=False, score=found.score, reason=found.reason,
            )  # fmt: skip
        else:
            draft.find(
                "RELATION_POSSIBLE", f"may refer to {there}: {found.reason}",
                "confirm it in a dataset file with 'references'", severity=Severity.INFO, subject=subject,
            )  # fmt: skip


def link_tables(catalog: Catalog, drafts: Mapping[str, Draft]) -> None:
    """Give every draft its links; columns that two relations share go to the first of them."""
    relations = relations_of(catalog, drafts)
    for key, draft in drafts.items():
        taken: dict[str, Link] = {}
        for relation in relations[key]:
            # Named by its columns: a reference more, or in another order, changes no other's values.
            words = (*relation.columns, relation.target.key) if relation.within else relation.columns
            name = working_name("ref", words, {*draft.columns, *(link.working for link in draft.links)})
            if relation.within:
                _add_within(drafts, draft, relation, name, taken)
            else:
                _add(catalog, drafts, draft, relation, name, taken)


def _add(
    catalog: Catalog,
    drafts: Mapping[str, Draft],
    draft: Draft,
    relation: Relation,
    working: str,
    taken: dict[str, Link],
) -> None:
    table = draft.table
    target = catalog.tables.get(relation.target.key)
    if target is None or any(draft.column(name).generated for name in relation.columns):
        return
    owned = tuple(name for name in relation.columns if name not in taken)
    chosen = [name for name in owned if _generator_of(draft, name)]
    if (not owned and len(relation.columns) == 1) or (chosen and not relation.declared):
        return
    if not relation.declared and any(_spoken_for(draft, name) for name in relation.columns):
        return
    pairs = zip(relation.columns, relation.target_columns, strict=True)
    if not all(compatible(table.column(own).type, target.column(other).type) for own, other in pairs):
        if relation.declared:
            draft.find("RELATION_TYPES", f"{relation.name}: the types of both sides cannot be converted")
        return
    optional = all(draft.nullity(table.column(name)) is not Nullity.NEVER for name in owned) and bool(owned)
    link = Link(relation, working, owned, optional)
    clash = {taken[name].working for name in relation.columns if name in taken}
    if clash:
        if not relation.declared or _implied(catalog, relation, taken):
            return
        link.shared = tuple(sorted(clash))
    if relation.target == table.name and optional and not link.shared:
        link.pairing = "earlier"
    for name in owned:
        taken[name] = link
    draft.links.append(link)
    if relation.target.key in drafts:
        drafts[relation.target.key].valued.update(relation.target_columns)
    if not relation.declared and relation.target.key in drafts:
        drafts[relation.target.key].referred.add(relation.target_columns)


def _add_within(
    drafts: Mapping[str, Draft], draft: Draft, relation: Relation, working: str, taken: Mapping[str, Link]
) -> None:
    """A key of single partitions; a column that another key has in all of them is left to that."""
    target = drafts.get(relation.target.key)
    theirs = (name in taken or _generator_of(draft, name) or draft.column(name).generated for name in relation.columns)
    if target is None or any(theirs):
        return
    pairs = zip(relation.columns, relation.target_columns, strict=True)
    if all(compatible(draft.table.column(own).type, target.table.column(other).type) for own, other in pairs):
        draft.links.append(Link(relation, working, (), optional=True))
        target.valued.update(relation.target_columns)


def _spoken_for(draft: Draft, name: str) -> bool:
    """Whether constraints say so much of a column that a guess must not stand in their way."""
    return _compared(draft, name) or _narrow(draft, name) or has_keys_within(draft, name)


def agree(drafts: Mapping[str, Draft]) -> None:
    """Links that share columns choose rows that agree; plain shared columns get few values, so that there are some."""
    for draft in drafts.values():
        for link in draft.links:
            if link.shared and link.state == FROM_ROWS and not link.agreeing:
                _agree(drafts, draft, link)


def _agree(drafts: Mapping[str, Draft], draft: Draft, link: Link) -> None:
    leads = [one for one in draft.links if one.working in link.shared and one.state == FROM_ROWS]
    if len(leads) != 1 or leads[0].agreeing.get("position", 0):
        return
    (lead,) = leads
    shared = [name for name in link.columns if name in lead.columns]
    members = [lead, link]
    tables = [one.relation.target.key for one in members]
    columns = [[one.relation.target_columns[one.columns.index(name)] for name in shared] for one in members]
    for position, one in enumerate(members):
        one.agreeing = {"tables": tables, "columns": columns, "position": position, "group": lead.working}
        one.pairing = "hashed"
    for table, names in zip(tables, columns, strict=True):
        target = drafts[table]
        target.few |= {name for name in names if target.link_of(name) is None}


def _compared(draft: Draft, name: str) -> bool:
    """Whether a check compares a column with another one: a guess must not stand in its way."""
    part = draft.component_of(name)
    return part is not None and any(
        any(name in (relation.left, relation.right) for relation in world.relations)
        or any(name == term for one in world.sums for _, term in one.terms)
        for world in part.worlds
    )


def _narrow(draft: Draft, name: str) -> bool:
    """Whether a column's own checks say more of its values than that they are of some length."""
    part = draft.component_of(name)
    worlds = part.worlds if part else ()
    return any(
        one.values is not None or one.patterns or one.forms or one.high is not None
        for world in worlds
        if (one := world.domains.get(name)) is not None
    )


def admitted(draft: Draft, link: Link, rows: Iterable[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """The rows that are there whose keys checks list for the columns of a reference; none where checks list no keys.

    Keys of rows that are yet to come are new ones, so a column that may hold only some keys can lead to no such row.
    """
    listed: dict[int, set[object]] = {}
    for place, name in enumerate(link.columns):
        part = draft.component_of(name)
        values = [domain.values for world in part.worlds if (domain := world.domains.get(name))] if part else []
        if values and all(one is not None for one in values):
            listed[place] = {one for one in values[0] or () if all(one in (more or ()) for more in values)}
    return [row for row in rows if listed and all(row[place] in keys for place, keys in listed.items())]


def set_apart(draft: Draft) -> None:
    """Two references to the same table whose columns must differ: the second avoids the row of the first."""
    for part in draft.model.components:
        for relation in {one for world in part.worlds for one in world.relations if one.operator in ("<>", "<", ">")}:
            first, second = draft.link_of(relation.left), draft.link_of(relation.right)
            if first is None or second is None or first is second or first.relation.target != second.relation.target:
                continue
            if relation.operator != "<>":
                high, low = (second, first) if relation.operator == "<" else (first, second)
                if not (low.agreeing or low.aligned or high.agreeing or high.aligned):
                    low.below, high.skip = high.working, 1
                continue
            if draft.links.index(first) > draft.links.index(second):
                first, second = second, first
            if not (second.agreeing or second.aligned or second.pairing == "earlier"):
                second.unlike = first.working


def _generator_of(draft: Draft, column: str) -> bool:
    choice = draft.choice.columns.get(column)
    return choice is not None and choice.generator is not None


def _implied(catalog: Catalog, relation: Relation, taken: Mapping[str, Link]) -> bool:
    """Whether a relation holds because another, through which its columns come, has the same relation itself."""
    holders = {taken[name].working: taken[name] for name in relation.columns if name in taken}
    if len(holders) != 1 or any(name not in taken for name in relation.columns):
        return False
    (holder,) = holders.values()
    there = dict(zip(holder.relation.columns, holder.relation.target_columns, strict=True))
    if any(name not in there for name in relation.columns):
        return False
    moved = tuple(there[name] for name in relation.columns)
    if holder.relation.target == relation.target and moved == relation.target_columns:
        return True
    return any(
        key.columns == moved and key.target == relation.target and key.target_columns == relation.target_columns
        for key in catalog.tables[holder.relation.target.key].foreign_keys
    )


def compatible(own: DataType, other: DataType) -> bool:
    """Whether values of the other type can be made to fit this one."""
    if own.dimensions or other.dimensions:
        return own.dimensions == other.dimensions and own.kind == other.kind
    if own.kind == other.kind or (own.kind in _NUMBERS and other.kind in _NUMBERS):
        return True
    if own.kind in (Kind.TEXT, Kind.CHAR):
        return other.kind in (*_TEXTS, *_NUMBERS)
    return own.kind in _TEXTS and other.kind in _TEXTS


def narrowed(drafts: Mapping[str, Draft]) -> dict[str, dict[str, Column]]:
    """Key columns as narrow as the narrowest column that refers to them, however far away, where any is narrower."""
    columns = {key: {column.name: column for column in draft.table.columns} for key, draft in drafts.items()}
    changed: dict[str, dict[str, Column]] = {}
    pending = True
    while pending:
        pending = False
        for key, draft in drafts.items():
            for link in draft.links:
                target = link.relation.target.key
                for own, other in zip(link.columns, link.relation.target_columns, strict=True):
                    if target not in columns or other not in columns[target]:
                        continue
                    fitted = _fit(columns[target][other], columns[key][own])
                    if fitted != columns[target][other]:
                        columns[target][other] = fitted
                        changed.setdefault(target, {})[other] = fitted
                        pending = True
    return changed


def _fit(key: Column, user: Column) -> Column:
    own, other = key.type, user.type
    size = own.size
    if own.kind in (Kind.TEXT, Kind.CHAR) and other.size is not None and other.kind in (Kind.TEXT, Kind.CHAR):
        size = other.size if size is None else min(size, other.size)
    high, low = own.high, own.low
    if own.kind is Kind.INTEGER and other.kind is Kind.INTEGER and other.high is not None:
        high = other.high if high is None else min(high, other.high)
        low = other.low if low is None or other.low is None else max(low, other.low)
    if (size, low, high) == (own.size, own.low, own.high):
        return key
    return replace(key, type=replace(own, size=size, low=low, high=high))


def selected(table: Table, only: Iterable[str], exclude: Iterable[str]) -> bool:
    """Whether name patterns choose a table; they are matched against its full and its bare name."""
    names = (table.name.key, table.name.name)
    wanted = tuple(only)
    if any(fnmatchcase(name, pattern) for name in names for pattern in exclude):
        return False
    return not wanted or any(fnmatchcase(name, pattern) for name in names for pattern in wanted)
