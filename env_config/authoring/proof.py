"""The proof that no environment's entries lead into another environment.

Every rule reads the ledger and yields problems; ``RULES`` is read at every call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from . import closure_rules, name_rules, place_rules
from .ledger import Ledger
from .problems import BookProblem

Rule = Callable[[Ledger], Iterator[BookProblem]]

RULES: dict[str, Rule] = {
    "address-exact": place_rules.address_exact,
    "address-numeric": place_rules.address_numeric,
    "wildcard-host": place_rules.wildcard_host,
    "wildcard-overlap": place_rules.wildcard_overlap,
    "network-address": place_rules.network_address,
    "network-overlap": place_rules.network_overlap,
    "namespace-host": place_rules.namespace_host,
    "convention-name": place_rules.convention_name,
    "empty-variable": place_rules.empty_variable,
    "option-address": place_rules.option_address,
    "resource-shared": name_rules.resource_shared,
    "resource-account": name_rules.resource_account,
    "resource-label": name_rules.resource_label,
    "identifier-contained": name_rules.identifier_contained,
    "account-shared": name_rules.account_shared,
    "credential-shared": name_rules.credential_shared,
    "identifier-shared": name_rules.identifier_shared,
    "secret-stage": name_rules.secret_stage,
    "secret-stageless": name_rules.secret_stageless,
    "path-stage": name_rules.path_stage,
    "review-date": name_rules.review_date,
    "production-declared": name_rules.production_declared,
    "identity-unprovable": name_rules.identity_unprovable,
    "dns-name": closure_rules.dns_name,
    "dns-address": closure_rules.dns_address,
}
"""Rule name to its check."""


def prove(ledger: Ledger) -> tuple[BookProblem, ...]:
    """Every problem that the rules find; none means that the environments are apart."""
    return tuple(problem for rule in RULES.values() for problem in rule(ledger))
