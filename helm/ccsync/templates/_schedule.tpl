{{/* Seconds between two runs of the schedule, the shortest; empty where that takes a calendar. */}}
{{- define "ccsync.interval" -}}
{{- $schedule := toString .Values.cronjob.schedule | trim -}}
{{- $known := dict "@hourly" 3600 "@daily" 86400 "@midnight" 86400 "@weekly" 604800 -}}
{{- if hasKey $known $schedule -}}
{{- get $known $schedule -}}
{{- else -}}
{{- $fields := splitList " " (regexReplaceAll "\\s+" $schedule " ") -}}
{{- if eq (len $fields) 5 -}}
{{- $minute := index $fields 0 -}}
{{- $hour := index $fields 1 -}}
{{- $everyDay := and (eq (index $fields 2) "*") (eq (index $fields 3) "*") (eq (index $fields 4) "*") -}}
{{- if eq $minute "*" -}}
60
{{- else if regexMatch "^(\\*|0)/[0-9]+$" $minute -}}
{{- mul 60 (include "ccsync.stepGap" (list $minute 60)) -}}
{{- else if regexMatch "^[0-9]+(,[0-9]+)+$" $minute -}}
{{- /* The smallest gap of the list; from the last to the first of the next hour if every hour is in. */ -}}
{{- $minutes := list -}}
{{- range splitList "," $minute -}}
{{- $minutes = append $minutes (printf "%02d" (atoi .)) -}}
{{- end -}}
{{- $minutes = sortAlpha (uniq $minutes) -}}
{{- $gap := sub (add 60 (first $minutes | trimPrefix "0" | default "0" | atoi)) (last $minutes | trimPrefix "0" | default "0" | atoi) -}}
{{- range $at := until (sub (len $minutes) 1 | int) -}}
{{- $one := index $minutes $at | trimPrefix "0" | default "0" | atoi -}}
{{- $next := index $minutes (add1 $at | int) | trimPrefix "0" | default "0" | atoi -}}
{{- $gap = min $gap (sub $next $one) -}}
{{- end -}}
{{- mul 60 $gap -}}
{{- else if not (regexMatch "^[0-9]+$" $minute) -}}
{{- else if eq $hour "*" -}}
3600
{{- else if regexMatch "^(\\*|0)/[0-9]+$" $hour -}}
{{- mul 3600 (include "ccsync.stepGap" (list $hour 24)) -}}
{{- else if and (regexMatch "^[0-9]+$" $hour) $everyDay -}}
86400
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Shortest gap of a step such as 0/40, which starts anew with each round: (list FIELD ROUND). */}}
{{- define "ccsync.stepGap" -}}
{{- $round := index . 1 -}}
{{- $step := max 1 (min $round (regexFind "[0-9]+$" (index . 0) | atoi)) -}}
{{- min $step (sub $round (mul $step (div (sub $round 1) $step))) -}}
{{- end }}

{{/* Seconds that can pass between two runs of the schedule, at least; empty where that takes a calendar. */}}
{{- define "ccsync.silence" -}}
{{- $schedule := toString .Values.cronjob.schedule | trim -}}
{{- $known := dict "@monthly" 2419200 "@yearly" 31536000 "@annually" 31536000 -}}
{{- $interval := include "ccsync.interval" . -}}
{{- $fields := splitList " " (regexReplaceAll "\\s+" $schedule " ") -}}
{{- if hasKey $known $schedule -}}
{{- get $known $schedule -}}
{{- else if ne (len $fields) 5 -}}
{{- $interval -}}
{{- else if regexMatch "[^*?]" (slice $fields 2 | join "") -}}
{{- /* A whole day has no run. */ -}}
{{- max 86400 (int64 (default 0 $interval)) -}}
{{- else if regexMatch "^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$" (index $fields 1) -}}
{{- $hours := list -}}
{{- range splitList "," (index $fields 1) -}}
{{- $ends := splitList "-" . -}}
{{- $first := include "ccsync.plain" (first $ends) | int -}}
{{- $hours = concat $hours (untilStep $first (add1 (include "ccsync.plain" (last $ends)) | int) 1) -}}
{{- end -}}
{{- /* From each hour to the next one that is in, around the clock. */ -}}
{{- $longest := 1 -}}
{{- range $hour := $hours -}}
{{- $gap := 0 -}}
{{- range $later := untilStep 24 0 -1 -}}
{{- if has (mod (add $hour $later) 24 | int) $hours -}}
{{- $gap = $later -}}
{{- end -}}
{{- end -}}
{{- $longest = max $longest $gap -}}
{{- end -}}
{{- mul 3600 $longest -}}
{{- else -}}
{{- $interval -}}
{{- end -}}
{{- end }}

{{/* A number without the zero in front, which would make it an octal one. */}}
{{- define "ccsync.plain" -}}
{{- trimPrefix "0" . | default "0" -}}
{{- end }}

{{/* Seconds of a duration such as 26h, 90m, 1d or 1h30m; empty: it is none. */}}
{{- define "ccsync.seconds" -}}
{{- $text := toString . -}}
{{- if regexMatch "^([0-9]+(ms|[smhdwy]))+$" $text -}}
{{- $units := dict "ms" 0 "s" 1 "m" 60 "h" 3600 "d" 86400 "w" 604800 "y" 31536000 -}}
{{- $sum := 0 -}}
{{- range regexFindAll "[0-9]+(ms|[smhdwy])" $text -1 -}}
{{- $sum = add $sum (mul (regexFind "^[0-9]+" . | atoi) (get $units (regexFind "[a-z]+$" .))) -}}
{{- end -}}
{{- $sum -}}
{{- end -}}
{{- end }}
