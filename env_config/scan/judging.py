"""What is known of an address: what the book says, and what its own words say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ..book.model import Territory
from ..canonical.target import Resource
from ..policy import Policy
from ..verdict import Judgement, Reason
from .addresses import PLACEHOLDER, Piece
from .stages import Stages

_AUTHORITY = re.compile(r"^(?:jdbc:)?[A-Za-z][\w+.-]*:(?://|\\\\)([^/?#\\;]*)([^?#]*)")
_PAIR_HOST = re.compile(
    r"(?i)(?:^|[;\s])(?:host|server|data source|datasource|addr|address|endpoint)\s*=\s*(?:tcp:)?([^;,\s]+)"
)
_NAME = re.compile(r"[A-Za-z0-9_](?:[\w-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[\w-]*[A-Za-z0-9_])?)*")
_PRIVATE = frozenset({"internal", "local", "lan", "corp", "svc", "intranet", "private", "test", "consul"})
_COUNTRY_SECOND = frozenset({"ac", "co", "com", "edu", "gov", "net", "nhs", "org", "police", "sch"})
_RESERVED = ("example.com", "example.org", "example.net")
_CLOUD_OWNED = ("aws-", "amazon-", "elasticbeanstalk-")
"""How the names of buckets begin that the cloud's owner provides to everybody."""
_EXAMPLE_ACCOUNTS = frozenset({"123456789012", "000000000000", "111111111111", "999999999999"})
"""Accounts of manuals and of local stand-ins; one of them is production only where a book says so."""
_EVERYWHERE = re.compile(
    r"\.(?:svc|pod)(?:\.|$)|(?:^|\.)localhost$|^127\.|\.docker\.internal$|^sqs\.[^.]+\.amazonaws\.com$"
)
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d|dualstack|vpce|api")
_CLOUD = (".amazonaws.com", ".on.aws", ".aws")
_WEB = ("http", "https", "ws", "wss", "ftp", "git", "ssh")
_RESOURCE_KINDS = {"bucket": "s3", "account": "iam", "parameter": "ssm"}


