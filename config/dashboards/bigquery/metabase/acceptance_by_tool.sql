-- Share of proposals accepted, by tool (acceptance_by_tool; as bars).
-- Over the whole range. For longer times add accepted and rejected and divide again; do not
-- average rates.
SELECT
  organization_id,
  tool,
  SUM(accepted) AS accepted,
  SUM(rejected) AS rejected,
  SAFE_DIVIDE(CAST(SUM(accepted) AS FLOAT64), CAST(SUM(accepted) + SUM(rejected) AS FLOAT64)) AS acceptance_rate
FROM `my-project.claude_code.acceptance_by_tool`
WHERE TRUE [[AND date >= CAST({{first_day}} AS DATE)]] [[AND date <= CAST({{last_day}} AS DATE)]]
GROUP BY organization_id, tool
ORDER BY organization_id, tool
