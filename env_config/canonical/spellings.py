"""Hosts that are not plainly written: encoded, bracketed, numeric, in other scripts, or a path."""

from __future__ import annotations

import re

from . import disagreements
from .addresses import ipv4_readings, ipv6_readings
from .hosts import LONGEST_NAME
from .refusing import ambiguous
from .target import Host

_NAME = re.compile(r"(?!-)(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{2}")
_SURROGATE = re.compile("[\ud800-\udfff]")  # what bytes that are no UTF-8 become


def spelled(text: str, percent: bool) -> Host:
    """What :func:`~.hosts.parse_host` gives for any text."""
    if text[:1] in ("/", "@"):
        return socket_host(text)
    disagreements.agree("host-blank", text)
    text = text.strip()
    if text[:1] == "[" or ":" in text:
        return _ipv6(text)
    if "%" in text:
        return _decoded(text, percent)
    if not text.isascii():
        return _international(text)
    return _ascii(text)


def _ascii(text: str) -> Host:
    readings = ipv4_readings(text[:-1] if text[-1:] == "." else text)
    if readings:
        return Host(readings[0], readings)
    disagreements.agree("host-number", text, target=text)
    name = text[:-1].lower() if text[-1:] == "." else text.lower()
    if "xn--" in name:
        disagreements.agree("idn-lookalike", name, target=text)
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise unreadable()
    return Host(name)


def _ipv6(text: str) -> Host:
    inner = text
    if text[:1] == "[":
        if text[-1:] != "]":
            raise unreadable()
        inner = text[1:-1]
    readings = ipv6_readings(inner)
    if readings:
        return Host(readings[0], readings)
    disagreements.agree("host-bracket", text)
    if inner is text or ":" in inner:
        raise unreadable()
    return spelled(inner, False)


def _decoded(text: str, percent: bool) -> Host:
    if not percent:
        raise ambiguous("a percent sign in a host that nobody decodes", "host-percent")
    disagreements.agree("host-encoding", text)
    decoded = percent_decoded(text)
    if decoded == text:
        raise unreadable()
    return spelled(decoded, "%" in decoded)


def _international(text: str) -> Host:
    from .international import a_label, labels_of

    if _SURROGATE.search(text):
        raise unreadable()
    disagreements.agree("idn-", text)
    labels = [a_label(label) for label in labels_of(text)]
    name = ".".join(labels)
    if not name.isascii():
        raise unreadable()
    return _ascii(name)


def socket_host(path: str) -> Host:
    """A unix socket: doubled slashes and ``.`` are dropped; one that goes up is refused."""
    if path[0] == "@":
        return Host(path)
    if "\0" in path:
        raise unreadable()
    disagreements.agree("socket-", path)
    return Host("/" + "/".join(part for part in path.split("/") if part not in ("", ".")))


def percent_decoded(text: str) -> str:
    """The text with every ``%XX`` replaced once; bytes that are no UTF-8 become surrogates, which no host may hold.

    Raises:
        TargetRefused: AMBIGUOUS where a percent sign begins no pair of hexadecimal digits, or hides a NUL.
    """
    head, *rest = text.split("%")
    try:
        pieces = [head.encode("utf-8", "surrogateescape")]
        for piece in rest:
            if not _HEXADECIMAL.match(piece) or piece[:2] == "00":
                raise unreadable()
            pieces.append(bytes([int(piece[:2], 16)]) + piece[2:].encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        raise unreadable() from None
    return b"".join(pieces).decode("utf-8", "surrogateescape")


def unreadable() -> Exception:
    """The refusal of a text that can be no host."""
    return ambiguous("this is no host that every client reads alike", "host-form")
