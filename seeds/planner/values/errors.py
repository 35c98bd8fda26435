"""The one refusal of this package: a column for which no value can be thought of."""

from __future__ import annotations


class Unrealisable(Exception):
    """No generator makes values that the column accepts; ``reason`` says what stands in the way."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}")
        self.column = column
        self.reason = reason
