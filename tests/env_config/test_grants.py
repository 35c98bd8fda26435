"""Break-glass grants: signed by another person, reasoned, short, for one use by one process, and logged before it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from env_config import audit_log, grants
from env_config.errors import GrantRefused
from env_config.grants import (
    KIND,
    MAX_LIFETIME,
    Grant,
    Use,
    check_grant,
    judge_grant,
    read_grant,
    read_grant_file,
    use_grant,
)
from tests.env_config.signers import encode_base64url, pair, trust_of

NOW = 1_800_000_000
CI, STRANGER, STAMPER = pair(13), pair(14), pair(12)
TRUST = trust_of(CI.trusted("grant", "stamp", owner="sam"), STAMPER.trusted("stamp"))
GRANT = Grant(
    who="alex",
    service="social-care-db",
    environment="production",
    reason="restore a deleted case note",
    ticket="INC-77",
    issued_at=NOW - 600,
    expires_at=NOW + 3_600,
    token_id="7f",
    signer=CI.kid,
    signed_by="sam",
)
USE = Use("social-care-db", "production")


def token(key: Any = CI, kind: str = KIND, **changes: object) -> str:
    claims = {name: value for name, value in {**GRANT.claims(), **changes}.items() if value is not None}
    return str(key.token(claims, {"typ": kind, "alg": "RS256", "kid": key.kid}))


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "grant.jwt"
    path.write_text(token() + "\n")
    yield path
    grants._TAKEN.clear()


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    lines: list[tuple[str, dict[str, Any]]] = []

    def record(event: str, facts: dict[str, Any]) -> bool:
        lines.append((event, facts))
        return True

    monkeypatch.setattr(audit_log, "record", record)
    return lines


REFUSED: dict[str, tuple[Grant, Use, str]] = {
    "expired": (replace(GRANT, expires_at=NOW), USE, "OVERRIDE_EXPIRED"),
    "not yet": (replace(GRANT, issued_at=NOW + 61), USE, "OVERRIDE_EXPIRED"),
    "nine hours": (replace(GRANT, expires_at=GRANT.issued_at + MAX_LIFETIME + 1), USE, "OVERRIDE_EXPIRED"),
    "ends before it begins": (replace(GRANT, issued_at=NOW + 30, expires_at=NOW + 20), USE, "OVERRIDE_EXPIRED"),
    "no reason": (replace(GRANT, reason=""), USE, "OVERRIDE_UNJUSTIFIED"),
    "a dash as reason": (replace(GRANT, reason=" - "), USE, "OVERRIDE_UNJUSTIFIED"),
    "no ticket": (replace(GRANT, ticket=" "), USE, "OVERRIDE_UNJUSTIFIED"),
    "another service": (GRANT, replace(USE, service="person-api"), "OVERRIDE_SCOPE"),
    "another environment": (GRANT, replace(USE, environment="pre-production"), "OVERRIDE_SCOPE"),
    "writing": (GRANT, replace(USE, mode="read-write"), "OVERRIDE_SCOPE"),
    "nobody signed": (replace(GRANT, signer=""), USE, "OVERRIDE_SIGNATURE"),
    "self-signed": (replace(GRANT, who="Sam"), USE, "OVERRIDE_SIGNATURE"),
    "self-signed, spelt otherwise": (replace(GRANT, who="\uff33 am"), USE, "OVERRIDE_SIGNATURE"),
    "by a key that is nobody's": (replace(GRANT, signed_by=" "), USE, "OVERRIDE_SIGNATURE"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_grant_that_does_not_hold_is_refused(name: str) -> None:
    """Signer, time, justification and scope each have their code, and name the rule that said so."""
    grant, use, code = REFUSED[name]
    with pytest.raises(GrantRefused) as caught:
        check_grant(grant, use.service, use.environment, use.mode, now=NOW)
    assert caught.value.code == code
    assert caught.value.rule in grants.RULES


@pytest.mark.parametrize("name", grants.RULES)
def test_every_rule_is_needed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any one of the rules, a grant that does not hold is taken."""
    monkeypatch.delitem(grants.RULES, name)
    assert any(judge_grant(grant, use, NOW).code != code for grant, use, code in REFUSED.values())


