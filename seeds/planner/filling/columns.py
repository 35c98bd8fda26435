"""A draft becomes an engine table: working columns for references and worlds, and a generator for each column."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from generators.spec import ColumnSpec, ColumnType, GeneratorSpec, TableSpec

from ...catalog import Column, Table
from ..checks.model import Component, Computed, Domain, Nullity, Relation, Sum, World
from ..meaning import Category, Meaning, enumerated, meaning_of
from ..values import Realised, Uniqueness, Unrealisable, engine_type, order_columns, propagate, realise
from .closing import closing
from .draft import ABSENT, FROM_EXISTING, Draft, Link
from .emptiness import alternatives, leading_nowhere, tell_of_shares, usual_share, weights
from .partition_keys import has_keys_within, link_within
from .parts import FEW, cases_of, values_of
from .past import MOMENTS, before_all, by_now, makes_the_row, until_now
from .plan import FillColumn
from .prescribed import default_of, few
from .slots import slot as slot_of
from .slots import slot_room
from .working import combined, link_columns, null_repeats, place_columns, working_name

_BEFORE = ("born", "created", "started")
_AFTER = ("updated", "ended", "deleted", "due", "expires")
_OF_THE_ROW = ("updated", "deleted")


@dataclass(frozen=True, slots=True)
class _Made:
    """A column's generator in the engine, with why it was chosen."""

    spec: ColumnSpec | None
    column: FillColumn
    capacity: int | None = None


