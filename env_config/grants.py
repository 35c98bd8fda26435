"""Break-glass: a signed, reasoned, short permission for one process to reach one service of one environment.

A grant is a compact JWS of the kind ``env-config-grant+jwt`` with the claims ``who``, ``service``, ``environment``,
``mode`` (``read-only``, or ``read-write``), ``reason``, ``ticket``, ``iat``, ``exp`` and ``jti``. No variable stands for one.

"One process" is held by a note beside the grant's file (``<file>.used``) that is created once and for all. A copy of the file
on another machine has another note: the eight hours and the audit log are what bounds that.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .attestation.naming import spelling
from .errors import GrantRefused
from .signature import LEEWAY, MAX_TOKEN, Verified, authenticated
from .verdict import REFUSE, Judgement, Reason

if TYPE_CHECKING:
    from .trust import Trust

KIND = "env-config-grant+jwt"
READ_ONLY, READ_WRITE = "read-only", "read-write"
MAX_LIFETIME = 8 * 3600

# ABC-123, #123 or a link: a reason that holds one names its ticket.
_TICKET = re.compile(r"\b[A-Za-z][A-Za-z0-9]*-[0-9]+\b|#[0-9]+\b|https?://\S+")
_CLAIMS = frozenset({"who", "service", "environment", "mode", "reason", "ticket", "iat", "exp", "jti"})
_TAKEN: dict[tuple[str, str], int] = {}
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Grant:
    """What a grant permits.

    Attributes:
        who: who may use it.
        service: of the book.
        environment: whose service.
        mode: ``read-only`` or ``read-write``.
        reason: why.
        ticket: where the reason is on record; may stand in the reason instead.
        issued_at: seconds since 1970.
        expires_at: the same; eight hours later at most.
        token_id: of this one grant.
        signer: the trusted key that signed it.
        signed_by: whose key that is, by the file of trusted keys; where it does not say, nobody's grant holds.
    """

    who: str
    service: str
    environment: str
    mode: str = READ_ONLY
    reason: str = ""
    ticket: str = ""
    issued_at: int = 0
    expires_at: int = 0
    token_id: str = ""
    signer: str = ""
    signed_by: str = ""

    def claims(self) -> dict[str, object]:
        """What is signed."""
        texts = {name: getattr(self, name) for name in ("who", "service", "environment", "mode", "reason", "ticket")}
        return {**texts, "iat": self.issued_at, "exp": self.expires_at, "jti": self.token_id}

    def facts(self) -> dict[str, object]:
        """What is logged."""
        return {**self.claims(), "signer": self.signer, "signed_by": self.signed_by}


@dataclass(frozen=True, slots=True)
class Use:
    """What a process wants to do with a grant."""

    service: str
    environment: str
    mode: str = READ_ONLY


def read_grant(token: str, trust: Trust) -> Grant:
    """The grant of a token that a trusted key signed; whether it holds now is :func:`judge_grant`'s to say.

    Raises:
        GrantRefused: OVERRIDE_SIGNATURE if nobody trusted signed it; OVERRIDE_SCOPE if its claims are not a grant's.
    """
    found = authenticated(token, trust, "grant", kind=KIND, code="OVERRIDE_SIGNATURE")
    return grant_of(found)


def read_grant_file(path: str | os.PathLike[str], trust: Trust) -> Grant:
    """:func:`read_grant` of a file.

    Raises:
        GrantRefused: OVERRIDE_SIGNATURE, also where it cannot be read; OVERRIDE_SCOPE.
    """
    return read_grant(_content(path), trust)


def grant_of(found: Verified) -> Grant:
    """The grant in verified claims.

    Raises:
        GrantRefused: OVERRIDE_SCOPE.
    """
    claims = found.claims
    texts = {name: _text(claims, name) for name in ("who", "service", "environment", "reason", "ticket")}
    if set(claims) - _CLAIMS or not all(texts[name] for name in ("who", "service", "environment")):
        raise _unfit("a grant names who, service and environment, and nothing that is not understood")
    mode = claims.get("mode", READ_ONLY)
    if mode not in (READ_ONLY, READ_WRITE):
        raise _unfit(f"a grant's mode is {READ_ONLY} or {READ_WRITE}")
    token_id = _text(claims, "jti")
    if not token_id:
        raise _unfit("a grant has an identifier of its own (jti)")
    times = (claims.get("iat"), claims.get("exp"))
    if any(not isinstance(one, int) or isinstance(one, bool) for one in times):
        raise GrantRefused("a grant says when it begins and ends", code="OVERRIDE_EXPIRED", rule="grant-claims")
    return Grant(
        **texts,
        mode=mode,
        issued_at=claims["iat"],
        expires_at=claims["exp"],
        token_id=token_id,
        signer=found.signer.kid,
        signed_by=found.signer.owner,
    )


def check_grant(grant: Grant, service: str, environment: str, mode: str = READ_ONLY, *, now: int) -> None:
    """Refuse unless the grant permits this use now.

    Raises:
        GrantRefused: OVERRIDE_SIGNATURE, OVERRIDE_EXPIRED, OVERRIDE_UNJUSTIFIED or OVERRIDE_SCOPE.
    """
    judge_grant(grant, Use(service, environment, mode), now).enforce(service=service, environment=environment)


def judge_grant(grant: Grant, use: Use, now: int) -> Judgement:
    """What every rule says, in the order of :data:`RULES`."""
    found = [(name, rule(grant, use, now)) for name, rule in RULES.items()]
    return Judgement(tuple(Reason(one[0], REFUSE, name, "", one[1]) for name, one in found if one is not None))


def use_grant(
    path: str | os.PathLike[str], trust: Trust, service: str, environment: str, mode: str = READ_ONLY, *, now: int
) -> Grant:
    """Read a grant's file, check it, take it for this process alone, log that, say so on stderr, and return it.

    Raises:
        GrantRefused: it does not hold, another process has used it, or its use cannot be logged.
    """
    grant = read_grant_file(path, trust)
    check_grant(grant, service, environment, mode, now=now)
    if not _take(path, grant):
        return grant
    from .audit_log import record, tell

    if not record("grant-used", {**grant.facts(), "use": mode}):
        _give_back(path, grant)
        raise GrantRefused(
            "its use cannot be written to the audit log, so nobody would know why",
            code="OVERRIDE_UNJUSTIFIED",
            rule="logged-before-use",
            hint="mend the handler of the logger env_config.audit",
        )
    said = " ".join(filter(None, (grant.ticket, grant.reason)))
    tell(f"env_config: {grant.mode} grant for {grant.service} in {grant.environment}, to {grant.who}: {said}")
    return grant


Finding = tuple[str, str]


def _second_person(grant: Grant, use: Use, now: int) -> Finding | None:
    """A grant is signed, and not by the person who uses it."""
    if not grant.signer:
        return "OVERRIDE_SIGNATURE", "nobody has signed the grant"
    if not _person(grant.signed_by):
        return "OVERRIDE_SIGNATURE", "the file of trusted keys does not say whose key signed the grant"
    if _person(grant.signed_by) == _person(grant.who):
        return "OVERRIDE_SIGNATURE", "who uses a grant cannot be who signs it"
    return None


def _person(name: str) -> str:
    """One spelling of a person's name: case, blanks and ways of writing the same letters make nobody a second person."""
    from unicodedata import normalize

    return "".join(normalize("NFKC", name).casefold().split())


