"""A double of the Kubernetes API server, for one ConfigMap and one service account.

    double.py       what a test starts: rights, troubles, the mount; what becomes of a request
    server.py       HTTP or HTTPS on loopback
    objects.py      reading and replacing ConfigMaps as the API server does
    validation.py   what it does not take, in its words
    statuses.py     its errors

    with KubernetesDouble(tmp_path) as cluster:
        cluster.create()
        store = open_store(cluster.url())

It is strict where the real one is, and says it in the same words (compared with 1.36.3): RBAC by
verb and name, compare and swap by `resourceVersion`, 1 MiB of values, immutable objects, base64,
names of keys.
"""

from __future__ import annotations

from ccsync.testing.kubernetes.double import Fault, KubernetesDouble

__all__ = ["Fault", "KubernetesDouble"]
