"""From a row that does not have the documented shape to one that has, and what is left over.

The API may add fields without notice, and has been described in two shapes; old recordings lack
newer fields. So a row may spell numbers as strings or whole floats, split its cache tokens, leave
sections out, name a new kind of actor, and say things that we do not know. Nothing of that is lost:
unknown fields go to `extra`, at their path. What cannot be meant (a negative count, a list where a
name belongs) makes the row unreadable.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from decimal import Decimal
from typing import Any, cast

import msgspec

from ccsync.records import JsonObject
from ccsync.source.numerals import Numeral, exact
from ccsync.source.wire import MAX_COUNT

_MAX_DEPTH = 32
"""Deeper than this no field is nested; what encodes records must be able to follow."""

_INT64 = 2**63

_DIMENSIONS = ("customer_type", "subscription_type", "terminal_type")
_SECTIONS = ("actor", "core_metrics", "tool_actions", "model_breakdown")
_ROW: Set[str | None] = frozenset(
    ("date", "organization_id", "is_remote", *_DIMENSIONS, *_SECTIONS)
)
_CORE = ("num_sessions", "commits_by_claude_code", "pull_requests_by_claude_code")
_LINES = ("added", "removed")
_DECISIONS = ("accepted", "rejected")
_TOKENS = ("input", "output", "cache_read")
_CACHE_PARTS = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
_IDENTIFIERS = ("email_address", "api_key_name", "user_id", "service_account_id", "id")
"""What may identify an actor, best first; then any `*_id`, then any kind of name."""

_decode = msgspec.json.Decoder(float_hook=Numeral).decode
_encode_sorted = msgspec.json.Encoder(order="deterministic").encode


class UnreadableError(ValueError):
    """A row says what cannot be meant. The message names the field and shows no value."""


def tidy(raw: bytes | msgspec.Raw) -> tuple[JsonObject, JsonObject | None]:
    """Give the row in the documented shape, and its `extra`.

    Raises:
        ValueError: the row cannot be read.
    """
    row = _object(_decode(raw), "the row")
    extra = _unknown(row, _ROW)
    documented: JsonObject = {
        "date": _text(row.get("date"), "date"),
        "organization_id": _text(row.get("organization_id"), "organization_id"),
        "actor": _actor(row.get("actor"), extra),
        "core_metrics": _core_metrics(row.get("core_metrics"), extra),
        "tool_actions": _tool_actions(row.get("tool_actions"), extra),
        "model_breakdown": _model_breakdown(row.get("model_breakdown"), extra),
        "is_remote": _flag(row.get("is_remote"), "is_remote"),
    }
    for name in _DIMENSIONS:
        if row.get(name) is not None:
            documented[name] = _text(row[name], name)
    return documented, extra or None


def _actor(value: object, extra: JsonObject) -> JsonObject:
    actor = _object(value, "actor")
    kind = _text(actor.get("type"), "actor.type")
    for name in ("email_address", "api_key_name"):
        _text(actor.get(name), f"actor.{name}")
    chosen = _identifier(actor)
    # An empty e-mail address says nothing; beside an identifier it is not worth an `extra`.
    empty = [name for name in _IDENTIFIERS if actor.get(name) == ""]
    _leave(extra, "actor", _unknown(actor, {"type", chosen, *empty}))
    return {"type": "tidied", "kind": kind, "id": actor[chosen] if chosen else ""}


def _identifier(actor: JsonObject) -> str | None:
    """Choose the field that identifies the actor."""
    names = sorted(actor.keys() - {"type"})
    by_id = [name for name in names if name.endswith("_id")]
    by_name = [name for name in names if name.endswith(("name", "email"))]
    for name in (*_IDENTIFIERS, *by_id, *by_name):
        value = actor.get(name)
        if isinstance(value, str) and value:
            return name
    return None


def _core_metrics(value: object, extra: JsonObject) -> JsonObject:
    core = _object(value, "core_metrics")
    lines = _object(core.get("lines_of_code"), "core_metrics.lines_of_code")
    unknown = _unknown(core, {*_CORE, "lines_of_code"})
    _leave(unknown, "lines_of_code", _unknown(lines, {*_LINES}))
    _leave(extra, "core_metrics", unknown)
    return {
        **_counts(core, _CORE, "core_metrics"),
        "lines_of_code": _counts(lines, _LINES, "core_metrics.lines_of_code"),
    }


def _tool_actions(value: object, extra: JsonObject) -> JsonObject:
    documented: JsonObject = {}
    left: JsonObject = {}
    for tool, actions in _object(value, "tool_actions").items():
        path = f"tool_actions.{tool}"
        decisions = _object(actions, path)
        documented[tool] = _counts(decisions, _DECISIONS, path)
        _leave(left, tool, _unknown(decisions, {*_DECISIONS}))
    _leave(extra, "tool_actions", left)
    return documented


def _model_breakdown(value: object, extra: JsonObject) -> list[JsonObject]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnreadableError(f"model_breakdown: expected a list, found {_kind(value)}")
    documented: list[JsonObject] = []
    left: list[JsonObject] = []
    for index, item in enumerate(cast("list[object]", value)):
        path = f"model_breakdown[{index}]"
        if item is None:
            raise UnreadableError(f"{path}: expected an object, found null")
        model, unknown = _model(_object(item, path), path)
        documented.append(model)
        if unknown:
            left.append({"model": model["model"], **unknown})
    if left:
        # The order of the models in a row means nothing, so it must not be seen here either.
        extra["model_breakdown"] = sorted(left, key=_encode_sorted)
    return documented


def _model(item: JsonObject, path: str) -> tuple[JsonObject, JsonObject]:
    tokens = _object(item.get("tokens"), f"{path}.tokens")
    cost = _object(item.get("estimated_cost"), f"{path}.estimated_cost")
    created, split = _cache_creation(tokens.get("cache_creation"), f"{path}.tokens.cache_creation")
    left = _unknown(tokens, {*_TOKENS, "cache_creation"})
    _leave(left, "cache_creation", split)
    unknown = _unknown(item, {"model", "tokens", "estimated_cost"})
    _leave(unknown, "tokens", left)
    _leave(unknown, "estimated_cost", _unknown(cost, {"amount", "currency"}))
    amount = cost.get("amount")
    return {
        "model": _text(item.get("model"), f"{path}.model"),
        "tokens": {**_counts(tokens, _TOKENS, f"{path}.tokens"), "cache_creation": created},
        "estimated_cost": {
            "amount": 0 if amount is None else amount,
            "currency": _text(cost.get("currency"), f"{path}.estimated_cost.currency") or "USD",
        },
    }, unknown


def _cache_creation(value: object, path: str) -> tuple[int | JsonObject, JsonObject]:
    """Read a number, or an object that splits it; a part that is left out of a split is 0."""
    if _kind(value) != "an object":
        return _count(value, path), {}
    split = _object(value, path)
    unknown = _unknown(split, {*_CACHE_PARTS})
    if split.keys().isdisjoint(_CACHE_PARTS):
        return 0, unknown
    return _counts(split, _CACHE_PARTS, path), unknown


def _object(value: object, path: str) -> JsonObject:
    if value is None and path != "the row":
        return {}
    if not isinstance(value, dict):
        raise UnreadableError(f"{path}: expected an object, found {_kind(value)}")
    return cast(JsonObject, value)


def _text(value: object, path: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnreadableError(f"{path}: expected a string, found {_kind(value)}")
    return value


def _flag(value: object, path: str) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise UnreadableError(f"{path}: expected true or false, found {_kind(value)}")


def _counts(section: JsonObject, names: Iterable[str], path: str) -> dict[str, Any]:
    """Read some counts of a section; most are what they should be."""
    return {
        name: value
        if type(value := section.get(name)) is int and 0 <= value <= MAX_COUNT
        else _count(value, f"{path}.{name}")
        for name in names
    }


def _count(value: object, path: str) -> int:
    """Read a whole number that is not negative; nothing is 0."""
    if value is None:
        return 0
    if isinstance(value, Numeral):
        value = value.text
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise UnreadableError(f"{path}: expected a number, found {_kind(value)}")
    try:
        number = Decimal(value) if isinstance(value, int) else exact(value)
    except ValueError as error:
        raise UnreadableError(f"{path}: expected a number, found {error}") from None
    if number < 0:
        raise UnreadableError(f"{path}: a count cannot be negative")
    if number > MAX_COUNT:
        raise UnreadableError(f"{path}: a count cannot be that large")
    if number != number.to_integral_value():
        raise UnreadableError(f"{path}: a count cannot have a fraction")
    return int(number)


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | Numeral():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "an object"


def _leave(extra: JsonObject, name: str, unknown: JsonObject) -> None:
    if unknown:
        extra[name] = unknown


def _unknown(section: JsonObject, known: Set[str | None]) -> JsonObject:
    """Give the fields that nobody here knows. Null ones say nothing, and would rename old days."""
    if section.keys() <= known:
        return {}
    return {
        name: _plain(value, 1)
        for name, value in section.items()
        if name not in known and value is not None
    }


def _plain(value: Any, depth: int) -> Any:
    """Give a value that every encoder can write without loss: numbers it could not are strings."""
    if depth > _MAX_DEPTH:
        raise UnreadableError("an unknown field is nested too deeply")
    match value:
        case Numeral():
            return _float(value.text)
        case bool():
            return value
        case int():
            return value if -_INT64 <= value < _INT64 else str(value)
        case list():
            return [_plain(item, depth + 1) for item in cast("list[object]", value)]
        case dict():
            fields = cast(JsonObject, value)
            return {
                name: _plain(item, depth + 1) for name, item in fields.items() if item is not None
            }
        case _:
            return value


def _float(text: str) -> float | str:
    """Give the float that is written back as the same number, or else the text."""
    number = float(text)
    try:
        return number if Decimal(repr(number)) == exact(text) else text
    except ValueError:
        return text
