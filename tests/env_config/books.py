"""The borough's book as the corpus' fixture describes it, ready made."""

from __future__ import annotations

from dataclasses import replace

from env_config.book.model import Attest, Book, Endpoint, EnvironmentRules, Service, Territory

RULES = {
    "production": EnvironmentRules(
        "production", ("prod", "prd", "live"), protected=True, attest=Attest(aws_accounts=("111122223333",))
    ),
    "pre-production": EnvironmentRules(
        "pre-production", ("preprod", "pre-prod", "preproduction"), attest=Attest(aws_accounts=("777788889999",))
    ),
    "staging": EnvironmentRules("staging", ("stg", "stage", "uat"), attest=Attest(aws_accounts=("444455556666",))),
    "development": EnvironmentRules("development", ("dev", "local")),
    "test": EnvironmentRules("test", ("testing",)),
}

TERRITORIES = {
    "production": Territory(
        "production",
        protected=True,
        endpoints=(
            Endpoint("prod-db.hackney.test", 5432, ("127.0.0.77",)),
            Endpoint("manage-my-home.hackney.example", 443),
            Endpoint("redshift.hackney.example", 5439, ("192.0.2.173",)),
        ),
        wildcards=("prod.hackney.example",),
        cidrs=("10.120.32.0/24", "2001:db8:77::/48"),
        aws_accounts=("111122223333",),
        resources=frozenset({("rds", "social-care-production"), ("s3", "lbh-documents-production")}),
        system_identifiers=frozenset({"7710846628712274717"}),
        namespaces=frozenset({"production"}),
    ),
    "staging": Territory(
        "staging",
        endpoints=(
            Endpoint("stage-db.hackney.test", 5432, ("127.0.0.66",)),
            Endpoint("manage-my-home-staging.hackney.example", 443),
            Endpoint("redshift.hackney.example", 5440, ("192.0.2.173",)),
        ),
        cidrs=("10.120.31.0/24",),
        aws_accounts=("444455556666",),
    ),
    "pre-production": Territory(
        "pre-production",
        endpoints=(Endpoint("preprod-db.hackney.test", 5432, ("127.0.0.55",)),),
        aws_accounts=("777788889999",),
    ),
    "development": Territory("development"),
    "test": Territory("test"),
}

KINDS = {5432: "postgresql", 443: "https", 5439: "redshift", 5440: "redshift"}
NAMES = {5432: "social-care-db", 443: "manage-my-home", 5439: "redshift", 5440: "redshift"}
SSO = Service("sso", "https", host="auth.hackney.example", port=443, shared=True)


def corpus_book(environment: str = "staging", **changes: object) -> Book:
    """The compiled book of one environment; ``changes`` replace its fields."""
    services = {"sso": SSO}
    for endpoint in TERRITORIES[environment].endpoints:
        assert endpoint.port is not None
        name = NAMES[endpoint.port]
        services[name] = Service(
            name,
            KINDS[endpoint.port],
            host=endpoint.host,
            port=endpoint.port,
            addresses=endpoint.addresses,
            database="social_care" if endpoint.port == 5432 else "",
        )
    book = Book(
        environment,
        RULES,
        services,
        own=TERRITORIES[environment],
        foreign=tuple(territory for name, territory in TERRITORIES.items() if name != environment),
        compiled_at=1_700_000_000,
        expires_at=4_000_000_000,
    )
    return replace(book, **changes)  # type: ignore[arg-type]
