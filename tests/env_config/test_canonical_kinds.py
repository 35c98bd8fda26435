from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from env_config.canonical import kind_of, targets
from env_config.errors import TargetRefused


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *(
            ("http://h.test/x", "url"),
            ("https://localhost:3000", "url"),
            (" http://h.test", "url"),
            ("http://h\t.test/", "url"),
        ),
        *(
            ("http:\\\\h.test", "url"),
            ("http:/h.test", "url"),
            ("HTTP://H.TEST", "url"),
            ("wss://h.test", "url"),
            ("ftp://h.test", "url"),
        ),
        *(
            ("http://a.test\\@b.test/", "url"),
            ("unix:///run/x.sock", "url"),
            ("grpc://h.test:50051", "url"),
            ("sb://h.test/", "url"),
        ),
        *(
            ("postgresql://u:p@h.test/x", "dsn"),
            ("postgresql+psycopg://h/x", "dsn"),
            ("mysql://h.test/x", "dsn"),
            ("redshift://h/x", "dsn"),
        ),
        *(
            ("mongodb+srv://h.test/x", "mongodb"),
            ("rediss://:p@h.test", "redis"),
            ("amqp://h.test//", "amqp"),
            ("postgresql:///x", "dsn"),
        ),
        *(
            ("jdbc:postgresql://h.test/x", "jdbc"),
            ("jdbc:oracle:thin:@h.test:1521:x", "jdbc"),
            ("jdbc:sqlserver://h.test;a=b", "jdbc"),
        ),
        *(
            ("arn:aws:sns:eu-west-2:111122223333:person", "aws"),
            ("s3://bucket/key", "aws"),
            ("arn:aws:iam::111122223333:role/x", "aws"),
        ),
        *(
            ("host=h.test dbname=x", "dsn"),
            ("host=h.test", "dsn"),
            ("hostaddr=127.0.0.77 port=1", "dsn"),
            ("service=x user=y", "dsn"),
        ),
        *(
            ("Host=h.test;Port=5432", "ado"),
            ("Server=tcp:h.test,1433;Database=x", "ado"),
            ("Data Source=h.test;Initial Catalog=x", "ado"),
        ),
        *(
            ("prod-db.hackney.test", "host"),
            ("db.production.svc.cluster.local", "host"),
            ("manage-my-home.hackney.gov.uk", "host"),
        ),
        *(
            ("127.0.0.77", "host"),
            ("127.0.0.77:9000", "host"),
            ("[::1]:6379", "host"),
            ("2001:db8:77::5", "host"),
            ("0177.0.0.77", "host"),
        ),
        *(
            ("localhost:5432", "host"),
            ("db:5432", "host"),
            ("a.test:9092,b.test:9092", "host"),
            ("x.internal:80", "host"),
            ("x.mycorp:80", "host"),
        ),
        *(
            ("ｐｒｏｄ-db.hackney.test", "host"),
            ("①②⑦.0.0.77", "host"),
            ("prod-db。hackney。test", "host"),
            ("PROD-DB.HACKNEY.TEST", "host"),
        ),
        *(
            ("a.eu-west-2.rds.amazonaws.com", "host"),
            ("host.docker.internal:5432", "host"),
            ("xn--bcher-kva.example", "host"),
        ),
    ],
)
def test_addresses_are_seen(text: str, kind: str) -> None:
    """A string in the form of an address is one, and of the kind that its form says."""
    assert kind_of(text) == kind


ORDINARY = r"""
false true Prod production staging 1 0 5432 2130706509 127.77 1.2 1.2.3 v1.2.3 ==1.2.3 >=3.10 3.11.7-slim 2024-01-01 2024-01-01T10:30:00Z 10:30 12:30:45
main.tf settings.py appsettings.Development.json docker-compose.yml ./run.sh /var/run/x C:\temp\x.txt ../x.js a/b/c.py package.json x.min.js mod.py:12
a.b.c os.path self.client.name django.contrib.auth com.example.thing System.Net.Http Microsoft.AspNetCore app.test this.props.name e.g. i.e. etc.
postgres:12 python:3.11-slim nginx:latest redis:7 key:value replicas:3 node:2024 aa:bb:cc:dd:ee:ff std::string a::b :: 1:2:3
me@example.com git@github.com:org/repo.git @scope/package #fff $HOME ${HOST} {host} %s <host> * ** -- ... host Host= =x a=b x=y;z=w
https://{host}/x http://$HOST/ https://%s/api postgresql://{user}@{host}/x jdbc:{x} arn:aws:iam::${AWS::AccountId}:x http:// https:// redis:// :// //
Server={host};Port={port} Host=${ssm:/x/db-host};Port=1 text/html application/json utf-8 en-GB Europe/London sha256:abc ssm:/a/b env:NAME file:///etc/hosts
sqlite:///x.db data:text/plain,x mailto:a@b.com urn:x:y about:blank std.out.write x.y None null undefined --host=x NODE_ENV=production a=1&b=2 style=color:red;
"""


@pytest.mark.parametrize(
    "text",
    [
        *ORDINARY.split(),
        "",
        "see http://h.test/ for more",
        "SELECT a.id FROM b WHERE x = 1",
        "for a in b: c",
        "hello. world",
    ],
)
def test_ordinary_words_are_none(text: str) -> None:
    """Words, versions, files, modules, images, dates, addresses of people and placeholders are no addresses."""
    assert kind_of(text) is None


def test_the_standard_library_holds_few_addresses() -> None:
    """Of all strings in the standard library's modules, those taken for addresses are some fifty URLs and hosts."""
    folder = Path(sysconfig.get_path("stdlib"))
    seen, lines = set(), 0
    for path in sorted(folder.glob("*.py")) + sorted(folder.glob("[a-k]*/*.py")):
        source = path.read_text("utf-8", "replace")
        if "site-packages" in path.parts or len(source) > 200_000:
            continue
        lines += source.count("\n")
        nodes = ast.walk(ast.parse(source))
        seen |= {
            node.value
            for node in nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and kind_of(node.value)
        }
    odd = {text for text in seen if "://" not in text and not text.replace(".", "").isdigit()}
    assert lines > 100_000
    assert len(odd) <= lines / 10_000, odd


@given(st.text(max_size=60) | st.from_regex(r"[a-z]{0,8}[:=/.@;,]{1,3}[a-zA-Z0-9.:/@\[\]%={};-]{0,30}", fullmatch=True))
def test_what_has_a_kind_can_be_read(text: str) -> None:
    """A string with a kind is either read as that kind or refused; nothing else is raised."""
    kind = kind_of(text)
    if kind is not None:
        try:
            targets(text, kind, {})
        except TargetRefused:
            return
