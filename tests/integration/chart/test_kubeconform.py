"""kubeconform over what the chart renders, for each Kubernetes that it says it runs on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.support.helm import CHART, Helm, values_files
from tests.support.kubeconform import check, kubernetes_versions

pytestmark = pytest.mark.integration

MISTAKEN = "1.27.0"
"""Its schema wants `onPodConditions` in every rule of a podFailurePolicy; its server does not."""


TRIED = ("1.27.0", "1.29.0", "1.33.0")
"""And the newest that is here. 1.29 has native sidecars, and retries for each index."""


def versions() -> list[str]:
    """Give the versions to check against."""
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    assert chart["kubeVersion"] == f">={TRIED[0]}-0"
    return [*TRIED, kubernetes_versions()[-1]]


@pytest.mark.parametrize("version", versions())
def test_what_is_rendered_conforms(version: str, tmp_path: Path) -> None:
    helm = Helm("helm4", tmp_path)
    rendered = tmp_path / "rendered"
    rendered.mkdir()
    for values in values_files():
        done = helm.template(values, f"--kube-version={version}")
        if f"which Kubernetes v{version} lacks" in done.stderr:
            continue
        assert done.exit == 0, f"{values.name}: {done.stderr}"
        (rendered / values.name).write_text(done.stdout, "utf-8")
    assert len(list(rendered.iterdir())) >= len(values_files()) - 1
    checked = check(rendered, version, tmp_path)
    lines = checked.stdout.splitlines()
    faults = [line for line in lines if not line.startswith("Summary:")]
    if version == MISTAKEN:
        faults = [one for one in faults if "onPodConditions" not in one]
    assert not faults
    counts = re.search(r"Valid: (\d+), Invalid: (\d+), Errors: 0, Skipped: (\d+)", lines[-1])
    assert counts
    assert int(counts[1]) > 50
    assert counts[2] == "0" or version == MISTAKEN
    assert int(counts[3]) < 10


def test_a_mistake_would_be_seen(tmp_path: Path) -> None:
    helm = Helm("helm4", tmp_path)
    done = helm.template(values_files()[0])
    spoilt = tmp_path / "spoilt"
    spoilt.mkdir()
    (spoilt / "manifests.yaml").write_text(
        done.stdout.replace("backoffLimit:", "backofLimit:"), "utf-8"
    )
    checked = check(spoilt, versions()[-1], tmp_path)
    assert checked.exit == 1
    assert "backofLimit" in checked.stdout
