"""What is wrong with where settings and environment send to. Pure: found before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ccsync.errors import SettingsError
from ccsync.sink import SettingsFault
from ccsync_otlp import address
from ccsync_otlp.endpoint import resolve
from ccsync_otlp.presets import PRESETS
from ccsync_otlp.settings import OtlpConfig

_ANYWHERE = "otlp"
"""The preset whose receiver may well be on this machine."""


def faults(config: OtlpConfig, environ: Mapping[str, str]) -> list[SettingsFault]:
    """Say everything that is wrong; values are not shown, unless the settings may show them."""
    return [*_endpoint(config, environ), *_readback(config)]


def _endpoint(config: OtlpConfig, environ: Mapping[str, str]) -> Iterator[SettingsFault]:
    preset = PRESETS[config.preset]
    named = any(
        environ.get(f"OTEL_EXPORTER_OTLP_{name}") for name in ("METRICS_ENDPOINT", "ENDPOINT")
    )
    if config.endpoint is None and not named and preset.name != _ANYWHERE:
        yield SettingsFault(
            "endpoint", f"the preset {preset.name} needs one, such as {preset.endpoint_hint}"
        )
    try:
        resolve(config, environ, protocols=preset.protocols)
    except SettingsError as error:
        for fault in error.faults:
            where, _, message = fault.partition(": ")
            # What is wrong with a variable has no place in the settings.
            in_settings = where in OtlpConfig.__struct_fields__
            yield SettingsFault(where, message) if in_settings else SettingsFault("", fault)


def _readback(config: OtlpConfig) -> Iterator[SettingsFault]:
    if config.readback is None:
        return
    url = config.readback.url.strip()
    try:
        parts = address.parse(url, grpc=False, may_show=True)
    except ValueError as error:
        yield SettingsFault("readback.url", str(error))
        return
    if parts.query or parts.path.rstrip("/").endswith("/api/v1/query"):
        yield SettingsFault(
            "readback.url", "expected what stands before /api/v1/query, and no more"
        )
