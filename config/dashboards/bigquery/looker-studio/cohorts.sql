-- Who began together, and who still came so many weeks later (cohorts; as pivot table).
-- Rows cohort_week, columns weeks_since, values active_share. Finished weeks only. The first
-- cohort is everybody who was there when the data begin.
SELECT
  organization_id,
  cohort_week,
  weeks_since,
  people,
  active_people,
  active_share
FROM `my-project.claude_code.cohorts`
WHERE week < DATE_TRUNC(CURRENT_DATE('UTC'), WEEK(MONDAY)) AND cohort_week >= PARSE_DATE('%Y%m%d', @DS_START_DATE) AND cohort_week <= PARSE_DATE('%Y%m%d', @DS_END_DATE)
ORDER BY organization_id, cohort_week, weeks_since
