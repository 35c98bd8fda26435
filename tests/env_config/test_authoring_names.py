"""Environments, services, aliases, templates: who is called what, and what may be taken over from whom."""

from __future__ import annotations

import pytest

from env_config.authoring.stages import Stages, contains, sounds_like_production, words
from env_config.authoring.templates import matcher, render
from tests.env_config.address_sources import Spoil, Tree, entry, problems_of, spoiled

STAGES = Stages(
    {"production": ("prod", "live"), "pre-production": ("preprod",), "staging": ("stg",), "development": ("dev",)}
)


def messages(spoil: Spoil) -> list[str]:
    """What is wrong, each by code and words."""
    return [f"{one.code}: {one.message}" for one in problems_of(spoiled(spoil))]


def set_aliases(environment: str, *aliases: str) -> Spoil:
    return lambda tree: tree["environments"][environment].update(aliases=list(aliases))


# ------------------------------------------------------------------------------------------------------------- aliases


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (set_aliases("staging", "preprod"), "the alias preprod already means pre-production"),
        (set_aliases("staging", "pre-production"), "the alias pre-production already means pre-production"),
        (set_aliases("pre-production", "staging"), "the alias staging already means staging"),
        (set_aliases("staging", "staging"), "staging is said twice"),
        (set_aliases("staging", "stg", "stg"), "stg is said twice"),
        (set_aliases("staging", "prod"), "the alias prod already means production"),
        (set_aliases("staging", "mosaic-prod"), "is called mosaic-prod and is not protected"),
        (lambda tree: tree["services"]["redshift"].update(aliases=["documents"]), "the alias documents is taken"),
        (lambda tree: tree["services"]["redshift"].update(aliases=["scdb"]), "the alias scdb is taken"),
    ],
)
def test_an_alias_means_one_thing(spoil: Spoil, expected: str) -> None:
    """Aliases of environments and services collide with no name and no other alias."""
    assert any(expected in one for one in messages(spoil)), messages(spoil)


@pytest.mark.parametrize("name", ["production", "prod", "live", "prd", "mosaic-production", "eu-live"])
def test_an_environment_that_sounds_like_production_is_protected(name: str) -> None:
    """Leaving `protected` out of production would leave every rule without an object."""

    def spoil(tree: Tree) -> None:
        tree["environments"]["production"]["aliases"] = []
        tree["environments"][name] = {} if name != "production" else {"aliases": ["x"]}

    assert any(f"is called {name} and is not protected" in one for one in messages(spoil))
    assert sounds_like_production(name)


@pytest.mark.parametrize("name", ["pre-production", "preprod", "non-prod", "staging", "test", "nonprod", "delivery"])
def test_other_names_need_no_protection(name: str) -> None:
    """A word is compared whole, and `pre` or `non` in front of it turns it round."""
    assert not sounds_like_production(name)


# ------------------------------------------------------------------------------------------------------------- extends


def test_extends_adds_settings_and_never_an_address() -> None:
    """An entry takes over what has no address in it, and still has to say where it is."""

    def spoil(tree: Tree) -> None:
        tree["convention"].pop("host")
        tree["services"] = {
            "db": {
                "kind": "postgresql",
                "environments": {
                    "staging": {"host": "db.stage.example", "database": "x", "user": "app"},
                    "pre-production": {"extends": "staging"},
                },
            }
        }
        tree.pop("acl")

    found = problems_of(spoiled(spoil))
    assert len(found) == 1
    assert "has no host" in found[0].message
    assert "never supplies an address" in found[0].hint


@pytest.mark.parametrize("key", ["host", "ip", "members", "tunnel", "resource", "account"])
def test_nothing_that_is_an_address_comes_over(key: str) -> None:
    """Each of the keys that say where stays in the entry it was written in."""
    from env_config.authoring import compile_book, parse_source
    from tests.env_config.address_sources import NOW, TODAY

    values = {
        "host": "db.stage.example",
        "ip": "192.0.2.50",
        "members": "replica.stage.example:5432",
        "tunnel": "127.0.0.1:7777",
        "resource": "stage-thing",
        "account": "444455556666",
    }

    def spoil(tree: Tree) -> None:
        entry(tree, "person-api", "staging").update({key: values[key]}, database="taken-over")
        entry(tree, "person-api", "pre-production").update(extends="staging")

    books = compile_book(parse_source(spoiled(spoil)), now=NOW, today=TODAY)
    service = books["pre-production"].services["person-api"]
    assert service.database == "taken-over"
    assert values[key] not in repr(service)
    assert values[key].partition(":")[0] not in repr(books["pre-production"].own.endpoints)


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (
            lambda tree: entry(tree, "person-api").update(extends="production"),
            "extends the protected environment production",
        ),
        (lambda tree: entry(tree, "person-api").update(extends="staging"), "extends itself"),
        (lambda tree: entry(tree, "person-api").update(extends="stagin"), "which is no environment"),
        (lambda tree: entry(tree, "redshift").update(extends="pre-production"), "where the service is not declared"),
        (
            lambda tree: tree["environments"]["staging"].update(extends="production"),
            "extends the protected environment production",
        ),
        (lambda tree: tree["environments"]["staging"].update(extends="nowhere"), "which is no environment"),
    ],
)
def test_extending_production_or_nothing_is_refused(spoil: Spoil, expected: str) -> None:
    """No other environment takes anything over from a protected one."""
    assert any(expected in one for one in messages(spoil)), messages(spoil)


