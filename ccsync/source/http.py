"""httpx, without the command line client that it would import."""

from __future__ import annotations

from ccsync.lean import without

with without("httpx._main"):
    import httpx

__all__ = ["httpx"]
