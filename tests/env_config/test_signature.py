"""RS256: what a trusted key signed is believed, and nothing that only looks like it."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from env_config import signature
from env_config.errors import EnvironmentRefused, GrantRefused
from env_config.signature import (
    RsaKey,
    decode_base64url,
    encode_base64url,
    strict_json,
    verify_rs256,
    verify_token,
)
from env_config.trust import Trust
from tests.env_config.signers import DIGEST_INFO, Pair, pair, part, trust_of

NOW = 1_800_000_000
KEY = pair(1)
CLAIMS: dict[str, object] = {"iss": "https://ci.example", "aud": "env-config", "iat": NOW - 10, "exp": NOW + 300}
HEADER: dict[str, object] = {"alg": "RS256", "kid": KEY.kid, "typ": "JWT"}
TOKEN = KEY.token(CLAIMS)


def trust() -> Trust:
    return trust_of(KEY.trusted("github-oidc"), pair(2).trusted("stamp"))


def accepted(token: str, *, now: int = NOW, audience: str | None = "env-config", issuer: str | None = None) -> bool:
    try:
        verify_token(token, trust(), "github-oidc", now=now, audience=audience, issuer=issuer)
    except EnvironmentRefused as refusal:
        assert refusal.code == "ENV_UNATTESTED"
        assert len(token) < 40 or token not in str(refusal)
        return False
    return True


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in CLAIMS.items() if key != name}


# ------------------------------------------------------------------------------------------------------------ signature


def test_what_the_key_signed_is_believed() -> None:
    """A signature of the key over the message holds, for an empty message and for a long one."""
    for message in (b"", b"environment: staging", b"x" * 100_000):
        assert verify_rs256(message, KEY.sign(message), KEY.public)


@pytest.mark.parametrize("bits", [2048, 2056, 3072, 4096])
def test_cryptography_agrees_on_every_mutation(bits: int) -> None:
    """A peer implementation signs; we believe exactly what it believes, and none of the forgeries made from it."""
    rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    private = rsa.generate_private_key(public_exponent=65_537, key_size=bits)
    public, random, forged = private.public_key(), Random(bits), 0
    numbers = public.public_numbers()
    key = RsaKey(numbers.n, numbers.e)

    def peer(message: bytes, given_signature: bytes) -> bool:
        try:
            public.verify(given_signature, message, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True

    for round_ in range(30):
        message = random.randbytes(random.randrange(200))
        good = private.sign(message, padding.PKCS1v15(), hashes.SHA256())
        assert verify_rs256(message, good, key)
        for mutated_message, mutated in mutations(message, good, numbers.n, random):
            ours, theirs = verify_rs256(mutated_message, mutated, key), peer(mutated_message, mutated)
            assert ours == theirs == (mutated_message == message and mutated == good), f"round {round_}"
            forged += ours and (mutated_message, mutated) != (message, good)
        for scheme in (padding.PKCS1v15(), padding.PSS(padding.MGF1(hashes.SHA256()), 32)):
            other = private.sign(message, scheme, hashes.SHA512())
            assert not verify_rs256(message, other, key)
    assert forged == 0


def mutations(message: bytes, good: bytes, n: int, random: Random) -> list[tuple[bytes, bytes]]:
    """A signature with bits turned, cut, lengthened, shifted by the modulus, or under another message."""
    number, size = int.from_bytes(good, "big"), len(good)
    changed = [message + b"\x00", message[:-1] + b"\xfe" + message[-1:], b"\x00" + message]
    spoiled = [good[1:], good[:-1], good + b"\x00", b"\x00" + good, b"", bytes(size), b"\xff" * size, good[::-1]]
    spoiled.append(((number + n) % (1 << (8 * size))).to_bytes(size, "big"))
    spoiled.append(((n - number) % n).to_bytes(size, "big"))
    spoiled.extend(one.to_bytes(size, "big") for one in (1, n - 1))
    for _ in range(20):
        bit = 1 << random.randrange(8 * size)
        spoiled.append((number ^ bit).to_bytes(size, "big"))
    return [(message, good), *((message, one) for one in spoiled if one != good), *((one, good) for one in changed)]


def blocks(message: bytes) -> dict[str, bytes]:
    """Padded blocks that a careless parser takes for the right one."""
    import hashlib

    size, digest = KEY.size, hashlib.sha256(message).digest()
    tail = DIGEST_INFO + digest
    no_parameters = bytes.fromhex("302f300b06096086480165030402010420") + digest
    return {
        "bytes after the digest": b"\x00\x01" + b"\xff" * 8 + b"\x00" + tail + b"\x5a" * (size - len(tail) - 11),
        "short padding, zeros in front": (b"\x00\x01" + b"\xff" * 8 + b"\x00" + tail).rjust(size, b"\x00"),
        "padding of another byte": b"\x00\x01"
        + b"\xff" * 100
        + b"\xfe"
        + b"\xff" * (size - len(tail) - 104)
        + b"\x00"
        + tail,
        "encryption padding": b"\x00\x02" + b"\xff" * (size - len(tail) - 3) + b"\x00" + tail,
        "no parameters": b"\x00\x01" + b"\xff" * (size - len(no_parameters) - 3) + b"\x00" + no_parameters,
        "no algorithm at all": b"\x00\x01" + b"\xff" * (size - 35) + b"\x00" + digest,
        "rubbish in the parameters": b"\x00\x01"
        + b"\xff" * (size - len(tail) - 13)
        + b"\x00"
        + bytes.fromhex("303b301706096086480165030402010a0a41414141414141414141")[:10]
        + tail,
        "SHA-1 said, SHA-256 meant": b"\x00\x01"
        + b"\xff" * (size - 50)
        + b"\x00"
        + bytes.fromhex("3021300906052b0e03021a05000414")
        + digest,
    }


@pytest.mark.parametrize("name", blocks(b""))
def test_only_the_one_padding_is_believed(name: str) -> None:
    """The private key itself may sign a block that merely resembles the right one: it is refused."""
    block = blocks(b"message")[name]
    assert len(block) == KEY.size
    assert not verify_rs256(b"message", KEY.raw(block), KEY.public)


WEAK: dict[str, tuple[int, int]] = {
    "1024 bits": (pair(3, 1024).n, 65_537),
    "even modulus": ((1 << 2048) + 2, 65_537),
    "9000 bits": ((1 << 9000) + 1, 65_537),
    "exponent 3": (KEY.n, 3),
    "exponent 1": (KEY.n, 1),
    "even exponent": (KEY.n, 65_538),
    "endless exponent": (KEY.n, 1 << 40 | 1),
    "nothing": (0, 65_537),
    "negative": (-KEY.n, 65_537),
}


@pytest.mark.parametrize("name", WEAK)
def test_a_weak_key_cannot_be_held(name: str) -> None:
    """Short, even and oversized moduli, and small or even exponents, are refused where a key is made."""
    with pytest.raises(ValueError, match="RSA"):
        RsaKey(*WEAK[name])


# ---------------------------------------------------------------------------------------------------------------- token


def test_a_token_gives_its_claims() -> None:
    """A token that holds gives what was signed, and no more."""
    assert verify_token(KEY.token(CLAIMS), trust(), "github-oidc", now=NOW, audience="env-config") == CLAIMS


HEADERS: dict[str, dict[str, object] | bytes] = {
    "none": {**HEADER, "alg": "none"},
    "None": {**HEADER, "alg": "None"},
    "HS256": {**HEADER, "alg": "HS256"},
    "RS512": {**HEADER, "alg": "RS512"},
    "PS256": {**HEADER, "alg": "PS256"},
    "lower case": {**HEADER, "alg": "rs256"},
    "a list": {**HEADER, "alg": ["RS256"]},
    "no algorithm": {"kid": KEY.kid},
    "crit": {**HEADER, "crit": ["b64"], "b64": False},
    "empty crit": {**HEADER, "crit": []},
    "own key": {**HEADER, "jwk": {"kty": "RSA"}},
    "key elsewhere": {**HEADER, "jku": "https://evil.example/keys"},
    "own certificate": {**HEADER, "x5c": ["MII"]},
    "no kid": {"alg": "RS256"},
    "empty kid": {**HEADER, "kid": ""},
    "a number as kid": {**HEADER, "kid": 1},
    "unknown kid": {**HEADER, "kid": "nobody"},
    "key of another purpose": {**HEADER, "kid": pair(2).kid},
    "another kind": {**HEADER, "typ": "env-config-stamp+jwt"},
    "kind is a list": {**HEADER, "typ": ["JWT"]},
    "algorithm twice": b'{"alg":"none","alg":"RS256","kid":"key-1"}',
    "not JSON": b"alg=RS256",
    "a list instead": b'["RS256"]',
    "not UTF-8": b'{"alg":"RS256","kid":"key-1","x":"\xff"}',
}


@pytest.mark.parametrize("name", HEADERS)
def test_the_header_leaves_no_choice(name: str) -> None:
    """Whatever else a header asks for is refused, though the right key signed it."""
    assert not accepted(KEY.token(CLAIMS, HEADERS[name]))


def test_the_kind_may_be_left_out_of_a_providers_token() -> None:
    """RFC 7519 makes ``typ`` optional, and its case does not matter."""
    assert accepted(KEY.token(CLAIMS, {"alg": "RS256", "kid": KEY.kid}))
    assert accepted(KEY.token(CLAIMS, {**HEADER, "typ": "jwt"}))


def test_the_public_key_is_no_shared_secret() -> None:
    """A token signed by HMAC with the public key's own bytes is refused."""
    import hashlib
    import hmac

    message = f"{part({**HEADER, 'alg': 'HS256'})}.{part(CLAIMS)}"
    for secret in (KEY.n.to_bytes(KEY.size, "big"), encode_base64url(KEY.n.to_bytes(KEY.size, "big")).encode()):
        made = hmac.new(secret, message.encode(), hashlib.sha256).digest()
        assert not accepted(f"{message}.{encode_base64url(made)}")


