from __future__ import annotations

from typing import Any

import pytest

from ccsync.errors import SettingsError
from ccsync.secret import Secret
from ccsync_otlp.endpoint import Endpoint, Protocol, resolve
from ccsync_otlp.settings import OtlpConfig, TlsSettings

GENERAL = "OTEL_EXPORTER_OTLP_"
SPECIFIC = "OTEL_EXPORTER_OTLP_METRICS_"


def endpoint(
    environ: dict[str, str] | None = None, *, default: str | None = None, **settings: Any
) -> Endpoint:
    values: dict[str, Any] = {"type": "otlp", **settings}
    config = OtlpConfig(**values)
    return resolve(config, environ or {}, default_endpoint=default)


def faults(environ: dict[str, str] | None = None, **settings: Any) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        endpoint(environ, **settings)
    return list(caught.value.faults)


def sent(one: Endpoint) -> dict[str, str]:
    return {name: value.reveal() for name, value in one.headers.items()}


def test_nothing_said_is_the_specifications_default() -> None:
    one = endpoint()
    assert one.url.reveal() == one.address == "http://localhost:4318/v1/metrics"
    assert (one.protocol, one.host, one.port, one.secure) == (
        "http/protobuf", "localhost", 4318, False,
    )  # fmt: skip
    assert (one.headers, one.compression, one.timeout, one.notes) == ({}, "gzip", 10.0, ())
    one = endpoint(protocol="grpc")
    assert (one.address, one.place) == ("http://localhost:4317", "localhost:4317")


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("http://c:4318", "http://c:4318/v1/metrics"),
        ("http://c:4318/", "http://c:4318/v1/metrics"),
        ("http://c:4318/otlp", "http://c:4318/otlp"),
        ("http://c/v1/metrics/", "http://c/v1/metrics/"),
        ("http://c?key=abc", "http://c/v1/metrics?key=abc"),
        ("http://c/x?key=abc", "http://c/x?key=abc"),
        (" http://c:4318 ", "http://c:4318/v1/metrics"),
    ],
)
def test_an_endpoint_of_the_settings(written: str, url: str) -> None:
    assert endpoint(endpoint=written).url.reveal() == url


@pytest.mark.parametrize(
    ("variable", "written", "url"),
    [
        (GENERAL, "http://c:4318", "http://c:4318/v1/metrics"),
        (GENERAL, "http://c:4318/", "http://c:4318/v1/metrics"),
        (GENERAL, "http://c/otlp", "http://c/otlp/v1/metrics"),
        (GENERAL, "http://c/otlp/", "http://c/otlp/v1/metrics"),
        (SPECIFIC, "http://c:4318", "http://c:4318/"),
        (SPECIFIC, "http://c:4318/otlp", "http://c:4318/otlp"),
    ],
)
def test_an_endpoint_of_the_environment(variable: str, written: str, url: str) -> None:
    assert endpoint({f"{variable}ENDPOINT": written}).url.reveal() == url


def test_settings_win_then_what_is_for_metrics_then_what_is_for_all() -> None:
    environ = {
        f"{GENERAL}ENDPOINT": "http://general",
        f"{GENERAL}COMPRESSION": "none",
        f"{GENERAL}TIMEOUT": "2000",
        f"{GENERAL}CERTIFICATE": "/general.pem",
    }
    one = endpoint(environ)
    assert (one.host, one.compression, one.timeout) == ("general", "none", 2.0)
    assert one.ca_file == "/general.pem"
    environ |= {
        f"{SPECIFIC}ENDPOINT": "http://specific",
        f"{SPECIFIC}COMPRESSION": "gzip",
        f"{SPECIFIC}TIMEOUT": "3500",
        f"{SPECIFIC}CERTIFICATE": "/specific.pem",
    }
    one = endpoint(environ)
    assert (one.host, one.compression, one.timeout) == ("specific", "gzip", 3.5)
    assert one.ca_file == "/specific.pem"
    tls = TlsSettings(ca_file="/own.pem")
    one = endpoint(environ, endpoint="http://own", compression="none", timeout=4.0, tls=tls)
    assert (one.host, one.compression, one.timeout) == ("own", "none", 4.0)
    assert one.ca_file == "/own.pem"


def test_an_empty_variable_is_an_unset_one() -> None:
    environ = {
        f"{SPECIFIC}ENDPOINT": " ",
        f"{GENERAL}ENDPOINT": "http://c",
        f"{GENERAL}TIMEOUT": "",
    }
    assert endpoint(environ).address == "http://c:80/v1/metrics"


def test_a_presets_address_comes_after_the_environments() -> None:
    default = "https://api.vendor.example/otlp/v1/metrics"
    assert endpoint(default=default).url.reveal() == default
    assert endpoint({f"{GENERAL}ENDPOINT": "http://c"}, default=default).host == "c"


