"""What a compiled book holds, and what it does not."""

from __future__ import annotations

from datetime import date

import pytest

from env_config.authoring import SourceRefused, compile_book, parse_source
from env_config.book.codec import encode
from env_config.book.model import Book, Territory
from env_config.policy import Policy
from tests.env_config.address_sources import NOW, TODAY, Spoil, Tree, entry, only, spoiled


def books_of(spoil: Spoil | None = None) -> dict[str, Book]:
    return compile_book(parse_source(spoiled(spoil)), now=NOW, today=TODAY)


def territory(books: dict[str, Book], seen_from: str, whose: str) -> Territory:
    return next(one for one in books[seen_from].foreign if one.environment == whose)


def test_each_environment_gets_its_own_services_only() -> None:
    """No service of another environment, and no address of one, is among a book's services."""
    staging = books_of()["staging"]
    assert set(staging.services) == {"social-care-db", "redshift", "person-api", "documents", "events", "sso"}
    assert "live.example" not in repr(dict(staging.services))
    assert set(books_of()["pre-production"].services) == {"person-api", "sso"}


def test_every_field_of_an_entry_arrives() -> None:
    """What the author wrote, what the convention adds, and what the environment gives."""
    books = books_of(
        lambda tree: entry(tree, "social-care-db").update(user="app", options={"b": "2", "a": "1"}, region="eu-west-2")
    )
    service = books["staging"].services["social-care-db"]
    assert (service.kind, service.host, service.port) == ("postgresql", "sc-db.stage.example", 5432)
    assert (service.database, service.user, service.region) == ("social_care", "app", "eu-west-2")
    assert service.secret == "ssm:/social-care/staging/postgres-password"
    assert (service.aliases, service.tunnel) == (("scdb",), ("127.0.0.1", 6543))
    assert (service.addresses, dict(service.options)) == (("192.0.2.66",), {"a": "1", "b": "2"})
    assert (service.run_as, service.seeding, service.shared) == (("svc-social-care", "ci-deployer"), True, False)
    assert books["staging"].services["scdb"] == service
    assert not books["production"].services["social-care-db"].seeding


def test_the_convention_names_what_is_not_written() -> None:
    """Hosts, secrets and buckets are rendered with service and environment."""
    staging = books_of()["staging"].services
    assert staging["person-api"].host == "person-api.staging.internal.example"
    assert staging["person-api"].secret == "ssm:/person-api/staging/token"
    assert (staging["documents"].resource, staging["documents"].account) == ("lbh-documents-staging", "444455556666")
    assert staging["events"].account == "444455556666"


def test_the_nearest_setting_wins() -> None:
    """An entry's own word is stronger than what it extends, and that is stronger than the service's."""

    def spoil(tree: Tree) -> None:
        service = tree["services"]["person-api"]
        service.update(
            database="of-service", user="of-service", path="/of-service", options={"a": "s", "b": "s", "c": "s"}
        )
        entry(tree, "person-api").update(database="of-staging", user="of-staging", options={"a": "g", "b": "g"})
        entry(tree, "person-api", "pre-production").update(extends="staging", user="own", options={"a": "o"})

    service = books_of(spoil)["pre-production"].services["person-api"]
    assert (service.database, service.user, service.path) == ("of-staging", "own", "/of-service")
    assert dict(service.options) == {"a": "o", "b": "g", "c": "s"}


@pytest.mark.parametrize(
    ("kind", "identity", "expected"),
    [
        ("postgresql", {}, ("startup", "verify-full", "optional")),
        ("postgresql", {"assert": "query", "tls": "require"}, ("query", "require", "optional")),
        ("mysql", {}, ("tls", "verify-full", "optional")),
        ("redis", {"tls": "off"}, ("none", "off", "optional")),
        ("http", {}, ("none", "off", "optional")),
        ("https", {"assert": "none"}, ("none", "verify-full", "optional")),
    ],
)
def test_an_identity_policy_is_as_strong_as_its_kind_allows(
    kind: str, identity: object, expected: tuple[str, ...]
) -> None:
    """PostgreSQL asserts at start-up, everything else that can shows a certificate; less has to be written down."""

    def spoil(tree: Tree) -> None:
        tree["services"]["x"] = {"kind": kind, "identity": identity, "environments": {"staging": {}}}

    policy = books_of(spoil)["staging"].services["x"].identity
    assert (policy.assertion, policy.tls, policy.system_identifier) == expected


