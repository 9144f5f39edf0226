"""The installed plugins, for the tests beside them."""

from __future__ import annotations

from tests.support.plugins import plugin_path

__all__ = ["plugin_path"]
