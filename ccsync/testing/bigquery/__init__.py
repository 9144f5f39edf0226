"""A BigQuery for tests: its REST API on loopback, its limits and its bad days on demand."""
