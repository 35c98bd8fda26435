"""Whose addresses may be exported: exporting is resolving, so only this environment's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import EnvironmentRefused

if TYPE_CHECKING:
    from ..book.model import Book


def permit(requested: str | None, book: Book) -> str:
    """The environment to export, which is the book's own.

    Args:
        requested: a name or alias as somebody typed it; None means this environment.
        book: of the environment that this process is known to belong to.

    Raises:
        EnvironmentRefused: ENV_UNKNOWN for a name that means nothing, ENV_UNATTESTED for a protected environment other
            than this one, ENV_CONFLICT for any other.
    """
    if requested is None:
        return book.environment
    name = book.canonical_environment(requested)
    if name is None:
        raise EnvironmentRefused(code="ENV_UNKNOWN", environment=book.environment, target=requested, rule="export")
    if name == book.environment:
        return name
    if book.environments[name].protected:
        raise EnvironmentRefused(
            f"nothing proves that this process belongs to {name}, so its addresses are not exported",
            code="ENV_UNATTESTED",
            environment=book.environment,
            rule="export",
        )
    raise EnvironmentRefused(
        f"this process belongs to {book.environment}, so it exports no addresses of {name}",
        code="ENV_CONFLICT",
        environment=book.environment,
        rule="export",
        hint=f"run the export where ENV_CONFIG_ENVIRONMENT is {name}",
    )
