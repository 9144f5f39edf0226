"""Where secrets are in what is rendered: in a Secret that was asked for, and nowhere else."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from tests.chart.rendering import SMALL, Rendering, given, merged, the
from tests.support.helm import CHART, NAMESPACE, values_files
from tests.support.manifests import Json, of_kind, pod_of, section, strings_in

KEY = "sk-ant-admin01-Zq7Recognisable-key"
OTHER = "Zq7Recognisable-receiver-key"

INLINE: Json = {
    "secret": {
        "existingSecret": "",
        "create": True,
        "values": {"api-key": KEY, "receiver": OTHER},
        "env": {"RECEIVER_KEY": "receiver"},
    },
    "config": {
        "sinks": {
            "metrics": {
                "type": "otlp",
                "endpoint": "https://collector.example",
                "headers": {"x-api-key": "${RECEIVER_KEY}"},
            }
        }
    },
}


def notes(chart: Rendering, values: Json | Path, tmp_path: Path) -> str:
    """Give what a person reads after an installation; helm 4 tells it without a cluster."""
    path = values if isinstance(values, Path) else tmp_path / "values.json"
    if not isinstance(values, Path):
        path.write_text(json.dumps(values), "utf-8")
    said = chart.helm.tell(
        "install", "ccsync", CHART, f"--namespace={NAMESPACE}", "--dry-run=client", "-f", path
    )
    found: str = said.partition("\nNOTES:\n")[2]
    assert found, said
    return found


def test_inline_secrets_are_in_the_secret_alone(either: Rendering) -> None:
    manifests = either.manifests(merged(SMALL, INLINE))
    (secret,) = of_kind(manifests, "Secret")
    assert {key: base64.b64decode(text).decode() for key, text in secret["data"].items()} == {
        "api-key": KEY,
        "receiver": OTHER,
    }
    rest = [one for one in manifests if one is not secret]
    for text in strings_in(rest):
        for hidden in (KEY, OTHER):
            assert hidden not in text
            assert base64.b64encode(hidden.encode()).decode() not in text


def test_notes_warn_of_inline_secrets_and_show_none(chart: Rendering, tmp_path: Path) -> None:
    said = notes(chart, merged(SMALL, INLINE), tmp_path)
    assert "The Secret was made from secret.values" in said
    assert KEY not in said
    assert OTHER not in said
    assert base64.b64encode(KEY.encode()).decode() not in said


@pytest.mark.parametrize("values", values_files(), ids=lambda one: one.stem)
def test_secrets_are_rendered_where_they_were_asked_for(chart: Rendering, values: Path) -> None:
    secret = section(given(values), "secret")
    inline = bool(secret.get("create"))
    manifests = chart.manifests(values)
    assert bool(of_kind(manifests, "Secret")) == inline
    rest = [one for one in manifests if one["kind"] != "Secret"]
    for text in strings_in(rest):
        assert not re.search(r"sk-ant-\w", text)
        for hidden in section(secret, "values").values():
            assert hidden not in text


@pytest.mark.parametrize("values", values_files(), ids=lambda one: one.stem)
def test_notes_say_what_happens_next_and_no_secret(
    chart: Rendering, values: Path, tmp_path: Path
) -> None:
    secret = section(given(values), "secret")
    said = notes(chart, values, tmp_path)
    assert "What happens next" in said
    assert "kubectl" in said
    assert not re.search(r"sk-ant-\w|%!|<nil>|<no value>", said)
    for hidden in section(secret, "values").values():
        assert hidden not in said


def test_a_secret_is_files_and_only_wanted_keys_are_variables(chart: Rendering) -> None:
    pod = pod_of(the(chart.manifests(merged(SMALL, INLINE)), "CronJob"))
    assert pod is not None
    (container,) = pod.spec["containers"]
    from_secret = {
        one["name"]: one["valueFrom"]["secretKeyRef"]["key"]
        for one in container["env"]
        if "secretKeyRef" in one.get("valueFrom", {})
    }
    assert from_secret == {"RECEIVER_KEY": "receiver"}
    (volume,) = (one for one in pod.spec["volumes"] if "secret" in one)
    assert volume["secret"]["defaultMode"] == 0o440
    (mount,) = (one for one in container["volumeMounts"] if one["name"] == volume["name"])
    assert mount["readOnly"] is True
