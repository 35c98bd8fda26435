"""An address in each client's form, and grants that open one more."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from env_config import audit_log
from env_config.authoring.signing import new_key, sign_token, signer
from env_config.book.codec import seal
from env_config.book.model import IdentityPolicy, Service
from env_config.errors import GrantRefused, Refusal, TargetRefused, UsageRefused
from env_config.grants import KIND
from env_config.resolver import Address
from env_config.runtime import Runtime
from tests.env_config.books import corpus_book

NOW = 1_700_000_500
DATABASE = Service(
    "social-care-db",
    "postgresql",
    host="stage-db.hackney.test",
    port=5432,
    database="social_care",
    secret="ssm:/social-care/staging/password",
)
API = Service("person-api", "https", host="abc.execute-api.eu-west-2.amazonaws.com", port=443, path="/staging/api/v1")


def test_a_connection_string_carries_the_assertion_and_the_check_of_the_certificate() -> None:
    """Host, port and database are the book's, and the server is asked to prove itself twice."""
    dsn = Address(DATABASE, "staging").dsn("psycopg", user="app")
    words = ("host=stage-db.hackney.test", "port=5432", "dbname=social_care", "sslmode=verify-full", "user=app")
    assert all(word in dsn for word in words)
    assert "default_text_search_config=public.env_staging" in dsn


def test_keywords_say_the_same() -> None:
    """The keyword arguments hold what the string holds."""
    found = Address(DATABASE, "pre-production").kwargs("psycopg", user="app")
    assert (found["host"], found["port"], found["sslmode"], found["user"]) == (
        "stage-db.hackney.test",
        "5432",
        "verify-full",
        "app",
    )
    assert found["options"] == "-c default_text_search_config=public.env_pre_production"


@pytest.mark.parametrize("name", ["host", "hostaddr", "port", "options", "sslmode", "service", "dbname"])
def test_nobody_else_says_where_to_connect(name: str) -> None:
    """An argument that would change the place or the checks is refused, in strings and in keywords."""
    address = Address(DATABASE, "staging")
    for ask in (address.kwargs, address.dsn):
        with pytest.raises(UsageRefused):
            ask("psycopg", **{name: "x"})


@pytest.mark.parametrize(
    ("service", "path", "url"),
    [
        (API, "/persons?x=1", "https://abc.execute-api.eu-west-2.amazonaws.com/staging/api/v1/persons?x=1"),
        (API, "", "https://abc.execute-api.eu-west-2.amazonaws.com/staging/api/v1"),
        (replace(API, path="", port=8443), "/x", "https://abc.execute-api.eu-west-2.amazonaws.com:8443/x"),
        (
            Service("r", "rediss", host="r.staging.example", port=6379, database="0"),
            "",
            "rediss://r.staging.example:6379/0",
        ),
        (
            Service("m", "mongodb", host="m.staging.example", port=27017, database="d", options={"replicaSet": "rs"}),
            "",
            "mongodb://m.staging.example:27017/d?replicaSet=rs",
        ),
        (
            Service("m", "mongodb", host="m.staging.example", port=27017, options={"replicaSet": "rs"}),
            "",
            "mongodb://m.staging.example:27017/?replicaSet=rs",
        ),
        (Service("q", "amqps", host="2001:db8::1", port=5671, database="/v"), "", "amqps://[2001:db8::1]:5671/%2Fv"),
    ],
)
def test_a_url_is_whole(service: Service, path: str, url: str) -> None:
    """Scheme, host, port, the service's own path, the database and the options stand where clients look for them."""
    assert Address(service, "staging").url(path) == url


@pytest.mark.parametrize("path", ["persons", "//evil.example/", "/a\\b", "/a\nb", "@evil.example/"])
def test_a_path_leads_nowhere_else(path: str) -> None:
    """A path that a client could read as another host is refused."""
    with pytest.raises(TargetRefused) as caught:
        Address(API, "staging").url(path)
    assert caught.value.code == "AMBIGUOUS"


def test_what_a_service_does_not_have_is_refused() -> None:
    """A bucket has no port, a database no URL path of HTTP, an API no resource."""
    bucket = Address(Service("documents", "s3", resource="lbh-documents-staging"), "staging")
    assert bucket.resource == "lbh-documents-staging"
    for ask in (lambda: bucket.port, bucket.url, lambda: Address(API, "staging").resource, Address(DATABASE, "s").url):
        with pytest.raises(UsageRefused):
            ask()


def test_no_secret_is_held() -> None:
    """An address knows where its secret is, not what it is."""
    assert Address(DATABASE, "staging").secret == "ssm:/social-care/staging/password"


# ------------------------------------------------------------------------------------------------------------- grants


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("granted")
    new_key(folder / "books.pem", trust=folder / "trust.json", purposes=("book",))
    new_key(folder / "grants.pem", trust=folder / "trust.json", purposes=("grant",), owner="second-person")
    for name in ("staging", "production"):
        book = corpus_book(name)
        own = replace(book.services["social-care-db"], identity=IdentityPolicy(tls="off"))
        book = replace(book, services={**book.services, "social-care-db": own})
        (folder / f"{name}.json").write_bytes(seal(book, signer(folder / "books.pem")))
    (folder / "books.pem").unlink()
    return folder


