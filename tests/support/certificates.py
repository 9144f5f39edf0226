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
