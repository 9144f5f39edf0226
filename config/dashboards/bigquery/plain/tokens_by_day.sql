-- Tokens per day, and the share read from the prompt cache (tokens_by_day; as stacked bars).
-- cache_read_share is cache_read / (input + cache_read + cache_creation). For longer times add the
-- tokens and divide again.
SELECT
  date,
  organization_id,
  SUM(input_tokens) AS input_tokens,
  SUM(output_tokens) AS output_tokens,
  SUM(cache_read_tokens) AS cache_read_tokens,
  SUM(cache_creation_tokens) AS cache_creation_tokens,
  SAFE_DIVIDE(CAST(SUM(cache_read_tokens) AS FLOAT64), CAST(SUM(input_tokens) + SUM(cache_read_tokens) + SUM(cache_creation_tokens) AS FLOAT64)) AS cache_read_share
FROM `my-project.claude_code.model_usage_daily`
WHERE date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 89 DAY) AND date <= CURRENT_DATE('UTC')
GROUP BY date, organization_id
ORDER BY date, organization_id
