from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import json
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from ccsync.cli.simulate import simulate

PROGRAM = "from ccsync.cli.simulate import simulate; simulate()"


@contextlib.contextmanager
def running(*arguments: str) -> Generator[tuple[subprocess.Popen[str], str], None, None]:
    """The command in a process of its own, and what it printed up to its last line."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            banner = ""
            for line in process.stderr:
                banner += line
                if line.startswith("# Stop"):
                    break
            yield process, banner
        finally:
            process.kill()


def ask(source: dict[str, Any], day: dt.date) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(source["base_url"].removeprefix("http://"), timeout=10)
    try:
        connection.request(
            "GET",
            f"/v1/organizations/usage_report/claude_code?starting_at={day}",
            headers={"x-api-key": source["api_key"], "anthropic-version": "2023-06-01"},
        )
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_what_its_example_says_until_it_is_stopped(ending: signal.Signals) -> None:
    arguments = ("--users", "9", "--days", "5", "--fault", "503:times=1")
    with running(*arguments) as (process, banner):
        source = yaml.safe_load(banner)["source"]
        today = dt.datetime.now(dt.UTC).date()
        status, _ = ask(source, today - dt.timedelta(days=5))
        assert status == 503
        status, answer = ask(source, today - dt.timedelta(days=5))
        assert status == 200
        assert answer["data"]
        assert ask(source, today - dt.timedelta(days=6))[1]["data"] == []
        process.send_signal(ending)
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.stdout is not None
        assert process.stdout.read() == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [((), "10% of the rows late"), (("--late", "0"), "0% of the rows late")],
)
def test_late_rows_are_an_option(arguments: tuple[str, ...], said: str) -> None:
    with running("--users", "3", *arguments) as (_, banner):
        assert said in banner


def test_a_login_instead_of_a_key(tmp_path: Path) -> None:
    file = tmp_path / "identity token"
    file.write_text("an old one, readable for all")
    file.chmod(0o644)
    with running("--identity-token", str(file)) as (_, banner):
        source = yaml.safe_load(banner)["source"]
        federation = source["federation"]
        assert federation["token_file"] == str(file)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        body = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": file.read_text().strip(),
            "federation_rule_id": federation["rule_id"],
            "organization_id": federation["organization_id"],
            "service_account_id": federation["service_account_id"],
        }
        host = source["base_url"].removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=10)
        headers = {"content-type": "application/json"}
        connection.request("POST", "/v1/oauth/token", json.dumps(body), headers)
        answer = json.loads(connection.getresponse().read())
        connection.close()
    assert answer["scope"] == "org:admin"
    assert "api_key" not in source
    assert body["assertion"] not in banner


def test_an_identity_token_that_cannot_be_written(tmp_path: Path) -> None:
    result = CliRunner().invoke(simulate, ["--identity-token", str(tmp_path / "no" / "token")])
    assert result.exit_code == 2
    assert "cannot be written: No such file or directory" in result.stderr


def test_a_taken_port_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(simulate, ["--port", str(port)])
    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: port {port} on 127.0.0.1 is in use by another program; "
        "choose another with --port, or 0 for a free one\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "65536"],
        ["--users", "-1"],
        ["--days", "-1"],
        ["--shape", "round"],
        ["--latency-ms", "-1"],
        ["--late", "1.5"],
        ["--fault", "nope"],
        ["--fault", "503:times=0"],
    ],
)
def test_nonsense_is_refused_before_anything_starts(arguments: list[str]) -> None:
    result = CliRunner().invoke(simulate, arguments)
    assert result.exit_code == 2
    assert "Error: Invalid value for" in result.stderr


def test_the_help_names_the_faults() -> None:
    result = CliRunner().invoke(simulate, ["--help"])
    assert result.exit_code == 0
    assert "truncate" in result.stdout
