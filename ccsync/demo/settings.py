"""The demo's settings file."""

from __future__ import annotations

import datetime as dt

from ccsync.demo.place import Place
from ccsync.simulator import SIMULATED_KEY

SINK = "file"
"""The sink of which the story tells most: standard output, appended to a file."""

_TEXT = """\
# Written by `ccsync demo`. Its API has gone with it; `ccsync init` writes settings for a real one.
version: 1
source:
  base_url: {base_url}
  api_key: {key}
  requests_per_minute: 0
  retry_deadline: 10s
sync:
  start: {start}
  # Today grows by the minute; without it every demo of a day has the same figures.
  include_today: false
  deadline: 1m
state: file://{state}
sinks:
  {sink}: {{type: stdout, format: jsonl, track: true}}
"""

_DATABASE = """\
  database: {{type: duckdb, path: {path}}}
"""


def write_settings(place: Place, base_url: str, start: dt.date, *, database: bool) -> None:
    """Write them: with a database where there is the library for it."""
    text = _TEXT.format(
        base_url=base_url, key=SIMULATED_KEY, start=start, state=place.state, sink=SINK
    )
    if database:
        text += _DATABASE.format(path=place.database)
    place.settings.write_text(text, "utf-8")
    place.settings.chmod(0o600)
