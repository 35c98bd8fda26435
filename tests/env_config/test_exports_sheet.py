"""Which variables are exported, how they are called, and whose they may be."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from env_config.book.model import Service
from env_config.canonical.target import Target
from env_config.cli import export
from env_config.errors import BookRefused, EnvironmentRefused, TargetRefused, UsageRefused
from env_config.exports import FORMATS, permit, render, sheet_of
from env_config.exports.dotnet import joined
from env_config.resolver import Address
from tests.env_config.books import corpus_book

DATABASE = Service(
    "social-care-db",
    "postgresql",
    host="sc-staging.example",
    port=5432,
    database="social_care",
    user="svc-social-care",
    secret="ssm:/social-care/staging/postgres-password",
)
API = Service("person-api", "https", host="abc.execute-api.example", port=443, path="/staging/api/v1")
BUCKET = Service("documents", "s3", resource="lbh-documents-staging", account="444455556666", region="eu-west-2")


def variables(*services: Service, style: str = "plain") -> dict[str, str]:
    addresses = [Address(service, "staging") for service in services]
    return dict(sheet_of(addresses, "staging", style=style).variables)


def test_plain_names_follow_the_service_and_leave_out_what_it_has_not() -> None:
    """A service's variables are its name in capitals with a suffix; nothing is invented for what the book does not say."""
    found = variables(DATABASE, API, BUCKET)
    assert {name: value for name, value in found.items() if not name.endswith("_URL")} == {
        "ENV_CONFIG_EXPORTED_FOR": "staging",
        "DOCUMENTS_RESOURCE": "lbh-documents-staging",
        "DOCUMENTS_ACCOUNT": "444455556666",
        "DOCUMENTS_REGION": "eu-west-2",
        "PERSON_API_HOST": "abc.execute-api.example",
        "PERSON_API_PORT": "443",
        "SOCIAL_CARE_DB_HOST": "sc-staging.example",
        "SOCIAL_CARE_DB_PORT": "5432",
        "SOCIAL_CARE_DB_DATABASE": "social_care",
        "SOCIAL_CARE_DB_USER": "svc-social-care",
        "SOCIAL_CARE_DB_SECRET_REF": "ssm:/social-care/staging/postgres-password",
    }
    assert found["PERSON_API_URL"] == "https://abc.execute-api.example/staging/api/v1"


def test_a_database_url_carries_the_assertion_and_no_secret() -> None:
    """What Node or Go connects with names the environment to the server, checks its certificate, and has no password."""
    url = variables(DATABASE)["SOCIAL_CARE_DB_URL"]
    assert url.startswith("postgresql://svc-social-care@sc-staging.example:5432/social_care?")
    assert "env_staging" in url
    assert "verify-full" in url
    assert "hostaddr" not in url


def test_dotnet_names_are_configuration_keys() -> None:
    """A database becomes a connection string under ConnectionStrings, everything else a branch under Addresses."""
    found = variables(DATABASE, API, BUCKET, style="dotnet")
    string = found.pop("ConnectionStrings__SocialCareDb")
    assert "Host=sc-staging.example;Port=5432;Database=social_care;" in string
    assert "assword" not in string
    assert found == {
        "ENV_CONFIG_EXPORTED_FOR": "staging",
        "Addresses__Documents__Resource": "lbh-documents-staging",
        "Addresses__Documents__Account": "444455556666",
        "Addresses__Documents__Region": "eu-west-2",
        "Addresses__PersonApi__Url": "https://abc.execute-api.example/staging/api/v1",
        "Addresses__PersonApi__Host": "abc.execute-api.example",
        "Addresses__PersonApi__Port": "443",
        "Addresses__SocialCareDb__SecretRef": "ssm:/social-care/staging/postgres-password",
    }


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("sqlserver", "Data Source=h.example,1433;Initial Catalog=uh;Encrypt=True;TrustServerCertificate=False"),
        ("mysql", "Server=h.example;Port=1433;Database=uh;SslMode=VerifyFull"),
    ],
)
def test_other_databases_have_their_own_dotnet_form(kind: str, expected: str) -> None:
    """SQL Server and MySQL get the connection string of their own .NET driver, certificates checked."""
    found = variables(Service("uh", kind, host="h.example", port=1433, database="uh"), style="dotnet")
    assert found["ConnectionStrings__Uh"] == expected


def test_a_dotnet_string_leads_back_to_the_same_server() -> None:
    """The canonicaliser reads from the connection string what the book put there, whatever the database is called."""
    canonical = pytest.importorskip("env_config.canonical")
    for name in ("x", "a;Server=prod-db.hackney.test", 'a"b', "it's", " a ", "a=b"):
        text = joined({"Data Source": "stage-db.hackney.test,1433", "Initial Catalog": name})
        found = canonical.targets(text, "ado")
        assert [(target.host.name, target.port) for target in found] == [("stage-db.hackney.test", 1433)], text
        assert isinstance(found[0], Target)


