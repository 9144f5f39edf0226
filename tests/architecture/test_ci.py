"""What runs before a change lands: the same file everywhere, on every Python that we promise."""

from __future__ import annotations

import os
import re
from typing import Any, cast

import yaml

from tests.architecture.repository import ROOT, supported_pythons

WORKFLOW = ROOT / ".github/workflows/ci.yml"


def jobs() -> dict[str, Any]:
    """Give the jobs of the workflow."""
    return cast("dict[str, Any]", yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"])


def test_the_workflow_tries_every_supported_python() -> None:
    assert jobs()["run"]["strategy"]["matrix"]["python"] == supported_pythons()


def test_the_workflow_runs_what_a_developer_runs() -> None:
    assert [step["run"] for step in jobs()["run"]["steps"] if "run" in step] == [".ci/run"]
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_the_workflow_has_no_rights_to_write() -> None:
    assert yaml.safe_load(WORKFLOW.read_text("utf-8"))["permissions"] == {}
    granted = [job.get("permissions", {}) for job in jobs().values()]
    assert all(set(one.items()) <= {("contents", "read")} for one in granted)


def test_actions_are_pinned_by_commit() -> None:
    used = re.findall(r"uses: *(\S+)", WORKFLOW.read_text("utf-8"))
    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", one) for one in used), used
