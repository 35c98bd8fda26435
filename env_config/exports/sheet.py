"""What is exported: variable names and values, before any syntax. The styles say how variables are named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import BookRefused
from . import dotnet, plain

if TYPE_CHECKING:
    from ..resolver import Address

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One environment's variables.

    Attributes:
        environment: whose they are.
        variables: values by variable name, in the order they are written.
        digest: of the book that they come from.
        name: of the Compose service or the ConfigMap.
    """

    environment: str
    variables: Mapping[str, str]
    digest: str = ""
    name: str = "env-config"

    @property
    def heading(self) -> tuple[str, ...]:
        """Comment lines for formats that have comments."""
        book = f", from the book {self.digest[:12]}" if self.digest else ""
        return (
            f"Addresses of {self.environment!a}, written by env-config export{book}.",
            "No secrets: a variable named after a secret reference says where the secret is kept.",
        )


def sheet_of(
    addresses: Iterable[Address], environment: str, *, digest: str = "", style: str = "plain", name: str = "env-config"
) -> Sheet:
    """Collect the variables of resolved addresses.

    Args:
        addresses: as the resolver gave them, all of one environment.
        environment: its name.
        digest: of the book.
        style: one of :data:`STYLES`.
        name: for formats that name their object.

    Raises:
        BookRefused: BOOK_INVALID, where two services would get the same variable, or one a name no shell can set.
    """
    variables = {"ENV_CONFIG_EXPORTED_FOR": environment}
    unique = {address.service.name: address for address in addresses}
    for service, address in sorted(unique.items()):
        for variable, value in STYLES[style](address):
            if not _NAME.fullmatch(variable):
                raise _unusable(service, f"{variable} is no name that every shell can set")
            if variable in variables:
                raise _unusable(service, f"another service has the variable {variable} already")
            variables[variable] = value
    return Sheet(environment, variables, digest, name)


def _unusable(service: str, why: str) -> BookRefused:
    return BookRefused(why, code="BOOK_INVALID", service=service, rule="export-name", hint="rename the service")


STYLES: dict[str, Callable[[Address], Iterator[tuple[str, str]]]] = {
    "plain": plain.variables,
    "dotnet": dotnet.variables,
}
