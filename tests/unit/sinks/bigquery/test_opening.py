"""What the sink looks at before it takes the first day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccsync.errors import SinkRefused
from ccsync_bigquery.initializing import Initializer
from ccsync_bigquery.sink import BigQuerySink
from tests.unit.sinks.bigquery.stage import DATASET, PROJECT, Stage, stage


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Stage]:
    """Tables in the EU."""
    with stage(tmp_path) as one:
        one.settings = {"location": "EU"}
        with one.connected() as (service, jobs):
            list(Initializer(one.config, service, jobs).steps())
        one.double.reset_log()
        yield one


def opened(here: Stage, **settings: Any) -> str:
    here.settings = settings
    with here.connected() as (service, jobs):
        return BigQuerySink(here.config, jobs.context, service).open()


@pytest.mark.parametrize("settings", [{}, {"location": "EU"}, {"location": "eu"}])
def test_it_names_the_tables(here: Stage, settings: dict[str, Any]) -> None:
    assert opened(here, **settings).startswith(f"{PROJECT}.{DATASET} ")


def test_another_place_than_the_settings_say_is_refused(here: Stage) -> None:
    with pytest.raises(SinkRefused) as caught:
        opened(here, location="US")
    said = str(caught.value)
    assert f"{PROJECT}.{DATASET} is in EU, and the settings say `location: US`" in said
    assert "Write `location: EU`, or name another dataset" in said


def test_refused_rows_that_could_not_be_kept_are_heard_of_at_once(here: Stage) -> None:
    with pytest.raises(SinkRefused, match=r"\(`dead_letter_file`\) cannot be written"):
        opened(here, dead_letter_file=str(here.folder / "absent" / "refused.ndjson"))
    assert here.double.requests == []
