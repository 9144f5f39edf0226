"""Usage as tables and views: what a warehouse sink writes, and what analysts read.

`columns` says which tables there are, `tables` and `views` write them as SQL, `examples` holds
questions that people ask, and `dialect` knows how BigQuery and DuckDB differ. Nothing here needs a
client library or connects to anything.
"""
