"""What machines write: addresses of hosts and networks, tokens, versions and colours. None of them is anybody's.

Addresses of the internet protocol come from the ranges that RFC 5737 and RFC 3849 keep for documentation, names of hosts
lie under example.org (RFC 2606), and hardware addresses are locally administered, which no manufacturer is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..kernels import fixed_width_strings, literal_bytes
from ..streams.stream import U64
from .definition import Promise, Rows, generator, parameter
from .literals import TEXTS, hexadecimal
from .vocabulary import adjective, drawn, joined, noun, number_text

_DOCUMENTATION = ("192.0.2.", "198.51.100.", "203.0.113.")
_HOSTS = 254
_GROUPS = 4


@dataclass(frozen=True, slots=True)
class Inet:
    network: bool = parameter("flag", "networks such as 192.0.2.64/27 instead of single addresses", default=False)


@lru_cache(maxsize=2)
def _addresses(network: bool) -> pa.Array:
    """Every address of the documentation ranges, or every network of 8 to 64 addresses in them."""
    if not network:
        return pa.array([f"{prefix}{host}" for prefix in _DOCUMENTATION for host in range(1, _HOSTS + 1)])
    sizes = ((26, 64), (27, 32), (28, 16), (29, 8))
    return pa.array(
        [
            f"{prefix}{first}/{bits}"
            for prefix in _DOCUMENTATION
            for bits, size in sizes
            for first in range(0, 256, size)
        ]
    )


@generator("inet", output=TEXTS, parameters=Inet, promise=Promise.NEVER_ISSUED, examples=({}, {"network": True}))
def inet(rows: Rows, parameters: Inet) -> pa.Array:
    """Addresses, or networks, of the three IPv4 ranges that are kept for documentation."""
    return drawn(rows, _addresses(parameters.network), "")


_INET_CAPACITY = 1 << 62


@generator("unique_inet", output=TEXTS, promise=Promise.NEVER_ISSUED, capacity=lambda _: _INET_CAPACITY)
def unique_inet(rows: Rows, _: Any) -> pa.Array:
    """IPv6 addresses of the range that is kept for documentation, each at most once."""
    index = rows.unique_index(_INET_CAPACITY)
    digits = hexadecimal(index.astype(">u8").view(np.uint8).reshape(-1, 8))
    groups: list[Any] = [literal_bytes("2001:db8::", rows.count)]
    for place in range(_GROUPS):
        if place:
            groups.append(literal_bytes(":", rows.count))
        groups.append(digits[:, place * 4 : place * 4 + 4])
    return fixed_width_strings(*groups)


@generator("mac_address", output=TEXTS, promise=Promise.NEVER_ISSUED)
def mac_address(rows: Rows, _: Any) -> pa.Array:
    """Hardware addresses such as 02-4f-9c-00-1a-7e, which are locally administered and so no device is made with."""
    digits = hexadecimal(rows.bits().view(np.uint8).reshape(-1, 8))
    groups: list[Any] = [literal_bytes("02", rows.count)]
    for place in range(5):
        groups += [literal_bytes("-", rows.count), digits[:, place * 2 : place * 2 + 2]]
    return fixed_width_strings(*groups)


@generator("host_name", output=TEXTS, promise=Promise.NEVER_ISSUED)
def host_name(rows: Rows, _: Any) -> pa.Array:
    """Names of hosts under example.org."""
    return joined(adjective(rows), "-", noun(rows), number_text(rows, 1, 99), ".example.org")


@generator("url", output=TEXTS, promise=Promise.NEVER_ISSUED)
def url(rows: Rows, _: Any) -> pa.Array:
    """Addresses of pages at example.org, such as https://www.example.org/annual-review/412."""
    return joined("https://www.example.org/", adjective(rows), "-", noun(rows), "/", number_text(rows, 1, 9999))


# --------------------------------------------------------------------------------------------- tokens and versions


@dataclass(frozen=True, slots=True)
class Token:
    length: int = parameter("integer", "hexadecimal digits", default=32, minimum=1, maximum=4096)


def random_bytes(rows: Rows, size: int, salt: str = "") -> NDArray[np.uint8]:
    """Random bytes, shape (rows, size), from as many words a row as they need."""
    words: list[U64] = [rows.bits(f"{salt}{place}" if place else salt) for place in range(-(-size // 8))]
    return np.stack(words, axis=1).view(np.uint8).reshape(rows.count, 8 * len(words))[:, :size]


@generator("token", output=TEXTS, parameters=Token, default="length", examples=({}, {"length": 7}))
def token(rows: Rows, parameters: Token) -> pa.Array:
    """Lower-case hexadecimal digits, as in a hash or a secret that opens nothing."""
    digits = hexadecimal(random_bytes(rows, (parameters.length + 1) // 2))
    return fixed_width_strings(np.ascontiguousarray(digits[:, : parameters.length]))


@generator("semver", output=TEXTS)
def semver(rows: Rows, _: Any) -> pa.Array:
    """Versions of three numbers, such as 2.14.3."""
    numbers = (number_text(rows, 0, most, salt) for salt, most in (("major", 9), ("minor", 30), ("patch", 20)))
    return joined(*numbers, separator=".")


@generator("colour", output=TEXTS)
def colour(rows: Rows, _: Any) -> pa.Array:
    """Colours in hexadecimal, such as #3f9c1a."""
    return fixed_width_strings(literal_bytes("#", rows.count), hexadecimal(random_bytes(rows, 3)))


_PLATFORMS = (
    "Windows NT 10.0; Win64; x64",
    "X11; Linux x86_64",
    "Macintosh; Intel Mac OS X 14.5",
    "Android 14; Mobile",
)


@lru_cache(maxsize=1)
def _platforms() -> pa.Array:
    return pa.array(_PLATFORMS)


@generator("user_agent", output=TEXTS)
def user_agent(rows: Rows, _: Any) -> pa.Array:
    """What browsers call themselves; the version is the same in both its places."""
    version = number_text(rows, 100, 139)
    platform = drawn(rows, _platforms(), "platform")
    return joined("Mozilla/5.0 (", platform, "; rv:", version, ".0) Gecko/20100101 Firefox/", version, ".0")
