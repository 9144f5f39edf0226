"""A BigQuery double."""
