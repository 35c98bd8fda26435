"""References that no foreign key declares, told by names, types and keys.

Every column is looked up by its words in an index of tables and keys, never compared with every other column, so the
work grows with the number of columns. Two targets that fit equally well are a suggestion, not a reference; so is a
column whose neighbour says which table it refers to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ..catalog import Catalog, Column, Kind, Table, TableName
from .named_tables import NamedTables, Target, listed, ranked, singular_words
from .names import Words, words


@dataclass(frozen=True, slots=True)
class InferredRelation:
    """Columns that look like a reference: from a score of 0.6 on it is to be followed, below it is a suggestion."""

    table: TableName
    columns: tuple[str, ...]
    target: TableName
    target_columns: tuple[str, ...]
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    target: Target
    score: float
    reason: str


_SUGGESTED, _LEAST = 0.4, 0.25
_NAMED, _KEYED, _PREFIXED, _PREFIXED_ROLE, _BARE = 0.9, 0.85, 0.86, 0.72, 0.8
_ROLE, _SELF, _PERSON, _ENDING, _COMPOSITE, _TEXT_BARE = 0.75, 0.72, 0.66, 0.62, 0.7, 0.62
_NARROWER, _TOO_NARROW, _KEYLESS, _ELSEWHERE, _PRIMARY = 0.05, 0.1, 0.12, 0.02, 0.05


def infer_relations(catalog: Catalog) -> tuple[InferredRelation, ...]:
    """Undeclared references of every table, in the order of the tables and their columns."""
    names = NamedTables(catalog)
    return tuple(found for table in catalog.tables.values() for found in _of_table(table, names))


def _of_table(table: Table, names: NamedTables) -> Iterator[InferredRelation]:
    declared = {name for key in table.foreign_keys for name in key.columns}
    composite = list(_composite(table, names, declared))
    covered = {name for relation in composite for name in relation.columns}
    yield from composite
    for column in table.columns:
        if column.name in declared or column.name in covered or not _may_refer(column):
            continue
        relation = _of_column(table, column, names)
        if relation is not None:
            yield relation


def _may_refer(column: Column) -> bool:
    """Keys that the database itself counts up refer to nothing; neither do arrays and values it computes."""
    return not (column.generated or column.identity or column.sequence or column.type.dimensions)


def _of_column(table: Table, column: Column, names: NamedTables) -> InferredRelation | None:
    named = singular_words(column.name)
    if not named or _is_its_own(table, column, named, names) or words(column.name)[-1] in ("ids", "keys", "uuids"):
        return None
    candidates = _fitting(table, column, _candidates(_Asked(table, column, named, names)))
    if not candidates:
        return None
    best = candidates[0]
    other = _selector(table, named)
    if other:
        score, reason = _SUGGESTED / 2, f"{other} says which table it refers to"
    elif len(candidates) > 1 and candidates[1].score == best.score:
        score, reason = _SUGGESTED, f"{best.reason}; {candidates[1].target.table.name} fits as well"
    else:
        score, reason = best.score, best.reason
    target = best.target
    return InferredRelation(
        table.name, (column.name,), target.table.name, (target.column.name,), round(score, 2), reason
    )


def _is_its_own(table: Table, column: Column, named: Words, names: NamedTables) -> bool:
    """The table's own key refers to nothing, whatever else bears its name."""
    if names.is_own(table, column):
        key = table.primary_key
        return key is None or key.columns == (column.name,) or named == ("id",)
    return False


def _selector(table: Table, named: Words) -> str:
    """The column beside a polymorphic reference that names its table, such as ``owner_type`` beside ``owner_id``."""
    stem = named[:-1] if named[-1] in listed("head") else named
    foreign = {name for key in table.foreign_keys for name in key.columns}
    for column in table.columns:
        beside = singular_words(column.name)
        if beside[:-1] == stem and beside[-1] in ("type", "class", "kind", "table") and column.name not in foreign:
            return column.name if column.type.kind in (Kind.TEXT, Kind.CHAR, Kind.ENUM) else ""
    return ""


# ---------------------------------------------------------------------------------------------------- candidates


