from __future__ import annotations

from pathlib import Path

import pytest

from env_config.canonical import parse_host, targets
from env_config.errors import TargetRefused
from tests.env_config.libpq_strings import strings

PROD, STAGE = "prod-db.hackney.test", "stage-db.hackney.test"
DEFAULTS = {"/var/run/postgresql", "/tmp", "localhost:5432"}


def places(text: str, environ: dict[str, str] | None = None) -> set[str]:
    return {target.text for target in targets(text, "dsn", environ)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"postgresql://{STAGE}@{PROD}:5432/x", {f"{PROD}:5432"}),
        (f"postgres://u:p%40{PROD}@{STAGE}/x", {f"{STAGE}:5432"}),
        (f"postgresql://u@{STAGE}/x?host={PROD}", {f"{PROD}:5432", f"{STAGE}:5432"}),
        (f"postgresql://u@{STAGE}/x?hostaddr=127.0.0.77", {"127.0.0.77:5432", f"{STAGE}:5432"}),
        (f"postgresql:///x?host={STAGE}&host={PROD}", {f"{PROD}:5432", f"{STAGE}:5432"}),
        (f"postgresql:///x?%68ost={PROD}", {f"{PROD}:5432"}),
        (f"postgresql:///x? host={PROD}", {f"{PROD}:5432"}),
        (f"postgresql://{STAGE}#@{PROD}/x", {f"{PROD}:5432", f"{STAGE}:5432"}),
        (f"postgresql://u:a/b@{PROD}:5432/x", None),
        (f"postgresql://{STAGE},{PROD}:5433/x", {f"{STAGE}:5432", f"{STAGE}:5433", f"{PROD}:5433"}),
        (f"postgresql://{STAGE}:5432/x?port=5433", {f"{STAGE}:5432", f"{STAGE}:5433"}),
        ("postgresql://[2001:db8:77::5]:6000/x", {"[2001:db8:77::5]:6000"}),
        ("postgresql://%2Fvar%2Frun%2Fpg/x", {"/var/run/pg"}),
        ("postgresql://u@/x?host=/cloudsql/p:r:i", {"/cloudsql/p:r:i"}),
        ("postgresql:///x", DEFAULTS),
        ("postgresql://:5433/x", {"/var/run/postgresql", "/tmp", "localhost:5433"}),
        (f"postgresql+psycopg://u@/x?host={STAGE}:6000&host={PROD}:6001", {f"{STAGE}:6000", f"{PROD}:6001"}),
        (f"postgresql+asyncpg://{PROD}/x", {f"{PROD}:5432"}),
        (f"POSTGRESQL://{PROD}/x", {f"{PROD}:5432"}),
        (f"redshift+psycopg2://{PROD}/x", {f"{PROD}:5439"}),
        (f"postgresql://{PROD}:55499/x", {f"{PROD}:55499"}),
    ],
)
def test_uris(text: str, expected: set[str] | None) -> None:
    """Each place that libpq, asyncpg or SQLAlchemy would go to is a target; what one of them cannot read is refused."""
    if expected is None:
        with pytest.raises(TargetRefused):
            places(text)
    else:
        assert places(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"host={STAGE} host={PROD} dbname=x", {f"{PROD}:5432", f"{STAGE}:5432"}),
        (f"host = '{PROD}' port=5433", {f"{PROD}:5433"}),
        (f"host={STAGE} hostaddr=127.0.0.77", {f"{STAGE}:5432", "127.0.0.77:5432"}),
        (f"host={STAGE},{PROD} port=1,2", {f"{STAGE}:1", f"{PROD}:2"}),
        (f"host={STAGE},{PROD} port=1", {f"{STAGE}:1", f"{PROD}:1"}),
        (r"host=prod-d\b.hackney.test", {f"{PROD}:5432"}),
        ("host=/var/run/prod-proxy dbname=x", {"/var/run/prod-proxy"}),
        ("host=@prod dbname=x", {"@prod"}),
        (f"password='host={PROD}' host={STAGE}", {f"{STAGE}:5432"}),
        (f"host={STAGE} password=a;b", {f"{STAGE}:5432"}),
        ("dbname=x", DEFAULTS),
        ("", DEFAULTS),
        (f"host=,{PROD}", {*DEFAULTS, f"{PROD}:5432"}),
    ],
)
def test_pairs(text: str, expected: set[str]) -> None:
    """Every host that a string of pairs names is a target, overwritten ones too."""
    assert places(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("host=a.test,b.test hostaddr=127.0.0.1", "MULTI_HOST"),
        ("host=a.test,b.test port=1,2,3", "MULTI_HOST"),
        ("postgresql://a.test,b.test/x?port=1,2,3", "MULTI_HOST"),
        ("host=a.test port=0", "AMBIGUOUS"),
        ("host=a.test port=x", "AMBIGUOUS"),
        ("host='a.test", "AMBIGUOUS"),
        ("postgresql://u:p@q@a.test/x", "AMBIGUOUS"),
        ("postgresql://a.test\\@b.test/x", "AMBIGUOUS"),
        (" postgresql://a.test/x", "AMBIGUOUS"),
        ("postgresql://a.test/host%3Db.test", "AMBIGUOUS"),
        ("service=stage", "AMBIGUOUS"),
        ("postgresql:///?service=stage", "AMBIGUOUS"),
        ("garbage", "OK"),
        ("user=x;password=y", "AMBIGUOUS"),
    ],
)
def test_refusals(text: str, code: str) -> None:
    """Numbers that do not match, and strings whose host is unknown or doubtful, are refused, each with its code."""
    if code == "OK":
        assert places(text) == {"garbage"}
        return
    with pytest.raises(TargetRefused) as refusal:
        places(text)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        (f"postgresql://u@{STAGE}/x", {"PGHOSTADDR": "127.0.0.77"}, {"127.0.0.77:5432", f"{STAGE}:5432"}),
        (f"host={STAGE}", {"PGHOSTADDR": "127.0.0.77"}, {"127.0.0.77:5432", f"{STAGE}:5432"}),
        ("postgresql:///x", {"PGHOST": PROD, "PGPORT": "5433"}, {f"{PROD}:5433"}),
        ("", {"PGHOST": PROD}, {f"{PROD}:5432"}),
        (f"host={STAGE}", {"PGHOST": PROD}, {f"{STAGE}:5432"}),
        (f"host={STAGE} port=5432", {"PGPORT": "5433"}, {f"{STAGE}:5432"}),
        (f"postgresql://u@{STAGE}/x", {"HOME": "/nowhere"}, {f"{STAGE}:5432"}),
    ],
)
def test_variables(text: str, environ: dict[str, str], expected: set[str]) -> None:
    """Libpq's variables complete the string where it is silent, as they do for libpq."""
    assert places(text, environ) == expected


