"""Every file of values in helm/ccsync/ci, with both helms: what comes of it is right."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, cast

import click
import pytest

from ccsync.cli import main
from ccsync.cli.session import Session
from ccsync.plugins import installed
from ccsync.settings.load import Loaded, load
from tests.architecture.repository import ROOT, modules
from tests.chart.rendering import Rendering, given, named_in, settings_of, variables_of
from tests.support import manifests_schema
from tests.support.helm import NAMESPACE, values_files
from tests.support.manifests import Json, entries, pod_of, section, strings_in, title
from tests.support.manifests_faults import faults

OLDEST, *BETWEEN, NEWEST = manifests_schema.versions()
MISTAKEN = ".rules[0]: 'onPodConditions' is a required property"
"""So says the description of 1.27, and no server of it: its own examples leave it out."""

LABELS = {
    *(f"app.kubernetes.io/{one}" for one in ("component", "instance", "managed-by", "name")),
    *(f"app.kubernetes.io/{one}" for one in ("part-of", "version")),
    "helm.sh/chart",
}
OTHERS = re.compile(r"(AWS|AZURE|GOOGLE|HTTPS?|NO|OTEL|SSL)_\w+")
"""Variables that libraries read."""

MOVABLE = ("dashboards", "prometheusRule")
"""What may be in another namespace."""

every_file = pytest.mark.parametrize("values", values_files(), ids=lambda one: one.stem)


def schema_faults(manifests: list[Json], version: str) -> list[str]:
    return [
        f"{title(one)}: {fault}"
        for one in manifests
        for fault in manifests_schema.faults(one, version)
    ]


def test_there_are_values_to_try() -> None:
    assert len(values_files()) >= 10


@every_file
def test_lint(newer_first: Rendering, values: Path) -> None:
    done = newer_first.helm.lint(values)
    assert done.exit == 0, done
    assert "[WARNING]" not in done.stdout + done.stderr


@every_file
def test_no_rule_is_broken(newer_first: Rendering, values: Path) -> None:
    manifests = newer_first.manifests(values)
    assert {"CronJob"} <= {one["kind"] for one in manifests}
    assert faults(manifests, named_in(values)) == []


@pytest.mark.parametrize(
    "version", [NEWEST, *(pytest.param(one, marks=pytest.mark.thorough) for one in BETWEEN)]
)
@every_file
def test_every_version_knows_its_fields(chart: Rendering, values: Path, version: str) -> None:
    assert schema_faults(chart.manifests(values), version) == []


@every_file
def test_the_oldest_version_is_served_or_told(chart: Rendering, values: Path) -> None:
    done = chart.done(values, f"--kube-version={OLDEST}.0")
    if given(values).get("extraContainers"):
        assert "need native sidecars, which Kubernetes v1.27.0 lacks (1.29 has them)" in done.stderr
        return
    manifests = chart.manifests(values, f"--kube-version={OLDEST}.0")
    wrong = [one for one in schema_faults(manifests, OLDEST) if not one.endswith(MISTAKEN)]
    assert wrong == []
    assert faults(manifests, named_in(values)) == []


def test_a_version_that_is_too_old_is_refused(either: Rendering) -> None:
    done = either.done(values_files()[0], "--kube-version=1.26.0")
    assert done.exit != 0
    assert "chart requires kubeVersion: >=1.27.0-0" in done.stderr


@every_file
def test_both_helms_say_the_same(chart: Rendering, older: Rendering, values: Path) -> None:
    first, second = (
        {f"{one['apiVersion']} {title(one)}": one for one in helm.manifests(values)}
        for helm in (older, chart)
    )
    assert first == second


@every_file
def test_the_settings_can_be_loaded(chart: Rendering, values: Path, tmp_path: Path) -> None:
    manifests = chart.manifests(values)
    found = settings_of(manifests)
    if not found:
        assert given(values)["existingConfigMap"]["name"]
    for name, text in found.items():
        path = tmp_path / name
        path.write_text(text, "utf-8")
        users = [pod for one in manifests if (pod := pod_of(one)) and name in str(pod.spec)]
        assert users, f"no pod reads {name}"
        for pod in users:
            loaded: Loaded = load(path, installed(), variables_of(pod.spec["containers"][0]))
            assert loaded.settings.sinks


@every_file
def test_every_argument_is_one_of_ccsync(chart: Rendering, values: Path) -> None:
    for manifest in chart.manifests(values):
        if (pod := pod_of(manifest)) is None:
            continue
        (container,) = (one for one in pod.spec["containers"] if one["name"] == "ccsync")
        assert "command" not in container, "the image's ENTRYPOINT is ccsync"
        parse(container["args"])


def parse(arguments: list[str]) -> None:
    """Let click read a command line without doing anything."""
    name, *rest = arguments
    whole = click.Context(main, obj=Session(environ={}))
    command = main.get_command(whole, name)
    if command is None:
        raise click.UsageError(f"no such command: {name}")
    command.make_context(name, rest, parent=whole)


@pytest.mark.parametrize(
    "arguments", [["sink"], ["sync", "--form", "30d"], ["sync", "--from"], ["check", "--sink", "a"]]
)
def test_an_argument_that_is_none_would_be_found(arguments: list[str]) -> None:
    with pytest.raises(click.UsageError):
        parse(arguments)


def test_the_image_starts_ccsync() -> None:
    assert '\nENTRYPOINT ["ccsync"]\n' in (ROOT / "Dockerfile").read_text("utf-8")


@cache
def names_in_the_program() -> set[str]:
    return {
        name
        for folder in ("ccsync", "sinks")
        for path in modules(folder)
        for name in re.findall(r'"([A-Z][A-Z0-9_]{3,})"', (ROOT / path).read_text("utf-8"))
    }


@every_file
def test_every_variable_is_read_by_somebody(chart: Rendering, values: Path) -> None:
    manifests = chart.manifests(values)
    settings = settings_of(manifests)
    known = {*names_in_the_program(), *named_in(values)}
    if not settings:
        known.add("CCSYNC_STATE")  # for settings that somebody else wrote
    for manifest in manifests:
        if (pod := pod_of(manifest)) is None:
            continue
        container = pod.spec["containers"][0]
        texts = {*strings_in(container), *settings.values()}
        for one in entries(container, "env"):
            name = one["name"]
            wanted = any(f"$({name})" in text or f"${{{name}" in text for text in texts)
            told = wanted or name in known or OTHERS.fullmatch(name)
            assert told, f"{title(manifest)}: nobody reads {name}"


@every_file
def test_everything_has_its_namespace_and_labels(chart: Rendering, values: Path) -> None:
    said = given(values)
    allowed = {NAMESPACE, *(section(said, one).get("namespace") for one in MOVABLE)}
    for one in chart.manifests(values):
        metadata = one["metadata"]
        if said.get("extraObjects") and metadata["name"].endswith(("-extra", "-text")):
            continue
        assert metadata["namespace"] in allowed, title(one)
        assert metadata["labels"].keys() >= LABELS, title(one)


@every_file
def test_no_selector_goes_by_what_an_upgrade_changes(chart: Rendering, values: Path) -> None:
    for one in chart.manifests(values):
        for selector in selectors(one):
            changing = {key for key in selector if key.endswith(("/version", "/chart"))}
            assert not changing, f"{title(one)}: {changing}"


def selectors(value: Any) -> list[Json]:
    """Give every `matchLabels` within a value."""
    found: list[Json] = []
    match value:
        case {**mapping}:
            for key, one in cast("Json", mapping).items():
                found += [one] if key == "matchLabels" else selectors(one)
        case [*items]:
            for one in items:
                found += selectors(one)
        case _:
            pass
    return found
