"""SQL lists as the server prints them, cut at the commas that separate their items."""

from __future__ import annotations

import re

# A quoted text or name (a quote inside it is doubled, or escaped where it starts with E), a bracket, a comma.
_PIECE = re.compile(r"E'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[()\[\],]", re.DOTALL)


def split_list(text: str) -> tuple[str, ...]:
    """The items of a list without its outer brackets: ``'a,b', f(1, 2)`` are two."""
    items, depth, start = [], 0, 0
    for piece in _PIECE.finditer(text):
        if piece[0] in "([":
            depth += 1
        elif piece[0] in ")]":
            depth -= 1
        elif piece[0] == "," and depth == 0:
            items.append(text[start : piece.start()].strip())
            start = piece.end()
    last = text[start:].strip()
    return (*items, last) if last else tuple(items)


def bracketed(text: str, start: int) -> tuple[str, int]:
    """What stands between the bracket at ``start`` and its partner, and the place after that.

    Raises:
        ValueError: there is no bracket, or no partner.
    """
    depth = 0
    for piece in _PIECE.finditer(text, start):
        if piece[0] in "([":
            depth += 1
        elif piece[0] in ")]":
            depth -= 1
            if depth == 0:
                return text[start + 1 : piece.start()], piece.end()
    raise ValueError(f"no bracket closes at {start}: {text}")
