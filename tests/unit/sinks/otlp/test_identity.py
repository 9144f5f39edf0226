"""The identity of series, byte by byte: were any of it to change, everybody's history would break.

When one of these tests fails, the change needs a new `output_version`, and a very good reason.
"""

# ruff: noqa: E501 - a line is a series

from __future__ import annotations

import re

import pytest

from ccsync.records import ToolActions
from ccsync.testing import a_record
from ccsync_otlp.catalogue import DIMENSIONS
from ccsync_otlp.presets import PRESETS
from ccsync_otlp.series import Shaping, values_of
from ccsync_otlp.wire import Stamp, bodies
from tests.unit.sinks.otlp.official import decoded
from tests.unit.sinks.otlp.strategies import a_usage

RECORDS = [
    a_record(
        "Mira.Okafor@northwind.example",
        organization_id="7b1d4a52",
        subscription_type="team",
        is_remote=True,
        tool_actions=(ToolActions("edit_tool", 3, 1), ToolActions("Bash: run", 1, 0)),
        model_usage=(a_usage("claude-opus-5", "USD", (1, 2, 3, 4), "12.5"),),
    ),
    a_record(
        "3f2a9c0d11e4b7a6",
        organization_id="7b1d4a52",
        customer_type=None,
        terminal_type="",
        is_remote=None,
        tool_actions=(ToolActions("multi_edit_tool", 1, 0),),
        model_usage=(a_usage("", "EUR", (1, 0, 0, 0), "0.001"),),
    ),
    a_record(
        "Nightly Größe [ci]",
        actor_type="api_actor",
        organization_id="7b1d4a52",
        terminal_type="Apple_Terminal",
        tool_actions=(ToolActions("write_tool", 1, 0), ToolActions("notebook_edit_tool", 0, 1)),
        model_usage=(),
    ),
    a_record(
        "x" * 501,
        actor_type="robot_actor",
        organization_id="7b1d4a52",
        sessions=1,
        lines_removed=0,
        tool_actions=(),
        model_usage=(),
    ),
]


def identity(preset_name: str, service_namespace: str | None = None) -> str:
    """Write down everything of a request that tells series apart, and nothing else."""
    preset = PRESETS[preset_name]
    (body,) = bodies(
        values_of(RECORDS, Shaping(preset.rules, DIMENSIONS)),
        {},
        stamp=Stamp(1, 1),
        kind=preset.kind,
        service_name="ccsync",
        service_namespace=service_namespace,
        max_bytes=preset.max_bytes,
        max_points=preset.max_points,
    )
    (resource,) = decoded(body.content).resource_metrics
    (scope,) = resource.scope_metrics
    of_resource = [f"{one.key}={one.value.string_value}" for one in resource.resource.attributes]
    found = [
        f"resource {' '.join(of_resource)} {resource.schema_url}".rstrip(),
        f"scope {scope.scope.name} {scope.scope.version} {scope.schema_url}".rstrip(),
    ]
    assert not scope.scope.attributes
    for metric in scope.metrics:
        kind = f"{metric.WhichOneof('data')}"
        if metric.HasField("sum"):
            kind += f" {metric.sum.aggregation_temporality} {metric.sum.is_monotonic}"
        found.append(f"{metric.name} {metric.unit} {kind}")
        points = metric.sum.data_points if metric.HasField("sum") else metric.gauge.data_points
        found += [
            "  " + " ".join(f"{one.key}={one.value.string_value}" for one in point.attributes)
            for point in points
        ]
    # Only the many x are counted and not written out.
    return re.sub("x{9,}", lambda run: f"<{len(run[0])} x>", "\n".join(found)) + "\n"


