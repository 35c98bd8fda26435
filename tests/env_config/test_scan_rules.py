"""What the scanner finds, what it leaves alone, and that each rule is needed."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

import pytest

from env_config.policy import Policy
from env_config.scan import RULES, TREE_RULES, Report, scan_text, scan_tree
from tests.env_config.books import corpus_book

DSN = "postgresql://u:hunter2@prod-db.hackney.test/x"
HOME = "https://manage-my-home.hackney.example"
ARN = "arn:aws:iam::111122223333:role/academy-integration-prod"


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy(corpus_book())


def part(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


GRANT = ".".join(
    (
        part('{"typ":"env-config-grant+jwt","alg":"RS256"}'),
        part('{"service":"x","environment":"production"}'),
        "c2lnbmF0dXJl",
    )
)

ADDRESSES = [
    ("docker-compose.yml", f"DATABASE_URL: {DSN}", "deny", "PROD_EXACT"),
    ("docker-compose.yml", f"services:\n  a:\n    environment:\n      - X={DSN}\n", "deny", "PROD_EXACT"),
    ("terraform/staging/main.tf", 'host = "prod-db.hackney.test"', "deny", "PROD_EXACT"),
    ("terraform/config/stg.tfvars", f'a = "{ARN}"', "deny", "PROD_RESOURCE"),
    ("stg.tfvars", 'redshift_ips = ["192.0.2.173"]\nredshift_port = 5439\n', "deny", "PROD_EXACT"),
    ("serverless.yml", f"custom:\n  stages:\n    staging:\n      url: {HOME}\n", "deny", "PROD_EXACT"),
    ("nextStepOptions.json", f'[{{"webhook": {{"stg": ["{HOME}/a"]}}}}]', "deny", "PROD_EXACT"),
    ("appsettings.Staging.json", '{"C": {"Db": "Server=prod-db.hackney.test,1433;Database=x"}}', "deny", "PROD_EXACT"),
    ("application-uat.properties", "url=jdbc:postgresql://prod-db.hackney.test/x", "deny", "PROD_EXACT"),
    ("k8s/x.yaml", "apiVersion: v1\nkind: A\nmetadata:\n  namespace: staging\nurl: redis://10.120.32.7\n", "deny", "PROD_CIDR"),
    ("k8s/x.yaml", "host: db.production.svc.cluster.local", "deny", "PROD_WILDCARD"),
    ("values-staging.yaml", "host: new.prod.hackney.example", "deny", "PROD_WILDCARD"),
    (".github/workflows/x.yml", f"jobs:\n  a:\n    environment: staging\n    env:\n      U: {HOME}\n", "deny", "PROD_EXACT"),
    (".circleci/config.yml", f"jobs:\n  deploy-to-staging:\n    steps:\n      - run: |\n          curl {HOME}\n", "deny", "PROD_EXACT"),
    ("src/a.py", f'URL = "{HOME}"', "deny", "PROD_EXACT"),
    ("src/a.ts", f"const u = env === 'staging' ? '' : '{HOME}';", "deny", "PROD_EXACT"),
    ("src/A.cs", 'var h = Get("DB_HOST") ?? "prod-db.hackney.test";', "deny", "PROD_EXACT"),
    ("src/a.py", "X = 'http://①②⑦.0.0.77/'", "deny", "PROD_EXACT"),
    (".env", "PGHOST=0x7f00004d", "deny", "PROD_EXACT"),
    (".env", "PRODUCTION_URL=" + HOME, "warn", "PROD_EXACT"),
    ("run.sh", f"URL=${{URL:-{HOME}}}", "deny", "PROD_EXACT"),
    ("Dockerfile", f"ENV API={HOME}", "deny", "PROD_EXACT"),
    ("staging.toml", '[db]\nhost = "prod-db.hackney.test"', "deny", "PROD_EXACT"),
    ("src/a.py", 's3.get_object(Bucket="lbh-documents-production")', "deny", "PROD_RESOURCE"),
    ("src/a.py", '"social-care-production.abc.eu-west-2.rds.amazonaws.com"', "deny", "PROD_RESOURCE"),
]  # fmt: skip

FOUND = [
    *ADDRESSES,
    ("tests/cassettes/a.yaml", f"uri: {HOME}/api", "warn", "PROD_EXACT"),
    ("fixtures/x.yml", f"http_interactions:\n- request:\n    uri: {HOME}\n", "warn", "PROD_EXACT"),
    (".env.sample", "/hn-single-view-api/production/UHW_DB=", "warn", "PROD_RESOURCE"),
    ("serverless.yml", "X: ${ssm:/person-api/production/db-host}", "warn", "PROD_RESOURCE"),
    ("serverless.yml", "m:\n  staging: ${ssm:/person-api/production/db-host}", "deny", "PROD_RESOURCE"),
    ("serverless.yml", "X: ${ssm:/common/hackney-jwt-secret}", "warn", "STAGELESS_KEY"),
    ("main.tf", 'data "aws_ssm_parameter" "x" {\n  name = "/common/key"\n}\n', "warn", "STAGELESS_KEY"),
    ("config.json", '{"stg": "https://abc.execute-api.eu-west-2.amazonaws.com/production/api"}', "deny", "PROD_EXACT"),
    ("staging/main.tf", 'bucket = "terraform-state-production-apis"', "deny", "PROD_RESOURCE"),
    (".env.staging", "ENVIRONMENT=production", "deny", "ENV_CONFLICT"),
    (".env", "APP_ENV=production", "warn", "ENV_CONFLICT"),
    ("a.py", 'e = os.environ.get("ENVIRONMENT", "production")', "deny", "ENV_UNSET"),
    ("a.py", 'e = os.getenv("APP_ENV") or "prod"', "deny", "ENV_UNSET"),
    ("a.py", 'p.add_argument("--environment", default="production")', "deny", "ENV_UNSET"),
    ("a.py", 'class S:\n    environment: str = "production"\n', "deny", "ENV_UNSET"),
    ("a.ts", "const e = process.env.STAGE ?? 'production'", "deny", "ENV_UNSET"),
    ("A.cs", 'environmentName = environmentName ?? "production";', "deny", "ENV_UNSET"),
    ("A.cs", 'var e = Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") ?? "Production";', "warn", "ENV_UNSET"),
    ("a.rb", "ENV.fetch('APP_ENV') { 'production' }", "deny", "ENV_UNSET"),
    ("a.sh", "STAGE=${STAGE:-production}", "deny", "ENV_UNSET"),
    ("serverless.yml", "stage: ${opt:stage, 'development'}", "warn", "ENV_UNSET"),
    ("a.tf", 'variable "environment" {\n  default = "production"\n}', "deny", "ENV_UNSET"),
    (".github/workflows/x.yml", "env:\n  DISABLE_DATABASE_ENVIRONMENT_CHECK: 1\n", "deny", "OVERRIDE_UNJUSTIFIED"),
    ("conftest.py", "wipe(allow_production=True)", "deny", "OVERRIDE_UNJUSTIFIED"),
    ("a.sh", "seed --allow-production", "deny", "OVERRIDE_UNJUSTIFIED"),
    ("spec/x.rb", "DatabaseCleaner.allow_remote_database_url = true", "deny", "OVERRIDE_UNJUSTIFIED"),
    ("docs/x.md", f"use this: {GRANT}", "deny", "OVERRIDE_SCOPE"),
    ("docs/x.md", "key sk_live_4eC39HqLyjWDarjtT1", "deny", "PROD_CREDENTIAL"),
    ("production/.env", "K=rk_live_4eC39HqLyjWDarjtT1", "deny", "PROD_CREDENTIAL"),
]  # fmt: skip

CLEAN = [
    ("terraform/pre-production/main.tf", 'bucket = "housing-pre-production-terraform-state"'),
    ("terraform/staging/main.tf", 'multi_az = local.environment == "production"'),
    ("terraform/production/main.tf", "host = prod-db.hackney.test"),
    ("docker-compose.prod.yml", f"DATABASE_URL: {DSN}"),
    ("stg.tfvars", 'redshift_ips = ["192.0.2.173"]\nredshift_port = 5440\n'),
    ("serverless.yml", f"aliases:\n  staging: s.hackney.example\n  production: {HOME}\n"),
    ("serverless.yml", "b:\n  staging: lbh-x-staging\n  mosaic-prod: lbh-documents-production\n"),
    (".github/workflows/x.yml", f"jobs:\n  a:\n    environment: production\n    env:\n      U: {HOME}\n"),
    (".circleci/config.yml", f"jobs:\n  deploy-to-production:\n    steps:\n      - run: curl {HOME}\n"),
    ("src/a.js", f"if (env === 'production') {{\n  url = '{HOME}'\n}}\n"),
    ("src/a.ts", f"const u = {{\n  production: '{HOME}',\n}};\n"),
    ("docker-compose.yml", f"# DATABASE_URL: {DSN}\nx: 1\n"),
    ("src/a.py", f"# {HOME}\nx = 1\n"),
    ("README.md", f"Reproduce it on {HOME}"),
    ("serverless.yml", "environment:\n  NODE_ENV: production\n  X: ${ssm:/a/${self:provider.stage}/b}\n"),
    (".env.staging", "NODE_ENV=production\nBACKUP_POLICY=Prod\nSEND_LIVE_COMMUNICATIONS=true\n"),
    ("serverless.yml", "X: ${ssm:/housing-finance/staging/send-live-communications}"),
    ("staging/x.yml", "a: https://product.hackney.example\nb: livechat.hackney.example\nc: https://delivery.hackney.example\n"),
    ("staging/x.yml", "a: https://send-live-communications.hackney.example\nb: https://reproduce.hackney.example\n"),
    ("staging/x.yml", "sso: https://auth.hackney.example/login"),
    ("staging/x.yml", "url: https://prod.example.com"),
    ("staging/x.yml", "url: https://manage-my-home-staging.hackney.example"),
    (".env", "DB=postgresql://u:p%40prod-db.hackney.test@stage-db.hackney.test/x"),
    ("a.py", 'e = os.environ.get("NODE_ENV", "production")\nd = os.environ["ENVIRONMENT"]\n'),
    ("a.py", 'e = os.environ.get("ENVIRONMENT", "")\nl = os.environ.get("APP_ENV", "local")\n'),
    ("Dockerfile", "ENV RAILS_ENV=${RAILS_ENV:-production}"),
    ("terraform/staging/variables.tf", 'variable "environment_name" {\n  default = "staging"\n}'),
    (".env", "SKIP_PREFLIGHT_CHECK=true\nSKIP_ENV_VALIDATION=1\n"),
    ("a.py", "if allow_production == True: pass\ndef f(allow_production=False): pass\n"),
    ("a.sh", "# seed --allow-production\nyarn --production=true\n"),
    ("a.py", 'KEY = "sk_live_xxxxxxxxxxxxxxxx"\nT = "sk_test_4eC39HqLyjWDarjtT1"\n'),
    ("policy.json", '{"Resource": "arn:aws:ssm:eu-west-2:444455556666:parameter/common/key"}'),
    ("x.yml", "columns:\n  staging: [answers.Home]\n  production: [answers.Home]\n"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "verdict", "code"), FOUND)
def test_found(path: str, text: str, verdict: str, code: str, policy: Policy) -> None:
    """What leads to production, or hides that it does, is found with its code."""
    report = scan_text(path, text, policy)
    assert (report.verdict, report.code) == (verdict, code)


@pytest.mark.parametrize(("path", "text"), CLEAN)
def test_clean(path: str, text: str, policy: Policy) -> None:
    """What is right, or only looks like production to a careless reader, is left alone."""
    assert scan_text(path, text, policy).findings == ()


TREES: list[tuple[Mapping[str, str], str]] = [
    ({".env": f"PROD_URL={DSN}", "a/b/m.py": "load_dotenv()"}, "PROD_EXACT"),
    ({"c/stg.tfvars": 'vpc = "vpc-062a957b99c8b12e6"', "c/prod.tfvars": 'vpc = "vpc-062a957b99c8b12e6"'}, "PROD_RESOURCE"),
    ({"s.yml": "vpc:\n  staging: vpc-062a957b99c8b12e6\n  production: vpc-062a957b99c8b12e6\n"}, "PROD_RESOURCE"),
    ({"t/staging/m.tf": 'h = "x.db.internal"', "t/production/m.tf": 'h = "x.db.internal"'}, "PROD_RESOURCE"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "code"), TREES)
def test_found_across_files(files: Mapping[str, str], code: str, policy: Policy) -> None:
    """What only two places together show is found as well."""
    report = scan_tree(files, policy)
    assert (report.verdict, report.code) == ("deny", code)


CLEAN_TREES: list[Mapping[str, str]] = [
    {"stg.tfvars": 'ip = "198.51.100.7"\nport = 5440\n', "prod.tfvars": 'ip = "198.51.100.7"\nport = 5439\n'},
    {"stg.tfvars": 'u = "https://example.com"', "prod.tfvars": 'u = "https://example.com"'},
    {"stg.tfvars": 'cidr_blocks = ["198.51.100.7/32"]', "prod.tfvars": 'cidr_blocks = ["198.51.100.7/32"]'},
    {"values-staging.yaml": "u: http://p.monitoring.svc", "values-production.yaml": "u: http://p.monitoring.svc"},
    {"dev.tfvars": 'vpc = "vpc-062a957b99c8b12e6"', "stg.tfvars": 'vpc = "vpc-062a957b99c8b12e6"'},
    {"production/.env": f"U={DSN}", "a/b/m.py": "load_dotenv()"},
    {"a/.env": f"U={HOME}".replace("manage", "other"), "a/b/m.py": "# load_dotenv()\nload_dotenv('x')\n"},
]


@pytest.mark.parametrize("files", CLEAN_TREES)
def test_clean_across_files(files: Mapping[str, str], policy: Policy) -> None:
    """The same value is fine where only the port, the cluster or those who come in are meant."""
    assert [finding.rule for finding in scan_tree(files, policy).findings if finding.rule in TREE_RULES] == []


def outcomes(policy: Policy) -> list[Report]:
    listed = replace(policy.book, foreign=tuple(replace(one, credentials_sha256=DIGESTS) if one.protected else one for one in policy.book.foreign))  # fmt: skip
    texts = [scan_text(path, text, policy) for path, text, _, _ in FOUND]
    return [
        *texts,
        *(scan_tree(files, policy) for files, _ in TREES),
        scan_text("a.md", f"key {NOTIFY}", Policy(listed)),
    ]


NOTIFY = "residents-6f1c9a1e-0000-4000-8000-1234567890ab-6f1c9a1e-0000-4000-8000-ba0987654321"
DIGESTS = frozenset({sha256(NOTIFY.encode()).hexdigest()})


@pytest.mark.parametrize("rule", [*RULES, *TREE_RULES])
def test_every_rule_is_needed(rule: str, policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any single rule, at least one verdict of this file changes."""
    registry = RULES if rule in RULES else TREE_RULES
    whole = [(report.verdict, report.code) for report in outcomes(policy)]
    monkeypatch.delitem(registry, rule)
    assert [(report.verdict, report.code) for report in outcomes(policy)] != whole


