"""L1: variables of this process that would lead a client to production, before any client has read them.

Looked at: every value that looks like an address, every variable whose name says that it is one, the ``PG*`` variables
together as libpq puts them together, and every value that is a live credential. A value that only contains a word such as
``Prod`` is no address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from .. import canonical
from ..canonical.target import Resource
from ..verdict import DENY, REFUSE, WARN, Judgement, Reason
from . import ambient_names as names
from .checkpoint import Checkpoint
from .self_test import RULE as SENTINEL_RULE
from .self_test import SENTINEL_ADDRESS, Judge, Tripwired, check_policy, expect_refusal, inactive

Found = Iterator[Reason]


def judge_ambient(environ: Mapping[str, str], policy: Judge) -> Judgement:
    """What the variables would do to clients of this process.

    Args:
        environ: names and values, such as ``os.environ``.
        policy: judges the places.

    Returns:
        AMBIENT for each variable that leads to production, PROD_CREDENTIAL for each that holds a live credential; a warning
        for one that leads to another environment. Reasons name the variable, never its value.
    """
    found: list[Reason] = []
    for rule in RULES.values():
        found.extend(rule(environ, policy))
    return Judgement(tuple(dict.fromkeys(found)))


def address_variables(environ: Mapping[str, str], policy: Judge) -> Found:
    """No value that looks like an address, or whose variable is called like one, leads to production."""
    for name, value in environ.items():
        if _skipped(name, value):
            continue
        for text, kind in _addresses(name, value):
            yield from _about(name, policy.judge_text(text, kind), "ambient-address")


def libpq_variables(environ: Mapping[str, str], policy: Judge) -> Found:
    """PGHOST, PGHOSTADDR, PGSERVICE and their like, put together as libpq does, do not lead to production."""
    given = [name for name in ("PGHOSTADDR", "PGHOST", "PGSERVICE", "PGSERVICEFILE") if environ.get(name)]
    if given:
        yield from _about(given[0], policy.judge_text("", "dsn", environ), "ambient-libpq")


def resource_variables(environ: Mapping[str, str], policy: Judge) -> Found:
    """No value is the bare name of production's bucket, account, database instance or namespace."""
    for name, value in environ.items():
        if _skipped(name, value):
            continue
        for resource in _resources(name, value.strip()):
            yield from _about(name, policy.judge_resource(resource), "ambient-resource")
        if names.NAMESPACE_NAME.search(name):
            name_inside = f"any.{value.strip()}.svc.cluster.local"
            yield from _about(name, policy.judge_name(name_inside, None), "ambient-resource")


def selecting_variables(environ: Mapping[str, str], policy: Judge) -> Found:
    """No variable chooses a profile, context or workspace that is called like a protected environment."""
    if policy.book.rules.protected:
        return
    for name in sorted(names.SELECTORS.intersection(environ)):
        if _meant(policy, environ[name]):
            words = f"the variable {name} chooses a set of addresses that is called like production"
            yield Reason("AMBIENT", DENY, "ambient-selector", name, words)


def live_credentials(environ: Mapping[str, str], policy: Judge) -> Found:
    """No value is a live credential, alone or inside a longer one."""
    for name, value in environ.items():
        if len(value) > names.LARGEST:
            continue
        for part in dict.fromkeys((value.strip(), *names.WORDS.split(value), *_passwords(value))):
            if part and not policy.judge_credential(part).allowed:
                words = f"the variable {name} holds a live credential"
                yield Reason("PROD_CREDENTIAL", DENY, "ambient-credential", name, words)
                break


RULES: dict[str, Callable[[Mapping[str, str], Judge], Found]] = {
    "ambient-address": address_variables,
    "ambient-libpq": libpq_variables,
    "ambient-resource": resource_variables,
    "ambient-selector": selecting_variables,
    "ambient-credential": live_credentials,
}


class AmbientGuard:
    """Looks at the variables once, when the guards come into force."""

    name = "ambient"
    layer = "ambient"

    def __init__(self) -> None:
        self.mode = "off"
        self._checkpoint: Checkpoint | None = None

    @property
    def installed(self) -> bool:
        return self._checkpoint is not None

    def install(self, policy: Judge, mode: str) -> None:
        """Keep what :meth:`check` judges by."""
        self.mode = mode
        self._checkpoint = Checkpoint(Tripwired(policy), mode, "variable")

    def check(self, environ: Mapping[str, str]) -> None:
        """Refuse variables that lead to production.

        Raises:
            TargetRefused: AMBIENT or PROD_CREDENTIAL.
        """
        if self._checkpoint is not None:
            self._checkpoint.decide(judge_ambient(environ, self._checkpoint.judge))

    def remove(self) -> None:
        self._checkpoint, self.mode = None, "off"

    def self_test(self) -> None:
        """A variable with the sentinel is refused, and the policy knows production."""
        if self._checkpoint is None:
            raise inactive(self.name, "it is not installed")
        check_policy(self.name, self._checkpoint.judge)
        sentinel = {"ENV_CONFIG_SELF_TEST_URL": f"http://[{SENTINEL_ADDRESS}]/"}
        expect_refusal(self.name, lambda: self.check(sentinel))