class Judge:
    """Judges pieces of text; one for a whole scan.

    Args:
        policy: of any environment's book; None leaves only the words themselves to go by.
    """

    def __init__(self, policy: Policy | None) -> None:
        self._policy = None if policy is None else _for_scanning(policy)
        self.stages = Stages()
        self._known: dict[tuple[Piece, int | None], Reason | None] = {}
        self._domains: frozenset[str] = frozenset()
        self._shared: frozenset[str] = frozenset()
        self._names: dict[str, str] = {}
        if policy is not None:
            self._learn(policy)

    @property
    def has_book(self) -> bool:
        return self._policy is not None

    def _learn(self, policy: Policy) -> None:
        book = policy.book
        rules = book.environments.values()
        self.stages = Stages({one.name: one.aliases for one in rules}, [one.name for one in rules if one.protected])
        territories = (book.own, *book.foreign)
        hosts = {endpoint.host for territory in territories for endpoint in territory.endpoints}
        hosts.update(domain for territory in territories for domain in territory.wildcards)
        self._domains = frozenset(registered(host) for host in hosts if not host.endswith("amazonaws.com"))
        self._shared = frozenset(book.services[name].host for name in book.services if book.services[name].shared)
        protected = [territory for territory in territories if territory.protected]
        self._names = {
            name: service for territory in protected for service, name in territory.resources if len(name) > 5
        }
        self.has_digests = any(territory.credentials_sha256 for territory in protected)

    has_digests = False

    # ------------------------------------------------------------------------------------------------ what the book says

    def known(self, piece: Piece, port: int | None = None) -> Reason | None:
        """The book's reason against this piece, if it leads to production."""
        if self._policy is None:
            return None
        key = piece, port
        if key not in self._known:
            if len(self._known) > 50_000:
                self._known.clear()
            self._known[key] = next((reason for reason in self._reasons(piece, port)), None)
        return self._known[key]

    def named_resource(self, value: str) -> Reason | None:
        """The book's reason against a value that is exactly the name of one of production's resources."""
        service = self._names.get(value)
        if service is None or self._policy is None:
            return None
        return next(_production(self._policy.judge_resource(Resource(service, value))), None)

    def credential(self, value: str) -> bool:
        """The book lists the digest of this live credential."""
        return self._policy is not None and not self._policy.judge_credential(value).allowed

    def _reasons(self, piece: Piece, port: int | None) -> Iterator[Reason]:
        assert self._policy is not None
        text = PLACEHOLDER.sub("x", piece.text)
        if piece.kind in _RESOURCE_KINDS:
            account, name = (text, "") if piece.kind == "account" else ("", text)
            yield from _production(self._policy.judge_resource(Resource(_RESOURCE_KINDS[piece.kind], name, account)))
        elif piece.kind in ("host", "ip"):
            host, given = _split_port(text)
            yield from _production(self._policy.judge_host(host, given or port))
            if host.lower().endswith(_CLOUD):  # a name that names a resource as well
                yield from _production(self._policy.judge_text(host))
        elif piece.kind in ("url", "text", "arn"):
            judgement = self._policy.judge_text(text, "aws" if piece.kind == "arn" else "")
            yield from _production(judgement)
            if not judgement.allowed and piece.kind != "arn":
                # Clients may disagree about where this leads; any host in it that is production's own decides.
                for name in _NAME.findall(text):
                    if "." in name:
                        yield from _production(self._policy.judge_host(name))

    # ----------------------------------------------------------------------------------------------- what its words say

    def spoken(self, piece: Piece) -> str | None:
        """The stage that the words of an address speak of: its labels, the segments of its path, the parts of its ARN."""
        text = PLACEHOLDER.sub("x", piece.text)
        if piece.kind == "arn":
            return self._arn(text)
        if piece.kind == "parameter":
            return self.parameter(text)
        if piece.kind == "bucket":
            return self.stages.label(text)
        if piece.kind in ("host", "url", "text"):
            return self._address(piece, text)
        return None

    def _address(self, piece: Piece, text: str) -> str | None:
        found = [self.host_stage(host) for host in hosts_of(piece.kind, text)]
        path = _AUTHORITY.match(text)
        if path is not None and not any(found):
            found.append(self._url_path(path[1], path[2]))
        return self.stages.agreed(stage for stage in found if stage is not None)

    def _url_path(self, authority: str, path: str) -> str | None:
        segments = [segment for segment in path.split("/") if segment]
        if not segments or not authority.endswith(".amazonaws.com"):
            return None
        if ".execute-api." in authority:
            return self.stages.named(segments[0])
        return self.stages.label(segments[0 if authority.startswith("s3") else -1])

    def host_stage(self, host: str) -> str | None:
        """The stage of a host's name: whole labels first, then words inside labels."""
        labels = host.lower().split(".")
        labels = labels[:-1] if len(labels) > 1 else labels
        whole = [stage for stage in map(self.stages.named, labels) if stage is not None]
        if whole:
            return self.stages.agreed(whole)
        return self.stages.agreed(stage for stage in map(self.stages.label, labels) if stage is not None)

    def parameter(self, path: str) -> str | None:
        """The stage of a parameter's path: a whole segment, else the first or last words of one that is not the leaf."""
        segments = [segment for segment in path.split("/") if segment]
        whole = [stage for stage in map(self.stages.named, segments) if stage is not None]
        if whole:
            return self.stages.agreed(whole)
        parts = (self.stages.label(segment, anywhere=False) for segment in segments[:-1])
        return self.stages.agreed(stage for stage in parts if stage is not None)

    def _arn(self, text: str) -> str | None:
        parts = text.split(":", 5)
        if len(parts) < 6 or parts[4] in _EXAMPLE_ACCOUNTS:
            return None
        if parts[2] in ("ssm", "secretsmanager"):
            return self.parameter(parts[5].partition("/" if parts[2] == "ssm" else ":")[2])
        segments = re.split(r"[:/]", parts[5])
        return self.stages.agreed(stage for stage in map(self.stages.label, segments) if stage is not None)

    def ours(self, piece: Piece) -> bool:
        """Nobody else runs this: it lies under a domain of the book, on a private network, or in a cloud account."""
        if piece.kind in ("arn", "bucket"):
            return not piece.text.rpartition(":")[2].startswith(_CLOUD_OWNED)
        if piece.kind not in ("host", "url", "text"):
            return True
        if piece.text.startswith("s3") and piece.text.partition("://")[2].startswith(_CLOUD_OWNED):
            return False
        if piece.kind == "url" and piece.text.partition(":")[0].lower() not in _WEB:
            return True
        return any(map(self._ours, hosts_of(piece.kind, PLACEHOLDER.sub("x", piece.text))))

    def _ours(self, host: str) -> bool:
        host = host.lower()
        if host.startswith(_CLOUD_OWNED):
            return False
        if host.endswith(_RESERVED) or host in self._shared:
            return False
        if host.endswith(".amazonaws.com"):
            names = [label for label in host.split(".")[:-2] if not _REGION.fullmatch(label)]
            return len(names) > 1 or names == ["sqs"]
        labels = host.split(".")
        return (len(labels) > 1 and not _PRIVATE.isdisjoint(labels[1:])) or registered(host) in self._domains

    def everywhere(self, piece: Piece) -> bool:
        """It is called the same wherever it is, and is another thing in each place: a name inside a cluster, or loopback."""
        hosts = hosts_of(piece.kind, piece.text) if piece.kind in ("host", "url", "text") else []
        return any(_EVERYWHERE.search(host.lower()) for host in hosts)

    def shared(self, piece: Piece) -> bool:
        """The book declares it as the same in several environments."""
        hosts = hosts_of(piece.kind, piece.text) if piece.kind in ("host", "url", "text") else []
        return bool(hosts) and all(host.lower() in self._shared for host in hosts)


