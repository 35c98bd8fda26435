"""Rules of the proof about what has a name and no address: cloud resources, secrets, identifiers, dates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from .ledger import Ledger
from .model import Claim, ClaimedResource
from .problems import BookProblem
from .stages import Words, words

_GLOBAL = frozenset({"s3"})
"""Services whose names are unique in the world; all others' are within an account."""

_OWN = "name the one of this environment"


def resource_shared(ledger: Ledger) -> Iterator[BookProblem]:
    """No cloud resource belongs to two environments."""
    groups: dict[tuple[str, str], dict[tuple[str, str], ClaimedResource]] = defaultdict(dict)
    for claim in sorted(
        ledger.source.resources, key=lambda claim: (not ledger.protected(claim.environment), claim.line)
    ):
        resource = claim.resource
        if resource.name:
            account = "" if resource.service in _GLOBAL else resource.account
            groups[resource.service, resource.name].setdefault((claim.environment, account), claim)
    for group in groups.values():
        seen: list[tuple[str, str, int]] = []
        for (environment, account), claim in group.items():
            owners = [
                owner
                for owner, its, line in seen
                if owner != environment and line != claim.line and (its == account or not its or not account)
            ]
            if owners and not claim.shared:
                code = ledger.code(environment, owners[0], "PROD_RESOURCE")
                message = f"{environment} names a resource ({claim.resource.service}) of {owners[0]}"
                yield ledger.problem("resource-shared", code, message, claim.line, _OWN)
            seen.append((environment, account, claim.line))


def resource_account(ledger: Ledger) -> Iterator[BookProblem]:
    """No resource or secret lies in another environment's account."""
    owners: dict[str, set[str]] = defaultdict(set)
    for claim in ledger.source.accounts:
        owners[claim.text].add(claim.environment)
    for item in ledger.source.resources:
        others = owners.get(item.resource.account, set())
        if others and item.environment not in others and not item.shared:
            owner = max(others, key=ledger.protected)
            code = ledger.code(item.environment, owner, "PROD_RESOURCE")
            message = f"{item.environment} names a resource ({item.resource.service}) in an account of {owner}"
            yield ledger.problem("resource-account", code, message, item.line, _OWN)


def resource_label(ledger: Ledger) -> Iterator[BookProblem]:
    """No resource of another environment is called after production."""
    protected = set(ledger.source.protected)
    for claim in ledger.source.resources:
        if claim.shared or ledger.protected(claim.environment) or not claim.resource.name:
            continue
        carried = ledger.stages.within(claim.resource.name)
        if carried & protected and claim.environment not in carried:
            message = f"{claim.environment} names a resource ({claim.resource.service}) that is called after production"
            yield ledger.problem("resource-label", "PROD_RESOURCE", message, claim.line, _OWN)


def identifier_contained(ledger: Ledger) -> Iterator[BookProblem]:
    """No identifier that says its environment stands within an identifier or a host of another one."""
    labelled: dict[str, list[tuple[Words, ClaimedResource]]] = defaultdict(list)
    for claim in ledger.source.resources:
        spelled = words(claim.resource.name)
        if len(spelled) > 1 and ledger.stages.within(claim.resource.name) == {claim.environment}:
            labelled[spelled[0]].append((spelled, claim))
    if not labelled:
        return
    for environment, text, line in _identifiers(ledger):
        outer = words(text)
        for start, word in enumerate(outer):
            for inner, claim in labelled.get(word, ()):
                inside = outer[start : start + len(inner)] == inner and outer != inner
                if inside and claim.environment != environment:
                    message = f"{environment}: an identifier of {claim.environment} (line {claim.line}) stands within this name"
                    yield ledger.problem(
                        "identifier-contained", "BOOK_INVALID", message, line, "choose a name of its own"
                    )


def _identifiers(ledger: Ledger) -> Iterator[tuple[str, str, int]]:
    for claim in ledger.source.resources:
        if not claim.shared:
            yield claim.environment, claim.resource.name, claim.line
    for place in ledger.source.places:
        if not place.shared and place.role != "tunnel":
            yield place.environment, place.host, place.line


def _twice(claims: Iterable[Claim], ledger: Ledger) -> Iterator[tuple[Claim, Claim]]:
    first: dict[str, Claim] = {}
    for claim in sorted(claims, key=lambda claim: (not ledger.protected(claim.environment), claim.line)):
        owner = first.setdefault(claim.text, claim)
        if ledger.concerns(owner, claim.environment):
            yield claim, owner