GUARD = AmbientGuard()
"""The process's one."""


def _skipped(name: str, value: str) -> bool:
    return (
        not value.strip() or len(value) > names.LARGEST or bool(names.NO_ADDRESS.search(name)) or name.startswith("PG")
    )


def _addresses(name: str, value: str) -> Iterator[tuple[str, str]]:
    """Strings in a value that a client could be led by, with their kind."""
    if remote := names.REMOTE.match(value.strip()):
        yield remote["host"] or remote["remote"], "host"
    kind = canonical.kind_of(value)
    if kind is not None:
        yield value, kind
        return
    if value.lstrip()[:1] in "{[":
        yield from _in_json(name, value)
    inside = names.INSIDE.findall(value)
    for part in inside:
        yield part, canonical.kind_of(part) or "url"
    if not inside and (names.ADDRESS_NAME.search(name) or names.CAMEL_NAME.search(name)):
        for part in re.split(r"[\s,;]+", value.strip()):
            if part and not (part.isdigit() and int(part) < names.LEAST_ADDRESS):
                yield part, canonical.kind_of(part) or "host"


def _in_json(name: str, value: str) -> Iterator[tuple[str, str]]:
    import json

    try:
        document = json.loads(value)
    except ValueError:
        return
    pending = [(name, document)]
    while pending:
        key, item = pending.pop()
        if isinstance(item, dict):
            pending.extend((str(key), inner) for key, inner in item.items())
        elif isinstance(item, list):
            pending.extend((key, inner) for inner in item)
        elif isinstance(item, str) and item:
            kind = canonical.kind_of(item)
            if kind is not None or names.ADDRESS_NAME.search(key) or names.CAMEL_NAME.search(key):
                yield item, kind or "host"


def _resources(name: str, value: str) -> Iterator[Resource]:
    if names.BUCKET_NAME.search(name):
        for part in re.split(r"[\s,;]+", value):
            yield Resource("s3", part)
    if names.DATABASE_NAME.search(name):
        yield Resource("rds", value)
    if names.ACCOUNT_NAME.search(name) and re.fullmatch(r"\d{12}", value.replace("-", "")):
        yield Resource("sts", account=value.replace("-", ""))


def _passwords(value: str) -> Iterator[str]:
    """What stands before the ``@`` of a URL."""
    for part in names.INSIDE.findall(value):
        authority = part.partition("://")[2].partition("/")[0]
        if "@" in authority:
            yield from authority.rpartition("@")[0].split(":")


def _meant(policy: Judge, value: str) -> bool:
    """Some run of the value's words names a protected environment, and no longer run names another one."""
    words = [word for word in re.split(r"[^a-z0-9]+", value.lower()) if word]
    begin = 0
    while begin < len(words):
        for end in range(len(words), begin, -1):
            found = policy.book.canonical_environment("-".join(words[begin:end]))
            if found is not None:
                if policy.book.environments[found].protected:
                    return True
                begin = end - 1
                break
        begin += 1
    return False


def _about(name: str, judgement: Judgement, rule: str) -> Found:
    """The same finding about the variable. A name without a domain, and what only a test forbids, are left to connecting."""
    for reason in judgement.reasons:
        if reason.rule == SENTINEL_RULE:
            yield reason
        elif reason.code.startswith(("PROD_", "PEER_")) and reason.verdict == DENY:
            yield Reason("AMBIENT", DENY, rule, reason.target, f"the variable {name} leads to production")
        elif reason.code == "UNDECLARED" and reason.verdict == REFUSE:
            words = f"the variable {name} leads to another environment"
            yield Reason("UNDECLARED", WARN, rule, reason.target, words)
        elif reason.code == "AMBIGUOUS" and reason.verdict == REFUSE and names.ADDRESS_NAME.search(name):
            words = f"clients disagree about where the variable {name} leads"
            yield Reason("AMBIGUOUS", WARN, rule, "", words)
