"""RS256 and nothing else, checked with the standard library alone.

Verifying needs no secret, so it needs no constant time: what matters is that the whole padded block is built and
compared, never parsed. Signing is in ``authoring.signing``, which needs the ``compile`` extra.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import Refusal
from .verdict import refusal_class

if TYPE_CHECKING:
    from .trust import Trust, TrustedKey

MIN_BITS, MAX_BITS = 2048, 8192
MIN_EXPONENT, MAX_EXPONENT = 65_537, 2**32 - 1
MAX_TOKEN = 16_384
LEEWAY = 60
"""Seconds by which two honest clocks may differ."""

# RFC 8017, 9.2, note 1: DigestInfo of SHA-256 up to the digest itself.
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+\Z")
# A token that brings or names its own key asks to be believed on its own word.
_SELF_KEYED = frozenset({"jwk", "jku", "x5u", "x5c"})


@dataclass(frozen=True, slots=True)
class RsaKey:
    """A public key that is strong enough to be believed.

    Attributes:
        n: modulus, 2048 to 8192 bits.
        e: exponent, odd, 65537 or more.

    Raises:
        ValueError: for any other number, so that no weak key can be held.
    """

    n: int
    e: int = MIN_EXPONENT

    def __post_init__(self) -> None:
        if self.n < 0 or self.n % 2 == 0 or not MIN_BITS <= self.n.bit_length() <= MAX_BITS:
            raise ValueError(
                f"an RSA modulus must be odd and have {MIN_BITS} to {MAX_BITS} bits, not {self.n.bit_length()}"
            )
        if not MIN_EXPONENT <= self.e <= MAX_EXPONENT or self.e % 2 == 0:
            raise ValueError(f"an RSA exponent must be odd and at least {MIN_EXPONENT}")

    @property
    def size(self) -> int:
        """Bytes of the modulus, and of every signature."""
        return (self.n.bit_length() + 7) // 8

    def __repr__(self) -> str:
        return f"RsaKey({self.n.bit_length()} bits)"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a token says, once its signature has held; ``signer`` is the trusted key that signed it."""

    claims: dict[str, Any]
    signer: TrustedKey


def verify_rs256(message: bytes, signature: bytes, key: RsaKey) -> bool:
    """True if ``signature`` is the RSASSA-PKCS1-v1_5 signature with SHA-256 of ``message`` (RFC 8017, 8.2.2)."""
    import hashlib
    import hmac

    number = int.from_bytes(signature, "big")
    if len(signature) != key.size or number >= key.n:
        return False
    tail = _DIGEST_INFO + hashlib.sha256(message).digest()
    expected = b"\x00\x01" + b"\xff" * (key.size - len(tail) - 3) + b"\x00" + tail
    return hmac.compare_digest(pow(number, key.e, key.n).to_bytes(key.size, "big"), expected)


