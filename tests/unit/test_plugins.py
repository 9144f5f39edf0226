"""Finding sinks: lazy, and clear about what is wrong with which package."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ccsync.errors import Exit
from ccsync.plugins import GROUP, Installed, PluginError, Plugins, install_hint, installed
from ccsync.sink import INTERFACE_VERSION

Offer = Callable[..., Installed]

GOOD = """
from ccsync.sink import SinkConfig, SinkPlugin
class Config(SinkConfig, frozen=True, kw_only=True):
    '''Settings.'''
PLUGIN = SinkPlugin(config=Config, build=print, summary="for tests", example="")
"""


@pytest.fixture
def offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Write a module and give the offer that names it."""
    monkeypatch.syspath_prepend(tmp_path)  # pyright: ignore[reportUnknownMemberType]

    def write(
        name: str, code: str, distribution: str = "acme-sink", version: str = "1.2"
    ) -> Installed:
        module = f"ccsync_test_{name}_{tmp_path.name.replace('-', '_')}"
        (tmp_path / f"{module}.py").write_text(code)
        point = importlib.metadata.EntryPoint(name, f"{module}:PLUGIN", GROUP)
        return Installed(name, distribution, version, point)

    return write


def fault(plugins: Plugins, name: str) -> str:
    with pytest.raises(PluginError) as caught:
        plugins[name]
    assert caught.value.exit == Exit.USAGE
    return str(caught.value)


def test_our_own_sinks_come_through_the_same_door() -> None:
    plugins = installed()
    assert "stdout" in plugins
    assert plugins["stdout"].summary
    assert plugins.offer("stdout").distribution == "ccsync"
    assert set(installed("ccsync")) <= set(plugins)
    assert len(installed("no-such-distribution")) == 0


def test_only_the_one_asked_for_is_imported(offer: Offer) -> None:
    plugins = Plugins([offer("good", GOOD), offer("bad", "raise SystemError('imported')")])
    assert list(plugins) == ["bad", "good"]
    assert "bad" in plugins
    assert plugins["good"].summary == "for tests"
    assert plugins["good"] is plugins["good"]


def test_an_unknown_type() -> None:
    with pytest.raises(KeyError):
        Plugins([])["gone"]


def test_two_distributions_with_one_name_are_refused(offer: Offer) -> None:
    first = offer("same", GOOD, "acme-sink", "1.2")
    second = offer("same", GOOD, "other-sink", "0.3")
    assert fault(Plugins([second, first]), "same") == (
        "sink type 'same' is offered by acme-sink 1.2 and by other-sink 0.3; "
        "uninstall all but one of them"
    )


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("PLUGIN = 5", "is a int, not a SinkPlugin"),
        ("OTHER = 5", "has no attribute 'PLUGIN'"),
        ("import no_such_library.part", "needs the library 'no_such_library', which is not"),
        ("from ccsync.sink import no_such_name", "cannot import name 'no_such_name'"),
        ("1 / 0", "cannot be imported: ZeroDivisionError: division by zero; this is a fault of"),
    ],
)
def test_what_is_wrong_with_a_plugin(code: str, part: str, offer: Offer) -> None:
    assert part in fault(Plugins([offer("odd", code)]), "odd")


@pytest.mark.parametrize("code", ["PLUGIN = 5", "1 / 0", "OTHER = 5"])
def test_the_package_is_named(code: str, offer: Offer) -> None:
    assert "sink type 'odd' of acme-sink 1.2 (" in fault(Plugins([offer("odd", code)]), "odd")


@pytest.mark.parametrize(
    ("version", "do"),
    [
        (INTERFACE_VERSION + 1, "upgrade ccsync to fit acme-sink"),
        (INTERFACE_VERSION - 1, "upgrade acme-sink to fit ccsync"),
    ],
)
def test_another_version_of_the_interface(version: int, do: str, offer: Offer) -> None:
    code = GOOD.replace('example=""', f'example="", interface_version={version}')
    text = fault(Plugins([offer("odd", code)]), "odd")
    assert f"is written for version {version} of the sink interface" in text
    assert text.endswith(do)


def test_a_missing_library_of_ours_names_the_extra(offer: Offer) -> None:
    text = fault(Plugins([offer("otlp", "import no_such_library")]), "otlp")
    assert text.endswith("which is not installed: pip install 'ccsync[otlp]'")
    assert install_hint("acme") == ""


def test_finding_imports_no_sink(tmp_path: Path) -> None:
    """A distribution whose module ends the process at import is found and left alone."""
    info = tmp_path / "acme_sink-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-sink\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[ccsync.sinks]\nacme = acme_sink:PLUGIN\n")
    (tmp_path / "acme_sink.py").write_text("raise SystemExit('imported')\n")
    code = (
        "from ccsync.plugins import installed\n"
        "found = installed()\n"
        "print(found.offer('acme').origin, 'stdout' in found)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (run.stdout, run.returncode) == ("acme-sink 1.2 True\n", 0), run.stderr


def test_a_plugin_that_ends_the_process_is_broken(offer: Offer) -> None:
    said = fault(Plugins([offer("odd", "import sys; sys.exit(0)")]), "odd")
    assert "cannot be imported: RuntimeError: it tried to end the process (sys.exit(0))" in said
