"""From what was seen of each run to the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["right", "refused", "wrong", "n/a"]


@dataclass(frozen=True)
class Ran:
    """One run, as its user sees it."""

    exit: int | None
    """Exit code; negative: the signal that killed it; None: cut off at its bound."""

    difference: str | None
    """How the destination differs from the API afterwards; None when it does not."""

    outage: bool = False
    """The API could not be read whole: a run that is cut off while it tries has said so."""

    killed: bool = False
    """We killed it: that is the story, and no word of the program."""


@dataclass(frozen=True)
class Verdict:
    """What a contestant made of a case."""

    kind: Kind
    phrase: str = ""
    """How it is wrong, how it said so, or why the case does not apply."""

    note: str = ""
    """What became of it later, or on the way."""


def verdict(runs: Sequence[Ran], bound: float) -> Verdict:
    """Judge the runs of a case, oldest first; the last one had an API in order or broken for good.

    right: the destination shows what the API says after each run that reports success, and after
    the last. refused: it does not, but the last run said so. wrong: a run that reported success
    left something else, or a run did not end within its bound (seconds).
    """
    misleading = _misleading(runs, bound)
    last = runs[-1]
    if misleading is not None:
        mended = runs.index(misleading[0]) < len(runs) - 1 and _is_good(last)
        return Verdict("wrong", misleading[1], "a later run mends it" if mended else "")
    if last.difference is not None:
        return Verdict("refused", _said(last))
    if last.exit != 0:
        return Verdict("right", "", f"although its last run says {_said(last)}")
    failed = [run for run in runs[:-1] if run.exit != 0 and not run.killed]
    note = f"{_said(failed[0])} first, mended by the next run" if failed else ""
    return Verdict("right", "", note)


def with_aftermath(judged: Verdict, after: Ran) -> Verdict:
    """Add what one more run with the API in order makes of it."""
    mended = "the next run mends it" if _is_good(after) else "the next run does not mend it"
    return Verdict(judged.kind, judged.phrase, judged.note or mended)


def _misleading(runs: Sequence[Ran], bound: float) -> tuple[Ran, str] | None:
    for run in runs:
        if run.exit is None and not run.outage:
            return run, f"hangs: no end within {bound:g} s"
        if run.exit == 0 and run.difference is not None:
            return run, run.difference
    return None


def _is_good(run: Ran) -> bool:
    return run.exit == 0 and run.difference is None


def _said(run: Ran) -> str:
    return "still trying when cut off" if run.exit is None else f"exit {run.exit}"
