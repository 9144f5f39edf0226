"""The README of each backend's folder: what to do with its files."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent
from typing import TypeAlias

from ccsync_otlp.dashboards import grafana
from ccsync_otlp.dashboards.conditions import OverBudget
from ccsync_otlp.dashboards.sent import Sent

NAME = "README.md"

_Guide: TypeAlias = Callable[[Sent], str]


def guide(backend: str, sent: Sent) -> str:
    """Write the README of a backend's folder."""
    return _GUIDES[backend](sent)


def _grafana(sent: Sent) -> str:
    folders = tuple(grafana.variants(sent))
    which = "\n".join(f"- `{folder}/`: {_FOR[folder]}" for folder in folders)
    if len(folders) > 1:
        which = f"Take one of the two folders:\n\n{which}"
    loads = "\n".join(_LOADING[folder] for folder in folders)
    return _text(
        f"""
        # Claude Code usage in Grafana

        {_WRITTEN}

        {{which}}

        | file | what | what to do with it |
        | --- | --- | --- |
        | `overview.json`, `cost.json` | people, work, tokens; estimated cost | import |
        | `health.json` | the runs of ccsync; wants `telemetry` in its settings | import |
        | `alerts.yaml` | {len(sent.alerts)} rules of alerting | check the budget, then load |

        ## Dashboards

        1. *Dashboards > New > Import*, and choose the file.
        2. At the top of the dashboard choose the data source, then *Service*: it is the sink's
           `service_name` (here `{sent.service_name}`).
        3. Leave the time zone at UTC and the step of charts at a day.

        ## Alerts

        1. {_budget(sent)}
           It stands in the `expr` of `CcsyncCostOverBudget`.
        2. Load the file:

        {{loads}}
        """,
        which=which,
        loads=loads,
    )


_FOR = {
    "prometheus": "Prometheus, Mimir, Grafana Cloud",
    "victoriametrics": "VictoriaMetrics, where names have dots; put `nocache=1` into the data\n"
    "  source's custom query parameters",
}
_LOADING = {
    "prometheus": "   - Prometheus: name it in `rule_files`; `promtool check rules "
    "prometheus/alerts.yaml` reads it.\n"
    "   - Mimir, Grafana Cloud: `mimirtool rules load prometheus/alerts.yaml`.",
    "victoriametrics": "   - vmalert: `-rule=victoriametrics/alerts.yaml`.",
}


def _datadog(sent: Sent) -> str:
    keys = '-H "DD-API-KEY: $DD_API_KEY" -H "DD-APPLICATION-KEY: $DD_APP_KEY"'
    return _text(
        f"""
        # Claude Code usage in Datadog

        {_WRITTEN}

        | file | what | what to do with it |
        | --- | --- | --- |
        | `overview.json`, `cost.json` | dashboards | import |
        | `monitors/*.json` | a monitor each | say whom to tell, set the budget, send to the API |

        `no-run`, `data-stale` and `job-failing` want `telemetry` in ccsync's settings.

        ## Dashboards

        1. *Dashboards > New dashboard > Configure > Import dashboard JSON*, and paste the file.
        2. Set its time zone to UTC. A day stands at its noon.
        3. If everything is empty, choose `*` for `service` at the top: it is the sink's
           `service_name` (here `{sent.service_name}`). Choose exactly one `currency`.

        ## Monitors

        1. Write whom to tell, such as `@team`, into each `message`.
        2. {_budget(sent)}
           It stands in `monitors/over-budget.json`, in `query` and in `options.thresholds`, which
           must agree.
        3. Have each one looked at, then make it. The site may be another than datadoghq.com:

        ```sh
        for file in monitors/*.json; do
          for path in monitor/validate monitor; do
            curl --fail-with-body -X POST "https://api.datadoghq.com/api/v1/$path" \\
              {keys} \\
              -H "Content-Type: application/json" -d "@$file" || exit
          done
        done
        ```

        Run again, it makes them again: they are told by the tag `managed_by:ccsync`.
        """
    )


def _honeycomb(_sent: Sent) -> str:
    return _text(
        f"""
        # Claude Code usage in Honeycomb

        {_WRITTEN}

        | file | what | what to do with it |
        | --- | --- | --- |
        | `apply.sh` | makes the queries and a board of them | run it |
        | `queries/*.json`, `annotations.json`, `board.json` | what it makes | nothing |
        | `triggers/*.json` | over the runs of ccsync; want `telemetry` | send to the API |

        ## Board

        You need `curl`, `jq`, and a configuration key that may manage queries, columns and public
        boards. The dataset is that of the sink's header `x-honeycomb-dataset`.

        ```sh
        export HONEYCOMB_API_KEY=... HONEYCOMB_DATASET=claude-code
        sh apply.sh
        ```

        In the EU, with `HONEYCOMB_API=https://api.eu1.honeycomb.io`. It says where the board is;
        run again, it makes another one. Leave the step of each query at a day: with a longer one a
        gauge shows its last day only.

        ## Triggers

        Add `recipients` to each file, then:

        ```sh
        for file in triggers/*.json; do
          curl --fail-with-body -X POST "https://api.honeycomb.io/1/triggers/$HONEYCOMB_DATASET" \\
            -H "X-Honeycomb-Team: $HONEYCOMB_API_KEY" \\
            -H "Content-Type: application/json" -d "@$file" || exit
        done
        ```

        There are none over the usage itself, such as a budget: a trigger looks at a day at most,
        and not at whole UTC days.
        """
    )


_WRITTEN = """\
Written by `ccsync otlp dashboards`. Edit as you like: the command replaces no edited file
        unless it is given `--force`."""

_GUIDES: dict[str, _Guide] = {
    "grafana": _grafana,
    "datadog": _datadog,
    "honeycomb": _honeycomb,
}


def _budget(sent: Sent) -> str:
    for one in sent.alerts:
        if isinstance(one.condition, OverBudget):
            return (
                f"The budget is {one.condition.amount:,} for {one.condition.days} days; "
                "`--budget` writes another."
            )
    raise ValueError("no alert has a budget")


def _text(text: str, **parts: str) -> str:
    """Fill in parts of several lines after the indentation is gone."""
    plain = dedent(text).lstrip("\n")
    for name, part in parts.items():
        plain = plain.replace(f"{{{name}}}", part)
    return plain
