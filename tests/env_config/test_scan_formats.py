"""Values and the keys around them, format by format."""

from __future__ import annotations

import pytest

from env_config.scan.formats import format_of


def read(path: str, text: str) -> dict[str, str]:
    """Values by their dotted keys; where each begins is checked on the way."""
    found = {}
    for literal in format_of(path, text[:200]).literals(text):
        if "\\" not in text:
            assert text.startswith(literal.value, literal.at)
        found[".".join(literal.keys)] = literal.value
    return found


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.yml", "a:\n  b: 'x y' # no\n  c:\n  - d: e\n    f: g\n  - h\n", {"a.b": "x y", "a.c.[0].d": "e", "a.c.[0].f": "g", "a.c.[1]": "h"}),
        ("a.yml", "env:\n  - URL=http://x/?a=b\n", {"env.[0].URL": "http://x/?a=b"}),
        ("a.yml", "run: |\n  one: two\n  # three\nnext: 4\n", {"run": "# three", "next": "4"}),
        ("a.yml", 'm: {staging: http://s:80/x, production: ["a", b]}\n', {"m.staging": "http://s:80/x", "m.production.[0]": "a", "m.production.[1]": "b"}),
        ("a.yml", "a: 1\n---\na: 2\n", {"a": "1", "[document 1].a": "2"}),
        ("a.yml", "x: ${ssm:/a/${self:provider.stage}/b}\n", {"x": "${ssm:/a/${self:provider.stage}/b}"}),
        ("a.yml", "x: &anchor !Sub 'v'\n", {"x": "v"}),
        ("a.json", '{"a": {"b": ["c", 1]}, // no\n "d": "e\\u0041"}', {"a.b.[0]": "c", "a.b.[1]": "1", "d": "eA"}),
        ("a.tf", 'resource "x" "y" {\n  a = "b" # "no"\n  l = ["c", "d"]\n  m = { k = "v" }\n}\n', {"resource.x.y.a": "b", "resource.x.y.l.[0]": "c", "resource.x.y.l.[1]": "d", "resource.x.y.m.k": "v"}),
        ("a.tfvars", "port = 5440\nhost = db.example.test\n", {"port": "5440", "host": "db.example.test"}),
        ("a.tf", 'x = var.e == "production" ? "a" : "b"\n', {"x": "b"}),
        (".env", "export A='b c' # no\n#B=1\nC=d#e\n", {"A": "b c", "C": "d#e"}),
        ("a.ini", "[staging]\nhost = h\n; no = 1\n", {"staging.host": "h"}),
        ("a.toml", '[a.b]\nc = "d"\n', {"a.b.c": "d"}),
        ("a.properties", "a.b=c\n! no=1\nd: e\n", {"a.b": "c", "d": "e"}),
        ("a.sh", 'export A="b"\ncurl x # no\n', {"A": "b", "": "curl x"}),
        ("Dockerfile", "ENV A=b\nENV C d\n# no\n", {"A": "b", "C": "d"}),
        ("a.py", 'URLS = {\n    "staging": "http://s",  # "http://no"\n}\n', {"URLS": "staging", "URLS.staging": "http://s"}),
        ("a.ts", "const u = {\n  production: {\n    url: `http://p`, // 'http://no'\n  },\n};\n", {"u.production.url": "http://p"}),
        ("a.cs", 'var x = "Host=h;Port=1"; /* "http://no" */\n', {"x": "Host=h;Port=1"}),
        ("a.rb", "URL = 'http://r' # 'http://no'\n", {"URL": "http://r"}),
        ("web.config", '<add key="A" value="http://w" /><!-- "http://no" -->', {"value": "http://w"}),
        ("readme.md", "see http://x", {}),
        ("bin/run", "#!/bin/bash\nA=b\n", {"A": "b"}),
    ],
)  # fmt: skip
def test_values(path: str, text: str, expected: dict[str, str]) -> None:
    """Every format gives its values with the keys around them, and no comment."""
    assert read(path, text) == expected


@pytest.mark.parametrize("suffix", ["yml", "json", "tf", "env", "py", "ts", "rb", "xml", "sh", "toml"])
@pytest.mark.parametrize(
    "text", ["", "{", "[[[", '"', "'''", "a: {b: [", "}" * 50, "- - - -", "<<EOF\nx", "${", "\t\x0b\ufeff"]
)
def test_broken_text(suffix: str, text: str) -> None:
    """Text that is not of its format is read as far as it goes, and never raises."""
    read(f"a.{suffix}", text * 3)


def test_deep_nesting() -> None:
    """Nesting deeper than any stack is read without recursion."""
    read("a.json", "[" * 5_000 + '"x"' + "]" * 5_000)
    read("a.py", "\n".join(f"{' ' * depth}if x{depth}:" for depth in range(1_500)) + "\n" + " " * 1_500 + "a = 'b.c'\n")
