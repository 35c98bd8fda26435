"""Every refusal class of the engine and the database side, and an example of each."""

from __future__ import annotations

import generators.errors
from seeds.errors import DatasetFileError


def kinds(root: type[Exception]) -> list[type[Exception]]:
    """A class and everything derived from it."""
    return [root, *(kind for child in root.__subclasses__() for kind in kinds(child))]


def sample(kind: type[Exception]) -> Exception:
    """A refusal of one kind."""
    if kind is generators.errors.UnknownNameError:
        return generators.errors.UnknownNameError("column", "nmae", ["name"])
    if kind is generators.errors.DomainTooSmallError:
        return generators.errors.DomainTooSmallError(11, 10, what="digit")
    if issubclass(kind, DatasetFileError):
        return kind("it is wrong", file="a.yaml", line=3)  # type: ignore[call-arg]
    return kind("it is wrong", hint="put it right")  # type: ignore[call-arg]
