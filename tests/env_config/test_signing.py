"""Keys and what they sign, from the command line to a process that believes it."""

from __future__ import annotations

import argparse
import json
import stat
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

pytest.importorskip("cryptography")

from env_config.attestation import gather
from env_config.authoring.signing import lifetime, new_key, sign_token, signer, thumbprint
from env_config.cli import attest, grant, key
from env_config.errors import BookRefused, GrantRefused, UsageRefused
from env_config.signature import decode_base64url, verify_rs256, verify_token
from env_config.trust import Trust
from tests.env_config.books import RULES


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key of sam's for everything, and the trust in it."""
    folder = tmp_path_factory.mktemp("keys")
    new_key(folder / "sam.pem", trust=folder / "trust.json", purposes=("book", "stamp", "grant"), owner="sam")
    return folder


def run(command: object, words: Sequence[str | Path]) -> int:
    """Run one command as ``env-config`` does, refusals included."""
    parser = argparse.ArgumentParser()
    if getattr(command, "USES_BOOK", True):
        parser.add_argument("--book")
        parser.add_argument("--trust")
    command.configure(parser)  # type: ignore[attr-defined]
    return int(command.run(parser.parse_args([str(word) for word in words])))  # type: ignore[attr-defined]


def test_what_a_new_key_signs_is_believed(keys: Path) -> None:
    """The key signs, the file of trusted keys believes it, and the library's own arithmetic agrees."""
    kid, made = signer(keys / "sam.pem")(b"book")
    trusted = Trust.load(keys / "trust.json").entry(kid, "book")
    assert trusted is not None
    assert (trusted.owner, trusted.key.n.bit_length()) == ("sam", 3072)
    assert verify_rs256(b"book", made, trusted.key)
    assert not verify_rs256(b"cook", made, trusted.key)


