"""`state: kubernetes://configmap/NAME`: ledger and memory in one ConfigMap.

    address.py     what the URL says
    access.py      where the API server is, and as whom we ask: what a pod finds mounted
    api.py         reading and replacing the one object; what its answers mean
    refusals.py    what to do about those that only a person can help with (words only)
    configmap.py   the object's content: ledger, memory, what is dropped when it is full (pure)
    store.py       the state store: compare and swap over all of that

The verbs get and update on that one name are all that is needed; nothing is created, listed or
watched. The content holds actor ids, which are personal data: whoever may read ConfigMaps of the
namespace may read it.
"""

from __future__ import annotations

from ccsync.state.kubernetes.store import KubernetesStore, open_store

__all__ = ["KubernetesStore", "open_store"]
