"""Where the API server is and as whom we ask: what every pod finds in its environment and mount."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

from ccsync.errors import StateRefused
from ccsync.state.kubernetes.address import Address

_OUTSIDE = (
    "Outside of a cluster use another state:, or run `kubectl proxy` and add "
    "api=http://127.0.0.1:8001 and namespace=NAMESPACE to this one"
)

# Plain http checks no certificates; loading the authorities for it would cost 20 ms.
_TRUST_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Access:
    """Reads what the kubelet wrote; the token anew each time, because it is replaced meanwhile."""

    def __init__(self, address: Address, environ: Mapping[str, str] = os.environ) -> None:
        """Take the address; nothing is read yet."""
        self._address = address
        self._environ = environ

    @property
    def server(self) -> str:
        """The API server's address.

        Raises:
            StateRefused: this is no pod.
        """
        if self._address.api is not None:
            return self._address.api.rstrip("/")
        host = self._environ.get("KUBERNETES_SERVICE_HOST", "")
        port = self._environ.get("KUBERNETES_SERVICE_PORT", "443")
        if not host:
            raise StateRefused(
                f"the state at {self._address} can be reached from a pod only: the variable "
                f"KUBERNETES_SERVICE_HOST is not set here. {_OUTSIDE}"
            )
        return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"

    @property
    def namespace(self) -> str:
        """The namespace of the ConfigMap.

        Raises:
            StateRefused: neither the address nor the mount names one.
        """
        return self._address.namespace or self._read("namespace")

    @property
    def token(self) -> str | None:
        """The token as it is now; None where somebody else logs in for us (`kubectl proxy`).

        Raises:
            StateRefused: there is none.
        """
        if self._address.api is not None and not (self._address.mount / "token").exists():
            return None
        return self._read("token")

    def tls(self) -> ssl.SSLContext | bool:
        """Give whom to trust: the cluster's CA; the usual ones outside, where none is mounted.

        Raises:
            StateRefused: the CA cannot be read.
        """
        path = self._address.mount / "ca.crt"
        if self._address.api is not None and not path.exists():
            return True if self._address.api.lower().startswith("https:") else _TRUST_NOBODY
        try:
            context = ssl.create_default_context(cadata=self._read("ca.crt"))
        except ssl.SSLError as error:
            raise StateRefused(
                f"the state at {self._address}: {path} holds no certificate ({error})"
            ) from error
        # Python 3.13 began to want key identifiers and more, which CAs of older clusters (EKS,
        # microk8s) lack. Who signed, until when and for which name is checked as ever.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        return context

    def _read(self, name: str) -> str:
        path: Path = self._address.mount / name
        try:
            content = path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise StateRefused(
                f"the state at {self._address} needs {path}: {reason}. Let the pod have the token "
                f"of its service account (automountServiceAccountToken: true). {_OUTSIDE}"
            ) from error
        if not content:
            raise StateRefused(f"the state at {self._address} needs {path}, which is empty")
        return content
