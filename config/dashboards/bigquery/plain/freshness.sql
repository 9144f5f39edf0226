-- Which days are there, and since when (freshness; as table).
-- One row per source, of all its days, whatever range is chosen. Numbers of open days may still
-- change.
SELECT
  source_id,
  first_day,
  last_day,
  last_settled_day,
  open_days,
  missing_days,
  empty_days,
  last_fetched_at
FROM `my-project.claude_code.sync_freshness`
ORDER BY source_id
