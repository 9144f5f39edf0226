"""Rows that BigQuery acknowledged and lost, as it does for a table that was made anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccsync.errors import SinkUnavailable
from ccsync.testing import a_record, a_snapshot
from ccsync_bigquery.initializing import Initializer
from ccsync_bigquery.sink import BigQuerySink
from tests.unit.sinks.bigquery.stage import stage


def test_the_views_are_said_to_show_no_part_of_what_was_lost(tmp_path: Path) -> None:
    with stage(tmp_path) as here:
        here.double.switches.lossy_seconds = 3600
        with here.connected() as (service, jobs):
            list(Initializer(here.config, service, jobs).steps())
            sink = BigQuerySink(here.config, jobs.context, service)
            with pytest.raises(SinkUnavailable) as caught:
                sink.deliver(a_snapshot([a_record()]), None, lambda _: None)
            said = str(caught.value)
            assert "acknowledged 1 rows" in said
            assert said.endswith("the views show no part of it")
            # The core tries again, and it succeeds as soon as BigQuery keeps rows.
            here.runtime.advance(3600)
            sink.deliver(a_snapshot([a_record()]), None, lambda _: None)
        assert len(here.double.rows("claude_code.usage_raw")) == 1
