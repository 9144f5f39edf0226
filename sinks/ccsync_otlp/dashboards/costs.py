"""The dashboard of the estimated cost."""

from __future__ import annotations

from ccsync_otlp.dashboards.measures import (
    ALL_COST,
    ALL_PULL_REQUESTS,
    ALL_SESSIONS,
    ALL_TOKENS,
    COST_COLUMN,
    ESTIMATED,
    FROM_CACHE,
    WENT_IN,
    number,
    tokens,
)
from ccsync_otlp.dashboards.overview import CACHE_TOTAL, COST_BY_DAY, COST_TOTAL
from ccsync_otlp.dashboards.questions import (
    PERSON,
    Board,
    Column,
    Question,
    Ratio,
    Row,
    Total,
)

COST_PER_SESSION = number(
    "cost-per-session",
    "Estimated cost per session",
    Ratio(ALL_COST, ALL_SESSIONS),
    "What did a session cost on average, by estimate?",
    ESTIMATED,
)
COST_PER_PULL_REQUEST = number(
    "cost-per-pull-request",
    "Estimated cost per pull request",
    Ratio(ALL_COST, ALL_PULL_REQUESTS),
    "What was spent for each pull request, by estimate?",
    f"All cost, whatever it was for. {ESTIMATED}",
)

COST_IN_MONTH = Question(
    key="cost-in-month",
    title="Estimated cost of thirty days",
    asks="What did the thirty days that end with each day cost, by estimate?",
    note=f"The line to hold against a monthly budget. {ESTIMATED}",
    columns=(Column("Estimated cost", Total(ALL_COST, days=30)),),
    per="day",
    chart="lines",
)
COST_BY_CUSTOMER = Question(
    key="cost-by-customer",
    title="Estimated cost per day by customer type",
    asks="How is the estimated cost divided between API customers and subscriptions?",
    note=ESTIMATED,
    columns=(COST_COLUMN,),
    by=("customer_type",),
    per="day",
    chart="bars",
)
MODELS = Question(
    key="models",
    title="Models",
    asks="What did each model cost by estimate, and how many tokens did it use?",
    note=ESTIMATED,
    columns=(
        COST_COLUMN,
        Column("Input tokens", tokens("input")),
        Column("Output tokens", tokens("output")),
        Column("Read from cache", tokens("cacheRead")),
        Column("Written to cache", tokens("cacheCreation")),
        Column("Cache share", Ratio(FROM_CACHE, WENT_IN)),
    ),
    by=("model",),
    per="range",
    chart="table",
)
COST_BY_PERSON = Question(
    key="cost-by-person",
    title="Estimated cost by person",
    asks="Whose usage cost most, by estimate?",
    note=ESTIMATED,
    columns=(COST_COLUMN, Column("Tokens", Total(ALL_TOKENS))),
    by=PERSON,
    per="range",
    chart="table",
    limit=50,
)
COST_BY_KEY = Question(
    key="cost-by-api-key",
    title="Estimated cost by API key",
    asks="What did each API key cost, by estimate?",
    note=f"The line without a name is people, and what has no name. {ESTIMATED}",
    columns=(COST_COLUMN, Column("Tokens", Total(ALL_TOKENS))),
    by=("api_key.name",),
    per="range",
    chart="table",
    limit=50,
)
COST_BY_TERMINAL = Question(
    key="cost-by-terminal",
    title="Estimated cost by terminal",
    asks="Where was the estimated cost spent?",
    note=ESTIMATED,
    columns=(COST_COLUMN, Column("Sessions", Total(ALL_SESSIONS))),
    by=("terminal.type",),
    per="range",
    chart="table",
)
COST_BY_ORGANIZATION = Question(
    key="cost-by-organization",
    title="Estimated cost by organization",
    asks="What did each organization cost, by estimate?",
    note=ESTIMATED,
    columns=(COST_COLUMN, Column("Sessions", Total(ALL_SESSIONS))),
    by=("organization.id",),
    per="range",
    chart="table",
)

COSTS = Board(
    key="cost",
    title="Claude Code estimated cost",
    description="Where the estimated cost comes from. Not a bill. From ccsync.",
    rows=(
        Row("In this time", (COST_TOTAL, COST_PER_SESSION, COST_PER_PULL_REQUEST, CACHE_TOTAL)),
        Row("By day", (COST_BY_DAY, COST_IN_MONTH, COST_BY_CUSTOMER)),
        Row("By model", (MODELS,)),
        Row("By who", (COST_BY_PERSON, COST_BY_KEY)),
        Row("By where", (COST_BY_TERMINAL, COST_BY_ORGANIZATION)),
    ),
)
