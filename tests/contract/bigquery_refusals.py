"""Faults that stay until somebody changes something."""

from __future__ import annotations

import json

from ccsync.testing.bigquery import (
    Fault,
    answer,
    http,
    page,
    service_perimeter,
    unauthorized,
)
from tests.contract.bigquery_faults import (
    COMMIT,
    at,
    cure,
    data_refused,
    deny,
    drop,
    make_again,
    older_table,
    poison,
    refused,
    switch,
    upgrade,
)
from tests.contract.bigquery_stage import INSERT

BILLING = "The project has not enabled billing: billing has not been enabled for it"
DAILY = "Quota exceeded: Your project exceeded its quota for free query bytes scanned per day"
DISABLED = "BigQuery API has not been used in project 123 before or it is disabled"
NO_INTEGER = {
    "reason": "invalid",
    "location": "sessions",
    "message": "Cannot convert value to integer: x",
}

REFUSED = {
    "may not stream": refused(
        deny("bigquery.tables.updateData"),
        "It lacks bigquery.tables.updateData",
        "roles/bigquery.dataEditor",
    ),
    "may not look": refused(
        deny("bigquery.tables.get"), "It lacks bigquery.tables.get", "roles/bigquery", most=1
    ),
    "may not load": refused(
        deny("bigquery.jobs.create"),
        "It lacks bigquery.jobs.create",
        "roles/bigquery.jobUser",
        mode="load",
        most=9,
    ),
    "free tier": refused(
        switch(free_tier=True), "not allowed in the free tier", "set `mode: load`"
    ),
    "no billing": refused(
        at(INSERT, http(403, "billingNotEnabled", BILLING), times=None), "Link a billing account"
    ),
    "quota of a day": refused(
        at(INSERT, http(403, "quotaExceeded", DAILY), times=None),
        "quotaExceeded",
        "Quotas & System Limits",
    ),
    "perimeter": refused(
        at("*", service_perimeter("denial-4711"), times=None),
        "denial-4711",
        "VPC service perimeter",
        "bigquery.googleapis.com",
        most=1,
    ),
    "login": refused(
        at(INSERT, unauthorized(), times=None), "401", "`ccsync check` says which one is used"
    ),
    "api disabled": refused(
        at("*", http(403, "accessNotConfigured", DISABLED), times=None),
        "gcloud services enable bigquery.googleapis.com",
        most=1,
    ),
    "somebody else's server": refused(
        at("*", page(404, "Not Found"), times=None),
        "'Error 404 (Not Found)!!1'",
        "see `endpoint`",
        most=1,
    ),
    "a redirect": refused(
        at("*", Fault("answer", 302, headers=(("Location", "/x"),)), times=None),
        "redirect",
        "`endpoint`",
        most=1,
    ),
    "no such table": refused(
        drop,
        "Not found: Table",
        "Run `ccsync bigquery init`",
        spoils=True,
        most=1,
        heals_by=make_again,
    ),
    "no such column": refused(
        older_table,
        "terminal_type",
        "ccsync bigquery init --upgrade",
        spoils=True,
        most=2,
        heals_by=upgrade,
    ),
    "the commit is refused": refused(
        at(
            INSERT,
            answer(
                200, json.dumps({"insertErrors": [{"index": 0, "errors": [NO_INTEGER]}]}).encode()
            ),
            times=None,
            table=COMMIT,
        ),
        "BigQuery refuses 1 row: sessions: the value is no integer",
        "The table sync_days does not fit",
        "ccsync bigquery init --upgrade",
        most=9,
    ),
}

DATA_REFUSED = {
    "a number beyond INT64": data_refused(
        poison(lines_added=2**63),
        "BigQuery refuses 1 row: lines_added: the value is no integer",
        most=9,
        heals_by=cure,
    ),
    "load, a number beyond INT64": data_refused(
        poison(lines_added=2**63),
        "BigQuery refuses 1 row: the value is no integer",
        mode="load",
        heals_by=cure,
    ),
}
