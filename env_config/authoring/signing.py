"""Keys, and what they sign: books, stamps and grants. Needs the ``compile`` extra; verifying needs nothing."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UsageRefused
from ..signature import encode_base64url
from ..trust import Trust

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicNumbers

OWN_PURPOSES = ("book", "stamp", "grant")
"""What a key of ours may be trusted for; the keys of token providers are pinned by hand."""
BITS = 3072

_SECONDS = {"m": 60, "h": 3600, "d": 86_400}
_LIFETIME = re.compile(r"(?P<count>[1-9][0-9]{0,4})(?P<unit>[mhd])\Z")

Signer = Callable[[bytes], "tuple[str, bytes]"]
"""Takes a message, gives the key's name and the signature."""


def new_key(
    path: str | os.PathLike[str], *, trust: str | os.PathLike[str], purposes: Sequence[str], owner: str = ""
) -> str:
    """Make an RSA key of 3072 bits and trust its public half.

    Args:
        path: of the private key (PEM); it must not exist, and only its owner may read it.
        trust: the file of trusted keys; it is made, or added to.
        purposes: what the key is for: some of ``book``, ``stamp``, ``grant``.
        owner: whose key it is; this person's own grants it cannot sign.

    Returns:
        The key's name: the RFC 7638 thumbprint of its public half.

    Raises:
        UsageRefused: another purpose, a file that exists or cannot be written, or the extra is not installed.
        BookRefused: BOOK_SIGNATURE if the file of trusted keys is broken.
    """
    if not purposes or not set(purposes) <= set(OWN_PURPOSES):
        raise _usage(f"a key is for some of {', '.join(OWN_PURPOSES)}", "such as --for book,stamp")
    document = _trusted(trust)
    private = _generated()
    numbers = private.public_key().public_numbers()
    kid = thumbprint(numbers.n, numbers.e)
    entry: dict[str, object] = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid, **_jwk(numbers)}
    entry["purposes"] = list(dict.fromkeys(purposes))
    if owner:
        entry["owner"] = owner
    document["keys"].append(entry)
    text = json.dumps(document, indent=2) + "\n"
    Trust.parse(text)
    try:
        _write_new(Path(path), _pem(private))
        try:
            _replace(Path(trust), text)
        except BaseException:
            Path(path).unlink()  # a key that nobody trusts is of no use, and would stand in the way of the next attempt
            raise
    except OSError as error:
        raise unwritable(trust if _lies_beside(error.filename, trust) else path, error) from None
    return kid


def signer(path: str | os.PathLike[str]) -> Signer:
    """A function that signs with the private key of a PEM file.

    Raises:
        UsageRefused: the file is no RSA private key of 2048 bits or more without a passphrase.
    """
    private = _private(path)
    numbers = private.public_key().public_numbers()
    kid = thumbprint(numbers.n, numbers.e)

    def sign(message: bytes) -> tuple[str, bytes]:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        return kid, private.sign(message, padding.PKCS1v15(), hashes.SHA256())

    return sign


def sign_token(claims: Mapping[str, object], path: str | os.PathLike[str], kind: str) -> str:
    """A compact JWS over claims.

    Args:
        claims: what is signed.
        path: of the private key (PEM).
        kind: its ``typ``; the header begins with it, so that a scanner knows a grant by its first characters.
    """
    sign = signer(path)
    head, body = ({"typ": kind, "alg": "RS256", "kid": thumbprint_of(path)}, dict(claims))
    message = ".".join(encode_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (head, body))
    return f"{message}.{encode_base64url(sign(message.encode())[1])}"


def thumbprint(n: int, e: int) -> str:
    """The RFC 7638 thumbprint of an RSA public key."""
    import hashlib

    members = {"e": _number(e), "kty": "RSA", "n": _number(n)}
    return encode_base64url(hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest())


def thumbprint_of(path: str | os.PathLike[str]) -> str:
    """The name of the private key of a PEM file.

    Raises:
        UsageRefused: as :func:`signer`.
    """
    numbers = _private(path).public_key().public_numbers()
    return thumbprint(numbers.n, numbers.e)


