"""Reads the environments of a book: names, what proves them, what belongs to them alone."""

from __future__ import annotations

from ..book.model import GUARD_LAYERS, Attest, EnvironmentRules
from .model import BookSource, Claim, ClaimedResource, EnvironmentSource, Place
from .problems import Report
from .shapes import Fields, suggestion
from .spelling import book_resource, domain, host_and_port, network
from .stages import sounds_like_production


def read_environments(root: Fields, book: BookSource, report: Report) -> None:
    """Fill in the environments and what each claims for itself."""
    blocks = {name: (line, fields) for name, line, fields in root.fields("environments").blocks()}
    if not blocks:
        report.add("the book has no environments", root.line("environments"), hint="list them under environments:")
    for name, (line, fields) in blocks.items():
        rules = _rules(name, line, fields, report)
        variables = {key: fields.fields("variables").text(key) for key in fields.fields("variables")}
        book.environments[name] = EnvironmentSource(rules, line, _guards(name, fields, report), variables)
        for variable, value in variables.items():
            if variable in ("service", "environment", "key"):
                where = fields.fields("variables").line(variable)
                report.add(
                    f"environments.{name}.variables.{variable} has a meaning already", where, hint="choose another name"
                )
            elif not value.strip() and variable in fields.fields("variables"):
                where = fields.fields("variables").line(variable)
                hint = "write the environment's label out; list names without one entry by entry"
                report.add(f"environments.{name}.variables.{variable} is empty: names lose a part", where, hint=hint)
    _refuse_collisions(blocks, book, report)
    _extend(blocks, book, report)
    for name, (_, fields) in blocks.items():
        _claim_attested(name, fields.fields("attest"), book)
        _claim(name, fields.fields("only"), f"environments.{name}.only", book, report)
    _claim_for_production(root, book, report)


def _rules(name: str, line: int, fields: Fields, report: Report) -> EnvironmentRules:
    protected = fields.boolean("protected")
    aliases = fields.words("aliases")
    for spelled in (name, *aliases):
        if not protected and sounds_like_production(spelled):
            hint = "write protected: true, or choose another name"
            report.add(f"environments.{name} is called {spelled} and is not protected", line, hint=hint)
    attest = fields.fields("attest")
    claims = {
        issuer: {claim: attest.fields(issuer).words(claim) for claim in attest.fields(issuer)}
        for issuer in ("github", "circleci")
    }
    return EnvironmentRules(
        name,
        tuple(dict.fromkeys(aliases)),
        protected,
        Attest(attest.words("aws_accounts"), claims["github"], claims["circleci"], attest.boolean("stamp", True)),
        fields.boolean("require_stamp"),
    )


def _guards(name: str, fields: Fields, report: Report) -> dict[str, str]:
    guards = fields.fields("guards")
    modes = {layer: guards.text(layer) for layer in GUARD_LAYERS if layer in guards}
    if "off" in modes.values() and "reason" not in guards:
        hint = "add reason: to the guards"
        report.add(f"environments.{name}.guards turns one off and gives no reason", fields.line("guards"), hint=hint)
    return modes


def _refuse_collisions(blocks: dict[str, tuple[int, Fields]], book: BookSource, report: Report) -> None:
    taken = {name: (name, line) for name, (line, _) in blocks.items()}
    for name, (_, fields) in blocks.items():
        for alias, line in fields.texts("aliases"):
            owner, first = taken.setdefault(alias, (name, line))
            if (owner, first) == (name, line):
                continue
            if owner == name:
                report.add(f"environments.{name}: {alias} is said twice", line, hint="remove one of them")
            else:
                words = f"environments.{name}: the alias {alias} already means {owner} (line {first})"
                report.add(words, line, hint="an alias means one environment")


def _extend(blocks: dict[str, tuple[int, Fields]], book: BookSource, report: Report) -> None:
    """Guards and require_stamp come over; nothing that has an address in it does."""
    for name, (_, fields) in blocks.items():
        parent = fields.text("extends")
        if not parent:
            continue
        line = fields.line("extends")
        known = may_extend(name, parent, f"environments.{name}", line, book, report)
        if known is None:
            continue
        own = book.environments[name]
        if blocks[parent][1].text("extends"):
            report.add(
                f"environments.{name} extends {parent}, which extends another", line, hint="extend one step only"
            )
        for key, mode in known.guards.items():
            own.guards.setdefault(key, mode)
        if "require_stamp" not in fields and known.rules.require_stamp:
            rules = own.rules
            stamped = EnvironmentRules(rules.name, rules.aliases, rules.protected, rules.attest, require_stamp=True)
            book.environments[name] = EnvironmentSource(stamped, own.line, own.guards, own.variables)


def may_extend(
    name: str, parent: str, where: str, line: int, book: BookSource, report: Report
) -> EnvironmentSource | None:
    """The environment that ``extends`` names, if this one may take anything over from it."""
    known = book.environments.get(parent)
    if known is None:
        report.add(
            f"{where} extends {parent}, which is no environment", line, hint=suggestion(parent, book.environments)
        )
    elif parent == name:
        report.add(f"{where} extends itself", line, hint="remove it")
    elif known.protected and not book.environments[name].protected:
        hint = "move what both have in common to the service itself"
        report.add(f"{where} extends the protected environment {parent}", line, hint=hint)
    else:
        return known
    return None


def _claim_attested(name: str, attest: Fields, book: BookSource) -> None:
    book.accounts.extend(Claim(name, text, line) for text, line in attest.texts("aws_accounts"))


def _claim_for_production(root: Fields, book: BookSource, report: Report) -> None:
    only = root.fields("production_only")
    if "production_only" in root and not book.protected:
        line = root.line("production_only")
        report.add("production_only has no environment to belong to", line, hint="mark production with protected: true")
    for name in book.protected:
        _claim(name, only, "production_only", book, report, common=True)


def _claim(name: str, only: Fields, where: str, book: BookSource, report: Report, *, common: bool = False) -> None:
    for text, line in only.texts("hosts"):
        found = host_and_port(text, f"{where}.hosts", line, report)
        if found is not None:
            host, port = found
            book.places.append(Place(name, "", host.name, port, host.addresses, line, "common" if common else "only"))
    for text, line in only.texts("wildcards"):
        covered = domain(text, f"{where}.wildcards", line, report)
        if covered is not None:
            book.wildcards.append(Claim(name, covered, line, common))
    for text, line in only.texts("cidrs"):
        ranged = network(text, f"{where}.cidrs", line, report)
        if ranged is not None:
            book.cidrs.append(Claim(name, ranged, line, common))
    digests = ((text.lower().removeprefix("sha256:"), line) for text, line in only.texts("credentials_sha256"))
    book.credentials.extend(Claim(name, digest, line, common) for digest, line in digests)
    book.system_identifiers.extend(Claim(name, text, line, common) for text, line in only.texts("system_identifiers"))
    book.namespaces.extend(Claim(name, text, line, common) for text, line in only.texts("namespaces"))
    keys = (("buckets", "s3"), ("rds_identifiers", "rds"), ("arns", ""), ("queue_urls", "sqs"))
    listed = [(service, text, line) for key, service in keys for text, line in only.texts(key)]
    named = only.fields("resources")
    listed += [(service, text, line) for service in named for text, line in named.texts(service)]
    for service, text, line in listed:
        found_resource = book_resource(text, service, where, line, report)
        if found_resource is not None:
            book.resources.append(ClaimedResource(name, found_resource, line))
