"""`python -m ccsync`."""

from ccsync.cli import main

main()