def test_production_is_known_from_outside_by_its_fingerprints() -> None:
    """Endpoints with addresses, domains, networks, accounts, resources, credentials, identifiers, namespaces."""
    production = territory(books_of(), "staging", "production")
    assert production.protected
    assert ("sc-db.live.example", 5432, ("192.0.2.77",)) in {
        (e.host, e.port, e.addresses) for e in production.endpoints
    }
    assert set(production.wildcards) == {"prod.borough.example", "production.internal.example"}
    assert (production.cidrs, production.aws_accounts) == (("10.120.32.0/24",), ("111122223333",))
    assert {("s3", "lbh-documents-production"), ("rds", "social-care-production")} <= production.resources
    assert production.credentials_sha256 == {"a" * 64}
    assert production.system_identifiers == {"7710846628712274717"}
    assert production.namespaces == {"production"}


def test_what_is_shared_is_nobodys_territory() -> None:
    """A shared host is a service of every environment, and a fingerprint of none."""
    books = books_of()
    for book in books.values():
        assert book.services["sso"].shared
        assert "auth.borough.example" not in {e.host for one in (book.own, *book.foreign) for e in one.endpoints}


def test_a_shared_service_with_addresses_of_its_own_is_not_shared() -> None:
    """Declaring too much as shared does not take production's address off the list."""

    def spoil(tree: Tree) -> None:
        tree["shared"].append({"service": "social-care-db", "reason": "by mistake", "review_by": "2027-01-01"})

    books = books_of(spoil)
    assert not books["staging"].services["social-care-db"].shared
    assert "sc-db.live.example" in {one.host for one in territory(books, "staging", "production").endpoints}


def test_tunnels_and_this_machine_are_no_fingerprints() -> None:
    """Loopback is every machine's own; as another environment's it would refuse all local work."""

    def spoil(tree: Tree) -> None:
        entry(tree, "x", "pre-production").update(host="localhost", port=8000)
        entry(tree, "y", "pre-production").update(host="127.0.0.1", port=9000)

    books = books_of(spoil)
    hosts = {endpoint.host for endpoint in territory(books, "staging", "pre-production").endpoints}
    assert hosts == {"person-api.pre-production.internal.example"}
    assert {"localhost", "127.0.0.1"} <= {endpoint.host for endpoint in books["pre-production"].own.endpoints}
    assert "127.0.0.1" not in {endpoint.host for endpoint in books["staging"].own.endpoints}


def test_a_name_two_accounts_have_is_no_fingerprint() -> None:
    """Equal table and topic names are told apart by the account, so neither is refused by its name."""
    books = books_of()
    assert ("sns", "person") not in territory(books, "staging", "production").resources
    assert ("sns", "person") in territory(books, "pre-production", "production").resources


def test_members_belong_to_the_territory() -> None:
    """Replicas and brokers are fingerprints like the host itself, at the service's port unless one is written."""

    def spoil(tree: Tree) -> None:
        entry(tree, "social-care-db", "production").update(members=["r1.live.example", "[2001:db8::1]:6000"])

    endpoints = {(one.host, one.port) for one in territory(books_of(spoil), "staging", "production").endpoints}
    assert {("r1.live.example", 5432), ("2001:db8::1", 6000)} <= endpoints


def test_production_only_joins_every_protected_environment() -> None:
    """What belongs to all protected environments together keeps the others out, and none of its owners."""

    def spoil(tree: Tree) -> None:
        tree["environments"]["mosaic-production"] = {"protected": True}
        tree["environments"]["production"].pop("only")
        tree["production_only"] = {
            "hosts": ["legacy.live.example", "old.live.example:1433"],
            "cidrs": ["10.9.0.0/16", "10.9.1.0/24"],
            "wildcards": ["*.live.borough.example"],
            "buckets": ["lbh-archive-production"],
            "namespaces": ["production"],
        }

    endpoints = {(one.host, one.port) for one in territory(books_of(spoil), "staging", "production").endpoints}
    assert {("legacy.live.example", None), ("old.live.example", 1433)} <= endpoints
    seen = territory(books_of(spoil), "mosaic-production", "production")
    assert (seen.cidrs, seen.namespaces) == ((), frozenset())
    assert "legacy.live.example" not in {one.host for one in seen.endpoints}


