-- People, sessions, lines, commits and pull requests per day (activity_by_day; as bars).
-- One row per day and organization with any usage. Do not add up people over days: somebody who
-- was active on two days is one person.
SELECT
  date,
  organization_id,
  active_people,
  active_api_keys,
  sessions,
  lines_added,
  lines_removed,
  commits,
  pull_requests,
  settled
FROM `my-project.claude_code.org_daily`
WHERE TRUE [[AND date >= CAST({{first_day}} AS DATE)]] [[AND date <= CAST({{last_day}} AS DATE)]]
ORDER BY date, organization_id
