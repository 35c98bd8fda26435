"""The service's catalogue: what there is, and a problem document for what there is not."""

from __future__ import annotations

import asyncio

import httpx
import pytest

import api.app
from api.app import create_app
from api.problems import problem_of
from generators import REGISTRY, GenerationError
from seeds.dataset import dataset_names, load_dataset
from seeds.errors import SeedError
from tests.refusal_samples import kinds, sample

PROBLEM = {"type", "title", "status", "detail", "code", "hint"}


def answer(method: str, path: str) -> httpx.Response:
    """One request to a fresh application, without a socket."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path)

    return asyncio.run(ask())


def get(path: str) -> httpx.Response:
    return answer("GET", path)


def test_the_process_says_that_it_answers() -> None:
    """`healthz` depends on nothing else."""
    found = get("/healthz")
    assert (found.status_code, found.json()) == (200, {"status": "ok"})


def test_the_packaged_datasets_are_listed() -> None:
    """Each with its version, unit and size."""
    found = get("/v1/datasets").json()
    assert [item["name"] for item in found] == list(dataset_names())
    (borough,) = [item for item in found if item["name"] == "borough"]
    spec = load_dataset("borough").spec
    assert (borough["version"], borough["unit"]) == (spec.version, "resident")
    assert borough["default_size"] == spec.size.default


def test_a_dataset_is_shown_with_its_columns() -> None:
    """Stored tables in load order, stored columns with type, generator and promise."""
    found = get("/v1/datasets/borough").json()
    stored = load_dataset("borough").stored
    assert [table["name"] for table in found["tables"]] == [table.name for table in stored]
    for shown, table in zip(found["tables"], stored, strict=True):
        assert shown["primary_key"] == list(table.primary_key)
        assert [column["name"] for column in shown["columns"]] == [column.name for column in table.stored_columns]
    person = next(table for table in found["tables"] if table["name"] == "person")
    columns = {column["name"]: column for column in person["columns"]}
    assert columns["nhs_number"]["promise"] == "never_issued"
    assert columns["ni_number"]["promise"] == "unissuable"
    assert columns["position"]["promise"] is None
    assert columns["given_name"]["type"] == "varchar(60)"


def test_the_generators_are_listed() -> None:
    """All of them, as their definitions say; one can be asked for by name, a library's provider too."""
    found = get("/v1/generators").json()
    assert [item["name"] for item in found] == sorted(REGISTRY)
    one = get("/v1/generators/unique_integer").json()
    assert one in found
    assert one["unique"] is True
    assert {item["name"] for item in one["parameters"]} == {"min_value", "max_value"}
    assert get("/v1/generators/faker.city").json()["name"] == "faker.city"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/datasets/burough", "DATASET_UNKNOWN"),
        ("/v1/datasets/borough.yaml", "DATASET_UNKNOWN"),
        ("/v1/datasets/%2e%2e", "DATASET_UNKNOWN"),
        ("/v1/datasets/%00", "DATASET_UNKNOWN"),
        ("/v1/generators/nhs_numbr", "SPEC_UNKNOWN_NAME"),
        ("/v1/generators/faker.__class__", "SPEC_UNKNOWN_NAME"),
        ("/v1/generators/faker.nobody", "SPEC_UNKNOWN_NAME"),
        ("/v1/datasets/..%2fborough", "HTTP_NOT_FOUND"),
        ("/v1/datasets/..%2f..%2fdatasets%2fborough.yaml", "HTTP_NOT_FOUND"),
        ("/v1/datasets/%2fetc%2fpasswd", "HTTP_NOT_FOUND"),
        ("/v1/datasets/../../pyproject.toml", "HTTP_NOT_FOUND"),
        ("/nowhere", "HTTP_NOT_FOUND"),
    ],
)
def test_what_is_not_there_is_a_problem(path: str, code: str) -> None:
    """404 with a problem document: a code that stays, what was asked for and a next step; a path leads no further."""
    found = get(path)
    assert (found.status_code, found.headers["content-type"]) == (404, "application/problem+json")
    body = found.json()
    assert set(body) == PROBLEM
    assert (body["code"], body["status"]) == (code, 404)
    assert body["hint"]


def test_another_method_is_a_problem_too() -> None:
    """What the catalogue does not do is refused in the same form, with the methods there are."""
    found = answer("POST", "/v1/datasets")
    assert (found.status_code, found.headers["content-type"]) == (405, "application/problem+json")
    assert found.headers["allow"] == "GET"
    assert found.json()["code"] == "HTTP_METHOD_NOT_ALLOWED"


STATUS = {
    "CycleError": 400,
    "DatasetFileError": 400,
    "DomainTooSmallError": 400,
    "ExpressionError": 400,
    "ForeignRows": 409,
    "GenerationError": 400,
    "ManifestConflict": 409,
    "ParameterError": 400,
    "ReferenceDataError": 500,
    "SchemaMismatch": 409,
    "SeedError": 400,
    "SpecError": 400,
    "TargetBusy": 409,
    "ScanError": 400,
    "TargetError": 400,
    "TargetUnavailable": 503,
    "UnknownNameError": 404,
    "VerificationFailed": 409,
    "WriteRefused": 403,
}


def test_every_refusal_has_a_status() -> None:
    """Each class of the rooms below is in this table, and its document carries its code, message and hint."""
    found = {}
    for kind in (*kinds(SeedError), *kinds(GenerationError)):
        error = sample(kind)
        status, document = problem_of(error)
        assert set(document) == PROBLEM
        assert document["code"] == document["title"] == error.code  # type: ignore[attr-defined]
        assert document["status"] == status
        assert error.message == document["detail"]  # type: ignore[attr-defined]
        found[kind.__name__] = status
    assert found == STATUS


def test_a_refusal_in_a_route_becomes_its_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a service refuses arrives as a problem document, not as an error of the server."""

    def refuse() -> None:
        raise SeedError("it is wrong", code="WRONG", hint="put it right")

    monkeypatch.setattr("api.services.catalogue.generators", refuse)
    found = get("/v1/generators")
    assert (found.status_code, found.json()["code"]) == (400, "WRONG")
    assert found.headers["content-type"] == "application/problem+json"


def test_applications_share_nothing() -> None:
    """Each call assembles another."""
    assert api.app.create_app() is not api.app.create_app()
