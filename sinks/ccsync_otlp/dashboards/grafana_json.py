"""The JSON of Grafana: panels, targets, rows and where they stand. Knows nothing of usage.

The form is that of Grafana 10.4 to 12 (`schemaVersion` 39); newer ones bring it up to date when
they read it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import msgspec

Json: TypeAlias = dict[str, Any]

SCHEMA_VERSION = 39
DATASOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}

TAG = "ccsync"
"""By which the dashboards find each other."""

_WIDTH = 24
_MOST_POINTS = 3_000
"""Grafana makes steps longer when a range has more points than that; a day must stay a day."""


class Target(msgspec.Struct, frozen=True):
    """One query of a panel."""

    expression: str
    legend: str = ""
    instant: bool = False
    table: bool = False
    step: str | None = None
    """The least step of a range query."""

    def json(self, ref: str) -> Json:
        """Write it; `ref` names it in its panel."""
        written: Json = {
            "refId": ref,
            "datasource": DATASOURCE,
            "editorMode": "code",
            "expr": self.expression,
            "legendFormat": self.legend or "__auto",
            "instant": self.instant,
            "range": not self.instant,
            "format": "table" if self.table else "time_series",
        }
        return {**written, "interval": self.step} if self.step else written


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """One panel, without its place."""

    kind: Literal["stat", "timeseries", "table"]
    title: str
    description: str
    targets: tuple[Target, ...]
    width: int
    height: int
    defaults: Json = {}
    """Of all fields: unit, decimals, colours, and `custom` of the kind of panel."""

    overrides: tuple[Json, ...] = ()
    options: Json = {}
    transformations: tuple[Json, ...] = ()
    step: str | None = None

    def json(self, number: int, x: int, y: int) -> Json:
        """Write it where it stands."""
        written: Json = {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "datasource": DATASOURCE,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "fieldConfig": {"defaults": self.defaults, "overrides": list(self.overrides)},
            "options": self.options,
            "targets": [one.json(letter(place)) for place, one in enumerate(self.targets)],
        }
        if self.transformations:
            written["transformations"] = list(self.transformations)
        if self.step:
            written |= {"interval": self.step, "maxDataPoints": _MOST_POINTS}
        return written


def dashboard(
    *,
    uid: str,
    title: str,
    description: str,
    since: dt.timedelta,
    variables: Iterable[Json],
    rows: Mapping[str, Sequence[Panel]],
) -> Json:
    """Write a dashboard: rows of panels, from left to right, in UTC."""
    return {
        "uid": uid,
        "title": title,
        "description": description,
        "tags": [TAG],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "timezone": "utc",
        "weekStart": "monday",
        "time": {"from": f"now-{since.days}d", "to": "now"},
        "timepicker": {},
        "refresh": "",
        "fiscalYearStartMonth": 0,
        "annotations": {"list": []},
        "links": [_link()],
        "templating": {"list": list(variables)},
        "panels": list(_placed(rows)),
    }


def _placed(rows: Mapping[str, Sequence[Panel]]) -> Iterable[Json]:
    number = y = 0
    for title, panels in rows.items():
        number += 1
        yield {
            "id": number,
            "type": "row",
            "title": title,
            "collapsed": False,
            "gridPos": {"x": 0, "y": y, "w": _WIDTH, "h": 1},
            "panels": [],
        }
        y += 1
        x = height = 0
        for panel in panels:
            if x + panel.width > _WIDTH:
                x, y, height = 0, y + height, 0
            number += 1
            yield panel.json(number, x, y)
            x, height = x + panel.width, max(height, panel.height)
        y += height


def _link() -> Json:
    return {
        "type": "dashboards",
        "title": "ccsync",
        "tags": [TAG],
        "asDropdown": True,
        "icon": "external link",
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
        "tooltip": "The other dashboards of ccsync",
        "url": "",
    }


def letter(place: int) -> str:
    """Name the query that stands at a place in its panel."""
    return chr(ord("A") + place)


def override(field: str, **properties: Any) -> Json:
    """Treat one field differently; a dot in a property's name is written as two underscores."""
    return {
        "matcher": {"id": "byName", "options": field},
        "properties": [
            {"id": name.replace("__", "."), "value": value} for name, value in properties.items()
        ],
    }