FORMS: dict[str, Callable[[str], str]] = {
    "unsigned": lambda token: token.rpartition(".")[0] + ".",
    "two parts": lambda token: token.rpartition(".")[0],
    "four parts": lambda token: token + ".AA",
    "padding": lambda token: token + "==",
    "blank in front": lambda token: " " + token,
    "newline behind": lambda token: token + "\n",
    "standard alphabet": lambda token: token.replace("-", "+").replace("_", "/"),
    "last bits set": lambda token: token[:-1] + {"A": "B", "Q": "R", "g": "h", "w": "x"}[token[-1]],
    "other claims": lambda token: token.replace(token.split(".")[1], part({**CLAIMS, "sub": "x"})),
    "empty": lambda token: "",
    "dots": lambda token: "..",
    "letters beyond ASCII": lambda token: "é" + token,
    "too long": lambda token: token + "A" * 20_000,
}


@pytest.mark.parametrize("name", FORMS)
def test_a_token_has_one_form(name: str) -> None:
    """Three canonical base64url parts that the signature covers; every other form is refused."""
    token = KEY.token(CLAIMS)
    changed = FORMS[name](token)
    assert changed != token
    assert not accepted(changed)


WRONG_CLAIMS: dict[str, dict[str, object] | bytes] = {
    "expired": {**CLAIMS, "iat": NOW - 900, "exp": NOW - 60},
    "no exp": without("exp"),
    "exp as text": {**CLAIMS, "exp": str(NOW + 300)},
    "exp as a fraction": {**CLAIMS, "exp": NOW + 300.5},
    "exp true": {**CLAIMS, "exp": True},
    "exp infinite": json.dumps({**CLAIMS, "exp": 0}).replace('"exp": 0', '"exp": Infinity').encode(),
    "exp twice": json.dumps(CLAIMS).replace('"exp"', '"exp": 1, "exp"').encode(),
    "no iat": without("iat"),
    "from the future": {**CLAIMS, "iat": NOW + 61},
    "ends before it begins": {**CLAIMS, "iat": NOW + 30, "exp": NOW + 30},
    "not yet": {**CLAIMS, "nbf": NOW + 61},
    "nbf as text": {**CLAIMS, "nbf": "0"},
    "other audience": {**CLAIMS, "aud": "sts.amazonaws.com"},
    "no audience": without("aud"),
    "audience is part of a word": {**CLAIMS, "aud": "env-config-other"},
    "audience is an object": {**CLAIMS, "aud": {"env-config": 1}},
    "audience holds a number": {**CLAIMS, "aud": ["env-config", 1]},
    "a list instead": b"[]",
}


