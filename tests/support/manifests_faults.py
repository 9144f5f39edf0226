"""Every rule at once: what is wrong with the manifests of a release."""

from __future__ import annotations

from collections.abc import Iterator, Set

from tests.support import (
    manifests_jobs,
    manifests_objects,
    manifests_pods,
    manifests_security,
    manifests_together,
)
from tests.support.manifests import Fault, Json, pod_of, title


def faults(manifests: list[Json], existing: Set[str] = frozenset()) -> list[str]:
    """Give everything that an API server would refuse, or a person would regret.

    Args:
        manifests: all of a release.
        existing: names of objects that somebody else makes.
    """
    found = [f"{title(manifest)}: {fault}" for manifest in manifests for fault in _of_one(manifest)]
    return [*found, *map(str, manifests_together.faults(manifests, existing))]


def _of_one(manifest: Json) -> Iterator[Fault]:
    yield from manifests_objects.faults(manifest)
    yield from manifests_jobs.faults(manifest)
    if (pod := pod_of(manifest)) is not None:
        yield from manifests_pods.faults(pod)
        yield from manifests_security.restricted(pod)
        yield from manifests_security.hardened(pod)
        yield from manifests_jobs.lasting(manifest)
