"""Datadog's dashboards and monitors, read with the typed models of its own client library.

That knows fields, kinds and required parts; it does not know whether a query is understood.
"""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ccsync_otlp.dashboards.datadog import files
from ccsync_otlp.dashboards.sent import Sent
from tests.support.programs import program

pytestmark = pytest.mark.integration

FILES = {path: json.loads(text) for path, text in files(Sent()).items()}


def kind_of(path: str) -> str:
    return "Monitor" if path.startswith("monitors/") else "Dashboard"


def read(kind: str, body: Any, folder: Path) -> tuple[int, str]:
    file = folder / "body.json"
    file.write_text(json.dumps(body), "utf-8")
    done = subprocess.run(
        [program("datadog-models"), kind, file],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.mark.parametrize("path", FILES)
def test_a_body_is_known(path: str, tmp_path: Path) -> None:
    assert read(kind_of(path), FILES[path], tmp_path) == (0, "")


def first(body: Any) -> Any:
    return body["widgets"][0]["definition"]["widgets"][0]["definition"]


SLIPS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "no title": ("overview.json", lambda body: body.pop("title")),
    "a layout": ("overview.json", lambda body: body.update(layout_type="grid")),
    "a kind of widget": ("overview.json", lambda body: first(body).update(type="number")),
    "a field of a widget": ("overview.json", lambda body: first(body).update(colour="red")),
    "a way to reduce": (
        "overview.json",
        lambda body: first(body)["requests"][0]["queries"][0].update(aggregator="total"),
    ),
    "no formula": (
        "overview.json",
        lambda body: first(body)["requests"][0]["formulas"][0].pop("formula"),
    ),
    "a kind of monitor": (
        "monitors/over-budget.json",
        lambda body: body.update(type="budget alert"),
    ),
    "an option": (
        "monitors/over-budget.json",
        lambda body: body["options"].update(evaluate_later=1),
    ),
    "what is missing": (
        "monitors/no-run.json",
        lambda body: body["options"].update(on_missing_data="shout"),
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_would_be_found(slip: str, tmp_path: Path) -> None:
    path, spoil = SLIPS[slip]
    body = copy.deepcopy(FILES[path])
    spoil(body)
    code, said = read(kind_of(path), body, tmp_path)
    assert code == 1
    assert "body" in said or "title" in said
