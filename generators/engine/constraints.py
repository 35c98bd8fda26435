"""What a table's constraints ask for: that their columns exist, and that uniqueness follows from how they are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..errors import SpecError, UnknownNameError
from ..providers.definition import Bound

if TYPE_CHECKING:
    from .plan import Table

Tables = Mapping[str, "Table"]

_FIXED_WIDTH = ("padded", "unique_pattern")
_WHOLE = ("bigint", "integer", "smallint")


def check_constraints(tables: Tables, table: Table) -> None:
    """Each constraint names columns that are there, and each unique one follows from how its columns are made.

    Raises:
        UnknownNameError: for a constraint over a column that does not exist.
        SpecError: for a constraint that nothing guarantees, or over columns that no table holds.
    """
    spec, where = table.spec, ("tables", table.name)
    distinct = (*(key.columns for key in spec.unique), spec.primary_key)
    for columns in (*distinct, *spec.indexes, *((key.column,) for key in spec.foreign_keys)):
        for name in columns:
            _check_is_held(table, name, where)
    for key in spec.foreign_keys:
        _check_is_held(tables[key.table], key.target, where)
        if not tables[key.table].columns[key.target].unique:
            raise SpecError(f"{key.table}.{key.target} is neither a primary key nor unique", where=where)
    for columns in distinct:
        if columns and not _together(tables, table, columns):
            raise SpecError(
                f"nothing makes ({', '.join(columns)}) distinct", where=where,
                hint="use key, unique_integer, unique_pattern, combination, the parent's key with ordinal, or a text "
                "that begins or ends with one of these, set off by a character that it cannot contain",
            )  # fmt: skip


def _check_is_held(table: Table, name: str, where: tuple[str, ...]) -> None:
    if name not in table.columns:
        raise UnknownNameError("column", name, table.columns, where=where)
    if table.spec.stored and not table.columns[name].spec.stored:
        raise SpecError(f"{table.name}.{name} is a working column, which no table holds", where=where)


def _together(tables: Tables, table: Table, columns: tuple[str, ...]) -> bool:
    if any(_is_distinct(tables, table, name) for name in columns):
        return True
    bounds = [table.columns[name].bound for name in columns]
    return _are_all_digits(bounds) or _has_parent_and_ordinal(tables, table, bounds)


def _are_all_digits(bounds: list[Bound]) -> bool:
    """Every digit of one mixed-radix number: same group, same radices, each position there."""
    digits = [bound.parameters for bound in bounds if bound.definition.name == "combination"]
    numbers = {(digit.group, tuple(digit.radices)) for digit in digits}
    return len(numbers) == 1 and {digit.position for digit in digits} == set(range(len(digits[0].radices)))


def _is_distinct(tables: Tables, table: Table, name: str) -> bool:
    return _makes_distinct(tables, table, table.columns[name].bound)


def _makes_distinct(tables: Tables, table: Table, bound: Bound) -> bool:
    match bound.definition.name:
        case "combination":
            return False
        case "relative":
            return _is_own_relative(tables, table, bound)
        case "padded":
            column = bound.parameters.column
            return column in table.columns and _is_distinct(tables, table, column)
        case "given":  # one case, and null for everybody else
            cases = [case for case in (*bound.parameters.cases.values(), bound.parameters.otherwise) if case]
            return len(cases) == 1 and _makes_distinct(tables, table, cases[0])
        case "text":
            return _can_be_read_back(tables, table, bound)
        case _:
            return bound.definition.capacity is not None


def _is_own_relative(tables: Tables, table: Table, bound: Bound) -> bool:
    """One relative each, as long as both count alike under the same parent and what is taken is distinct."""
    target, same_place = tables[bound.parameters.table], bound.parameters.ordinal.text.strip() == "ordinal"
    same_parent = len(table.spec.parts) == 1 and target.spec.parent == table.spec.parent
    return same_place and same_parent and _is_distinct(tables, target, bound.parameters.column)


def _can_be_read_back(tables: Tables, table: Table, bound: Bound) -> bool:
    """A distinct column inside a text keeps it distinct only where the text says which part of it that column is.

    ``{street}{number}`` does not: ``1`` then ``11`` reads like ``11`` then ``1``. ``{street}/{number}`` does, and
    so does a field of fixed width at either end.
    """
    fields = bound.parameters.fields
    places = [place for place, (_, name, _) in enumerate(fields) if name is not None]
    for place in {places[0], places[-1]} if places else ():
        name = fields[place][1]
        if name not in table.columns or not _is_distinct(tables, table, name):
            continue
        column = table.columns[name]
        if len(places) == 1 or column.bound.definition.name in _FIXED_WIDTH:
            return True
        edge = fields[place + 1][0][:1] if place == places[0] else fields[place][0][-1:]
        minus = place != places[0] and edge == "-" and getattr(column.bound.parameters, "min_value", 0) < 0
        if column.spec.type.name in _WHOLE and edge and not edge.isdigit() and not minus:
            return True
    return False


def _has_parent_and_ordinal(tables: Tables, table: Table, bounds: list[Bound]) -> bool:
    parent = table.spec.parent
    if parent is None or len(table.spec.parts) != 1:
        return False
    written = {bound.parameters.value.text.strip() for bound in bounds if bound.definition.name == "expression"}
    known = tables[parent]
    carries = any(f"{parent}.{name}" in written and _is_distinct(tables, known, name) for name in known.columns)
    return carries and (table.spec.maximum == 1 or any(bound.definition.name == "ordinal" for bound in bounds))
