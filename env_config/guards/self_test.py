"""The sentinel: a place that no network has, which every guard must refuse in front of the tester's eyes.

A guard that nobody tests is not one. So each provokes its own refusal when it is installed and whenever it is asked, and
what counts is the refusal that comes out of the client's own door, not what a flag says. Nothing is sent: the numeric
sentinel lies in the discard-only block (RFC 6666), the path in a folder that does not exist, and the name under
``.invalid`` (RFC 6761).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol

from ..book.model import Book
from ..canonical.target import Resource
from ..errors import GuardInactive, Refusal
from ..verdict import DENY, Judgement, Reason

SENTINEL_ADDRESS = "100::e5c0:9f1e"
SENTINEL_PATH = "/nonexistent/env-config-sentinel"
SENTINEL_NAME = "sentinel.env-config.invalid"
SENTINEL_BUCKET = "env-config-sentinel-of-no-account"
SENTINEL_PORT = 9
RULE = "sentinel"

Luggage = tuple[Callable[..., object], tuple[Any, ...]]
"""A function and its arguments, for another process to call."""

_MARKS = (SENTINEL_ADDRESS, SENTINEL_PATH, SENTINEL_NAME, SENTINEL_BUCKET)
_SEEN = Judgement((Reason("PEER_PROD", DENY, RULE, "", "the guard's own test"),))


class Judge(Protocol):
    """What guards ask of a policy."""

    book: Book
    hermetic: bool

    def book_at(self, host: str, port: int | None, address: str = "") -> Book: ...
    def judge_text(self, text: str, kind: str = "", environ: Mapping[str, str] | None = None) -> Judgement: ...
    def judge_peer(self, address: str, port: int | None) -> Judgement: ...
    def judge_name(self, name: str, port: int | None) -> Judgement: ...
    def judge_resource(self, resource: Resource) -> Judgement: ...
    def judge_credential(self, value: str) -> Judgement: ...
    def judge_resolution(
        self, name: str, chain: Sequence[str], addresses: Sequence[str], port: int | None = None
    ) -> Judgement: ...


class Tripwired:
    """A policy that also denies the sentinel, whichever way it is asked."""

    def __init__(self, policy: Judge) -> None:
        self._policy = policy
        self.book = policy.book
        self.hermetic = policy.hermetic
        self.hints: Mapping[str, str] = getattr(policy, "hints", {})

    def luggage(self) -> Luggage | None:
        """What makes the same policy in a child that begins anew; None where the book is enough."""
        return luggage_of(self._policy)

    def book_at(self, host: str, port: int | None, address: str = "") -> Book:
        return self._policy.book_at(host, port, address)

    def judge_text(self, text: str, kind: str = "", environ: Mapping[str, str] | None = None) -> Judgement:
        return _tripped(text) + self._policy.judge_text(text, kind, environ)

    def judge_peer(self, address: str, port: int | None) -> Judgement:
        return _tripped(address) + self._policy.judge_peer(address, port)

    def judge_name(self, name: str, port: int | None) -> Judgement:
        return _tripped(name) + self._policy.judge_name(name, port)

    def judge_resource(self, resource: Resource) -> Judgement:
        return _tripped(resource.name) + self._policy.judge_resource(resource)

    def judge_credential(self, value: str) -> Judgement:
        return self._policy.judge_credential(value)

    def judge_resolution(
        self, name: str, chain: Sequence[str], addresses: Sequence[str], port: int | None = None
    ) -> Judgement:
        return self._policy.judge_resolution(name, chain, addresses, port)


def luggage_of(judge: Judge) -> Luggage | None:
    """What a judge is made from again in another process, if it says so."""
    pack: Callable[[], Luggage | None] | None = getattr(judge, "luggage", None)
    return None if pack is None else pack()


def _tripped(text: str) -> Judgement:
    return _SEEN if any(mark in text for mark in _MARKS) else Judgement()


def expect_refusal(guard: str, attempt: Callable[[], object]) -> None:
    """Let a guard see the sentinel.

    Raises:
        GuardInactive: the attempt went through, or something else stopped it.
    """
    try:
        attempt()
    except Exception as error:  # clients wrap the refusal in exceptions of their own
        if _carries_refusal(error):
            return
        raise inactive(guard, f"{type(error).__name__} instead of the refusal it was to provoke") from error
    raise inactive(guard, "it let its own sentinel through")


def inactive(guard: str, words: str) -> GuardInactive:
    """The refusal of a guard that does not bite."""
    return GuardInactive(f"the guard {guard!r} does not bite: {words}", code="GUARD_INACTIVE", rule=guard)


def begin(coroutine: Coroutine[Any, Any, object]) -> None:
    """Run a coroutine up to its first wait, without any event loop."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    finally:
        coroutine.close()


def check_policy(guard: str, policy: Judge) -> None:
    """The policy denies every kind of place that it knows of production.

    A guard can be alive and compare with an empty list, or with the wrong one.

    Raises:
        GuardInactive: the policy lets one of production's places through.
    """
    for territory in policy.book.foreign:
        if not territory.protected:
            continue
        closed = [one for one in territory.endpoints if policy.book_at(one.host, one.port) is policy.book]
        answers = [policy.judge_name(endpoint.host, endpoint.port) for endpoint in closed[:1]]
        answers += [policy.judge_name(f"sentinel.{domain}", None) for domain in territory.wildcards[:1]]
        answers += [policy.judge_peer(network.partition("/")[0], None) for network in territory.cidrs[:1]]
        answers += [policy.judge_resource(Resource("s3", account=account)) for account in territory.aws_accounts[:1]]
        if any(answer.allowed for answer in answers):
            raise inactive(guard, "the policy lets a place of production through")


def _carries_refusal(error: BaseException | None) -> bool:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, Refusal) and error.rule == RULE:
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__ or _reason_of(error)
    return False


def _reason_of(error: BaseException) -> BaseException | None:
    """What ``URLError`` and its like keep in an attribute."""
    found = getattr(error, "reason", None) or next(iter(error.args), None)
    return found if isinstance(found, BaseException) else None
