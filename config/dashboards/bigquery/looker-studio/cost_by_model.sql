-- Estimated cost, tokens and people by model (cost_by_model; as table).
-- Over the whole range. Estimated cost is what the tokens would cost at list prices: not a bill.
-- Never add across currencies.
SELECT
  organization_id,
  model,
  currency,
  COUNT(DISTINCT CASE WHEN actor_type = 'user_actor' AND actor_id != '' THEN actor_id END) AS people,
  SUM(input_tokens) AS input_tokens,
  SUM(output_tokens) AS output_tokens,
  SUM(cache_read_tokens) AS cache_read_tokens,
  SUM(cache_creation_tokens) AS cache_creation_tokens,
  SUM(estimated_cost) AS estimated_cost
FROM `my-project.claude_code.model_usage_daily`
WHERE date >= PARSE_DATE('%Y%m%d', @DS_START_DATE) AND date <= PARSE_DATE('%Y%m%d', @DS_END_DATE)
GROUP BY organization_id, model, currency
ORDER BY organization_id, currency, estimated_cost DESC, model
