"""The schema of the values, as both helms enforce it: mistakes are refused with what to write."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.architecture.repository import ROOT
from tests.chart.bad_values import BAD, Bad, values_with
from tests.support.helm import CHART, HELMS, Helm, values_files
from tests.support.manifests import read

Json = dict[str, Any]

SCHEMA: Json = json.loads((CHART / "values.schema.json").read_text("utf-8"))
OWN: Json = json.loads((ROOT / "config" / "ccsync.schema.json").read_text("utf-8"))
DEFAULTS: Json = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))

CONFIG: Any = jsonschema.Draft7Validator(
    {**SCHEMA["properties"]["config"], "definitions": SCHEMA["definitions"]}
)
"""`config:` in values, as the chart's schema has it."""

GOOD: Json = {
    "image": {"repository": "registry.example/platform/ccsync"},
    "secret": {"existingSecret": "ccsync"},
    "config": {"sinks": {"console": {"type": "stdout"}}},
}

NOT_STRICT = {
    ("properties", "global"),
    ("properties", "externalSecret", "properties", "target"),
}
"""Beside what Kubernetes defines and may extend: what others read, or define."""


@pytest.fixture(params=HELMS)
def helm(request: pytest.FixtureRequest, tmp_path: Path) -> Helm:
    return Helm(request.param, tmp_path)


def objects(schema: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Walk the parts of a schema that are objects."""
    if "properties" in schema or schema.get("type") in ("object", ["object", "null"]):
        yield path, schema
    for key in ("properties", "definitions"):
        parts: Json = schema.get(key, {})
        for name, part in parts.items():
            yield from objects(part, (*path, key, name))
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from objects(schema[key], (*path, key))


def test_the_schema_is_of_a_draft_that_both_helms_know() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    newer = {"$defs", "unevaluatedProperties", "dependentRequired", "prefixItems", "anyOf"}
    assert not {key for _, one in objects(SCHEMA) for key in one} & newer


def test_every_section_of_values_and_settings_is_closed() -> None:
    pod = {("properties", key) for key in DEFAULTS if key in KUBERNETES}
    open_ones = [
        ".".join(path)
        for path, one in objects(SCHEMA)
        if "additionalProperties" not in one
        and path not in NOT_STRICT
        and path[:2] not in pod
        and path[-1] != "items"
        and not {"onExitCodes", "SinkConfig"} & set(path)
    ]
    assert not open_ones, "unknown keys would be ignored silently: " + ", ".join(open_ones)


KUBERNETES = {
    *("affinity", "podSecurityContext", "securityContext", "extraEnv", "extraEnvFrom"),
    *("extraVolumes", "extraVolumeMounts", "initContainers", "extraContainers", "resources"),
    "topologySpreadConstraints",
}
"""Values that are Kubernetes' own: newer versions may know more fields."""


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: f"{bad.path}={bad.value}")
def test_a_bad_value_is_refused_at_its_place(bad: Bad) -> None:
    validator: Any = jsonschema.Draft7Validator(SCHEMA)
    values = merged(DEFAULTS, values_with(bad))
    paths = {".".join(map(str, error.absolute_path)) for error in validator.iter_errors(values)}
    assert paths
    assert all(bad.path.startswith(one) or one.startswith(bad.path) for one in paths), paths
    assert not list(validator.iter_errors(DEFAULTS))


def merged(below: Json, above: Json) -> Json:
    """Lay values over others, as helm does: null takes a default away."""
    result = dict(below)
    for key, value in above.items():
        if value is None:
            result.pop(key, None)
            continue
        old = result.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        result[key] = merged(old, value) if both else value  # type: ignore[arg-type]
    return result


def batches() -> list[list[Bad]]:
    """Give all bad values in as few groups as have one value for each path."""
    groups: list[list[Bad]] = []
    for bad in BAD:
        fits = (one for one in groups if all(not clash(bad, other) for other in one))
        group = next(fits, None)
        if group is None:
            groups.append(group := [])
        group.append(bad)
    return groups


