-- Days of Claude Code usage are missing (day-missing).
-- Schedule it (every day 12:00) without a destination table, and have failures told. It fails when
-- something is wrong, with a message that says what. What to do: `ccsync status` lists missing and
-- skipped days; `ccsync sync --from DAY --to DAY --force` fetches and delivers them again.
SELECT
  CASE
    WHEN COUNT(*) = 0 THEN 'ok'
    ELSE ERROR(CONCAT(
        "Days of Claude Code usage are missing: ",
        STRING_AGG(CASE WHEN place <= 10 THEN what END, '; ' ORDER BY place),
        CASE WHEN COUNT(*) > 10 THEN CONCAT("; and ", CAST(COUNT(*) - 10 AS STRING), " more") ELSE '' END,
        ". What to do: `ccsync status` lists missing and skipped days; `ccsync sync --from DAY --to DAY --force` fetches and delivers them again."
      )
    )
  END AS day_missing
FROM (
  SELECT what, ROW_NUMBER() OVER (ORDER BY what) AS place
  FROM (
    SELECT
      e.source_id,
      e.date,
      CASE WHEN c.date IS NULL THEN 'missing' ELSE 'not final' END AS state,
      CONCAT(CAST(e.date AS STRING), ' of source ', e.source_id,
        CASE WHEN c.date IS NULL THEN ' is missing' ELSE ' is not final' END) AS what
    FROM (
      SELECT f.source_id, day AS date
      FROM `my-project.claude_code.sync_freshness` AS f
      CROSS JOIN UNNEST(GENERATE_DATE_ARRAY(f.first_day, DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 1 DAY))) AS day
    ) AS e
    LEFT JOIN `my-project.claude_code.current_days` AS c
      ON c.source_id = e.source_id AND c.date = e.date
    WHERE c.date IS NULL
      OR (NOT c.settled AND e.date < DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 7 DAY))
    ORDER BY e.source_id, e.date
  ) AS wrong
) AS placed