def strict_json(text: str | bytes) -> Any:
    """JSON in which no name occurs twice and every number is one.

    Raises:
        ValueError: for anything else, and for a nesting deeper than the reader can follow.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def decode_base64url(text: str) -> bytes:
    """Bytes from base64url without padding, in its one canonical spelling.

    Raises:
        ValueError: for padding, blanks, other alphabets and set bits after the end.
    """
    import base64

    if not _BASE64URL.match(text) or len(text) % 4 == 1:
        raise ValueError("not base64url")
    decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode_base64url(decoded) != text:
        raise ValueError("not canonical base64url")
    return decoded


def encode_base64url(data: bytes) -> str:
    """base64url without padding."""
    import base64

    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def verify_token(
    token: str,
    trust: Trust,
    purpose: str,
    *,
    now: int,
    audience: str | tuple[str, ...] | None = None,
    issuer: str | None = None,
    kind: str = "JWT",
    code: str = "ENV_UNATTESTED",
) -> dict[str, Any]:
    """The claims of a compact JWS that holds; see :func:`verified`."""
    return verified(token, trust, purpose, now=now, audience=audience, issuer=issuer, kind=kind, code=code).claims


def verified(
    token: str,
    trust: Trust,
    purpose: str,
    *,
    now: int,
    audience: str | tuple[str, ...] | None = None,
    issuer: str | None = None,
    kind: str = "JWT",
    code: str = "ENV_UNATTESTED",
) -> Verified:
    """A compact JWS that a trusted key signed for this purpose and that is valid now.

    Args:
        token: three base64url parts.
        trust: the pinned keys.
        purpose: what the key must be trusted for.
        now: seconds since 1970.
        audience: must be (one of) ``aud``, any of them if several are given; None: the token must have no ``aud``.
        issuer: must be ``iss``; a key that is pinned with an issuer demands that one instead.
        kind: ``typ`` of the header. Our own tokens have kinds of their own, so that a stamp is never taken for a
            grant; ``JWT`` may also be absent, as RFC 7519 has it.
        code: the refusal's code.

    Raises:
        Refusal: with ``code``; the message never holds the token.
    """
    found = authenticated(token, trust, purpose, kind=kind, code=code)
    wanted = (audience,) if isinstance(audience, str) else audience
    facts = _Facts(found.claims, now, wanted, found.signer.issuer or issuer)
    try:
        for check in CLAIM_CHECKS.values():
            check(facts)
    except ValueError as error:
        raise _no_proof(purpose, error, code) from None
    return found


def authenticated(
    token: str, trust: Trust, purpose: str, *, kind: str = "JWT", code: str = "ENV_UNATTESTED"
) -> Verified:
    """A compact JWS that a trusted key signed; its times, audience and issuer are the caller's to check.

    Raises:
        Refusal: with ``code``.
    """
    try:
        head, body, signature = _parts(token)
        signer = _signer(_object(head), trust, purpose, kind)
        if not verify_rs256(token.rpartition(".")[0].encode("ascii"), signature, signer.key):
            raise ValueError("its signature does not hold")
        return Verified(_object(body), signer)
    except ValueError as error:
        raise _no_proof(purpose, error, code) from None


def _no_proof(purpose: str, error: ValueError, code: str) -> Refusal:
    return refusal_class(code)(f"the {purpose} token is no proof: {error}", code=code, rule="signed-token")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _parts(token: str) -> tuple[bytes, bytes, bytes]:
    if len(token) > MAX_TOKEN:
        raise ValueError(f"it is longer than {MAX_TOKEN} characters")
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError("it does not have three parts")
    if not parts[2]:
        raise ValueError("it is not signed")
    head, body, signature = (decode_base64url(part) for part in parts)
    return head, body, signature


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = strict_json(raw.decode("utf-8"))
    except ValueError:  # its words may quote the token
        raise ValueError("a part of it is not JSON, or names something twice") from None
    if not isinstance(found, dict):
        raise ValueError("a part of it is not a JSON object")
    return found


def _signer(header: dict[str, Any], trust: Trust, purpose: str, kind: str) -> TrustedKey:
    if header.get("alg") != "RS256":
        raise ValueError("its algorithm is not RS256")
    if "crit" in header:
        raise ValueError("it demands an extension that is not understood")
    if not _SELF_KEYED.isdisjoint(header):
        raise ValueError("it brings its own key")
    stated = header.get("typ", "JWT")
    if not isinstance(stated, str) or stated.lower() != kind.lower():
        raise ValueError("it is a token of another kind")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise ValueError("it does not say which key signed it")
    signer = trust.entry(kid, purpose)
    if signer is None:
        raise ValueError(f"no key of that name is trusted for {purpose}")
    return signer


@dataclass(frozen=True, slots=True)
class _Facts:
    claims: dict[str, Any]
    now: int
    audience: tuple[str, ...] | None
    issuer: str | None

    def instant(self, name: str) -> int:
        value = self.claims.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"its {name} is missing or not a whole number")
        return value


def _expiry(facts: _Facts) -> None:
    """A token that has expired is no proof."""
    if facts.instant("exp") <= facts.now - LEEWAY:
        raise ValueError("it has expired")


def _issued(facts: _Facts) -> None:
    """A token is issued before now, and before it expires."""
    if facts.instant("iat") > facts.now + LEEWAY:
        raise ValueError("it was issued in the future")
    if facts.instant("exp") <= facts.instant("iat"):
        raise ValueError("it expires before it was issued")


def _not_before(facts: _Facts) -> None:
    """A token is no proof before the time from which it holds."""
    if "nbf" in facts.claims and facts.instant("nbf") > facts.now + LEEWAY:
        raise ValueError("it is not valid yet")


def _audience(facts: _Facts) -> None:
    """A token that is meant for somebody else is no proof here."""
    stated = facts.claims.get("aud", [])
    found = [stated] if isinstance(stated, str) else stated
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError("its audience is not a name")
    wanted = facts.audience
    if ("aud" in facts.claims) if wanted is None else set(found).isdisjoint(wanted):
        raise ValueError("it is meant for somebody else")


def _issuer(facts: _Facts) -> None:
    """A token of another issuer than the one that is trusted is no proof."""
    if facts.issuer and facts.claims.get("iss") != facts.issuer:
        raise ValueError("somebody else issued it")


CLAIM_CHECKS: dict[str, Callable[[_Facts], None]] = {
    "expiry": _expiry,
    "issued": _issued,
    "not-before": _not_before,
    "audience": _audience,
    "issuer": _issuer,
}
"""What the claims of every token must pass, after its signature."""
