-- Days that are missing, or whose numbers may still change (missing_or_open_days; as table).
-- Which days, from each source's first to yesterday, were never delivered, or were too recent to
-- be final when they were last fetched?
SELECT
  e.source_id,
  e.date,
  CASE WHEN c.date IS NULL THEN 'missing' ELSE 'open' END AS state,
  c.fetched_at
FROM (
  SELECT f.source_id, day AS date
  FROM `my-project.claude_code.sync_freshness` AS f
  CROSS JOIN UNNEST(GENERATE_DATE_ARRAY(f.first_day, DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 1 DAY))) AS day
) AS e
LEFT JOIN `my-project.claude_code.current_days` AS c
  ON c.source_id = e.source_id AND c.date = e.date
WHERE c.date IS NULL OR NOT c.settled
ORDER BY e.source_id, e.date
