"""Settings in a module that imports a client library: starting `ccsync` would cost its import."""

from __future__ import annotations

import httpx

from ccsync.sink import SinkConfig

CLIENT = httpx.Client


class HeavyConfig(SinkConfig, frozen=True, kw_only=True):
    """Settings of `type: heavy`."""
