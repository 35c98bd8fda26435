"""The containers are reachable from this machine only, and the seeder cannot be pointed anywhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from tests.architecture.source_tree import ROOT

DATABASES = frozenset({"postgres", "mariadb"})


def composition() -> dict[str, Any]:
    """Reads the compose file as YAML; no engine is needed for what is asserted here."""
    loaded = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def faults(services: Mapping[str, Any]) -> Iterator[str]:
    """Yields every service that is exposed beyond loopback, or a database that cannot say it is ready."""
    for name, service in services.items():
        for port in service.get("ports", []):
            if not (isinstance(port, str) and port.startswith("127.0.0.1:")):
                yield f"{name} publishes {port} beyond this machine"
        if service.get("network_mode") == "host" or service.get("privileged"):
            yield f"{name} leaves its container"
        if name in DATABASES and not service.get("healthcheck", {}).get("test"):
            yield f"{name} has no healthcheck"
        if any("${DATABASE_URL" in str(part) for part in (service.get("command"), service.get("environment"))):
            yield f"{name} takes a database's address from the caller's environment"


def test_no_service_is_exposed() -> None:
    """Every published port is bound to 127.0.0.1, and every database has a healthcheck."""
    assert list(faults(composition()["services"])) == []


def test_the_seed_service_runs_the_command_line() -> None:
    """The containers seed through the same command as everybody else, with the environment named."""
    service = composition()["services"]["seed"]
    command, database = service["command"], composition()["x-database-url"]
    assert command[:3] == ["understudy", "seed", "borough"]
    assert command[3:] == ["--to", database, "--environment", "local"]
    assert "@postgres:5432/" in database
    assert service["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_the_default_profile_is_postgres_and_its_seed() -> None:
    """`docker compose up` starts the database and fills it; everything else is asked for by profile."""
    services = composition()["services"]
    assert {name for name, service in services.items() if not service.get("profiles")} == {"postgres", "seed"}
    assert services["mariadb"]["profiles"] == ["conformance"]
    assert services["api"]["profiles"] == ["api"]


def test_images_are_versioned() -> None:
    """No image is pulled as `latest`, so tomorrow's containers are today's."""
    images = [service["image"] for service in composition()["services"].values() if "image" in service]
    assert images
    assert all(":" in image and not image.endswith(":latest") for image in images)


@pytest.mark.parametrize(
    "service",
    [
        {"ports": ["5432:5432"], "healthcheck": {"test": ["CMD", "true"]}},
        {"ports": ["0.0.0.0:5432:5432"], "healthcheck": {"test": ["CMD", "true"]}},
        {"ports": [{"target": 5432, "published": 5432}], "healthcheck": {"test": ["CMD", "true"]}},
        {"ports": ["127.0.0.1:5432:5432"]},
        {"network_mode": "host", "healthcheck": {"test": ["CMD", "true"]}},
        {"command": ["seed", "--to", "${DATABASE_URL}"], "healthcheck": {"test": ["CMD", "true"]}},
    ],
)
def test_an_exposed_service_is_caught(service: dict[str, Any]) -> None:
    """Each fault is found in a service that has it."""
    assert len(list(faults({"postgres": service}))) == 1
