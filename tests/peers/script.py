"""A careful script with requests and json: what people write when they pick no engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.peers import environments
from tests.peers.contestant import Shown, Work
from tests.peers.reading import flat_core, flat_model, json_lines


@dataclass(frozen=True)
class Script:
    """Two files of JSON lines a day, replaced when the day is fetched again."""

    name: str = "script: requests 2.34.2 + json, JSONL files by day"

    def absent(self) -> str | None:
        """Say why it cannot run here, or None."""
        return environments.absent("requests")

    def command(self, work: Work) -> Sequence[str]:
        """Give the command of one run."""
        program = str(environments.PROGRAMS / "script.py")
        arguments = (work.base_url, str(work.first), str(work.last), str(work.place))
        return (environments.python("requests"), program, *arguments)

    def environment(self, work: Work) -> Mapping[str, str]:
        """Give the variables that the command needs."""
        return {**environments.variables(work.place / "home"), "PEER_KEY": work.key}

    def shown(self, work: Work) -> Shown:
        """Read the files of all days."""
        tables = {
            table: [
                row
                for file in sorted((work.place / table).glob("*.jsonl"))
                for row in json_lines(file)
            ]
            for table in ("core", "models")
        }
        return Shown(list(map(flat_core, tables["core"])), list(map(flat_model, tables["models"])))
