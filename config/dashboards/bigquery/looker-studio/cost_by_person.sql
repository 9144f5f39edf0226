-- Estimated cost by person and API key (cost_by_person; as table).
-- PERSONAL DATA. Over the whole range, the highest first. Estimated cost is what the tokens would
-- cost at list prices: not a bill. Never add across currencies.
SELECT
  currency,
  organization_id,
  actor_type,
  actor_id,
  SUM(estimated_cost) AS estimated_cost
FROM `my-project.claude_code.cost_daily`
WHERE date >= PARSE_DATE('%Y%m%d', @DS_START_DATE) AND date <= PARSE_DATE('%Y%m%d', @DS_END_DATE)
GROUP BY currency, organization_id, actor_type, actor_id
ORDER BY currency, estimated_cost DESC, organization_id, actor_type, actor_id