class ColumnMaker:
    """Makes the columns of drafts; what a table's columns mean is found once."""

    def __init__(self, as_of: date) -> None:
        self._as_of = as_of
        self._meanings: dict[tuple[str, str], Meaning] = {}

    def meaning(self, table: Table, column: Column) -> Meaning:
        """What a column means, by its name, type, comment and table."""
        place = (table.name.key, column.name)
        if place not in self._meanings:
            self._meanings[place] = meaning_of(table, column)
        return self._meanings[place]

    def looks_enumerated(self, draft: Draft, column: Column) -> bool:
        """Whether a column's values repeat by their nature, so that making them distinct would look odd."""
        return enumerated(draft.table, column)

    def capacity(self, draft: Draft, name: str) -> int | None:
        """How many distinct values a column can have besides those there.

        Raises:
            Unrealisable: if it cannot be made distinct at all.
        """
        part = draft.component_of(name)
        column = draft.column(name)
        worlds = part.worlds if part else (_alone(column),)
        found: list[int | None] = []
        for world in worlds:
            domain = world.domains.get(name, Domain())
            if domain.null is Nullity.ALWAYS:
                continue
            try:
                made = realise(
                    column, domain, meaning=self.meaning(draft.table, column).generator,
                    unique=self._uniqueness(draft, name), as_of=self._as_of,
                )  # fmt: skip
            except Unrealisable:
                if not draft.table.existing.count:
                    raise
                self._realisable(draft, name, domain)
                return 0
            if made.generator is None:
                raise Unrealisable(name, "nothing makes its values")
            found.append(made.capacity)
        if not found:
            raise Unrealisable(name, "it is null in every row")
        limits = [room for room in found if room is not None]
        return max(limits) if len(limits) == len(found) else None

    def listed(self, draft: Draft, name: str) -> tuple[object, ...]:
        """All values that a column may have in any world, where these are few; else none."""
        part, column = draft.component_of(name), draft.column(name)
        found: dict[object, None] = {}
        for world in part.worlds if part else (_alone(column),):
            domain = world.domains.get(name, Domain())
            if domain.null is Nullity.ALWAYS:
                continue
            try:
                made = realise(column, domain, meaning=None, unique=Uniqueness((), None, 1), as_of=self._as_of)
            except Unrealisable:
                continue
            values = values_of(made)
            if not values:
                return ()
            found.update(dict.fromkeys(values))
        return tuple(found) if len(found) <= FEW else ()

    def slot_room(self, draft: Draft, slots: tuple[tuple[str, str], ...]) -> int:
        """How many rows can have an interval of their own in these columns."""
        return slot_room(draft, slots, self._as_of)

    def _realisable(self, draft: Draft, name: str, domain: Domain) -> None:
        """Pass if only the values that are there already stand in the way."""
        column = draft.column(name)
        realise(
            column, domain, meaning=self.meaning(draft.table, column).generator, unique=Uniqueness((), None, 1),
            as_of=self._as_of,
        )  # fmt: skip

    def table(
        self, draft: Draft, engines: Mapping[str, Mapping[str, ColumnType]]
    ) -> tuple[TableSpec, tuple[FillColumn, ...]]:
        """The engine's table, and the plan's columns with their reasons.

        Args:
            draft: with links, carriers and rows decided.
            engines: by table key, the engine's type of each column that references lead to.

        Raises:
            Unrealisable: if a column that cannot be left out has no generator.
        """
        links = (spec for link in draft.links for spec in link_columns(draft, link, leading_nowhere(draft, link)))
        working = [*place_columns(draft), *links]
        cases: list[ColumnSpec] = []
        made: dict[str, _Made] = {}
        for part in draft.model.components:
            case = ""
            if len(part.worlds) > 1:
                case = working_name("case", part.columns, {*draft.columns, *(one.working for one in draft.links)})
            worlds, columns = self._component(draft, part, case, engines)
            chosen = cases_of(draft, part, worlds, weights(draft, part, worlds)) if case else None
            if chosen is not None:
                cases.append(ColumnSpec(case, ColumnType("text"), chosen, stored=False))
            made.update(columns)
            tell_of_shares(draft, part, worlds, chosen, {name: one.spec for name, one in columns.items()})
        ordered = [made[column.name] for column in draft.table.columns if column.name in made]
        specs = [item.spec for item in ordered if item.spec is not None]
        spec = TableSpec(draft.key, (*working, *cases, *specs))
        return spec, tuple(item.column for item in ordered)

    def _component(
        self, draft: Draft, part: Component, case: str, engines: Mapping[str, Mapping[str, ColumnType]]
    ) -> tuple[list[World], dict[str, _Made]]:
        """The worlds that can be made, and every column of the component over them."""
        absent = _leading_nowhere(draft)
        free = [
            name for name in part.columns
            if draft.link_of(name) is None and name not in absent
            and (not draft.column(name).generated or name in draft.made)
        ]  # fmt: skip
        possible = [
            world for world in alternatives(draft, part) if not (_needs_absent(draft, world) or _empties(draft, world))
        ]
        # A reference cannot be told which value to lead to: alternatives that leave it free go first.
        easy = [world for world in possible if not _prescribes(draft, world)]
        first = _given(draft, part)
        worlds = self._propagated(draft, easy or possible or list(part.worlds), first)
        merged = World(
            worlds[0].domains,
            tuple(dict.fromkeys(relation for world in worlds for relation in world.relations)),
            tuple(dict.fromkeys(one for world in worlds for one in world.sums)),
            computed=tuple(dict.fromkeys(one for world in worlds for one in world.computed)),
        )
        order = order_columns(merged, free, first=first) if len(free) > 1 else tuple(free)
        usable: list[World] = []
        realised: list[dict[str, Realised]] = []
        refusal: Unrealisable | None = None
        for world in worlds:
            try:
                realised.append(self._world(draft, world, order, part, engines))
                usable.append(world)
            except Unrealisable as error:
                refusal = error
        if not usable:
            assert refusal is not None
            raise refusal
        roomy = [number for number, made in enumerate(realised) if _has_room(draft, made)]
        if roomy:  # an alternative that has too few distinct values for all rows would repeat them
            usable, realised = [usable[number] for number in roomy], [realised[number] for number in roomy]
        columns = {name: self._merged(draft, name, usable, realised, case) for name in free}
        for name in sorted(absent & set(part.columns)):
            nowhere = "left empty: the table it refers to has no rows and gets none"
            columns[name] = _Made(None, FillColumn(name, _engine_name(name), None, nowhere, "reference"))
        for name in part.columns:
            link = draft.link_of(name)
            if link is not None:
                columns[name] = self._followed(draft, link, name, usable, case, engines)
        return usable, columns

    def _propagated(self, draft: Draft, worlds: Sequence[World], first: Collection[str]) -> list[World]:
        """The worlds with all that follows inside them; those that contradict themselves are left out."""
        found, refusal = [], None
        for world in worlds:
            if not (world.relations or world.sums or world.computed):
                found.append(world)
                continue
            types = {name: draft.column(name).type for name in world.domains}
            columns = {name: draft.column(name) for name in world.domains if name not in first}
            for version in (until_now(world, columns, self._as_of), world):
                try:
                    found.append(replace(propagate(version, types, first=first), places=world.places))
                    break
                except Unrealisable as error:
                    refusal = error
        if not found:
            raise refusal or Unrealisable("", "no alternative of its checks is left")
        return found

    def _world(
        self, draft: Draft, world: World, order: Sequence[str], part: Component,
        engines: Mapping[str, Mapping[str, ColumnType]],
    ) -> dict[str, Realised]:  # fmt: skip
        done = {name for name in part.columns if draft.link_of(name) is not None}
        made: dict[str, Realised] = {}
        for name in order:
            domain = world.domains.get(name, Domain())
            link = link_within(draft, name, world)
            if link is not None and domain.null is not Nullity.ALWAYS:
                made.update(_within(draft, link, name, domain, engines))
            elif domain.null is not Nullity.ALWAYS:
                relations, sums = closing(world, name, done)
                computed = next((one for one in world.computed if one.column == name), None)
                made[name] = self._realised(draft, name, domain, relations, sums, computed)
            done.add(name)
        return made

    def _realised(
        self, draft: Draft, name: str, domain: Domain, relations: tuple[Relation, ...], sums: tuple[Sum, ...],
        computed: Computed | None,
    ) -> Realised:  # fmt: skip
        column, meaning = draft.column(name), self.meaning(draft.table, draft.column(name))
        slot = draft.slots.get(name)
        if slot:
            return slot_of(draft, column, slot, self._as_of)
        choice = draft.choice.columns.get(name)
        if choice is not None and choice.generator is not None:
            return Realised(choice.generator, engine_type(column.type), None, "chosen in the dataset", ())
        together = combined(draft, name)
        if together is not None:
            return Realised(together, engine_type(column.type), None, "distinct together with others", ())
        unique = self._uniqueness(draft, name) if name in draft.distinct else None
        wanted = meaning.generator
        if unique is None and meaning.category is Category.NONE:
            wanted = default_of(column) or wanted
        if name in draft.steps and unique is not None:
            domain = replace(domain, divisor=max(domain.divisor, 1) * draft.steps[name])
        if name in draft.narrow and unique is None and domain.values is None:
            domain = replace(domain, values=(1, 2, 3))
        if name in draft.few and unique is None and domain.values is None:
            domain = replace(domain, values=few(column))
        moments = () if relations or unique else self._moments(draft, name)
        if moments:
            domain = by_now(column, domain, self._as_of)
        elif meaning.moment == "born" and not relations:
            domain = before_all(draft.table, column, domain, self._as_of)
        try:
            return realise(
                column, domain, meaning=wanted, unique=unique, relations=relations or moments, sums=sums,
                as_of=self._as_of, null_share=meaning.null_share, computed=computed,
            )  # fmt: skip
        except Unrealisable:
            if column.default and not column.nullable and unique is None:
                return Realised(None, engine_type(column.type), None, "left to its default", ())
            raise

    def _moments(self, draft: Draft, name: str) -> tuple[Relation, ...]:
        """A moment that follows another by its name (updated after created) is made to follow it."""
        column = draft.column(name)
        moment = self.meaning(draft.table, column).moment
        if moment not in _AFTER or column.type.kind not in MOMENTS or not _alone_in_world(draft, name):
            return ()
        earlier = [other for other in draft.table.columns if self._comes_first(draft, other, name)]

        def distance(other: Column) -> tuple[bool, bool, bool]:
            before = self.meaning(draft.table, other).moment
            own = moment in _OF_THE_ROW and not makes_the_row(other)
            return before == "born", other.type.kind is not column.type.kind, own

        return (Relation(name, ">=", min(earlier, key=distance).name),) if earlier else ()

    def _comes_first(self, draft: Draft, other: Column, name: str) -> bool:
        if other.name == name or other.type.kind not in MOMENTS or other.generated or draft.link_of(other.name):
            return False
        return self.meaning(draft.table, other).moment in _BEFORE

    def _uniqueness(self, draft: Draft, name: str) -> Uniqueness:
        existing = draft.table.existing
        return Uniqueness(existing.values.get(name, ()), existing.largest.get(name), draft.rows)

    def _merged(
        self, draft: Draft, name: str, worlds: list[World], realised: list[dict[str, Realised]], case: str
    ) -> _Made:
        """One generator over all worlds, and null where a world says so."""
        column, meaning = draft.column(name), self.meaning(draft.table, draft.column(name))
        there = [number for number, made in enumerate(realised) if name in made]
        engine = _engine_name(name)
        if not there:
            return _Made(None, FillColumn(name, engine, None, "null in every row that its checks allow", "check"))
        first = realised[there[0]][name]
        if case and has_keys_within(draft, name):
            first = replace(first, type=engine_type(column.type))  # what is followed may be of several types
        if first.generator is None:
            return _Made(None, FillColumn(name, engine, None, first.reason, "database"))
        generator = first.generator
        if any(realised[number][name].generator != generator for number in there):
            generator = GeneratorSpec(
                "given", {"on": case, "cases": {str(number): _written(realised[number][name].generator) for number in there}}
            )  # fmt: skip
        only_if = "" if len(there) == len(worlds) else _among(case, there)
        nulls = usual_share(draft, column, meaning, worlds)
        spec = ColumnSpec(
            engine,
            first.type,
            generator,
            nullable=True,
            nulls=nulls,
            only_if=only_if,
        )
        if column.generated:
            return _Made(spec, FillColumn(name, engine, None, "computed by the database", "database"))
        source = (
            "check" if len(worlds) > 1 else ("unique" if _keyed(draft, name) else first_source(meaning, draft, name))
        )
        reason = first.reason.replace("its meaning", meaning.reason or "its meaning")
        return _Made(
            spec, FillColumn(name, engine, generator, reason, source, str(meaning.category), meaning.score, nulls)
        )

    def _followed(
        self, draft: Draft, link: Link, name: str, worlds: list[World], case: str,
        engines: Mapping[str, Mapping[str, ColumnType]],
    ) -> _Made:  # fmt: skip
        """A column of a reference: the value of the row referred to."""
        engine = _engine_name(name)
        made = _led(draft, link, name, engines)
        generator, kind, reason = made.generator, made.type, made.reason
        there = [
            number for number, world in enumerate(worlds)
            if world.domains.get(name, Domain()).null is not Nullity.ALWAYS
        ]  # fmt: skip
        found = FillColumn(name, engine, generator, reason, "reference", score=link.relation.score)
        if not there or generator is None:
            return _Made(None, FillColumn(name, engine, None, "null in every row that its checks allow", "check"))
        only_if = "" if len(there) == len(worlds) else _among(case, there)
        return _Made(ColumnSpec(engine, kind, generator, nullable=True, only_if=only_if), found)


