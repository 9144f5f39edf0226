-- Deliveries of Claude Code usage did not end (day-incomplete).
-- Schedule it (every day 12:00) without a destination table, and have failures told. It fails when
-- something is wrong, with a message that says what. What to do: `ccsync sync --from DAY --to DAY
-- --force` delivers the days again; if that does not help, look for who deletes rows of usage_raw.
SELECT
  CASE
    WHEN COUNT(*) = 0 THEN 'ok'
    ELSE ERROR(CONCAT(
        "Deliveries of Claude Code usage did not end: ",
        STRING_AGG(CASE WHEN place <= 10 THEN what END, '; ' ORDER BY place),
        CASE WHEN COUNT(*) > 10 THEN CONCAT("; and ", CAST(COUNT(*) - 10 AS STRING), " more") ELSE '' END,
        ". What to do: `ccsync sync --from DAY --to DAY --force` delivers the days again; if that does not help, look for who deletes rows of usage_raw."
      )
    )
  END AS day_incomplete
FROM (
  SELECT what, ROW_NUMBER() OVER (ORDER BY what) AS place
  FROM (
    SELECT
      source_id,
      date,
      COALESCE(record_count, 0) AS record_count,
      records_there,
      CONCAT(CAST(date AS STRING), ' of source ', source_id, ': ',
        CASE
          WHEN record_count IS NULL THEN 'rows without a commit'
          ELSE CONCAT(CAST(records_there AS STRING), ' records of ',
            CAST(record_count AS STRING))
        END) AS what
    FROM `my-project.claude_code.sync_audit`
    WHERE NOT complete AND date < DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 1 DAY)
    ORDER BY source_id, date
  ) AS wrong
) AS placed
