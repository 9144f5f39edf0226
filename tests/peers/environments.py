"""Where `make peers` puts the other programs: one virtual environment per engine, pinned."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(__file__).with_name("programs")

_REQUIREMENTS = Path(__file__).with_name("requirements")
_PEERS = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ccsync" / "peers"


def python(environment: str) -> str:
    """Give the interpreter of an environment."""
    return command(environment, "python")


def command(environment: str, name: str) -> str:
    """Give a command that was installed into an environment."""
    return str(_PEERS / environment / "bin" / name)


def absent(environment: str) -> str | None:
    """Say why an environment can not be used, or None."""
    stamp = _PEERS / environment / ".stamp"
    try:
        made_from = stamp.read_text("utf-8")
    except OSError:
        return f"{stamp.parent} is not there: run `make peers`, and read what it says"
    if made_from != (_REQUIREMENTS / f"{environment}.txt").read_text("utf-8"):
        return f"{stamp.parent} was made from other versions: run `make peers`"
    return None


def variables(home: Path) -> Mapping[str, str]:
    """Give what every program is started with: a home of its own, and no way but the loopback."""
    home.mkdir(parents=True, exist_ok=True)
    return {
        "HOME": str(home),
        **{f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "CACHE", "STATE")},
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }
