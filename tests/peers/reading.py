"""Reads what destinations hold into rows that can be compared."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from tests.peers.contestant import Core, Identity, Model, Shown
from tests.peers.environments import PROGRAMS, python

Json = dict[str, Any]

TOKENS = ("input", "output", "cache_read", "cache_creation")


def json_lines(path: Path) -> Iterator[Json]:
    """Give the objects of a file of JSON lines that killed programs may have written too.

    Half a line is left out; where the next program's first line is glued to it, that one counts.
    """
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            found = _whole_object(line.strip())
            if found is not None:
                yield found


def without_half_a_line(path: Path) -> None:
    """Cut off the half line of a killed program: a pipe to a destination would lose it as well."""
    if not path.exists():
        return
    with path.open("rb+") as file:
        text = file.read()
        file.truncate(text.rfind(b"\n") + 1)


def _whole_object(line: str) -> Json | None:
    start = line.find("{")
    while start >= 0:
        try:
            found = json.loads(line[start:], parse_float=Decimal)
        except ValueError:
            start = line.find('{"', start + 1)
        else:
            return cast("Json", found) if isinstance(found, dict) else None
    return None


def duckdb_rows(environment: str, file: Path, *tables: str) -> Iterator[Json]:
    """Give the rows of DuckDB tables, each with the name of its table; none for absent ones.

    Money and other decimals come as strings, dates as ISO dates.

    Raises:
        AssertionError: the reader in the engine's environment failed.
    """
    program = [python(environment), str(PROGRAMS / "duckdb_rows.py"), str(file), *tables]
    with subprocess.Popen(
        program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout is not None
        assert reader.stderr is not None
        for line in reader.stdout:
            yield json.loads(line)
        complaint = reader.stderr.read()
    assert reader.returncode == 0, f"{file} could not be read back: {complaint}"


def api_row(row: Json) -> tuple[Core, list[Model]]:
    """Read a row as the API says it, in the documented shape."""
    actor, core = row["actor"], row["core_metrics"]
    identity = _identity(
        {
            **row,
            "actor_type": actor["type"],
            "actor_id": actor.get("email_address") or actor.get("api_key_name") or "",
        }
    )
    tools: Json = row.get("tool_actions") or {}
    return (
        Core(
            identity,
            core["num_sessions"],
            core["lines_of_code"]["added"],
            core["lines_of_code"]["removed"],
            core["commits_by_claude_code"],
            core["pull_requests_by_claude_code"],
            _tools((tool, said["accepted"], said["rejected"]) for tool, said in tools.items()),
        ),
        [_api_model(identity, model) for model in row.get("model_breakdown") or ()],
    )


def _api_model(identity: Identity, model: Json) -> Model:
    tokens, cost = model["tokens"], model["estimated_cost"]
    counts = (tokens[TOKENS[0]], tokens[TOKENS[1]], tokens[TOKENS[2]], tokens[TOKENS[3]])
    return Model(identity, model["model"], cost["currency"], counts, Decimal(str(cost["amount"])))


def flat_core(row: Json) -> Core:
    """Read a row of a core table: record fields, `tool_actions` as the API's map."""
    tools = row["tool_actions"]
    if isinstance(tools, str):
        tools = json.loads(tools)
    return Core(
        _identity(row),
        row["sessions"],
        row["lines_added"],
        row["lines_removed"],
        row["commits"],
        row["pull_requests"],
        _tools((tool, said["accepted"], said["rejected"]) for tool, said in tools.items()),
    )


def flat_model(row: Json) -> Model:
    """Read a row of a model table: the identity's fields, then those of the model."""
    return model_of(_identity(row), row, Decimal(str(row["cents"])))


def model_of(identity: Identity, row: Json, cents: Decimal) -> Model:
    """Read the fields of a model whose owner and cost are known."""
    tokens = (
        row["input_tokens"],
        row["output_tokens"],
        row["cache_read_tokens"],
        row["cache_creation_tokens"],
    )
    return Model(identity, row["model"], row["currency"], tokens, cents)


def record(row: Json) -> tuple[Core, list[Model]]:
    """Read one of ccsync's records."""
    identity = _identity(row)
    return (
        Core(
            identity,
            row["sessions"],
            row["lines_added"],
            row["lines_removed"],
            row["commits"],
            row["pull_requests"],
            _tools((one["tool"], one["accepted"], one["rejected"]) for one in row["tool_actions"]),
        ),
        [
            model_of(identity, model, Decimal(model["estimated_cost_minor"]))
            for model in row["model_usage"]
        ],
    )


def shown(rows: Iterable[tuple[Core, list[Model]]]) -> Shown:
    """Gather rows that carry both grains."""
    core: list[Core] = []
    models: list[Model] = []
    for one, many in rows:
        core.append(one)
        models += many
    return Shown(core, models)


def _tools(tools: Iterable[tuple[str, int, int]]) -> tuple[tuple[str, int, int], ...]:
    return tuple(sorted(tools))


def _identity(row: Json) -> Identity:
    return (
        dt.date.fromisoformat(row["date"][:10]),
        row["organization_id"],
        row["actor_type"],
        row["actor_id"],
        row.get("customer_type"),
        row.get("subscription_type"),
        row.get("terminal_type"),
        row.get("is_remote"),
    )