def account_shared(ledger: Ledger) -> Iterator[BookProblem]:
    """No AWS account proves two environments."""
    for claim, owner in _twice(ledger.source.accounts, ledger):
        message = f"the account of {claim.environment} is {owner.environment}'s as well (line {owner.line})"
        yield ledger.problem("account-shared", "BOOK_INVALID", message, claim.line, "an account proves one environment")


def credential_shared(ledger: Ledger) -> Iterator[BookProblem]:
    """No credential belongs to two environments."""
    for claim, owner in _twice(ledger.source.credentials, ledger):
        code = ledger.code(claim.environment, owner.environment, "PROD_CREDENTIAL")
        message = f"a credential of {claim.environment} is {owner.environment}'s as well (line {owner.line})"
        yield ledger.problem("credential-shared", code, message, claim.line, "issue one for each environment")


def identifier_shared(ledger: Ledger) -> Iterator[BookProblem]:
    """No system identifier and no namespace belongs to two environments."""
    for words_, claims in (
        ("system identifier", ledger.source.system_identifiers),
        ("namespace", ledger.source.namespaces),
    ):
        for claim, owner in _twice(claims, ledger):
            message = f"a {words_} of {claim.environment} is {owner.environment}'s as well (line {owner.line})"
            hint = "a physical copy keeps the identifier: restore it by dump, or list it once"
            yield ledger.problem("identifier-shared", "BOOK_INVALID", message, claim.line, hint)


def secret_stage(ledger: Ledger) -> Iterator[BookProblem]:
    """No entry refers to a secret of another environment."""
    for entry in ledger.source.entries:
        _, _, path = entry.service.secret.partition(":")
        for other in sorted(ledger.stages.of_path(path) - {entry.environment}) if path else ():
            code = ledger.code(entry.environment, other, "PROD_RESOURCE")
            message = f"{entry.environment}/{entry.service.name} refers to a secret of {other}"
            hint = "write {environment} in its place"
            yield ledger.problem("secret-stage", code, message, entry.line_of("secret"), hint)


def secret_stageless(ledger: Ledger) -> Iterator[BookProblem]:
    """A secret's path says its environment."""
    for entry in ledger.source.entries:
        scheme, _, path = entry.service.secret.partition(":")
        if scheme in ("ssm", "secretsmanager") and not ledger.stages.of_path(path) and not entry.service.shared:
            message = f"the secret of {entry.environment}/{entry.service.name} has no stage in its path"
            hint = "put {environment} into the path"
            yield ledger.problem("secret-stageless", "STAGELESS_KEY", message, entry.line_of("secret"), hint)


def path_stage(ledger: Ledger) -> Iterator[BookProblem]:
    """The stage in an API gateway's path is the environment's own."""
    for entry in ledger.source.entries:
        if ".execute-api." not in entry.service.host or entry.service.shared:
            continue
        segment = entry.service.path.strip("/").partition("/")[0]
        other = ledger.stages.whole(segment)
        if other is not None and other != entry.environment:
            code = ledger.code(entry.environment, other, "PROD_RESOURCE")
            message = f"the path of {entry.environment}/{entry.service.name} names the stage of {other}"
            yield ledger.problem("path-stage", code, message, entry.line_of("path"), "write {environment} in its place")


def review_date(ledger: Ledger) -> Iterator[BookProblem]:
    """What is shared has been looked at in time."""
    for item in ledger.source.shared:
        if item.review_by is not None and item.review_by < ledger.today:
            what = item.service or "a network"
            message = f"shared: {what} was to be reviewed by {item.review_by.isoformat()}"
            hint = "look whether it must be shared, then set a new date"
            yield ledger.problem("review-date", "BOOK_STALE", message, item.line, hint)


def production_declared(ledger: Ledger) -> Iterator[BookProblem]:
    """Some environment is protected: without one, no place and no credential counts as production's."""
    source = ledger.source
    if source.environments and not source.protected:
        line = next(iter(source.environments.values())).line
        message = "no environment is protected: nothing is kept apart as production, and none has to be attested"
        hint = "write protected: true at production; list it here even if other machines serve it"
        yield ledger.problem("production-declared", "UNDECLARED", message, line, hint)


def identity_unprovable(ledger: Ledger) -> Iterator[BookProblem]:
    """An environment lists the identifiers that its services require."""
    listed = {claim.environment for claim in ledger.source.system_identifiers}
    for entry in ledger.source.entries:
        if entry.service.identity.system_identifier == "required" and entry.environment not in listed:
            message = f"{entry.environment}/{entry.service.name} requires a system identifier, and {entry.environment} lists none"
            hint = "list it under only: system_identifiers:, or every connection will be refused"
            yield ledger.problem("identity-unprovable", "IDENTITY_UNKNOWN", message, entry.line_of("identity"), hint)