AS_SENT = """\
resource service.name=ccsync
scope ccsync
claude_code.daily.session.count {session} gauge
  actor.id=<491 x>-3ac31d30 actor.type=robot_actor customer_type=api is_remote=false organization.id=7b1d4a52 terminal.type=vscode
  actor.type=api_actor api_key.name=Nightly Größe [ci] customer_type=api is_remote=false organization.id=7b1d4a52 terminal.type=Apple_Terminal
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=Mira.Okafor@northwind.example
  actor.type=user_actor organization.id=7b1d4a52 user.hash=3f2a9c0d11e4b7a6
claude_code.daily.lines_of_code.count {line} gauge
  actor.id=<491 x>-3ac31d30 actor.type=robot_actor customer_type=api is_remote=false organization.id=7b1d4a52 terminal.type=vscode type=added
  actor.type=api_actor api_key.name=Nightly Größe [ci] customer_type=api is_remote=false organization.id=7b1d4a52 terminal.type=Apple_Terminal type=added
  actor.type=api_actor api_key.name=Nightly Größe [ci] customer_type=api is_remote=false organization.id=7b1d4a52 terminal.type=Apple_Terminal type=removed
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=Mira.Okafor@northwind.example type=added
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=Mira.Okafor@northwind.example type=removed
  actor.type=user_actor organization.id=7b1d4a52 user.hash=3f2a9c0d11e4b7a6 type=added
  actor.type=user_actor organization.id=7b1d4a52 user.hash=3f2a9c0d11e4b7a6 type=removed
claude_code.daily.commit.count {commit} gauge
  actor.type=api_actor api_key.name=Nightly Größe [ci] customer_type=api is_remote=false organization.id=7b1d4a52 terminal.type=Apple_Terminal
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=Mira.Okafor@northwind.example
  actor.type=user_actor organization.id=7b1d4a52 user.hash=3f2a9c0d11e4b7a6
claude_code.daily.pull_request.count {pull_request} gauge
  actor.type=api_actor api_key.name=Nightly Größe [ci] customer_type=api is_remote=false organization.id=7b1d4a52 terminal.type=Apple_Terminal
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=Mira.Okafor@northwind.example
  actor.type=user_actor organization.id=7b1d4a52 user.hash=3f2a9c0d11e4b7a6
claude_code.daily.code_edit_tool.decision {decision} gauge
  actor.type=api_actor api_key.name=Nightly Größe [ci] customer_type=api is_remote=false organization.id=7b1d4a52 terminal.type=Apple_Terminal decision=accept tool_name=Write
  actor.type=api_actor api_key.name=Nightly Größe [ci] customer_type=api is_remote=false organization.id=7b1d4a52 terminal.type=Apple_Terminal decision=reject tool_name=NotebookEdit
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=Mira.Okafor@northwind.example decision=accept tool_name=Bash: run
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=Mira.Okafor@northwind.example decision=accept tool_name=Edit
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=Mira.Okafor@northwind.example decision=reject tool_name=Edit
  actor.type=user_actor organization.id=7b1d4a52 user.hash=3f2a9c0d11e4b7a6 decision=accept tool_name=MultiEdit
claude_code.daily.token.usage {token} gauge
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=Mira.Okafor@northwind.example model=claude-opus-5 type=cacheCreation
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=Mira.Okafor@northwind.example model=claude-opus-5 type=cacheRead
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=Mira.Okafor@northwind.example model=claude-opus-5 type=input
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=Mira.Okafor@northwind.example model=claude-opus-5 type=output
  actor.type=user_actor organization.id=7b1d4a52 user.hash=3f2a9c0d11e4b7a6 type=input
claude_code.daily.cost.usage USD gauge
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=Mira.Okafor@northwind.example currency=USD model=claude-opus-5
  actor.type=user_actor organization.id=7b1d4a52 user.hash=3f2a9c0d11e4b7a6 currency=EUR
"""

