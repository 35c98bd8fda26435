"""How SQLAlchemy is to write and compare this server's types, so that tables made from one definition agree.

Texts have no small limit, moments keep their microseconds, and names differ only by what they mean: ``INT(11)`` and
``INTEGER`` are one type. Tables made here compare texts letter by letter, as PostgreSQL and SQLite do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, Table
from sqlalchemy.dialects.mysql.base import MySQLDDLCompiler, MySQLTypeCompiler

_TABLE_OPTIONS = " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
_FINE = 6


def _whole(name: str) -> Callable[..., str]:
    return lambda _, type_, **__: f"{name} UNSIGNED" if getattr(type_, "unsigned", False) else name


def _fixed(name: str) -> Callable[..., str]:
    return lambda _, type_, **__: name


def _exact(_: object, type_: Any, **__: object) -> str:
    return f"DECIMAL({type_.precision}, {type_.scale})"


def _sized(name: str) -> Callable[..., str]:
    """With its size, where it has one: what is cast to be compared as text has none."""
    return lambda _, type_, **__: name if type_.length is None else f"{name}({type_.length})"


def _moment(_: object, type_: Any, **__: object) -> str:
    """A type of MySQL's own is one read from the database, with its own fineness."""
    return f"DATETIME({type_.fsp or 0})" if hasattr(type_, "fsp") else f"DATETIME({_FINE})"


class _Types(MySQLTypeCompiler):
    visit_INTEGER = _whole("INTEGER")  # noqa: N815 (SQLAlchemy's name)
    visit_BIGINT = _whole("BIGINT")  # noqa: N815
    visit_SMALLINT = _whole("SMALLINT")  # noqa: N815
    visit_BOOLEAN = _fixed("TINYINT(1)")  # noqa: N815
    visit_NUMERIC = _exact  # noqa: N815
    visit_DECIMAL = _exact  # noqa: N815
    visit_TEXT = _fixed("LONGTEXT")  # noqa: N815
    visit_LONGTEXT = _fixed("LONGTEXT")  # noqa: N815
    visit_VARCHAR = _sized("VARCHAR")  # noqa: N815
    visit_CHAR = _sized("CHAR")  # noqa: N815
    visit_DATETIME = _moment  # noqa: N815


class _Definitions(MySQLDDLCompiler):
    def post_create_table(self, table: Table) -> str:
        return super().post_create_table(table) + _TABLE_OPTIONS


def adapt(engine: Engine) -> Engine:
    """The engine with these spellings."""
    dialect: Any = engine.dialect
    dialect.type_compiler_instance = _Types(dialect)
    dialect.ddl_compiler = _Definitions
    return engine
