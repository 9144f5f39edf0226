"""How backends that speak PromQL name what was sent. Pure.

Prometheus replaces what its older names could not hold, and appends the unit; Mimir appends it
only when it is told to; VictoriaMetrics keeps names as they are sent. Names with dots are written
in quotes, which Prometheus 3 and VictoriaMetrics understand.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

Names: TypeAlias = Literal["underscores", "dots"]

_SUFFIXES = {"s": "seconds"}
"""Units that are spelled out. Others are appended as they are; those in braces are not."""


def metric(name: str, unit: str, names: Names) -> str:
    """Write the matcher of one metric's name, for within the braces of a selector."""
    if names == "dots":
        return f"__name__={quoted(name)}"
    plain = underscored(name)
    suffix = "" if unit.startswith("{") else _SUFFIXES.get(unit, unit)
    return f'__name__=~"{plain}(_{suffix})?"' if suffix else f"__name__={quoted(plain)}"


def every_metric(prefix: str, names: Names) -> str:
    """Write the matcher of all metrics whose names begin so."""
    spelled = prefix if names == "dots" else underscored(prefix)
    return f"__name__=~{quoted(re.escape(spelled) + '.+')}"


def label(attribute: str, names: Names) -> str:
    """Write the label that an attribute becomes, for a selector or a `by (...)`."""
    key = label_key(attribute, names)
    return key if re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", key) else quoted(key)


def label_key(attribute: str, names: Names) -> str:
    """Give the label that an attribute becomes, as it stands in answers."""
    return attribute if names == "dots" else underscored(attribute)


def service(names: Names) -> str:
    """Name the label that holds the service name."""
    return "service.name" if names == "dots" else "job"


def service_value(name: str, namespace: str | None, names: Names) -> str:
    """Give what that label says. Prometheus puts the namespace before the name."""
    return f"{namespace}/{name}" if namespace and names == "underscores" else name


def underscored(name: str) -> str:
    """Replace what is no letter, digit or underscore."""
    return re.sub(r"[^a-zA-Z0-9_]", "_", name)


def quoted(text: str) -> str:
    """Write a text as a PromQL string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
