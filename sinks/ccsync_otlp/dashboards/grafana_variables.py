"""The variables at the top of Grafana's dashboards, and the filters that they are in queries."""

from __future__ import annotations

import msgspec

from ccsync_otlp import naming
from ccsync_otlp.catalogue import ATTRIBUTES, COST, SESSIONS, TOKENS
from ccsync_otlp.dashboards.grafana_json import Json
from ccsync_otlp.dashboards.promql import Asking, Filter
from ccsync_otlp.dashboards.questions import CURRENCY, Measure
from ccsync_otlp.dashboards.sent import Sent
from ccsync_otlp.naming import Names

SERVICE = "$service"

_ON_TIME_RANGE = 2
"""Looked up again when the range of time changes."""

_BY_NAME = 1

_LABEL_VALUES, _QUERY_RESULT = 1, 3
"""Grafana's numbers of the two ways in which a variable is looked up."""


class _Choice(msgspec.Struct, frozen=True):
    """An attribute that a reader may narrow the dashboards by."""

    variable: str
    attribute: str
    heading: str
    metric: int
    """Whose series are looked at for what there is to choose from."""


_CHOICES = (
    _Choice("organization", "organization.id", "Organization", SESSIONS),
    _Choice("customer_type", "customer_type", "Customer type", SESSIONS),
    _Choice("actor_type", "actor.type", "Actor type", TOKENS),
    _Choice("model", "model", "Model (tokens and cost)", TOKENS),
)

_DIMENSIONS = {one.name: one.dimension for one in ATTRIBUTES}


def filters(sent: Sent) -> tuple[Filter, ...]:
    """Give what narrows every query: the variables, of which the currency is always exactly one."""
    chosen = [Filter(one.attribute, "=~", f"${one.variable}") for one in _choices(sent)]
    return (*chosen, Filter(CURRENCY, "=", f"${CURRENCY}"))


def usage(sent: Sent, names: Names) -> list[Json]:
    """Write the variables of a dashboard over the usage."""
    ours = Asking(names=names, namespace=sent.service_namespace, service=SERVICE)
    return [
        datasource(),
        service(sent, names),
        *(
            _looked_up(
                one.variable,
                one.heading,
                ours.selector(Measure(one.metric)),
                naming.label_key(one.attribute, names),
            )
            for one in _choices(sent)
        ),
        _looked_up("currency", "Currency", ours.selector(Measure(COST)), CURRENCY, default="USD"),
    ]


def service(sent: Sent, names: Names) -> Json:
    """Let the reader choose one `service_name`: two of them may hold the same usage."""
    every = Asking(names=names, namespace=sent.service_namespace)
    return _looked_up(
        "service",
        "Service",
        every.selector(Measure(SESSIONS)),
        naming.service(names),
        default=naming.service_value(sent.service_name, sent.service_namespace, names),
    )


def datasource() -> Json:
    """Let the reader choose where the queries go."""
    return {
        "type": "datasource",
        "name": "datasource",
        "label": "Data source",
        "query": "prometheus",
        "regex": "",
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "refresh": 1,
        "options": [],
        "current": {},
    }


def text(name: str, heading: str, default: str) -> Json:
    """Let the reader write something."""
    return {
        "type": "textbox",
        "name": name,
        "label": heading,
        "query": default,
        "hide": 0,
        "options": [{"selected": True, "text": default, "value": default}],
        "current": {"text": default, "value": default},
    }


def _choices(sent: Sent) -> list[_Choice]:
    return [one for one in _CHOICES if _DIMENSIONS[one.attribute] in sent.dimensions]


def _looked_up(
    name: str, heading: str, selector: str, label: str, *, default: str | None = None
) -> Json:
    """Let the reader choose among the values of a label; with a default, exactly one."""
    several = default is None
    if label.isidentifier():
        query, kind, regex = f"label_values({selector}, {label})", _LABEL_VALUES, ""
    else:
        # Older Grafanas look up no label whose name has a dot; this is the way around.
        by = naming.label(label, "dots")
        query = f"query_result(count by ({by}) (last_over_time({selector}[$__range])))"
        kind, regex = _QUERY_RESULT, f'/{label.replace(".", "[.]")}="([^"]+)"/'
    everything: Json = {"includeAll": True, "multi": True, "allValue": ".*"}
    one: Json = {"includeAll": False, "multi": False}
    everyone: Json = {"selected": True, "text": ["All"], "value": ["$__all"]}
    return {
        "type": "query",
        "name": name,
        "label": heading,
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "definition": query,
        "query": {
            "query": query,
            "qryType": kind,
            "refId": "PrometheusVariableQueryEditor-VariableQuery",
        },
        "regex": regex,
        "refresh": _ON_TIME_RANGE,
        "sort": _BY_NAME,
        "hide": 0,
        "options": [],
        **(everything if several else one),
        "current": everyone if several else {"selected": True, "text": default, "value": default},
    }
