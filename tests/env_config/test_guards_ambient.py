"""Variables of the process that would lead a client to production."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from env_config.errors import TargetRefused
from env_config.guards.ambient import AmbientGuard, judge_ambient
from env_config.policy import Policy
from tests.env_config.books import TERRITORIES, corpus_book

NOTIFY = "our_service-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0"


def policy(environment: str = "staging") -> Policy:
    book = corpus_book(environment)
    listed = frozenset({sha256(NOTIFY.encode()).hexdigest()})
    territories = [replace(one, credentials_sha256=listed) if one.protected else one for one in book.foreign]
    return Policy(replace(book, foreign=tuple(territories)))


LEADING = {
    "DATABASE_URL": "postgresql://u@prod-db.hackney.test/x",
    "CELERY_BROKER_URL": "redis://127.0.0.77:6379/0",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.77:9000",
    "HTTPS_PROXY": "http://proxy.prod.hackney.example:3128",
    "all_proxy": "socks5://10.120.32.4:1080",
    "PGHOST": "prod-db.hackney.test",
    "PGHOSTADDR": "127.0.0.77",
    "REDIS_HOST": "2130706509",
    "KAFKA_BROKERS": "stage-db.hackney.test:9092,kafka.prod.hackney.example:9092",
    "ELASTICSEARCH_NODES": "http://127.0.0.66:9200 http://127.0.0.77:9200",
    "CONNECTION_STRING": "Host=prod-db.hackney.test;Port=5432;Database=x;Username=u;Password=p",
    "ConnectionStrings__Default": "Server=tcp:prod-db.hackney.test,1433;Database=x",
    "TenureApiUrl": "https://tenure.prod.hackney.example/api/v1",
    "GatewayOptions__TenancyApi": "https://tenancy.prod.hackney.example/",
    "SOMETHING_ELSE": "mongodb://u:p@127.0.0.66,127.0.0.77/x",
    "JAVA_TOOL_OPTIONS": "-Xmx1g -Dspring.datasource.url=jdbc:postgresql://prod-db.hackney.test:5432/x",
    "VCAP_SERVICES": json.dumps({"postgres": [{"credentials": {"uri": "postgres://u@prod-db.hackney.test/x"}}]}),
    "APP_SETTINGS": json.dumps({"db": {"host": "prod-db.hackney.test"}}),
    "PERSON_SNS_ARN": "arn:aws:sns:eu-west-2:111122223333:person",
    "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/deploy",
    "QUEUE_URL": "https://sqs.eu-west-2.amazonaws.com/111122223333/jobs",
    "DOCUMENTS_BUCKET": "lbh-documents-production",
    "AWS_ACCOUNT_ID": "111122223333",
    "KUBE_NAMESPACE": "production",
    "AWS_PROFILE": "housing-production",
    "TF_WORKSPACE": "prod",
    "DB_HOST": "PROD-DB.hackney.test.",
    "DB_HOST_RO": "prod-db.hackney.test",
    "MYSQL_HOST": "[::ffff:127.0.0.77]",
    "SMTP_SERVER": "10.120.32.25",
    "DOCKER_HOST": "ssh://deploy@prod-db.hackney.test",
    "GRPC_TARGET": "dns:///prod-db.hackney.test:443",
    "BACKUP_TARGET": "backup@prod-db.hackney.test:/srv/dumps",
    "PERSONS_BACKEND": "db+postgresql://u@prod-db.hackney.test/x",
}

HARMLESS = {
    "SEND_LIVE_COMMUNICATIONS": "false",
    "BACKUP_POLICY": "Prod",
    "NODE_ENV": "production",
    "ASPNETCORE_ENVIRONMENT": "Production",
    "NO_PROXY": "prod-db.hackney.test,127.0.0.77",
    "no_proxy": "*.prod.hackney.example",
    "HOSTNAME": "prod-build-7",
    "DJANGO_ALLOWED_HOSTS": "manage-my-home.hackney.example",
    "DATABASE_URL": "postgresql://u@stage-db.hackney.test/x",
    "REDIS_URL": "redis://localhost:6379/0",
    "DB_HOST": "db",
    "DB_PORT": "5432",
    "REDSHIFT_URL": "redshift://u@redshift.hackney.example:5440/x",
    "AWS_PROFILE": "housing-pre-production",
    "AWS_ACCOUNT_ID": "444455556666",
    "PERSON_SNS_ARN": "arn:aws:sns:eu-west-2:444455556666:person",
    "DOCUMENTS_BUCKET": "lbh-documents-staging",
    "SSH_CONNECTION": "10.120.32.7 51234 10.1.2.3 22",
    "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/0/bus",
    "DOCKER_HOST": "unix:///var/run/docker.sock",
    "LS_COLORS": "rs=0:di=01;34:ln=01;36",
    "PS1": r"\u@\h:\w\$ ",
    "PATH": "/usr/local/bin:/usr/bin",
    "STRIPE_KEY": "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
    "PIP_INDEX_URL": "https://packages.example.org/simple",
    "EMPTY_URL": "",
    "TEMPLATE_URL": "https://${STAGE}.hackney.example/",
}


@pytest.mark.parametrize("name", list(LEADING))
def test_a_variable_that_leads_to_production_is_denied(name: str) -> None:
    """Whatever form the value has, and whichever client obeys it."""
    found = judge_ambient({name: LEADING[name], "LANG": "C.UTF-8"}, policy())
    assert (found.verdict, found.code) == ("deny", "AMBIENT")


@pytest.mark.parametrize("name", list(HARMLESS))
def test_a_variable_that_leads_nowhere_near_is_allowed(name: str) -> None:
    """Words such as live or Prod are no addresses; own places are what variables are for."""
    found = judge_ambient({name: HARMLESS[name]}, policy())
    assert found.allowed, found


def test_a_whole_ordinary_environment_is_allowed() -> None:
    """All harmless variables at once, without even a warning about production."""
    assert "AMBIENT" not in judge_ambient(HARMLESS, policy()).codes


def test_a_service_file_is_read_as_libpq_reads_it(tmp_path: pytest.TempPathFactory) -> None:
    """A service called stage that points at production."""
    path = tmp_path / "services"  # type: ignore[operator]
    path.write_text("[stage]\nhost=prod-db.hackney.test\n", encoding="utf-8")
    found = judge_ambient({"PGSERVICE": "stage", "PGSERVICEFILE": str(path)}, policy())
    assert found.code == "AMBIENT"


def test_libpq_variables_count_together() -> None:
    """The port decides whose the shared host is."""
    shared = {"PGHOST": "redshift.hackney.example"}
    assert judge_ambient({**shared, "PGPORT": "5440"}, policy()).allowed
    assert judge_ambient({**shared, "PGPORT": "5439"}, policy()).code == "AMBIENT"


@pytest.mark.parametrize(
    "value",
    (
        "sk_live_abcdefgh",
        "rk_live_abcdefgh",
        NOTIFY,
        f"test-key,{NOTIFY}",
        json.dumps({"stripe": "sk_live_abcdefgh"}),
        "https://sk_live_abcdefgh:@127.0.0.66/",
        '"sk_live_abcdefgh"',
    ),
)
def test_a_live_credential_is_denied_wherever_it_stands(value: str) -> None:
    """By its prefix or by its digest; alone, in a list, in JSON or in a URL."""
    assert "PROD_CREDENTIAL" in judge_ambient({"ANYTHING": value}, policy()).codes


@pytest.mark.parametrize("name", ("DATABASE_URL", "STRIPE_KEY"))
def test_no_reason_shows_a_value(name: str) -> None:
    """The variable is named; password and key are not."""
    environ = {"DATABASE_URL": "postgresql://u:hunter2@prod-db.hackney.test/x", "STRIPE_KEY": "sk_live_abcdefgh"}
    refusal = judge_ambient({name: environ[name]}, policy()).refusal()
    assert refusal is not None
    assert name in str(refusal)
    assert "hunter2" not in f"{refusal}{refusal.facts()}"
    assert "abcdefgh" not in f"{refusal}{refusal.facts()}"


def test_another_environments_address_is_a_warning() -> None:
    """It is not production, and not this environment's."""
    found = judge_ambient({"DATABASE_URL": "postgresql://u@preprod-db.hackney.test/x"}, policy())
    assert (found.verdict, found.code) == ("warn", "UNDECLARED")


