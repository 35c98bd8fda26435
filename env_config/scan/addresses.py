"""Address-like pieces of a value: where could a client given this text be led to?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .stages import word_set

_HOLDER = r"\$\{(?:[^{}]|\{[^{}]*\}|\$\{[^{}]*\})*\}|\{\{[^{}]*\}\}|<<[^<>]*>>|\$\([^()]*\)|%\([^()]*\)s|\{[\w.:!-]*\}|\$[A-Za-z_]\w*"
PLACEHOLDER = re.compile(_HOLDER)
_BODY = rf"(?:{_HOLDER}|[^\s\"'`<>|{{}}~,;])"

_REFERENCE = re.compile(
    rf"(?<![\w-])(?P<store>ssm(?:-secure)?|aws:ssm|secretsmanager|secretsManager|parameterstore)(?:\.[\w-]+|\([^()]*\))?:(?P<path>{_BODY}+)"
)
_ARN = re.compile(rf"\barn:aws[\w-]*:[\w-]*:(?:{_BODY})+")
_URL = re.compile(r"(?:(?<![\w+.-])|(?<=:-))(?:jdbc:)?[A-Za-z][A-Za-z0-9+.-]{1,30}:(?://|\\\\)[^\s\"'`<>|]+")
_JDBC = re.compile(r"(?<![\w])jdbc:[A-Za-z][^\s\"'`<>]+")
_PAIRS = re.compile(
    r"(?i)(?:^|[;\s])(?:host|hostaddr|server|servers|data source|datasource|addr|address|network address|endpoint|bootstrap\.servers)\s*=\s*\S"
)
_HOST = re.compile(
    r"(?<![\w.@/%~$#-])(?:\*\.)?((?:[A-Za-z0-9_](?:[\w-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z][A-Za-z-]{0,22}[A-Za-z])\.?(?![\w@(\[=-])(?::(\d{1,5})(?!\d))?"
)
_IPV4 = re.compile(r"(?<![\w.:/-])((?:\d{1,3}\.){3}\d{1,3})(/\d{1,2})?(?::(\d{1,5}))?(?![\w.-])")
_IPV6 = re.compile(
    r"(?<![\w:.])\[?((?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9A-Fa-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?)\]?(?:/\d{1,3})?(?![\w:.])"
)
_ACCOUNT = re.compile(r"(?<![\w.-])\d{12}(?![\w.-])")
_PHYSICAL = re.compile(
    r"(?<![\w-])(?:vpc|sg|subnet|vpce|tgw|rtb|eni|igw|nat|eipalloc|fs|vol|db|cluster)-[0-9a-f]{8}(?:[0-9a-f]{9})?(?![\w-])"
)
_PARAMETER = re.compile(r"/(?:[\w.-]+|\{[^{}]*\}|\$\{[^}]*\})(?:/(?:[\w.-]+|\{[^{}]*\}|\$\{[^}]*\}))+/?")
_INFRASTRUCTURE = frozenset({"internal", "local", "lan", "corp", "intranet"})
_HOLDS_HOST = re.compile(r"(?i)(?:host|hostname|hostaddr|server|ip|addr|address|endpoint|node|broker)s?\d*$")
_ONE_WORD = re.compile(r"[^\s/@='\"<>(){}|;$]{1,253}")
"""Under a name that holds a host, a single word is one in whatever spelling: ``0x7f00004d``, ``127.77``."""
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_WINDOW, _OVERLAP = 8_000, 500
"""Long values, such as a recorded answer's body, are read in parts of this size."""
_TRAILING = ".,;:!?)]}*\\"

WHO_MAY_COME_IN = re.compile(
    r"(?i)ingress|cidr_?blocks|source_?range|allow|whitelist|trusted|permitted|nameserver|dns_?server|ntp"
)
"""Settings that say who may come in, rather than where to go."""
FILE_ENDINGS = word_set(
    "bak bash bat bin c cc cfg cmd conf config cpp crt cs cshtml csproj css csv dat db dll doc docx ejs env erb exe gem go gz h hcl"
    " hpp htm html ico in ini ipynb jar java jpeg jpg js json jsx key kt less lock log lua map md mdx mjs mk mod mp3 mp4 o out p12"
    " parquet pdf pem php pid pl plist png po pot ppt properties proto ps1 py pyc pyi r rake rb rs rst sass scala scss sh sln so sock"
    " sql sqlite sum svg swift tar tf tfplan tfstate tfvars tgz toml ts tsv tsx ttf txt vue war wasm whl woff woff2 xls xlsx xml"
    " xsd yaml yml zip zsh"
)
"""What ends a file's name and, in a few cases, is a top-level domain too: only the book may speak of such names."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One address-like piece.

    Attributes:
        kind: ``url``, ``text`` (a connection string), ``arn``, ``host``, ``ip``, ``account``, ``physical`` (an id that AWS
            gave to one thing), ``parameter`` (a path in a parameter or secret store) or ``bucket``.
        text: the piece; placeholders are still in it.
        at: where it begins in the value.
        sure: its form alone says that it is an address; else only the book may speak of it: ``answers.Home`` is a host to a
            pattern, and a column to a person.
    """

    kind: str
    text: str
    at: int
    sure: bool = True


