"""`ccsync otlp dashboards`: which files, for which settings, and what is refused."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path, PurePath
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from ccsync.cli import main
from ccsync.cli.session import Session
from ccsync_otlp.dashboards.sent import Sent
from ccsync_otlp.dashboards.writing import BACKENDS, chosen, fitting
from ccsync_otlp.dashboards.writing import files as written

SETTINGS = """
version: 1
source: {api_key: "${ANTHROPIC_ADMIN_KEY}"}
sinks:
"""


class Said(NamedTuple):
    exit: int
    output: str


def run(*arguments: str, directory: Path) -> Said:
    session = partial(Session, environ={"HOME": str(directory)})
    done = CliRunner().invoke(main, arguments, obj=session)
    return Said(done.exit_code, done.output)


def configured(directory: Path, sink: str) -> str:
    path = directory / "ccsync.yaml"
    path.write_text(SETTINGS + f"  metrics: {{type: otlp, {sink}}}\n", "utf-8")
    return str(path)


def files(directory: Path) -> set[str]:
    return {str(one.relative_to(directory)) for one in directory.rglob("*") if one.is_file()}


def test_without_settings_everything_is_written(tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    said = run("otlp", "dashboards", "--out", str(out), directory=tmp_path)
    assert said.exit == 0, said
    wanted = {f"{name}/{path}" for name in BACKENDS for path in written(name, Sent())}
    assert files(out) == wanted
    assert said.output.splitlines() == [
        str(out / name / path) for name in BACKENDS for path in written(name, Sent())
    ]
    again = run("otlp", "dashboards", "all", "--out", str(out), directory=tmp_path)
    assert again == said, "it may be run twice"


def test_for_one_backend(tmp_path: Path) -> None:
    said = run("otlp", "dashboards", "grafana", "--out", str(tmp_path / "out"), directory=tmp_path)
    assert said.exit == 0, said
    assert all(name.startswith("grafana/") for name in files(tmp_path / "out"))


def test_for_a_sink(tmp_path: Path) -> None:
    sink = "preset: victoriametrics, endpoint: http://v.example:8428/x, dimensions: [model]"
    config = configured(tmp_path, sink + ", service_name: nightly")
    arguments = ("--config", config, "otlp", "dashboards", "--sink", "metrics")
    said = run(*arguments, "--out", str(tmp_path / "out"), directory=tmp_path)
    assert said.exit == 0, said
    names = files(tmp_path / "out")
    assert names - {"grafana/README.md"}
    assert all(
        name.startswith("grafana/victoriametrics/") for name in names - {"grafana/README.md"}
    )
    text = (tmp_path / "out" / "grafana" / "victoriametrics" / "cost.json").read_text("utf-8")
    assert '"value": "nightly"' in text
    assert "user.email" not in text
    readme = (tmp_path / "out" / "grafana" / "README.md").read_text("utf-8")
    assert "`nightly`" in readme
    assert "vmalert" in readme
    assert "prometheus/" not in readme


@pytest.mark.parametrize(
    ("sink", "said"),
    [
        ("preset: newrelic, endpoint: http://n.example/x", "the preset newrelic has no dashboards"),
        (
            "preset: grafana-cloud, endpoint: http://g.example/x, point_time: observed",
            "--sink metrics: there are no dashboards for point_time: observed",
        ),
        ("kind: delta, endpoint: http://g.example/x", "no dashboards for kind: delta"),
    ],
)
def test_points_that_are_read_otherwise(sink: str, said: str, tmp_path: Path) -> None:
    config = configured(tmp_path, sink)
    arguments = ("--config", config, "otlp", "dashboards", "--sink", "metrics", "--out")
    done = run(*arguments, str(tmp_path / "out"), directory=tmp_path)
    assert done.exit == 2, done
    assert said in done.output
    assert not (tmp_path / "out").exists()


def test_another_backend_than_the_preset_is_for(tmp_path: Path) -> None:
    config = configured(tmp_path, "preset: datadog, endpoint: http://d.example/x")
    arguments = ("--config", config, "otlp", "dashboards", "grafana", "--sink", "metrics", "--out")
    done = run(*arguments, str(tmp_path / "out"), directory=tmp_path)
    assert done.exit == 2, done
    assert "datadog" in done.output


def test_an_unknown_sink(tmp_path: Path) -> None:
    config = configured(tmp_path, "endpoint: http://c.example")
    arguments = ("--config", config, "otlp", "dashboards", "--sink", "other", "--out")
    done = run(*arguments, str(tmp_path / "out"), directory=tmp_path)
    assert done.exit == 2, done
    assert "--sink other: no such sink" in done.output


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "grafana").write_text("a file")
    done = run("otlp", "dashboards", "grafana", "--out", str(tmp_path), directory=tmp_path)
    assert done.exit == 2, done
    assert "cannot be written" in done.output


def dashboards(directory: Path, *arguments: str) -> Said:
    out = ("--out", str(directory / "out"))
    return run("otlp", "dashboards", *out, *arguments, directory=directory)


def test_thresholds_stand_in_every_file_that_has_them(tmp_path: Path) -> None:
    done = dashboards(
        tmp_path, "--budget", "2000000", "--threshold", "unusualTimes=4.5", "--threshold=people=9"
    )
    assert done.exit == 0, done
    out = tmp_path / "out"
    for variant in ("prometheus", "victoriametrics"):
        rules = (out / "grafana" / variant / "alerts.yaml").read_text("utf-8")
        assert "> 2000000\n" in rules
        assert "> 4.5 * avg_over_time" in rules
        assert ">= 9\n" in rules
        assert "10000" not in rules
    monitor = json.loads((out / "datadog" / "monitors" / "over-budget.json").read_text("utf-8"))
    assert monitor["query"].endswith(" > 2000000")
    assert monitor["options"]["thresholds"] == {"critical": 2_000_000}
    monitor = json.loads((out / "datadog" / "monitors" / "cost-unusual.json").read_text("utf-8"))
    assert monitor["query"].endswith(" > 350")
    for backend in ("grafana", "datadog"):
        assert "2,000,000" in (out / backend / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("unusualTime=2", "there is no threshold 'unusualTime'; there are budget, unusualTimes,"),
        ("unusualTimes", "'unusualTimes' is not NAME=NUMBER"),
        ("unusualTimes=many", "'unusualTimes=many' is not NAME=NUMBER"),
        ("peopleShare=50", "peopleShare has to be a number from 0 to 1, not 50"),
        ("people=2.5", "people has to be a whole number from 0"),
        ("peopleShare=nan", "peopleShare has to be a number from 0 to 1, not nan"),
        ("staleHours=5", "there is no threshold 'staleHours'"),
    ],
)
def test_a_threshold_that_cannot_be(argument: str, said: str, tmp_path: Path) -> None:
    done = dashboards(tmp_path, "--threshold", argument)
    assert done.exit == 2, done
    assert said in done.output
    assert not (tmp_path / "out").exists()


def test_edited_files_are_kept(tmp_path: Path) -> None:
    assert dashboards(tmp_path).exit == 0
    edited = tmp_path / "out" / "grafana" / "prometheus" / "alerts.yaml"
    edited.write_text(edited.read_text("utf-8").replace("10000", "77"), "utf-8")
    before = edited.read_text("utf-8")
    done = dashboards(tmp_path)
    assert done.exit == 2, done
    assert str(edited) in done.output
    assert "--force" in done.output
    assert edited.read_text("utf-8") == before
    assert dashboards(tmp_path, "--force").exit == 0
    assert edited.read_text("utf-8") != before


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_readme_names_every_file(backend: str) -> None:
    every = written(backend, Sent())
    text = every.pop("README.md")
    assert max(map(len, text.splitlines())) <= 100
    assert "{" not in re.sub(r"\$\{?\w+", "", text), "nothing is left to be filled in"
    named = set(re.findall(r"`([\w*/.-]+)`", text))
    left = [
        path
        for path in every
        if not any(PurePath(path).match(name) or path.startswith(name) for name in named)
    ]
    assert not left


def test_presets_have_their_backends() -> None:
    assert fitting(None) == fitting("otlp") == tuple(BACKENDS)
    for preset in ("prometheus", "mimir", "grafana-cloud", "victoriametrics"):
        assert chosen("all", preset) == fitting(preset) == ("grafana",)
    assert fitting("dynatrace") == ()
