"""What a table looks like as a digest, so that a later run can tell whether its keys are made as they were."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

from ..catalog import Catalog, Table

_OCTETS = 6


def shapes_of(catalog: Catalog) -> dict[str, str]:
    """A digest of each table and of every table that its foreign keys lead to, however far."""
    own = {name: _digest(_facts(table)) for name, table in catalog.tables.items()}
    needs = {
        name: {key.target.key for key in table.foreign_keys} & own.keys() for name, table in catalog.tables.items()
    }
    return {name: _digest(sorted(own[other] for other in _reached(name, needs))) for name in own}


def _reached(name: str, needs: Mapping[str, set[str]]) -> set[str]:
    found, pending = {name}, [name]
    while pending:
        new = needs[pending.pop()] - found
        found |= new
        pending.extend(new)
    return found


def _facts(table: Table) -> object:
    return (
        table.name.key,
        sorted((column.name, column.type.name, column.nullable, column.generated) for column in table.columns),
        sorted((key.columns, key.primary, key.predicate, key.expressions) for key in table.keys),
        sorted((key.columns, key.target.key, key.target_columns) for key in table.foreign_keys),
        sorted(check.predicate for check in table.checks),
    )


def _digest(facts: object) -> str:
    return blake2b(repr(facts).encode(), digest_size=_OCTETS).hexdigest()
