-- Claude Code usage is no longer brought up to date (data-stale).
-- Schedule it (every 6 hours) without a destination table, and have failures told. It fails when
-- something is wrong, with a message that says what. What to do: run `ccsync status` for the
-- newest day of the sink, then look at the log and the exit code of the last run: 3 wants a key or
-- a permission, 5 a network, none at all a schedule. A source that was given up on purpose: leave
-- it out of this query.
SELECT
  CASE
    WHEN COUNT(*) = 0 THEN 'ok'
    ELSE ERROR(CONCAT(
        "Claude Code usage is no longer brought up to date: ",
        STRING_AGG(CASE WHEN place <= 10 THEN what END, '; ' ORDER BY place),
        CASE WHEN COUNT(*) > 10 THEN CONCAT("; and ", CAST(COUNT(*) - 10 AS STRING), " more") ELSE '' END,
        ". What to do: run `ccsync status` for the newest day of the sink, then look at the log and the exit code of the last run: 3 wants a key or a permission, 5 a network, none at all a schedule. A source that was given up on purpose: leave it out of this query."
      )
    )
  END AS data_stale
FROM (
  SELECT what, ROW_NUMBER() OVER (ORDER BY what) AS place
  FROM (
    SELECT
      source_id,
      hours_ago,
      CONCAT('source ', source_id, ' was last fetched ', CAST(hours_ago AS STRING),
        ' hours ago') AS what
    FROM (
      SELECT source_id, DIV(TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), last_fetched_at, SECOND), 3600) AS hours_ago
      FROM `my-project.claude_code.sync_freshness`
    ) AS ages
    WHERE hours_ago >= 26
    UNION ALL
    SELECT
      '' AS source_id,
      CAST(NULL AS INT64) AS hours_ago,
      'no day was ever delivered' AS what
    FROM (SELECT COUNT(*) AS sources FROM `my-project.claude_code.sync_freshness`) AS counted
    WHERE sources = 0
    ORDER BY source_id
  ) AS wrong
) AS placed
