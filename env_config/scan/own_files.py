"""The library's own files: they name production's addresses because that is their purpose."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from ..errors import BookRefused
from ..trust import Trust
from .model import Literal
from .sheet import Sheet

if TYPE_CHECKING:
    from ..authoring.shapes import Shape

COMPILED = "a compiled book, which its signature guards"
TRUSTED = "a file of trusted keys"
SOURCE = "a book's source, which `env-config check` proves"

_SOURCE = re.compile(r"^version:[ \t]*\d+[ \t]*(?:#.*)?$", re.MULTILINE)
_SIGNATURE = frozenset({"alg", "kid", "value"})
_SIGNED = re.compile(r"[A-Za-z0-9_-]{342,}")
"""The signature of a key of 2048 bits or more."""


def own_file(sheet: Sheet) -> str:
    """What kind of the library's own files this is, or an empty string.

    Told by the whole content, never by the name: a file that only begins like one is scanned.
    """
    if sheet.text.startswith('{"book":'):
        return COMPILED if _is_sealed(sheet.text) else ""
    if sheet.format.name == "json" and '"purposes"' in sheet.text:
        return TRUSTED if _is_trust(sheet.text) else ""
    if sheet.format.name == "yaml" and _SOURCE.search(sheet.text) is not None:
        return SOURCE if _is_source(sheet.literals) else ""
    return ""


def _is_sealed(text: str) -> bool:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(document, dict) or set(document) != {"book", "signature"}:
        return False
    book, signature = document["book"], document["signature"]
    if not isinstance(book, dict) or not isinstance(signature, dict):
        return False
    return (
        {"format", "environment", "own", "foreign", "expires_at"} <= set(book)
        and set(signature) == _SIGNATURE
        and _SIGNED.fullmatch(str(signature["value"])) is not None
    )


def _is_trust(text: str) -> bool:
    try:
        Trust.parse(text)
    except (BookRefused, RecursionError):
        return False
    return True


def _is_source(literals: list[Literal]) -> bool:
    """Every key stands where the grammar of books has it, and environments are declared."""
    from ..authoring.grammar import BOOK  # the author's side: most scans need nothing of it

    roots = {literal.keys[0] for literal in literals if literal.keys}
    return "environments" in roots and all(_fits(literal.keys, BOOK) for literal in literals)


def _fits(keys: tuple[str, ...], shape: Shape) -> bool:
    from ..authoring.shapes import ListOf, MapOf, Record

    if isinstance(shape, ListOf):
        if keys and keys[0].startswith("["):
            return _fits(keys[1:], shape.item)
        return shape.single and _fits(keys, shape.item)
    if not keys:
        return not isinstance(shape, (Record, MapOf))
    if isinstance(shape, Record):
        return keys[0] in shape.fields and _fits(keys[1:], shape.fields[keys[0]])
    if isinstance(shape, MapOf):
        return re.fullmatch(shape.key.pattern, keys[0]) is not None and _fits(keys[1:], shape.value)
    return False
