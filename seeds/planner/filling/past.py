"""What has happened, by its name, has happened by the reference date: no row is created, closed or paid after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from ...catalog import Column, Kind, Table
from ..checks.model import Bound, Domain, Nullity, World
from ..meaning import lies_behind
from ..names import words

MOMENTS = (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)
_MAKING = frozenset({"created", "create", "creation", "inserted", "insert", "added"})
_YEARS = timedelta(days=5 * 365 + 2)


def until_now(world: World, columns: Mapping[str, Column], as_of: date) -> World:
    """The world with the dates and moments of ``columns`` that tell of what has been ended at the reference date."""
    domains = {
        name: by_now(columns[name], domain, as_of) if name in columns else domain
        for name, domain in world.domains.items()
    }
    return replace(world, domains=domains)


def by_now(column: Column, domain: Domain, as_of: date) -> Domain:
    """The domain up to the reference date.

    A column that constraints put after that date, or end before it, and one that may lie ahead, is left as it is.
    """
    kind = column.type.kind
    if kind not in MOMENTS or column.type.dimensions or not lies_behind(column):
        return domain
    if domain.values is not None or domain.null is Nullity.ALWAYS:
        return domain
    if domain.low is not None and _day_of(domain.low.value) >= as_of:
        return domain
    if domain.high is not None and _day_of(domain.high.value) < as_of:
        return domain
    return replace(domain, high=Bound(as_of if kind is Kind.DATE else datetime.combine(as_of, time())))


def before_all(table: Table, column: Column, domain: Domain, as_of: date) -> Domain:
    """The domain of a day of birth beside dates that are made for the years before the reference date: before those."""
    others = [one for one in table.columns if one.name != column.name and one.type.kind in MOMENTS]
    if not others or domain.high is not None or domain.low is not None or domain.values is not None:
        return domain
    last = as_of - _YEARS
    return replace(domain, high=Bound(last if column.type.kind is Kind.DATE else datetime.combine(last, time())))


def makes_the_row(column: Column) -> bool:
    """Whether a moment is called after the making of its row, as ``created_at`` is and ``issued_at`` is not."""
    return not _MAKING.isdisjoint(words(column.name))


def _day_of(value: object) -> date:
    """The day of a bound; of what is none, the first of all."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.min