def test_the_address_names_the_destination_the_same_however_it_is_written() -> None:
    first = endpoint(endpoint="https://OTLP.example?key=abcdefghijklmnop").address
    assert first == endpoint(endpoint="https://otlp.example:443/").address
    assert first == "https://otlp.example:443/v1/metrics"
    assert endpoint(endpoint="http://[::1]:4318").place == "[::1]:4318"


def test_a_key_in_the_query_is_a_secret() -> None:
    one = endpoint(endpoint="https://otlp.example/x?key=abcdefghijklmnop")
    assert "abcdefghijklmnop" in one.secrets()
    assert "abcdefghijklmnop" not in repr(one)


@pytest.mark.parametrize(
    ("variable", "expected"),
    [({GENERAL: "grpc"}, "grpc"), ({GENERAL: "grpc", SPECIFIC: "http/protobuf"}, "http/protobuf")],
)
def test_the_protocol_of_the_environment(variable: dict[str, str], expected: Protocol) -> None:
    environ = {f"{name}PROTOCOL": value for name, value in variable.items()}
    assert endpoint(environ).protocol == expected
    assert endpoint(environ, protocol="grpc").protocol == "grpc"


@pytest.mark.parametrize(
    ("written", "environ", "secure", "place"),
    [
        ("http://c:4317", {}, False, "c:4317"),
        ("https://c:4317/", {}, True, "c:4317"),
        ("c:4317", {}, True, "c:4317"),
        ("c:4317", {f"{GENERAL}INSECURE": "True"}, False, "c:4317"),
        ("https://c", {f"{GENERAL}INSECURE": "true"}, True, "c:443"),
    ],
)
def test_grpc_is_encrypted_by_scheme(
    written: str, environ: dict[str, str], place: str, *, secure: bool
) -> None:
    one = endpoint(environ, endpoint=written, protocol="grpc")
    assert (one.secure, one.place) == (secure, place)


def test_headers_of_the_environment_are_decoded() -> None:
    environ = {f"{GENERAL}HEADERS": "Api-Key=a%2Cb, x-tenant = blue%20green ,, y=a=b"}
    assert sent(endpoint(environ)) == {"api-key": "a,b", "x-tenant": "blue green", "y": "a=b"}


def test_headers_are_taken_from_one_place_only() -> None:
    environ = {f"{GENERAL}HEADERS": "a=1", f"{SPECIFIC}HEADERS": "b=2"}
    assert sent(endpoint(environ)) == {"b": "2"}
    assert sent(endpoint(environ, headers={"C": Secret("3")})) == {"c": "3"}


def test_keys_of_the_environment_stay_with_the_host_of_the_environment() -> None:
    environ = {f"{GENERAL}ENDPOINT": "https://one.example", f"{GENERAL}HEADERS": "api-key=abcdef"}
    assert sent(endpoint(environ)) == {"api-key": "abcdef"}
    same = endpoint(environ, endpoint="https://one.example/other/path")
    assert (sent(same), same.notes) == ({"api-key": "abcdef"}, ())
    other = endpoint(environ, endpoint="https://two.example")
    assert other.headers == {}
    assert [note.level for note in other.notes] == ["warning"]
    assert "OTEL_EXPORTER_OTLP_HEADERS is set, but not sent" in other.notes[0].what
    del environ[f"{GENERAL}ENDPOINT"]
    assert sent(endpoint(environ, endpoint="https://two.example")) == {"api-key": "abcdef"}


@pytest.mark.parametrize(
    ("host", "warned"),
    [
        ("otlp.example", True),
        ("203.0.113.7", False),  # of documentation: no public address
        ("8.8.8.8", True),
        ("localhost", False),
        ("127.0.0.1", False),
        ("[::1]", False),
        ("collector", False),
        ("collector.monitoring.svc", False),
        ("collector.monitoring.svc.cluster.local", False),
        ("10.1.2.3", False),
        ("host.docker.internal", False),
    ],
)
def test_secrets_in_the_open(host: str, *, warned: bool) -> None:
    headers = {"api-key": Secret("abcdef")}
    notes = endpoint(endpoint=f"http://{host}:4318", headers=headers).notes
    assert [note.level for note in notes] == ["warning"] * warned
    assert all("api-key" in note.what and "abcdef" not in note.what for note in notes)
    assert not endpoint(endpoint=f"http://{host}:4318").notes
    assert not endpoint(endpoint=f"https://{host}:4318", headers=headers).notes


