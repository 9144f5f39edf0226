-- The estimated cost of Claude Code is far above its usual (cost-unusual).
-- Schedule it (every day 12:00) without a destination table, and have failures told. It fails when
-- something is wrong, with a message that says what. What to do: look for one person, API key or
-- model in the tables of estimated cost: an automation that loops is the usual reason.
SELECT
  CASE
    WHEN COUNT(*) = 0 THEN 'ok'
    ELSE ERROR(CONCAT(
        "The estimated cost of Claude Code is far above its usual: ",
        STRING_AGG(CASE WHEN place <= 10 THEN what END, '; ' ORDER BY place),
        CASE WHEN COUNT(*) > 10 THEN CONCAT("; and ", CAST(COUNT(*) - 10 AS STRING), " more") ELSE '' END,
        ". What to do: look for one person, API key or model in the tables of estimated cost: an automation that loops is the usual reason."
      )
    )
  END AS cost_unusual
FROM (
  SELECT what, ROW_NUMBER() OVER (ORDER BY what) AS place
  FROM (
    WITH daily AS (
      SELECT date, organization_id, currency, SUM(estimated_cost) AS estimated_cost
      FROM `my-project.claude_code.cost_daily`
      WHERE date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 29 DAY) AND date <= CURRENT_DATE('UTC')
      GROUP BY date, organization_id, currency
    ),
    usual AS (
      SELECT
        organization_id,
        currency,
        SAFE_DIVIDE(CAST(SUM(estimated_cost) AS FLOAT64), CAST(COUNT(*) AS FLOAT64)) AS usual_cost
      FROM daily
      WHERE date < DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 1 DAY) AND estimated_cost > 0
      GROUP BY organization_id, currency
      HAVING COUNT(*) >= 7
    )
    SELECT
      n.date,
      n.organization_id,
      n.currency,
      n.estimated_cost,
      u.usual_cost,
      CONCAT('organization ', n.organization_id, ': ', CAST(CAST(ROUND(n.estimated_cost) AS INT64) AS STRING), ' ',
        n.currency, ' on ', CAST(n.date AS STRING), ', usually ', CAST(CAST(ROUND(u.usual_cost) AS INT64) AS STRING), '')
        AS what
    FROM daily AS n
    JOIN usual AS u
      ON u.organization_id = n.organization_id AND u.currency = n.currency
    WHERE n.date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 1 DAY)
      AND n.estimated_cost > 50
      AND SAFE_DIVIDE(CAST(n.estimated_cost AS FLOAT64), CAST(1 AS FLOAT64)) > 3 * u.usual_cost
    ORDER BY n.organization_id, n.currency, n.date
  ) AS wrong
) AS placed
