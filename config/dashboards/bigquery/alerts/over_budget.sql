-- The estimated cost of Claude Code in 30 days is above its budget (over-budget).
-- Schedule it (every day 12:00) without a destination table, and have failures told. It fails when
-- something is wrong, with a message that says what. What to do: look at cost by model and by
-- person; set the amount of this query to your own budget. It is an estimate, not the bill.
SELECT
  CASE
    WHEN COUNT(*) = 0 THEN 'ok'
    ELSE ERROR(CONCAT(
        "The estimated cost of Claude Code in 30 days is above its budget: ",
        STRING_AGG(CASE WHEN place <= 10 THEN what END, '; ' ORDER BY place),
        CASE WHEN COUNT(*) > 10 THEN CONCAT("; and ", CAST(COUNT(*) - 10 AS STRING), " more") ELSE '' END,
        ". What to do: look at cost by model and by person; set the amount of this query to your own budget. It is an estimate, not the bill."
      )
    )
  END AS over_budget
FROM (
  SELECT what, ROW_NUMBER() OVER (ORDER BY what) AS place
  FROM (
    SELECT
      organization_id,
      currency,
      estimated_cost,
      CONCAT('organization ', organization_id, ': ', CAST(CAST(ROUND(estimated_cost) AS INT64) AS STRING), ' ',
        currency, ' of 10000') AS what
    FROM (
      SELECT organization_id, currency, SUM(estimated_cost) AS estimated_cost
      FROM `my-project.claude_code.cost_daily`
      WHERE date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 29 DAY) AND date <= CURRENT_DATE('UTC')
      GROUP BY organization_id, currency
    ) AS spent
    WHERE estimated_cost > 10000
    ORDER BY organization_id, currency
  ) AS wrong
) AS placed
