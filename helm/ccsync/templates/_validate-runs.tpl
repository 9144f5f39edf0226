{{/* When runs start and end, and who is told. */}}

{{- define "ccsync.validateSchedule" -}}
{{- $check := . -}}
{{- $values := .root.Values -}}
{{- $cronjob := $values.cronjob -}}
{{- $schedule := toString (default "" $cronjob.schedule) | trim -}}
{{- $timeZone := toString (default "" $cronjob.timeZone) -}}
{{- if contains "TZ=" $schedule -}}
{{- include "ccsync.fault" (list $check "cronjob.schedule" (printf "%q names a time zone, which Kubernetes refuses there. Write it into cronjob.timeZone" $schedule)) -}}
{{- else if not (regexMatch "^(@(hourly|daily|midnight|weekly|monthly|yearly|annually)|([-0-9*/,?A-Za-z]+\\s+){4}[-0-9*/,?A-Za-z]+)$" $schedule) -}}
{{- include "ccsync.fault" (list $check "cronjob.schedule" (printf "%q is no schedule. Write minute, hour, day of month, month, day of week: \"17 * * * *\" is once an hour" $schedule)) -}}
{{- end -}}
{{- if not (regexMatch "^(UTC|[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)+)$" $timeZone) -}}
{{- include "ccsync.fault" (list $check "cronjob.timeZone" (printf "%q is no name of a time zone that every cluster knows. Write Etc/UTC (days of the API are UTC), or one such as Europe/Berlin" $timeZone)) -}}
{{- end -}}
{{- if not (has $cronjob.concurrencyPolicy (list "Forbid" "Replace")) -}}
{{- include "ccsync.fault" (list $check "cronjob.concurrencyPolicy" (printf "%v would start runs that find their days taken by another run, and fail with exit 75. Write Forbid" $cronjob.concurrencyPolicy)) -}}
{{- end -}}
{{- if and (not (kindIs "invalid" $cronjob.startingDeadlineSeconds)) (lt (int $cronjob.startingDeadlineSeconds) 10) -}}
{{- include "ccsync.fault" (list $check "cronjob.startingDeadlineSeconds" (printf "is %v: the controller looks every 10 seconds, so runs would never start. Write 21600, or null for no limit" $cronjob.startingDeadlineSeconds)) -}}
{{- end -}}
{{- $interval := include "ccsync.interval" .root -}}
{{- $limit := $values.job.activeDeadlineSeconds -}}
{{- if not (kindIs "invalid" $limit) -}}
{{- /* A sixth of the time between two runs is left for what happens around one. */ -}}
{{- $room := int64 (default 3600 $interval) -}}
{{- $room = sub $room (max 30 (div $room 6)) -}}
{{- if and $interval (ge (int $limit) (int $interval)) -}}
{{- include "ccsync.fault" (list $check "job.activeDeadlineSeconds" (printf "is %v, but cronjob.schedule starts a run every %s seconds: a long one would keep the next from starting. %s, or run less often" $limit $interval (include "ccsync.limits" (list "job" $room $values.terminationGracePeriodSeconds)))) -}}
{{- else if le (int $limit) (int $values.terminationGracePeriodSeconds) -}}
{{- include "ccsync.fault" (list $check "job.activeDeadlineSeconds" (printf "is %v, no more than terminationGracePeriodSeconds (%v): no run would have any time. %s" $limit $values.terminationGracePeriodSeconds (include "ccsync.limits" (list "job" (min 3000 $room) $values.terminationGracePeriodSeconds)))) -}}
{{- end -}}
{{- $deadline := include "ccsync.seconds" (default "" (default dict (default dict $values.config).sync).deadline) -}}
{{- if and $deadline (gt (int $deadline) (int $limit)) -}}
{{- include "ccsync.fault" (list $check "config.sync.deadline" (printf "is %s seconds, but Kubernetes stops a run after job.activeDeadlineSeconds (%v), and deletes its pod and log. Leave it out, and the chart writes %s; or raise the other" $deadline $limit (include "ccsync.deadline" (list .root $limit)))) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* What to write, so that a run has time before it is asked to end: (list SECTION SECONDS GRACE). */}}
{{- define "ccsync.limits" -}}
{{- $limit := int64 (index . 1) -}}
{{- printf "Write %s.activeDeadlineSeconds: %d" (index . 0) $limit -}}
{{- if ge (int64 (index . 2)) $limit -}}
{{- printf " and terminationGracePeriodSeconds: %d" (min 60 (div $limit 2)) -}}
{{- end -}}
{{- end }}

