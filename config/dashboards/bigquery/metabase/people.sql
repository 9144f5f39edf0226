-- Each person and API key (people; as table).
-- PERSONAL DATA. What each person and API key did in the range.
SELECT
  organization_id,
  actor_type,
  actor_id,
  COUNT(*) AS active_days,
  MAX(date) AS last_active,
  SUM(sessions) AS sessions,
  SUM(lines_added) AS lines_added,
  SUM(lines_removed) AS lines_removed,
  SUM(commits) AS commits,
  SUM(pull_requests) AS pull_requests,
  SUM(accepted) AS accepted,
  SUM(rejected) AS rejected,
  SAFE_DIVIDE(CAST(SUM(accepted) AS FLOAT64), CAST(SUM(accepted) + SUM(rejected) AS FLOAT64)) AS acceptance_rate
FROM `my-project.claude_code.daily_user`
WHERE TRUE [[AND date >= CAST({{first_day}} AS DATE)]] [[AND date <= CAST({{last_day}} AS DATE)]]
GROUP BY organization_id, actor_type, actor_id
ORDER BY organization_id, actor_type, actor_id
