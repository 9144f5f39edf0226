"""What to do about answers of the API server that only a person can help with. Words only."""

from __future__ import annotations

from ccsync.state.kubernetes.address import Address

_ELSEWHERE = (
    "Let state: be a bucket (gs://..., s3://...) or a directory on a volume (file:///...) instead"
)


def missing(address: Address, namespace: str) -> str:
    """Say that there is no ConfigMap of that name (404)."""
    return (
        f"the state at {address} is not there: namespace {namespace} has no ConfigMap "
        f"{address.name}, or there is no such namespace. The chart makes it; by hand: kubectl "
        f"create configmap {address.name} --namespace {namespace}"
    )


def forbidden(address: Address, namespace: str, said: str) -> str:
    """Say which Role is needed (403)."""
    return (
        f"the state at {address} was refused: {said}. The pod's service account needs a "
        f"RoleBinding in namespace {namespace} to a Role with:\n"
        "rules:\n"
        '- apiGroups: [""]\n'
        "  resources: [configmaps]\n"
        f"  resourceNames: [{address.name}]\n"
        "  verbs: [get, update]"
    )


def unauthorized(address: Address, server: str) -> str:
    """Say that the token counts for nothing (401)."""
    return (
        f"the state at {address}: the API server {server} does not accept the token in "
        f"{address.mount}. It may be of another cluster, or of a service account or pod that was "
        "deleted; a token made by hand may have expired"
    )


def immutable(address: Address) -> str:
    """Say that it can never be changed."""
    return (
        f"the state at {address} cannot be written: the ConfigMap is immutable. Delete it and make "
        "it anew without `immutable: true`; keep a copy of its binaryData if it has any"
    )


def invalid(address: Address, said: str) -> str:
    """Repeat why the API server does not take the object (422, 400, 413)."""
    return f"the state at {address} was not taken: {said}"


def too_large(address: Address, ledger: int, foreign: int, limit: int) -> str:
    """Say that even without any memory it does not fit; sizes in bytes."""
    others = f" and {foreign:,} of keys that are not ours" if foreign else ""
    return (
        f"the state at {address} is full: the ledger alone takes {ledger:,} bytes{others}, and "
        f"{limit:,} is all that a ConfigMap holds. Nothing was written. {_ELSEWHERE}"
    )


def no_api(address: Address, server: str, said: str) -> str:
    """Say that something else answers there."""
    return (
        f"the state at {address}: {server} does not answer as an API server does ({said}). Does "
        "KUBERNETES_SERVICE_HOST, or api= in the address, name another server, or a proxy?"
    )


def untrusted(address: Address, server: str, said: str) -> str:
    """Say that the connection is not trusted."""
    return (
        f"the state at {address}: the certificate of {server} is not trusted ({said}). "
        f"{address.mount / 'ca.crt'} is to hold the CA of this very cluster"
    )


def foreign_content(address: Address, key: str) -> str:
    """Say that one of our keys holds what we did not write."""
    return (
        f"the state at {address} cannot be read: {key} is not what ccsync writes. It was left as "
        "it is. Restore it from a backup, or remove that key: every day since sync.start is then "
        "delivered again"
    )
