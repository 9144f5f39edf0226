"""`ccsync otlp dashboards`: which files, for which settings, and what is refused."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from ccsync.cli import main
from ccsync.cli.session import Session
from ccsync_otlp.dashboards.sent import Sent
from ccsync_otlp.dashboards.writing import BACKENDS, chosen, fitting

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
    wanted = {f"{name}/{path}" for name, made in BACKENDS.items() for path in made(Sent())}
    assert files(out) == wanted
    assert said.output.splitlines() == [
        str(out / name / path) for name, made in BACKENDS.items() for path in made(Sent())
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
    assert names
    assert all(name.startswith("grafana/victoriametrics/") for name in names)
    text = (tmp_path / "out" / "grafana" / "victoriametrics" / "cost.json").read_text("utf-8")
    assert '"value": "nightly"' in text
    assert "user.email" not in text


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


def test_presets_have_their_backends() -> None:
    assert fitting(None) == fitting("otlp") == tuple(BACKENDS)
    for preset in ("prometheus", "mimir", "grafana-cloud", "victoriametrics"):
        assert chosen("all", preset) == fitting(preset) == ("grafana",)
    assert fitting("dynatrace") == ()
