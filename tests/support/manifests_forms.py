"""What one value of a manifest may look like. Each function gives what is wrong, or None."""

from __future__ import annotations

import re
import zoneinfo
from decimal import Decimal
from functools import cache

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(rf"{_LABEL.pattern}(\.{_LABEL.pattern})*")
_QUALIFIED = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_QUANTITY = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)")
_GO_DURATION = re.compile(r"(\d+(\.\d+)?(ns|us|ms|s|m|h))+")
_POWERS = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


def dns_label(value: str) -> str | None:
    """RFC 1123 label: names of containers, volumes and namespaces."""
    if len(value) > 63:
        return f"{value!r} has {len(value)} characters, at most 63 are allowed"
    return None if _LABEL.fullmatch(value) else f"{value!r} is no DNS label (RFC 1123)"


def dns_subdomain(value: str) -> str | None:
    """RFC 1123 subdomain: names of most objects."""
    if len(value) > 253:
        return f"{value!r} has {len(value)} characters, at most 253 are allowed"
    return None if _SUBDOMAIN.fullmatch(value) else f"{value!r} is no DNS name (RFC 1123)"


def label_key(value: str) -> str | None:
    """Key of a label or annotation: an optional DNS name, a slash, a name."""
    prefix, slash, name = value.rpartition("/")
    if slash and (dns_subdomain(prefix) is not None or "/" in prefix):
        return f"{value!r}: {prefix!r} is no DNS name"
    if len(name) > 63:
        return f"{value!r}: the name has {len(name)} characters, at most 63 are allowed"
    return None if _QUALIFIED.fullmatch(name) else f"{value!r} is no key of a label"


def label_value(value: object) -> str | None:
    """Value of a label."""
    if not isinstance(value, str):
        return f"{value!r} is no text"
    if len(value) > 63:
        return f"{value!r} has {len(value)} characters, at most 63 are allowed"
    return None if not value or _QUALIFIED.fullmatch(value) else f"{value!r} is no value of a label"


def variable_name(value: str) -> str | None:
    """Name of an environment variable, as versions before 1.34 take it."""
    return None if _VARIABLE.fullmatch(value) else f"{value!r} is no name of a variable"


def config_key(value: str) -> str | None:
    """Key of a ConfigMap or Secret."""
    if len(value) > 253 or value in {".", ".."} or not _KEY.fullmatch(value):
        return f"{value!r} is no key of a ConfigMap or Secret"
    return None


def quantity(value: object) -> Decimal:
    """Read an amount such as `50m`, `512Mi` or `1`.

    Raises:
        ValueError: it is none.
    """
    found = None if isinstance(value, bool) else _QUANTITY.fullmatch(str(value))
    if found is None:
        raise ValueError(f"{value!r} is no quantity; write one like 50m, 512Mi or 1Gi")
    number, exponent, suffix = Decimal(found[1]), found[2], found[3] or ""
    if exponent:
        return number.scaleb(int(exponent))
    if suffix.endswith("i"):
        return number * Decimal(1024) ** ("KMGTPE".index(suffix[0]) + 1)
    return number.scaleb(_POWERS.get(suffix, 0))


def time_zone(value: object) -> str | None:
    """Time zone of a CronJob: an IANA name."""
    if not isinstance(value, str) or not value:
        return f"{value!r} is no time zone"
    if value.lower() == "local":
        return "the zone of the machine is not allowed; name one, such as Etc/UTC"
    return None if value in _zones() else f"{value!r} is not in the IANA database"


@cache
def _zones() -> set[str]:
    return zoneinfo.available_timezones()


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    ("day of the week", 0, 6, {name: number for number, name in enumerate(_WEEKDAYS)}),
)
_DESCRIPTORS = ("yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly")


def schedule(value: object) -> str | None:
    """Schedule of a CronJob: five fields of cron, or one of its descriptors."""
    if not isinstance(value, str) or not value.strip():
        return f"{value!r} is no schedule"
    if "TZ" in value:
        return f"{value!r}: a time zone is not allowed here; it belongs to timeZone"
    if value.startswith("@"):
        if value.startswith("@every "):
            good = _GO_DURATION.fullmatch(value.removeprefix("@every ")) is not None
        else:
            good = value[1:] in _DESCRIPTORS
        return None if good else f"{value!r} is no schedule: there is no such descriptor"
    parts = value.split()
    if len(parts) != len(_FIELDS):
        return f"{value!r} is no schedule: it has {len(parts)} fields, not 5"
    for part, (name, least, most, names) in zip(parts, _FIELDS, strict=True):
        for one in part.split(","):
            if wrong := _schedule_range(one, least, most, names):
                return f"{value!r} is no schedule: {name}: {wrong}"
    return None


def _schedule_range(text: str, least: int, most: int, names: dict[str, int]) -> str | None:
    span, slash, step = text.partition("/")
    if slash and (not step.isdecimal() or int(step) == 0):
        return f"{text!r}: the step is no positive number"
    if span in {"*", "?"}:
        return None
    ends: list[int] = []
    for end in span.split("-"):
        number = names.get(end.lower(), int(end) if end.isdecimal() else -1)
        if not least <= number <= most:
            return f"{end!r} is not from {least} to {most}"
        ends.append(number)
    if len(ends) > 2 or ends != sorted(ends):
        return f"{span!r} is no range"
    return None
