"""Which reader a string goes to."""

from __future__ import annotations

import re
from collections.abc import Mapping

from . import disagreements
from .authorities import read_endpoint, standard_authority
from .postgres import read_pairs, read_plain, read_uri
from .refusing import ambiguous
from .systems import LOCAL, SCHEMES, WEB, system_of
from .target import Target
from .urls import authority_target, located, read_web, scheme_of

KINDS = ("host", "url", "dsn", "jdbc", "ado", "mongodb", "redis", "amqp", "aws")
_POSTGRES = frozenset(
    {"postgresql", "postgres", "redshift", "cockroachdb", "pgsql", "timescaledb", "postgis", "cockroach"}
)
_S3 = frozenset({"s3", "s3a", "s3n"})
_LIST_WITH_OPTIONS = re.compile(r"[^=;,\s]+(?:,[^=;,\s]+)*,[A-Za-z]+=[^;\s]*$")
_SPECIAL = re.compile(r"(?:https?|wss?|ftp):", re.IGNORECASE)


def read_targets(text: str, kind: str, environ: Mapping[str, str] | None) -> tuple[Target, ...]:
    """Every place the string could lead to.

    Args:
        text: the string.
        kind: one of :data:`KINDS`, or empty to tell by the string's form.
        environ: variables such as ``PGHOST`` that complete it; None leaves them out.

    Raises:
        TargetRefused: AMBIGUOUS or MULTI_HOST.
    """
    if text.startswith("postgres") and kind in ("", "dsn", "url"):
        plain = read_plain(text, environ)
        if plain is not None:
            return (plain,)
    if kind and kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, or empty")
    if not text.strip():
        return _empty(kind, environ)
    return tuple(dict.fromkeys(map(_with_resource, _read(text, kind, environ))))


def _empty(kind: str, environ: Mapping[str, str] | None) -> tuple[Target, ...]:
    """An empty connection string is one: libpq fills it from the environment."""
    if kind == "dsn":
        return tuple(read_pairs("", environ))
    raise ambiguous("an empty string", "host-form")


def _read(text: str, kind: str, environ: Mapping[str, str] | None) -> list[Target]:
    if kind == "host":
        return _hosts(text, None, "")
    if kind == "jdbc" or text[:5].lower() == "jdbc:" or text.lower().startswith("jdbc-secretsmanager:"):
        from .jdbc import read_jdbc

        return read_jdbc(text)
    if text.startswith("arn:"):
        from .aws import read_arn

        return [Target(None, None, "aws", read_arn(text))]
    if kind == "ado":
        from .ado import read_ado

        return read_ado(text)
    if "://" in text or _SPECIAL.match(text.strip()) or re.match(r"\s*[a-z+-]*(?:unix|socket):", text):
        found = _by_scheme(text, environ)
        if found is not None:
            return found
    return _without_scheme(text, kind, environ)


def _by_scheme(text: str, environ: Mapping[str, str] | None) -> list[Target] | None:
    scheme, rest = scheme_of(text.strip())
    base = scheme.partition("+")[0]
    if not scheme:
        return None
    if base in WEB or scheme in ("http+unix",):
        return _web(text)
    if base in LOCAL:
        return []
    if base in _POSTGRES and rest.startswith("//"):
        return _postgres(text, rest, base, environ)
    if base in _S3:
        from .aws import read_s3

        return [Target(None, None, "aws", read_s3(text))]
    if not rest.startswith("//") and not base.endswith(("unix", "socket")) and base not in SCHEMES:
        return None
    from .database_urls import each_url, read_database

    return [target for piece in each_url(text) for target in read_database(piece)]


def _web(text: str) -> list[Target]:
    if "," not in text and ";" not in text and "|" not in text:
        return read_web(text)
    from .database_urls import each_url

    return [target for piece in each_url(text) for target in read_web(piece)]


def _postgres(text: str, rest: str, base: str, environ: Mapping[str, str] | None) -> list[Target]:
    disagreements.agree("url-blank", text)
    disagreements.agree("url-backslash", text)
    disagreements.agree("authority-", standard_authority(rest[2:]))
    system, port = system_of(base)
    return read_uri(text.strip(), environ, port or 5432, system)


def _with_resource(target: Target) -> Target:
    if target.host is None or target.resource is not None:
        return target
    return located(target.host, target.port, target.system)


def _without_scheme(text: str, kind: str, environ: Mapping[str, str] | None) -> list[Target]:
    if kind in ("dsn", "") and "=" in text:
        return _pairs(text, environ)
    if "://" in re.split(r"[?#]", text, maxsplit=1)[0]:
        return _refused()
    if kind == "aws":
        return _aws_host(text)
    if kind == "url" or text.startswith("//"):
        return _schemeless_url(text)
    if kind in ("mongodb", "redis", "amqp"):
        system, port = system_of(kind)
        return _hosts(text, port, system)
    return _hosts(text, None, "postgresql" if kind == "dsn" else "")


def _refused() -> list[Target]:
    raise ambiguous("something stands before the scheme", "url-scheme")


def _pairs(text: str, environ: Mapping[str, str] | None) -> list[Target]:
    from .ado import read_ado
    from .postgres import libpq_pairs

    if _LIST_WITH_OPTIONS.match(text):
        return _hosts(text, None, "")
    pairs = libpq_pairs(text)
    if pairs is None or any(";" in value for keyword, value in pairs if keyword not in ("password", "options")):
        return read_ado(text)
    return read_pairs(text, environ)


def _aws_host(text: str) -> list[Target]:
    found = _schemeless_url(text)
    if any(target.resource for target in found):
        return found
    raise ambiguous("a name without its service: use resource_of(service, name)", "aws-service")


def _schemeless_url(text: str) -> list[Target]:
    """``//host/path``, ``host:port/path``: what a client makes of it that adds the scheme itself."""
    disagreements.agree("url-", text)
    bare = text.strip()
    rest = bare[2:] if bare.startswith("//") else bare
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    disagreements.agree("authority-", authority)
    if not authority:
        return _hosts(bare, None, "")
    return [authority_target(authority.rpartition("@")[2], None, "", rest[len(authority) :])]


def _hosts(text: str, port: int | None, system: str) -> list[Target]:
    """One host, or a list with commas, semicolons or blanks; each with a port or without."""
    pieces = [piece.strip() for piece in re.split(r"[,;]", text)] if re.search(r"[,;]", text) else [text]
    if len(pieces) > 1 and text.strip() != text:
        disagreements.agree("host-blank", text)
    found = []
    for piece in pieces:
        if not piece or (len(pieces) > 1 and "=" in piece):
            continue  # an option of a Redis list, such as ssl=true
        if "://" in piece:
            found += _by_scheme(piece, None) or _refused()
            continue
        place = piece if piece[0] in "/@" or ":" not in piece else piece.partition("/")[0]
        host, number = read_endpoint(place, port)
        found.append(located(host, number, system))
    if not found:
        raise ambiguous("a list without a host", "host-form")
    return found
