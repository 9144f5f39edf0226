"""Settings of `type: bigquery`."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ccsync.settings.model import Duration
from ccsync.sink import SinkConfig
from ccsync_bigquery.names import Place

Mode: TypeAlias = Literal["stream", "load"]


class BigQueryConfig(SinkConfig, frozen=True, kw_only=True):
    """Settings of `type: bigquery`."""

    dataset: Annotated[
        str,
        Meta(description="Project and dataset of the tables, like my-project.claude_code."),
    ]
    mode: Annotated[
        Mode,
        Meta(
            description="stream: streaming inserts, shown within seconds. load: load jobs, free of "
            "charge, for long backfills and for projects that may not stream. The same tables; "
            "the mode may be changed at any time."
        ),
    ] = "stream"
    location: Annotated[
        str | None,
        Meta(description="Where new datasets are made by `ccsync bigquery init`. Default: US."),
    ] = None
    billing_project: Annotated[
        str | None,
        Meta(description="Project that queries and load jobs are billed to. Default: the data's."),
    ] = None
    impersonate_service_account: Annotated[
        str | None,
        Meta(description="E-mail address of a service account to act as."),
    ] = None
    endpoint: Annotated[
        str | None,
        Meta(
            description="Address of the API: a regional or private endpoint, or an emulator on "
            "this machine, which is spoken to without credentials. Default: "
            "BIGQUERY_EMULATOR_HOST, then Google's."
        ),
    ] = None
    batch_rows: Annotated[
        int, Meta(ge=1, le=10_000, description="Rows of one streaming request.")
    ] = 1000
    batch_bytes: Annotated[
        int, Meta(ge=1024, le=9_000_000, description="Bytes of one streaming request.")
    ] = 2_000_000
    in_flight: Annotated[
        int, Meta(ge=1, le=8, description="Streaming requests of one day at a time.")
    ] = 4
    timeout: Annotated[Duration, Meta(description="Of one request.")] = Duration(60)
    dead_letter_file: Annotated[
        str | None,
        Meta(
            description="File that rows which BigQuery refuses are appended to, one JSON object "
            "each. It holds personal data. Default: they are counted and named by field only."
        ),
    ] = None
    partition_expiration_days: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(
            description="For `ccsync bigquery init`: days after which BigQuery deletes a day, "
            "counted from the day itself. Default: kept."
        ),
    ] = None
    require_partition_filter: Annotated[
        bool,
        Meta(
            description="For `ccsync bigquery init`: whether queries of the tables must name days."
        ),
    ] = False
    labels: Annotated[
        dict[str, str],
        Meta(description="For `ccsync bigquery init`: further labels of dataset and tables."),
    ] = msgspec.field(default_factory=dict[str, str])

    @property
    def place(self) -> Place:
        """The dataset, in its parts.

        Raises:
            ValueError: `dataset` is something else; the core hears of that by `faults`.
        """
        return Place.parse(self.dataset)


def alone(config: BigQueryConfig) -> tuple[str, str]:
    """Name the tables that a sink has to itself: of two, each would replace the other's days."""
    return "dataset", f"{config.dataset} at {config.endpoint}"
