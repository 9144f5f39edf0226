-- Share of proposals accepted, per week (acceptance_by_week; as lines).
-- By the Mondays of the weeks. For longer times add accepted and rejected and divide again; do not
-- average rates.
SELECT
  DATE_TRUNC(date, WEEK(MONDAY)) AS week,
  organization_id,
  SUM(accepted) AS accepted,
  SUM(rejected) AS rejected,
  SAFE_DIVIDE(CAST(SUM(accepted) AS FLOAT64), CAST(SUM(accepted) + SUM(rejected) AS FLOAT64)) AS acceptance_rate
FROM `my-project.claude_code.acceptance_by_tool`
WHERE date >= PARSE_DATE('%Y%m%d', @DS_START_DATE) AND date <= PARSE_DATE('%Y%m%d', @DS_END_DATE)
GROUP BY week, organization_id
ORDER BY week, organization_id
