"""Two sinks may not write to one place: what one of them shows, the other would overwrite."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccsync.errors import SettingsError
from ccsync.plugins import installed
from ccsync.settings.load import load

OTLP = "type: otlp, endpoint: 'https://otlp.example'"
SPELLED = "type: otlp, endpoint: 'HTTPS://OTLP.example/v1/metrics'"
BIGQUERY = "type: bigquery, dataset: my-project.claude_code"


def read(folder: Path, one: str, two: str) -> None:
    path = folder / "ccsync.yaml"
    path.write_text(
        "version: 1\nsource: {api_key: some-key-of-ours}\n"
        f"sinks:\n  one: {{{one}}}\n  two: {{{two}}}\n"
    )
    load(path, installed(), {})


@pytest.mark.parametrize(
    ("one", "two", "setting"),
    [
        (BIGQUERY, f"{BIGQUERY}, mode: load, batch_rows: 10", "dataset"),
        (BIGQUERY, f"{BIGQUERY}, privacy: {{identity: drop}}", "dataset"),
        (OTLP, OTLP, "service_name"),
        (OTLP, f"{OTLP}, dimensions: [model]", "service_name"),
        (OTLP, SPELLED, "service_name"),
        (OTLP, f"{OTLP}, service_name: ccsync, preset: prometheus", "service_name"),
        ("type: otlp", "type: otlp, compression: none", "service_name"),
        (
            f"{OTLP}, headers: {{X-Scope-OrgID: some-tenant}}",
            f"{OTLP}, headers: {{x-scope-orgid: some-tenant}}",
            "service_name",
        ),
    ],
)
def test_one_place_is_a_fault_of_the_settings(
    tmp_path: Path, one: str, two: str, setting: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, one, two)
    (fault,) = caught.value.faults
    assert f"sinks.two.{setting}: is the same as sinks.one.{setting}; " in fault
    assert "some-tenant" not in fault


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (BIGQUERY, BIGQUERY.replace("claude_code", "claude_code_hashed")),
        (BIGQUERY, f"{BIGQUERY}, endpoint: 'http://127.0.0.1:9050'"),
        (OTLP, OTLP.replace("otlp.example", "other.example")),
        (OTLP, f"{OTLP}, service_name: ccsync-summary, dimensions: [model]"),
        (OTLP, f"{OTLP}, service_namespace: summary"),
        (
            f"{OTLP}, headers: {{X-Scope-OrgID: some-tenant}}",
            f"{OTLP}, headers: {{X-Scope-OrgID: other-tenant}}",
        ),
    ],
)
def test_two_places_are_none(tmp_path: Path, one: str, two: str) -> None:
    read(tmp_path, one, two)
