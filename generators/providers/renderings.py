"""Values of types that only databases have, as the text that PostgreSQL reads them from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..kernels import bounded, digits_of, fixed_width_strings, literal_bytes
from .core import uuid
from .definition import Rows, generator, parameter
from .draws import text_scalar
from .literals import TEXTS, hexadecimal, uuid_text
from .networks import random_bytes
from .vocabulary import joined, noun, number_text

_WIDEST = 1 << 62
_MINUTES = 15

# The box around the London Borough of Hackney, in degrees.
_WEST, _EAST, _SOUTH, _NORTH = -0.105, -0.016, 51.519, 51.578
_PLACES = 6


# ------------------------------------------------------------------------------------------------------------ time


@dataclass(frozen=True, slots=True)
class IntervalText:
    max_days: int = parameter("integer", "the longest, in days", default=30, minimum=1, maximum=1_000_000)


@generator("interval_text", output=TEXTS, parameters=IntervalText, default="max_days", examples=({}, {"max_days": 365}))
def interval_text(rows: Rows, parameters: IntervalText) -> pa.Array:
    """Lengths of time in days and hours, such as 3 days 07:15:00."""
    days = number_text(rows, 0, parameters.max_days - 1, "days")
    return joined(days, " days ", time_text(rows, None))


@generator("time_text", output=TEXTS)
def time_text(rows: Rows, _: Any) -> pa.Array:
    """Times of day to the quarter of an hour, such as 14:45:00."""
    quarters = bounded(rows.bits("time"), 24 * 60 // _MINUTES)
    minutes = quarters * _MINUTES
    colon = literal_bytes(":", rows.count)
    return fixed_width_strings(
        digits_of(minutes // 60, 2), colon, digits_of(minutes % 60, 2), literal_bytes(":00", rows.count)
    )


# ----------------------------------------------------------------------------------------------------- bytes and bits


@dataclass(frozen=True, slots=True)
class BytesHex:
    min_size: int = parameter("integer", "fewest bytes", default=8, minimum=0, maximum=4096)
    max_size: int = parameter("integer", "most bytes", default=16, minimum=0, maximum=4096)

    def __post_init__(self) -> None:
        if self.max_size < self.min_size:
            raise ValueError(f"max_size {self.max_size} is below min_size {self.min_size}")


@generator("bytes_hex", output=TEXTS, parameters=BytesHex, examples=({}, {"min_size": 32, "max_size": 32}))
def bytes_hex(rows: Rows, parameters: BytesHex) -> pa.Array:
    """Random bytes in hexadecimal, as PostgreSQL writes them."""
    sizes = bounded(rows.bits("size"), parameters.max_size - parameters.min_size + 1) + parameters.min_size
    if not parameters.max_size:
        return pa.repeat(text_scalar("\\x"), rows.count)
    digits = hexadecimal(random_bytes(rows, parameters.max_size, "bytes"))
    matrix = np.concatenate((literal_bytes("\\x", rows.count), digits), axis=1)
    return cut_strings(matrix, 2 + 2 * sizes)


def cut_strings(matrix: NDArray[np.uint8], sizes: NDArray[np.int64]) -> pa.Array:
    """One string a row: the first bytes of a matrix of ASCII, as many as its size says."""
    offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)
    kept = matrix[np.arange(matrix.shape[1]) < sizes[:, None]]
    return pa.StringArray.from_buffers(len(sizes), pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(kept)))


@dataclass(frozen=True, slots=True)
class UniqueBytesHex:
    size: int = parameter("integer", "bytes", default=16, minimum=1, maximum=4096)

    @property
    def capacity(self) -> int:
        """How many values the bytes that carry the index can have."""
        return int(min(256 ** min(self.size, 8), _WIDEST))


@generator(
    "unique_bytes_hex",
    output=TEXTS,
    parameters=UniqueBytesHex,
    default="size",
    capacity=lambda parameters: parameters.capacity,
    examples=({}, {"size": 4}),
)
def unique_bytes_hex(rows: Rows, parameters: UniqueBytesHex) -> pa.Array:
    """Bytes in hexadecimal, as PostgreSQL writes them, each at most once."""
    index = rows.unique_index(parameters.capacity).astype(">u8").view(np.uint8).reshape(-1, 8)
    own = index[:, 8 - min(parameters.size, 8) :]
    blocks: list[Any] = [literal_bytes("\\x", rows.count), hexadecimal(np.ascontiguousarray(own))]
    if parameters.size > 8:
        blocks.append(hexadecimal(random_bytes(rows, parameters.size - 8)))
    return fixed_width_strings(*blocks)


@dataclass(frozen=True, slots=True)
class BitText:
    size: int = parameter("integer", "bits", minimum=1, maximum=4096)
    varying: bool = parameter("flag", "whether there may be fewer bits", default=False)


@generator("bit_text", output=TEXTS, parameters=BitText, default="size", examples=({"size": 8},))
def bit_text(rows: Rows, parameters: BitText) -> pa.Array:
    """Strings of bits, such as 01101001."""
    raw = random_bytes(rows, -(-parameters.size // 8), "bits")
    matrix = np.unpackbits(np.ascontiguousarray(raw), axis=1)[:, : parameters.size] + np.uint8(ord("0"))
    sizes = np.full(rows.count, parameters.size, dtype=np.int64)
    if parameters.varying:
        sizes = bounded(rows.bits("size"), parameters.size) + 1
    return cut_strings(matrix, sizes)


@generator("uuid_text", output=TEXTS, capacity=lambda _: _WIDEST)
def uuid_text_of(rows: Rows, _: Any) -> pa.Array:
    """UUIDs that carry the row's key, as text: distinct by construction."""
    return uuid_text(uuid(rows, None))