def _led(draft: Draft, link: Link, name: str, engines: Mapping[str, Mapping[str, ColumnType]]) -> Realised:
    """What a column holds that repeats a value of the row referred to."""
    place = link.columns.index(name)
    target, other = link.relation.target.key, link.relation.target_columns[place]
    kind, reason = engine_type(draft.column(name).type), f"refers to {target}.{other} ({link.relation.reason})"
    if link.state == FROM_EXISTING:
        values = [_literal(row[place]) for row in draft.existing_of[link.working]]
        return Realised(GeneratorSpec("pick", {"index": link.working, "values": values}), kind, None, reason)
    generator = GeneratorSpec("lookup", {"table": target, "by": link.working, "column": _engine_name(other)})
    return Realised(generator, engines.get(target, {}).get(other, kind), None, reason)


def _within(
    draft: Draft, link: Link, name: str, domain: Domain, engines: Mapping[str, Mapping[str, ColumnType]]
) -> dict[str, Realised]:
    """A column that repeats another table's value in this world's partition; empty where that has no rows."""
    if link.state != ABSENT:
        return {name: _led(draft, link, name, engines)}
    if domain.null is Nullity.NEVER:
        needy = ", ".join(link.relation.within)
        raise Unrealisable(name, f"{needy} needs a row of {link.relation.target}, which gets none")
    return {}