def _valid_now(grant: Grant, use: Use, now: int) -> Finding | None:
    """A grant holds from when it was issued until it expires."""
    if grant.expires_at <= now:
        return "OVERRIDE_EXPIRED", "the grant has expired"
    if grant.issued_at > now + LEEWAY:
        return "OVERRIDE_EXPIRED", "the grant begins in the future"
    return None


def _short_lived(grant: Grant, use: Use, now: int) -> Finding | None:
    """No grant holds for longer than eight hours."""
    if not 0 < grant.expires_at - grant.issued_at <= MAX_LIFETIME:
        return "OVERRIDE_EXPIRED", f"a grant is valid for {MAX_LIFETIME // 3600} hours at most"
    return None


def _justified(grant: Grant, use: Use, now: int) -> Finding | None:
    """A grant gives a reason, and says where the reason is on record."""
    if not any(letter.isalnum() for letter in grant.reason):
        return "OVERRIDE_UNJUSTIFIED", "the grant gives no reason"
    if not grant.ticket.strip() and not _TICKET.search(grant.reason):
        return "OVERRIDE_UNJUSTIFIED", "the grant names no ticket"
    return None


def _right_service(grant: Grant, use: Use, now: int) -> Finding | None:
    """A grant is for one service."""
    return None if grant.service == use.service else ("OVERRIDE_SCOPE", f"the grant is for {grant.service}")


