"""A small book's source to spoil: three environments, one of each kind of thing that the proof looks at."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

import yaml

from env_config.authoring import BookProblem, check_source, parse_source
from env_config.authoring.closure import Resolve

Tree = dict[str, Any]
Spoil = Callable[[Tree], object]

TODAY = date(2026, 11, 1)
NOW = 1_793_000_000

GOOD: Tree = {
    "version": 1,
    "environments": {
        "production": {
            "aliases": ["prod", "live"],
            "protected": True,
            "attest": {"aws_accounts": ["111122223333"], "github": {"environment": ["production"]}},
            "only": {
                "cidrs": ["10.120.32.0/24"],
                "wildcards": ["*.prod.borough.example"],
                "buckets": ["lbh-documents-production"],
                "rds_identifiers": ["social-care-production"],
                "credentials_sha256": ["a" * 64],
                "system_identifiers": ["7710846628712274717"],
                "namespaces": ["production"],
            },
        },
        "pre-production": {"aliases": ["preprod"], "attest": {"aws_accounts": ["777788889999"]}},
        "staging": {
            "aliases": ["stg", "uat"],
            "attest": {"aws_accounts": ["444455556666"]},
            "only": {"cidrs": ["10.120.31.0/24"]},
            "guards": {"ambient": "report"},
        },
    },
    "convention": {
        "host": "{service}.{environment}.internal.example",
        "ssm": "/{service}/{environment}/{key}",
        "bucket": "lbh-{service}-{environment}",
    },
    "services": {
        "social-care-db": {
            "kind": "postgresql",
            "database": "social_care",
            "secret": "ssm:/social-care/{environment}/postgres-password",
            "aliases": ["scdb"],
            "seeding": ["staging"],
            "environments": {
                "production": {"host": "sc-db.live.example", "ip": "192.0.2.77"},
                "staging": {"host": "sc-db.stage.example", "ip": ["192.0.2.66"], "tunnel": "127.0.0.1:6543"},
            },
        },
        "redshift": {
            "kind": "redshift",
            "environments": {
                "production": {"host": "rs.example", "port": 5439, "ip": "192.0.2.173"},
                "staging": {"host": "rs.example", "port": 5440, "ip": "192.0.2.173"},
            },
        },
        "person-api": {
            "kind": "https",
            "secret": "key:token",
            "environments": {"production": {}, "staging": {}, "pre-production": {}},
        },
        "documents": {"kind": "s3", "environments": {"production": {}, "staging": {}}},
        "events": {
            "kind": "sns",
            "environments": {
                "production": {"resource": "arn:aws:sns:eu-west-2:111122223333:person"},
                "staging": {"resource": "arn:aws:sns:eu-west-2:444455556666:person"},
            },
        },
    },
    "shared": [
        {"service": "sso", "host": "auth.borough.example", "port": 443, "reason": "one SSO", "review_by": "2027-06-30"}
    ],
    "acl": {"staging": {"social-care-db": ["svc-social-care", "ci-deployer"]}},
    "valid_for": "7d",
}


def text_of(tree: Tree) -> str:
    """The tree as an author's YAML."""
    text: str = yaml.dump(tree, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False)
    return text


def spoiled(spoil: Spoil | None = None) -> str:
    """The good book after something was done to it."""
    tree = deepcopy(GOOD)
    if spoil is not None:
        spoil(tree)
    return text_of(tree)


def problems_of(text: str, *, resolve: Resolve | None = None, today: date = TODAY) -> tuple[BookProblem, ...]:
    """Everything that is found in a source."""
    return check_source(parse_source(text), today=today, resolve=resolve).problems


def entry(tree: Tree, service: str, environment: str = "staging") -> Tree:
    """One entry, made if it is not there."""
    block: Tree = tree["services"].setdefault(service, {"kind": "https", "environments": {}})
    found: Tree = block["environments"].setdefault(environment, {})
    return found


def only(tree: Tree, environment: str = "staging") -> Tree:
    """What belongs to one environment alone."""
    found: Tree = tree["environments"][environment].setdefault("only", {})
    return found