def test_two_services_never_share_a_variable() -> None:
    """Names that differ only in punctuation would overwrite each other; the export is refused instead."""
    with pytest.raises(BookRefused, match="PERSON_API_HOST") as caught:
        variables(API, replace(API, name="person_api"))
    assert caught.value.code == "BOOK_INVALID"


@pytest.mark.parametrize("style", ["plain"])
def test_a_name_that_no_shell_can_set_is_refused(style: str) -> None:
    """A variable cannot begin with a digit, so such a service is not exported under a name nobody can read."""
    with pytest.raises(BookRefused, match="311_API"):
        variables(replace(API, name="311-api"), style=style)


@pytest.mark.parametrize(
    ("requested", "code"),
    [("production", "ENV_UNATTESTED"), ("live", "ENV_UNATTESTED"), ("dev", "ENV_CONFLICT"), ("nowhere", "ENV_UNKNOWN")],
)
def test_another_environment_is_not_exported(requested: str, code: str) -> None:
    """Exporting is resolving: the book of this environment gives out no other, production least of all."""
    with pytest.raises(EnvironmentRefused) as caught:
        permit(requested, corpus_book("staging"))
    assert caught.value.code == code
    assert "prod-db" not in str(caught.value)


@pytest.mark.parametrize("requested", [None, "staging", " STG "])
def test_the_own_environment_is_exported_under_any_of_its_names(requested: str | None) -> None:
    """Asking for the environment one is in changes nothing."""
    assert permit(requested, corpus_book("staging")) == "staging"


class FakeRuntime(SimpleNamespace):
    """Stands for what the command has opened: a book, and the resolver's answers."""

    def __init__(self, answers: dict[str, Address | Exception]) -> None:
        super().__init__(book=replace(corpus_book("staging"), services=answers, digest="abcdef0123456789"))
        self.answers = answers

    def address(self, name: str) -> Address:
        found = self.answers[name]
        if isinstance(found, Exception):
            raise found
        return found


def exported(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], runtime: FakeRuntime, *argv: str
) -> tuple[str, str]:
    parser = argparse.ArgumentParser()
    export.configure(parser)
    monkeypatch.setattr(export, "opened", lambda _: runtime)
    assert export.run(parser.parse_args(argv)) == 0
    out, err = capsysbinary.readouterr()
    return out.decode(), err.decode()


def test_the_command_writes_what_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """`env-config export --format json --service …` prints those services, and nothing else, on stdout."""
    runtime = FakeRuntime({"person-api": Address(API, "staging"), "documents": Address(BUCKET, "staging")})
    out, err = exported(monkeypatch, capsysbinary, runtime, "--format", "json", "--service", "documents")
    assert err == ""
    assert set(json.loads(out)) == {
        "ENV_CONFIG_EXPORTED_FOR",
        "DOCUMENTS_RESOURCE",
        "DOCUMENTS_ACCOUNT",
        "DOCUMENTS_REGION",
    }


def test_a_service_that_others_may_resolve_is_left_out_with_a_word(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Without --service, what this identity may not resolve is named on stderr; asked for by name, it is refused."""
    closed = TargetRefused("not yours", code="UNDECLARED", rule="listed-identity")
    runtime = FakeRuntime({"documents": Address(BUCKET, "staging"), "payroll": closed})
    out, err = exported(monkeypatch, capsysbinary, runtime, "--format", "dotenv")
    assert "DOCUMENTS_RESOURCE=lbh-documents-staging" in out
    assert "left out payroll" in err
    with pytest.raises(TargetRefused):
        exported(monkeypatch, capsysbinary, runtime, "--format", "dotenv", "--service", "payroll")


def test_any_other_refusal_ends_the_export(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """An address that leads where it must not is no reason to write the others."""
    wrong = TargetRefused(code="PROD_EXACT", rule="foreign-endpoint")
    runtime = FakeRuntime({"documents": Address(BUCKET, "staging"), "copied": wrong})
    with pytest.raises(TargetRefused, match="PROD_EXACT"):
        exported(monkeypatch, capsysbinary, runtime, "--format", "dotenv")
    assert capsysbinary.readouterr().out == b""


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_export_is_the_same_every_time(format_name: str) -> None:
    """No clock and no order of dictionaries shows, so a file that is kept in version control changes with the book only."""
    first = render(sheet_of([Address(API, "staging"), Address(BUCKET, "staging")], "staging", digest="ab"), format_name)
    again = render(sheet_of([Address(BUCKET, "staging"), Address(API, "staging")], "staging", digest="ab"), format_name)
    assert first == again


@pytest.mark.parametrize("name", ["", "Upper", "a b", "-a", "$(x)", "x" * 64])
@pytest.mark.parametrize("format_name", ["compose", "k8s"])
def test_an_object_name_is_a_dns_label(format_name: str, name: str) -> None:
    """Compose and Kubernetes take no other names, and none is quoted into something that looks like one."""
    with pytest.raises(UsageRefused):
        render(sheet_of([], "staging", name=name), format_name)
