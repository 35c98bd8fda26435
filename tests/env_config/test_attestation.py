"""What platforms attest, asked over real sockets on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from env_config.attestation import Evidence, attest_lambda, determine, gather, present_token, presented
from env_config.attestation.fetching import is_metadata_address, is_safe_address
from env_config.attestation.sts import caller_identity
from env_config.book.model import Attest, EnvironmentRules
from env_config.errors import EnvironmentRefused, UsageRefused
from env_config.trust import Trust
from tests.env_config.books import RULES
from tests.env_config.signers import pair, trust_of

NOW = 1_800_000_000
PRODUCTION, STAGING = "111122223333", "444455556666"
PROVIDER, RUNNER, CI = pair(11), pair(12), pair(13)
ORGANISATION = "https://oidc.circleci.com/org/0000-org"
TRUST = trust_of(
    PROVIDER.trusted("github-oidc"), RUNNER.trusted("circleci-oidc", issuer=ORGANISATION), CI.trusted("stamp")
)
DIGEST = "sha256:" + "a" * 64
CONTEXTS = "oidc.circleci.com/context-ids"


def rules() -> dict[str, EnvironmentRules]:
    """The borough's environments, with claims."""

    def claimed(name: str) -> Attest:
        github = {"repository": ("org/api", "org/web"), "environment": (name,)}
        return replace(RULES[name].attest, github=github, circleci={CONTEXTS: (f"context-of-{name}",)})

    return {**RULES, **{name: replace(RULES[name], attest=claimed(name)) for name in ("production", "staging")}}


@dataclass
class Platform:
    """An HTTP server on loopback that gives prepared answers and remembers what was asked."""

    url: str = ""
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[Platform]:
    platform = Platform()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            platform.asked.append((self.path, dict(self.headers)))
            status, body = platform.answers.get(self.path, (404, b"{}"))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", body.decode())
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the server looks for this name

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        platform.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield platform
        server.shutdown()
        thread.join()


@pytest.fixture
def platform() -> Iterator[Platform]:
    with serving() as one:
        yield one


@pytest.fixture(autouse=True)
def nothing_presented() -> Iterator[None]:
    presented.withdraw()
    yield
    presented.withdraw()


def asked(environ: Mapping[str, str], trust: Trust = TRUST, **more: Any) -> tuple[Evidence, ...]:
    return gather(environ, rules(), trust, now=NOW, **more)


def one(environ: Mapping[str, str], **more: Any) -> Evidence:
    (evidence,) = asked(environ, **more)
    return evidence


def document(**fields: object) -> tuple[int, bytes]:
    return 200, json.dumps(fields).encode()


def test_nothing_is_asked_where_there_is_nothing_to_ask() -> None:
    """A process without any platform's variables gathers nothing, and opens no connection."""

    def forbidden(*arguments: object) -> Any:
        raise AssertionError(f"asked {arguments}")

    assert asked({"PATH": "/bin", "AWS_REGION": "eu-west-2"}, fetch=forbidden, caller_identity=forbidden) == ()


# ------------------------------------------------------------------------------------------------------------------ ECS


def ecs(platform: Platform, account: str = PRODUCTION) -> dict[str, str]:
    platform.answers["/v4/1/task"] = document(TaskARN=f"arn:aws:ecs:eu-west-2:{account}:task/c/1", Family="api")
    return {"ECS_CONTAINER_METADATA_URI_V4": f"{platform.url}/v4/1"}


def test_a_task_in_productions_account_is_no_staging(platform: Platform) -> None:
    """The agent's task is in production's account: declared staging is a conflict, declared production is proved."""
    evidence = asked(ecs(platform))
    with pytest.raises(EnvironmentRefused) as caught:
        determine("staging", evidence, rules())
    assert caught.value.code == "ENV_CONFLICT"
    assert determine("production", evidence, rules()).protected
    assert [path for path, _ in platform.asked] == ["/v4/1/task"]


def test_a_stamp_for_another_image_is_refused(platform: Platform, tmp_path: Path) -> None:
    """The agent says which image runs; a stamp that CI signed for another one does not hold."""
    environ = {**ecs(platform, STAGING), **stamped(tmp_path, image_digest=DIGEST)}
    platform.answers["/v4/1"] = document(Image=f"registry.example/api@{DIGEST}", ImageID="sha256:" + "c" * 64)
    assert determine("staging", asked(environ), rules()).identity == "ci-deployer"
    platform.answers["/v4/1"] = document(Image="registry.example/api@sha256:" + "b" * 64)
    with pytest.raises(EnvironmentRefused, match="another image"):
        determine("staging", asked(environ), rules())