def test_a_hermetic_policy_does_not_forbid_every_url() -> None:
    """Tests run with whatever variables a machine has; connecting is judged later."""
    hermetic = Policy(corpus_book("test"), hermetic=True)
    assert judge_ambient({"PIP_INDEX_URL": "https://packages.example.org/simple"}, hermetic).allowed


def test_no_variable_turns_the_check_off() -> None:
    """There is no such name, and none is looked for."""
    switches = {
        "ENVGUARD_DISABLE": "1",
        "DISABLE_DATABASE_ENVIRONMENT_CHECK": "1",
        "ENV_CONFIG_GUARDS": "off",
        "ENV_CONFIG_AMBIENT": "off",
    }
    assert judge_ambient({**switches, "DATABASE_URL": LEADING["DATABASE_URL"]}, policy()).code == "AMBIENT"


def test_in_production_its_own_addresses_are_allowed() -> None:
    """The same variables are right there."""
    own = {
        "DATABASE_URL": "postgresql://u@prod-db.hackney.test:5432/x",
        "STRIPE_KEY": "sk_live_abcdefgh",
        "AWS_PROFILE": "production",
    }
    assert judge_ambient(own, policy("production")).allowed


def test_every_production_place_of_the_book_is_found() -> None:
    """One variable for each endpoint, network and account of production."""
    production = TERRITORIES["production"]
    urls = [f"https://{one.host}:{one.port}/" for one in production.endpoints] + [
        f"http://{one.partition('/')[0].join('[]') if ':' in one else one.partition('/')[0]}/"
        for one in production.cidrs
    ]
    for url in urls:
        assert judge_ambient({"ANY_URL": url}, policy()).code == "AMBIENT", url


def test_the_guard_refuses_at_the_start() -> None:
    """Before any client has read the variable."""
    guard = AmbientGuard()
    guard.install(policy(), "enforce")
    with pytest.raises(TargetRefused) as refused:
        guard.check({"DATABASE_URL": LEADING["DATABASE_URL"]})
    assert (refused.value.code, refused.value.environment) == ("AMBIENT", "staging")


def test_the_guard_reports_where_the_book_says_report(caplog: pytest.LogCaptureFixture) -> None:
    """A line, no exception."""
    guard = AmbientGuard()
    guard.install(policy(), "report")
    guard.check({"DATABASE_URL": LEADING["DATABASE_URL"]})
    assert "AMBIENT" in caplog.text