@dataclass(frozen=True, slots=True)
class _Asked:
    """A column with its words, and what it is looked up in."""

    table: Table
    column: Column
    named: Words
    names: NamedTables

    @property
    def stem(self) -> Words:
        """The words without the last if that is ``id`` or the like; empty if it is not."""
        return self.named[:-1] if self.named[-1] in listed("head") else ()

    def keys(self, found: Table, part: Words, *, surely: bool = False) -> Iterator[Target]:
        """The key of a table that a column of that name would hold.

        That is a key called so; or else, where it is ``surely`` this table, any key, and elsewhere one that is not
        called after something else. For a code, a number or a reference only the first will do.
        """
        last = self.named[-1:]
        keys = list(self.names.keys(found))
        same = [key for key in keys if singular_words(key.column.name) in (self.named, (*part, *last), last)]
        if same:
            yield same[0]
        elif keys and self.named[-1] not in listed("telling_head"):
            yield from (key for key in keys[:1] if surely or self._is_plain(key, part))

    def _is_plain(self, key: Target, part: Words) -> bool:
        named = singular_words(key.column.name)
        stem = named[:-1]
        return named[-1] not in listed("head") or not stem or stem in (*self.names.names(key.table), part)

    def refers_itself(self, found: Table) -> bool:
        """The table has a column of the same name that is not its key: it refers to the same thing, and is not it."""
        keys = {key.column.name for key in self.names.keys(found)}
        return any(singular_words(one.name) == self.named and one.name not in keys for one in found.columns)

    def beside(self, part: Words) -> list[Table]:
        """Tables called like the part, with words in front that this table has in front too."""
        own = self.names.names(self.table)[0]
        for size in range(len(own), 0, -1):
            called = self.names.called((*own[:size], *part))
            found = [one for one in called if one.name != self.table.name and not self.refers_itself(one)]
            if found:
                return found
        return []


def _candidates(asked: _Asked) -> Iterator[_Candidate]:
    """What the column may refer to, from the surest kind of evidence on; the first kind that finds anything decides."""
    for kind in (_by_name, _by_bare_name, _by_key, _by_self, _by_person, _by_ending):
        found = list(kind(asked))
        if any(_fit(asked.column, candidate.target) for candidate in found):
            yield from found
            return


def _by_name(asked: _Asked) -> Iterator[_Candidate]:
    """``person_id`` of ``people``, ``created_by_user_id`` of ``users``, ``pipeline_id`` of ``ci_pipelines`` in ``ci_builds``."""
    for start in range(len(asked.stem)):
        part = asked.stem[start:]
        tables, score = asked.names.called(part), _NAMED if start == 0 else _ROLE
        surely = bool(tables) and start == 0
        if not tables and listed("role").issuperset(asked.stem[:start]):
            tables, score = asked.beside(part), _PREFIXED if start == 0 else _PREFIXED_ROLE
        for found in tables:
            for target in asked.keys(found, part, surely=surely):
                if (found.name, target.column.name) != (asked.table.name, asked.column.name):
                    yield _Candidate(target, score, f"named after {found.name}")
        if tables:
            return


def _by_bare_name(asked: _Asked) -> Iterator[_Candidate]:
    """A number called ``artist`` refers to ``artist``; one called ``type`` in ``area`` to ``area_type``.

    The key's type has to be the column's to the letter, and what is called in the plural is a count.
    """
    if asked.stem or asked.named[-1] != words(asked.column.name)[-1]:
        return
    for start in range(2 if len(asked.named) > 1 and asked.named[0] in listed("role") else 1):
        part = asked.named[start:]
        text = asked.column.type.kind in (Kind.TEXT, Kind.CHAR)
        for found in asked.names.called(part) or ([] if text else asked.beside(part)):
            for target in asked.keys(found, part):
                if found.name != asked.table.name or start:
                    yield from _alike(asked, target, part, _PERSON if start else _BARE)


def _alike(asked: _Asked, target: Target, part: Words, score: float) -> Iterator[_Candidate]:
    own, other = asked.column.type, target.column.type
    if (own.kind, own.size, own.high) != (other.kind, other.size, other.high):
        return
    if own.kind not in (Kind.TEXT, Kind.CHAR):
        yield _Candidate(target, score, f"called {target.table.name}")
    elif own.size is not None or singular_words(target.column.name) == part:
        yield _Candidate(target, _TEXT_BARE, f"called {target.table.name}")


def _by_key(asked: _Asked) -> Iterator[_Candidate]:
    """A column called like the key of one other table, if that is not itself named after a third."""
    named = asked.named
    if not asked.stem and len(named) > 1 and named[0] in listed("role"):
        named = named[1:]
    if named[-1] in listed("keyless") or (len(named) == 1 and named[0] in listed("generic")):
        return
    if not asked.stem and len(named) > 1 and not asked.names.called(named):
        return
    owners = [one for one in asked.names.keyed(named) if one.table.name != asked.table.name or named != asked.named]
    owners = [one for one in owners if not _is_reference(one) and (asked.stem or _is_primary(one))]
    mine = [one for one in owners if asked.names.is_own(one.table, one.column)]
    if not mine:
        thing = asked.stem or named
        elsewhere = [*asked.names.called(thing), *asked.names.ending(thing)]
        owners = [one for one in owners if all(one.table.name == other.name for other in elsewhere)]
        if _is_primary(Target(asked.table, asked.column, True)):
            return
    for target in mine or owners:
        yield _Candidate(target, _KEYED, f"called like the key of {target.table.name}")