@pytest.mark.parametrize(
    ("grant", "mode"),
    [
        (GRANT, "read-only"),
        (replace(GRANT, mode="read-write"), "read-write"),
        (replace(GRANT, mode="read-write"), "read-only"),
        (replace(GRANT, ticket="", reason="see INC-1"), "read-only"),
        (replace(GRANT, ticket="", reason="INC-1"), "read-only"),
        (replace(GRANT, ticket="", reason="mend #42"), "read-only"),
        (replace(GRANT, ticket="", reason="https://tickets.example/1"), "read-only"),
        (replace(GRANT, environment="Production"), "read-only"),
        (replace(GRANT, issued_at=NOW + 60), "read-only"),
        (replace(GRANT, expires_at=GRANT.issued_at + MAX_LIFETIME), "read-only"),
    ],
)
def test_a_grant_that_holds_is_taken(grant: Grant, mode: str) -> None:
    """Writing covers reading, a reason may name its ticket, and clocks may differ by a minute."""
    check_grant(grant, USE.service, USE.environment, mode, now=NOW)


def test_a_token_gives_the_grant() -> None:
    """What was signed, by which key, and whose key that is; reading only, unless it says otherwise."""
    assert read_grant(token(), TRUST) == GRANT
    assert read_grant(token(mode=None), TRUST).mode == "read-only"


def test_a_key_without_an_owner_grants_nothing() -> None:
    """Where the file of trusted keys does not say whose key it is, it may be that of the person who uses the grant."""
    grant = read_grant(token(), trust_of(CI.trusted("grant")))
    assert judge_grant(grant, USE, NOW).refusal().rule == "second-person"  # type: ignore[union-attr]


TOKENS: dict[str, tuple[str, str]] = {
    "unsigned": (token().rpartition(".")[0] + ".", "OVERRIDE_SIGNATURE"),
    "claims alone": (encode_base64url(json.dumps(GRANT.claims()).encode()), "OVERRIDE_SIGNATURE"),
    "empty": ("", "OVERRIDE_SIGNATURE"),
    "a stranger's": (token(STRANGER), "OVERRIDE_SIGNATURE"),
    "a key for stamps": (token(STAMPER), "OVERRIDE_SIGNATURE"),
    "a stamp": (token(kind="env-config-stamp+jwt"), "OVERRIDE_SIGNATURE"),
    "a plain token": (token(kind="JWT"), "OVERRIDE_SIGNATURE"),
    "for nobody": (token(who=None), "OVERRIDE_SCOPE"),
    "for no service": (token(service=" "), "OVERRIDE_SCOPE"),
    "for every service": (token(service=["a", "b"]), "OVERRIDE_SCOPE"),
    "for no environment": (token(environment=None), "OVERRIDE_SCOPE"),
    "unknown mode": (token(mode="admin"), "OVERRIDE_SCOPE"),
    "unknown claim": (token(also="everything"), "OVERRIDE_SCOPE"),
    "without a name of its own": (token(jti=None), "OVERRIDE_SCOPE"),
    "reason of two lines": (token(reason="a\nb"), "OVERRIDE_SCOPE"),
    "endless": (token(exp=None), "OVERRIDE_EXPIRED"),
    "end in words": (token(exp="tomorrow"), "OVERRIDE_EXPIRED"),
    "end as a truth": (token(exp=True), "OVERRIDE_EXPIRED"),
}


@pytest.mark.parametrize("name", TOKENS)
def test_what_is_no_signed_grant_is_refused(name: str) -> None:
    """Only a trusted key's grant with exactly the claims of one is read."""
    text, code = TOKENS[name]
    with pytest.raises(GrantRefused) as caught:
        read_grant(text, TRUST)
    assert caught.value.code == code


