"""Dotenv files that would be read together and name different environments."""

from __future__ import annotations

from pathlib import Path

import pytest

from env_config.attestation import conflicting_files, conflicting_folder
from env_config.attestation.dotenv_files import judge_files
from env_config.errors import EnvironmentRefused
from tests.env_config.books import RULES

CONFLICTS = {
    "the file asked for loses": ({".env": "APP_ENV=production", ".env.testing": "APP_ENV=testing"}, ".env.testing"),
    "other variables": ({".env": "RAILS_ENV=production", ".env.test": "ENVIRONMENT=test"}, ".env.test"),
    "within one file": ({".env": "APP_ENV=staging\nENV_CONFIG_ENVIRONMENT=production"}, ".env"),
    "twice in one file": ({".env": "APP_ENV=staging\nAPP_ENV=production"}, ".env"),
    "against its own name": ({".env.testing": "APP_ENV=production"}, ".env.testing"),
    "only .env is there": ({".env": "APP_ENV=production"}, ".env.testing"),
    "local neighbour": ({".env": "STAGE=staging", ".env.local": "STAGE=production"}, ".env"),
    "local neighbour of the asked": ({".env.staging": "", ".env.staging.local": "STAGE=prod"}, ".env.staging"),
    "a folder above": ({"/srv/.env": "APP_ENV=production", "/srv/a/.env.testing": "APP_ENV=testing"}, ".env.testing"),
    "export, quotes, comment": (
        {".env": "export APP_ENV = 'production' # live\r\n", ".env.t": 'APP_ENV="test"'},
        ".env.t",
    ),
    "byte order mark": ({".env": "\ufeffAPP_ENV=production", ".env.testing": "APP_ENV=testing"}, ".env.testing"),
    "unknown names": ({".env": "APP_ENV=blue", ".env.x": "APP_ENV=green"}, ".env.x"),
    "lower case": ({".env": "app_env=production", ".env.testing": "APP_ENV=testing"}, ".env.testing"),
}

AGREEMENTS = {
    "the same": ({".env": "APP_ENV=testing", ".env.testing": "APP_ENV=test"}, ".env.testing"),
    "aliases": ({".env": "APP_ENV=stg", ".env.staging": "ENVIRONMENT=Staging"}, ".env.staging"),
    "another axis": (
        {".env": "NODE_ENV=production\nASPNETCORE_ENVIRONMENT=Production", ".env.testing": "APP_ENV=testing"},
        ".env.testing",
    ),
    "not read together": ({".env": "APP_ENV=staging", ".env.production": "APP_ENV=production"}, ".env"),
    "a comment": ({".env": "# APP_ENV=production", ".env.testing": "APP_ENV=testing"}, ".env.testing"),
    "a reference": ({".env": "APP_ENV=${STAGE_NAME}", ".env.testing": "APP_ENV=testing"}, ".env.testing"),
    "empty": ({".env": "APP_ENV=", ".env.testing": "APP_ENV=testing"}, ".env.testing"),
    "a longer name": ({".env": "MY_APP_ENV=production", ".env.testing": "APP_ENV=testing"}, ".env.testing"),
    "nothing": ({}, ".env"),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_files_that_disagree_are_refused(name: str) -> None:
    """Whoever would have won: two environments in what is read together are a conflict."""
    files, asked = CONFLICTS[name]
    with pytest.raises(EnvironmentRefused) as caught:
        conflicting_files(files, asked, RULES)
    assert caught.value.code == "ENV_CONFLICT"


@pytest.mark.parametrize("name", AGREEMENTS)
def test_files_that_agree_are_read(name: str) -> None:
    """One environment under several names, and variables of another axis, are no conflict."""
    conflicting_files(*AGREEMENTS[name], RULES)


def test_a_book_is_not_needed() -> None:
    """Without a book the names stand for themselves."""
    with pytest.raises(EnvironmentRefused):
        conflicting_files({".env": "APP_ENV=production", ".env.testing": "APP_ENV=testing"}, asked=".env.testing")


def test_a_refusal_holds_no_other_line_of_the_files() -> None:
    """What else stands in the files, passwords say, is not told."""
    files = {".env": "APP_ENV=production\nDB_PASSWORD=hunter2", ".env.test": "APP_ENV=test"}
    assert "hunter2" not in str(judge_files(files, ".env.test", RULES))


def test_a_folder_is_read_with_those_above_it(tmp_path: Path) -> None:
    """A file in a parent folder is found by readers that walk up, and so by this one."""
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner / ".env.testing").write_text("APP_ENV=testing")
    conflicting_folder(inner, ".env.testing", RULES)
    (tmp_path / ".env").write_bytes(b"\xff\xfe\nAPP_ENV=production\n")
    with pytest.raises(EnvironmentRefused):
        conflicting_folder(inner, ".env.testing", RULES)