def test_an_image_by_tag_proves_no_mismatch(platform: Platform, tmp_path: Path) -> None:
    """Without the digest of a manifest nothing can be compared, and nothing is."""
    environ = {**ecs(platform, STAGING), **stamped(tmp_path, image_digest=DIGEST)}
    platform.answers["/v4/1"] = document(Image="registry.example/api:1", ImageID="sha256:" + "c" * 64)
    assert determine("staging", asked(environ), rules()).name == "staging"


GOOD = b'{"TaskARN":"arn:aws:ecs:eu-west-2:111122223333:task/c/1"}'
ANSWERS: dict[str, tuple[int, bytes]] = {
    "error": (500, GOOD),
    "not changed": (203, GOOD),
    "redirect": (302, b"http://127.0.0.1:1/"),
    "not JSON": (200, b"<html>"),
    "a list": (200, b"[]"),
    "no task": (200, b"{}"),
    "a number": (200, b'{"TaskARN": 1}'),
    "no ARN": (200, b'{"TaskARN": "task/1"}'),
    "twice": (200, b'{"TaskARN":"a","TaskARN":"arn:aws:ecs:eu-west-2:111122223333:task/c/1"}'),
    "too long": (200, GOOD + b" " * 70_000),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_agent_that_cannot_be_understood_does_not_hold(platform: Platform, name: str) -> None:
    """Errors, redirects, oversized and broken answers are evidence that does not hold."""
    environ = ecs(platform)
    platform.answers["/v4/1/task"] = ANSWERS[name]
    assert one(environ).code == "ENV_UNATTESTED"


def test_an_agent_that_does_not_answer_does_not_hold() -> None:
    """A platform that promised an answer and gives none is not taken for no platform."""
    assert one({"ECS_CONTAINER_METADATA_URI_V4": "http://127.0.0.1:1/v4/1"}).code == "ENV_UNATTESTED"


@pytest.mark.parametrize(
    "url",
    [
        "http://metadata.example/v4/1",
        "https://169.254.170.2/v4/1",
        "http://169.254.169.254/v4/1",
        "http://localhost/v4/1",
        "http://169.254.170.2@evil.example/v4",
        "http://evil.example\\@169.254.170.2/",
        "http://169.254.170.2:99999/",
        "http://[::1/",
        "http://169.254.170.2/v4 /x",
        "file:///etc/passwd",
        "169.254.170.2",
    ],
)
def test_only_the_agents_own_address_is_asked(url: str) -> None:
    """Another host, scheme or spelling is refused before any packet."""

    def forbidden(*arguments: object) -> bytes:
        raise AssertionError(f"asked {arguments}")

    assert not is_metadata_address(url)
    assert one({"ECS_CONTAINER_METADATA_URI_V4": url}, fetch=forbidden).code == "ENV_UNATTESTED"


@pytest.mark.parametrize("url", ["http://169.254.170.2/v4/1", "http://127.0.0.1:51678/v4/1", "http://[::1]:1/v4"])
def test_the_agents_addresses_are_known(url: str) -> None:
    """The link-local address and loopback are where an agent may be."""
    assert is_metadata_address(url)


def test_proxies_are_not_asked(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment is not between this process and its agent."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert one(ecs(platform)).environment == "production"


def test_a_book_without_accounts_asks_no_aws() -> None:
    """Where no environment lists an account, an account would attest nothing."""
    environ = {"ECS_CONTAINER_METADATA_URI_V4": "http://127.0.0.1:1/v4", "AWS_ACCESS_KEY_ID": "x"}
    assert gather(environ, {"test": RULES["test"]}, TRUST, now=NOW) == ()


# --------------------------------------------------------------------------------------------------------------- Lambda


class Context:
    def __init__(self, arn: object) -> None:
        self.invoked_function_arn = arn


ARN = "arn:aws:lambda:eu-west-2:{}:function:person-api"
FUNCTION = {"AWS_LAMBDA_FUNCTION_NAME": "person-api"}


def test_a_lambda_context_tells_the_account() -> None:
    """The ARN of the invocation attests; an alias or version behind it does not matter."""
    attest_lambda(Context(ARN.format(PRODUCTION)))
    attest_lambda(Context(ARN.format(PRODUCTION) + ":live"))
    assert one(FUNCTION).environment == "production"


@pytest.mark.parametrize("environ", [{}, {"AWS_LAMBDA_FUNCTION_NAME": "other-api"}])
def test_a_context_of_elsewhere_does_not_hold(environ: dict[str, str]) -> None:
    """A context where no Lambda runs, or another function does, is no proof."""
    attest_lambda(Context(ARN.format(PRODUCTION)))
    assert one(environ).code == "ENV_UNATTESTED"


def test_one_process_is_one_function() -> None:
    """A second context of another account is a conflict."""
    attest_lambda(Context(ARN.format(STAGING)))
    with pytest.raises(EnvironmentRefused) as caught:
        attest_lambda(Context(ARN.format(PRODUCTION)))
    assert caught.value.code == "ENV_CONFLICT"


@pytest.mark.parametrize("context", [None, object(), Context(None), Context("")])
def test_what_is_no_context_is_a_wrong_call(context: object) -> None:
    """Anything without an ARN is a mistake of the caller."""
    with pytest.raises(UsageRefused):
        attest_lambda(context)


# ------------------------------------------------------------------------------------------------------------------ STS

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"}  # nobody's
ANSWER = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::{0}:user/ci</Arn><UserId>AIDA</UserId><Account>{0}</Account></GetCallerIdentityResult>
<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""


def test_credentials_of_production_are_no_staging(platform: Platform) -> None:
    """Botocore asks the STS whose credentials these are; the account decides."""
    pytest.importorskip("botocore")
    platform.answers["/"] = (200, ANSWER.format(PRODUCTION).encode())
    evidence = one(CREDENTIALS, caller_identity=lambda environ: caller_identity(environ, platform.url))
    assert (evidence.environment, evidence.identity) == ("production", f"arn:aws:iam::{PRODUCTION}:user/ci")
    with pytest.raises(EnvironmentRefused, match="sts says production"):
        determine("staging", (evidence,), rules())
    assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in str(platform.asked)


@pytest.mark.parametrize("answer", [(403, b"<ErrorResponse/>"), (200, b"no xml"), (500, b"")])
def test_an_sts_that_does_not_tell_attests_nothing(platform: Platform, answer: tuple[int, bytes]) -> None:
    """Refused credentials and broken answers are a note, neither proof nor contradiction."""
    pytest.importorskip("botocore")
    platform.answers["/"] = answer
    evidence = one(CREDENTIALS, caller_identity=lambda environ: caller_identity(environ, platform.url))
    assert (evidence.code, evidence.environment, evidence.account) == ("", None, "")
    assert "no answer" in evidence.detail
    with pytest.raises(EnvironmentRefused):
        determine("production", (evidence,), rules())


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"])
def test_a_stand_in_for_aws_attests_nothing(name: str) -> None:
    """Where AWS's endpoints are redirected, to a local imitation say, nobody is asked."""

    def forbidden(environ: Mapping[str, str]) -> tuple[str, str]:
        raise AssertionError("asked")

    evidence = one({**CREDENTIALS, name: "http://127.0.0.1:4566"}, caller_identity=forbidden)
    assert (evidence.environment, evidence.code, evidence.account) == (None, "", "")


# --------------------------------------------------------------------------------------------------------------- GitHub


def github_claims(**changes: object) -> dict[str, object]:
    usual = {
        "iss": "https://token.actions.githubusercontent.com",
        "aud": "env-config",
        "sub": "repo:org/api:environment:staging",
        "repository": "org/api",
        "environment": "staging",
        "iat": NOW - 5,
        "exp": NOW + 300,
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def job(platform: Platform, token: str) -> dict[str, str]:
    platform.answers["/token?v=1&audience=env-config"] = document(value=token)
    return {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{platform.url}/token?v=1",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "secret-of-job",
    }


def test_a_job_of_github_is_asked_for_its_token(platform: Platform) -> None:
    """The job's own variables give a token for our audience; its claims tell the environment."""
    evidence = one(job(platform, PROVIDER.token(github_claims())))
    assert (evidence.environment, evidence.identity) == ("staging", "repo:org/api:environment:staging")
    ((_, headers),) = platform.asked
    assert headers["Authorization"] == "bearer secret-of-job"


WRONG: dict[str, Callable[[], str]] = {
    "expired": lambda: PROVIDER.token(github_claims(iat=NOW - 900, exp=NOW - 300)),
    "for AWS": lambda: PROVIDER.token(github_claims(aud="sts.amazonaws.com")),
    "of another issuer": lambda: PROVIDER.token(github_claims(iss="https://github.example/_services/token")),
    "without an issuer": lambda: PROVIDER.token(github_claims(iss=None)),
    "unsigned": lambda: PROVIDER.token(github_claims()).rpartition(".")[0] + ".",
    "signed by a stranger": lambda: pair(14).token(github_claims(), {"alg": "RS256", "kid": PROVIDER.kid}),
    "signed by our own CI": lambda: CI.token(github_claims()),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_token_that_does_not_hold_is_refused(platform: Platform, name: str) -> None:
    """Signature, audience, issuer and expiry are all checked, and each failing refuses the start."""
    token = WRONG[name]()
    evidence = asked(job(platform, token))
    with pytest.raises(EnvironmentRefused) as caught:
        determine("staging", evidence, rules())
    assert caught.value.code == "ENV_UNATTESTED"
    assert token not in f"{caught.value}{evidence}"


@pytest.mark.parametrize(
    "changes",
    [
        {"environment": "test"},
        {"environment": None},
        {"repository": "evil/api"},
        {"environment": "Staging"},
        {"environment": ["x"]},
        {"environment": {"staging": 1}},
    ],
)
def test_a_token_of_no_environment_attests_none(platform: Platform, changes: dict[str, object]) -> None:
    """All the claims that the book lists must have a listed value; else the token is no evidence either way."""
    evidence = one(job(platform, PROVIDER.token(github_claims(**changes))))
    assert (evidence.environment, evidence.code) == (None, "")
    assert determine("test", (evidence,), rules()).name == "test"
    with pytest.raises(EnvironmentRefused):
        determine("production", (evidence,), rules())


@pytest.mark.parametrize("answer", [(500, b""), (200, b"{}"), (200, b'{"value": 1}'), (302, b"http://127.0.0.1:1/")])
def test_a_promised_token_that_is_not_given_is_refused(platform: Platform, answer: tuple[int, bytes]) -> None:
    """GitHub's variables promise a token; a job that gets none does not go on without."""
    environ = job(platform, "")
    platform.answers["/token?v=1&audience=env-config"] = answer
    assert one(environ).code == "ENV_UNATTESTED"


@pytest.mark.parametrize(
    "url", ["http://actions.example/token", "http://user@127.0.0.1/", "https://", "ftp://127.0.0.1/"]
)
def test_a_jobs_secret_goes_nowhere_in_plain(url: str) -> None:
    """The request's secret is sent over HTTPS, or to loopback, and nowhere else."""

    def forbidden(*arguments: object) -> bytes:
        raise AssertionError("asked")

    assert not is_safe_address(url)
    environ = {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "secret-of-job"}
    assert one(environ, fetch=forbidden).code == "ENV_UNATTESTED"


def test_a_token_may_be_presented() -> None:
    """An application that fetched its token itself presents it, and it is checked like any other."""
    present_token("github-oidc", PROVIDER.token(github_claims()))
    assert one({}).environment == "staging"
    present_token("github-oidc", WRONG["expired"]())
    assert one({}).code == "ENV_UNATTESTED"
    with pytest.raises(UsageRefused):
        present_token("gitlab-oidc", "x")


def test_without_a_pinned_key_nobody_is_asked() -> None:
    """A machine that trusts no key of GitHub's fetches no token, and is told so; production stays unproved."""
    environ = {"ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1:1/", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x"}
    (evidence,) = asked(environ, trust_of(CI.trusted("stamp")))
    assert (evidence.code, evidence.environment) == ("", None)
    with pytest.raises(EnvironmentRefused):
        determine("production", (evidence,), rules())


# ------------------------------------------------------------------------------------------------------------- CircleCI


def circleci(*contexts: str, **changes: object) -> str:
    usual = {"iss": ORGANISATION, "aud": "0000-org", "iat": NOW - 5, "exp": NOW + 300, CONTEXTS: list(contexts)}
    return RUNNER.token({**usual, **changes})


def test_a_context_of_production_is_no_staging() -> None:
    """A job that CircleCI gave production's context must not be declared staging."""
    evidence = asked({"CIRCLE_OIDC_TOKEN_V2": circleci("other", "context-of-production")})
    with pytest.raises(EnvironmentRefused) as caught:
        determine("staging", evidence, rules())
    assert caught.value.code == "ENV_CONFLICT"
    assert determine("production", evidence, rules()).protected


@pytest.mark.parametrize("declared", ["staging", "production"])
def test_contexts_of_two_environments_contradict_each_other(declared: str) -> None:
    """A job with the contexts of staging and of production is neither."""
    evidence = asked({"CIRCLE_OIDC_TOKEN": circleci("context-of-staging", "context-of-production")})
    with pytest.raises(EnvironmentRefused) as caught:
        determine(declared, evidence, rules())
    assert caught.value.code == "ENV_CONFLICT"


@pytest.mark.parametrize(
    "changes",
    [{"aud": "another-org"}, {"iss": "https://oidc.circleci.com/org/another"}, {"exp": NOW - 3600, "iat": NOW - 7200}],
)
def test_another_organisations_token_does_not_hold(changes: dict[str, object]) -> None:
    """Issuer and audience are those of the organisation whose key is pinned."""
    assert one({"CIRCLE_OIDC_TOKEN_V2": circleci("context-of-staging", **changes)}).code == "ENV_UNATTESTED"


# --------------------------------------------------------------------------------------------------------------- stamps


def stamp(key: Any = CI, kind: str = "env-config-stamp+jwt", **changes: object) -> str:
    usual = {
        "environment": "staging",
        "identity": "ci-deployer",
        "commit": "c0ffee0",
        "iat": NOW - 5,
        "exp": NOW + 3600,
    }
    claims = {name: value for name, value in {**usual, **changes}.items() if value is not None}
    return str(key.token(claims, {"typ": kind, "alg": "RS256", "kid": key.kid}))


def stamped(folder: Path, **changes: object) -> dict[str, str]:
    (folder / "stamp.jwt").write_text(stamp(**changes) + "\n")
    return {"ENV_CONFIG_STAMP": str(folder / "stamp.jwt")}


def test_a_stamp_attests_where_ci_deployed(tmp_path: Path) -> None:
    """Environment and identity are the stamp's; an alias is understood."""
    evidence = one(stamped(tmp_path, environment="stg", image_digest=DIGEST, service="person-api"))
    assert (evidence.environment, evidence.identity, evidence.images) == ("staging", "ci-deployer", (DIGEST,))
    assert determine("production", asked(stamped(tmp_path, environment="production")), rules()).protected


BAD_STAMPS: dict[str, dict[str, Any]] = {
    "expired": {"iat": NOW - 7200, "exp": NOW - 3600},
    "from the future": {"iat": NOW + 3600, "exp": NOW + 7200},
    "unknown environment": {"environment": "qa"},
    "no environment": {"environment": None},
    "environment is a list": {"environment": ["staging"]},
    "no identity": {"identity": None},
    "blank identity": {"identity": " "},
    "identity of two lines": {"identity": "ci\nroot"},
    "identity of two words": {"identity": "ci deployer"},
    "no commit": {"commit": None},
    "commit in words": {"commit": "latest"},
    "image by tag": {"image_digest": "api:latest"},
    "service is a number": {"service": 1},
    "for somebody else": {"aud": "another-tool"},
    "a grant": {"kind": "env-config-grant+jwt"},
    "a plain token": {"kind": "JWT"},
    "key of another purpose": {"key": PROVIDER},
    "unknown key": {"key": pair(14)},
}


@pytest.mark.parametrize("name", BAD_STAMPS)
def test_a_stamp_that_does_not_hold_is_refused(tmp_path: Path, name: str) -> None:
    """A bad stamp refuses the start, in environments that need none as well."""
    evidence = asked(stamped(tmp_path, **BAD_STAMPS[name]))
    with pytest.raises(EnvironmentRefused) as caught:
        determine("staging", evidence, rules())
    assert caught.value.code == "ENV_UNATTESTED"


def test_a_stamp_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """The variable promises a stamp: a missing, empty, binary or endless file, or a folder, is not "no stamp"."""
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "endless").write_bytes(b"A." * 50_000)
    for name in ("absent", "empty", "binary", "endless", ""):
        assert one({"ENV_CONFIG_STAMP": str(tmp_path / name)}).code == "ENV_UNATTESTED"
    assert one({"ENV_CONFIG_STAMP": ""}).code == "ENV_UNATTESTED"


@pytest.mark.parametrize("content", [None, "", "nonsense", stamp().replace(".", ".x", 1), stamp(environment="qa")])
def test_a_bad_stamp_is_named(tmp_path: Path, content: str | None) -> None:
    """Whoever reads the refusal learns which variable, which file, and what to do about it."""
    path = tmp_path / "deployed.jwt"
    if content is not None:
        path.write_text(content)
    with pytest.raises(EnvironmentRefused) as caught:
        determine("staging", asked({"ENV_CONFIG_STAMP": str(path)}), rules())
    assert caught.value.code == "ENV_UNATTESTED"
    assert all(word in caught.value.message for word in (f"ENV_CONFIG_STAMP={path}", "env-config attest"))


def test_a_blank_stamp_variable_is_named() -> None:
    """There is no file to name then."""
    assert one({"ENV_CONFIG_STAMP": " "}).detail.startswith("ENV_CONFIG_STAMP is blank")