def test_listed_credential(policy: Policy) -> None:
    """A credential whose digest the book lists is found in any file, and is not shown."""
    report = outcomes(policy)[-1]
    assert report.code == "PROD_CREDENTIAL"
    assert "6f1c9a1e" not in repr(report)


@pytest.mark.parametrize(("path", "text", "verdict", "code"), FOUND)
def test_no_secret_is_repeated(path: str, text: str, verdict: str, code: str, policy: Policy) -> None:
    """No finding holds a password, the end of a live key, or the body of a grant."""
    shown = repr(scan_text(path, text, policy))
    assert not any(secret in shown for secret in ("hunter2", "4eC39HqLyjWDarjtT1", GRANT[40:80]))


def test_without_a_book() -> None:
    """Without a book the words of an address still tell."""
    assert scan_text("stg.tfvars", f'a = "{ARN}"').code == "PROD_RESOURCE"
    assert scan_text("config/staging.yml", "db: postgresql://u@prod-db.hackney.internal/x").code == "PROD_EXACT"


def test_book_of_production() -> None:
    """A scan with production's own book finds the same."""
    report = scan_text("docker-compose.yml", f"D: {DSN}", Policy(corpus_book("production")))
    assert (report.verdict, report.code) == ("deny", "PROD_EXACT")


def test_stage_of_files_without_one(policy: Policy) -> None:
    """The caller can say which stage files belong to that say nothing."""
    assert scan_text("x.yml", f"d: {DSN}", policy, stage="prod").findings == ()
    assert scan_text("x.yml", "b: s3://lbh-x-production/k", policy, stage="staging").verdict == "deny"
    assert scan_text("x.yml", "b: s3://lbh-x-production/k", policy).verdict == "warn"
