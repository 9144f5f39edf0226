-- This month against the budget (budget_this_month; as table).
-- How much of this month's budget is spent, and where does it end at this rate? Put your budget in
-- the place of 5000 USD. Today counts as a whole day. Estimated cost is what the tokens would cost
-- at list prices: not a bill. Never add across currencies.
WITH budget AS (
  SELECT 'USD' AS currency, 5000 AS amount
),
calendar AS (
  SELECT
    DATE_TRUNC(CURRENT_DATE('UTC'), MONTH) AS month,
    DATE_DIFF(CURRENT_DATE('UTC'), DATE_TRUNC(CURRENT_DATE('UTC'), MONTH), DAY) + 1 AS days_so_far,
    DATE_DIFF(LAST_DAY(CURRENT_DATE('UTC'), MONTH), DATE_TRUNC(CURRENT_DATE('UTC'), MONTH), DAY) + 1 AS days_of_month
),
spent AS (
  SELECT currency, SUM(estimated_cost) AS amount
  FROM `my-project.claude_code.cost_daily`
  WHERE date >= DATE_TRUNC(CURRENT_DATE('UTC'), MONTH) AND date <= CURRENT_DATE('UTC')
  GROUP BY currency
)
SELECT
  c.month,
  b.currency,
  b.amount AS budget,
  COALESCE(s.amount, 0) AS estimated_cost,
  SAFE_DIVIDE(CAST(COALESCE(s.amount, 0) AS FLOAT64), CAST(b.amount AS FLOAT64)) AS share_of_budget,
  SAFE_DIVIDE(CAST(c.days_so_far AS FLOAT64), CAST(c.days_of_month AS FLOAT64)) AS share_of_month,
  SAFE_DIVIDE(CAST(COALESCE(s.amount, 0) AS FLOAT64), CAST(c.days_so_far AS FLOAT64)) * c.days_of_month AS at_this_rate
FROM budget AS b
CROSS JOIN calendar AS c
LEFT JOIN spent AS s ON s.currency = b.currency
ORDER BY b.currency