@pytest.mark.parametrize("name", WRONG_CLAIMS)
def test_claims_that_do_not_hold_are_refused(name: str) -> None:
    """Expiry, issue, beginning and audience are checked, and their types before them."""
    assert not accepted(KEY.token(WRONG_CLAIMS[name]))


def test_clocks_may_differ_by_a_minute() -> None:
    """Up to 60 seconds of difference between two clocks are nobody's fault; more is."""
    token = KEY.token({**CLAIMS, "nbf": NOW - 10})
    assert accepted(token, now=NOW + 300 + 59)
    assert not accepted(token, now=NOW + 300 + 60)
    assert accepted(token, now=NOW - 70)
    assert not accepted(token, now=NOW - 71)


def test_one_audience_of_several_is_enough() -> None:
    """RFC 7519 lets ``aud`` be a list."""
    assert accepted(KEY.token({**CLAIMS, "aud": ["other", "env-config"]}))


def test_a_token_for_somebody_is_not_for_everybody() -> None:
    """Where no audience is expected, a token that names one is meant for somebody else."""
    assert not accepted(KEY.token(CLAIMS), audience=None)
    assert accepted(KEY.token(without("aud")), audience=None)


def test_the_issuer_is_checked() -> None:
    """The issuer that the caller demands must have issued it."""
    assert accepted(KEY.token(CLAIMS), issuer="https://ci.example")
    assert not accepted(KEY.token(CLAIMS), issuer="https://ci.example/")
    assert not accepted(KEY.token(without("iss")), issuer="https://ci.example")