def _is_primary(target: Target) -> bool:
    key = target.table.primary_key
    return key is not None and key.columns == (target.column.name,)


def _is_reference(target: Target) -> bool:
    """A key that is itself a reference belongs to another table."""
    return any(target.column.name in key.columns for key in target.table.foreign_keys)


def _by_self(asked: _Asked) -> Iterator[_Candidate]:
    """``parent_id``, and ``manager_id`` among people, refer to their own table."""
    role = (asked.stem or asked.named)[-1]
    if any("child" in singular_words(column.name) for column in asked.table.columns):
        return
    people = asked.names.names(asked.table)[-1][-1:]
    if role not in listed("self") and not (people and people[0] in listed("people") and role in listed("self_person")):
        return
    for target in list(asked.names.keys(asked.table))[:1]:
        if target.column.name != asked.column.name:
            yield _Candidate(target, _SELF, "refers to a row of its own table")


def _by_person(asked: _Asked) -> Iterator[_Candidate]:
    """``created_by``, ``owner_id`` and their like refer to the table of users, where there is one."""
    role, kind = (asked.stem or asked.named)[-1], asked.column.type.kind
    if role != "by" and role not in listed("person"):
        return
    for word in ranked("people"):
        for found in asked.names.called((word,)):
            for target in list(asked.names.keys(found))[:1]:
                text = kind in (Kind.TEXT, Kind.CHAR)
                if not (text and (role != "by" or asked.column.type.size != target.column.type.size)):
                    yield _Candidate(target, _TEXT_BARE if text else _PERSON, f"somebody in {found.name}")
        if asked.names.called((word,)):
            return


def _by_ending(asked: _Asked) -> Iterator[_Candidate]:
    """``book_id`` refers to ``library_books`` if no other table is a kind of book."""
    if not asked.stem or asked.named[-1] in listed("telling_head"):
        return
    tables = asked.names.ending(asked.stem)
    score = _ENDING if len(tables) == 1 else _SUGGESTED
    for found in tables:
        if found.name != asked.table.name and not asked.refers_itself(found):
            for target in asked.keys(found, asked.stem):
                yield _Candidate(target, score, f"ends as {found.name} does")


# -------------------------------------------------------------------------------------------------------- fitting


def _fitting(table: Table, column: Column, candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """Candidates whose key the column can hold, the surest first."""
    found: dict[tuple[TableName, str], _Candidate] = {}
    for candidate in candidates:
        loss = _fit(column, candidate.target)
        if loss is None:
            continue
        target = candidate.target
        score = candidate.score - (loss - 1) - (0.0 if target.unique else _KEYLESS)
        score -= _ELSEWHERE if target.table.name.schema != table.name.schema else 0.0
        score -= _PRIMARY if table.primary_key and table.primary_key.columns == (column.name,) else 0.0
        place = (target.table.name, target.column.name)
        if score >= _LEAST and (place not in found or found[place].score < score):
            found[place] = replace(candidate, score=score)
    return sorted(found.values(), key=lambda candidate: -candidate.score)


def _fit(column: Column, target: Target) -> float | None:
    """1 plus how much the types differ; None if the column cannot hold the key at all."""
    own, other = column.type, target.column.type
    if other.dimensions:
        return None
    families = (_family(own.kind), _family(other.kind))
    if families[0] != families[1]:
        return 1 + _NARROWER if set(families) == {"whole", "exact"} and not (own.scale or other.scale) else None
    if families[0] == "text" and own.size is not None and (other.size is None or own.size < other.size):
        return 1 + _TOO_NARROW
    if families[0] == "whole" and (own.high or 0) < (other.high or 0):
        return 1 + _NARROWER if own.high != 1 else None  # which is yes or no, such as ``perm_admin``
    return 1.0


def _family(kind: Kind) -> str:
    if kind in (Kind.TEXT, Kind.CHAR):
        return "text"
    return {Kind.INTEGER: "whole", Kind.NUMERIC: "exact"}.get(kind, kind.value)


# ------------------------------------------------------------------------------------------------------ composite


def _composite(table: Table, names: NamedTables, declared: set[str]) -> Iterator[InferredRelation]:
    """Columns that are called like all the parts of another table's primary key."""
    by_words = {singular_words(column.name): column for column in table.columns if _may_refer(column)}
    for named in by_words:
        for found in names.parts(named):
            key = found.primary_key
            if key is None or found.name == table.name:
                continue
            pairs = [(by_words.get(singular_words(name)), found.column(name)) for name in key.columns]
            own = [mine for mine, other in pairs if mine is not None and _fit(mine, Target(found, other, True))]
            if len(own) == len(pairs) and not declared.issuperset(mine.name for mine in own):
                columns = tuple(mine.name for mine in own)
                reason = f"called like the parts of the key of {found.name}"
                yield InferredRelation(table.name, columns, found.name, key.columns, _COMPOSITE, reason)
