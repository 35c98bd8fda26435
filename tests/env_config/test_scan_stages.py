"""Which stage a name speaks of."""

from __future__ import annotations

import pytest

from env_config.scan.stages import MIXED, Stages


@pytest.mark.parametrize(
    ("label", "stage"),
    [
        ("production", "production"),
        ("prod-db", "production"),
        ("db-prod-1", "production"),
        ("prod2", "production"),
        ("lbh-documents-production", "production"),
        ("dataplatform-prod-landing-zone", "production"),
        ("housing-pre-production-terraform-state", "pre-production"),
        ("preprod-db", "pre-production"),
        ("non-prod", "non-production"),
        ("manage-my-home-staging", "staging"),
        ("gov-notify-live", "production"),
        ("send-live-communications", None),
        ("live-chat", None),
        ("livechat", None),
        ("product", None),
        ("products-api", None),
        ("reproduce", None),
        ("prodigy", None),
        ("delivery", None),
        ("alive", None),
        ("prod-to-pre-prod-sync", MIXED),
    ],
)
def test_label(label: str, stage: str | None) -> None:
    """A label speaks of a stage by whole words, the longest match first."""
    assert Stages().label(label) == stage


@pytest.mark.parametrize(
    ("path", "stage"),
    [
        ("terraform/config/stg.tfvars", "staging"),
        ("terraform/pre-production/main.tf", "pre-production"),
        ("terraform/production/main.tf", "production"),
        ("appsettings.Staging.json", "staging"),
        (".env.testing", "test"),
        (".env.production.local", "local"),
        ("docker-compose.prod.yml", "production"),
        ("helm/values-prod.yaml", "production"),
        ("config/application-staging.properties", "staging"),
        ("production/staging/main.tf", "staging"),
        ("docker-compose.yml", None),
        (".env", None),
        (".env.sample", None),
        ("tests/fixtures/a.yaml", None),
        ("products/main.tf", None),
    ],
)
def test_path(path: str, stage: str | None) -> None:
    """A configuration file belongs to the stage of its name, else of its innermost folder."""
    assert Stages().path(path) == stage


@pytest.mark.parametrize(
    ("path", "stage"),
    [
        ("config/environments/production.rb", "production"),
        ("app/settings/production.py", "production"),
        ("src/production_orders.py", None),
        ("src/ProductionLine.cs", None),
        ("lib/live/view.ex", None),
        ("lambdas/redshift_stage_and_load/main.py", None),
    ],
)
def test_path_of_program_text(path: str, stage: str | None) -> None:
    """In program text only a name that is wholly a stage says anything."""
    assert Stages().path(path, source=True) == stage


def test_spellings_of_a_book() -> None:
    """Names and aliases of a book join the usual ones, and its protected environments are production."""
    stages = Stages({"mosaic": ("mosaic-live-site",)}, ["mosaic"])
    assert stages.is_production(stages.named("Mosaic Live Site"))
    assert stages.named("stg") == "staging"


def test_longest_spelling_first() -> None:
    """A book's ``prod-copy`` is what the book says, and not production with a word behind it."""
    stages = Stages({"staging": ("prod-copy",)})
    assert stages.label("db-prod-copy") == "staging"
    assert stages.named("prod") == "production"