def test_a_pinned_issuer_stands_above_the_callers() -> None:
    """A key that is pinned with an issuer signs for that issuer only."""
    pinned = trust_of(KEY.trusted("github-oidc", issuer="https://other.example"))
    with pytest.raises(EnvironmentRefused, match="somebody else issued it"):
        verify_token(
            KEY.token(CLAIMS), pinned, "github-oidc", now=NOW, audience="env-config", issuer="https://ci.example"
        )


def test_the_caller_chooses_the_code() -> None:
    """A grant's broken signature is refused as a grant's."""
    with pytest.raises(GrantRefused) as caught:
        verify_token("x.y.z", trust(), "grant", now=NOW, code="OVERRIDE_SIGNATURE")
    assert caught.value.code == "OVERRIDE_SIGNATURE"


@pytest.mark.parametrize("name", signature.CLAIM_CHECKS)
def test_every_claim_check_is_needed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any one of the checks, something that must be refused is believed."""
    checks = {key: check for key, check in signature.CLAIM_CHECKS.items() if key != name}
    monkeypatch.setattr(signature, "CLAIM_CHECKS", checks)
    wrong = [KEY.token(claims) for claims in WRONG_CLAIMS.values()] + [KEY.token({**CLAIMS, "iss": "other"})]
    assert any(accepted(token, issuer="https://ci.example") for token in wrong)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_single_change_is_believed(data: st.DataObject) -> None:
    """Whatever character of a token is changed, dropped or doubled, the token is refused."""
    token = TOKEN
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCXYZabcxyz0189-_.=+/ \n"))
    changed = data.draw(
        st.sampled_from(
            [token[:at] + letter + token[at + 1 :], token[:at] + token[at + 1 :], token[:at] + letter + token[at:]]
        )
    )
    assert changed == token or not accepted(changed)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_ends_in_a_refusal(text: str) -> None:
    """Whatever stands in a token's place is refused; nothing else is ever raised."""
    assert not accepted(text)


# ------------------------------------------------------------------------------------------------------------- spelling


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=1, max_size=100))
def test_base64url_has_one_spelling(data: bytes) -> None:
    """Bytes come back from their text."""
    assert decode_base64url(encode_base64url(data)) == data


@pytest.mark.parametrize("text", ["", "A", "AA=", "AB", "A A", "AA\n", "+/", "Ａ"])
def test_other_spellings_of_bytes_are_refused(text: str) -> None:
    """Padding, blanks, other alphabets and stray bits are no base64url."""
    with pytest.raises(ValueError, match="base64url"):
        decode_base64url(text)


@pytest.mark.parametrize(
    "text", ['{"a":1,"a":2}', '{"x":{"a":1,"a":1}}', "[NaN]", "[-Infinity]", "[" * 100_000, "{", ""]
)
def test_strict_json_refuses_what_readers_differ_on(text: str) -> None:
    """Doubled names, numbers that are none and bottomless nesting are refused as ValueError."""
    with pytest.raises(ValueError):
        strict_json(text)


def test_a_key_does_not_print_its_numbers() -> None:
    """The repr of a key says how long it is."""
    assert repr(KEY.public) == "RsaKey(2048 bits)"


def test_a_shorter_or_longer_key_is_another_key() -> None:
    """A signature of one key is refused by another, of whatever size."""
    other: Pair = pair(4, 2304)
    assert not verify_rs256(b"x", KEY.sign(b"x"), other.public)
    assert not verify_rs256(b"x", other.sign(b"x"), KEY.public)
