"""`check()`: what the sink says about a receiver, by what the receiver does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ccsync.secret import Secret
from ccsync.sink import Finding
from ccsync.testing.contract.context import ContractContext
from ccsync.testing.otlp import (
    Answer,
    OtlpReceiver,
    ServerTls,
    dropped,
    grpc_error,
    redirect,
    status,
    web_page,
)
from ccsync_otlp.build import build
from ccsync_otlp.presets import PRESETS
from ccsync_otlp.settings import OtlpConfig
from tests.support.certificates import Pair


def findings(environ: dict[str, str] | None = None, **settings: Any) -> Sequence[Finding]:
    sink = build(OtlpConfig(type="otlp", **settings), ContractContext(), environ or {})
    try:
        return sink.check()
    finally:
        sink.close()


def worst(found: Sequence[Finding]) -> Finding:
    (finding,) = [one for one in found if one.level == "fault"]
    return finding


def said(found: Sequence[Finding]) -> str:
    return "\n".join(f"{one.level}: {one.what} -> {one.fix}" for one in found)


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_all_is_well(receiver: OtlpReceiver, protocol: str) -> None:
    endpoint = receiver.grpc_endpoint if protocol == "grpc" else receiver.base_url
    found = findings(endpoint=endpoint, protocol=protocol, compression="none")
    assert {one.level for one in found} == {"ok"}
    assert f"takes an empty request ({protocol}, compression none, " in said(found)
    (request,) = receiver.requests
    assert (request.body, receiver.stored) == (b"", [])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (status(401, "no such key"), ("HTTP 401: no such key", "check `headers`")),
        (status(403, "not yours"), ("HTTP 403", "the key lacks a permission")),
        (status(404, "nothing here"), ("HTTP 404", "should end in /v1/metrics")),
        (redirect("https://login.example/?next=1"), ("HTTP 302", "address that answers by itself")),
        (web_page(), ("a web page", "`endpoint` should end in /v1/metrics")),
        (status(503, "no backend"), ("HTTP 503: no backend", "it is there, but not able")),
        (dropped(), ("gave no answer", "check that the receiver runs")),
    ],
    ids=["login", "permission", "path", "redirect", "page", "busy", "dropped"],
)
def test_each_fault_is_explained(
    receiver: OtlpReceiver, answer: Answer, words: tuple[str, str]
) -> None:
    receiver.answer_always(answer)
    fault = worst(findings(endpoint=receiver.base_url))
    assert words[0] in fault.what
    assert words[1] in fault.fix
    assert fault.what.count("127.0.0.1") <= 2


def test_who_is_not_there_is_asked_once() -> None:
    fault = worst(findings(endpoint="http://127.0.0.1:9"))
    assert "the connection was refused" in fault.what


def test_the_wrong_port_of_a_collector(receiver: OtlpReceiver) -> None:
    fault = worst(findings(endpoint=receiver.grpc_endpoint, timeout=2.0))
    assert fault.fix
    receiver.answer_always(grpc_error("UNIMPLEMENTED", "unknown service"))
    fault = worst(findings(endpoint=receiver.grpc_endpoint, protocol="grpc"))
    assert "4318" in fault.fix


def test_a_request_without_points_need_not_be_taken(receiver: OtlpReceiver) -> None:
    receiver.answer_always(status(400, "no metrics in it"))
    found = findings(endpoint=receiver.base_url)
    (warning,) = [one for one in found if one.level != "ok"]
    assert warning.level == "warning"
    assert "HTTP 400: no metrics in it" in warning.what
    assert "ccsync sync" in warning.fix


def test_a_certificate_that_nobody_trusts(server_pair: Pair) -> None:
    tls = ServerTls(server_pair.certificate, server_pair.key)
    with OtlpReceiver(tls=tls) as receiver:
        fault = worst(findings(endpoint=receiver.base_url))
    assert "set tls.ca_file" in fault.what
    assert fault.fix


def test_a_file_that_is_no_certificate(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing of the kind")
    environ = {"OTEL_EXPORTER_OTLP_CERTIFICATE": str(tmp_path / "ca.pem")}
    found = findings(environ, endpoint="https://otlp.example")
    assert "ca.pem cannot be used" in worst(found).what


def test_missing_headers_are_findings_with_a_remedy(receiver: OtlpReceiver) -> None:
    found = findings(
        endpoint=receiver.base_url, preset="honeycomb", headers={"X-Honeycomb-Team": Secret("key1")}
    )
    (warning,) = [one for one in found if one.level != "ok"]
    assert "honeycomb wants the header x-honeycomb-dataset" in warning.what
    assert "the dataset for metrics" in warning.fix


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_preset_says_what_it_is_and_needs(receiver: OtlpReceiver, name: str) -> None:
    found = findings(endpoint=receiver.base_url, preset=name)
    preset = PRESETS[name]
    assert (f"preset {name} ({preset.summary}) is experimental" in said(found)) != preset.proven
    assert f"cannot be checked from here: {preset.prerequisite}" in said(found) or (
        not preset.prerequisite
    )
    assert "`ccsync verify` leaves it out: " in said(found)
    assert not [one for one in found if one.level == "warning" and not one.fix]


def test_notes_of_the_endpoint_are_told(receiver: OtlpReceiver) -> None:
    environ = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "https://otlp.example",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-api-key=a-key-of-theirs",
    }
    found = findings(environ, endpoint=receiver.base_url)
    assert "OTEL_EXPORTER_OTLP_HEADERS is set, but not sent" in said(found)
    assert "a-key-of-theirs" not in said(found)
    assert "x-api-key" not in receiver.requests[0].headers
