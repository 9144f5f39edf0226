{{/* Words of NOTES.txt. */}}

{{/* What the pods of runs are found by. */}}
{{- define "ccsync.selector" -}}
app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/component=sync
{{- end }}

{{/* When that is next, for runs once an hour or a day by UTC; else nothing. */}}
{{- define "ccsync.nextRun" -}}
{{- $schedule := toString .Values.cronjob.schedule | trim -}}
{{- if and (has .Values.cronjob.timeZone (list "Etc/UTC" "UTC")) (regexMatch "^[0-9]+ +([0-9]+|\\*) +\\* +\\* +\\*$" $schedule) -}}
{{- $fields := splitList " " (regexReplaceAll " +" $schedule " ") -}}
{{- $period := ternary 3600 86400 (eq (index $fields 1) "*") -}}
{{- $offset := mul 60 (index $fields 0 | int) -}}
{{- if ne (index $fields 1) "*" -}}
{{- $offset = add $offset (mul 3600 (index $fields 1 | int)) -}}
{{- end -}}
{{- $now := now | unixEpoch | int64 -}}
{{- $next := add $now (sub $period (mod (sub $now $offset) $period)) -}}
{{- printf ", next at %s" (dateInZone "15:04 MST" $next "UTC") -}}
{{- end -}}
{{- end }}

{{/* A day such as 2026-01-31, or 30d. */}}
{{- define "ccsync.dayInWords" -}}
{{- if hasSuffix "d" (toString .) -}}
{{- printf "%s days ago" (trimSuffix "d" (toString .)) -}}
{{- else -}}
{{- . -}}
{{- end -}}
{{- end }}

{{/* The last day that runs of the CronJob leave alone once they have all: what a backfill goes up to. */}}
{{- define "ccsync.beforeTheWindow" -}}
{{- printf "%dd" (add1 (max 3 (int (default dict (default dict .Values.config).sync).lookback_days))) -}}
{{- end }}

{{/* Which days: all of them once, where a ledger is kept; else the last ones each time. */}}
{{- define "ccsync.whatRunsBring" -}}
{{- $config := default dict .Values.config -}}
{{- $tracked := false -}}
{{- range $name, $sink := include "ccsync.sinks" . | fromYaml -}}
{{- $sink := default dict $sink -}}
{{- if or $sink.track (and (ne (toString $sink.type) "stdout") (ne (toString $sink.track) "false")) -}}
{{- $tracked = true -}}
{{- end -}}
{{- end -}}
{{- if and $tracked (ne (include "ccsync.stateUrl" .) "none") -}}
{{- $start := default "30d" (default dict $config.sync).start -}}
{{- printf "The first run brings every day since %s; later ones what is new or was corrected." (include "ccsync.dayInWords" $start) -}}
{{- else -}}
Each run brings the last days and today.
{{- end -}}
{{- end }}

{{/* Keys that a Secret of the user's has to have, as a YAML list. */}}
{{- define "ccsync.wantedKeys" -}}
{{- $secret := .Values.secret -}}
{{- $keys := list -}}
{{- if $secret.existingSecret -}}
{{- if not (or .Values.federation.enabled (include "ccsync.credentials" . | fromYamlArray)) -}}
{{- $keys = append $keys (default $secret.keys.apiKey $secret.keys.bearerToken) -}}
{{- end -}}
{{- if $secret.keys.heartbeatUrl -}}
{{- $keys = append $keys $secret.keys.heartbeatUrl -}}
{{- end -}}
{{- $keys = concat $keys (values (default dict $secret.env) | sortAlpha) | uniq -}}
{{- end -}}
{{- toYaml $keys -}}
{{- end }}
