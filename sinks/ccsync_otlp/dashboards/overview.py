"""The dashboard of the usage: who, how much, how well, and what it costs by estimate."""

from __future__ import annotations

from ccsync_otlp.catalogue import LINES
from ccsync_otlp.dashboards.measures import (
    ACCEPTED,
    ACTIVE,
    ADDED,
    ALL_COMMITS,
    ALL_COST,
    ALL_DECISIONS,
    ALL_PULL_REQUESTS,
    ALL_SESSIONS,
    ALL_TOKENS,
    COST_COLUMN,
    ESTIMATED,
    FROM_CACHE,
    OPEN,
    REJECTED,
    WENT_IN,
    number,
)
from ccsync_otlp.dashboards.questions import (
    PERSON,
    Board,
    Column,
    Measure,
    People,
    Question,
    Ratio,
    Row,
    Total,
)

PEOPLE_TOTAL = number("people", "People", People(), "How many people were active?", ACTIVE)
SESSIONS_TOTAL = number(
    "sessions", "Sessions", Total(ALL_SESSIONS), "How many sessions were started?", ""
)
LINES_TOTAL = number(
    "lines-added", "Lines added", Total(ADDED), "How many lines of code were added?", ""
)
COMMITS_TOTAL = number("commits", "Commits", Total(ALL_COMMITS), "How many commits were made?", "")
PULL_REQUESTS_TOTAL = number(
    "pull-requests", "Pull requests", Total(ALL_PULL_REQUESTS), "How many pull requests?", ""
)
ACCEPTANCE_TOTAL = number(
    "acceptance",
    "Accepted edits",
    Ratio(ACCEPTED, ALL_DECISIONS),
    "Which share of the proposed edits did people accept?",
    "",
)
CACHE_TOTAL = number(
    "cache-share",
    "Cache share",
    Ratio(FROM_CACHE, WENT_IN),
    "How much of what went into the models was read from the cache?",
    "Tokens read from the cache, of all input: fresh, read and written.",
)
COST_TOTAL = number(
    "cost", "Estimated cost", Total(ALL_COST), "What did it cost, by estimate?", ESTIMATED
)
PEOPLE_BY_DAY = Question(
    key="people-by-day",
    title="People active per day",
    asks="How many people worked with it on each day?",
    note=f"{ACTIVE} {OPEN}",
    columns=(Column("People", People()),),
    per="day",
    chart="bars",
)
PEOPLE_IN_WEEK = Question(
    key="people-in-week",
    title="People active in seven days",
    asks="How many different people worked with it in the seven days that end with each day?",
    note=ACTIVE,
    columns=(Column("People", People(days=7)),),
    per="day",
    chart="lines",
)
SESSIONS_BY_DAY = Question(
    key="sessions-by-day",
    title="Sessions per day",
    asks="How many sessions were started on each day, and where?",
    note=OPEN,
    columns=(Column("Sessions", Total(ALL_SESSIONS)),),
    by=("terminal.type",),
    per="day",
    chart="bars",
)
LINES_BY_DAY = Question(
    key="lines-by-day",
    title="Lines per day",
    asks="How many lines of code were added and removed on each day?",
    note=OPEN,
    columns=(Column("Lines", Total(Measure(LINES))),),
    by=("type",),
    per="day",
    chart="bars",
)
OUTPUT_BY_DAY = Question(
    key="output-by-day",
    title="Commits and pull requests per day",
    asks="How many commits and pull requests were made on each day?",
    note=OPEN,
    columns=(
        Column("Commits", Total(ALL_COMMITS)),
        Column("Pull requests", Total(ALL_PULL_REQUESTS)),
    ),
    per="day",
    chart="lines",
)
ACCEPTANCE_BY_DAY = Question(
    key="acceptance-by-day",
    title="Accepted edits per day",
    asks="Which share of each tool's proposals did people accept on each day?",
    columns=(Column("Accepted", Ratio(ACCEPTED, ALL_DECISIONS)),),
    by=("tool_name",),
    per="day",
    chart="lines",
)
TOOLS = Question(
    key="tools",
    title="Acceptance by tool",
    asks="Whose proposals did people accept and reject?",
    columns=(
        Column("Accepted", Total(ACCEPTED)),
        Column("Rejected", Total(REJECTED)),
        Column("Share accepted", Ratio(ACCEPTED, ALL_DECISIONS)),
    ),
    by=("tool_name",),
    per="range",
    chart="table",
)
TOKENS_BY_DAY = Question(
    key="tokens-by-day",
    title="Tokens per day",
    asks="How many tokens were used on each day, and of which type?",
    note=OPEN,
    columns=(Column("Tokens", Total(ALL_TOKENS)),),
    by=("type",),
    per="day",
    chart="bars",
)
CACHE_BY_DAY = Question(
    key="cache-share-by-day",
    title="Cache share per day",
    asks="How much of what went into each model was read from the cache?",
    note="Tokens read from the cache, of all input: fresh, read and written.",
    columns=(Column("Cache share", Ratio(FROM_CACHE, WENT_IN)),),
    by=("model",),
    per="day",
    chart="lines",
)
COST_BY_DAY = Question(
    key="cost-by-day",
    title="Estimated cost per day",
    asks="What did each day cost by estimate, and which model?",
    note=f"{ESTIMATED} {OPEN}",
    columns=(COST_COLUMN,),
    by=("model",),
    per="day",
    chart="bars",
)
TOP_PEOPLE = Question(
    key="top-people",
    title="Top people",
    asks="Who used it most, and for what?",
    note=f"By estimated cost. {ESTIMATED} Empty where people are not sent.",
    columns=(
        COST_COLUMN,
        Column("Sessions", Total(ALL_SESSIONS)),
        Column("Lines added", Total(ADDED)),
        Column("Commits", Total(ALL_COMMITS)),
        Column("Pull requests", Total(ALL_PULL_REQUESTS)),
        Column("Tokens", Total(ALL_TOKENS)),
    ),
    by=PERSON,
    per="range",
    chart="table",
    limit=25,
)

OVERVIEW = Board(
    key="overview",
    title="Claude Code usage",
    description="Who uses Claude Code, for what, and what it costs by estimate. From ccsync.",
    rows=(
        Row(
            "In this time",
            (
                PEOPLE_TOTAL,
                SESSIONS_TOTAL,
                LINES_TOTAL,
                COMMITS_TOTAL,
                PULL_REQUESTS_TOTAL,
                ACCEPTANCE_TOTAL,
                CACHE_TOTAL,
                COST_TOTAL,
            ),
        ),
        Row("People", (PEOPLE_BY_DAY, PEOPLE_IN_WEEK)),
        Row("Work", (SESSIONS_BY_DAY, LINES_BY_DAY, OUTPUT_BY_DAY)),
        Row("Tools", (ACCEPTANCE_BY_DAY, TOOLS)),
        Row("Tokens and estimated cost", (TOKENS_BY_DAY, CACHE_BY_DAY, COST_BY_DAY)),
        Row("Who uses it most", (TOP_PEOPLE,)),
    ),
)
