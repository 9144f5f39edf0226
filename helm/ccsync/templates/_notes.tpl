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

{{- define "ccsync.startInWords" -}}
{{- $start := toString (default "30d" (default dict (default dict .Values.config).sync).start) -}}
{{- if regexMatch "^[0-9]+d$" $start -}}
{{- printf "%s days ago" (trimSuffix "d" $start) -}}
{{- else -}}
{{- $start -}}
{{- end -}}
{{- end }}
