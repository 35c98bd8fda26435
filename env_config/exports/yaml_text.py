"""YAML strings that every parser reads alike: double-quoted, and everything unprintable escaped."""

from __future__ import annotations

_ESCAPED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted(value: str) -> str:
    """The value as a double-quoted scalar, so that ``yes``, ``1e3``, ``0777`` and ``null`` stay strings."""
    return '"' + "".join(map(_written, value)) + '"'


def _written(letter: str) -> str:
    if letter in _ESCAPED:
        return _ESCAPED[letter]
    if letter.isprintable():
        return letter
    number = ord(letter)
    if number <= 0xFF:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
