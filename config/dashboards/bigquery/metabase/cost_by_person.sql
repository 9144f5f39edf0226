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
WHERE TRUE [[AND date >= CAST({{first_day}} AS DATE)]] [[AND date <= CAST({{last_day}} AS DATE)]]
GROUP BY currency, organization_id, actor_type, actor_id
ORDER BY currency, estimated_cost DESC, organization_id, actor_type, actor_id
