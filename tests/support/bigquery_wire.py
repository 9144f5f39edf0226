"""Carries the sink's requests to the double: the seam at which a process dies and answers get lost.

It stands below the official client and its session, so all above it is what users run.
"""

from __future__ import annotations

import json
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter

from ccsync.errors import SinkUnavailable
from tests.support.bigquery_destination import Trouble, WarehouseDestination


class Wire(HTTPAdapter):
    """Carries requests of one process to the double; each is two moments in which it may die."""

    def __init__(self, destination: WarehouseDestination) -> None:
        super().__init__()
        self._destination = destination

    def send(self, request: requests.PreparedRequest, *rest: Any, **named: Any) -> Any:
        there = self._destination
        try:
            there.touch()
        except SinkUnavailable:
            raise requests.ConnectionError("nobody is there") from None
        trouble = there.meets_trouble(request.url or "")
        if trouble is not None and not trouble.took_effect:
            raise there.end_of(trouble)
        changes = _changes(request)
        if changes and there.before_write is not None:
            there.before_write()
        if (commit := _commit_in(request)) is not None:
            there.before_commit(commit)
        response = super().send(request, *rest, **named)
        try:
            self._look_and_live(trouble, changes=changes)
        except BaseException:
            response.close()
            raise
        return response

    def _look_and_live(self, trouble: Trouble | None, *, changes: bool) -> None:
        """Look at what a request did, and be done with it, or not."""
        there = self._destination
        if changes:
            there.look()
        if there.wrong:
            there.mortality.die()  # what comes after that is of no interest
        there.touch()
        if trouble is not None:
            raise there.end_of(trouble)


def _changes(request: requests.PreparedRequest) -> bool:
    """Tell whether a request may change a table; a query changes nothing."""
    return request.method != "GET" and not _path(request).endswith("/queries")


def _commit_in(request: requests.PreparedRequest) -> dict[str, Any] | None:
    """Give the commit that a request writes, by streaming or by a load."""
    body = request.body
    if not isinstance(body, bytes) or b'"record_count"' not in body:
        return None
    if _path(request).endswith("/sync_days/insertAll"):
        return cast("dict[str, Any]", json.loads(body)["rows"][0]["json"])
    return cast("dict[str, Any]", json.loads(body)) if request.method == "PUT" else None


def _path(request: requests.PreparedRequest) -> str:
    return (request.url or "").partition("?")[0]
