"""A Singer tap: messages on standard output, upserted by key as the targets for databases do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.peers import environments
from tests.peers.contestant import Shown, Work
from tests.peers.reading import Json, flat_core, flat_model, json_lines, without_half_a_line


@dataclass(frozen=True)
class Singer:
    """The state is the last one on standard output, handed to the next run as runners do."""

    name: str = "singer-sdk 0.54.9, Singer messages upserted"

    def absent(self) -> str | None:
        """Say why it cannot run here, or None."""
        return environments.absent("singer")

    def command(self, work: Work) -> Sequence[str]:
        """Write settings and state, and give the command."""
        settings, state = work.place / "config.json", work.place / "state.json"
        said = {"base_url": work.base_url, "key": work.key}
        span = {"first": str(work.first), "last": str(work.last)}
        settings.write_text(json.dumps({**said, **span}), "utf-8")
        program = str(environments.PROGRAMS / "tap.py")
        command = (environments.python("singer"), program, "--config", str(settings))
        without_half_a_line(work.place / "stdout")
        found = [m["value"] for m in json_lines(work.place / "stdout") if m["type"] == "STATE"]
        if not found:
            return command
        state.write_text(json.dumps(found[-1]), "utf-8")
        return (*command, "--state", str(state))

    def environment(self, work: Work) -> Mapping[str, str]:
        """Give the variables that the command needs."""
        return environments.variables(work.place / "home")

    def shown(self, work: Work) -> Shown:
        """Upsert every record by the key properties of its schema."""
        keys: dict[str, list[str]] = {}
        tables: dict[str, dict[tuple[Any, ...], Json]] = {"core": {}, "models": {}}
        for message in json_lines(work.place / "stdout"):
            if message["type"] == "SCHEMA":
                keys[message["stream"]] = message["key_properties"]
            elif message["type"] == "RECORD":
                row = message["record"]
                key = tuple(row[name] for name in keys[message["stream"]])
                tables[message["stream"]][key] = row
        return Shown(
            [flat_core(row) for row in tables["core"].values()],
            [flat_model(row) for row in tables["models"].values()],
        )
