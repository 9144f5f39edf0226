"""Another reading of a page: slow, plain, and made without the code that it is compared with."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, NoReturn, TypeGuard

NUMBER = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?"
FIELDS = {
    "sessions": "num_sessions",
    "commits": "commits_by_claude_code",
    "pull_requests": "pull_requests_by_claude_code",
}
TOKENS = {"input_tokens": "input", "output_tokens": "output", "cache_read_tokens": "cache_read"}
PARTS = {"5m": "ephemeral_5m_input_tokens", "1h": "ephemeral_1h_input_tokens"}
KNOWN: dict[str, Any] = {
    "date": None, "organization_id": None, "customer_type": None, "subscription_type": None,
    "terminal_type": None, "is_remote": None, "actor": {}, "model_breakdown": {},
    "core_metrics": {
        **dict.fromkeys(FIELDS.values()), "lines_of_code": dict.fromkeys(("added", "removed"))
    },
    "tool_actions": {},
}  # fmt: skip
KNOWN_MODEL: dict[str, Any] = {
    "model": None,
    "tokens": {**dict.fromkeys(TOKENS.values()), "cache_creation": dict.fromkeys(PARTS.values())},
    "estimated_cost": {"amount": None, "currency": None},
}
ACTOR_IDS = ("email_address", "api_key_name", "user_id", "service_account_id", "id")


class NotReadableError(Exception):
    """The page says what cannot be meant."""


class Written:
    """A number with a point or an exponent, as it is written."""

    def __init__(self, text: str) -> None:
        self.text = text


def parse(body: bytes) -> Any:
    """Raises ValueError if it is no JSON."""

    def refuse(text: str) -> NoReturn:
        raise ValueError(text)

    return json.loads(body.decode("utf-8"), parse_float=Written, parse_constant=refuse)


def read_plainly(body: bytes, day: str) -> tuple[list[dict[str, Any]], bool, str | None]:
    """Raises ValueError (no JSON) or NotReadableError."""
    page = parse(body)
    must(isinstance(page, dict))
    must(isinstance(page.get("data"), list) and isinstance(page.get("has_more"), bool))
    must(page.get("next_page") is None or isinstance(page["next_page"], str))
    return [read_row(row, day) for row in page["data"]], page["has_more"], page.get("next_page")


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def must(fine: bool) -> None:
    if not fine:
        raise NotReadableError


def read_row(row: Any, day: str) -> dict[str, Any]:
    must(isinstance(row, dict))
    date = text(row, "date")
    must(re.fullmatch(re.escape(day) + r"(T00:00:00(\.0+)?(Z|[+-]00:00))?", date) is not None)
    actor = section(row, "actor")
    core = section(row, "core_metrics")
    lines = section(core, "lines_of_code")
    given: Any = row.get("model_breakdown")
    must(given is None or is_list(given))
    models: list[Any] = given or []
    tools = section(row, "tool_actions")
    must(row.get("is_remote") is None or isinstance(row["is_remote"], bool))
    text(actor, "email_address")
    text(actor, "api_key_name")
    extra = beside(row, KNOWN)
    names = [name for name in sorted(actor) if name != "type"]
    candidates = [*ACTOR_IDS]
    candidates += [name for name in names if name.endswith("_id")]
    candidates += [name for name in names if name.endswith(("name", "email"))]
    found = [n for n in candidates if isinstance(actor.get(n), str) and actor[n]]
    left = {n: v for n, v in actor.items() if not (n in ACTOR_IDS and v == "")}
    put(extra, "actor", beside(left, dict.fromkeys(["type", *found[:1]])))
    put(
        extra,
        "tool_actions",
        {
            tool: rest
            for tool in tools
            if (rest := beside(section(tools, tool), {"accepted": None, "rejected": None}))
        },
    )
    odd_models = [
        {"model": text(model, "model"), **rest}
        for model in models
        if is_object(model) and (rest := beside(model, KNOWN_MODEL))
    ]
    put(
        extra,
        "model_breakdown",
        sorted(odd_models, key=lambda one: json.dumps(one, sort_keys=True)),
    )
    return {
        "date": day,
        "organization_id": text(row, "organization_id"),
        "actor_type": text(actor, "type"),
        "actor_id": actor[found[0]] if found else "",
        "customer_type": text(row, "customer_type", None),
        "subscription_type": text(row, "subscription_type", None),
        "terminal_type": text(row, "terminal_type", None),
        "is_remote": row.get("is_remote"),
        **{ours: count(core, theirs) for ours, theirs in FIELDS.items()},
        "lines_added": count(lines, "added"),
        "lines_removed": count(lines, "removed"),
        "tool_actions": [
            (tool, count(section(tools, tool), "accepted"), count(section(tools, tool), "rejected"))
            for tool in sorted(tools)
        ],
        "model_usage": add_up([read_model(model) for model in models]),
        "extra": extra or None,
    }


def read_model(model: Any) -> dict[str, Any]:
    must(isinstance(model, dict))
    tokens = section(model, "tokens")
    cost = section(model, "estimated_cost")
    parts: dict[str, int | None] = dict.fromkeys(PARTS)
    if isinstance(tokens.get("cache_creation"), dict):
        split = tokens["cache_creation"]
        total = 0
        if any(part in split for part in PARTS.values()):
            parts = {name: count(split, part) for name, part in PARTS.items()}
            total = sum(part or 0 for part in parts.values())
    else:
        total = count(tokens, "cache_creation")
    amount = cost.get("amount")
    number = Decimal(0) if amount is None else exact(amount)
    _, digits, exponent = number.as_tuple()
    must(len(digits) <= 40 and isinstance(exponent, int) and abs(exponent) <= 40)
    return {
        "model": text(model, "model"),
        "currency": text(cost, "currency") or "USD",
        "cents": number,
        "cache_creation_tokens": total,
        **{ours: count(tokens, theirs) for ours, theirs in TOKENS.items()},
        **parts,
    }


def add_up(usage: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sums: dict[tuple[str, str], dict[str, Any]] = {}
    for one in usage:
        key = (one["model"], one["currency"])
        for name, value in sums.get(key, {}).items():
            if name not in ("model", "currency"):
                known = value is not None and one[name] is not None
                one[name] = value + one[name] if known else None
        sums[key] = one
    return [sums[key] for key in sorted(sums)]


def section(value: dict[str, Any], name: str) -> dict[str, Any]:
    found: Any = value.get(name)
    must(found is None or is_object(found))
    return found or {}


def text(value: dict[str, Any], name: str, default: Any = "") -> Any:
    found = value.get(name)
    must(found is None or isinstance(found, str))
    return default if found is None else found


def exact(value: Any) -> Decimal:
    must(isinstance(value, int | str | Written) and not isinstance(value, bool))
    written = value.text if isinstance(value, Written) else str(value)
    must(re.fullmatch(NUMBER, written, re.ASCII) is not None)
    return Decimal(written)


def count(value: dict[str, Any], name: str) -> int:
    if value.get(name) is None:
        return 0
    number = exact(value[name])
    must(0 <= number <= 10**15 and number == int(number))
    return int(number)


def beside(value: Any, known: dict[str, Any]) -> dict[str, Any]:
    """What is in a section beside the known fields; null says nothing."""
    rest: dict[str, Any] = {}
    for name, item in value.items():
        if name not in known:
            if item is not None:
                rest[name] = plain(item)
        elif is_object(item) and known[name]:
            put(rest, name, beside(item, known[name]))
    return rest


def put(extra: dict[str, Any], name: str, rest: Any) -> None:
    if rest:
        extra[name] = rest


def plain(value: Any) -> Any:
    if isinstance(value, Written):
        number = float(value.text)
        return number if Decimal(repr(number)) == Decimal(value.text) else value.text
    if is_list(value):
        return [plain(item) for item in value]
    if is_object(value):
        return {name: plain(item) for name, item in value.items() if item is not None}
    return value