def carried_types(drafts: Mapping[str, Draft]) -> dict[str, dict[str, ColumnType]]:
    """The engine's type of every column that references lead to: where a value is made, that is its type everywhere.

    The database reads what it gets as the column's own type, so nothing is lost on the way.
    """
    found: dict[str, dict[str, ColumnType]] = {}
    for draft in drafts.values():
        for link in draft.links:
            for other in link.relation.target_columns:
                target = link.relation.target.key
                if target in drafts and other not in found.setdefault(target, {}):
                    found[target][other] = _carried(drafts, target, other)
    return found


def _carried(drafts: Mapping[str, Draft], table: str, name: str) -> ColumnType:
    for _ in range(len(drafts)):
        link = drafts[table].link_of(name)
        if link is None or link.state == FROM_EXISTING:
            break
        table, name = link.relation.target.key, link.relation.target_columns[link.columns.index(name)]
    return engine_type(drafts[table].column(name).type)


def first_source(meaning: Meaning, draft: Draft, name: str) -> str:
    """Where a column's generator comes from: a file, its meaning or its type."""
    choice = draft.choice.columns.get(name)
    if choice is not None and choice.generator is not None:
        return "dataset"
    return "meaning" if meaning.generator is not None else "type"


def _keyed(draft: Draft, name: str) -> bool:
    """Whether what keys ask of its rows has a say in a column's values, on its own or together with others."""
    apart = (draft.distinct, draft.slots, draft.steps, draft.narrow, draft.few)
    return any(name in names for names in apart) or combined(draft, name) is not None


