"""What a `kubernetes://` URL says."""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from ccsync.errors import SettingsError

MOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a pod finds token, CA and namespace of its service account."""

_NAME = re.compile(r"[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?")
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_HOW = "write kubernetes://configmap/NAME, and ?namespace=NAMESPACE if it is not the pod's own"


@dataclass(frozen=True)
class Address:
    """One ConfigMap, and how to get there."""

    name: str
    namespace: str | None = None
    """None: the pod's own."""

    mount: Path = MOUNT
    api: str | None = None
    """The API server's address without a path; None: the one that a pod's environment names."""

    def __str__(self) -> str:
        """Give it as it is shown, and compared by people."""
        namespace = f"?namespace={self.namespace}" if self.namespace else ""
        return f"kubernetes://configmap/{self.name}{namespace}"


def parse(url: str) -> Address:
    """Read `kubernetes://configmap/NAME[?namespace=NS][&mount=DIRECTORY][&api=ADDRESS]`.

    `mount` is for a token volume that is projected elsewhere. `api` is for outside of a cluster:
    `kubectl proxy` answers at http://127.0.0.1:8001 as whoever started it, and needs no token.

    Raises:
        SettingsError: it names no ConfigMap, or says something that is not understood.
    """
    parts = urllib.parse.urlsplit(url)
    kind, name = parts.netloc, urllib.parse.unquote(parts.path.removeprefix("/"))
    if kind != "configmap" or parts.fragment:
        raise SettingsError(f"state: {url!r}: only a ConfigMap can hold the state; {_HOW}")
    if not _NAME.fullmatch(name):
        raise SettingsError(f"state: {url!r}: {name!r} is no name of a ConfigMap; {_HOW}")
    said = urllib.parse.parse_qs(parts.query, keep_blank_values=True)
    unknown = sorted(said.keys() - {"namespace", "mount", "api"})
    if unknown:
        raise SettingsError(f"state: {url!r}: {unknown[0]!r} is not understood; {_HOW}")
    twice = sorted(key for key, values in said.items() if len(values) > 1)
    if twice:
        raise SettingsError(f"state: {url!r} says {twice[0]} twice")
    options = {key: values[0] for key, values in said.items()}
    namespace = options.get("namespace")
    if namespace is not None and not _NAMESPACE.fullmatch(namespace):
        raise SettingsError(f"state: {url!r}: {namespace!r} is no name of a namespace; {_HOW}")
    mount = Path(options.get("mount", MOUNT))
    if not mount.is_absolute():
        raise SettingsError(f"state: {url!r}: mount is no absolute path: {str(mount)!r}")
    api = options.get("api")
    if api is not None:
        _check_api(url, api)
    return Address(name, namespace, mount, api)


def _check_api(url: str, api: str) -> None:
    parts = urllib.parse.urlsplit(api)
    plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not (plain or parts.scheme == "https") or not parts.hostname:
        raise SettingsError(
            f"state: {url!r}: api is to be an https address, or plain http on this machine, as of "
            "`kubectl proxy`: http://127.0.0.1:8001"
        )
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise SettingsError(f"state: {url!r}: api is to be an address without path or login")