def _right_environment(grant: Grant, use: Use, now: int) -> Finding | None:
    """A grant is for one environment."""
    if spelling(grant.environment) == spelling(use.environment):
        return None
    return "OVERRIDE_SCOPE", f"the grant is for {grant.environment}"


def _right_mode(grant: Grant, use: Use, now: int) -> Finding | None:
    """A grant is for reading, unless it says that it is for writing too."""
    return None if grant.mode in (READ_WRITE, use.mode) else ("OVERRIDE_SCOPE", "the grant is for reading only")


RULES: dict[str, Callable[[Grant, Use, int], Finding | None]] = {
    "second-person": _second_person,
    "valid-now": _valid_now,
    "short-lived": _short_lived,
    "justified": _justified,
    "granted-service": _right_service,
    "granted-environment": _right_environment,
    "granted-mode": _right_mode,
}
"""The first that speaks gives the refusal its code; a refusal carries the codes of all."""


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name, "")
    if not isinstance(value, str) or not (value.isprintable() and len(value) <= 500):
        raise _unfit(f"a grant's {name} is a text of one line")
    return value.strip()


def _unfit(message: str) -> GrantRefused:
    return GrantRefused(message, code="OVERRIDE_SCOPE", rule="grant-claims")


def _content(path: str | os.PathLike[str]) -> str:
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_TOKEN + 2).decode("ascii").strip()
    except OSError as error:
        message = f"the grant cannot be read: {error.strerror}"
    except ValueError:
        message = "the grant is not a signed token"
    raise GrantRefused(message, code="OVERRIDE_SIGNATURE", rule="grant-file", target=str(path))


def _note(path: str | os.PathLike[str]) -> Path:
    return Path(f"{os.fspath(path)}.used")


def _take(path: str | os.PathLike[str], grant: Grant) -> bool:
    """Take the grant for this process; False if this process has it already.

    Whoever creates the note has it. The note stays when the process ends, so that no second one follows; a forked child is
    another process.
    """
    key = (str(Path(path).resolve()), grant.token_id)
    with _LOCK:
        if _TAKEN.get(key) == os.getpid():
            return False
        try:
            note = os.open(_note(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise _single("another process has used this grant, and a grant is for one") from None
        except OSError as error:
            raise _single(f"it cannot be noted beside the grant that it is used: {error.strerror}") from None
        with os.fdopen(note, "w", encoding="ascii") as file:
            file.write(f"{grant.token_id} {os.getpid()}\n")
        _TAKEN[key] = os.getpid()
        return True


def _give_back(path: str | os.PathLike[str], grant: Grant) -> None:
    with _LOCK:
        _TAKEN.pop((str(Path(path).resolve()), grant.token_id), None)
        _note(path).unlink(missing_ok=True)


def _single(message: str) -> GrantRefused:
    return GrantRefused(message, code="OVERRIDE_SCOPE", rule="single-process")
