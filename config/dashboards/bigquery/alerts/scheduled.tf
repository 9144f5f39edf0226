# Written by `ccsync bigquery alerts --terraform`: a scheduled query for each alert.
# BigQuery tells its owner by e-mail when one fails, and nobody if the owner is a service account:
# then name a topic in `notification_pubsub_topic`, or let Cloud Monitoring alert on the log of
# failed runs (resource type bigquery_dts_config).

resource "google_bigquery_data_transfer_config" "warehouse_data_stale" {
  project        = "my-project"
  location       = "EU"
  display_name   = "ccsync data-stale: Claude Code usage is no longer brought up to date"
  data_source_id = "scheduled_query"
  schedule       = "every 6 hours"
  # notification_pubsub_topic = 
  email_preferences {
    enable_failure_email = true
  }
  params = {
    query = <<-SQL
      SELECT
        CASE
          WHEN COUNT(*) = 0 THEN 'ok'
          ELSE ERROR(CONCAT(
              "Claude Code usage is no longer brought up to date: ",
              STRING_AGG(CASE WHEN place <= 10 THEN what END, '; ' ORDER BY place),
              CASE WHEN COUNT(*) > 10 THEN CONCAT("; and ", CAST(COUNT(*) - 10 AS STRING), " more") ELSE '' END,
              ". What to do: run `ccsync status` for the newest day of the sink, then look at the log and the exit code of the last run: 3 wants a key or a permission, 5 a network, none at all a schedule. A source that was given up on purpose: leave it out of this query."
            )
          )
        END AS data_stale
      FROM (
        SELECT what, ROW_NUMBER() OVER (ORDER BY what) AS place
        FROM (
          SELECT
            source_id,
            hours_ago,
            CONCAT('source ', source_id, ' was last fetched ', CAST(hours_ago AS STRING),
              ' hours ago') AS what
          FROM (
            SELECT source_id, DIV(TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), last_fetched_at, SECOND), 3600) AS hours_ago
            FROM `my-project.claude_code.sync_freshness`
          ) AS ages
          WHERE hours_ago >= 26
          UNION ALL
          SELECT
            '' AS source_id,
            CAST(NULL AS INT64) AS hours_ago,
            'no day was ever delivered' AS what
          FROM (SELECT COUNT(*) AS sources FROM `my-project.claude_code.sync_freshness`) AS counted
          WHERE sources = 0
          ORDER BY source_id
        ) AS wrong
      ) AS placed
    SQL
  }
}

resource "google_bigquery_data_transfer_config" "warehouse_day_missing" {
  project        = "my-project"
  location       = "EU"
  display_name   = "ccsync day-missing: Days of Claude Code usage are missing"
  data_source_id = "scheduled_query"
  schedule       = "every day 12:00"
  # notification_pubsub_topic = 
  email_preferences {
    enable_failure_email = true
  }
  params = {
    query = <<-SQL
      SELECT
        CASE
          WHEN COUNT(*) = 0 THEN 'ok'
          ELSE ERROR(CONCAT(
              "Days of Claude Code usage are missing: ",
              STRING_AGG(CASE WHEN place <= 10 THEN what END, '; ' ORDER BY place),
              CASE WHEN COUNT(*) > 10 THEN CONCAT("; and ", CAST(COUNT(*) - 10 AS STRING), " more") ELSE '' END,
              ". What to do: `ccsync status` lists missing and skipped days; `ccsync sync --from DAY --to DAY --force` fetches and delivers them again."
            )
          )
        END AS day_missing
      FROM (
        SELECT what, ROW_NUMBER() OVER (ORDER BY what) AS place
        FROM (
          SELECT
            e.source_id,
            e.date,
            CASE WHEN c.date IS NULL THEN 'missing' ELSE 'not final' END AS state,
            CONCAT(CAST(e.date AS STRING), ' of source ', e.source_id,
              CASE WHEN c.date IS NULL THEN ' is missing' ELSE ' is not final' END) AS what
          FROM (
            SELECT f.source_id, day AS date
            FROM `my-project.claude_code.sync_freshness` AS f
            CROSS JOIN UNNEST(GENERATE_DATE_ARRAY(f.first_day, DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 1 DAY))) AS day
          ) AS e
          LEFT JOIN `my-project.claude_code.current_days` AS c
            ON c.source_id = e.source_id AND c.date = e.date
          WHERE c.date IS NULL
            OR (NOT c.settled AND e.date < DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 7 DAY))
          ORDER BY e.source_id, e.date
        ) AS wrong
      ) AS placed
    SQL
  }
}

