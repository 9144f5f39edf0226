"""From settings to a sink. Connects to nothing; brings in Google's client library."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ccsync.sink import SinkContext
from ccsync_bigquery.client import connect
from ccsync_bigquery.settings import BigQueryConfig
from ccsync_bigquery.sink import BigQuerySink


def build(
    config: BigQueryConfig, context: SinkContext, environ: Mapping[str, str] = os.environ
) -> BigQuerySink:
    """Make the sink that the settings describe.

    Raises:
        SettingsError: the settings contradict each other or the environment.
    """
    return BigQuerySink(config, context, connect(config, context, environ))
