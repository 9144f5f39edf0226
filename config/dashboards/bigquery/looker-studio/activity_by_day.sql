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
WHERE date >= PARSE_DATE('%Y%m%d', @DS_START_DATE) AND date <= PARSE_DATE('%Y%m%d', @DS_END_DATE)
ORDER BY date, organization_id