{{- define "ccsync.validateBackfill" -}}
{{- $check := . -}}
{{- $values := .root.Values -}}
{{- with $values.backfill -}}
{{- if .enabled -}}
{{- $day := "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" -}}
{{- range $name, $value := dict "from" .from "to" .to -}}
{{- if and $value (not (regexMatch "^([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,5}d)$" (toString $value))) -}}
{{- include "ccsync.fault" (list $check (printf "backfill.%s" $name) (printf "%v is no day. Write one such as \"2026-01-31\", or \"90d\" for 90 days ago" $value)) -}}
{{- end -}}
{{- end -}}
{{- if not .from -}}
{{- include "ccsync.fault" (list $check "backfill.from" "is empty. Write the first day to fill, such as \"2026-01-31\", or \"90d\" for 90 days ago") -}}
{{- else if and (regexMatch $day (toString .from)) (regexMatch $day (toString .to)) (gt (toString .from) (toString .to)) -}}
{{- include "ccsync.fault" (list $check "backfill.to" (printf "%v is before backfill.from (%v). Exchange them" .to .from)) -}}
{{- end -}}
{{- if lt (int .parallelism) 1 -}}
{{- include "ccsync.fault" (list $check "backfill.parallelism" (printf "is %v. Write 1 or more" .parallelism)) -}}
{{- end -}}
{{- if and (not (kindIs "invalid" .activeDeadlineSeconds)) (le (int .activeDeadlineSeconds) (int $values.terminationGracePeriodSeconds)) -}}
{{- include "ccsync.fault" (list $check "backfill.activeDeadlineSeconds" (printf "is %v, no more than terminationGracePeriodSeconds (%v): no run would have any time. %s" .activeDeadlineSeconds $values.terminationGracePeriodSeconds (include "ccsync.limits" (list "backfill" 21600 $values.terminationGracePeriodSeconds)))) -}}
{{- end -}}
{{- if not $values.existingConfigMap.name -}}
{{- $sinks := include "ccsync.sinks" $check.root | fromYaml -}}
{{- range .sinks -}}
{{- if not (hasKey $sinks .) -}}
{{- include "ccsync.fault" (list $check "backfill.sinks" (printf "%s is no sink of config.sinks; there are %s" . (keys $sinks | sortAlpha | join ", "))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "ccsync.validateAlerts" -}}
{{- $check := . -}}
{{- $rule := .root.Values.prometheusRule -}}
{{- if $rule.enabled -}}
{{- range $name, $value := pick $rule "staleAfter" "suspendedAfter" -}}
{{- if not (include "ccsync.seconds" $value) -}}
{{- include "ccsync.fault" (list $check (printf "prometheusRule.%s" $name) (printf "%v is no duration. Write one such as 6h" $value)) -}}
{{- end -}}
{{- end -}}
{{- $stale := include "ccsync.seconds" $rule.staleAfter -}}
{{- $silence := include "ccsync.silence" .root -}}
{{- if and $stale $silence (le (int $stale) (int $silence)) -}}
{{- include "ccsync.fault" (list $check "prometheusRule.staleAfter" (printf "is %s, but by cronjob.schedule %s seconds can pass between two runs: the alert would be raised each time. Write %dh or more" $rule.staleAfter $silence (add 2 (div (int $silence) 3600)))) -}}
{{- end -}}
{{- $hours := $rule.thresholds.staleHours -}}
{{- /* The rule looks two weeks back. */ -}}
{{- $instead := ternary "null (there is no such alert then)" (printf "%d or more" (add 2 (div (int $silence) 3600))) (gt (int $silence) 1144800) -}}
{{- if and $hours $silence (include "ccsync.dataVariants" .root | fromYamlArray) (not (has "CcsyncDataStale" $rule.disabled)) (le (mul 3600 (int64 $hours)) (int64 $silence)) -}}
{{- include "ccsync.fault" (list $check "prometheusRule.thresholds.staleHours" (printf "is %v, but by cronjob.schedule %s seconds can pass between two runs: the alert would be raised each time. Write %s" $hours $silence $instead)) -}}
{{- end -}}
{{- if $stale -}}
{{- $names := include "ccsync.alertNames" .root | fromYamlArray -}}
{{- range $rule.disabled -}}
{{- if not (has . $names) -}}
{{- include "ccsync.fault" (list $check "prometheusRule.disabled" (printf "%s is no alert; there are %s" . (join ", " $names))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