def hosts_of(kind: str, text: str) -> list[str]:
    """The hosts that are written in a piece, without user information and ports."""
    if kind == "host":
        return [_split_port(text)[0]]
    authority = _AUTHORITY.match(text)
    if authority is not None:
        last = authority[1].rpartition("@")[2]
        return [host for part in last.split(",") if _NAME.fullmatch(host := _split_port(part)[0])]
    return [match[1] for match in _PAIR_HOST.finditer(text) if _NAME.fullmatch(match[1])]


def registered(host: str) -> str:
    """The domain somebody registered: two labels, or three below such as ``gov.uk``."""
    labels = host.lower().split(".")
    size = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _COUNTRY_SECOND else 2
    return ".".join(labels[-size:])


def _split_port(text: str) -> tuple[str, int | None]:
    text = text.partition("/")[0]
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit() and ":" not in host:
        return host, int(port)
    return text, None


def _production(judgement: Judgement) -> Iterator[Reason]:
    # What a parameter's path says is a rule of the scanner's own, which knows how much a name proves in which file.
    kept = (reason for reason in judgement.reasons if reason.rule != "foreign-parameter")
    return (reason for reason in kept if reason.code.startswith("PROD_"))


def _for_scanning(policy: Policy) -> Policy:
    """The same policy as an environment sees it that is not production and whose only foreign territory is production's."""
    book = policy.book
    protected = tuple(territory for territory in (book.own, *book.foreign) if territory.protected)
    own, environment = book.own, book.environment
    if own.protected:
        environment = next((name for name, rules in book.environments.items() if not rules.protected), environment)
        own = Territory(environment)
    return Policy(replace(book, environment=environment, own=own, foreign=protected))
