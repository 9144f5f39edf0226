"""The README's tables of speed and memory, made from the committed figures.

python -m tests.benchmarks.table              prints them
python -m tests.benchmarks.table README.md    puts them between the file's markers
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.benchmarks.bars import bars
from tests.benchmarks.results import (
    CaseResults,
    Measure,
    Report,
    Result,
    case,
    fastest_first,
    load,
    named,
)

PUBLISHED = Path(__file__).with_name("results") / "bench.json"

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"

API_BUSY = 0.8
"""Of a core: from here on, the API would be what is measured."""


def insert(text: str, report: Report | None = None) -> str:
    """Put the tables between the markers of a text; by default those of the published figures.

    Raises:
        ValueError: the text does not have each marker once, in order.
        OSError: no figures are published.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"the text needs one line {BEGIN} and after it one line {END}")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    made = markdown(load(PUBLISHED) if report is None else report)
    return f"{before}{BEGIN}\n{made}{END}{after}"


def markdown(report: Report) -> str:
    """Give all tables and what has to be known about them."""
    parts: list[Sequence[str]] = []
    history = case(report, "history")
    if history is not None:
        parts.append(list(_main(history)))
    others = [one for one in report.cases if one.case.kind != "history"]
    if others:
        parts.append(list(_others(others)))
    parts.append(list(_bars(report)))
    parts.append(list(_conditions(report)))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _main(results: CaseResults) -> Iterator[str]:
    one = results.case
    yield f"{one.title}: {one.records:,} records."
    yield ""
    yield "| program | time | CPU | CPU, ccsync = 1 | CPU, bare loop = 1 | memory | rows |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | --- |"
    ours, bare = _cpu(results, "ccsync"), _cpu(results, "bare loop")
    for result in fastest_first(results.results):
        found = result.measure
        if found is None:
            yield f"| {result.contestant} | {result.why} | | | | | |"
            continue
        yield (
            f"| {result.contestant} | {found.wall:.1f} s | {found.cpu:.1f} s "
            f"| {_times(found.cpu, ours)} | {_times(found.cpu, bare)} | {found.peak_mb:.0f} MB "
            f"| {rows_cell(result)} |"
        )


def _others(every: Sequence[CaseResults]) -> Iterator[str]:
    yield "The same programs at other work: time, memory."
    yield ""
    yield "| program | " + " | ".join(one.case.title for one in every) + " |"
    yield "| --- |" + " --- |" * len(every)
    names = dict.fromkeys(
        result.contestant for one in every for result in fastest_first(one.results)
    )
    for name in names:
        cells = [
            next((_cell(one, result) for result in one.results if result.contestant == name), "")
            for one in every
        ]
        yield f"| {name} | " + " | ".join(cells) + " |"


def _cell(results: CaseResults, result: Result) -> str:
    found = result.measure
    if found is None:
        return result.why
    requests = f", {found.requests} requests" if results.case.kind == "nothing new" else ""
    differs = f"; **{result.differs}**" if result.differs else ""
    return f"{found.wall:.2f} s, {found.peak_mb:.0f} MB{requests}{differs}"


def _bars(report: Report) -> Iterator[str]:
    yield "| what ccsync is held to | bar | found | |"
    yield "| --- | --- | --- | --- |"
    for bar in bars(report):
        yield f"| {bar.what} | {bar.bar} | {bar.figure} | {bar.mark} |"


def _conditions(report: Report) -> Iterator[str]:
    if report.quick:
        yield "**Quick figures: smaller work, for trying only.**"
    yield (
        f"Measured on {report.date} with Python {report.python} on {report.cores} shared cores, "
        "one run for each work, in which all take turns; between runs these figures vary by a "
        f"third. Medians of {report.rounds} rounds{_fewer(report)}. The simulated "
        "API is another process on the same machine. CPU is user and system time of all processes "
        "of a program; memory is the peak of its largest one. Rows were read back from each "
        "destination afterwards and compared with the API's, each and every one."
    )
    yield busiest(report)


def _fewer(report: Report) -> str:
    fewer = {
        (result.contestant, result.rounds)
        for one in report.cases
        for result in one.results
        if result.measure and result.rounds < report.rounds
    }
    if not fewer:
        return ""
    least = min(rounds for _, rounds in fewer)
    names = sorted({name for name, _ in fewer})
    return f" (in slow cases fewer, down to {least}: {'; '.join(names)})"


def busiest(report: Report) -> str:
    """Say how near the API came to being the bottleneck."""
    shares = [
        (result.measure.api_cpu / result.measure.wall, result.contestant, one.case.title)
        for one in report.cases
        for result in one.results
        if result.measure and result.measure.wall
    ]
    if not shares:
        return "The API had nothing to do."
    share, name, title = max(shares)
    judged = "so it held nobody up" if share < API_BUSY else "**so it may have held others up**"
    return f"The API was busy at most {share:.0%} of the time ({name}; {title}), {judged}."


def rows_cell(result: Result) -> str:
    """Say whether the rows are the API's."""
    return f"**{result.differs}**" if result.differs else "as the API"


def _cpu(results: CaseResults, name: str) -> float | None:
    found: list[Measure] = [one.measure for one in named(results, name) if one.measure]
    return found[0].cpu if found else None


def _times(cpu: float, of: float | None) -> str:
    return f"{cpu / of:.2f}" if of else "-"


def main() -> None:
    """Print, or put in place."""
    if len(sys.argv) > 1:
        path = Path(sys.argv[1])
        path.write_text(insert(path.read_text("utf-8")), "utf-8")
    else:
        sys.stdout.write(markdown(load(PUBLISHED)))


if __name__ == "__main__":
    main()
