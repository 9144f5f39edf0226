"""Where a run's report goes: the file of `--report`, or a pod's termination message."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import click

from ccsync.errors import Exit, SettingsError
from ccsync.report import Report

LIMIT = 4096
"""Bytes of a report: what Kubernetes keeps of a termination message."""

_IN_A_POD = "KUBERNETES_SERVICE_HOST"


class ReportFile:
    """A file that is found to be writable before the run, and is written after it."""

    def __init__(self, path: Path, *, asked: bool = True) -> None:
        """Take the file; it is emptied, so that nobody takes an older report for this run's.

        It stays empty if the run is killed: Kubernetes then shows the end of the log instead, if
        told to (`terminationMessagePolicy: FallbackToLogsOnError`). `asked` is whether somebody
        named it.

        Raises:
            SettingsError: it cannot be written.
        """
        self._path = path
        self._asked = asked
        try:
            with path.open("ab") as file:
                if path.is_file():  # pipes and terminals have nothing to empty
                    file.truncate(0)
        except OSError as error:
            raise self._fault(error) from None

    def write(self, report: Report) -> None:
        """Write it, whole.

        Raises:
            SettingsError: somebody asked for it, it cannot be written any more, and the run was a
                success. Of any other run the exit code says more; it is told on stderr only.
        """
        try:
            self._path.write_bytes(report.as_json(LIMIT))
        except OSError as error:
            if self._asked and report.exit == Exit.OK:
                raise self._fault(error) from None
            click.echo(str(self._fault(error)), err=True)

    def _fault(self, error: OSError) -> SettingsError:
        return SettingsError(
            f"--report {self._path}: cannot be written: {error.strerror}; name a file in a "
            "directory that is there and that this user may write to"
        )


def report_file(
    given: str | None,
    environ: Mapping[str, str],
    termination_log: Path,
    *,
    settings: Path | None = None,
) -> ReportFile | None:
    """Give the file that was named, else the termination message of the pod, else none.

    Raises:
        SettingsError: the file that was named cannot be written, or is that of the settings.
    """
    if given is not None:
        path = Path(given)
        if settings is not None and path.exists() and path.samefile(settings):
            raise SettingsError(
                f"--report {given}: this is the file of the settings, which the report would "
                "replace; name another one"
            )
        return ReportFile(path)
    if not environ.get(_IN_A_POD) or not termination_log.is_file():
        return None
    if not os.access(termination_log, os.W_OK):
        return None
    try:
        return ReportFile(termination_log, asked=False)
    except SettingsError:
        return None  # nobody asked for it