def test_a_use_is_logged_and_said(file: Path, logged: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Before the grant is given out it stands in the audit log, and on stderr."""
    assert use_grant(file, TRUST, "social-care-db", "production", now=NOW) == GRANT
    ((event, facts),) = logged
    assert (event, facts["who"], facts["ticket"], facts["use"]) == ("grant-used", "alex", "INC-77", "read-only")
    said = capsys.readouterr().err
    assert all(word in said for word in ("read-only", "social-care-db", "production", "alex", "INC-77"))


def test_what_cannot_be_logged_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A grant whose use nobody could see later is not given out, and is not used up."""
    monkeypatch.setattr(audit_log, "record", lambda event, facts: False)
    with pytest.raises(GrantRefused, match="audit log"):
        use_grant(file, TRUST, "social-care-db", "production", now=NOW)
    assert list(file.parent.iterdir()) == [file]


def test_a_refused_use_does_not_use_the_grant_up(file: Path, logged: list[Any]) -> None:
    """A wrong use leaves no note, and the right one follows."""
    with pytest.raises(GrantRefused):
        use_grant(file, TRUST, "person-api", "production", now=NOW)
    assert logged == []
    use_grant(file, TRUST, "social-care-db", "production", now=NOW)


def test_one_process_uses_it_again(file: Path, logged: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    """The process that has the grant may use it until it ends, and is told of it once; then it may not."""
    for _ in range(3):
        use_grant(file, TRUST, "social-care-db", "production", now=NOW)
    assert len(logged) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    with pytest.raises(GrantRefused) as caught:
        use_grant(file, TRUST, "social-care-db", "production", now=GRANT.expires_at)
    assert caught.value.code == "OVERRIDE_EXPIRED"


PROCESS = """
import sys
from env_config.errors import Refusal
from env_config.grants import use_grant
from tests.env_config.test_grants import NOW, TRUST
try:
    use_grant(sys.argv[1], TRUST, "social-care-db", "production", now=NOW)
    print("used")
except Refusal as refusal:
    print(refusal.code, refusal.rule)
"""


def second(path: Path) -> str:
    """What another process hears."""
    root = Path(__file__).resolve().parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", PROCESS, str(path)], cwd=root, capture_output=True, text=True, check=True, timeout=60
    )
    return ran.stdout.strip()


def test_a_second_process_is_refused(file: Path, logged: list[Any]) -> None:
    """One process has the grant, while it runs and after it has ended."""
    assert second(file) == "used"
    assert second(file) == "OVERRIDE_SCOPE single-process"
    with pytest.raises(GrantRefused) as caught:
        use_grant(file, TRUST, "social-care-db", "production", now=NOW)
    assert (caught.value.code, caught.value.rule) == ("OVERRIDE_SCOPE", "single-process")
    assert logged == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
def test_a_forked_child_is_another_process(file: Path, logged: list[Any]) -> None:
    """A child inherits the memory, not the grant."""
    use_grant(file, TRUST, "social-care-db", "production", now=NOW)
    child = os.fork()
    if child == 0:
        try:
            use_grant(file, TRUST, "social-care-db", "production", now=NOW)
            os._exit(1)
        except GrantRefused:
            os._exit(7)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"x" * 40_000])
def test_a_file_that_is_no_grant_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """Missing, empty, binary and endless files are unsigned."""
    path = tmp_path / "grant.jwt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(GrantRefused) as caught:
        read_grant_file(path, TRUST)
    assert caught.value.code == "OVERRIDE_SIGNATURE"


def test_where_no_note_can_be_left_the_grant_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder that cannot be written, nobody could know that the grant has been used."""

    def readonly(*arguments: object, **more: object) -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "open", readonly)
    with pytest.raises(GrantRefused) as caught:
        use_grant(file, TRUST, "social-care-db", "production", now=NOW)
    assert caught.value.rule == "single-process"
