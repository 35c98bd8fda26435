"""What makes a value impossible to write."""

from __future__ import annotations

import re

from ..errors import BookRefused, UsageRefused

_OBJECT_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def unwritable(name: str, format_name: str, why: str) -> BookRefused:
    """The refusal for a variable whose value the format cannot carry; the value itself is not repeated."""
    return BookRefused(
        f"{name} cannot be written as {format_name}: {why}",
        code="BOOK_INVALID",
        rule="export-quoting",
        hint="mend the value in the book, or choose a format that can hold it",
    )


def refuse_broken_text(name: str, value: str, format_name: str) -> None:
    """Refuse half a surrogate pair: no UTF-8 file can hold one."""
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise unwritable(name, format_name, "it holds half a character")


def refuse_nul(name: str, value: str, format_name: str) -> None:
    """Refuse NUL: the value is to become an environment variable, which ends there."""
    if "\0" in value:
        raise unwritable(name, format_name, "an environment variable cannot hold the character NUL")


def refuse_object_name(name: str, format_name: str) -> None:
    """Refuse a name that is no DNS label: Kubernetes takes no other, and Compose makes host names of them."""
    if not _OBJECT_NAME.fullmatch(name):
        raise UsageRefused(f"{name!r} is no name for an object of {format_name}", code="USAGE", rule="export-name")
