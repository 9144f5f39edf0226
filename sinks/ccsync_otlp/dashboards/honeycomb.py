"""Honeycomb's queries, board and triggers as files, and a script that makes them over its API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ccsync import telemetry
from ccsync_otlp.catalogue import ATTRIBUTES
from ccsync_otlp.dashboards.boards import BOARDS
from ccsync_otlp.dashboards.conditions import Alert, Failing, Stale
from ccsync_otlp.dashboards.honeycomb_queries import Json, can_be_asked, query
from ccsync_otlp.dashboards.questions import Column, Question
from ccsync_otlp.dashboards.sent import Sent

HOUR = 3_600

_FILTERS = (
    ("organization.id", "Organization"),
    ("customer_type", "Customer type"),
    ("actor.type", "Actor type"),
    ("model", "Model"),
)
"""What a reader may narrow the board by; Honeycomb takes five."""

_DIMENSIONS = {one.name: one.dimension for one in ATTRIBUTES}

_ABOUT = """\
Each day's value, by UTC days: the last value of each series in the day, added up. **Leave the \
granularity at one day**, and do not read the totals of a longer time from here: they would be the \
last day's. For those use another backend or a warehouse. Today, and some days before it, still \
grow. Cost is an estimate for analytics, not a bill."""


def files(sent: Sent) -> Mapping[str, str]:
    """Write every file, by its path."""
    return dict(_files(sent))


class Chosen(NamedTuple):
    """One query of the board."""

    question: Question
    column: Column

    @property
    def body(self) -> Json:
        """The query."""
        return query(self.question, self.column)

    @property
    def annotation(self) -> Json:
        """What people read above it."""
        title = self.question.title
        if len(self.question.columns) > 1:
            title = f"{title}: {self.column.title}"
        return {"name": title, "description": self.question.description}


def chosen(sent: Sent) -> dict[str, Chosen]:
    """Give the queries of the board by their keys: of a table the first column, and each once."""
    found: dict[str, Chosen] = {}
    seen: list[Json] = []
    for board in BOARDS:
        for question in board.without(sent.dimensions).questions:
            columns = question.columns[: 1 if question.chart == "table" else None]
            for place, column in enumerate(columns, 1):
                if question.chart == "number" or not can_be_asked(column):
                    continue
                one = Chosen(question, column)
                same = {name: part for name, part in one.body.items() if name != "limit"}
                if same not in seen:
                    seen.append(same)
                    found[f"{question.key}-{place}" if place > 1 else question.key] = one
    return found


def _files(sent: Sent) -> Iterator[tuple[str, str]]:
    every = chosen(sent)
    for key, one in every.items():
        yield f"queries/{key}.json", _text(one.body)
    yield "annotations.json", _text({key: one.annotation for key, one in every.items()})
    yield "board.json", _text(_board(sent, every))
    for alert in sent.alerts:
        if isinstance(alert.condition, Stale | Failing):
            yield f"triggers/{alert.key}.json", _text(_trigger(alert, alert.condition))
    yield "apply.sh", _SCRIPT


def _board(sent: Sent, every: Mapping[str, Chosen]) -> Json:
    return {
        "name": BOARDS[0].title,
        "description": BOARDS[0].description,
        "type": "flexible",
        "layout_generation": "auto",
        "panels": [
            {"type": "text", "text_panel": {"content": _ABOUT}},
            *(
                {"type": "query", "query_panel": _panel(key, one.question)}
                for key, one in every.items()
            ),
        ],
        "preset_filters": [
            {"column": name, "alias": alias}
            for name, alias in _FILTERS
            if _DIMENSIONS[name] in sent.dimensions
        ],
    }


def _panel(key: str, question: Question) -> Json:
    kind = "line" if question.chart == "lines" else "stacked" if question.by else "tsbar"
    return {
        # The script puts the ids in the place of the key.
        "query_id": key,
        "query_annotation_id": key,
        "query_style": "combo" if question.chart == "table" else "graph",
        "visualization_settings": {
            "utc_xaxis": True,
            "charts": [{"chart_index": 0, "chart_type": kind}],
        },
    }


def _trigger(alert: Alert, condition: Stale | Failing) -> Json:
    """Write a trigger over what runs say of themselves: their points have the time of now.

    Over the usage there is none: a trigger looks at a day at most, and not at whole UTC days.
    """
    if isinstance(condition, Stale):
        metric, by, back = telemetry.FRESHNESS, ["sink"], 4 * HOUR
        limit = int(condition.longer_than.total_seconds())
        says = "The newest run of four hours found it."
    else:
        metric, by, back = telemetry.EXIT, [], int(condition.since.total_seconds())
        limit = 0
        harmless = ", ".join(str(code) for code in condition.harmless if code)
        says = f"The newest run failed; {harmless} (idle or stopped) count here, too."
    return {
        "name": f"{alert.name}: {alert.summary}",
        "description": f"{alert.description} {says} What to do: {alert.runbook}",
        "query": {
            "time_range": back,
            "granularity": back,
            "calculations": [{"op": "MAX", "column": metric.name}],
            **({"breakdowns": by} if by else {}),
        },
        "threshold": {"op": ">", "value": limit},
        "frequency": HOUR,
        "alert_type": "on_change",
    }


def _text(written: Json) -> str:
    return json.dumps(written, indent=2) + "\n"


_SCRIPT = """\
#!/bin/sh
# Makes the queries, with their names, and the board in Honeycomb; says where the board is. Run
# again, it makes another board. Needs curl and jq, and a configuration key that may manage queries
# and columns, and public boards:
#
#   HONEYCOMB_API_KEY=... HONEYCOMB_DATASET=claude-code sh apply.sh
#
# In the EU: HONEYCOMB_API=https://api.eu1.honeycomb.io
set -eu
cd "$(dirname "$0")"
: "${HONEYCOMB_API_KEY:?is not set: a configuration key of Honeycomb}"
api=${HONEYCOMB_API:-https://api.honeycomb.io}/1
dataset=${HONEYCOMB_DATASET:-claude-code}

# The key is in a file of ours alone, and not among the arguments that everybody may see.
umask 077
headers=$(mktemp)
trap 'rm -f "$headers"' EXIT
printf 'X-Honeycomb-Team: %s\\nContent-Type: application/json\\n' "$HONEYCOMB_API_KEY" >"$headers"

send() {
  answer=$(curl --silent --show-error --fail-with-body --header "@$headers" --data @- \\
    "$api/$1") || {
    printf '%s: refused: %s\\n' "$1" "$answer" >&2
    return 1
  }
  printf '%s\\n' "$answer"
}

board=$(cat board.json)
for file in queries/*.json; do
  key=$(basename "$file" .json)
  made=$(send "queries/$dataset" <"$file")
  id=$(printf '%s' "$made" | jq -er .id)
  note=$(jq --arg key "$key" --arg id "$id" '.[$key] + {query_id: $id}' annotations.json)
  made=$(printf '%s' "$note" | send "query_annotations/$dataset")
  note=$(printf '%s' "$made" | jq -er .id)
  board=$(printf '%s' "$board" | jq --arg key "$key" --arg id "$id" --arg note "$note" \\
    '(.panels[] | select(.query_panel.query_id == $key).query_panel) |=
      (.query_id = $id | .query_annotation_id = $note)')
done
made=$(printf '%s' "$board" | send boards)
printf '%s' "$made" | jq -er .links.board_url
"""
