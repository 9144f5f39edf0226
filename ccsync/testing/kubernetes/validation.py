"""What the API server does not take of a ConfigMap, in its words."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, cast

from ccsync.testing.kubernetes.statuses import bad_request, invalid

_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_LONGEST_KEY = 253


def parsed(body: bytes) -> dict[str, Any]:
    """Read an object.

    Raises:
        Refusal: it is no ConfigMap.
    """
    unreadable = (
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get "
        "version/kind; json parse error"
    )
    try:
        found: Any = json.loads(body)
    except (ValueError, UnicodeDecodeError):
        raise bad_request(unreadable) from None
    if not isinstance(found, dict):
        raise bad_request(unreadable)
    configmap = cast("dict[str, Any]", found)
    kind, version = configmap.get("kind"), configmap.get("apiVersion")
    if (kind, version) != ("ConfigMap", "v1"):
        raise bad_request(
            f"{kind} in version {json.dumps(version)} cannot be handled as a ConfigMap: "
            f"converting ({version}.{kind}) to (core.ConfigMap): unknown conversion"
        )
    for part in ("data", "binaryData"):
        values = configmap.get(part)
        if values is not None and not _is_strings(values):
            raise bad_request(
                'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot '
                f"unmarshal into Go struct field ConfigMap.{part}"
            )
    for value in values_of(configmap, "binaryData").values():
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise bad_request(
                'ConfigMap in version "v1" cannot be handled as a ConfigMap: illegal base64 data '
                "at input byte 0"
            ) from None
    return configmap


def validate(configmap: Mapping[str, Any], limit: int) -> None:
    """Check an object as a whole; `limit` is in bytes of values, those of binaryData decoded.

    Raises:
        Refusal: it is invalid, with every fault named.
    """
    name = str(configmap["metadata"]["name"])
    data, binary = values_of(configmap, "data"), values_of(configmap, "binaryData")
    faults: list[tuple[str, str, str, str]] = []
    for part, values in (("data", data), ("binaryData", binary)):
        for key in values:
            if len(key) > _LONGEST_KEY:
                faults.append(_bad_key(part, key, "must be no more than 253 characters"))
            if not _KEY.fullmatch(key) or key in {".", ".."}:
                faults.append(
                    _bad_key(
                        part,
                        key,
                        "a valid config key must consist of alphanumeric characters, '-', '_' or "
                        "'.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for "
                        "validation is '[-._a-zA-Z0-9]+')",
                    )
                )
    faults += [
        _bad_key("data", key, "duplicate of key present in binaryData")
        for key in data
        if key in binary
    ]
    if size_of(configmap) > limit:
        faults.append(("[]", "Too long", "", f"may not be more than {limit} bytes"))
    if faults:
        raise invalid(name, *faults)


def validate_update(new: Mapping[str, Any], old: Mapping[str, Any]) -> None:
    """Check that an immutable object stays what it is.

    Raises:
        Refusal: it would not.
    """
    if old.get("immutable") is not True:
        return
    detail = "field is immutable when `immutable` is set"
    faults = [("immutable", "Forbidden", "", detail)] if new.get("immutable") is not True else []
    faults += [
        (part, "Forbidden", "", detail)
        for part in ("data", "binaryData")
        if values_of(new, part) != values_of(old, part)
    ]
    if faults:
        raise invalid(str(old["metadata"]["name"]), *faults)


def values_of(configmap: Mapping[str, Any], part: str) -> dict[str, str]:
    """Give `data` or `binaryData`."""
    values = cast("dict[str, str | None]", configmap.get(part) or {})
    return {key: value or "" for key, value in values.items()}


def size_of(configmap: Mapping[str, Any]) -> int:
    """Give the bytes that count: of values, before base64; no keys, no metadata."""
    text = sum(len(value.encode()) for value in values_of(configmap, "data").values())
    binary = values_of(configmap, "binaryData").values()
    return text + sum(len(base64.b64decode(value)) for value in binary)


def _bad_key(part: str, key: str, detail: str) -> tuple[str, str, str, str]:
    return (f"{part}[{key}]", "Invalid value", json.dumps(key), detail)


def _is_strings(values: object) -> bool:
    if not isinstance(values, dict):
        return False
    held = cast("dict[object, object]", values)
    return all(isinstance(value, str | None) for value in held.values())
