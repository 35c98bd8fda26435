"""Ways to spoil the small book, each of which one rule of the proof alone finds."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.env_config.address_sources import Spoil, Tree, entry, only

Records = dict[str, tuple[tuple[str, ...], tuple[str, ...]]]


@dataclass(frozen=True)
class Case:
    """One way to spoil the book.

    Attributes:
        rule: the only rule that finds it under this code.
        code: what it finds.
        spoil: what is done to the good book.
        dns: what names resolve to.
    """

    rule: str
    code: str
    spoil: Spoil
    dns: Records = field(default_factory=dict)


def empty_suffix(tree: Tree) -> None:
    tree["environments"]["staging"]["variables"] = {"suffix": ""}
    entry(tree, "hub", "production")["host"] = "hub.borough.example"
    entry(tree, "hub").update(host="hub{suffix}.borough.example", port=8443)


def one_bucket(tree: Tree) -> None:
    only(tree, "production")["buckets"] = ["lbh-archive"]
    entry(tree, "documents")["resource"] = "arn:aws:s3:::LBH-archive"


def one_database(tree: Tree) -> None:
    only(tree, "production")["rds_identifiers"] = ["social-care-main"]
    entry(tree, "x")["host"] = "social-care-main.abc123.eu-west-2.rds.amazonaws.com"


def without_production(tree: Tree) -> None:
    for service in (tree, *tree["services"].values()):
        del service["environments"]["production"]


def gateway(tree: Tree) -> None:
    host = "abcdefghij.execute-api.eu-west-2.amazonaws.com"
    entry(tree, "gateway").update(host=host, path="/pre-production/api")


ABOUT_PLACES = (
    Case("address-exact", "PROD_EXACT", lambda tree: entry(tree, "social-care-db").update(host="SC-DB.live.example.")),
    Case("address-exact", "PROD_EXACT", lambda tree: entry(tree, "new").update(host="sc-db.live.example", port=5432)),
    Case("address-exact", "PROD_EXACT", lambda tree: entry(tree, "new").update(members="sc-db.live.example:5432")),
    Case("address-exact", "PROD_EXACT", lambda tree: only(tree).update(hosts=["sc-db.live.example"])),
    Case(
        "address-exact",
        "BOOK_INVALID",
        lambda tree: entry(tree, "x", "pre-production").update(host="rs.example", port=5440),
    ),
    Case(
        "address-exact",
        "PROD_EXACT",
        lambda tree: (
            entry(tree, "social-care-db", "production").update(tunnel="127.0.0.1:6543"),
            entry(tree, "social-care-db").update(tunnel="127.0.0.1:6543"),
        ),
    ),
    Case("address-numeric", "PROD_EXACT", lambda tree: entry(tree, "social-care-db").update(ip="192.0.2.77")),
    Case("address-numeric", "PROD_EXACT", lambda tree: entry(tree, "social-care-db").update(ip="::ffff:192.0.2.77")),
    Case("address-numeric", "PROD_EXACT", lambda tree: entry(tree, "x").update(host="192.0.2.77", port=5432)),
    Case(
        "address-numeric",
        "BOOK_INVALID",
        lambda tree: entry(tree, "x", "pre-production").update(ip="192.0.2.66", port=5432),
    ),
    Case("wildcard-host", "PROD_WILDCARD", lambda tree: entry(tree, "x").update(host="new-api.prod.borough.example")),
    Case("wildcard-host", "PROD_WILDCARD", lambda tree: entry(tree, "x").update(host="prod.borough.example")),
    Case("wildcard-host", "BOOK_INVALID", lambda tree: only(tree, "production").update(wildcards=["*.stage.example"])),
    Case("wildcard-host", "BOOK_INVALID", lambda tree: only(tree).update(wildcards=["*.live.example"])),
    Case("wildcard-overlap", "BOOK_INVALID", lambda tree: only(tree).update(wildcards=["*.stg.prod.borough.example"])),
    Case("wildcard-overlap", "BOOK_INVALID", lambda tree: only(tree).update(wildcards=["*.prod.borough.example"])),
    Case("wildcard-overlap", "BOOK_INVALID", lambda tree: only(tree).update(wildcards=["*.borough.example"])),
    Case("network-address", "PROD_CIDR", lambda tree: entry(tree, "x").update(host="10.120.32.9")),
    Case("network-address", "PROD_CIDR", lambda tree: entry(tree, "x").update(ip="10.120.32.9")),
    Case("network-address", "BOOK_INVALID", lambda tree: only(tree).update(cidrs=["192.0.2.76/31"])),
    Case("network-address", "BOOK_INVALID", lambda tree: only(tree, "production").update(cidrs=["192.0.2.0/24"])),
    Case("network-overlap", "BOOK_INVALID", lambda tree: only(tree).update(cidrs=["10.120.0.0/16"])),
    Case("network-overlap", "BOOK_INVALID", lambda tree: only(tree).update(cidrs=["10.120.32.0/28"])),
    Case("network-overlap", "BOOK_INVALID", lambda tree: only(tree).update(cidrs=["10.120.32.0/24"])),
    Case(
        "namespace-host", "PROD_WILDCARD", lambda tree: entry(tree, "x").update(host="db.production.svc.cluster.local")
    ),
    Case("namespace-host", "PROD_WILDCARD", lambda tree: entry(tree, "x").update(host="db.live.svc.cluster.local")),
    Case(
        "convention-name", "PROD_EXACT", lambda tree: entry(tree, "x").update(host="person-api.prod.internal.example")
    ),
    Case("convention-name", "PROD_WILDCARD", lambda tree: entry(tree, "x").update(host="other.live.internal.example")),
    Case("empty-variable", "PROD_EXACT", empty_suffix),
    Case(
        "option-address",
        "PROD_EXACT",
        lambda tree: entry(tree, "redshift").update(options={"failoverPartner": "sc-db.live.example,5432"}),
    ),
    Case(
        "option-address",
        "PROD_EXACT",
        lambda tree: entry(tree, "redshift").update(options={"proxy": "http://192.0.2.77:5432/"}),
    ),
    Case(
        "option-address",
        "PROD_EXACT",
        lambda tree: entry(tree, "redshift").update(options={"seeds": "a.example:1,b.prod.borough.example:1"}),
    ),
)
ABOUT_NAMES = (
    Case("resource-shared", "PROD_RESOURCE", one_bucket),
    Case("resource-shared", "PROD_RESOURCE", one_database),
    Case(
        "resource-shared",
        "BOOK_INVALID",
        lambda tree: entry(tree, "documents", "pre-production").update(resource="lbh-documents-staging"),
    ),
    Case(
        "resource-account",
        "PROD_RESOURCE",
        lambda tree: entry(tree, "events").update(resource="arn:aws:sns:eu-west-2:111122223333:a"),
    ),
    Case(
        "resource-account",
        "PROD_RESOURCE",
        lambda tree: entry(tree, "person-api").update(options={"role": "arn:aws:iam::111122223333:role/a"}),
    ),
    Case(
        "resource-account",
        "PROD_RESOURCE",
        lambda tree: entry(tree, "redshift").update(
            secret="secretsmanager:arn:aws:secretsmanager:eu-west-2:111122223333:secret:a/staging/b"
        ),
    ),
    Case(
        "resource-account",
        "BOOK_INVALID",
        lambda tree: entry(tree, "events").update(resource="arn:aws:sns:eu-west-2:777788889999:a"),
    ),
    Case("resource-account", "PROD_RESOURCE", lambda tree: entry(tree, "redshift").update(account="111122223333")),
    Case(
        "resource-label", "PROD_RESOURCE", lambda tree: entry(tree, "documents").update(resource="archive-production")
    ),
    Case(
        "resource-label",
        "PROD_RESOURCE",
        lambda tree: entry(tree, "documents").update(resource="dataplatform-prod-landing-zone"),
    ),
    Case(
        "identifier-contained",
        "BOOK_INVALID",
        lambda tree: entry(tree, "x").update(host="social-care-production.copies.stage.example"),
    ),
    Case(
        "identifier-contained",
        "BOOK_INVALID",
        lambda tree: entry(tree, "documents").update(resource="lbh-documents-production-for-staging"),
    ),
    Case(
        "account-shared",
        "BOOK_INVALID",
        lambda tree: tree["environments"]["staging"]["attest"].update(aws_accounts=["444455556666", "111122223333"]),
    ),
    Case(
        "credential-shared",
        "PROD_CREDENTIAL",
        lambda tree: only(tree).update(credentials_sha256=["sha256:" + "A" * 64]),
    ),
    Case(
        "identifier-shared", "BOOK_INVALID", lambda tree: only(tree).update(system_identifiers=["7710846628712274717"])
    ),
    Case("identifier-shared", "BOOK_INVALID", lambda tree: only(tree).update(namespaces=["production"])),
    Case(
        "secret-stage",
        "PROD_RESOURCE",
        lambda tree: entry(tree, "redshift").update(secret="ssm:/rs/production/password"),
    ),
    Case("secret-stage", "PROD_RESOURCE", lambda tree: entry(tree, "redshift").update(secret="env:PROD_DB_PASSWORD")),
    Case(
        "secret-stage",
        "BOOK_INVALID",
        lambda tree: entry(tree, "redshift", "production").update(secret="ssm:/rs/staging/password"),
    ),
    Case(
        "secret-stage", "BOOK_INVALID", lambda tree: entry(tree, "redshift").update(secret="ssm:/rs/preprod/password")
    ),
    Case(
        "secret-stageless",
        "STAGELESS_KEY",
        lambda tree: entry(tree, "redshift").update(secret="ssm:/common/jwt-secret"),
    ),
    Case("path-stage", "BOOK_INVALID", gateway),
    Case("review-date", "BOOK_STALE", lambda tree: tree["shared"][0].update(review_by="2026-10-31")),
    Case("production-declared", "UNDECLARED", without_production),
    Case(
        "identity-unprovable",
        "IDENTITY_UNKNOWN",
        lambda tree: tree["services"]["social-care-db"].update(identity={"system_identifier": "required"}),
    ),
)
ABOUT_DNS = (
    Case("dns-name", "PROD_DNS", lambda tree: None, {"sc-db.stage.example": (("sc-db.live.example",), ())}),
    Case("dns-name", "PROD_DNS", lambda tree: None, {"sc-db.stage.example": (("a.prod.borough.example",), ())}),
    Case("dns-address", "PROD_DNS", lambda tree: None, {"sc-db.stage.example": ((), ("192.0.2.77",))}),
    Case("dns-address", "PROD_DNS", lambda tree: None, {"sc-db.stage.example": ((), ("10.120.32.1",))}),
)
CASES = (*ABOUT_PLACES, *ABOUT_NAMES, *ABOUT_DNS)