def lifetime(text: str, *, longest: int) -> int:
    """Seconds from ``90m``, ``2h`` or ``30d``.

    Args:
        text: as written.
        longest: seconds that are allowed.

    Raises:
        UsageRefused: another form, or too long.
    """
    match = _LIFETIME.match(text)
    seconds = int(match["count"]) * _SECONDS[match["unit"]] if match else 0
    if not 0 < seconds <= longest:
        most = f"{longest // 86_400} days" if longest > 2 * 86_400 else f"{longest // 3600} hours"
        fitting = [one for one in ("90m", "2h", "30d") if int(one[:-1]) * _SECONDS[one[-1]] <= longest]
        raise _usage(f"{text!r} is no time span of up to {most}", f"such as {' or '.join(fitting)}")
    return seconds


def write_public(path: str | os.PathLike[str], text: str) -> None:
    """Write a signed text at once or not at all.

    Raises:
        UsageRefused: it cannot be written.
    """
    try:
        _replace(Path(path), text)
    except OSError as error:
        raise unwritable(path, error) from None


def unwritable(path: str | os.PathLike[str], error: OSError) -> UsageRefused:
    """The refusal that says why a file was not written, and what helps."""
    folder = Path(path).parent
    if isinstance(error, FileExistsError):
        return _usage(f"{path} is there already", "a key or a grant is never overwritten: name a new file")
    if not folder.is_dir():
        return _usage(f"{path} cannot be written: there is no folder {folder}", "make the folder first")
    return _usage(f"{path} cannot be written: {error.strerror}", "name a file in a folder that you may write to")


def _lies_beside(name: object, path: str | os.PathLike[str]) -> bool:
    """A file is replaced by way of another one, whose name begins with the file's own."""
    made = Path(str(name))
    return made.parent == Path(path).parent and made.name.startswith(f".{Path(path).name}.")


def _generated() -> RSAPrivateKey:
    rsa = _cryptography("asymmetric.rsa")
    found: RSAPrivateKey = rsa.generate_private_key(public_exponent=65_537, key_size=BITS)
    return found


def _private(path: str | os.PathLike[str]) -> RSAPrivateKey:
    rsa, serialization = _cryptography("asymmetric.rsa"), _cryptography("serialization")
    try:
        found = serialization.load_pem_private_key(Path(path).read_bytes(), password=None)
    except OSError as error:
        raise _usage(f"the signing key {path} cannot be read: {error.strerror}", "make one: env-config key") from None
    except (TypeError, ValueError):
        raise _usage(
            f"{path} is no private key that can be used without a passphrase", "make one: env-config key"
        ) from None
    if not isinstance(found, rsa.RSAPrivateKey) or found.key_size < 2048:
        raise _usage(f"{path} is no RSA key of 2048 bits or more", "make one: env-config key")
    key: RSAPrivateKey = found
    return key


def _cryptography(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(f"cryptography.hazmat.primitives.{name}")
    except ImportError:
        raise _usage("signing needs the package cryptography", 'pip install "understudy-env-config[compile]"') from None


def _pem(private: RSAPrivateKey) -> bytes:
    serialization = _cryptography("serialization")
    pem: bytes = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem


def _jwk(numbers: RSAPublicNumbers) -> dict[str, str]:
    return {"n": _number(numbers.n), "e": _number(numbers.e)}


def _number(value: int) -> str:
    return encode_base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _trusted(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The file of trusted keys as it is, checked; an empty one if there is none."""
    if not Path(path).exists():
        return {"keys": []}
    Trust.load(path)
    document: dict[str, Any] = json.loads(Path(path).read_bytes())
    return document


def _write_new(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _replace(path: Path, text: str) -> None:
    """Readers see the old file or the new one, never half of it."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
        # mkstemp lets only its owner read; what is signed or public may be read by all who may enter the folder.
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _usage(message: str, hint: str) -> UsageRefused:
    return UsageRefused(message, code="USAGE", rule="signing", hint=hint)
