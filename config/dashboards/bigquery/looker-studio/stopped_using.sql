-- Who stopped (stopped_using; as table).
-- PERSONAL DATA. Who used Claude Code on 5 days or more, and not at all in the last 28? Counted
-- from today, whatever range is chosen.
SELECT
  organization_id,
  actor_id,
  first_active,
  last_active,
  active_days,
  DATE_DIFF(CURRENT_DATE('UTC'), last_active, DAY) AS days_since
FROM `my-project.claude_code.adoption`
WHERE active_days >= 5 AND last_active < DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 28 DAY)
ORDER BY last_active DESC, organization_id, actor_id
