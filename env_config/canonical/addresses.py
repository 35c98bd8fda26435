"""Every spelling of an IP address that the system's resolver accepts, and the IPv4 addresses that IPv6 ones carry.

IPv4 follows ``inet_aton(3)``: one to four numbers, decimal, octal (``0177``) or hexadecimal (``0x7f``), of which the last
fills all bytes that are left. IPv6 follows ``inet_pton(3)``, after brackets and zone are taken off.

Embedded IPv4: RFC 4291 (mapped, compatible), RFC 2765 (translated), RFC 6052 and RFC 8215 (NAT64), RFC 3056 (6to4), RFC 4380
(Teredo), RFC 5214 (ISATAP).
"""

from __future__ import annotations

import re
from _socket import AF_INET6, inet_ntop, inet_pton

_NUMBERS = re.compile(r"(?:0[xX][0-9a-fA-F]+|[0-9]+)(?:\.(?:0[xX][0-9a-fA-F]+|[0-9]+)){0,3}")
_LOOPBACK = bytes(15) + b"\1"
_IN_LAST_FOUR = frozenset(
    {
        bytes(12),  # compatible
        bytes(10) + b"\xff\xff",  # mapped
        bytes(8) + b"\xff\xff\0\0",  # translated
        b"\0\x64\xff\x9b" + bytes(8),  # NAT64
    }
)
_LONGEST = 64  # more digits than any accepted number needs; keeps conversions cheap


def ipv4_readings(text: str) -> tuple[str, ...]:
    """The dotted forms that clients read the text as: the system's first, then that of clients that see no octal.

    Empty if the system's resolver takes the text for no address.
    """
    if len(text) > _LONGEST or _NUMBERS.fullmatch(text) is None:
        return ()
    parts = text.split(".")
    system = _assembled([_number(part, octal=True) for part in parts])
    if system is None:
        return ()
    readings = [system]
    if any(len(part) > 1 and part[0] == "0" for part in parts):
        decimal = _assembled([_number(part, octal=False) for part in parts])
        if decimal is not None and decimal != system:
            readings.append(decimal)
    if system.startswith("0.0.0.0"):
        readings.append("127.0.0.1")  # connecting to the unspecified address reaches this machine
    return tuple(readings)


def _number(part: str, *, octal: bool) -> int | None:
    if part[:2] in ("0x", "0X"):
        return int(part, 16)
    if octal and len(part) > 1 and part[0] == "0":
        return None if "8" in part or "9" in part else int(part, 8)
    return int(part)


def _assembled(numbers: list[int | None]) -> str | None:
    total = 0
    last = len(numbers) - 1
    for index, number in enumerate(numbers):
        room = 8 * (4 - last) if index == last else 8
        if number is None or number >> room:
            return None
        total = total << room | number
    return f"{total >> 24}.{total >> 16 & 255}.{total >> 8 & 255}.{total & 255}"


def ipv6_readings(text: str) -> tuple[str, ...]:
    """The compressed text of an IPv6 address without brackets, then each IPv4 address it carries; empty if it is none."""
    bare, percent, zone = text.partition("%")
    if percent and not _plain_zone(zone):
        return ()
    try:
        packed = inet_pton(AF_INET6, bare)
    except (OSError, ValueError):
        return ()
    return tuple(dict.fromkeys((inet_ntop(AF_INET6, packed), *_carried(packed))))


def _plain_zone(zone: str) -> bool:
    return zone != "" and re.fullmatch(r"[0-9A-Za-z_.~-]+", zone) is not None


def _dotted(four: bytes) -> str:
    return ".".join(map(str, four))


def _carried(packed: bytes) -> list[str]:
    found: list[bytes] = []
    if packed == bytes(16):
        return ["::1", "127.0.0.1"]  # as for 0.0.0.0
    if packed[:12] in _IN_LAST_FOUR and packed != _LOOPBACK:
        found.append(packed[12:])
    elif packed[:6] == b"\0\x64\xff\x9b\0\1":
        found += _translated(packed)
    elif packed[:2] == b"\x20\x02":
        found.append(packed[2:6])
    elif packed[:4] == b"\x20\1\0\0":
        found += [packed[4:8], bytes(byte ^ 255 for byte in packed[12:])]
    if packed[8:12] in (b"\0\0\x5e\xfe", b"\2\0\x5e\xfe"):
        found.append(packed[12:])
    return [_dotted(four) for four in found]


def _translated(packed: bytes) -> list[bytes]:
    """A local NAT64 prefix may be 48, 56, 64 or 96 bits long; the address alone does not say which (RFC 6052, 2.2)."""
    layouts = ((6, 7, 9, 10), (7, 9, 10, 11), (9, 10, 11, 12), (12, 13, 14, 15))
    readings = (bytes(packed[index] for index in layout) for layout in layouts)
    return [reading for reading in readings if reading[0]]