def test_variables_count_only_if_they_are_given() -> None:
    """Without an environment the result depends on the string alone."""
    assert places("postgresql:///x") == DEFAULTS


FILE = f"# services\n[stage]\nhost={PROD}\nport=5433\n\n[other]\nhost={STAGE}\n"


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        ("", {"PGSERVICE": "stage"}, {f"{PROD}:5433"}),
        ("service=other", {}, {f"{STAGE}:5432"}),
        ("service=other", {"PGSERVICE": "stage"}, {f"{STAGE}:5432"}),
        (f"service=stage host={STAGE}", {}, {f"{STAGE}:5433"}),
        ("service=other", {"PGHOST": PROD}, {f"{STAGE}:5432"}),
    ],
)
def test_services(text: str, variables: dict[str, str], expected: set[str], tmp_path: Path) -> None:
    """A service's file is read as libpq reads it: the string before the service, the service before the variables."""
    path = tmp_path / "pg_service.conf"
    path.write_text(FILE)
    for environ in ({"PGSERVICEFILE": str(path)}, {"PGSYSCONFDIR": str(tmp_path), "HOME": "/nowhere"}):
        assert places(text, environ | variables) == expected


@pytest.mark.parametrize(
    "content",
    ["", "[other]\nhost=a.test\n", "[stage]\nnonsense\n", "[stage]\nldap://h.test/x\n", "[stage]\nservice=x\n"],
)
def test_services_that_say_nothing(content: str, tmp_path: Path) -> None:
    """A service that is not defined, or not plainly, is refused."""
    path = tmp_path / "services"
    path.write_text(content)
    with pytest.raises(TargetRefused, match="AMBIGUOUS"):
        places("service=stage", {"PGSERVICEFILE": str(path), "PGSYSCONFDIR": str(tmp_path)})


def test_sqlalchemy_goes_nowhere_else() -> None:
    """Of the URIs among 12,000 generated strings, none that is accepted leads SQLAlchemy with psycopg to a host that is no target."""
    make_url = pytest.importorskip("sqlalchemy.engine").make_url
    dialect = pytest.importorskip("sqlalchemy.dialects.postgresql.psycopg").PGDialect_psycopg()
    compared = 0
    for text in strings(12_000, seed=3):
        uri = text.replace("postgresql://", "postgresql+psycopg://", 1)
        if not uri.startswith("postgresql+psycopg://"):
            continue
        try:
            found = {target.host for target in targets(uri, "dsn")}
            _, options = dialect.create_connect_args(make_url(uri))
            hosts = [parse_host(host) for host in str(options.get("host") or "").split(",") if host and "%" not in host]
        except Exception:  # noqa: BLE001 - what either side refuses leads nowhere
            continue
        compared += len(hosts)
        assert found.issuperset(hosts), uri
    assert compared > 300