def test_certificates_go_together() -> None:
    environ = {
        f"{GENERAL}CLIENT_CERTIFICATE": "/env.pem",
        f"{GENERAL}CLIENT_KEY": "/env.key",
        f"{SPECIFIC}CLIENT_KEY": "/metrics.key",
    }
    one = endpoint(environ)
    assert (one.certificate_file, one.key_file) == ("/env.pem", "/metrics.key")
    tls = TlsSettings(certificate_file="/own.pem", key_file="/own.key")
    one = endpoint(environ, tls=tls)
    assert (one.certificate_file, one.key_file) == ("/own.pem", "/own.key")
    assert "CLIENT_KEY: a key without a certificate" in faults({f"{GENERAL}CLIENT_KEY": "/k"})[0]


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("collector:4318", "endpoint: expected an address with http:// or https://; did you mean"),
        ("collector", "endpoint: expected an address such as http://collector:4318"),
        ("", "endpoint: expected an address"),
        ("ftp://c", "endpoint: expected an address"),
        ("http://", "endpoint: expected a host name"),
        ("http://a b", "endpoint: expected a host name"),
        ("http://c:99999", "endpoint: not an address; the port"),
        ("http://c:x", "endpoint: not an address; the port"),
        ("http://[::1", "endpoint: not an address"),
        ("http://c:0", "endpoint: nothing can be sent to port 0"),
        ("https://user:pass1234@c", "endpoint: a login cannot stand in the address"),
        ("https://c/#x", "endpoint: an address to send to has no part after #"),
    ],
)
def test_an_endpoint_that_cannot_be_used(written: str, fault: str) -> None:
    found = faults(endpoint=written)
    assert len(found) == 1
    assert found[0].startswith(fault)
    assert "pass1234" not in found[0]


def test_grpc_has_no_path() -> None:
    found = faults(endpoint="http://c:4317/v1/metrics", protocol="grpc")
    assert found == [
        "endpoint: grpc has no path; give scheme, host and port, or set protocol: http/protobuf"
    ]


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("PROTOCOL", "http/json", "http/json is not offered; use http/protobuf"),
        ("PROTOCOL", "tcp", "expected http/protobuf or grpc"),
        ("COMPRESSION", "zstd", "expected gzip or none"),
        ("TIMEOUT", "10s", "expected milliseconds, as 10000 for 10 seconds"),
        ("TIMEOUT", "-1", "expected milliseconds, as 10000 for 10 seconds"),
        ("TIMEOUT", "10", "10 milliseconds are too few; write 10000 for 10 seconds"),
        ("TIMEOUT", "0", "0 milliseconds are too few; write 10000 for 10 seconds"),
        ("HEADERS", "a=1,{secret}", "item 2 is not name=value"),
        ("HEADERS", "b c=secret", "item 1 is not name=value"),
        ("HEADERS", "a=secret%0Ax", "the value of a has a line break"),
        ("HEADERS", "a=", "a has no value"),
        ("HEADERS", "content-type=secret", "content-type belongs to the request itself"),
        ("ENDPOINT", "secret", "expected an address"),
    ],
)
def test_malformed_variables_are_named_and_not_shown(name: str, value: str, fault: str) -> None:
    found = faults({f"{SPECIFIC}{name}": value})
    assert len(found) == 1
    assert found[0].startswith(f"{SPECIFIC}{name}: {fault}")
    assert "secret" not in found[0]


def test_headers_that_are_not_used_are_read_nevertheless() -> None:
    found = faults({f"{GENERAL}HEADERS": "{secret}"}, headers={"a": Secret("b")})
    assert found[0].startswith(f"{GENERAL}HEADERS: item 1")


@pytest.mark.parametrize(
    ("headers", "protocol", "fault"),
    [
        ({"a b": "x"}, "http/protobuf", "headers: 'a b' is no header name for http"),
        ({"a": "key\n"}, "http/protobuf", "headers: the value of a has a line break"),
        ({"a": "schlüssel"}, "http/protobuf", "headers: the value of a has a line break"),
        ({"a": ""}, "http/protobuf", "headers: a has no value"),
        ({"Content-Encoding": "br"}, "http/protobuf", "headers: content-encoding belongs"),
        ({"A": "1x", "a": "2x"}, "http/protobuf", "headers: a header stands twice"),
        ({"a-bin": "x"}, "grpc", "headers: 'a-bin' is no header name for grpc"),
        ({"grpc-timeout": "x"}, "grpc", "headers: grpc-timeout belongs to the request"),
    ],
)
def test_headers_that_cannot_be_sent(
    headers: dict[str, str], protocol: Protocol, fault: str
) -> None:
    secrets = {name: Secret(value) for name, value in headers.items()}
    found = faults(headers=secrets, protocol=protocol)
    assert len(found) == 1
    assert found[0].startswith(fault)


@pytest.mark.parametrize("timeout", [0.0, 601.0, 1e40])
def test_a_timeout_that_no_request_can_have(timeout: float) -> None:
    assert faults(timeout=timeout) == ["timeout: expected more than 0s, and at most 10m"]


def test_all_faults_come_at_once() -> None:
    environ = {f"{GENERAL}TIMEOUT": "x", f"{GENERAL}COMPRESSION": "x"}
    assert len(faults(environ, endpoint="x", headers={"a": Secret("")})) == 4


def test_a_preset_may_speak_one_protocol_only() -> None:
    config = OtlpConfig(type="otlp", preset="datadog", protocol="grpc")
    with pytest.raises(SettingsError, match="the preset datadog speaks http/protobuf only"):
        resolve(config, {}, protocols=("http/protobuf",))
