{{/* How many days the ConfigMap of the state remembers. */}}

{{/* Days since a date such as 2026-01-31, or of 30d; empty: it is neither. */}}
{{- define "ccsync.daysSince" -}}
{{- $text := toString . -}}
{{- if regexMatch "^[0-9]+d$" $text -}}
{{- trimSuffix "d" $text -}}
{{- else if regexMatch "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" $text -}}
{{- div (sub (now | unixEpoch | int64) (toDate "2006-01-02" $text | unixEpoch | int64)) 86400 -}}
{{- end -}}
{{- end }}

{{/* Names of the sinks that remember people, as a YAML list. */}}
{{- define "ccsync.rememberingSinks" -}}
{{- $config := default dict .Values.config -}}
{{- $identity := toString (default "email" (default dict $config.privacy).identity) -}}
{{- $names := list -}}
{{- range $name, $sink := default dict $config.sinks -}}
{{- $sink := default dict $sink -}}
{{- $policy := toString (default $identity (default dict $sink.privacy).identity) -}}
{{- $user := or (not $sink.dimensions) (has "user" (default list $sink.dimensions)) -}}
{{- if and (eq (toString $sink.type) "otlp") (ne $policy "drop") $user -}}
{{- $names = append $names $name -}}
{{- end -}}
{{- end -}}
{{- toYaml $names -}}
{{- end }}

{{/*
Days that fit; empty: there is no such limit. Measured: 1,000 people for 31 days are 229 KB in the
memory of an otlp sink, and the ConfigMap holds 1,000 KB.
*/}}
{{- define "ccsync.capacity" -}}
{{- $sinks := len (include "ccsync.rememberingSinks" . | fromYamlArray) -}}
{{- $people := int (default 1000 .Values.state.people) -}}
{{- if and (eq (include "ccsync.usesKubernetesApi" .) "true") (gt $sinks 0) -}}
{{- div 135000 (mul $sinks (max 1 $people)) -}}
{{- end -}}
{{- end }}

{{/* Days that a first run or a backfill goes back; the default of sync.start is 30d. */}}
{{- define "ccsync.daysBack" -}}
{{- $start := default "30d" (default dict (default dict .Values.config).sync).start -}}
{{- $days := int (include "ccsync.daysSince" $start | default "0") -}}
{{- if .Values.backfill.enabled -}}
{{- $days = max $days (int (include "ccsync.daysSince" .Values.backfill.from | default "0")) -}}
{{- end -}}
{{- $days -}}
{{- end }}
