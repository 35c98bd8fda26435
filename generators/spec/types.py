"""Column types: one small vocabulary that the DDL, Arrow and the file formats all derive from."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa

from ..errors import SpecError, UnknownNameError

_PLAIN = {
    "bigint": pa.int64(),
    "integer": pa.int32(),
    "smallint": pa.int16(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", "UTC"),
    "text": pa.string(),
    "json": pa.string(),
    "uuid": pa.binary(16),
}
_SHAPE = re.compile(r"^(?P<name>[a-z]+)(\((?P<args>\d+(\s*,\s*\d+)?)\))?(?P<array>\[\])?$")


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A column's type as written in a dataset, such as ``varchar(40)``, ``numeric(10,2)`` or ``text[]``."""

    name: str
    arguments: tuple[int, ...] = ()
    array: bool = False

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type that holds the column's values."""
        element = self._element()
        return pa.list_(element) if self.array else element

    def _element(self) -> pa.DataType:
        if self.name == "numeric":
            return pa.decimal128(*self.arguments)
        if self.name in ("varchar", "char"):
            return pa.string()
        return _PLAIN[self.name]

    @property
    def textual(self) -> bool:
        """True where the Arrow value is a string."""
        return not self.array and self._element() == pa.string()

    def __str__(self) -> str:
        arguments = f"({','.join(map(str, self.arguments))})" if self.arguments else ""
        return f"{self.name}{arguments}{'[]' if self.array else ''}"


TYPE_NAMES = (*_PLAIN, "varchar", "char", "numeric")
_ARITY = {"varchar": (1,), "char": (1,), "numeric": (2,)}


def parse_type(text: str) -> ColumnType:
    """Read a type such as ``varchar(40)``.

    Raises:
        UnknownNameError: for a type name outside the vocabulary.
        SpecError: for missing, superfluous or out-of-range arguments.
    """
    match = _SHAPE.match(text.strip().lower())
    if not match:
        raise SpecError(f"cannot read the type {text!r}", hint="write for example text, varchar(40) or numeric(10,2)")
    name = match["name"]
    if name not in TYPE_NAMES:
        raise UnknownNameError("type", name, TYPE_NAMES)
    arguments = tuple(int(part) for part in (match["args"] or "").split(",") if part)
    expected = _ARITY.get(name, (0,))
    if len(arguments) not in expected:
        raise SpecError(f"type {name!r} takes {expected[0]} arguments, {text!r} has {len(arguments)}")
    if name == "numeric" and not 0 <= arguments[1] <= arguments[0] <= 38:
        raise SpecError(f"numeric precision and scale out of range in {text!r}", hint="0 <= scale <= precision <= 38")
    if name in ("varchar", "char") and arguments[0] < 1:
        raise SpecError(f"{text!r} holds no character", hint="use a length of at least 1")
    return ColumnType(name, arguments, bool(match["array"]))
