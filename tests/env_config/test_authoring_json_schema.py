"""The published JSON Schema says what the grammar says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from env_config.authoring import json_schema, parse_source
from env_config.authoring.grammar import BOOK
from env_config.authoring.problems import Report
from env_config.authoring.shapes import ListOf, MapOf, Record, Shape, accept
from tests.env_config.address_sources import GOOD, Tree, text_of

SCHEMA = json.loads(json_schema.FILE.read_text(encoding="utf-8"))
KEYWORDS = {
    "$schema", "$id", "title", "description", "format", "type", "properties", "additionalProperties", "required",
    "propertyNames", "pattern", "enum", "items", "anyOf", "minimum", "maximum",
}  # fmt: skip
TYPES: dict[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool}


def allows(schema: dict[str, Any], value: Any) -> bool:
    """Whether the schema allows a value: the keywords of draft 2020-12 that the published schema uses, and no other."""
    assert set(schema) <= KEYWORDS, set(schema) - KEYWORDS
    kind = schema.get("type")
    if kind == "integer":
        if not isinstance(value, int) or isinstance(value, bool):
            return False
    elif kind and not isinstance(value, TYPES[kind]):
        return False
    if "anyOf" in schema and not any(allows(one, value) for one in schema["anyOf"]):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return False
    if not schema.get("minimum", value) <= value <= schema.get("maximum", value) if kind == "integer" else False:
        return False
    if isinstance(value, list) and "items" in schema:
        return all(allows(schema["items"], item) for item in value)
    return not isinstance(value, dict) or _allows_object(schema, value)


def _allows_object(schema: dict[str, Any], value: dict[str, Any]) -> bool:
    named = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    if any(key not in value for key in schema.get("required", [])):
        return False
    for key, inner in value.items():
        if "propertyNames" in schema and not allows(schema["propertyNames"], key):
            return False
        rule = named.get(key, others)
        if rule is False or (rule is not True and not allows(rule, inner)):
            return False
    return True


def accepted(tree: Tree) -> bool:
    """Whether the grammar has nothing to say about the tree's shape."""
    source, report = parse_source(text_of(tree)), Report("x")
    accept(BOOK, source.root, "", report)
    return not (report.problems or source.problems)


IDENTITY = {"assert": "tls", "tls": "verify-full", "system_identifier": "optional"}
ONLY = {
    "hosts": ["a.example:1"], "cidrs": ["10.0.0.0/8"], "wildcards": ["*.a.example"], "buckets": ["b"],
    "rds_identifiers": ["r"], "arns": ["arn:aws:iam::111122223333:role/a"], "queue_urls": ["https://a.example/b"],
    "resources": {"sqs": ["jobs"]}, "credentials_sha256": ["sha256:" + "a" * 64], "system_identifiers": ["1"],
    "namespaces": ["n"],
}  # fmt: skip
ENVIRONMENT = {
    "description": "x", "aliases": ["stg"], "protected": False, "extends": "a", "require_stamp": True,
    "attest": {"aws_accounts": ["111122223333"], "github": {"environment": ["a"]}, "circleci": {"p": "a"}, "stamp": True},
    "variables": {"suffix": "-stg"}, "only": ONLY, "guards": {"connects": "off", "reason": "no connects"},
}  # fmt: skip
ENTRY = {
    "description": "x", "kind": "redshift", "port": 1, "database": "d", "user": "u", "path": "/p", "secret": "env:X",
    "region": "eu-west-2", "options": {"a": "b"}, "identity": IDENTITY, "extends": "a", "host": "h.example",
    "ip": ["192.0.2.1"], "members": "m.example", "tunnel": "127.0.0.1:1", "resource": "r", "account": "111122223333",
}  # fmt: skip


def full() -> Tree:
    """A book that has every key there is, once."""
    service = {"kind": "https", "aliases": ["b"], "seeding": ["staging"], "environments": {"staging": ENTRY}}
    front = {"cidrs": "203.0.113.0/24", "reason": "front", "review_by": "2027-01-01"}
    sso = {
        "service": "sso",
        "kind": "https",
        "host": "h",
        "port": 1,
        "path": "/",
        "reason": "r",
        "review_by": "2027-01-01",
    }
    return {
        "version": 1,
        "description": "the borough's",
        "environments": {"staging": ENVIRONMENT},
        "convention": {"host": "{service}", "ssm": "/{key}", "bucket": "b"},
        "services": {"a": service},
        "shared": [front, sso],
        "production_only": {"hosts": "a"},
        "acl": {"staging": {"a": ["ci"]}},
        "valid_for": "7d",
    }


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a tree."""
    yield path
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


def replaced(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The tree with one value changed; what is not on the way to it is not copied."""
    if not path:
        return value
    changed = tree.copy()
    changed[path[0]] = replaced(tree.get(path[0]) if isinstance(tree, dict) else tree[path[0]], path[1:], value)
    return changed


