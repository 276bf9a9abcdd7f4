"""Which addresses may be given the token."""

from __future__ import annotations

import pytest

from collectors.azure.endpoint import parse_endpoint
from collectors.graph.clouds import CLOUDS
from collectors.graph.errors import ConfigError

AZURE = parse_endpoint("https://management.azure.com")


@pytest.mark.parametrize(
    "url",
    [
        "https://management.azure.com/subscriptions?api-version=2022-12-01",
        "https://management.azure.com:443/subscriptions?$skipToken=ZG9jdW1lbnRzLzU%3D",
        "HTTPS://MANAGEMENT.AZURE.COM/subscriptions",
        "https://management.azure.com?x=1",
        "https://management.azure.com/a b",
    ],
)
def test_the_endpoint_owns_its_host_with_and_without_port(url: str) -> None:
    assert AZURE.owns(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/subscriptions",
        "http://management.azure.com/subscriptions",
        "https://management.azure.com.evil.example/",
        "https://management.azure.com@evil.example/",
        "https://evil.example\\@management.azure.com/",
        "https://evil.example#@management.azure.com/",
        "https://user@management.azure.com/",
        "https://management.azure.com:99999999/",
        "https://management.azure.com\t.evil.example/",
        "https://management.azure.com/\r\nHost: evil.example",
        "//management.azure.com/subscriptions",
        "/subscriptions",
        "",
    ],
)
def test_the_endpoint_owns_nothing_that_a_parser_could_read_as_another_host(url: str) -> None:
    assert not AZURE.owns(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:8080/", "http://127.1.2.3"])
def test_plain_http_is_accepted_on_loopback(url: str) -> None:
    endpoint = parse_endpoint(url)
    assert endpoint.is_plain
    assert endpoint.owns(f"{endpoint.url}/subscriptions")


@pytest.mark.parametrize(
    "url", ["http://management.azure.com", "http://10.0.0.4", "http://localhost.evil.example", "http://[fe80::1]"]
)
def test_plain_http_to_any_other_host_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(ConfigError, match="would send the token unencrypted") as caught:
        parse_endpoint(url)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["management.azure.com", "ftp://x", "https://x/path", "https://x?y", "https://u:p@x", "https://", "https://x y"],
)
def test_an_endpoint_is_a_scheme_and_a_host(url: str) -> None:
    with pytest.raises(ConfigError, match="must be https"):
        parse_endpoint(url)


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=lambda cloud: cloud.name)
def test_the_endpoint_of_every_cloud_is_accepted(cloud: object) -> None:
    assert not parse_endpoint(getattr(cloud, "endpoint", "")).is_plain