def grant(keys: Path, path: Path, **changes: object) -> Path:
    claims = {
        "who": "alex",
        "service": "social-care-db",
        "environment": "production",
        "mode": "read-only",
        "reason": "restore a lost record",
        "ticket": "INC-1",
        "iat": NOW - 60,
        "exp": NOW + 3600,
        "jti": path.name,
    }
    path.write_text(sign_token({**claims, **changes}, keys / "grants.pem", KIND), encoding="utf-8")
    return path


def staging(keys: Path) -> Runtime:
    return Runtime(keys, environ={"ENV_CONFIG_ENVIRONMENT": "staging"}, clock=lambda: NOW)


def test_a_grant_opens_one_service_and_nothing_beside_it(keys: Path, tmp_path: Path) -> None:
    """Before, production is denied; afterwards this host and port pass, its other ports and its neighbours do not."""
    process = staging(keys)
    assert process.policy.judge_peer("127.0.0.77", 5432).code == "PEER_PROD"
    address = process.use_grant(grant(keys, tmp_path / "a.jwt"), "social-care-db", "prod")
    assert (address.host, address.environment) == ("prod-db.hackney.test", "production")
    assert process.policy.judge_peer("127.0.0.77", 5432).code == "OK"
    assert process.policy.judge_name("prod-db.hackney.test", 5432).code == "OK"
    assert process.policy.judge_peer("127.0.0.77", 22).code == "PEER_PROD"
    assert process.policy.judge_name("new.prod.hackney.example", 5432).code == "PROD_WILDCARD"
    assert process.address("social-care-db").host == "stage-db.hackney.test"


def test_a_read_only_grant_makes_sessions_read_only(keys: Path, tmp_path: Path) -> None:
    """The address asks the server for sessions that cannot write; a driver that cannot ask for it is refused."""
    address = staging(keys).use_grant(grant(keys, tmp_path / "b.jwt"), "social-care-db", "production")
    option = "-c default_transaction_read_only=on -c default_text_search_config=public.env_production"
    assert address.kwargs("psycopg")["options"] == option
    assert "default_transaction_read_only" in address.dsn("psycopg")
    with pytest.raises(UsageRefused):
        address.kwargs("asyncpg")


def test_writing_needs_a_grant_to_write(keys: Path, tmp_path: Path) -> None:
    """A read-only grant gives no address to write through; one to write does."""
    with pytest.raises(GrantRefused) as caught:
        staging(keys).use_grant(grant(keys, tmp_path / "c.jwt"), "social-care-db", "production", mode="read-write")
    assert caught.value.code == "OVERRIDE_SCOPE"
    allowed = grant(keys, tmp_path / "d.jwt", mode="read-write")
    address = staging(keys).use_grant(allowed, "social-care-db", "production", mode="read-write")
    assert "read_only" not in address.dsn("psycopg")


@pytest.mark.parametrize(
    ("changes", "name", "code"),
    [
        ({"exp": NOW - 120}, "social-care-db", "OVERRIDE_EXPIRED"),
        ({"exp": NOW + 9 * 3600}, "social-care-db", "OVERRIDE_EXPIRED"),
        ({"service": "manage-my-home"}, "social-care-db", "OVERRIDE_SCOPE"),
        ({"reason": "", "ticket": ""}, "social-care-db", "OVERRIDE_UNJUSTIFIED"),
        ({}, "no-such-service", "UNDECLARED"),
    ],
)
def test_a_grant_that_does_not_hold_opens_nothing(
    keys: Path, tmp_path: Path, changes: dict[str, object], name: str, code: str
) -> None:
    """Expired, too long, for something else, without a reason: refused, and production stays denied."""
    process = staging(keys)
    with pytest.raises(Refusal) as caught:
        process.use_grant(grant(keys, tmp_path / "e.jwt", **changes), name, "production")
    assert caught.value.code == code
    assert process.policy.judge_peer("127.0.0.77", 5432).code == "PEER_PROD"


def test_a_grant_is_logged_before_it_is_used(
    keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The audit line has who, why and what; where it cannot be written, nothing opens."""
    monkeypatch.setattr(audit_log, "record", lambda event, facts: False)
    process = staging(keys)
    with pytest.raises(GrantRefused):
        process.use_grant(grant(keys, tmp_path / "f.jwt"), "social-care-db", "production")
    assert process.policy.judge_peer("127.0.0.77", 5432).code == "PEER_PROD"
    monkeypatch.undo()
    with caplog.at_level("INFO", logger="env_config.audit"):
        staging(keys).use_grant(grant(keys, tmp_path / "g.jwt"), "social-care-db", "production")
    facts = json.loads(caplog.messages[0])
    assert (facts["who"], facts["ticket"], facts["service"]) == ("alex", "INC-1", "social-care-db")