# ---------------------------------------------------------------------------------------------------- search and trees


@generator("tsvector_text", output=TEXTS)
def tsvector_text(rows: Rows, _: Any) -> pa.Array:
    """Two plain words as a search vector, such as 'harbour':2 'review':1."""
    return joined("'", noun(rows), "':1 '", noun(rows, "second"), "':2")


@generator("ltree_text", output=TEXTS)
def ltree_text(rows: Rows, _: Any) -> pa.Array:
    """Paths of labels, such as orchard.ledger.note_12."""
    return joined(noun(rows), ".", noun(rows, "second"), ".", noun(rows, "third"), "_", number_text(rows, 1, 99))


# --------------------------------------------------------------------------------------------------------- geometry


def _decimal_text(units: NDArray[np.float64], low: float, high: float, places: int) -> pa.Array:
    """Numbers between both ends as text of so many decimals."""
    scale = 10**places
    steps = np.round(low * scale) + np.floor(units * (round(high * scale) - round(low * scale) + 1))
    whole = pa.array(steps.astype(np.int64)).cast(pa.decimal128(19, 0))
    return pa.Array.from_buffers(pa.decimal128(19, places), len(whole), whole.buffers()).cast(pa.string())


@generator("point_text", output=TEXTS)
def point_text(rows: Rows, _: Any) -> pa.Array:
    """Points of PostgreSQL's own type inside Hackney's bounding box, longitude first, such as (-0.061234,51.545012)."""
    east, north = _degrees(rows, "")
    return joined("(", east, ",", north, ")")


def _degrees(rows: Rows, salt: str, shift: tuple[float, float] = (0.0, 0.0)) -> tuple[pa.Array, pa.Array]:
    east = _decimal_text(rows.unit(f"east{salt}"), _WEST + shift[0], _EAST + shift[0], _PLACES)
    return east, _decimal_text(rows.unit(f"north{salt}"), _SOUTH + shift[1], _NORTH + shift[1], _PLACES)


_SUBTYPES = (
    "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION", "GEOMETRY",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class GeometryText:
    subtype: str = parameter("text", "the kind of geometry", default="POINT", choices=_SUBTYPES)
    srid: int = parameter(
        "integer", "4326 is longitude and latitude, 27700 the National Grid in metres, 3857 Web Mercator", default=4326,
        minimum=0, maximum=999_999,
    )  # fmt: skip


_GRIDS = {
    27700: (531_000.0, 537_500.0, 182_000.0, 188_800.0, 1),
    3857: (-11_688.0, -1_781.0, 6_714_000.0, 6_724_500.0, 1),
}


@generator(
    "geometry_text", output=TEXTS, parameters=GeometryText, default="subtype", examples=({}, {"subtype": "POLYGON"})
)
def geometry_text(rows: Rows, parameters: GeometryText) -> pa.Array:
    """Geometries inside Hackney's bounding box as extended well-known text, such as SRID=4326;POINT(-0.06 51.54)."""
    west, east, south, north, places = _GRIDS.get(parameters.srid, (_WEST, _EAST, _SOUTH, _NORTH, _PLACES))
    side = (east - west) / 40
    across, along = rows.unit("east"), rows.unit("north")

    def corner(right: int, up: int) -> pa.Array:
        x = _decimal_text(across, west + right * side, east - side + right * side, int(places))
        y = _decimal_text(along, south + up * side, north - side + up * side, int(places))
        return joined(x, " ", y)

    prefix = f"SRID={parameters.srid};" if parameters.srid else ""
    match parameters.subtype:
        case "LINESTRING":
            return joined(f"{prefix}LINESTRING(", corner(0, 0), ",", corner(1, 1), ")")
        case "POLYGON":
            return joined(f"{prefix}POLYGON((", _ring(corner), "))")
        case "MULTIPOINT":
            return joined(f"{prefix}MULTIPOINT((", corner(0, 0), "),(", corner(1, 1), "))")
        case "MULTILINESTRING":
            return joined(f"{prefix}MULTILINESTRING((", corner(0, 0), ",", corner(1, 1), "))")
        case "MULTIPOLYGON":
            return joined(f"{prefix}MULTIPOLYGON(((", _ring(corner), ")))")
        case "GEOMETRYCOLLECTION":
            return joined(f"{prefix}GEOMETRYCOLLECTION(POINT(", corner(0, 0), "))")
        case _:
            return joined(f"{prefix}POINT(", corner(0, 0), ")")


def _ring(corner: Any) -> pa.Array:
    return joined(corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1), corner(0, 0), separator=",")


@dataclass(frozen=True, slots=True)
class VectorText:
    dimensions: int = parameter("integer", "numbers in the vector", minimum=1, maximum=16_000)


@generator("vector_text", output=TEXTS, parameters=VectorText, default="dimensions", examples=({"dimensions": 3},))
def vector_text(rows: Rows, parameters: VectorText) -> pa.Array:
    """Vectors of numbers between -1 and 1, such as [0.12,-0.5,0.031]."""
    numbers = (_decimal_text(rows.unit(f"{place}"), -1.0, 1.0, 3) for place in range(parameters.dimensions))
    return joined("[", joined(*numbers, separator=","), "]")
