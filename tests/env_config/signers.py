"""RSA keys and tokens in pure Python, so that what must be refused can be written as well as what must be believed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import gcd
from random import Random

from env_config.signature import RsaKey, encode_base64url
from env_config.trust import Trust, TrustedKey

DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


@dataclass(frozen=True, slots=True)
class Pair:
    """A private key and the name of its public half."""

    kid: str
    n: int
    e: int
    d: int

    @property
    def public(self) -> RsaKey:
        return RsaKey(self.n, self.e)

    @property
    def size(self) -> int:
        return (self.n.bit_length() + 7) // 8

    def raw(self, block: bytes) -> bytes:
        """Apply the private key to any block."""
        return pow(int.from_bytes(block, "big"), self.d, self.n).to_bytes(self.size, "big")

    def padded(self, message: bytes) -> bytes:
        tail = DIGEST_INFO + hashlib.sha256(message).digest()
        return b"\x00\x01" + b"\xff" * (self.size - len(tail) - 3) + b"\x00" + tail

    def sign(self, message: bytes) -> bytes:
        return self.raw(self.padded(message))

    def token(self, claims: Mapping[str, object] | bytes, header: Mapping[str, object] | bytes | None = None) -> str:
        """A compact JWS; bytes stand for themselves."""
        head = {"alg": "RS256", "kid": self.kid, "typ": "JWT"} if header is None else header
        message = f"{part(head)}.{part(claims)}"
        return f"{message}.{encode_base64url(self.sign(message.encode()))}"

    def trusted(self, *purposes: str, issuer: str = "", owner: str = "") -> TrustedKey:
        return TrustedKey(self.kid, self.public, purposes, issuer, owner)


def part(content: Mapping[str, object] | bytes) -> str:
    """One part of a token."""
    return encode_base64url(content if isinstance(content, bytes) else json.dumps(content).encode())


@cache
def pair(seed: int = 1, bits: int = 2048, e: int = 65_537) -> Pair:
    """The key of a seed; for tests only, since anybody can make it again."""
    random = Random(f"{seed}/{bits}")
    while True:
        p, q = _prime(random, bits // 2), _prime(random, bits // 2)
        phi = (p - 1) * (q - 1)
        if (p * q).bit_length() == bits and gcd(e, phi) == 1:
            return Pair(f"key-{seed}", p * q, e, pow(e, -1, phi))


def trust_of(*keys: TrustedKey) -> Trust:
    return Trust(keys)


_SMALL = [number for number in range(3, 2000, 2) if all(number % other for other in range(3, int(number**0.5) + 1, 2))]


def _prime(random: Random, bits: int) -> int:
    while True:
        number = random.getrandbits(bits) | (3 << (bits - 2)) | 1
        if all(number % small for small in _SMALL) and all(_witness(number, base) for base in (2, 3, 5, 7, 11)):
            return number


def _witness(number: int, base: int) -> bool:
    odd, power = number - 1, 0
    while odd % 2 == 0:
        odd, power = odd // 2, power + 1
    value = pow(base, odd, number)
    if value in (1, number - 1):
        return True
    for _ in range(power - 1):
        value = value * value % number
        if value == number - 1:
            return True
    return False
