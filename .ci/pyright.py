"""Runs pyright, and makes sure that it looked at the code.

Pyright succeeds over no files at all when its `include` misses, and it needs node, which comes from
the package index: where it cannot be had, the check is skipped with the reason, visibly. Exit code
0 for clean or skipped, 1 for findings or for files that it left out.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PYRIGHT = [sys.executable, "-m", "pyright"]
FOLDERS = ("ccsync", "sinks", "tests")
EXCLUDED = ROOT / "tests" / "peers" / "programs"
"""Imports packages that are in environments of their own; excluded from mypy too."""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pyright in the root of the checkout."""
    return subprocess.run(
        [*PYRIGHT, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        stdin=subprocess.DEVNULL,
    )


def main() -> int:
    """Check, report, and give the exit code."""
    started = run("--version")
    if started.returncode != 0:
        lines = (started.stderr or started.stdout).strip().splitlines() or ["it said nothing"]
        print("SKIPPED: pyright cannot be had here:", lines[-1])
        return 0
    finished = run("--outputjson", "--pythonpath", sys.executable)
    try:
        report: dict[str, Any] = json.loads(finished.stdout)
    except ValueError:
        print(finished.stdout, finished.stderr, sep="\n")
        print(f"pyright ended with {finished.returncode} and no report")
        return 1
    for finding in report["generalDiagnostics"]:
        start = finding.get("range", {}).get("start", {"line": 0, "character": 0})
        place = f"{finding.get('file', '?')}:{start['line'] + 1}:{start['character'] + 1}"
        rule = finding.get("rule", "")
        print(f"{place}: {finding['severity']}: {finding['message']} {rule and f'[{rule}]'}")
    every = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    present = sum(1 for path in every if EXCLUDED not in path.parents)
    counts = report["summary"]
    analyzed, errors, warnings = (
        int(counts[name]) for name in ("filesAnalyzed", "errorCount", "warningCount")
    )
    print(f"pyright: {analyzed} files, {errors} errors, {warnings} warnings")
    if analyzed < present:
        print(f"pyright looked at {analyzed} files, but there are {present}: see [tool.pyright]")
        return 1
    return 1 if errors or warnings or finished.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
