"""AWS's word on whose credentials this process has (STS GetCallerIdentity), through botocore where it is installed."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from .accounts import account_evidence
from .evidence import STS, Evidence

if TYPE_CHECKING:
    from .gathering import Sources

# Where credentials come from a task role or an instance role instead, the account is the platform's, and ECS attests it.
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE")
_REDIRECTIONS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS")
_MODULES = ("botocore.session", "botocore.config", "botocore.exceptions", "botocore.parsers")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]\Z")


class NoBotocore(OSError):
    """botocore is not installed."""


def has_credentials(environ: Mapping[str, str]) -> bool:
    """True if this process was given AWS credentials by variables."""
    return any(environ.get(name) for name in _CREDENTIALS)


def sts_evidence(sources: Sources) -> tuple[Evidence, ...]:
    """Evidence from the account of the credentials; a note without evidence if STS does not tell."""
    if any(sources.environ.get(name) for name in _REDIRECTIONS):
        return (Evidence(STS, detail="not asked: AWS endpoints are redirected here, and a stand-in attests nothing"),)
    try:
        account, arn = (sources.caller_identity or caller_identity)(sources.environ)
    except NoBotocore:
        return (Evidence(STS, detail="not asked: botocore is not installed"),)
    except OSError as error:
        return (Evidence(STS, detail=f"no answer ({error})"),)
    return (account_evidence(STS, account, sources.environments, identity=arn),)


def caller_identity(environ: Mapping[str, str], endpoint: str | None = None) -> tuple[str, str]:
    """Account and ARN of the credentials.

    Args:
        environ: the process's variables.
        endpoint: in place of AWS's own, for tests; whatever a configuration file says is not followed.

    Raises:
        OSError: botocore is not installed, or STS gave no answer within two seconds.
    """
    try:
        sessions, configs, errors, parsers = map(import_module, _MODULES)
    except ImportError:
        raise NoBotocore("botocore is not installed") from None
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    session = sessions.Session(profile=environ.get("AWS_PROFILE") or None)
    if environ is not os.environ and environ.get("AWS_ACCESS_KEY_ID"):
        session.set_credentials(
            environ["AWS_ACCESS_KEY_ID"], environ.get("AWS_SECRET_ACCESS_KEY", ""), environ.get("AWS_SESSION_TOKEN")
        )
    config = configs.Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
    try:
        client = session.create_client(
            "sts", region_name=region, endpoint_url=endpoint or _endpoint(region), config=config
        )
        answer = client.get_caller_identity()
    except (errors.BotoCoreError, errors.ClientError, parsers.ResponseParserError, ValueError) as error:
        raise OSError(type(error).__name__) from None
    return str(answer.get("Account", "")), str(answer.get("Arn", ""))


def _endpoint(region: str) -> str:
    if not _REGION.match(region):
        raise ValueError("no region of that name")
    return f"https://sts.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"
