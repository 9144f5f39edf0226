-- Where people use Claude Code (people_by_terminal; as bars).
-- Somebody who used two terminals in the range counts for both: do not add up people.
SELECT
  organization_id,
  COALESCE(terminal_type, '(not said)') AS terminal,
  COALESCE(customer_type, '(not said)') AS customer,
  COUNT(DISTINCT actor_id) AS people,
  SUM(sessions) AS sessions
FROM `my-project.claude_code.usage_daily`
WHERE actor_type = 'user_actor' AND actor_id != '' AND TRUE [[AND date >= CAST({{first_day}} AS DATE)]] [[AND date <= CAST({{last_day}} AS DATE)]]
GROUP BY organization_id, terminal, customer
ORDER BY organization_id, people DESC, terminal, customer