resource "google_bigquery_data_transfer_config" "warehouse_day_incomplete" {
  project        = "my-project"
  location       = "EU"
  display_name   = "ccsync day-incomplete: Deliveries of Claude Code usage did not end"
  data_source_id = "scheduled_query"
  schedule       = "every day 12:00"
  # notification_pubsub_topic = 
  email_preferences {
    enable_failure_email = true
  }
  params = {
    query = <<-SQL
      SELECT
        CASE
          WHEN COUNT(*) = 0 THEN 'ok'
          ELSE ERROR(CONCAT(
              "Deliveries of Claude Code usage did not end: ",
              STRING_AGG(CASE WHEN place <= 10 THEN what END, '; ' ORDER BY place),
              CASE WHEN COUNT(*) > 10 THEN CONCAT("; and ", CAST(COUNT(*) - 10 AS STRING), " more") ELSE '' END,
              ". What to do: `ccsync sync --from DAY --to DAY --force` delivers the days again; if that does not help, look for who deletes rows of usage_raw."
            )
          )
        END AS day_incomplete
      FROM (
        SELECT what, ROW_NUMBER() OVER (ORDER BY what) AS place
        FROM (
          SELECT
            source_id,
            date,
            COALESCE(record_count, 0) AS record_count,
            records_there,
            CONCAT(CAST(date AS STRING), ' of source ', source_id, ': ',
              CASE
                WHEN record_count IS NULL THEN 'rows without a commit'
                ELSE CONCAT(CAST(records_there AS STRING), ' records of ',
                  CAST(record_count AS STRING))
              END) AS what
          FROM `my-project.claude_code.sync_audit`
          WHERE NOT complete AND date < DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 1 DAY)
          ORDER BY source_id, date
        ) AS wrong
      ) AS placed
    SQL
  }
}

resource "google_bigquery_data_transfer_config" "warehouse_over_budget" {
  project        = "my-project"
  location       = "EU"
  display_name   = "ccsync over-budget: The estimated cost of Claude Code in 30 days is above its budget"
  data_source_id = "scheduled_query"
  schedule       = "every day 12:00"
  # notification_pubsub_topic = 
  email_preferences {
    enable_failure_email = true
  }
  params = {
    query = <<-SQL
      SELECT
        CASE
          WHEN COUNT(*) = 0 THEN 'ok'
          ELSE ERROR(CONCAT(
              "The estimated cost of Claude Code in 30 days is above its budget: ",
              STRING_AGG(CASE WHEN place <= 10 THEN what END, '; ' ORDER BY place),
              CASE WHEN COUNT(*) > 10 THEN CONCAT("; and ", CAST(COUNT(*) - 10 AS STRING), " more") ELSE '' END,
              ". What to do: look at cost by model and by person; set the amount of this query to your own budget. It is an estimate, not the bill."
            )
          )
        END AS over_budget
      FROM (
        SELECT what, ROW_NUMBER() OVER (ORDER BY what) AS place
        FROM (
          SELECT
            organization_id,
            currency,
            estimated_cost,
            CONCAT('organization ', organization_id, ': ', CAST(CAST(ROUND(estimated_cost) AS INT64) AS STRING), ' ',
              currency, ' of 10000') AS what
          FROM (
            SELECT organization_id, currency, SUM(estimated_cost) AS estimated_cost
            FROM `my-project.claude_code.cost_daily`
            WHERE date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 29 DAY) AND date <= CURRENT_DATE('UTC')
            GROUP BY organization_id, currency
          ) AS spent
          WHERE estimated_cost > 10000
          ORDER BY organization_id, currency
        ) AS wrong
      ) AS placed
    SQL
  }
}

