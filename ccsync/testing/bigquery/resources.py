"""Bodies of datasets and tables: made, checked, and changed by a patch."""

from __future__ import annotations

import copy
from typing import Any, TypeAlias

from ccsync.testing.bigquery.errors import invalid
from ccsync.testing.bigquery.schema import normal, updated

_Body: TypeAlias = dict[str, Any]

_PARTITION_TYPES = ("DATE", "TIMESTAMP", "DATETIME")
_MOST_CLUSTER_FIELDS = 4
_FIXED = (
    *("kind", "etag", "id", "selfLink", "tableReference", "type", "location", "creationTime"),
    *("lastModifiedTime", "numRows", "numBytes", "streamingBuffer"),
)


def new_dataset(place: tuple[str, str], body: _Body, moment: int) -> _Body:
    """Give a dataset's resource, made at a moment in milliseconds since 1970."""
    project, dataset = place
    return {
        **copy.deepcopy(body),
        "kind": "bigquery#dataset",
        "etag": f"dataset-{moment}",
        "id": f"{project}:{dataset}",
        "datasetReference": {"projectId": project, "datasetId": dataset},
        "creationTime": str(moment),
        "lastModifiedTime": str(moment),
    }


def new_table(key: tuple[str, str, str], body: _Body, moment: int) -> _Body:
    """Give a table's or view's resource.

    Raises:
        ApiError: 400, a fault of the body.
    """
    project, dataset, table = key
    made: _Body = {
        **_spelled(
            copy.deepcopy({name: value for name, value in body.items() if value is not None})
        ),
        "kind": "bigquery#table",
        "etag": f"table-{moment}",
        "id": f"{project}:{dataset}.{table}",
        "tableReference": {"projectId": project, "datasetId": dataset, "tableId": table},
        "type": "VIEW" if body.get("view") else "TABLE",
        "creationTime": str(moment),
        "lastModifiedTime": str(moment),
    }
    _check(made)
    return made


def patched_table(name: str, before: _Body, body: _Body) -> _Body:
    """Give a table's resource after a patch; `name` is "p:d.t" for messages.

    Raises:
        ApiError: 400, what must not be changed.
    """
    changes = _spelled({key: value for key, value in body.items() if key not in _FIXED})
    after = merge(before, changes)
    if "schema" in changes and before["type"] == "TABLE":
        old, new = ((one.get("schema") or {}).get("fields") or [] for one in (before, after))
        after["schema"] = {"fields": updated(name, old, new)}
    if _partitioning(before) != _partitioning(after):
        raise invalid("Cannot change partitioning spec for a partitioned/clustered table.")
    _check(after)
    return after


def merge(before: _Body, changes: _Body) -> _Body:
    """Apply a merge patch: null takes a property away, objects are merged, the rest replaces."""
    after = dict(before)
    for name, value in changes.items():
        old = after.get(name)
        if value is None:
            after.pop(name, None)
        elif isinstance(value, dict) and isinstance(old, dict):
            after[name] = merge(old, value)
        else:
            after[name] = copy.deepcopy(value)
    return after


def _spelled(body: _Body) -> _Body:
    if (body.get("schema") or {}).get("fields"):
        return {**body, "schema": {"fields": normal(body["schema"]["fields"])}}
    return body


def _partitioning(table: _Body) -> tuple[Any, ...]:
    said = table.get("timePartitioning") or {}
    return said.get("type"), said.get("field")


def _check(table: _Body) -> None:
    """Refuse a partition or clusters that the fields do not allow."""
    by_name = {field["name"]: field for field in (table.get("schema") or {}).get("fields") or []}
    said = table.get("timePartitioning")
    if said is not None:
        if said.get("type") not in ("HOUR", "DAY", "MONTH", "YEAR"):
            raise invalid(f"Invalid value for type: {said.get('type')} is not a valid value")
        name = said.get("field")
        column = by_name.get(name)
        if name is not None and (
            column is None or column["type"] not in _PARTITION_TYPES or column["mode"] == "REPEATED"
        ):
            raise invalid(
                f"The field specified for partitioning cannot be found in the schema, or is no"
                f" date or time: {name}"
            )
    clusters: list[str] = (table.get("clustering") or {}).get("fields") or []
    if len(clusters) > _MOST_CLUSTER_FIELDS:
        raise invalid(f"Too many clustering fields: {len(clusters)}, allowed are 4")
    for name in clusters:
        if name not in by_name or by_name[name]["type"] == "RECORD":
            raise invalid(
                f"The field specified for clustering cannot be found in the schema: {name}"
            )
