"""The chart's documentation: its values are taken, its commands parse, what it names is there."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import click
import pytest
import yaml

from ccsync.cli import main as command_line
from ccsync.errors import Exit
from ccsync.plugins import installed
from ccsync.runtime import Runtime
from ccsync.settings.load import load
from ccsync.state.document import Ledger, encode
from ccsync.state.file import FileStore
from ccsync.state.kubernetes.configmap import ConfigMap
from ccsync.state.objects import LEDGER
from tests.architecture.repository import ROOT
from tests.chart.rendering import settings_of, variables_of
from tests.support.chart_docs import (
    CHART,
    PAGES,
    Block,
    anchors,
    blocks,
    commands,
    marked,
    prose,
    spans,
)
from tests.support.command import Done
from tests.support.helm import HELMS, RELEASE, Helm, brought
from tests.support.manifests import Json, name_of, of_kind
from tests.support.programs import free_port

README, *_ = PAGES
VALUES: Json = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
BLOCKS = [one for one in blocks("yaml") if one.mark.startswith("values")]
ALL_ON: Json = {
    "backfill": {"enabled": True, "from": "7d"},
    "networkPolicy": {"enabled": True},
    "prometheusRule": {"enabled": True, "dataRules": True},
    "dashboards": {"enabled": True},
}
KUBECTL = [
    *commands("kubectl"),
    *sorted(one.split() for one in spans() if re.match(r"kubectl .*--namespace", one)),
]
FREE = {
    "config",
    "secret.env",
    "secret.values",
    "externalSecret.data",
    "podSecurityContext",
    "resources",
}
"""Values that hold whatever somebody writes."""

EVENTS = {"state.memory_dropped"}
"""Of the log: they look like values."""


@pytest.fixture(scope="module", params=HELMS)
def helm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """Give one helm after the other."""
    return Helm(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module", params=["helm4", pytest.param("helm3", marks=pytest.mark.thorough)])
def newer_first(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """Give the newer helm, and the older one where there is time: for many cases of one kind."""
    return Helm(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """Give the newer helm, where one is enough."""
    return Helm("helm4", tmp_path_factory.mktemp("newer"))


@pytest.fixture(scope="module")
def all_on(newer: Helm) -> dict[str, list[Json]]:
    """Give what the chart makes with everything on, for the two releases that are named."""
    first, more = newer.home / "first.yaml", newer.home / "on.yaml"
    first.write_text(marked("values: first").text, "utf-8")
    more.write_text(yaml.safe_dump(ALL_ON), "utf-8")
    return {
        release: newer.manifests(first, "--values", more, release=release)
        for release in (RELEASE, "usage")
    }


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give a directory with the files that the commands name, and the way to no cluster."""
    (tmp_path / "helm").symlink_to(ROOT / "helm")
    (tmp_path / "values.yaml").write_text(marked("values: first").text, "utf-8")
    (tmp_path / "state.json").write_text('{"binaryData": {}}', "utf-8")
    for name in ("api-key", "honeycomb-api-key", "hash-key"):
        (tmp_path / name).write_text("invented", "utf-8")
    cluster = {"server": f"http://127.0.0.1:{free_port()}"}
    config: Json = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "none",
        "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
        "clusters": [{"name": "none", "cluster": cluster}],
        "users": [{"name": "none", "user": {}}],
    }
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(config), "utf-8")
    return tmp_path