def test_rules_of_all_environments_are_in_every_book() -> None:
    """Aliases, protection and attestation are needed to tell where one is."""
    for book in books_of().values():
        assert set(book.environments) == {"production", "pre-production", "staging"}
        assert book.canonical_environment("LIVE") == "production"
        assert book.environments["production"].attest.github == {"environment": ("production",)}


def test_guards_enforce_unless_the_book_says_less() -> None:
    """Modes are the environment's own; what it extends fills the gaps."""

    def spoil(tree: Tree) -> None:
        tree["environments"]["test"] = {"extends": "staging", "guards": {"connects": "report"}}
        tree["environments"]["staging"]["require_stamp"] = True

    books = books_of(spoil)
    assert books["staging"].guards["ambient"] == "report"
    assert set(books["production"].guards.values()) == {"enforce"}
    assert (books["test"].guards["ambient"], books["test"].guards["connects"], books["test"].guards["identity"]) == (
        "report",
        "report",
        "enforce",
    )
    assert books["test"].rules.require_stamp
    assert not books["production"].rules.require_stamp


def test_a_book_says_how_long_it_may_be_used() -> None:
    """The source's word, 30 days without one, or what the caller says."""
    assert books_of()["staging"].expires_at == NOW + 7 * 86_400
    assert books_of(lambda tree: tree.pop("valid_for"))["staging"].expires_at == NOW + 30 * 86_400
    assert books_of(lambda tree: tree.update(valid_for="12h"))["staging"].expires_at == NOW + 12 * 3_600
    assert compile_book(parse_source(spoiled()), now=NOW, valid_for=60)["staging"].expires_at == NOW + 60


def test_the_same_source_and_instant_give_the_same_bytes() -> None:
    """Compiling twice changes nothing, and an added comment neither."""
    first = {name: encode(book) for name, book in books_of().items()}
    assert first == {name: encode(book) for name, book in books_of().items()}
    commented = compile_book(parse_source("# a comment\n" + spoiled()), now=NOW, today=TODAY)
    assert first == {name: encode(book) for name, book in commented.items()}


def test_an_expired_review_stops_compiling() -> None:
    """The day comes in from outside; without one it is that of the compiling."""
    source = parse_source(spoiled())
    with pytest.raises(SourceRefused) as caught:
        compile_book(source, now=NOW, today=date(2027, 7, 1))
    assert caught.value.code == "BOOK_STALE"
    with pytest.raises(SourceRefused):
        compile_book(source, now=NOW + 400 * 86_400)


def test_what_yaml_itself_gives_away_stops_compiling() -> None:
    """A key given twice is found before anything is read, and refuses the book like everything else."""
    with pytest.raises(SourceRefused, match="given already"):
        compile_book(parse_source(spoiled() + "valid_for: 1d\n"), now=NOW, today=TODAY)


def test_a_warning_does_not_stop_compiling() -> None:
    """A key without a stage is told, and compiled."""
    assert books_of(lambda tree: entry(tree, "redshift").update(secret="ssm:/common/jwt"))


def test_a_service_that_is_not_there_stays_absent() -> None:
    """Nothing is inherited from another environment, and nothing falls back."""
    assert "social-care-db" not in books_of()["pre-production"].services


def test_the_policy_reads_what_was_compiled() -> None:
    """A compiled book refuses production's places and allows its own."""
    policy = Policy(books_of(lambda tree: only(tree).update(hosts=["own.stage.example"]))["staging"])
    assert policy.judge_host("sc-db.live.example", 5432).code == "PROD_EXACT"
    assert policy.judge_host("x.prod.borough.example").code == "PROD_WILDCARD"
    assert policy.judge_host("10.120.32.4").code == "PROD_CIDR"
    assert policy.judge_host("192.0.2.77").code == "PROD_EXACT"
    assert policy.judge_host("sc-db.stage.example", 5432).allowed
    assert policy.judge_host("rs.example", 5440).allowed
    assert policy.judge_host("rs.example", 5439).code == "PROD_EXACT"
