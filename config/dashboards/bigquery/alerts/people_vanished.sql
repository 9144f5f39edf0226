-- Far fewer people use Claude Code (people-vanished).
-- Schedule it (every day 12:00) without a destination table, and have failures told. It fails when
-- something is wrong, with a message that says what. What to do: holidays apart: run `ccsync
-- check` (has the key lost an organization, or the privacy policy changed?) and `ccsync verify`.
SELECT
  CASE
    WHEN COUNT(*) = 0 THEN 'ok'
    ELSE ERROR(CONCAT(
        "Far fewer people use Claude Code: ",
        STRING_AGG(CASE WHEN place <= 10 THEN what END, '; ' ORDER BY place),
        CASE WHEN COUNT(*) > 10 THEN CONCAT("; and ", CAST(COUNT(*) - 10 AS STRING), " more") ELSE '' END,
        ". What to do: holidays apart: run `ccsync check` (has the key lost an organization, or the privacy policy changed?) and `ccsync verify`."
      )
    )
  END AS people_vanished
FROM (
  SELECT what, ROW_NUMBER() OVER (ORDER BY what) AS place
  FROM (
    SELECT
      organization_id,
      people,
      people_before,
      CONCAT('organization ', organization_id, ': ', CAST(people AS STRING),
        ' people, before ', CAST(people_before AS STRING)) AS what
    FROM (
      SELECT
        organization_id,
        COUNT(DISTINCT CASE WHEN date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 7 DAY) THEN actor_id END) AS people,
        COUNT(DISTINCT CASE WHEN NOT date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 7 DAY) THEN actor_id END) AS people_before
      FROM `my-project.claude_code.daily_user`
      WHERE actor_type = 'user_actor' AND actor_id != ''
        AND date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 14 DAY) AND date < CURRENT_DATE('UTC')
      GROUP BY organization_id
    ) AS counted
    WHERE people_before >= 5 AND 100 * people < 50 * people_before
    ORDER BY organization_id
  ) AS wrong
) AS placed
