-- People accept fewer of Claude Code's edits (acceptance-falling).
-- Schedule it (every day 12:00) without a destination table, and have failures told. It fails when
-- something is wrong, with a message that says what. What to do: look at acceptance by tool: one
-- tool points to a changed setting or client, all of them to a changed model or kind of work.
SELECT
  CASE
    WHEN COUNT(*) = 0 THEN 'ok'
    ELSE ERROR(CONCAT(
        "People accept fewer of Claude Code's edits: ",
        STRING_AGG(CASE WHEN place <= 10 THEN what END, '; ' ORDER BY place),
        CASE WHEN COUNT(*) > 10 THEN CONCAT("; and ", CAST(COUNT(*) - 10 AS STRING), " more") ELSE '' END,
        ". What to do: look at acceptance by tool: one tool points to a changed setting or client, all of them to a changed model or kind of work."
      )
    )
  END AS acceptance_falling
FROM (
  SELECT what, ROW_NUMBER() OVER (ORDER BY what) AS place
  FROM (
    SELECT
      organization_id,
      decisions,
      acceptance_rate,
      acceptance_rate_before,
      CONCAT('organization ', organization_id, ': ', CAST(CAST(ROUND(100 * acceptance_rate) AS INT64) AS STRING), '',
        ' percent, before ', CAST(CAST(ROUND(100 * acceptance_rate_before) AS INT64) AS STRING), '') AS what
    FROM (
      SELECT
        organization_id,
        SUM(CASE WHEN date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 7 DAY) THEN accepted + rejected ELSE 0 END) AS decisions,
        SAFE_DIVIDE(CAST(SUM(CASE WHEN date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 7 DAY) THEN accepted ELSE 0 END) AS FLOAT64), CAST(SUM(CASE WHEN date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 7 DAY) THEN accepted + rejected ELSE 0 END) AS FLOAT64)) AS acceptance_rate,
        SAFE_DIVIDE(CAST(SUM(CASE WHEN NOT date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 7 DAY) THEN accepted ELSE 0 END) AS FLOAT64), CAST(SUM(CASE WHEN NOT date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 7 DAY) THEN accepted + rejected ELSE 0 END) AS FLOAT64)) AS acceptance_rate_before
      FROM `my-project.claude_code.acceptance_by_tool`
      WHERE date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 35 DAY) AND date < CURRENT_DATE('UTC')
      GROUP BY organization_id
    ) AS rates
    WHERE decisions >= 100
      AND 100 * acceptance_rate < 80 * acceptance_rate_before
    ORDER BY organization_id
  ) AS wrong
) AS placed
