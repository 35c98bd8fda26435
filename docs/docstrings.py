"""Docstrings in Google's style, taken apart for the reference pages."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reference_page import ticks


@dataclass(frozen=True, slots=True)
class Doc:
    """A docstring in Google's style, taken apart."""

    summary: str
    sections: Mapping[str, tuple[tuple[str, str], ...]]


def doc_of(value: object) -> Doc:
    """The first paragraph, and what stands under ``Args``, ``Attributes``, ``Returns`` and ``Raises``."""
    paragraphs = (inspect.getdoc(value) or "").split("\n\n")
    found = {}
    for paragraph in paragraphs[1:]:
        title, _, rest = paragraph.partition(":\n")
        if title in ("Args", "Attributes", "Returns", "Raises"):
            found[title] = tuple(_items(textwrap.dedent(rest)))
    return Doc(ticks(one_line(paragraphs[0])), found)


def _items(text: str) -> Iterator[tuple[str, str]]:
    for item in re.split(r"\n(?=\S)", text):
        name, colon, meaning = item.partition(": ")
        yield (name, ticks(one_line(meaning))) if colon and " " not in name else ("", ticks(one_line(item)))


def one_line(text: str) -> str:
    """The text with every stretch of blanks and line ends made one blank."""
    return " ".join(text.split())
