"""What is made from the chart: its schema, the table of its values, its package.

.venv/bin/python .ci/chart              refresh values.schema.json and the table in README.md
.venv/bin/python .ci/chart check        say which of them are stale; exit code 1 if any is
.venv/bin/python .ci/chart package      pack it into dist/
.venv/bin/python .ci/chart push REPO [OPTION]...
                                        pack and push it to oci://..., unless it is there;
                                        options of `helm push`, as --ca-file=FILE
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from publish import PublishError, package, push
from table import put_table
from values import read
from values_schema import values_schema

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "helm" / "ccsync"
DIST = ROOT / "dist"


def generated() -> dict[Path, str]:
    """Give what the generated files should hold.

    Raises:
        ValueError: values.yaml, the schema's source and the README do not fit together.
    """
    values = read(CHART / "values.yaml")
    schema = values_schema(values)
    text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    readme = CHART / "README.md"
    table = put_table(readme.read_text("utf-8"), values, schema)
    return {CHART / "values.schema.json": text, readme: table}


def refresh(*, only_check: bool) -> int:
    """Write what is stale, or only name it; gives the exit code."""
    stale = [
        (path, text)
        for path, text in generated().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]
    for path, text in stale:
        name = path.relative_to(ROOT)
        if only_check:
            print(f"{name} is stale: `make chart` refreshes it")
        else:
            path.write_text(text, "utf-8")
            print(f"wrote {name}")
    return 1 if stale and only_check else 0


def main(arguments: list[str]) -> int:
    """Do what the command line says, and give the exit code."""
    try:
        match arguments:
            case [] | ["check"]:
                return refresh(only_check=bool(arguments))
            case ["package"]:
                return refresh(only_check=True) or _say(package(CHART, DIST))
            case ["push", repository, *options]:
                return refresh(only_check=True) or _say(push(CHART, DIST, repository, options))
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except (ValueError, PublishError) as error:
        print(f"chart: {error}", file=sys.stderr)
        return 1


def _say(what: object) -> int:
    print(what)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