def test_extends_goes_one_step() -> None:
    """A chain would hide where a setting comes from."""

    def spoil(tree: Tree) -> None:
        tree["environments"]["development"] = {"extends": "staging"}
        tree["environments"]["test"] = {"extends": "development"}

    assert any("which extends another" in one for one in messages(spoil))


# ------------------------------------------------------------------------------------------------- templates, seeding, acl


def test_an_empty_variable_is_refused_even_where_nothing_uses_it() -> None:
    """A part that renders as nothing makes two names alike."""
    found = messages(lambda tree: tree["environments"]["staging"].update(variables={"suffix": ""}))
    assert any("variables.suffix is empty" in one for one in found)


def test_a_variable_does_not_change_what_a_part_means() -> None:
    """`environment` is the environment."""
    found = messages(lambda tree: tree["environments"]["staging"].update(variables={"environment": "production"}))
    assert any("has a meaning already" in one for one in found)


@pytest.mark.parametrize(
    ("key", "template", "expected"),
    [
        ("host", "{service}.internal.example", "does not say the environment"),
        ("bucket", "lbh-{service}", "does not say the environment"),
        ("ssm", "/{service}/{key}", "does not say the environment"),
        ("host", "api.{environment}.example", "does not say the service"),
        ("host", "{service}.{environment.example", "a brace stands alone"),
        ("host", "{service}.{}.example", "nothing gives { } a value"),
    ],
)
def test_a_convention_says_service_and_environment(key: str, template: str, expected: str) -> None:
    """The environment's label is always explicit, production's too."""
    assert any(expected in one for one in messages(lambda tree: tree["convention"].update({key: template})))


def test_a_secret_by_convention_needs_one() -> None:
    """`key:` stands for the convention's path."""
    assert any("no convention for ssm" in one for one in messages(lambda tree: tree["convention"].pop("ssm")))


@pytest.mark.parametrize(
    ("seeding", "expected"),
    [
        (["production"], "names the protected environment production"),
        (["stagin"], "no environment stagin"),
        (["pre-production"], "the service is not in pre-production"),
    ],
)
def test_synthetic_data_goes_where_it_may(seeding: list[str], expected: str) -> None:
    """Never to production, and only where the service is."""
    found = messages(lambda tree: tree["services"]["social-care-db"].update(seeding=seeding))
    assert any(expected in one for one in found)


@pytest.mark.parametrize(
    ("acl", "expected"),
    [
        ({"stagin": {}}, "no such environment"),
        ({"staging": {"nothing": ["x"]}}, "no such service"),
        ({"staging": {"scdb": ["x"]}}, "no such service"),
        ({"pre-production": {"redshift": ["x"]}}, "the service is not in pre-production"),
        ({"staging": {"redshift": []}}, "lists nobody"),
        ({"staging": {"redshift": ["*"]}}, "wildcards"),
    ],
)
def test_the_access_list_names_what_exists(acl: object, expected: str) -> None:
    """A misspelt line would leave a service open to everybody."""
    assert any(expected in one for one in messages(lambda tree: tree.update(acl=acl)))


def test_a_shared_service_may_stand_in_the_access_list() -> None:
    """What `shared` declares is a service like any other."""
    assert messages(lambda tree: tree["acl"]["staging"].update(sso=["ci-deployer"])) == []


