"""The JSON Schema for editors: good files pass, bad ones fail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import jsonschema
import msgspec
import pytest
import yaml
from msgspec import Meta

from ccsync.plugins import PluginError
from ccsync.settings.model import SinkConfig
from ccsync.settings.schema import build, render

SOURCE = "version: 1\nsource: {api_key: x}\n"


@pytest.fixture
def validator(plugins: Mapping[str, Any]) -> Any:
    return jsonschema.Draft202012Validator(build(plugins))


def test_it_is_a_schema(plugins: Mapping[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(build(plugins))


def test_it_is_always_the_same(plugins: Mapping[str, Any]) -> None:
    backwards = {name: plugins[name] for name in reversed(list(plugins))}
    assert render(plugins) == render(backwards)
    assert json.loads(render(plugins)) == build(plugins)


@pytest.mark.parametrize(
    "text",
    [
        "sinks: {a: {type: plain}}",
        "sinks: {a: {type: table, table: a.b, batch: auto, timeout: 5m, headers: {x: y}}}",
        "sinks: {a: {type: plain}}\nsync:\nprivacy:\nstate: none",
        "sinks: {a: {type: plain, privacy: {identity: drop}, track: false}}",
        "sinks: {a: {type: plain}}\nsync: {start: 2026-01-31, lookback_days: 4}",
    ],
)
def test_good_files(text: str, validator: Any) -> None:
    validator.validate(_read(text))


@pytest.mark.parametrize(
    "text",
    [
        "sync: {lookback_days: '${N}', include_today: '${B}', start: '${S}', deadline: '${D}'}",
        "privacy: {identity: '${I:-email}'}",
    ],
)
def test_variables_are_allowed_where_no_text_is(text: str, validator: Any) -> None:
    sinks = "sinks: {a: {type: table, table: '${T}', mode: '${M}', batch: '${B}', timeout: '${T}'}}"
    validator.validate(_read(f"{sinks}\n{text}"))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("sinks: {}", "sinks"),
        ("sinks: {a: {}}", "sinks.a"),
        ("sinks: {a: {type: gone}}", "sinks.a.type"),
        ("sinks: {a: {type: plain, table: a.b}}", "sinks.a"),
        ("sinks: {a: {type: table}}", "sinks.a"),
        ("sinks: {a: {type: table, table: a}}", "sinks.a.table"),
        ("sinks: {a: {type: table, table: a.b, batch: 501}}", "sinks.a.batch"),
        ("sinks: {a: {type: table, table: a.b, timeout: 5}}", "sinks.a.timeout"),
        ("sinks: {a b: {type: plain}}", "sinks"),
        ("sinks: {a: {type: plain}}\nsync: {start: soon}", "sync.start"),
        ("sinks: {a: {type: plain}}\nsync: {lookback_day: 1}", "sync"),
        ("sinks: {a: {type: plain}}\nsnyc: {}", ""),
        ("sinks: {a: {type: plain}}\nprivacy: {identity: all}", "privacy.identity"),
    ],
)
def test_bad_files(text: str, place: str, validator: Any) -> None:
    assert place in {".".join(map(str, one.absolute_path)) for one in _all(validator, text)}


def _all(validator: Any, text: str) -> list[Any]:
    """Give every fault, also those inside of an `anyOf` or a `then`."""
    found: list[Any] = []
    waiting: list[Any] = list(validator.iter_errors(_read(text)))
    while waiting:
        found.append(waiting.pop())
        waiting += found[-1].context
    return found


def test_secrets_are_write_only_and_everything_is_described(plugins: Mapping[str, Any]) -> None:
    parts = build(plugins)["$defs"]
    assert parts["SourceSettings"]["properties"]["api_key"]["anyOf"][0]["writeOnly"] is True
    assert parts["Auth"]["properties"]["password"]["writeOnly"] is True
    for name in ("SourceSettings", "SyncSettings", "PrivacySettings", "PlainConfig"):
        for setting, schema in parts[name]["properties"].items():
            assert schema.get("description"), f"{name}.{setting} has no description"


def test_defaults_are_written_as_a_user_would(plugins: Mapping[str, Any]) -> None:
    sync = build(plugins)["$defs"]["SyncSettings"]["properties"]
    assert (sync["start"]["default"], sync["deadline"]["default"]) == ("30d", "50m")
    assert sync["lookback_days"]["default"] == 3


def _read(text: str) -> Any:
    value = yaml.safe_load(SOURCE + text)
    if "start" in (value.get("sync") or {}):
        value["sync"]["start"] = str(value["sync"]["start"])
    return value


class OddConfig(SinkConfig, frozen=True, kw_only=True):
    """A bound that belongs inside the union."""

    pause: Annotated[float | None, Meta(ge=0)] = None


def test_settings_that_nobody_can_describe_name_their_sink(plugins: Mapping[str, Any]) -> None:
    odd = msgspec.structs.replace(plugins["plain"], config=OddConfig)
    with pytest.raises(PluginError, match="the settings of sink type 'odd' cannot be described"):
        build({**plugins, "odd": odd})