TAGS = """\
resource service.name=ccsync
scope ccsync
claude_code.daily.session.count {session} sum 1 True
  actor.id=<171 x>-3ac31d30 actor.type=robot_actor customer_type=api is_remote=false organization.id=7b1d4a52 terminal.type=vscode
  actor.type=api_actor api_key.name=nightly_größe_ci customer_type=api is_remote=false organization.id=7b1d4a52 terminal.type=apple_terminal
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=mira.okafor_northwind.example
  actor.type=user_actor organization.id=7b1d4a52 user.hash=3f2a9c0d11e4b7a6
claude_code.daily.lines_of_code.count {line} sum 1 True
  actor.id=<171 x>-3ac31d30 actor.type=robot_actor customer_type=api is_remote=false organization.id=7b1d4a52 terminal.type=vscode type=added
  actor.type=api_actor api_key.name=nightly_größe_ci customer_type=api is_remote=false organization.id=7b1d4a52 terminal.type=apple_terminal type=added
  actor.type=api_actor api_key.name=nightly_größe_ci customer_type=api is_remote=false organization.id=7b1d4a52 terminal.type=apple_terminal type=removed
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=mira.okafor_northwind.example type=added
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=mira.okafor_northwind.example type=removed
  actor.type=user_actor organization.id=7b1d4a52 user.hash=3f2a9c0d11e4b7a6 type=added
  actor.type=user_actor organization.id=7b1d4a52 user.hash=3f2a9c0d11e4b7a6 type=removed
claude_code.daily.commit.count {commit} sum 1 True
  actor.type=api_actor api_key.name=nightly_größe_ci customer_type=api is_remote=false organization.id=7b1d4a52 terminal.type=apple_terminal
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=mira.okafor_northwind.example
  actor.type=user_actor organization.id=7b1d4a52 user.hash=3f2a9c0d11e4b7a6
claude_code.daily.pull_request.count {pull_request} sum 1 True
  actor.type=api_actor api_key.name=nightly_größe_ci customer_type=api is_remote=false organization.id=7b1d4a52 terminal.type=apple_terminal
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=mira.okafor_northwind.example
  actor.type=user_actor organization.id=7b1d4a52 user.hash=3f2a9c0d11e4b7a6
claude_code.daily.code_edit_tool.decision {decision} sum 1 True
  actor.type=api_actor api_key.name=nightly_größe_ci customer_type=api is_remote=false organization.id=7b1d4a52 terminal.type=apple_terminal decision=accept tool_name=write
  actor.type=api_actor api_key.name=nightly_größe_ci customer_type=api is_remote=false organization.id=7b1d4a52 terminal.type=apple_terminal decision=reject tool_name=notebookedit
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=mira.okafor_northwind.example decision=accept tool_name=bash:_run
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=mira.okafor_northwind.example decision=accept tool_name=edit
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=mira.okafor_northwind.example decision=reject tool_name=edit
  actor.type=user_actor organization.id=7b1d4a52 user.hash=3f2a9c0d11e4b7a6 decision=accept tool_name=multiedit
claude_code.daily.token.usage {token} sum 1 True
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=mira.okafor_northwind.example model=claude-opus-5 type=cachecreation
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=mira.okafor_northwind.example model=claude-opus-5 type=cacheread
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=mira.okafor_northwind.example model=claude-opus-5 type=input
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=mira.okafor_northwind.example model=claude-opus-5 type=output
  actor.type=user_actor organization.id=7b1d4a52 user.hash=3f2a9c0d11e4b7a6 type=input
claude_code.daily.cost.usage USD sum 1 True
  actor.type=user_actor customer_type=api is_remote=true organization.id=7b1d4a52 subscription_type=team terminal.type=vscode user.email=mira.okafor_northwind.example currency=usd model=claude-opus-5
  actor.type=user_actor organization.id=7b1d4a52 user.hash=3f2a9c0d11e4b7a6 currency=eur
"""


AS_THEY_ARE = ["otlp", "prometheus", "mimir", "grafana-cloud", "victoriametrics", "honeycomb"]


def test_every_proven_preset_is_written_down() -> None:
    assert {name for name, one in PRESETS.items() if one.proven} == {*AS_THEY_ARE, "datadog"}


@pytest.mark.parametrize("preset", AS_THEY_ARE)
def test_series_as_they_are(preset: str) -> None:
    assert identity(preset) == AS_SENT


def test_series_as_datadog_spells_them() -> None:
    assert identity("datadog") == TAGS


def test_a_namespace_comes_after_the_name() -> None:
    first = identity("otlp", "northwind").splitlines()[0]
    assert first == "resource service.name=ccsync service.namespace=northwind"