def clash(one: Bad, other: Bad) -> bool:
    return one.path.startswith(other.path) or other.path.startswith(one.path)


@pytest.mark.parametrize("group", batches(), ids=range(len(batches())))
def test_helm_says_what_to_write(helm: Helm, group: list[Bad]) -> None:
    values: Json = {}
    for bad in group:
        values = merged(values, values_with(bad))
    said = helm.refusal(values)
    missing = [f"{bad.path}={bad.value!r}: {bad.words}" for bad in group if bad.words not in said]
    assert not missing, f"not said: {missing}\n{said}"
    assert "values.schema" not in said.partition("ccsync:")[0]


def test_a_secret_of_a_wrong_type_is_not_repeated(helm: Helm) -> None:
    key = 4242424242
    said = helm.refusal(
        {
            "secret": {"create": True, "values": {"api-key": key}},
            "config": {"source": {"api_key": key}},
        }
    )
    assert "api-key" in said
    assert "api_key" in said
    assert str(key) not in said


@pytest.mark.parametrize("path", values_files(), ids=lambda path: path.stem)
def test_the_chart_is_tried_with_values_that_the_schema_takes(path: Path) -> None:
    (values,) = read(path.read_text("utf-8"))
    validator: Any = jsonschema.Draft7Validator(SCHEMA)
    validator.validate(merged(DEFAULTS, values))


def settings_files() -> list[Path]:
    """Give the examples of settings."""
    names = sorted((ROOT / "config").glob("*.yaml"))
    return [path for path in names if "ccsync.schema.json" in path.read_text("utf-8")]


@pytest.mark.parametrize("path", settings_files(), ids=lambda path: path.stem)
def test_every_example_of_settings_can_be_config(path: Path) -> None:
    CONFIG.validate(yaml.safe_load(path.read_text("utf-8")))


def test_all_settings_at_once_can_be_config(helm: Helm) -> None:
    """With variables where numbers stand, and what the chart fills in left out."""
    config = yaml.safe_load((ROOT / "config" / "full.yaml").read_text("utf-8"))
    del config["version"], config["source"]["api_key"], config["state"]
    config["sync"]["lookback_days"] = "${LOOKBACK_DAYS:-3}"
    config["sync"]["include_today"] = "${INCLUDE_TODAY:-true}"
    config["source"]["page_size"] = "${PAGE_SIZE:-1000}"
    (rendered,) = (
        one
        for one in helm.manifests({**GOOD, "config": config})
        if "ccsync.yaml" in one.get("data", {})
    )
    settings = yaml.safe_load(rendered["data"]["ccsync.yaml"])
    assert {key: settings[key] for key in ("privacy", "sinks")} == {
        key: config[key] for key in ("privacy", "sinks")
    }


ODD: tuple[Any, ...] = ("", "x", "${X}", "10m", "30d", -1, 3, 1.5, True, None, [], {}, {"x": 1})


def verdicts(dialect: Any, schema: Json, parts: str, place: str) -> list[bool]:
    """Tell which of the odd values a part of a schema takes."""
    validator = dialect({"$ref": f"#/{parts}/{place}", parts: schema[parts]})
    return [validator.is_valid(value) for value in ODD]


@pytest.mark.parametrize("section", OWN["$defs"])
def test_config_takes_what_ccsync_takes_and_refuses_what_it_refuses(section: str) -> None:
    """Each setting with odd values, one after the other."""
    own, there = OWN["$defs"][section], SCHEMA["definitions"][section]
    assert there.get("required", []) == own.get("required", [])
    for name in own["properties"]:
        if (section, name) == ("SinkConfig", "type"):
            continue  # other packages bring others; see test_sinks.py
        place = f"{section}/properties/{name}"
        expected = verdicts(jsonschema.Draft202012Validator, OWN, "$defs", place)
        found = verdicts(jsonschema.Draft7Validator, SCHEMA, "definitions", place)
        pairs = zip(ODD, expected, found, strict=True)
        differ = [value for value, *both in pairs if both[0] != both[1]]
        assert not differ, f"{section}.{name}: {differ}"