def _needs_absent(draft: Draft, world: World) -> bool:
    """Whether a world wants a value in a column whose reference leads nowhere."""
    return any(
        link.state == ABSENT and any(world.domains.get(name, Domain()).null is Nullity.NEVER for name in link.owned)
        for link in draft.links
    )


def _empties(draft: Draft, world: World) -> bool:
    """Whether a world leaves an end of a row's own interval open: it would reach into those of others."""
    return any(name in draft.slots and domain.null is Nullity.ALWAYS for name, domain in world.domains.items())


def _has_room(draft: Draft, made: Mapping[str, Realised]) -> bool:
    return all(
        one.capacity is None or one.capacity >= draft.rows for name, one in made.items() if name in draft.distinct
    )


def _leading_nowhere(draft: Draft) -> set[str]:
    """Columns of references to tables without rows: only null can stand there, or should, where it is a guess."""
    owned = {
        name for link in draft.links
        if link.state == ABSENT and (link.relation.declared or link.optional)
        for name in link.owned
        if link.relation.declared or not null_repeats(draft, name)
    }  # fmt: skip
    return {name for name in owned if draft.link_of(name) is None}


def _given(draft: Draft, part: Component) -> set[str]:
    """Columns whose values come from elsewhere, or must be distinct: the others have to follow them."""
    return {
        name for name in part.columns
        if draft.link_of(name) is not None or name in draft.distinct or name in draft.slots
        or has_keys_within(draft, name)
        or combined(draft, name) is not None
    }  # fmt: skip


def _prescribes(draft: Draft, world: World) -> bool:
    """Whether a world wants a certain value in a column that repeats another table's."""
    return any(
        draft.link_of(name) is not None and domain.null is not Nullity.ALWAYS and domain.values is not None
        for name, domain in world.domains.items()
    )


def _alone(column: Column) -> World:
    return World({column.name: Domain(null=Nullity.MAYBE if column.nullable else Nullity.NEVER)})


def _alone_in_world(draft: Draft, name: str) -> bool:
    part = draft.component_of(name)
    return part is None or part.columns == (name,)


def _among(case: str, numbers: Sequence[int]) -> str:
    return f"{case} in ({', '.join(repr(str(number)) for number in numbers)},)"


def _engine_name(name: str) -> str:
    """A column's name in the engine, where a point would mean another table's column."""
    return name.replace(".", "\N{MIDDLE DOT}")


def _written(generator: GeneratorSpec | None) -> object:
    """A generator as a parameter of another."""
    assert generator is not None
    return {generator.name: dict(generator.parameters)} if generator.parameters else generator.name


def _literal(value: object) -> object:
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)
