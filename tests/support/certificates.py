"""Certificates for tests, made by openssl where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest


class Pair(NamedTuple):
    """PEM files; the certificate is its own authority."""

    certificate: Path
    key: Path


def make_certificate(folder: Path, name: str, *names: str) -> Pair:
    """Make a self-signed certificate for names such as `IP:127.0.0.1`; skips without openssl."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the command openssl to make certificates")
    pair = Pair(folder / f"{name}.pem", folder / f"{name}.key")
    command = [
        openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
        "-nodes", "-days", "2", "-subj", f"/CN={name}",
        "-addext", f"subjectAltName={','.join(names)}",
        "-keyout", str(pair.key), "-out", str(pair.certificate),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    return pair


_OLD = """\
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
subjectKeyIdentifier = none
authorityKeyIdentifier = none
[server]
subjectAltName = {names}
subjectKeyIdentifier = none
authorityKeyIdentifier = none
"""


def make_old_authority(folder: Path, *names: str) -> tuple[Path, Pair]:
    """Make an authority without key identifiers and key usage, and a server's pair that it signed.

    Clusters that are some years old have such ones; RFC 5280 wants more, which Python checks from
    3.13 on. Skips without openssl.
    """
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the command openssl to make certificates")
    settings = folder / "old.cnf"
    settings.write_text(_OLD.format(names=",".join(names)))
    pairs = {
        name: Pair(folder / f"old-{name}.pem", folder / f"old-{name}.key")
        for name in ("authority", "server")
    }
    signer = ["-CA", str(pairs["authority"].certificate), "-CAkey", str(pairs["authority"].key)]
    for name, pair in pairs.items():
        command = [
            openssl, "req", "-x509", "-config", str(settings), "-extensions", name,
            "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", f"/CN={name}",
            "-keyout", str(pair.key), "-out", str(pair.certificate),
            *(signer if name == "server" else []),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=30)
    return pairs["authority"].certificate, pairs["server"]
