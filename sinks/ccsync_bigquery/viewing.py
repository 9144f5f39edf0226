"""`ccsync bigquery views`: makes the views that people read, or replaces what is older."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from google.cloud import bigquery

from ccsync.errors import SinkRefused
from ccsync.warehouse.dialect import BigQuery
from ccsync.warehouse.tables import LABELS
from ccsync.warehouse.views import VIEWS, View, create_view
from ccsync_bigquery import permissions, schema
from ccsync_bigquery.errors import MissingTableError
from ccsync_bigquery.initializing import Did, Step
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.names import Place
from ccsync_bigquery.service import Service


def steps(service: Service, jobs: Jobs) -> Iterator[Step]:
    """Make or replace each view that is not as it should be, in an order in which they can be made.

    Each is made by one statement, so readers see the former view or the new one.

    Raises:
        SinkUnavailable: BigQuery cannot be reached, and patience is used up.
        SinkRefused: a permission or a table is missing, or something else has a view's name.
    """
    dialect = BigQuery(*service.place)
    for view in VIEWS:
        live = jobs.context.retry(partial(_live, service, view))
        did: Did = "made" if live is None else "changed"
        if live is not None and is_current(view, dialect, live):
            did = "already there"
        else:
            jobs.query(
                f"make the view {view.name}",
                create_view(view, dialect),
                {},
                permission=permissions.TABLES_CREATE,
            )
        yield Step(f"view {view.name}", did)


def sql(place: Place) -> str:
    """Write all views as SQL, for people who may not make them, or want to see them."""
    dialect = BigQuery(*place)
    return "\n".join(create_view(view, dialect) for view in VIEWS)


def is_current(view: View, dialect: BigQuery, live: bigquery.Table) -> bool:
    """Tell whether a live view says and means what ours does."""
    seen: Any = live
    described = {one.name: one.description for one in schema.read(schema.schema_of(live))}
    return (
        _bare(str(seen.view_query)) == _bare(view.sql(dialect))
        and live.description == view.description
        and described == dict(view.columns)
        and LABELS.items() <= live.labels.items()
    )


def _bare(query: str) -> str:
    return query.strip().removesuffix(";").rstrip()


def _live(service: Service, view: View) -> bigquery.Table | None:
    try:
        live = schema.read_table(service, view.name)
    except MissingTableError as error:
        if error.answer.kind != "missing_table":
            raise
        return None
    if live.table_type != "VIEW":
        raise SinkRefused(
            f"{service.place.table(view.name)} is a {str(live.table_type).lower()}, and the view "
            "of that name cannot be made: move it away, or name another dataset"
        )
    return live