def run(place: Path, program: Path, words: list[str], stdin: str = "") -> Done:
    """Run a command of the documentation where no cluster answers."""
    home = {f"HELM_{one}_HOME": str(place / one) for one in ("CACHE", "CONFIG", "DATA")}
    done = subprocess.run(
        [program, *words],
        cwd=place,
        env={
            **home,
            "PATH": "/usr/bin:/bin",
            "HOME": str(place),
            "KUBECONFIG": str(place / "kubeconfig"),
            "GOGC": "off",  # it lives for a moment
        },
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def is_understood(done: Done) -> bool:
    """Tell whether nothing was wrong but that there is no cluster."""
    last = done.stderr.strip().rpartition("\n")[2]
    return done.exit == 0 or bool(re.search(r"was refused|connection refused", last))


def rendered(helm: Helm, block: Block, place: Path) -> list[Json]:
    """Render the chart with a block's values."""
    file = place / "block.yaml"
    file.write_text(block.text, "utf-8")
    if block.mark == "values: more":
        return helm.manifests(place / "values.yaml", "--values", file)
    return helm.manifests(file)


# ------------------------------------------------------------------------------------- values


def test_every_block_of_yaml_says_what_it_is() -> None:
    known = {"values", "values: first", "values: more", "manifest"}
    assert {one.mark for one in blocks("yaml")} == known
    assert len(BLOCKS) > 15


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_values_are_taken_and_their_settings_load(
    newer_first: Helm, block: Block, place: Path
) -> None:
    manifests = rendered(newer_first, block, place)
    (cronjob,) = of_kind(manifests, "CronJob")
    (container,) = cronjob["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    found = settings_of(manifests)
    assert found
    for name, text in found.items():
        path = place / name
        path.write_text(text, "utf-8")
        loaded = load(path, installed(), variables_of(container))
        assert loaded.settings.sinks


@pytest.mark.parametrize(
    "block", [one for one in blocks("yaml") if one.mark == "manifest"], ids=str
)
def test_values_in_manifests_of_others_are_taken(newer: Helm, block: Block) -> None:
    manifest: Json = yaml.safe_load(block.text)
    assert {"apiVersion", "kind", "metadata", "spec"} <= manifest.keys()
    spec: Json = manifest["spec"]
    values = spec["values"] if "values" in spec else spec["source"]["helm"]["valuesObject"]
    assert newer.manifests(values)


def test_values_that_are_named_exist() -> None:
    named = {one for one in map(path_of_value, spans()) if one}
    assert len(named) > 40
    assert {one for one in named if not is_value(one)} == EVENTS


def path_of_value(span: str) -> str | None:
    """Give the path of the value that a span names, as `state.type: gs` does; None: none."""
    hit = re.fullmatch(r"([a-zA-Z]+(?:\.[A-Za-z_]+)+)(: .*)?", span)
    return hit[1] if hit and hit[1].partition(".")[0] in VALUES else None


def is_value(path: str) -> bool:
    """Tell whether there is such a value."""
    found: Any = VALUES
    for at, part in enumerate(path.split(".")):
        if ".".join(path.split(".")[:at]) in FREE:
            return True
        here = cast("Json", found) if isinstance(found, dict) else {}
        if part not in here:
            return False
        found = here[part]
    return True


@pytest.mark.parametrize("path", ["state.typo", "cronjob.suspended", "secret.keys.apikey"])
def test_a_value_that_is_none_would_be_found(path: str) -> None:
    assert path_of_value(path) == path
    assert not is_value(path)


# ----------------------------------------------------------------------------------- commands


def test_every_block_of_commands_is_one() -> None:
    for block in blocks("sh", "bash"):
        done = subprocess.run(
            ["bash", "-n"],
            input=block.text,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        assert done.returncode == 0, f"{block}: {done.stderr}"
    for block in blocks("json"):
        assert json.loads(block.text)


@pytest.mark.parametrize("words", commands("helm"), ids=" ".join)
def test_commands_of_helm_parse(newer_first: Helm, words: list[str], place: Path) -> None:
    words = [re.sub(r"^oci://.*", "helm/ccsync", one) for one in words[1:]]
    assert (words[1], words[words.index("--namespace") + 1]) == ("ccsync", "ccsync")
    done = run(place, brought(newer_first.name), words)
    assert is_understood(done), done


@pytest.mark.parametrize(
    "words", [one for one in commands("helm") if one[1] in {"install", "upgrade"}], ids=" ".join
)
def test_what_commands_of_helm_set_is_taken(helm: Helm, words: list[str], place: Path) -> None:
    options = [re.sub(r"^oci://.*", "helm/ccsync", one) for one in words[2:]]
    done = run(place, brought(helm.name), ["template", *options])
    assert done.exit == 0, done
    assert "kind: CronJob" in done.stdout
    if "backfill.enabled=true" in words:
        assert re.search(r'^  name: "ccsync-backfill-20260101-4d-', done.stdout, re.MULTILINE)


@pytest.mark.parametrize("words", KUBECTL, ids=" ".join)
def test_commands_of_kubectl_parse(words: list[str], place: Path) -> None:
    manifest = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})
    done = run(place, brought("kubectl"), words[1:], manifest)
    assert is_understood(done), done


def test_a_command_that_is_none_would_be_found(place: Path) -> None:
    for words in (["get", "pods", "--selecter=a"], ["creat", "job"], ["get", "pods", "a", "-l=b"]):
        assert not is_understood(run(place, brought("kubectl"), words))


KINDS = {
    "configmap": "ConfigMap",
    "cronjob": "CronJob",
    "pod": "Pod",
    "externalsecret": "ExternalSecret",
    "secret": "Secret",
}


def test_objects_that_commands_name_are_those_of_the_chart(
    all_on: dict[str, list[Json]],
) -> None:
    there = set(names(all_on)) | {("Secret", "ccsync"), ("ExternalSecret", "ccsync")}
    named: set[tuple[str, str]] = set()
    for words in KUBECTL:
        for at, word in enumerate(words[:-1]):
            kind, _, name = word.partition("/")
            if name and kind.removeprefix("--from=") in KINDS:
                named.add((KINDS[kind.removeprefix("--from=")], name))
            elif word in KINDS and re.match(r"[a-z]", words[at + 1]):
                named.add((KINDS[word], words[at + 1]))
        if words[1:2] == ["logs"] and words[2:] and words[2].startswith("ccsync-"):
            named.add(("Pod", words[2]))
    assert {kind for kind, _ in named} >= {"ConfigMap", "CronJob", "Pod", "Secret"}
    assert named - {("Secret", "generic")} <= there


def names(all_on: dict[str, list[Json]]) -> Iterator[tuple[str, str]]:
    """Give kind and name of all that the chart makes."""
    for manifests in all_on.values():
        for one in manifests:
            yield one["kind"], name_of(one)


def test_objects_of_the_table_are_those_of_the_chart(all_on: dict[str, list[Json]]) -> None:
    table = prose(README).partition("| object | name | when |")[2].partition("\n\n")[0]
    told = {name.removesuffix("...") for name in re.findall(r"`(ccsync[-a-z.]*)`", table)}
    there = {name for _, name in names(all_on) if name.startswith("ccsync")}
    for name in there:
        assert any(name == one or (one[-1] == "-" and name.startswith(one)) for one in told), name
    for one in told:
        assert any(name == one or (one[-1] == "-" and name.startswith(one)) for name in there), one


def test_selectors_find_the_pods(all_on: dict[str, list[Json]]) -> None:
    manifests = all_on[RELEASE]
    labels = [one["metadata"]["labels"] for one in of_kind(manifests, "Job")]
    (cronjob,) = of_kind(manifests, "CronJob")
    labels.append(cronjob["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"])
    selectors = {
        words[words.index("--selector") + 1]
        for words in commands("kubectl")
        if "--selector" in words
    }
    assert len(selectors) == 2
    for selector in selectors:
        wanted = dict(one.split("=") for one in selector.split(","))
        assert any(wanted.items() <= one.items() for one in labels), selector


@pytest.mark.parametrize("args", sorted({one for one in spans() if one.startswith('["')}))
def test_arguments_of_other_commands_are_those_of_ccsync(args: str) -> None:
    command: click.Command = command_line
    for word in json.loads(args):
        if word.startswith("--"):
            options = {one for parameter in command.params for one in parameter.opts}
            assert word in options, f"{args}: {word}"
        elif isinstance(command, click.Group):
            with click.Context(command) as context:
                found = command.get_command(context, word)
            assert found is not None, f"{args}: {word}"
            command = found
    assert not isinstance(command, click.Group)


# --------------------------------------------------------------------------------------- state


def test_the_state_of_a_configmap_becomes_that_of_a_bucket_or_a_directory(tmp_path: Path) -> None:
    """The block is run with a kubectl that gives a ConfigMap as ccsync writes it."""
    if shutil.which("jq") is None:
        pytest.skip("there is no jq, which this block needs")
    day, sink = dt.date(2026, 11, 19), "my_first.sink-Ü"
    document, note = encode(Ledger()), gzip.compress(b"who was shown")
    made = ConfigMap({"metadata": {"name": "ccsync-state"}}, None, {})
    made = made.with_document(document).with_note(sink, day, note)
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(made.encoded())}\nEND\n", "utf-8")
    kubectl.chmod(0o755)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", marked("run: copy").text],
        cwd=tmp_path,
        env={"PATH": f"{kubectl.parent}:{os.environ['PATH']}", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    state = tmp_path / "state"
    # As objects of a bucket are called, and with their content.
    assert (state / LEDGER).read_bytes() == document
    assert (state / "memory" / sink / day.isoformat()).read_bytes() == note
    # As a volume has it, after the renaming that the text asks for.
    (state / LEDGER).rename(state / "ledger.json")
    store = FileStore(state, Runtime())
    assert store.load()[0] == document
    assert store.read_memory(sink, day) == note
    store.close()


def test_figures_of_the_capacity_are_those_of_the_chart() -> None:
    page = next(one for one in PAGES if one.name == "state.md")
    rows = re.findall(r"^\| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$", prose(page), re.MULTILINE)
    assert len(rows) == 5
    for row in rows:
        people, by_address, by_hash = (int(one.replace(",", "")) for one in row)
        assert by_address == 13_500_000 // (100 * people)
        assert by_hash == 13_500_000 // (127 * people)
    template = (CHART / "templates" / "_capacity.tpl").read_text("utf-8")
    assert "div 13500000" in template
    assert "ternary 127 100" in template


# -------------------------------------------------------------------------------- what is named


def test_exit_codes_are_those_of_the_code() -> None:
    table = prose(CHART / "docs" / "operations.md").partition("| exit | means |")[2]
    rows = re.findall(r"^\| ([0-9, ]+) \|", table.partition("\n\n")[0], re.MULTILINE)
    told = {int(one) for row in rows for one in row.split(",")}
    assert told == {int(one) for one in Exit} | {137}


def test_every_alert_has_its_place_in_the_runbook(newer: Helm, place: Path) -> None:
    (block,) = [one for one in BLOCKS if "runbookUrl" in one.text]
    more = block._replace(text=block.text.replace("disabled: [CcsyncSuspended]", "dataRules: true"))
    (rule,) = of_kind(rendered(newer, more, place), "PrometheusRule")
    alerts = [one for group in rule["spec"]["groups"] for one in group["rules"] if "alert" in one]
    page = CHART / "docs" / "operations.md"
    told = set(re.findall(r"^#### (\w+)$", prose(page), re.MULTILINE))
    assert told == {one["alert"] for one in alerts}
    for one in alerts:
        address, _, anchor = one["annotations"]["runbook_url"].partition("#")
        assert address.endswith("helm/ccsync/docs/operations.md")
        assert anchor in anchors(page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", prose(page)):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        other = (page.parent / file).resolve() if file else page
        assert other.exists(), target
        assert not anchor or anchor in anchors(other), target


def test_the_pages_are_in_the_package(newer: Helm, tmp_path: Path) -> None:
    """Who has the package alone has the runbook, too."""
    newer.tell("package", CHART, "--destination", tmp_path)
    (packed,) = tmp_path.glob("*.tgz")
    listed = subprocess.run(
        ["tar", "-tzf", packed], capture_output=True, text=True, check=True, timeout=30
    ).stdout.splitlines()
    assert {f"ccsync/{page.relative_to(CHART)}" for page in PAGES[:-1]} <= set(listed)
