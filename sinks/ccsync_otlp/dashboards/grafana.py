"""Grafana's dashboards and rules as files, for the names of Prometheus and of VictoriaMetrics."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from ccsync_otlp.dashboards import alerts, grafana_health, grafana_variables
from ccsync_otlp.dashboards.boards import BOARDS
from ccsync_otlp.dashboards.grafana_json import Json, dashboard
from ccsync_otlp.dashboards.grafana_panels import panel
from ccsync_otlp.dashboards.promql import Asking
from ccsync_otlp.dashboards.questions import Board
from ccsync_otlp.dashboards.sent import Sent
from ccsync_otlp.naming import Names
from ccsync_otlp.presets import PRESETS

HEALTH = "health"
ALERTS = "alerts.yaml"
_DOTS = " (VictoriaMetrics)"

VARIANTS: dict[str, Names] = {"prometheus": "underscores", "victoriametrics": "dots"}
"""Folders, and the names that the queries in them use."""


def files(sent: Sent) -> Mapping[str, str]:
    """Write every file, by its path."""
    return dict(_files(sent))


def variants(sent: Sent) -> dict[str, Names]:
    """Give those that fit the preset; all of them where it does not say."""
    preset = PRESETS.get(sent.preset or "")
    if preset is None or preset.readback == "none":
        return VARIANTS
    return {name: names for name, names in VARIANTS.items() if names == preset.readback_names}


def _files(sent: Sent) -> Iterator[tuple[str, str]]:
    for folder, names in variants(sent).items():
        suffix = "" if names == "underscores" else "-vm"
        for board in BOARDS:
            written = _board(board.without(sent.dimensions), sent, names, suffix)
            yield f"{folder}/{board.key}.json", _text(_titled(written, names))
        health = grafana_health.board(sent, names, f"ccsync-{HEALTH}{suffix}")
        yield f"{folder}/{HEALTH}.json", _text(_titled(health, names))
        yield f"{folder}/{ALERTS}", alerts.rules(sent, names)


def _board(board: Board, sent: Sent, names: Names, suffix: str) -> Json:
    asking = Asking(
        names=names,
        namespace=sent.service_namespace,
        service=grafana_variables.SERVICE,
        filters=grafana_variables.filters(sent),
    )
    return dashboard(
        uid=f"ccsync-{board.key}{suffix}",
        title=board.title,
        description=board.description,
        since=board.range,
        variables=grafana_variables.usage(sent, names),
        rows={
            row.title: [panel(one, asking, len(row.questions)) for one in row.questions]
            for row in board.rows
        },
    )


def _titled(written: Json, names: Names) -> Json:
    """Tell the variants apart: Grafana's provisioning takes a title once in a folder."""
    return written if names == "underscores" else written | {"title": written["title"] + _DOTS}


def _text(written: Json) -> str:
    return json.dumps(written, indent=2, ensure_ascii=False) + "\n"
