"""Values that cannot work together: refused before anything is installed, and told what to write.

What the schema alone refuses is in test_values_schema.py.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests.chart.rendering import SMALL, Rendering, merged
from tests.support.manifests import Json


class Bad(NamedTuple):
    """Values that are laid over good ones, and parts of what is said of them."""

    about: str
    values: Json
    said: tuple[str, ...]


def sinks(**sink: Any) -> Json:
    return {"config": {"sinks": {"metrics": {"type": "otlp", **sink}}}}


COLLECTOR = "https://collector.example"

BAD = [
    Bad("no image", {"image": {"repository": ""}}, ("image.repository: is empty", "make image")),
    Bad(
        "a tag in the repository",
        {"image": {"repository": "registry.example/ccsync:1"}},
        ("image.repository", "Write that into image.tag or image.digest"),
    ),
    Bad("a digest that is none", {"image": {"digest": "abc"}}, ("image.digest", "sha256:")),
    Bad("no sinks", {"config": {"sinks": None}}, ("config.sinks: is empty", "type: stdout")),
    Bad(
        "sinks that were all taken away",
        {"config": {"sinks": {"console": None}}},
        ("config.sinks: is empty", "type: stdout"),
    ),
    Bad(
        "no credential",
        {"secret": {"existingSecret": ""}},
        ("there is no credential", "Write secret.existingSecret: NAME"),
    ),
    Bad(
        "two Secrets",
        {"secret": {"create": True, "values": {"api-key": "invented"}}},
        ("secret.existingSecret and secret.create", "Keep one of them"),
    ),
    Bad(
        "values for a Secret that nobody makes",
        {"secret": {"values": {"api-key": "invented"}}},
        ("secret.create is false", "Write secret.create: true"),
    ),
    Bad(
        "a Secret without the key",
        {"secret": {"existingSecret": "", "create": True, "values": {"other": "invented"}}},
        ("secret.keys.apiKey", "Write secret.values.api-key"),
    ),
    Bad(
        "an ExternalSecret without a store",
        {
            "secret": {"existingSecret": ""},
            "externalSecret": {"enabled": True, "data": {"api-key": {"key": "ccsync"}}},
        },
        ("externalSecret.secretStoreRef.name: is empty", "Write the name of the SecretStore"),
    ),
    Bad(
        "federation without its rule",
        {"secret": {"existingSecret": ""}, "federation": {"enabled": True}},
        ("config.source.federation.rule_id", "ANTHROPIC_FEDERATION_RULE_ID"),
    ),
    Bad(
        "a token that lives too short",
        {"federation": {"enabled": True, "expirationSeconds": 60}},
        ("expirationSeconds",),
    ),
    Bad(
        "a login in an address",
        sinks(endpoint="https://me:in@vented@collector.example:4318/v1/metrics"),
        (
            "config: has an address with a login in it (before the @ of collector.example:4318)",
            'headers: {authorization: "Basic ${LOGIN}"}',
        ),
    ),
    Bad(
        "a key in plain text",
        {"config": {"source": {"api_key": "sk-ant-admin01-invented"}}},
        ("config.source.api_key: is a secret in plain text", "and leave it out here"),
    ),
    Bad(
        "a header in plain text",
        sinks(endpoint=COLLECTOR, headers={"x-api-key": "invented"}),
        ("config.sinks.metrics.headers.x-api-key", "Put it into the Secret"),
    ),
    Bad(
        "a variable that nobody sets",
        sinks(endpoint=COLLECTOR, headers={"x-api-key": "${MISSING}"}),
        ("wants the variable ${MISSING}", "Write secret.env.MISSING"),
    ),
    Bad(
        "a hash without a key",
        {"config": {"privacy": {"identity": "hash"}}},
        ("config.privacy.identity: is hash", "openssl rand -hex 32"),
    ),
    Bad(
        "two places for settings",
        {"existingConfigMap": {"name": "mine"}},
        ("existingConfigMap.name: is set, and config is, too", "Take one of them out"),
    ),
    Bad(
        "a bucket with its scheme",
        {"state": {"type": "gs", "bucket": "gs://mine"}},
        ("state.bucket", "Write the name alone"),
    ),
    Bad(
        "a bucket that is not used",
        {"state": {"bucket": "mine"}},
        ("state.bucket: is set, but state.type is configmap", "Write state.type: gs"),
    ),
    Bad(
        "a state twice",
        {"config": {"state": "file:///elsewhere"}},
        ("config.state: is file:///elsewhere", "Leave config.state out"),
    ),
    Bad(
        "an address that is missing",
        {"state": {"type": "url"}},
        ("state.url: is empty", "Write an address such as kubernetes://configmap/"),
    ),
    Bad(
        "a ConfigMap that nobody makes or names",
        {"state": {"configMap": {"create": False}}},
        ("state.configMap.name: is empty", "kubectl create configmap"),
    ),
    Bad(
        "a token that is not mounted",
        {"serviceAccount": {"automount": False}},
        ("serviceAccount.automount: is false", "Write null"),
    ),
    Bad(
        "a time zone in the schedule",
        {"cronjob": {"schedule": "TZ=Etc/UTC 17 * * * *"}},
        ("cronjob.schedule",),
    ),
    Bad("no schedule", {"cronjob": {"schedule": "often"}}, ("cronjob.schedule",)),
    Bad("the zone of the machine", {"cronjob": {"timeZone": "Local"}}, ("cronjob.timeZone",)),
    Bad(
        "runs that would never start",
        {"cronjob": {"startingDeadlineSeconds": 0}},
        ("cronjob.startingDeadlineSeconds", "Write 21600"),
    ),
    Bad(
        "runs side by side",
        {"cronjob": {"concurrencyPolicy": "Allow"}},
        ("cronjob.concurrencyPolicy", "Forbid"),
    ),
    Bad("a backfill of nothing", {"backfill": {"enabled": True}}, ("backfill.from", "2026-01-31")),
    Bad(
        "a backfill that ends before it begins",
        {"backfill": {"enabled": True, "from": "2026-02-01", "to": "2026-01-01"}},
        ("backfill.to",),
    ),
    Bad(
        "a backfill of a sink that is not there",
        {"backfill": {"enabled": True, "from": "30d", "sinks": ["other"]}},
        ("backfill.sinks", "other"),
    ),
    Bad(
        "a range in every run",
        {"extraArgs": ["--from", "30d"]},
        ("extraArgs", "backfill.enabled: true, with backfill.from"),
    ),
    Bad(
        "a container that keeps the Job from ending",
        {"extraContainers": [{"name": "x", "image": "x", "restartPolicy": "Never"}]},
        ("extraContainers", "Leave restartPolicy out"),
    ),
    Bad(
        "two containers of one name",
        {"initContainers": [{"name": "ccsync", "image": "x"}]},
        ("one is called ccsync", "Give it another name"),
    ),
    Bad(
        "root",
        {"podSecurityContext": {"runAsUser": 0}},
        ("podSecurityContext.runAsUser: is 0", "Write 65532"),
    ),
    Bad(
        "two mounts in one place",
        {"secret": {"mountPath": "/etc/ccsync"}},
        ("/etc/ccsync", "Give each its own"),
    ),
    Bad(
        "an alert between any two runs",
        {"prometheusRule": {"enabled": True, "staleAfter": "30m"}},
        ("prometheusRule.staleAfter: is 30m", "Write 3h"),
    ),
    Bad(
        "an alert that there is none of",
        {"prometheusRule": {"enabled": True, "disabled": ["Nothing"]}},
        ("prometheusRule.disabled: Nothing is no alert; there are Ccsync",),
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.about)
def test_values_that_cannot_work_are_refused_and_told_what_to_write(
    newer_first: Rendering, bad: Bad
) -> None:
    said = newer_first.refusal(merged(SMALL, bad.values))
    for part in bad.said:
        assert part in said, said
    assert "sk-ant-admin01-invented" not in said
    assert "nil pointer" not in said


def test_everything_that_is_wrong_is_told_at_once(either: Rendering) -> None:
    said = either.refusal({"cronjob": {"startingDeadlineSeconds": 1}})
    for path in ("image.repository", "config.sinks", "secret", "cronjob.startingDeadlineSeconds"):
        assert f"- {path}: " in said


def test_good_values_are_taken(either: Rendering) -> None:
    assert either.done(SMALL).exit == 0
