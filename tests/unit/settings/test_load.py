"""Finding and reading a settings file, and choosing each sink's settings."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccsync import redact
from ccsync.errors import Exit, SettingsError
from ccsync.plugins import PluginError
from ccsync.settings.load import LARGEST, Loaded, effective_privacy, find, load, read_text
from ccsync.sink import SinkPlugin

Load = Callable[..., Loaded]
Faults = Callable[..., list[str]]
HEAD = "version: 1\nsource: {api_key: some-key-of-ours}\nsinks:\n"


def test_the_option_comes_first_then_the_variable(tmp_path: Path) -> None:
    assert find("a.yaml", {"CCSYNC_CONFIG": "b.yaml"}) == Path("a.yaml")
    assert find(None, {"CCSYNC_CONFIG": "b.yaml"}) == Path("b.yaml")


def test_then_the_file_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="`ccsync init` writes one") as caught:
        find(None, {})
    assert caught.value.exit == Exit.USAGE
    Path("ccsync.yaml").touch()
    assert find(None, {}) == Path("ccsync.yaml")


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"a: 1\nb: \xff\n")
    (tmp_path / "large").write_bytes(b"#" * (LARGEST + 1))
    for name, part in {
        "gone": "no such settings file; `ccsync init` writes one",
        ".": "is a directory",
        "binary": ":2:1: is not UTF-8 text",
        "large": "larger than 1 MiB",
    }.items():
        with pytest.raises(SettingsError, match=part):
            read_text(tmp_path / name)


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(SettingsError, match="cannot be read: Too many levels"):
        read_text(loop)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path, good: str, plugins: Any) -> None:
    path = tmp_path / "ccsync.yaml"
    path.write_text(good, encoding="utf-8-sig")
    assert load(path, plugins, {"KEY": "key-of-ours"}).path == path


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_file(text: str, load_text: Load) -> None:
    with pytest.raises(SettingsError, match="the file is empty"):
        load_text(text)


def test_what_is_loaded(good: str, load_text: Load, plugins: Mapping[str, Any]) -> None:
    loaded = load_text(good)
    assert type(loaded.settings.sinks["here"]) is plugins["plain"].config
    assert loaded.plugins == {"here": plugins["plain"]}
    assert loaded.environment == {("source", "api_key"): "${KEY}"}


@pytest.mark.parametrize("name", ["a b", "-a", ".a", "a" * 64, "''", "é"])
def test_names_of_sinks(name: str, faults_of: Faults) -> None:
    faults = faults_of(f"{HEAD}  {name}: {{type: plain}}\n")
    assert len(faults) == 1
    assert "a sink's name has at most 63 letters" in faults[0]


@pytest.mark.parametrize("name", ["a", "A.b-c_d", "1", "a" * 63])
def test_good_names_of_sinks(name: str, load_text: Load) -> None:
    assert list(load_text(f"{HEAD}  {name}: {{type: plain}}\n").settings.sinks) == [name]


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("{}", "type: is missing; installed are: plain, table"),
        ("", "type: is missing; installed are: plain, table"),
        ("{type: [a]}", "type: expected the name of a sink type; installed are: plain, table"),
        ("{type: plian}", "type: no sink of type 'plian' is installed; did you mean 'plain'?"),
        ("{type: x}", "type: no sink of type 'x' is installed; installed are: plain, table"),
        ("{type: otlp}", "type: the sink 'otlp' is not installed: pip install 'ccsync[otlp]'"),
    ],
)
def test_types_of_sinks(entry: str, fault: str, faults_of: Faults) -> None:
    faults = faults_of(f"{HEAD}  a: {entry}\n")
    assert [one.partition("sinks.a.")[2] for one in faults] == [fault]


def test_a_plugin_that_cannot_be_imported_is_a_fault_of_its_entry(
    tmp_path: Path, plugins: Mapping[str, Any]
) -> None:
    class Broken(dict[str, SinkPlugin[Any]]):
        def __getitem__(self, name: str) -> SinkPlugin[Any]:
            raise PluginError(f"{name} needs a library")

    path = tmp_path / "ccsync.yaml"
    path.write_text(f"{HEAD}  a: {{type: b}}\nsnc: 1\n")
    lookup = Broken(b=plugins["plain"])
    with pytest.raises(SettingsError) as caught:
        load(path, lookup, {})
    assert [one.partition("yaml:")[2] for one in caught.value.faults] == [
        "4:13: sinks.a.type: b needs a library",
        "5:1: snc: no such setting; did you mean 'sync'?",
    ]


def test_privacy_of_a_sink_replaces_the_global_one(load_text: Load) -> None:
    settings = load_text(
        "version: 1\nsource: {api_key: k3y-of-ours}\n"
        "privacy: {identity: hash, hash_key: 0123456789abcdefg}\n"
        "sinks:\n  a: {type: plain}\n  b: {type: plain, privacy: {identity: drop}}\n"
    ).settings
    assert effective_privacy(settings, "a").identity == "hash"
    assert effective_privacy(settings, "b").identity == "drop"


def test_an_override_says_its_identity(faults_of: Faults) -> None:
    text = f"{HEAD}  a: {{type: plain, privacy: {{hash_key: 0123456789abcdefg}}}}\n"
    assert faults_of(text) == [
        "4:20: sinks.a.privacy.identity: is missing: "
        "a sink's own privacy replaces the global one as a whole"
    ]


def test_every_secret_is_masked_from_then_on(load_text: Load) -> None:
    text = f"{HEAD}  a: {{type: table, table: a.b, headers: {{h: header-value-1}}}}\n"
    load_text(text)
    assert redact.redact("some-key-of-ours, header-value-1") == "***, ***"


SCALARS = st.sampled_from(
    [
        "",
        "~",
        "5",
        "-1",
        "1.5",
        ".nan",
        "1e999",
        "true",
        "no",
        "'q'",
        "${V}",
        "${",
        "$$",
        "10m",
        "x",
    ]
)
NAMES = st.sampled_from(
    ["version", "source", "api_key", "sync", "start", "sinks", "type", "table", "headers", "batch",
     "dimensions", "auth", "privacy", "identity", "state", "timeout", "page_size", "5", "a b", "''"]
)  # fmt: skip
FLOW = st.recursive(
    SCALARS.map(lambda text: f"'{text}'" if "{" in text else text),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(NAMES, inner, max_size=4).map(
            lambda items: f"{{{', '.join(f'{name}: {value}' for name, value in items.items())}}}"
        ),
    ),
    max_leaves=12,
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(top=st.dictionaries(NAMES, FLOW, max_size=5), value=st.text("aé5 :${}\n", max_size=8))
def test_no_file_and_no_variable_can_cause_anything_but_faults(
    top: dict[str, str], value: str, tmp_path: Path, plugins: Mapping[str, Any]
) -> None:
    path = tmp_path / "ccsync.yaml"
    sinks = "sinks: {t: {type: table, table: a.b, mode: '${V}', headers: {h: '${V}'}}}"
    lines = [f"{name}: {one}" for name, one in top.items()]
    for text in ("\n".join(lines), "\n".join([*lines, sinks])):
        path.write_text(text)
        with contextlib.suppress(SettingsError):
            load(path, plugins, {"V": value} if value else {})