def test_a_parent_chart_can_have_it(helm: Helm, tmp_path: Path) -> None:
    """With global values, and a condition that stands among the chart's own values."""
    parent = tmp_path / "platform"
    shutil.copytree(CHART, parent / "charts" / "ccsync")
    version = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))["version"]
    (parent / "Chart.yaml").write_text(
        "apiVersion: v2\nname: platform\nversion: 1.0.0\ndependencies:\n"
        f"  - {{name: ccsync, version: {version}, condition: ccsync.enabled}}\n",
        "utf-8",
    )
    values: Json = {"global": {"region": "eu"}, "ccsync": {**GOOD, "enabled": True}}
    done = helm.template(values, chart=parent)
    assert done.exit == 0, done.stderr
    assert "kind: CronJob" in done.stdout
    values["ccsync"]["enabled"] = False
    assert "CronJob" not in helm.template(values, chart=parent).stdout
    values["ccsync"] |= {"enabled": True, "suspend": True}
    refused = helm.template(values, chart=parent)
    assert refused.exit != 0
    assert "suspend" in refused.stderr


@pytest.mark.parametrize("section", ["cronjob", "image", "state.configMap", "job.podFailurePolicy"])
def test_a_section_that_is_empty_is_named(helm: Helm, section: str) -> None:
    """`cronjob:` with nothing but comments below it would take all its defaults away."""
    values: Json = dict(GOOD)
    above, _, last = section.rpartition(".")
    values[above or last] = {last: None} if above else None
    said = helm.refusal(values)
    assert "schema" in said
    assert last in said


def test_a_default_can_be_taken_away(helm: Helm) -> None:
    """As charts promise: `null` unsets, for numbers and for maps, which cannot be emptied by {}."""
    unset = {
        "cronjob": {"startingDeadlineSeconds": None, "failedJobsHistoryLimit": None},
        "job": {"backoffLimit": None, "activeDeadlineSeconds": None},
        "resources": {"limits": None, "requests": {"cpu": None}},
        "podSecurityContext": {"runAsUser": None, "runAsGroup": None, "fsGroup": None},
        "securityContext": None,
    }
    (cronjob,) = (one for one in helm.manifests({**GOOD, **unset}) if one["kind"] == "CronJob")
    job = cronjob["spec"]["jobTemplate"]["spec"]
    assert "startingDeadlineSeconds" not in cronjob["spec"]
    assert "failedJobsHistoryLimit" not in cronjob["spec"]
    assert not {"backoffLimit", "activeDeadlineSeconds"} & job.keys()
    pod = job["template"]["spec"]
    assert "runAsUser" not in pod["securityContext"]
    assert pod["containers"][0]["resources"] == {"requests": {"memory": "128Mi"}}
    assert "securityContext" not in pod["containers"][0]


def leaves(schema: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Give the paths of all values that may be taken away."""
    for key, part in schema["properties"].items():
        if part.get("type") == "object" and "properties" in part:
            yield from leaves(part, (*path, key))
        elif key not in schema.get("required", ()):
            yield (*path, key)


def test_all_that_is_no_section_may_be_null(helm: Helm) -> None:
    """A key with nothing but comments below it: what the chart needs it asks for, in words."""
    values: Json = {}
    for path in leaves(SCHEMA):
        put(values, path, None)
    said = helm.refusal(values)
    for needed in ("image.repository", "config.sinks", "secret: there is no credential"):
        assert f"- {needed}" in said
    put(values, ("image", "repository"), "registry.example/platform/ccsync")
    put(values, ("secret", "existingSecret"), "ccsync")
    put(values, ("serviceAccount", "create"), True)
    put(values, ("state", "configMap", "create"), True)
    kinds = {one["kind"] for one in helm.manifests({**values, "config": GOOD["config"]})}
    assert {"CronJob", "ConfigMap", "ServiceAccount"} <= kinds


def put(values: Json, path: tuple[str, ...], value: object) -> None:
    for key in path[:-1]:
        values = values.setdefault(key, {})
    values[path[-1]] = value
