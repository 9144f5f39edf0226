"""The vocabulary of the values' schema: what a name, a quantity, a schedule may look like.

Helm prints the pattern that a value does not match, and nothing else. So a pattern can begin with a
hint, behind an end of text that nothing can follow: it matches nothing, and is read. Hints go
without backslashes, which Helm 4 doubles.

Every value may be `null`: that takes a default away, and Helm hands it on where there was none.
"""

from __future__ import annotations

import re
from typing import Any

Json = dict[str, Any]

TEMPLATE = "[{][{]"
"""A value that is a template can be judged only when it is rendered."""

NAME = r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"
"""Of most objects: a DNS subdomain."""

LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
"""Of a namespace: a DNS label."""

KEY = r"[-._A-Za-z0-9]{1,253}"
"""Of a ConfigMap or Secret."""

VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"

QUALIFIED = rf"({NAME}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{{0,61}}[A-Za-z0-9])?"
"""Key of a label or annotation."""

LABEL_VALUE = r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?"

QUANTITY = r"\d+(\.\d+)?([numkMGTPE]|[KMGTPE]i|[eE][-+]?\d+)?"

PATH = r"/[^:]*"

_AREAS = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Brazil"),
    *("Canada", "Chile", "Etc", "Europe", "Indian", "Mexico", "Pacific", "US"),
)

_MONTH = "0?[1-9]|1[0-2]|[A-Za-z]{3}"
_WEEKDAY = "0?[0-6]|[A-Za-z]{3}"


def hinted(pattern: str, hint: str) -> str:
    """Add words to a pattern that match nothing."""
    words = re.sub(r"[\[\](){}*+?|^$\\]", r"[\g<0>]", hint)
    return f"$: {words}|{pattern}"


def text(pattern: str = "", hint: str = "", *, empty: bool = True, rendered: bool = False) -> Json:
    """Text.

    Args:
        pattern: that all of it matches.
        hint: what to write.
        empty: whether it may be empty, too.
        rendered: whether it may be a template.
    """
    if not pattern:
        return {"type": ["string", "null"]}
    whole_text = f"^({pattern}){'?' if empty else ''}$"
    forms = f"{whole_text}|{TEMPLATE}" if rendered else whole_text
    return {"type": ["string", "null"], "pattern": hinted(forms, hint)}


def choice(*values: str) -> Json:
    """One of these words."""
    return {"enum": [*values, None]}


def flag() -> Json:
    """True or false."""
    return {"type": ["boolean", "null"]}


def whole(least: int, most: int | None = None) -> Json:
    """A whole number within bounds."""
    bounds = {"minimum": least} | ({} if most is None else {"maximum": most})
    return {"type": ["integer", "null"], **bounds}


def amount(least: float, most: float | None = None) -> Json:
    """A number within bounds."""
    bounds = {"minimum": least} | ({} if most is None else {"maximum": most})
    return {"type": ["number", "null"], **bounds}


def section(**properties: Json) -> Json:
    """A part of the values with these keys and no others. It cannot be taken away as a whole."""
    return {"type": "object", "additionalProperties": False, "properties": properties}


def fields(*required: str, **properties: Json) -> Json:
    """An object of Kubernetes or of an operator of which all fields are known."""
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "additionalProperties": False, **needed, "properties": properties}


def free(*required: str, **properties: Json) -> Json:
    """One of which these fields are known; what else there is, newer versions may know."""
    known = {"properties": properties} if properties else {}
    needed = {"required": list(required)} if required else {}
    return {"type": ["object", "null"], **needed, **known}


def mapping(values: Json, keys: str = "") -> Json:
    """Names of one's own, to values of one kind."""
    names = {"propertyNames": {"pattern": f"^({keys})$"}} if keys else {}
    return {"type": ["object", "null"], **names, "additionalProperties": values}


def listing(items: Json) -> Json:
    """A list of values of one kind."""
    return {"type": ["array", "null"], "items": items}


def annotation_map() -> Json:
    """Annotations: text, also where it looks like a number."""
    return mapping(text(), QUALIFIED)


def label_map() -> Json:
    """Labels."""
    hint = "at most 63 letters, digits, - _ . beginning and ending with a letter or digit"
    return mapping(text(LABEL_VALUE, hint, empty=False, rendered=True), QUALIFIED)


def name(what: str, *, rendered: bool = False) -> Json:
    """A name of an object."""
    return text(NAME, f"name of {what}: lower-case letters, digits, - and .", rendered=rendered)


def quantity() -> Json:
    """An amount of CPU, memory or disk."""
    return {
        "type": ["string", "number", "null"],
        "minimum": 0,
        "pattern": hinted(f"^({QUANTITY})$", "an amount like 500m, 0.5, 128Mi or 1Gi"),
    }


def resources() -> Json:
    """Requests and limits of a container."""
    amounts = mapping(quantity(), QUALIFIED)
    return {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {"requests": amounts, "limits": amounts, "claims": listing(free("name"))},
    }


def port() -> Json:
    """A TCP or UDP port."""
    return {"type": "integer", "minimum": 1, "maximum": 65535}


def schedule() -> Json:
    """Five fields in the ranges that the CronJob controller takes.

    What are not five fields, or names a time zone, the templates refuse with better words.
    """
    five = ("[0-5]?[0-9]", "[01]?[0-9]|2[0-3]", "0?[1-9]|[12][0-9]|3[01]", _MONTH, _WEEKDAY)
    fields_of_cron = r"\s+".join(f"(([*?]|{one})[-,/])*([*?]|{one})" for one in five)
    others = (r"(\S+\s+){0,3}\S*", r"(\S+\s+){5,}\S+", r".*TZ=.*")
    hint = "minute 0-59, hour 0-23, day 1-31, month 1-12, day of the week 0-6"
    forms = "|".join([fields_of_cron, *others])
    return {"type": "string", "pattern": hinted(rf"^\s*({forms})\s*$", hint)}


def time_zone() -> Json:
    """AREA/PLACE of the time zone database; what has no slash, the templates look at."""
    areas = rf"({'|'.join(_AREAS)})(/[A-Za-z0-9_+-]+)+"
    return text(f"[^/]*|{areas}", "a name like Etc/UTC or Europe/Berlin")


def duration(units: str, example: str) -> Json:
    """A time with a unit."""
    return text(rf"([0-9]+(\.[0-9]+)?({units}))+", f"a number with a unit, like {example}")
