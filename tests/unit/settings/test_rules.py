"""Rules that no type can say, with their place in the file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ccsync.errors import SettingsError
from ccsync.secret import Secret
from ccsync.settings.load import load
from ccsync.settings.model import SinkConfig
from ccsync.sink import SettingsFault, SinkPlugin

HEAD = """\
version: 1
source:
  api_key: some-key-of-ours
sinks:
"""
NOW = dt.datetime(2026, 11, 22, 12, 30, tzinfo=dt.UTC)

Faults = Callable[..., list[str]]
Find = Callable[[Any, Mapping[str, str]], Sequence[SettingsFault]]


class Login(SinkConfig, frozen=True, kw_only=True):
    """Settings of the sink that has opinions."""

    address: str = ""
    token: Secret | None = None
    options: dict[str, str] = msgspec.field(default_factory=dict[str, str])


def nothing(_config: Any, _environ: Mapping[str, str]) -> Sequence[SettingsFault]:
    return ()


@pytest.fixture
def faults(tmp_path: Path) -> Faults:
    """Give the faults of a text, with a plugin that finds what it is told to find."""

    def run(text: str, find: Find = nothing, **environ: str) -> list[str]:
        plugin = SinkPlugin(
            config=Login, build=_never, summary="for tests", example="", faults=find
        )
        path = tmp_path / "ccsync.yaml"
        path.write_text(text)
        with pytest.raises(SettingsError) as caught:
            load(path, {"login": plugin}, environ, now=NOW)
        return [fault.partition("/ccsync.yaml:")[2] for fault in caught.value.faults]

    return run


def _never(*_: object) -> Any:
    raise AssertionError("nothing is built while settings are read")


def found(*pairs: tuple[str, str]) -> Find:
    def find(_config: Any, _environ: Mapping[str, str]) -> Sequence[SettingsFault]:
        return [SettingsFault(path, message) for path, message in pairs]

    return find


def test_what_a_plugin_finds_stands_where_it_was_written(faults: Faults) -> None:
    text = f"{HEAD}  tower:\n    type: login\n    address: nowhere\n    options: {{a: b}}\n"
    find = found(("address", "no such place"), ("options", "odd"), ("options.a", "odder"))
    assert faults(text, find) == [
        "7:14: sinks.tower.address: no such place",
        "8:5: sinks.tower.options: odd",
        "8:18: sinks.tower.options.a: odder",
    ]


def test_what_is_not_written_stands_at_the_sink_s_own_line(faults: Faults) -> None:
    text = f"{HEAD}  tower: {{type: login}}\n"
    find = found(("address", "is needed"), ("options.a.b", "too"), ("", "LOGIN_TIMEOUT: no number"))
    assert faults(text, find) == [
        "5:3: sinks.tower.address: is needed",
        "5:3: sinks.tower.options.a.b: too",
        "5:3: sinks.tower: LOGIN_TIMEOUT: no number",
    ]


def test_the_plugin_is_asked_although_something_else_is_wrong(faults: Faults) -> None:
    text = (
        f"{HEAD}  tower: {{type: login, address: x}}\n  ill: {{type: login, adress: y}}\nsnyc: 1\n"
    )
    asked: list[str] = []

    def find(config: Login, _environ: Mapping[str, str]) -> Sequence[SettingsFault]:
        asked.append(config.address)
        return [SettingsFault("address", "no such place")]

    assert faults(text, find) == [
        "5:33: sinks.tower.address: no such place",
        "6:22: sinks.ill.adress: no such setting; did you mean 'address'?",
        "7:1: snyc: no such setting; did you mean 'sync'?",
    ]
    assert asked == ["x"], "of a section with a fault of its own nothing is known"


def test_the_plugin_sees_the_environment(faults: Faults) -> None:
    def find(_config: Login, environ: Mapping[str, str]) -> Sequence[SettingsFault]:
        return [SettingsFault("", f"LOGIN_TIMEOUT: {environ['LOGIN_TIMEOUT']} is no number")]

    (fault,) = faults(f"{HEAD}  a: {{type: login}}\n", find, LOGIN_TIMEOUT="soon")
    assert fault == "5:3: sinks.a: LOGIN_TIMEOUT: soon is no number"


def test_what_came_from_the_environment_and_secrets_are_masked(faults: Faults) -> None:
    def find(config: Login, _environ: Mapping[str, str]) -> Sequence[SettingsFault]:
        assert config.token is not None
        return [SettingsFault("address", f"{config.address} is no place: {config.token.reveal()}")]

    text = f"{HEAD}  a:\n    type: login\n    address: ${{PLACE}}\n    token: a-long-token\n"
    assert faults(text, find, PLACE="behind-the-wall") == [
        "7:14: sinks.a.address: *** is no place: ***"
    ]


def test_a_plugin_that_fails_hides_nothing_else(faults: Faults) -> None:
    def find(_config: Login, _environ: Mapping[str, str]) -> Sequence[SettingsFault]:
        raise KeyError("no such thing")

    told = faults(f"{HEAD}  a: {{type: login}}\nsnyc: 1\n", find)
    assert told[0].startswith("5:3: sinks.a: the sink type cannot tell whether")
    assert "KeyError('no such thing'); this is a fault of its package" in told[0]
    assert told[1].startswith("6:1: snyc: no such setting")


def _no_shape(_config: Login) -> object:
    raise KeyError("no such thing")


def _odd_shape(_config: Login) -> object:
    return object()


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (_no_shape, "KeyError('no such thing')"),
        (_odd_shape, "Encoding objects of type object is unsupported"),
    ],
)
def test_a_plugin_that_cannot_say_its_shape_is_named(
    shape: Callable[[Login], object], why: str, tmp_path: Path
) -> None:
    plugin = SinkPlugin(config=Login, build=_never, summary="", example="", shape=shape)
    path = tmp_path / "ccsync.yaml"
    path.write_text(f"{HEAD}  a: {{type: login}}\n")
    with pytest.raises(SettingsError) as caught:
        load(path, {"login": plugin}, {})
    (told,) = caught.value.faults
    assert ":5:3: sinks.a: the sink type cannot tell what shapes its output: " in told
    assert why in told


class TestSinksThatGetInEachOthersWay:
    TEXT = (
        f"{HEAD}  a: {{type: login, address: North}}\n  b: {{type: login, address: south}}\n"
        "  c: {type: login}\n  d:\n    type: login\n    address: north\n"
    )

    def faults(self, tmp_path: Path, alone: Callable[[Login], tuple[str, str] | None]) -> list[str]:
        plugin = SinkPlugin(config=Login, build=_never, summary="", example="", alone=alone)
        path = tmp_path / "ccsync.yaml"
        path.write_text(self.TEXT)
        with pytest.raises(SettingsError) as caught:
            load(path, {"login": plugin}, {})
        return [fault.partition("/ccsync.yaml:")[2] for fault in caught.value.faults]

    def test_the_later_one_is_told_where_it_stands(self, tmp_path: Path) -> None:
        def alone(config: Login) -> tuple[str, str] | None:
            return ("address", config.address.lower()) if config.address else None

        assert self.faults(tmp_path, alone) == [
            "10:14: sinks.d.address: is the same as sinks.a.address; "
            "give each of these sinks one of its own, or they would get in each other's way"
        ]

    def test_a_plugin_that_fails_is_named(self, tmp_path: Path) -> None:
        def alone(config: Login) -> tuple[str, str] | None:
            if not config.address:
                raise KeyError("no address")
            return None

        assert self.faults(tmp_path, alone) == [
            "7:3: sinks.c: the sink type cannot tell what it must have alone: "
            "KeyError('no address'); this is a fault of its package"
        ]


def test_a_start_in_the_future(faults: Faults) -> None:
    text = f"{HEAD}  a: {{type: login}}\nsync:\n  start: 2030-01-01\n"
    assert faults(text) == [
        "7:10: sync.start: 2030-01-01 is in the future: by the clock of this machine it is "
        "2026-11-22 12:30 (UTC)"
    ]


def test_a_start_today_is_none(tmp_path: Path) -> None:
    path = tmp_path / "ccsync.yaml"
    path.write_text(f"{HEAD}  a: {{type: login}}\nsync: {{start: 2026-11-22}}\n")
    plugin = SinkPlugin(config=Login, build=_never, summary="for tests", example="")
    assert load(path, {"login": plugin}, {}, now=NOW).settings.sync.start.date == NOW.date()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("state: /var/lib/ccsync", "state: expected an address; did you mean file:///var/lib/"),
        ("state: var/lib", "state: 'var/lib' is not understood; known are file://..."),
        (
            "privacy: {identity: hash}",
            "privacy: identity: hash needs hash_key; make one with `openssl rand -hex 32`",
        ),
    ],
)
def test_what_else_is_told_in_place(line: str, message: str, faults: Faults) -> None:
    (fault,) = faults(f"{HEAD}  a: {{type: login}}\n{line}\n")
    assert fault.startswith("6:1: ")
    assert message in fault


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/anthropic/v1"])
def test_the_version_does_not_belong_into_the_address(path: str, faults: Faults) -> None:
    text = HEAD.replace("  api_key", f"  base_url: https://api.anthropic.com{path}\n  api_key")
    (fault,) = faults(f"{text}  a: {{type: login}}\n")
    assert fault.startswith("3:3: source.base_url: leave /v1 out of the address")
