"""Runs one command and writes down what it took. Small, and a process of its own: see below.

    python -I -S launch.py USAGE_FILE OUTPUT ERRORS COMMAND...

Linux counts the memory of whoever started a process into the peak of that process: what was
resident before `exec` stays in `ru_maxrss`. The benchmarks hold hundreds of thousands of rows while
they compare; started by them, everybody would seem to need as much. Started from here, nobody's
peak is below some 10 MB, and nobody's is too high. Imports as little as possible for that reason.
"""

from __future__ import annotations

import os
import sys
import time


def main() -> None:
    """Append to OUTPUT and ERRORS; write `exit cpu wall peak`: seconds, seconds and MB."""
    usage_file, output, errors, *command = sys.argv[1:]
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    streams = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output, append, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, errors, append, 0o600),
    ]
    began = time.monotonic()
    process = os.posix_spawnp(command[0], command, os.environ, file_actions=streams)
    # Of the process and of all its descendants that were waited for: CPU time is their sum, the
    # peak of memory is the peak of the largest of them, not of all together.
    _, status, usage = os.wait4(process, 0)
    wall = time.monotonic() - began
    cpu = usage.ru_utime + usage.ru_stime
    with open(usage_file, "w") as file:  # noqa: PTH123 - pathlib is much to import
        file.write(f"{os.waitstatus_to_exitcode(status)} {cpu} {wall} {usage.ru_maxrss / 1024}\n")


if __name__ == "__main__":
    main()
