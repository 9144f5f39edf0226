"""What is promised of the plugin: its settings, its example, and that it is light."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ccsync import redact
from ccsync.settings import document, schema
from ccsync.settings.load import load
from ccsync.sink import INTERFACE_VERSION, SettingsFault, SinkConfig
from ccsync.testing.contract.promises import Promises

LIGHT = frozenset(("ccsync", "click", "msgspec"))
"""Packages besides the standard library that a plugin's module may import."""

NAME = "contract"
HEAD = "version: 1\nsource: {api_key: sk-ant-contract}\nsinks:\n"
VALUE = "a-value-for-the-contract"


class PluginPromises(Promises):
    """The plugin describes itself and costs nothing until it is used."""

    def test_plugin_speaks_this_interface(self) -> None:
        """Its version is the one that this contract checks."""
        assert self.plugin.interface_version == INTERFACE_VERSION
        assert self.plugin.summary, "`ccsync sinks` shows the summary"
        assert "\n" not in self.plugin.summary, "the summary is one line"

    def test_settings_explain_each_field(self) -> None:
        """Each field has a description: it is all that users see of it in their editor."""
        assert issubclass(self.plugin.config, SinkConfig)
        sections: dict[str, Any] = schema.build({NAME: self.plugin})["$defs"]
        # This one is the choice between the sinks, made from the plugins' names.
        sections.pop("SinkConfig")
        silent = [
            f"{section}.{name}"
            for section, described in sections.items()
            for name, field in described.get("properties", {}).items()
            if not _explains(field)
        ]
        assert silent == [], "describe these settings: Annotated[..., Meta(description=...)]"

    def test_example_can_be_loaded(self, tmp_path: Path) -> None:
        """`ccsync init` writes a file that loads once its variables have values."""
        config = self._example(tmp_path)
        assert isinstance(config, self.plugin.config)
        shapes = [
            msgspec.json.encode(self.plugin.shape(config), order="deterministic") for _ in range(2)
        ]
        assert shapes[0] == shapes[1], "the same settings must have the same shape"

    def test_example_has_no_fault(self, tmp_path: Path) -> None:
        """What `faults` says of the example, with nothing else in the environment, is nothing."""
        found = self.plugin.faults(self._example(tmp_path), {})
        assert [f"{fault.path}: {fault.message}" for fault in found] == []

    def _example(self, tmp_path: Path) -> SinkConfig:
        """Load the example; its faults are another test's."""
        named = re.search(r"\btype: *([\w-]+)", self.plugin.example)
        assert named, "the example says `type: NAME`"
        text = HEAD + self.plugin.example.replace("{name}", NAME)
        path = tmp_path / "ccsync.yaml"
        path.write_text(text, "utf-8")
        environ = dict.fromkeys(document.read(text, {}).required, VALUE)
        quiet = msgspec.structs.replace(self.plugin, faults=_nothing_said)
        try:
            loaded = load(path, {named[1]: quiet}, environ)
        finally:
            redact.forget()
        (config,) = loaded.settings.sinks.values()
        return config

    def test_importing_the_plugin_is_cheap(self) -> None:
        """Client libraries are imported in `build`, not with the plugin's module."""
        modules = {self.plugin.config.__module__, self.plugin.build.__module__}
        program = (
            "import importlib, sys; sys.path[:0] = {path}; import ccsync.sink, click;"
            "before = set(sys.modules); [importlib.import_module(one) for one in {modules}];"
            "print(*{{one.partition('.')[0] for one in set(sys.modules) - before}})"
        )
        done = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", program.format(path=sys.path, modules=sorted(modules))],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        own = {module.partition(".")[0] for module in modules}
        heavy = set(done.stdout.split()) - own - LIGHT - sys.stdlib_module_names
        assert not heavy, f"import {', '.join(sorted(heavy))} inside `build`, not with the plugin"


def _nothing_said(_config: Any, _environ: Mapping[str, str]) -> Sequence[SettingsFault]:
    return ()


def _explains(field: Mapping[str, Any]) -> bool:
    forms: list[Mapping[str, Any]] = [field, *field.get("anyOf", ())]
    return any("description" in form for form in forms)