def removed(tree: Any, path: tuple[Any, ...]) -> Any:
    """The tree without one key."""
    parent = tree
    for step in path[:-1]:
        parent = parent[step]
    return replaced(tree, path[:-1], {key: value for key, value in parent.items() if key != path[-1]})


VALUES: tuple[Any, ...] = (
    None, True, 0, 1, -1, 65536, 1.5, "", "x", "X", "off", "a b", "a'b", "\u202e", "10.0.0.0/8", "2027-06-30", "ssm:/a",
    "*.a.example", "a" * 64, [], ["x"], [1], [[]], {}, {"x": "y"}, {"unknown": {}}, {"Not A Name!": {}},
)  # fmt: skip


def spoiled_books() -> Iterator[Any]:
    """The full book with each of its values replaced by each of many others, and with each key removed or misspelt."""
    tree = full()
    for path in places(tree):
        yield from (replaced(tree, path, value) for value in VALUES)
        if path and isinstance(path[-1], str):
            yield replaced(tree, (*path[:-1], f"{path[-1]}x"), "x")
            yield removed(tree, path)


def test_the_published_file_is_up_to_date() -> None:
    """What lies beside the code is what the grammar makes."""
    assert json_schema.FILE.read_text(encoding="utf-8") == json_schema.text()
    assert json_schema.main(["--check"]) == 0


def test_a_stale_file_is_noticed_and_rewritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--check` fails for another text, and `--write` mends it."""
    monkeypatch.setattr(json_schema, "FILE", tmp_path / "addresses.schema.json")
    assert json_schema.main(["--check"]) == 1
    assert json_schema.main(["--write"]) == 0
    assert json_schema.main(["--check"]) == 0


def test_good_books_pass_both() -> None:
    """A small and a full book are fine for the schema and for the grammar."""
    for tree in (GOOD, full(), {"version": 1, "environments": {}}):
        assert allows(SCHEMA, tree)
        assert accepted(tree)


def test_schema_and_grammar_agree_on_every_spoiled_book() -> None:
    """Thousands of books, each wrong or right in one place, get the same answer from both."""
    seen = {True: 0, False: 0}
    for tree in spoiled_books():
        verdict = accepted(tree)
        assert allows(SCHEMA, tree) == verdict, [
            part for part in json.dumps(tree).split(",") if part not in json.dumps(full())
        ]
        seen[verdict] += 1
    assert seen[True] > 400
    assert seen[False] > 2_000


def test_every_key_says_what_it_means() -> None:
    """An editor shows a meaning for every key, besides what its value looks like; a key that is gone has none left."""
    records = [shape for shape in shapes(BOOK) if isinstance(shape, Record)]
    assert [set(record.fields) ^ set(record.notes) for record in records] == [set()] * len(records)
    assert SCHEMA["properties"]["valid_for"]["description"].endswith("(a duration such as 30d or 12h)")


def shapes(shape: Shape) -> Iterator[Shape]:
    """The shape, and all that it is made of."""
    yield shape
    if isinstance(shape, Record):
        inner: tuple[Shape, ...] = tuple(shape.fields.values())
    else:
        inner = (shape.value,) if isinstance(shape, MapOf) else (shape.item,) if isinstance(shape, ListOf) else ()
    for one in inner:
        yield from shapes(one)


def test_the_schema_refuses_unknown_keys_everywhere() -> None:
    """Every record is closed."""

    def records(schema: Any) -> Iterator[dict[str, Any]]:
        if isinstance(schema, dict):
            if "properties" in schema and isinstance(schema.get("type"), str):
                yield schema
            for inner in schema.values():
                yield from records(inner)
        elif isinstance(schema, list):
            for inner in schema:
                yield from records(inner)

    found = list(records(SCHEMA))
    assert len(found) > 8
    assert all(record["additionalProperties"] is False for record in found)


def test_the_dialect_is_named() -> None:
    """Editors need to know the draft, and a name that is no address."""
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["$id"].startswith("urn:")
