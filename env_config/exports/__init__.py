"""Addresses for services in other languages: one environment's, without a secret, in the syntax the reader knows.

A format is a module with ``SUFFIX``, ``DESCRIPTION`` and ``render(sheet)``; what it cannot write so that its readers get
exactly the value back is refused, never altered.
"""

from __future__ import annotations

from types import ModuleType

from . import compose, dotenv, json_object, k8s, shell, terraform
from .permission import permit
from .sheet import STYLES, Sheet, sheet_of

__all__ = ["FORMATS", "STYLES", "Sheet", "permit", "render", "sheet_of"]

FORMATS: dict[str, ModuleType] = {
    "dotenv": dotenv,
    "json": json_object,
    "shell": shell,
    "terraform": terraform,
    "compose": compose,
    "k8s": k8s,
}


def render(sheet: Sheet, format_name: str) -> str:
    """The sheet in one of :data:`FORMATS`, ready to be written as UTF-8.

    Raises:
        BookRefused: BOOK_INVALID, where a value cannot be written so that every reader of the format gets it back.
    """
    text: str = FORMATS[format_name].render(sheet)
    return text
