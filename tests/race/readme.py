"""Writes the README's table of the race anew, from the published results.

python -m tests.race.readme        (prints the part when the README has no markers for it)
"""

from __future__ import annotations

import sys

from tests.race.results import PUBLISHED, ROOT, read
from tests.race.table import readme_part, readme_part_of


def main() -> None:
    """Replace what stands between the markers."""
    part = readme_part(read(PUBLISHED))
    path = ROOT / "README.md"
    text = path.read_text("utf-8")
    old = readme_part_of(text)
    if old is None:
        sys.stdout.write(part + "\n")
    else:
        path.write_text(text.replace(old, part), "utf-8")


if __name__ == "__main__":
    main()
