-- People active per week (people_by_week; as bars).
-- Weeks that begin in the range, by their Mondays. The running week is there as far as it has
-- come.
SELECT
  week,
  organization_id,
  active_people,
  active_api_keys,
  days_with_usage,
  settled
FROM `my-project.claude_code.weekly_active`
WHERE week >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 89 DAY) AND week <= CURRENT_DATE('UTC')
ORDER BY week, organization_id
