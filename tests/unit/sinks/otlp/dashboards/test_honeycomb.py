"""Honeycomb's queries: each day's number, read as Honeycomb documents it, is what the API said.

The points are those that the real sink sent, corrections and zeros included.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import jsonschema
import pytest

from ccsync import telemetry
from ccsync_otlp.catalogue import ATTRIBUTES, METRICS
from ccsync_otlp.dashboards.boards import BOARDS
from ccsync_otlp.dashboards.honeycomb import Chosen, chosen, files
from ccsync_otlp.dashboards.questions import CURRENCY, PERSON, Ratio
from ccsync_otlp.dashboards.sent import Sent
from tests.integration.otlp.dashboard_truth import Key, Truth, points

from . import honeycomb_schema
from .formulas import Group
from .honeycomb_like import NULL, Honeycomb
from .vendor_world import TODAY, World, make_world

FILES = files(Sent())
CHOSEN = chosen(Sent())
OTHER_FILES = [path for path in FILES if not path.startswith("queries/")]
MIDNIGHT = int(dt.datetime.combine(TODAY, dt.time(), dt.UTC).timestamp())


@pytest.fixture(scope="module")
def world() -> World:
    return make_world("honeycomb")


@pytest.fixture(scope="module")
def there(world: World) -> Honeycomb:
    return Honeycomb(world.points)


@pytest.fixture(scope="module")
def truth(world: World) -> Truth:
    return Truth((one for one in points(world.rows) if one.value), {})


def written(path: str) -> Any:
    return json.loads(FILES[path])


def key_of(group: Group, one: Chosen) -> Key:
    """Name a line as the truth does."""
    columns = {name: "" if value == NULL else value for name, value in group}
    names = [name for name in one.question.by_of(one.column) if name not in PERSON[1:]]
    return tuple(
        next((columns[who] for who in PERSON if columns[who]), "")
        if name in PERSON
        else columns[name]
        for name in names
    )


@pytest.mark.parametrize("key", CHOSEN)
def test_a_query_shows_what_the_api_said(
    key: str, world: World, there: Honeycomb, truth: Truth
) -> None:
    one = CHOSEN[key]
    days = world.days[-30:]
    lines = there.ask(written(f"queries/{key}.json"), until=MIDNIGHT)
    times = 100 if isinstance(one.column.value, Ratio) else 1
    wanted = {
        (line, day): times * float(value)
        for day, answer in truth.days(one.question, one.column, days).items()
        for line, value in answer.items()
    }
    shown = {
        (key_of(group, one), dt.datetime.fromtimestamp(at, dt.UTC).date()): value
        for group, values in lines.items()
        for at, value in values.items()
    }
    assert len({day for _, day in shown}) > 15
    assert {place: value for place, value in shown.items() if value} == pytest.approx(
        {place: value for place, value in wanted.items() if value}, rel=1e-9
    )


def test_a_longer_step_would_show_its_last_day_only(there: Honeycomb, truth: Truth) -> None:
    """This is why there are no totals, and the board says so."""
    query = written("queries/tokens-by-day.json")
    one = CHOSEN["tokens-by-day"]
    month = there.ask({**query, "granularity": 30 * 86_400}, until=MIDNIGHT)
    days = [TODAY - dt.timedelta(days=age) for age in range(1, 31)]
    total = truth.value(one.column.value, one.question.by, days)
    assert sum(sum(values.values()) for values in month.values()) < 0.5 * float(sum(total.values()))
    assert "last day's" in written("board.json")["panels"][0]["text_panel"]["content"]


@pytest.mark.parametrize("path", [path for path in FILES if path.endswith(".json")])
def test_a_file_is_as_the_api_description_says(path: str) -> None:
    folder, _, name = path.rpartition("/")
    body = written(path)
    match folder or name:
        case "queries":
            jsonschema.validate(body, honeycomb_schema.QUERY)
            known = {metric.name for metric in METRICS}
            assert {one["column"] for one in body["calculations"]} <= known
            assert set(body.get("breakdowns", [])) <= {one.name for one in ATTRIBUTES}
            costs = any("cost" in one["column"] for one in body["calculations"])
            assert costs == (CURRENCY in body.get("breakdowns", []))
        case "triggers":
            jsonschema.validate(body, honeycomb_schema.TRIGGER)
            back, often = body["query"]["time_range"], body["frequency"]
            assert often <= back <= min(4 * often, 86_400)
            (calculation,) = body["query"]["calculations"]
            assert calculation["column"] in {one.name for one in telemetry.METRICS}
        case "board.json":
            jsonschema.validate(body, honeycomb_schema.BOARD)
            keys = [
                one["query_panel"]["query_id"] for one in body["panels"] if one["type"] == "query"
            ]
            assert sorted(keys) == sorted(CHOSEN)
        case _:
            assert name == "annotations.json"
            assert sorted(body) == sorted(CHOSEN)
            for one in body.values():
                jsonschema.validate({**one, "query_id": "id"}, honeycomb_schema.ANNOTATION)


def test_each_question_about_days_is_asked_once() -> None:
    asked = [(one.question.title, one.column.title) for one in CHOSEN.values()]
    assert len(asked) == len(set(asked)) == 14
    skipped = [
        question.key
        for board in BOARDS
        for question in board.questions
        if question.chart != "number" and question not in [one.question for one in CHOSEN.values()]
    ]
    # People, sums of several days, and what another question asks already.
    assert skipped == [
        "people-by-day",
        "people-in-week",
        "cost-in-month",
        "models",
        "cost-by-person",
    ]


def test_what_is_not_sent_is_not_asked_for() -> None:
    few = files(Sent(dimensions=frozenset({"organization", "model", "tool"})))
    assert "queries/top-people.json" not in few
    assert not [path for path, text in few.items() if "user.email" in text]
    assert {one["column"] for one in json.loads(few["board.json"])["preset_filters"]} == {
        "organization.id",
        "model",
    }


class _Api(BaseHTTPRequestHandler):
    """Takes what the script makes, and gives ids."""

    made: list[tuple[str, str | None, Any]]
    refuses = ""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.made.append((self.path, self.headers["X-Honeycomb-Team"], body))
        answer = {"id": f"id-{len(self.made)}", "links": {"board_url": "https://board.example/1"}}
        refused = bool(self.refuses) and self.path.startswith(self.refuses)
        text = json.dumps({"error": "not allowed"} if refused else answer).encode()
        self.send_response(403 if refused else 200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - so named there
        """Say nothing."""


@pytest.fixture
def api() -> Iterator[tuple[str, type[_Api]]]:
    handler = type("Api", (_Api,), {"made": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", handler
        server.shutdown()
        thread.join()


def apply(
    folder: Path, api: str, files: Mapping[str, str] = FILES, **more: str
) -> subprocess.CompletedProcess[str]:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    environ = {"PATH": "/usr/bin:/bin", "HONEYCOMB_API": api, "TMPDIR": str(folder), **more}
    return subprocess.run(
        ["sh", str(folder / "apply.sh")],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


needs_programs = pytest.mark.skipif(
    not all(map(shutil.which, ("curl", "jq"))), reason="the script needs curl and jq"
)


@needs_programs
def test_the_script_makes_everything(tmp_path: Path, api: tuple[str, type[_Api]]) -> None:
    url, handler = api
    done = apply(tmp_path, url, HONEYCOMB_API_KEY="a-key", HONEYCOMB_DATASET="usage")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "https://board.example/1\n"
    assert {key for _, key, _ in handler.made} == {"a-key"}
    ids: dict[str, str] = {}
    notes: dict[str, str] = {}
    for number, (path, _, body) in enumerate(handler.made[:-1], 1):
        if path == "/1/queries/usage":
            ids[f"id-{number}"] = next(k for k in CHOSEN if written(f"queries/{k}.json") == body)
        else:
            assert path == "/1/query_annotations/usage"
            jsonschema.validate(body, honeycomb_schema.ANNOTATION)
            key = ids[body["query_id"]]
            assert {**body, "query_id": None} == {
                **written("annotations.json")[key],
                "query_id": None,
            }
            notes[f"id-{number}"] = key
    path, _, board = handler.made[-1]
    assert path == "/1/boards"
    jsonschema.validate(board, honeycomb_schema.BOARD)
    panels = [one["query_panel"] for one in board["panels"] if one["type"] == "query"]
    assert [ids[one["query_id"]] for one in panels] == list(CHOSEN)
    assert [notes[one["query_annotation_id"]] for one in panels] == list(CHOSEN)
    assert not [one for one in tmp_path.iterdir() if one.name.startswith("tmp")]


@needs_programs
@pytest.mark.parametrize("refuses", ["/1/queries/", "/1/query_annotations/", "/1/boards"])
def test_the_script_says_what_was_refused(
    tmp_path: Path, api: tuple[str, type[_Api]], refuses: str
) -> None:
    url, handler = api
    handler.refuses = refuses
    first = f"queries/{next(iter(CHOSEN))}.json"
    few = {path: text for path, text in FILES.items() if path in (first, *OTHER_FILES)}
    done = apply(tmp_path, url, few, HONEYCOMB_API_KEY="a-key")
    assert done.returncode != 0
    assert 'refused: {"error": "not allowed"}' in done.stderr
    assert "a-key" not in done.stderr + done.stdout
    assert handler.made[-1][0].startswith(refuses)


@needs_programs
def test_the_script_wants_a_key(tmp_path: Path, api: tuple[str, type[_Api]]) -> None:
    done = apply(tmp_path, api[0])
    assert done.returncode != 0
    assert "HONEYCOMB_API_KEY: is not set: a configuration key" in done.stderr
    assert not api[1].made


def test_names_are_told_apart() -> None:
    annotations: Mapping[str, Any] = written("annotations.json")
    names = [one["name"] for one in annotations.values()]
    assert len(names) == len(set(names))
