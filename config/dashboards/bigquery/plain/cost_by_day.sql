-- Estimated cost per day, by model (cost_by_day; as stacked bars).
-- Estimated cost is what the tokens would cost at list prices: not a bill. Never add across
-- currencies. Break down by currency too, or filter one.
SELECT
  date,
  organization_id,
  model,
  currency,
  SUM(estimated_cost) AS estimated_cost
FROM `my-project.claude_code.model_usage_daily`
WHERE date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 89 DAY) AND date <= CURRENT_DATE('UTC')
GROUP BY date, organization_id, model, currency
ORDER BY date, organization_id, model, currency
