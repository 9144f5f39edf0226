"""The README of the folder of queries: what to do with each file."""

from __future__ import annotations

from textwrap import dedent

from ccsync_bigquery.settings import BigQueryConfig

README = "README.md"


def guide(config: BigQueryConfig, *, budget: int) -> str:
    """Write it for a dataset."""
    return dedent(f"""\
        # Claude Code usage in BigQuery

        Written by `ccsync bigquery dashboards` for the dataset `{config.place}`. Edit as you like:
        the command replaces no edited file unless it is given `--force`. The views that these ask
        are made by `ccsync bigquery init`.

        | folder | what | what to do with it |
        | --- | --- | --- |
        | `looker-studio/` | a query each, with the report's days | a data source each |
        | `metabase/` | the same, with variables for the days | a question each |
        | `plain/` | the same, of the last 90 days | paste into the console, or another tool |
        | `alerts/` | queries that fail when something is wrong | schedule them |

        The heading of each query says what to draw, and what must not be added up. Some of them are
        PERSONAL DATA.

        ## Looker Studio

        1. *Add data > BigQuery > Custom query*, choose the project that is billed, and paste the
           file.
        2. Below the query switch on the two date range parameters (`DS_START_DATE`, `DS_END_DATE`).
        3. Add a date control to the report: it chooses the days of all of them.

        ## Metabase

        1. *New > SQL query*, choose the database, and paste the file.
        2. Make the variables `first_day` and `last_day` of type *Date*; either may stay empty.
        3. Save it to a dashboard, and connect both variables to the dashboard's filters.

        ## Alerts

        The budget is {budget:,} for thirty days; `--budget` writes another. It stands in
        `alerts/over_budget.sql` and in `alerts/scheduled.tf`. Then either

        - paste each file into the console and *Schedule* it as its heading says, without a
          destination table, and with e-mail for failures, which go to its owner;
        - or apply `alerts/scheduled.tf`, which has all of them, with Terraform.

        A query that fails has found something: the message says what, and what to do.
        """)