def test_a_name_is_the_keys_thumbprint() -> None:
    """The key's name is that of RFC 7638, checked with the RFC's own example (section 3.1)."""
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs"
        "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n"
        "91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    modulus = int.from_bytes(decode_base64url(n), "big")
    assert thumbprint(modulus, 65_537) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_only_its_owner_reads_a_key(keys: Path) -> None:
    """The private key is its owner's; the public half may be read by all."""
    assert stat.S_IMODE((keys / "sam.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE((keys / "trust.json").stat().st_mode) == 0o644
    assert "PRIVATE" not in (keys / "trust.json").read_text()


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    """A second key of the same name is refused; the first, and the trust in it, stay."""
    first = new_key(tmp_path / "a.pem", trust=tmp_path / "trust.json", purposes=("book",))
    before = (tmp_path / "trust.json").read_text()
    with pytest.raises(UsageRefused):
        new_key(tmp_path / "a.pem", trust=tmp_path / "trust.json", purposes=("book",))
    assert (tmp_path / "trust.json").read_text() == before
    assert signer(tmp_path / "a.pem")(b"")[0] == first
    second = new_key(tmp_path / "b.pem", trust=tmp_path / "trust.json", purposes=("stamp",))
    trust = Trust.load(tmp_path / "trust.json")
    assert trust.key(first, "book")
    assert trust.key(second, "stamp")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pem", "b.pem", "trust.json"]


def test_a_broken_file_of_trusted_keys_is_not_mended(tmp_path: Path) -> None:
    """Nothing is added to a file that is not understood, and no key is left behind."""
    (tmp_path / "trust.json").write_text('{"keys": [{}]}')
    with pytest.raises(BookRefused):
        new_key(tmp_path / "a.pem", trust=tmp_path / "trust.json", purposes=("book",))
    assert not (tmp_path / "a.pem").exists()


@pytest.mark.parametrize("purposes", [(), ("github-oidc",), ("everything",), ("book", "x")])
def test_a_key_is_for_what_it_may_be_for(tmp_path: Path, purposes: tuple[str, ...]) -> None:
    """A key of ours signs books, stamps and grants, and plays no provider."""
    with pytest.raises(UsageRefused):
        new_key(tmp_path / "a.pem", trust=tmp_path / "trust.json", purposes=purposes)


def test_other_keys_are_refused(tmp_path: Path) -> None:
    """Elliptic, short, encrypted, public, missing and broken keys do not sign."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    form, plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8), serialization.NoEncryption()
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    locked = serialization.BestAvailableEncryption(b"x")
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    contents = {
        "elliptic": ec.generate_private_key(ec.SECP256R1()).private_bytes(*form, plain),
        "short": rsa.generate_private_key(public_exponent=65_537, key_size=1024).private_bytes(*form, plain),
        "encrypted": private.private_bytes(*form, locked),
        "public": private.public_key().public_bytes(serialization.Encoding.PEM, public),
        "broken": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    for name in (*contents, "missing"):
        with pytest.raises(UsageRefused):
            signer(tmp_path / name)


def test_without_the_extra_the_refusal_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing needs a package that resolving does not; its absence is told, not a traceback."""
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.rsa", None)
    with pytest.raises(UsageRefused) as caught:
        new_key(tmp_path / "a.pem", trust=tmp_path / "trust.json", purposes=("book",))
    assert "understudy-env-config[compile]" in caught.value.hint


@pytest.mark.parametrize(("text", "seconds"), [("90m", 5_400), ("2h", 7_200), ("8h", 28_800), ("1d", 86_400)])
def test_time_spans_are_read(text: str, seconds: int) -> None:
    """Minutes, hours and days."""
    assert lifetime(text, longest=86_400) == seconds


@pytest.mark.parametrize("text", ["", "2", "h", "0h", "-1h", "1.5h", "2 h", "2H", "25h", "2d", "٢h", "1h\n", "999999h"])
def test_other_time_spans_are_refused(text: str) -> None:
    """Anything else, and anything too long, is a wrong call."""
    with pytest.raises(UsageRefused):
        lifetime(text, longest=86_400)


def test_a_grant_is_known_by_its_first_characters(keys: Path) -> None:
    """The header begins with the kind, so that a scanner finds a grant that was committed."""
    assert sign_token({}, keys / "sam.pem", "env-config-grant+jwt").startswith("eyJ0eXAiOiJlbnYtY29uZmlnLWdyYW50K2p3dC")


# -------------------------------------------------------------------------------------------------------------- commands


def test_key_makes_and_trusts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``env-config key`` prints the key's name, and nothing else, on stdout."""
    words = ["-o", tmp_path / "a.pem", "--for", "book, stamp", "--trust", tmp_path / "trust.json"]
    assert run(key, words) == 0
    shown = capsys.readouterr()
    assert Trust.load(tmp_path / "trust.json").key(shown.out.strip(), "stamp")
    assert "PRIVATE" not in shown.out + shown.err
    with pytest.raises(UsageRefused, match="trusted keys"):
        run(key, words[:4])


STAMP = ["--environment", "Staging", "--identity", "ci-deployer", "--commit", "C0FFEE0"]


def test_attest_signs_what_a_process_believes(keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A stamp that ``env-config attest`` wrote attests environment and identity where it is pointed to."""
    digest = "sha256:" + "a" * 64
    words = [*STAMP, "--image-digest", digest, "--service", "api", "--for", "2h", "--key", keys / "sam.pem"]
    assert run(attest, [*words, "-o", tmp_path / "stamp.jwt"]) == 0
    assert capsys.readouterr().out == ""
    trust, now = Trust.load(keys / "trust.json"), int(time.time())
    (found,) = gather({"ENV_CONFIG_STAMP": str(tmp_path / "stamp.jwt")}, RULES, trust, now=now)
    assert (found.code, found.environment, found.identity, found.images) == ("", "staging", "ci-deployer", (digest,))
    (late,) = gather({"ENV_CONFIG_STAMP": str(tmp_path / "stamp.jwt")}, RULES, trust, now=now + 7_300)
    assert late.code == "ENV_UNATTESTED"
    assert run(attest, words) == 0
    token = capsys.readouterr().out.strip()
    claims = verify_token(token, trust, "stamp", now=now, kind="env-config-stamp+jwt")
    assert (claims["commit"], claims["service"]) == ("c0ffee0", "api")


@pytest.mark.parametrize(
    "changes",
    [
        {"--commit": "latest"},
        {"--identity": " "},
        {"--identity": "x y"},
        {"--image-digest": "api:1"},
        {"--for": "2 years"},
        {"--for": "400d"},
        {"--key": "absent.pem"},
        {"-o": "absent/stamp.jwt"},
    ],
)
def test_attest_signs_nothing_that_would_not_hold(keys: Path, tmp_path: Path, changes: dict[str, str]) -> None:
    """A stamp that a process would refuse is refused when it is made."""
    usual = {
        **dict(zip(STAMP[::2], STAMP[1::2], strict=True)),
        "--key": str(keys / "sam.pem"),
        "-o": str(tmp_path / "s"),
    }
    words = [word for pair in {**usual, **changes}.items() for word in pair]
    with pytest.raises(UsageRefused):
        run(attest, words)
    assert list(tmp_path.iterdir()) == []


GRANT = ["--service", "social-care-db", "--environment", "production", "--who", "alex", "--reason", "restore a note"]


def granting(keys: Path, *more: str | Path) -> list[str | Path]:
    return [*GRANT, "--for", "2h", "--key", keys / "sam.pem", "--trust", keys / "trust.json", *more]


def test_grant_signs_and_shows(keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A grant that was signed is shown with everything it permits, whether it holds, and whether it was used."""
    path = tmp_path / "grant.jwt"
    assert run(grant, granting(keys, "--ticket", "INC-7", "-o", path)) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    capsys.readouterr()
    show = ["--show", path, "--trust", keys / "trust.json"]
    assert run(grant, show) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("alex", "social-care-db", "production", "read-only", "INC-7", "sam"))
    Path(f"{path}.used").touch()
    assert run(grant, [*show, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["mode"], facts["holds"], facts["used"], facts["exp"] - facts["iat"]) == (
        "read-only",
        True,
        True,
        7_200,
    )


def test_grant_shows_one_that_has_expired(
    keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is still readable, said not to hold, and the exit code says so too."""
    path = tmp_path / "grant.jwt"
    run(grant, granting(keys, "--ticket", "INC-7", "--read-write", "-o", path))
    later = time.time() + 7_300
    monkeypatch.setattr(time, "time", lambda: later)
    assert run(grant, ["--show", path, "--trust", keys / "trust.json"]) == 3
    assert "OVERRIDE_EXPIRED" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ((), "OVERRIDE_UNJUSTIFIED"),
        (("--ticket", "INC-7", "--reason", "-"), "OVERRIDE_UNJUSTIFIED"),
        (("--ticket", "INC-7", "--who", "sam"), "OVERRIDE_SIGNATURE"),
    ],
)
def test_grant_signs_nothing_that_would_not_hold(keys: Path, tmp_path: Path, more: tuple[str, ...], code: str) -> None:
    """No ticket, no reason, or one's own grant: refused before it is signed."""
    with pytest.raises(GrantRefused) as caught:
        run(grant, granting(keys, *more, "-o", tmp_path / "g"))
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_grant_says_what_is_missing(keys: Path, tmp_path: Path) -> None:
    """Everything missing is told at once; nine hours and an existing file are wrong calls."""
    with pytest.raises(UsageRefused, match="--service, --environment, --who, --reason, --for, --key"):
        run(grant, [])
    with pytest.raises(UsageRefused, match="9h"):
        run(grant, granting(keys, "--ticket", "INC-7", "--for", "9h"))
    (tmp_path / "g").touch()
    with pytest.raises(UsageRefused, match="is there already"):
        run(grant, granting(keys, "--ticket", "INC-7", "-o", tmp_path / "g"))
    with pytest.raises(GrantRefused):
        run(grant, ["--show", tmp_path / "g", "--trust", keys / "trust.json"])
