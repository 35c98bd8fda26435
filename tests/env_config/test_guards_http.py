"""HTTP clients: neither a proxy nor a redirect hides where a request goes."""

from __future__ import annotations

import pytest

from tests.env_config.guarded_runs import run_client, run_code
from tests.env_config.listeners import PRODUCTION, STAGING, Listener

THROUGH_PROXIES = (
    "urllib",
    "requests",
    "httpx",
    "httpx_async",
    "aiohttp",
    "curl_cffi",
    "curl_cffi_async",
    "pycurl",
    "boto3",
)
FOLLOW = ("urllib", "requests", "httpx", "aiohttp", "curl_cffi", "curl_cffi_async", "pycurl")


def through(proxy: Listener) -> dict[str, str]:
    url = f"http://{STAGING}:{proxy.port}"
    return {"HTTP_PROXY": url, "http_proxy": url}


def redirect(place: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: http://{place}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


@pytest.mark.parametrize("name", THROUGH_PROXIES)
def test_a_proxy_of_staging_is_not_asked_for_production(name: str) -> None:
    """The request is refused before the proxy hears of it; one for staging reaches the proxy."""
    with Listener(STAGING, reply=b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n") as proxy:
        (refused,) = run_client(name, ("prod-db.hackney.test", 80), environ=through(proxy))
        asked_for_production = proxy.accepted
        run_client(name, ("stage-db.hackney.test", 80), environ=through(proxy))
    assert (refused["code"], asked_for_production) == ("PROD_EXACT", 0)
    assert proxy.accepted >= 1


@pytest.mark.parametrize("name", FOLLOW)
def test_a_redirect_from_staging_does_not_lead_to_production(name: str) -> None:
    """The first hop is made, the second is not."""
    with Listener(PRODUCTION) as production:
        with Listener(STAGING, reply=redirect(f"{PRODUCTION}:{production.port}")) as staging:
            (refused,) = run_client(name, (STAGING, staging.port))
        assert staging.accepted >= 1
    assert (refused["code"], production.accepted) == ("PEER_PROD", 0)


@pytest.mark.parametrize("name", ("urllib", "requests", "httpx", "aiohttp"))
def test_the_redirect_is_followed_within_staging(name: str) -> None:
    """A redirect as such is nothing to refuse."""
    with (
        Listener(STAGING, reply=b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n") as second,
        Listener(STAGING, reply=redirect(f"{STAGING}:{second.port}")) as first,
    ):
        (fine,) = run_client(name, (STAGING, first.port))
    assert (fine["error"], second.accepted) == ("", 1)


@pytest.mark.parametrize("call", ("urllib.request.urlopen(url)", "requests.get(url)", "httpx.get(url)"))
def test_a_url_that_names_a_resource_of_production_is_denied(call: str) -> None:
    """The host is everybody's; the bucket in the path is production's, as in a presigned URL."""
    code = f"""
import urllib.request, requests, httpx
guard("enforce")
url = "http://s3.eu-west-2.amazonaws.com/lbh-documents-production/key?X-Amz-Signature=x"
out(attempt(lambda: {call})["code"])
"""
    assert run_code(code) == ["PROD_RESOURCE"]
