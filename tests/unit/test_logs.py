"""Log lines: form, run id, level, and no keys in them."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import Any

import httpx
import pytest

from ccsync import logs, redact
from ccsync.secret import Secret

NOW = dt.datetime(2026, 1, 31, 12, 0, 0, 5000, tzinfo=dt.UTC)


def configure(level: logs.Level = "info", style: logs.Format = "json") -> None:
    logs.configure(level=level, style=style, run_id="run-1", now=lambda: NOW)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_a_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    logs.get().info("day.delivered", sink="warehouse", day=NOW.date(), records=5)
    assert lines(capsys) == [
        {
            "timestamp": "2026-01-31T12:00:00.005Z",
            "level": "info",
            "event": "day.delivered",
            "run_id": "run-1",
            "sink": "warehouse",
            "day": "2026-01-31",
            "records": 5,
        }
    ]


def test_not_a_terminal_means_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure(style="auto")
    logs.get().info("day.delivered")
    assert lines(capsys)[0]["event"] == "day.delivered"


def test_the_console_form(capsys: pytest.CaptureFixture[str]) -> None:
    configure(style="console")
    logs.get().warning("sink.retry", sink="warehouse", pause=1.5)
    line = capsys.readouterr().err
    assert line.startswith("2026-01-31T12:00:00.005Z [warning  ] sink.retry ")
    assert "pause=1.5 run_id=run-1 sink=warehouse" in line


def test_levels(capsys: pytest.CaptureFixture[str]) -> None:
    configure(level="warning")
    logs.get().info("quiet")
    logs.get().warning("loud")
    assert [line["event"] for line in lines(capsys)] == ["loud"]


def test_no_key_in_any_fact(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    redact.register("registered-value")
    logs.get().info(
        "request.sent sk-ant-aaaa",
        headers={
            "X-Api-Key": "bbbb",
            "accept": "x",
            "list": [b"Bearer cccc", {"password": "dddd"}],
        },
        pairs=[("authorization", "Basic eeee")],
        secret_object=Secret("ffff"),
        error=ValueError("registered-value"),
        deep=[[[[[[[[[["sk-ant-gggg"]]]]]]]]]],
        api_key=None,
    )
    line = capsys.readouterr().err
    for key in ("aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff", "gggg", "registered-value"):
        assert key not in line
    facts = json.loads(line)
    assert facts["headers"]["accept"] == "x"
    assert facts["api_key"] is None
    assert facts["error"] == "***"


@pytest.mark.parametrize("style", ["json", "console"])
def test_no_key_in_a_traceback(style: logs.Format, capsys: pytest.CaptureFixture[str]) -> None:
    configure(style=style)
    redact.register("registered-value")

    def refuse(text: str) -> None:
        raise ValueError(f"Authorization: Bearer abcdef {text}")

    def fail() -> None:
        try:
            refuse("registered-" + "value")
        except ValueError as cause:
            raise RuntimeError("sk-ant-inside") from cause

    try:
        fail()
    except RuntimeError:
        logs.get().exception("sink.bug")
    text = capsys.readouterr().err
    assert "RuntimeError: sk-ant-***" in text
    assert "ValueError: Authorization: ***" in text
    assert "abcdef" not in text
    assert "registered-value" not in text
    assert "sk-ant-inside" not in text


def test_an_exception_given_as_object_is_a_traceback_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure()
    error = ValueError("Bearer abcdef")
    logs.get().error("sink.bug", exc_info=error)
    logs.get().error("sink.bug", exc_info=(ValueError, error, None))
    assert [line["exception"] for line in lines(capsys)] == ["ValueError: Bearer ***"] * 2


def _request() -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(200))
    with httpx.Client(transport=transport, headers={"x-api-key": "a-key-of-ours"}) as client:
        client.get("https://api.example/v1?token=x", headers={"authorization": "Bearer abcdef"})


def test_debug_shows_requests_of_the_http_library_without_keys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(level="debug")
    _request()
    logging.getLogger("httpcore.http11").debug("headers %r", [(b"x-api-key", b"a-key-of-ours")])
    found = lines(capsys)
    assert {line["logger"] for line in found} == {"httpx", "httpcore.http11"}
    assert all(line["run_id"] == "run-1" for line in found)
    assert any("GET https://api.example/v1" in line["message"] for line in found)
    assert "a-key-of-ours" not in json.dumps(found)


def test_without_debug_the_http_library_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    configure(level="info")
    _request()
    assert lines(capsys) == []


def test_nobody_listening_is_no_reason_to_fail(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure()

    class Closed:
        def write(self, _text: str) -> None:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Closed())
    logs.get().info("day.delivered")