def pieces(value: str, name: str = "") -> Iterator[Piece]:
    """Every address-like piece of a value.

    Args:
        value: as it stands in the file.
        name: the key it has, which tells a bucket from any other word.
    """
    for start in range(0, len(value), _WINDOW):
        for piece in _pieces(value[start : start + _WINDOW + _OVERLAP], name):
            if piece.at < _WINDOW:
                yield replace(piece, at=piece.at + start) if start else piece


def _pieces(value: str, name: str) -> Iterator[Piece]:
    if len(value) < 4:
        return
    rest = value
    for pattern, kind in ((_ARN, "arn"), (_REFERENCE, "parameter")):
        for match in pattern.finditer(rest) if ":" in rest else ():
            text = (match["path"] if kind == "parameter" else match[0]).rstrip(_closing(match[0]))
            if kind == "arn" or _is_parameter(match["store"], text):
                yield Piece("arn" if text.startswith("arn:") else kind, text, match.start())
                rest = _blank(rest, match)
    connected = _is_connection(rest)
    if connected:
        yield Piece("text", rest, 0)
    yield from _urls(rest)
    for pattern in (_URL, _JDBC):
        for match in pattern.finditer(rest) if ":" in rest else ():
            rest = _blank(rest, match)
    if not connected:
        yield from _hosts(
            PLACEHOLDER.sub(lambda match: "x" * len(match[0]), rest) if "$" in rest or "{" in rest else rest
        )
    if _HOLDS_HOST.search(name) and _ONE_WORD.fullmatch(rest):
        yield from (Piece("host", part, rest.index(part), sure=False) for part in rest.split(",") if part)
    yield from _identifiers(rest, name)


def _closing(text: str) -> str:
    return _TRAILING.replace("}", "") if "{" in text else _TRAILING


def _blank(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]


def _is_parameter(store: str, text: str) -> bool:
    return text.startswith(("/", "arn:")) or ("/" in text and "ssm" not in store)


def _is_connection(value: str) -> bool:
    return "=" in value and len(value) < 2_000 and _PAIRS.search(value) is not None and "<" not in value


def _urls(value: str) -> Iterator[Piece]:
    if "://" not in value and ":\\\\" not in value and "jdbc:" not in value:
        return
    for pattern in (_URL, _JDBC):
        for match in pattern.finditer(value):
            text = match[0].rstrip(_closing(match[0]))
            if not text.startswith(("jdbc:",)) and "${" not in text:
                text = text.partition("}")[0]
            yield Piece("text" if text.startswith("jdbc:") else "url", text, match.start())


def _hosts(value: str) -> Iterator[Piece]:
    if "." in value:
        for match in _HOST.finditer(value):
            ending = match[1].rpartition(".")[2].lower()
            alone = (
                len(match[0]) == len(value.strip())
                or ending in _INFRASTRUCTURE
                or match[1].lower().endswith(".amazonaws.com")
            )
            yield Piece("host", match[0].lstrip("*."), match.start(), sure=alone and ending not in FILE_ENDINGS)
        for match in _IPV4.finditer(value):
            yield Piece("ip", match[0], match.start())
    if value.count(":") > 1:
        for match in _IPV6.finditer(value):
            if len(match[1]) > 4:
                yield Piece("ip", match[1], match.start())


def _identifiers(value: str, name: str) -> Iterator[Piece]:
    for match in _ACCOUNT.finditer(value):
        yield Piece("account", match[0], match.start())
    if "-" in value:
        for match in _PHYSICAL.finditer(value):
            yield Piece("physical", match[0], match.start())
    if value[0] == "/" and _PARAMETER.fullmatch(value):
        yield Piece("parameter", value, 0, sure=False)
    if "bucket" in name.lower() and "/" not in value:
        plain = PLACEHOLDER.sub("x", value)
        if _BUCKET_NAME.fullmatch(plain) and "." not in plain:
            yield Piece("bucket", value, 0)
