"""`ccsync config`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import yaml
from click.testing import Result

from ccsync.settings.model import Settings

Run = Callable[..., Result]

TEXT = """\
version: 1
source:
  api_key: ${KEY}
  page_size: ${SIZE:-500}
  concurrency: ${MANY}
  base_url: https://api.example
privacy: {identity: hash, hash_key: a-literal-hash-key}
sinks:
  out: {type: stdout, retry_deadline: 90s}
"""


def write(text: str = TEXT) -> None:
    Path("ccsync.yaml").write_text(text)


def test_show_has_every_default_and_nothing_secret(run: Run) -> None:
    write()
    result = run("config", "show", KEY="key-from-outside", MANY="7")
    assert (result.exit_code, result.stderr) == (0, "")
    shown = yaml.safe_load(result.stdout)
    assert set(shown) == {field.name for field in msgspec.structs.fields(Settings)}
    assert shown["source"]["api_key"] == "${KEY}"
    assert shown["source"]["page_size"] == 500
    assert shown["source"]["concurrency"] == "${MANY}"
    assert shown["source"]["base_url"] == "https://api.example"
    assert shown["privacy"]["hash_key"] == "***"
    assert shown["sync"]["start"] == "30d"
    assert shown["sinks"]["out"]["retry_deadline"] == "90s"
    assert shown["sinks"]["out"]["format"] == "jsonl"
    for secret in ("key-from-outside", "a-literal-hash-key"):
        assert secret not in result.output


def test_what_is_shown_can_be_read_back(run: Run) -> None:
    write("version: 1\nsource: {api_key: '${KEY}', ca_file: '/a/$${b}/$c'}\n"
          "sinks: {out: {type: stdout}}\n")  # fmt: skip
    first = run("config", "show", KEY="12345678").stdout
    write(first)
    second = run("config", "show", KEY="12345678")
    assert second.stdout == first


def test_validate(run: Run) -> None:
    write()
    result = run("config", "validate", KEY="x", MANY="2")
    assert (result.exit_code, result.stdout) == (0, "ccsync.yaml: ok\n")


@pytest.mark.parametrize(
    ("setting", "place", "message"),
    [
        ("state: az://bucket/x", "3:1: state", "'az://bucket/x' is not understood"),
        ("state: file://relative/dir", "3:1: state", "write three slashes"),
        ("state: /var/lib/ccsync", "3:1: state", "did you mean file:///var/lib/ccsync?"),
        ("source: {api_key: x, base_url: 'http://api.example'}", "3:22: source.base_url", "https"),
        (
            "source: {api_key: x, base_url: 'https://me:pass-word@api.example'}",
            "3:22: source",
            "key",
        ),
    ],
)
def test_addresses_are_checked_in_place(run: Run, setting: str, place: str, message: str) -> None:
    rest = "" if "source" in setting else "source: {api_key: x}\n"
    write(f"version: 1\nsinks: {{out: {{type: stdout}}}}\n{setting}\n{rest}")
    result = run("config", "validate")
    assert result.exit_code == 2
    assert place in result.stderr
    assert message in result.stderr
    assert "pass-word" not in result.stderr


def test_validate_with_faults(run: Run) -> None:
    write()
    result = run("config", "validate", MANY="secret-text")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "ccsync.yaml:3:12: source.api_key: environment variable KEY is not set; "
        "export it: an Admin key (sk-ant-admin...), which an admin of the organization makes in "
        "the Console under Settings > Admin keys\n"
        "ccsync.yaml:5:16: source.concurrency: expected a whole number, got text\n"
    )


def test_validate_without_a_file(run: Run) -> None:
    result = run("config", "validate")
    assert result.exit_code == 2
    assert "`ccsync init` writes one" in result.stderr


def test_the_option_names_the_file(run: Run) -> None:
    write()
    Path("ccsync.yaml").rename("other.yaml")
    assert run("--config", "other.yaml", "config", "validate", KEY="x", MANY="2").exit_code == 0


def test_schema(run: Run) -> None:
    result = run("config", "schema")
    schema = json.loads(result.stdout)
    assert schema["$schema"].endswith("2020-12/schema")
    assert "stdout" in json.dumps(schema["$defs"]["SinkConfig"])
