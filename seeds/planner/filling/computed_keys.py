"""Generated columns that keys of other tables refer to: they have to be known before the database computes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ...catalog import Catalog, Check, Column, Table
from ..checks.model import RowModel
from .draft import Draft
from .partitions import row_model
from .requirements import columns_read


def make_what_is_referred_to(catalog: Catalog, drafts: Mapping[str, Draft], moment: datetime) -> None:
    """Have generated columns made as well where references lead to them, though the database gets none of their values.

    Args:
        catalog: the database.
        drafts: all tables, with their links.
        moment: the reference date's beginning.
    """
    for draft in drafts.values():
        names = [column.name for column in draft.table.columns if column.generated and column.name in draft.valued]
        for name in names:
            model = _with(draft.table, {*draft.made, name}, catalog, moment)
            if any(_told_by(name) in one.checks for one in model.contradictions) or any(
                one.check == _told_by(name) for one in model.opaque
            ):
                continue
            draft.model = model
            draft.made.add(name)
            draft.valued.update(columns_read(draft.table.column(name).expression, draft.columns))


def _with(table: Table, names: set[str], catalog: Catalog, moment: datetime) -> RowModel:
    """What the checks say, and with them that generated columns are what they are generated from."""
    columns = tuple(
        replace(column, generated=False, expression="") if column.name in names else column for column in table.columns
    )
    quote = "`" if catalog.dialect == "mysql" else '"'
    told = tuple(_as_check(column, quote) for column in table.columns if column.name in names)
    return row_model(replace(table, columns=columns, checks=(*table.checks, *told)), catalog, moment)


def _as_check(column: Column, quote: str) -> Check:
    name = column.name.replace(quote, quote * 2)
    return Check(_told_by(column.name), f"{quote}{name}{quote} = ({column.expression})", (column.name,))


def _told_by(name: str) -> str:
    return f"generated {name}"
