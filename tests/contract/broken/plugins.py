"""Faulty plugins: what they do wrong is seen before any sink is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from ccsync.secret import Secret
from ccsync.sink import SettingsFault, SinkConfig, SinkPlugin
from tests.contract.broken.heavy import HeavyConfig
from tests.contract.broken.planted import planted_plugin
from tests.contract.broken.plugin import PLUGIN, build


class MuteConfig(SinkConfig, frozen=True, kw_only=True):
    """Settings with a field that nobody explains."""

    token: Secret


class DeepMuteConfig(SinkConfig, frozen=True, kw_only=True):
    """Settings with a section that has such a field."""

    part: Annotated[MuteConfig | None, Meta(description="A section.")] = None


def whole(config: SinkConfig) -> object:
    """Give what holds a secret, and cannot be encoded."""
    return config


def picky(_config: SinkConfig, _environ: Mapping[str, str]) -> Sequence[SettingsFault]:
    """Find a fault in whatever it is shown."""
    return [SettingsFault("token", "is too short")]


planted_plugin(
    "SettingsWithoutADescription",
    SinkPlugin(config=MuteConfig, build=build, summary="mute", example=PLUGIN.example),
    "test_settings_explain_each_field",
)
planted_plugin(
    "SectionWithoutADescription",
    SinkPlugin(config=DeepMuteConfig, build=build, summary="mute", example="  x: {type: deep}\n"),
    "test_settings_explain_each_field",
)
planted_plugin(
    "HeavyImport",
    SinkPlugin(config=HeavyConfig, build=build, summary="heavy", example="  x: {type: heavy}\n"),
    "test_importing_the_plugin_is_cheap",
)
planted_plugin(
    "ExampleThatDoesNotLoad",
    replace(PLUGIN, example="  {name}:\n    type: model\n    tokn: ${MODEL_TOKEN}\n"),
    "test_example_can_be_loaded",
)
planted_plugin(
    "ExampleWithAFault",
    replace(PLUGIN, faults=picky),
    "test_example_has_no_fault",
)
planted_plugin(
    "ShapeThatCannotBeCompared",
    replace(PLUGIN, shape=whole),
    "test_example_can_be_loaded",
)
planted_plugin(
    "AnotherInterface",
    replace(PLUGIN, interface_version=PLUGIN.interface_version + 1),
    "test_plugin_speaks_this_interface",
)
planted_plugin("NoSummary", replace(PLUGIN, summary=""), "test_plugin_speaks_this_interface")