@pytest.mark.parametrize(
    ("kind", "identity", "expected"),
    [
        ("mysql", {"assert": "startup"}, "only postgresql can assert by startup"),
        ("redis", {"assert": "query"}, "only postgresql can assert by query"),
        ("postgresql", {"assert": "tls", "tls": "require"}, "proves nothing unless it is verified"),
        ("postgresql", {"assert": "tls", "tls": "off"}, "proves nothing unless it is verified"),
    ],
)
def test_an_identity_policy_can_be_kept(kind: str, identity: object, expected: str) -> None:
    """A policy that its kind of server cannot fulfil is refused."""

    def spoil(tree: Tree) -> None:
        tree["services"]["x"] = {"kind": kind, "identity": identity, "environments": {"staging": {}}}

    assert any(expected in one for one in messages(spoil))


@pytest.mark.parametrize("option", ["host", "hostaddr", "Server", "port", "sslmode", "options", "service_file"])
def test_an_option_does_not_overrule_the_entry(option: str) -> None:
    """Where a connection goes and what proves the other end is said once."""
    found = messages(lambda tree: entry(tree, "redshift").update(options={option: "x"}))
    assert any("would overrule the entry" in one for one in found)


def test_a_guard_is_turned_off_with_a_reason() -> None:
    """The book says why, where its reviewer reads it."""
    assert any(
        "gives no reason" in one
        for one in messages(lambda tree: tree["environments"]["staging"].update(guards={"processes": "off"}))
    )
    reasoned = {"processes": "off", "reason": "no seccomp on this platform"}
    assert messages(lambda tree: tree["environments"]["staging"].update(guards=reasoned)) == []


def test_production_only_belongs_to_somebody() -> None:
    """Without a protected environment it would protect nothing."""

    def spoil(tree: Tree) -> None:
        tree["environments"] = {"staging": {}}
        tree["services"], tree["shared"], tree["acl"] = {}, [], {}
        tree["production_only"] = {"cidrs": ["10.9.0.0/16"]}

    assert any("no environment to belong to" in one for one in messages(spoil))


# --------------------------------------------------------------------------------------------------------------- stages


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/social-care/production/password", {"production"}),
        ("/social-care/prod/password", {"production"}),
        ("/social-care/pre-production/password", {"pre-production"}),
        ("/social-care/preprod/password", {"pre-production"}),
        ("/social-care-staging/database/url", {"staging"}),
        ("/social-care-prod/database/url", {"production"}),
        ("/social-care/staging/live-chat", {"staging"}),
        ("/social-care/staging/go-live", {"staging"}),
        ("/social-care/go-live", {"production"}),
        ("/development-team/staging/key", {"staging"}),
        ("/social-care/staging/production-api-url", {"staging", "production"}),
        ("arn:aws:ssm:eu-west-2:111122223333:parameter/x/production/y", {"production"}),
        ("PROD_DB_PASSWORD", {"production"}),
        ("/common/hackney-jwt-secret", set()),
        ("/products/reproduction/livery", set()),
        ("/x/non-production/y", set()),
    ],
)
def test_a_path_names_its_stage_by_whole_words(path: str, expected: set[str]) -> None:
    """The longest match wins, and a word inside a longer word is none."""
    assert STAGES.of_path(path) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lbh-documents-production", {"production"}),
        ("dataplatform-prod-landing-zone", {"production"}),
        ("dev-tools", set()),
        ("tools-dev", {"development"}),
        ("landing-zone-prod", {"production"}),
        ("housing-pre-production-terraform-state", {"pre-production"}),
        ("send-live-communications", set()),
        ("reproduction", set()),
    ],
)
def test_a_name_carries_an_environment(name: str, expected: set[str]) -> None:
    """A distinctive name counts anywhere; one that is a plain word, as the last word only."""
    assert STAGES.within(name) == expected


def test_containing_is_by_whole_words() -> None:
    """`a-b` stands within `x-a-b-y`, and not within `xa-b`."""
    assert contains(words("x-a-b-y"), words("a-b"))
    assert not contains(words("xa-b"), words("a-b"))
    assert not contains(words("x"), ())


def test_rendering_says_what_was_lost() -> None:
    """Empty and unknown parts are named, so that a rule can ask whose name is left."""
    found = render("{a}{b}.{c}", {"a": "x", "b": ""})
    assert (found.text, found.emptied, found.unknown, found.sound) == ("x.", ("b",), ("c",), False)


def test_a_template_matches_what_it_can_become() -> None:
    """Parts that are not given match one label; the rest is compared as it is."""
    pattern = matcher("{service}.{environment}.x.example", {"environment": "production"})
    assert pattern.fullmatch("a-b.production.x.example")
    assert not pattern.fullmatch("a.b.production.x.example")
    assert not pattern.fullmatch("a.production.xyexample")
