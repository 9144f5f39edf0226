"""Reads bodies for Datadog's API with its client library.

`datadog-models Dashboard|Monitor FILE...` prints what the typed models do not know, by line, and
then ends with 1.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datadog_api_client import Configuration
from datadog_api_client.model_utils import (
    ModelComposed,
    ModelNormal,
    UnparsedObject,
    validate_and_convert_types,
)
from datadog_api_client.v1.models import Dashboard, Monitor

KINDS = {"Dashboard": Dashboard, "Monitor": Monitor}


def main(arguments: list[str]) -> int:
    """Read each file as what the first argument says."""
    if not arguments:
        return 0
    kind, *files = arguments
    faults = [f"{file}: {fault}" for file in files for fault in read(KINDS[kind], Path(file))]
    print("\n".join(faults), end="\n" if faults else "")
    return int(bool(faults))


def read(kind: Any, file: Path) -> Iterator[str]:
    """Give the faults of a file."""
    body = json.loads(file.read_text("utf-8"))
    try:
        path, configuration = ["body"], Configuration()
        model = validate_and_convert_types(body, (kind,), path, True, True, configuration)
    except (TypeError, ValueError) as error:  # something required is not there, for one
        yield str(error)
        return
    yield from unknown(model, "body")


def unknown(value: Any, path: str) -> Iterator[str]:
    """Give what a model could not read, and fields that it does not name."""
    if isinstance(value, UnparsedObject) or getattr(value, "_unparsed", False) is True:
        yield f"{path}: not a {type(value).__name__}"
    if isinstance(value, ModelComposed):
        for one in value._composed_instances:
            yield from unknown(one, path)
    elif isinstance(value, ModelNormal):
        for name, inner in value._data_store.items():
            if name not in type(value).attribute_map and not name.startswith("_"):
                yield f"{path}.{name}: unknown to {type(value).__name__}"
            yield from unknown(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from unknown(inner, f"{path}[{place}]")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
