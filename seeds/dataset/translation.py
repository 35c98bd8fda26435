"""From a dataset file's entries to the engine's frozen specs; every refusal carries the path of its culprit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import date, datetime

from generators import GenerationError
from generators.errors import ParameterError, SpecError, UnknownNameError
from generators.providers import find, read_generator
from generators.spec import (
    CheckSpec,
    ColumnSpec,
    ColumnType,
    CountSpec,
    DatasetSpec,
    ForeignKeySpec,
    GeneratorSpec,
    PartSpec,
    RuleSpec,
    SizeSpec,
    TableSpec,
    UniqueSpec,
    parse_expression,
    parse_type,
)
from generators.spec.expression import PARAMETERS

from .file import (
    ChoiceRows,
    ColumnEntry,
    Count,
    DatasetFile,
    ExpressionRows,
    FillRows,
    SameRows,
    SizedRows,
    TableEntry,
    UnitRows,
)

Path = tuple[str, ...]
_WHOLE = ("bigint", "integer", "smallint")
_SHADOWED = PARAMETERS - {"id"}


@contextmanager
def located(where: Path) -> Iterator[None]:
    """Give a refusal from inside the block a place, if it knows none."""
    try:
        yield
    except GenerationError as error:
        error.where = error.where or where
        raise


def dataset_spec(file: DatasetFile, base: DatasetSpec | None = None) -> DatasetSpec:
    """The dataset that a file describes, not yet checked as a whole.

    Args:
        file: a whole file; it has a date and a size unless there is a base.
        base: the dataset that it extends. Its tables give the file's own what they are made from, and none is stored.

    Raises:
        SpecError: in any of its kinds, with the path of the culprit in ``where``.
    """
    own = tuple(_table(file, name, entry) for name, entry in file.tables.items())
    size, as_of = file.size, file.as_of
    if base is not None:
        for name in file.tables.keys() & {table.name for table in base.tables}:
            raise SpecError(
                f"{base.name} has a table {name!r} already", where=("tables", name), hint="choose another name"
            )
        own = (*(replace(table, stored=False, foreign_keys=(), checks=()) for table in base.tables), *own)
    inherited = base.size if base else None
    found = SizeSpec(size.unit, size.root, size.default, size.per_root) if size else inherited
    day = as_of or (base.as_of if base else None)
    assert found is not None
    assert day is not None
    return DatasetSpec(
        name=file.dataset,
        version=file.version,
        as_of=day,
        size=found,
        tables=own,
        rules=tuple(RuleSpec(name, rule.sql, rule.description) for name, rule in file.rules.items()),
        description=file.description,
        namespace=base.name if base else "",
    )


def _table(file: DatasetFile, name: str, entry: TableEntry) -> TableSpec:
    where = ("tables", name)
    _check_rows(file, name, entry, where)
    parts = _parts(entry, where) if entry.parent else ()
    filled = {part.count.size for part in parts if part.count.kind == "fill"}
    columns = tuple(
        _column(column, content, column in filled, (*where, "columns", column))
        for column, content in entry.columns.items()
    )
    if entry.keep:
        with located((*where, "keep")):
            parse_expression(entry.keep)
    return TableSpec(
        name=name,
        columns=columns,
        parent=entry.parent,
        parts=parts,
        rows=_root_rows(entry.rows),
        keep=entry.keep,
        rank_maximum=entry.rank_maximum,
        stored=entry.stored,
        primary_key=_key(entry, entry.primary_key, (*where, "primary_key")) if entry.primary_key else (),
        unique=tuple(
            UniqueSpec(_key(entry, key, (*where, "unique", str(place)))) for place, key in enumerate(entry.unique)
        ),
        foreign_keys=tuple(_foreign_keys(file, entry, where)),
        checks=tuple(CheckSpec(check, predicate) for check, predicate in entry.checks.items()),
        indexes=tuple(_key(entry, key, (*where, "indexes", str(place))) for place, key in enumerate(entry.indexes)),
        description=entry.description,
    )


def _check_rows(file: DatasetFile, name: str, entry: TableEntry, where: Path) -> None:
    if entry.rows is not None and entry.parts:
        raise SpecError("rows and parts exclude each other", where=(*where, "parts"), hint="name the rows as a part")
    if file.size and name == file.size.root and (entry.rows is not None or entry.parent):
        key = "parent" if entry.parent else "rows"
        raise SpecError(
            f"{name} has its rows from the dataset's size, so it takes no {key}", where=(*where, key),
            hint=f"remove {key}, or name another root in size",
        )  # fmt: skip
    if entry.parent is None:
        if not isinstance(entry.rows, int | UnitRows | None):
            raise SpecError(
                "a root table has no parent to count by", where=(*where, "rows"),
                hint="write rows: 500, or rows: {per_unit: 0.1}, or name a parent",
            )  # fmt: skip
        if entry.parts:
            raise SpecError("a root table has rows, not parts", where=(*where, "parts"), hint="name a parent")


def _root_rows(rows: Count | None) -> int | float | None:
    if isinstance(rows, UnitRows):
        return float(rows.per_unit)
    return rows if isinstance(rows, int) else None


def _parts(entry: TableEntry, where: Path) -> tuple[PartSpec, ...]:
    if entry.parts:
        return tuple(_part(name, count, (*where, "parts", name)) for name, count in entry.parts.items())
    return (_part("row", entry.rows, (*where, "rows")),) if entry.rows is not None else ()


def _part(name: str, count: Count, where: Path) -> PartSpec:
    match count:
        case int():
            return PartSpec(name, CountSpec("fixed", rows=count), count)
        case FillRows():
            weights = tuple(sorted(count.weights.items()))
            _check_weights(weights, (*where, "weights"))
            return PartSpec(name, CountSpec("fill", weights=weights, total=count.fill, size=count.size), count.maximum)
        case SizedRows():
            with located((*where, "expression")):
                parse_expression(count.expression)
            kind = CountSpec("sized", expression=count.expression, total=count.sized, size=count.size)
            return PartSpec(name, kind, count.maximum)
        case ChoiceRows():
            weights = tuple(sorted(count.choice.items()))
            _check_weights(weights, (*where, "choice"))
            return PartSpec(name, CountSpec("choice", weights=weights), count.maximum)
        case ExpressionRows():
            with located((*where, "expression")):
                parse_expression(count.expression)
            return PartSpec(name, CountSpec("expression", expression=count.expression), count.maximum)
        case SameRows():
            return PartSpec(name, CountSpec("rows_of", table=count.rows_of), count.maximum)
        case _:
            raise SpecError("per_unit counts the rows of a root table", where=(*where, "per_unit"))


def _check_weights(weights: tuple[tuple[int, float], ...], where: Path) -> None:
    if not sum(weight for _, weight in weights) > 0:
        raise ParameterError("at least one weight must be above 0", where=where)


def _key(entry: TableEntry, key: str | list[str], where: Path) -> Path:
    names = (key,) if isinstance(key, str) else tuple(key)
    for name in names:
        if name not in entry.columns:
            raise UnknownNameError("column", name, entry.columns, where=where)
        if not entry.columns[name].stored:
            raise SpecError(f"the column {name!r} is not stored", where=where)
    if len(set(names)) < len(names):
        raise SpecError(f"a column is named twice in {', '.join(names)}", where=where)
    return names


def _foreign_keys(file: DatasetFile, entry: TableEntry, where: Path) -> Iterator[ForeignKeySpec]:
    for name, column in entry.columns.items():
        if not column.references:
            continue
        place = (*where, "columns", name, "references")
        table, _, target = column.references.partition(".")
        if table not in file.tables:
            raise UnknownNameError("table", table, file.tables, where=place)
        if target not in file.tables[table].columns:
            known = [f"{table}.{known}" for known in file.tables[table].columns]
            raise UnknownNameError("column", column.references, known, where=place)
        if target not in _single_keys(file.tables[table]):
            raise SpecError(
                f"{column.references} is neither a primary key nor unique",
                where=place,
                hint=f"add it to {table}'s unique",
            )
        if not (column.stored and entry.stored and file.tables[table].stored):
            raise SpecError(f"{name} and {column.references} must both be stored", where=place)
        yield ForeignKeySpec(name, table, target)


def _single_keys(entry: TableEntry) -> set[str]:
    keys = [[key] if isinstance(key, str) else key for key in (*entry.unique, entry.primary_key or [])]
    return {key[0] for key in keys if len(key) == 1}


def _column(name: str, entry: ColumnEntry, filled: bool, where: Path) -> ColumnSpec:
    if name in _SHADOWED:
        raise SpecError(f"{name!r} means something else in expressions", where=where, hint="choose another name")
    with located((*where, "type")):
        kind = parse_type(entry.type)
    if filled:
        if entry.generate is not None:
            raise SpecError(
                f"{name} holds the sizes of a fill, so it takes no generator", where=(*where, "generate"),
                hint="remove generate",
            )  # fmt: skip
        if kind.array or kind.name not in _WHOLE:
            raise SpecError(f"{name} holds the sizes of a fill, so its type is one of {', '.join(_WHOLE)}", where=where)
        made = GeneratorSpec("constant", {"value": 0})
    elif entry.generate is None:
        raise ParameterError("a column needs the key 'generate'", where=where, hint="for example generate: key")
    else:
        with located((*where, "generate")):
            made = _in_time(read_generator(entry.generate, where), kind, where)
    return ColumnSpec(name, kind, made, entry.nullable, entry.nulls, entry.only_if, entry.stored, entry.description)


def _in_time(made: GeneratorSpec, kind: ColumnType, where: Path) -> GeneratorSpec:
    """Dates and times are text in a file, and become themselves where the column holds them."""
    if kind.name not in ("date", "timestamp", "timestamptz"):
        return made
    definition = find(made.name, where=where)
    kinds = {item.name: item.metadata.get("kind") for item in fields(definition.parameters)}
    place = (*where, made.name)
    return GeneratorSpec(
        made.name,
        {key: _timely(kinds.get(key), value, kind, (*place, key)) for key, value in made.parameters.items()},
    )


def _timely(parameter: object, value: object, kind: ColumnType, where: Path) -> object:
    if parameter == "generator":
        inner = _in_time(read_generator(value, where), kind, where)
        return {inner.name: dict(inner.parameters)} if inner.parameters else inner.name
    if parameter == "cases" and isinstance(value, Mapping):
        return {key: _timely("generator", item, kind, (*where, str(key))) for key, item in value.items()}
    if parameter == "any":
        return _moment(value, kind, where)
    if parameter == "weights" and isinstance(value, Mapping):
        return {_moment(key, kind, where): weight for key, weight in value.items()}
    if parameter == "weights" and isinstance(value, list):
        return [_moment(item, kind, where) for item in value]
    return value


def _moment(value: object, kind: ColumnType, where: Path) -> object:
    if value is None or isinstance(value, date):
        return value
    try:
        if not isinstance(value, str):
            raise ValueError("it is not written as one")
        if kind.name == "date":
            return date.fromisoformat(value)
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise ParameterError(f"{value!r} is no {kind.name}: {error}", where=where) from None
    if (moment.tzinfo is None) == (kind.name == "timestamptz"):
        raise ParameterError(
            f"{value!r} does not suit {kind.name}",
            where=where,
            hint="a timestamptz has an offset, a timestamp has none",
        )
    return moment
