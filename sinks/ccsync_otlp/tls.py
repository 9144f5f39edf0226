"""Certificates: the files are tried before use, and faults of a handshake get their meaning."""

from __future__ import annotations

import re
import ssl
from pathlib import Path

from ccsync.errors import SinkRefused
from ccsync_otlp.endpoint import Endpoint

UNTRUSTED = (
    "its certificate is not trusted: set tls.ca_file (or OTEL_EXPORTER_OTLP_CERTIFICATE) to the "
    "PEM file of the authority that signed it"
)
WRONG_NAME = "its certificate is for another name; use the name that it is for in `endpoint`"
EXPIRED = "its certificate has expired or is not valid yet; renew it, or set this clock right"
WANTS_CERTIFICATE = (
    "it wants a certificate of ours, or another one than ours: set tls.certificate_file and "
    "tls.key_file"
)
NOT_ENCRYPTED = "it does not speak TLS; use http:// in `endpoint`, if that is what is meant"

# Python's own TLS and the one inside grpc use different words for the same.
_MEANINGS = (
    (r"WRONG_VERSION_NUMBER|HTTP_REQUEST|UNKNOWN_PROTOCOL", NOT_ENCRYPTED),
    (r"mismatch|doesn.t match|not valid for|Hostname Verification|Peer name", WRONG_NAME),
    (r"has expired|not yet valid|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID", EXPIRED),
    (r"CERTIFICATE_VERIFY_FAILED", UNTRUSTED),
    (r"CERTIFICATE.REQUIRED|ALERT.(?:BAD.CERTIFICATE|UNKNOWN.CA|CERTIFICATE)", WANTS_CERTIFICATE),
)


def meaning_of(text: str) -> str | None:
    """Say what a fault of TLS means for a user; None when it may go away by itself."""
    return next(
        (meaning for words, meaning in _MEANINGS if re.search(words, text, re.IGNORECASE)), None
    )


def lenient(context: ssl.SSLContext) -> ssl.SSLContext:
    """Let authorities of older clusters and of companies' proxies be trusted on any Python.

    Python 3.13 began to want key identifiers and more, which they often lack. Who signed, until
    when and for which name is checked as ever.
    """
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def check_files(endpoint: Endpoint) -> None:
    """Try what would otherwise fail at the first request, without naming the file.

    Raises:
        SinkRefused: a file cannot be used; names it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if endpoint.ca_file is not None:
        try:
            context.load_verify_locations(Path(endpoint.ca_file))
        except (OSError, ssl.SSLError) as error:
            raise SinkRefused(_unusable("tls.ca_file", endpoint.ca_file, error)) from None
    if endpoint.certificate_file is not None:
        pair = (endpoint.certificate_file, endpoint.key_file)
        try:
            # An encrypted key would ask for its password on the terminal.
            context.load_cert_chain(*pair, password=_no_password)
        except (OSError, ssl.SSLError, ValueError) as error:
            shown = " and ".join(one for one in pair if one is not None)
            what = _unusable("tls.certificate_file and tls.key_file", shown, error)
            raise SinkRefused(what) from None


def _no_password() -> str:
    raise ValueError("the private key is encrypted; it is needed without a password")


def _unusable(setting: str, path: str, error: Exception) -> str:
    why = str(error)
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
        why = error.strerror or why
    return (
        f"{setting} (or its OTEL_EXPORTER_OTLP_... variable): {path} cannot be used: {why}. "
        "Expected is a readable PEM file"
    )
