"""Reads a DuckDB file of ccsync. Opened read-only: a day's delivery never waits for a report."""