resource "google_bigquery_data_transfer_config" "warehouse_cost_unusual" {
  project        = "my-project"
  location       = "EU"
  display_name   = "ccsync cost-unusual: The estimated cost of Claude Code is far above its usual"
  data_source_id = "scheduled_query"
  schedule       = "every day 12:00"
  # notification_pubsub_topic = 
  email_preferences {
    enable_failure_email = true
  }
  params = {
    query = <<-SQL
      SELECT
        CASE
          WHEN COUNT(*) = 0 THEN 'ok'
          ELSE ERROR(CONCAT(
              "The estimated cost of Claude Code is far above its usual: ",
              STRING_AGG(CASE WHEN place <= 10 THEN what END, '; ' ORDER BY place),
              CASE WHEN COUNT(*) > 10 THEN CONCAT("; and ", CAST(COUNT(*) - 10 AS STRING), " more") ELSE '' END,
              ". What to do: look for one person, API key or model in the tables of estimated cost: an automation that loops is the usual reason."
            )
          )
        END AS cost_unusual
      FROM (
        SELECT what, ROW_NUMBER() OVER (ORDER BY what) AS place
        FROM (
          WITH daily AS (
            SELECT date, organization_id, currency, SUM(estimated_cost) AS estimated_cost
            FROM `my-project.claude_code.cost_daily`
            WHERE date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 29 DAY) AND date <= CURRENT_DATE('UTC')
            GROUP BY date, organization_id, currency
          ),
          usual AS (
            SELECT
              organization_id,
              currency,
              SAFE_DIVIDE(CAST(SUM(estimated_cost) AS FLOAT64), CAST(COUNT(*) AS FLOAT64)) AS usual_cost
            FROM daily
            WHERE date < DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 1 DAY) AND estimated_cost > 0
            GROUP BY organization_id, currency
            HAVING COUNT(*) >= 7
          )
          SELECT
            n.date,
            n.organization_id,
            n.currency,
            n.estimated_cost,
            u.usual_cost,
            CONCAT('organization ', n.organization_id, ': ', CAST(CAST(ROUND(n.estimated_cost) AS INT64) AS STRING), ' ',
              n.currency, ' on ', CAST(n.date AS STRING), ', usually ', CAST(CAST(ROUND(u.usual_cost) AS INT64) AS STRING), '')
              AS what
          FROM daily AS n
          JOIN usual AS u
            ON u.organization_id = n.organization_id AND u.currency = n.currency
          WHERE n.date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 1 DAY)
            AND n.estimated_cost > 50
            AND SAFE_DIVIDE(CAST(n.estimated_cost AS FLOAT64), CAST(1 AS FLOAT64)) > 3 * u.usual_cost
          ORDER BY n.organization_id, n.currency, n.date
        ) AS wrong
      ) AS placed
    SQL
  }
}

resource "google_bigquery_data_transfer_config" "warehouse_acceptance_falling" {
  project        = "my-project"
  location       = "EU"
  display_name   = "ccsync acceptance-falling: People accept fewer of Claude Code's edits"
  data_source_id = "scheduled_query"
  schedule       = "every day 12:00"
  # notification_pubsub_topic = 
  email_preferences {
    enable_failure_email = true
  }
  params = {
    query = <<-SQL
      SELECT
        CASE
          WHEN COUNT(*) = 0 THEN 'ok'
          ELSE ERROR(CONCAT(
              "People accept fewer of Claude Code's edits: ",
              STRING_AGG(CASE WHEN place <= 10 THEN what END, '; ' ORDER BY place),
              CASE WHEN COUNT(*) > 10 THEN CONCAT("; and ", CAST(COUNT(*) - 10 AS STRING), " more") ELSE '' END,
              ". What to do: look at acceptance by tool: one tool points to a changed setting or client, all of them to a changed model or kind of work."
            )
          )
        END AS acceptance_falling
      FROM (
        SELECT what, ROW_NUMBER() OVER (ORDER BY what) AS place
        FROM (
          SELECT
            organization_id,
            decisions,
            acceptance_rate,
            acceptance_rate_before,
            CONCAT('organization ', organization_id, ': ', CAST(CAST(ROUND(100 * acceptance_rate) AS INT64) AS STRING), '',
              ' percent, before ', CAST(CAST(ROUND(100 * acceptance_rate_before) AS INT64) AS STRING), '') AS what
          FROM (
            SELECT
              organization_id,
              SUM(CASE WHEN date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 7 DAY) THEN accepted + rejected ELSE 0 END) AS decisions,
              SAFE_DIVIDE(CAST(SUM(CASE WHEN date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 7 DAY) THEN accepted ELSE 0 END) AS FLOAT64), CAST(SUM(CASE WHEN date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 7 DAY) THEN accepted + rejected ELSE 0 END) AS FLOAT64)) AS acceptance_rate,
              SAFE_DIVIDE(CAST(SUM(CASE WHEN NOT date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 7 DAY) THEN accepted ELSE 0 END) AS FLOAT64), CAST(SUM(CASE WHEN NOT date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 7 DAY) THEN accepted + rejected ELSE 0 END) AS FLOAT64)) AS acceptance_rate_before
            FROM `my-project.claude_code.acceptance_by_tool`
            WHERE date >= DATE_SUB(CURRENT_DATE('UTC'), INTERVAL 35 DAY) AND date < CURRENT_DATE('UTC')
            GROUP BY organization_id
          ) AS rates
          WHERE decisions >= 100
            AND 100 * acceptance_rate < 80 * acceptance_rate_before
          ORDER BY organization_id
        ) AS wrong
      ) AS placed
    SQL
  }
}

resource "google_bigquery_data_transfer_config" "warehouse_people_vanished" {
  project        = "my-project"
  location       = "EU"
  display_name   = "ccsync people-vanished: Far fewer people use Claude Code"
  data_source_id = "scheduled_query"
  schedule       = "every day 12:00"
  # notification_pubsub_topic = 
  email_preferences {
    enable_failure_email = true
  }
  params = {
    query = <<-SQL
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
    SQL
  }
}
