{{/* The backfill: a Job whose name changes with everything that it runs, because a Job cannot be changed. */}}

{{/* "true" where retries are counted for each pod's share of the days (Kubernetes 1.29). */}}
{{- define "ccsync.backfillPerIndex" -}}
{{- if and (gt (int .Values.backfill.parallelism) 1) (semverCompare ">=1.29.0-0" .Capabilities.KubeVersion.Version) .Values.job.podFailurePolicy.enabled (not .Values.job.podFailurePolicy.rules) -}}
true
{{- end -}}
{{- end }}

{{/* Its range, as part of a name. */}}
{{- define "ccsync.backfillRange" -}}
{{- $from := .Values.backfill.from | toString | replace "-" "" -}}
{{- $to := default "newest" .Values.backfill.to | toString | replace "-" "" -}}
{{- printf "%s-%s" $from $to | lower -}}
{{- end }}

{{- define "ccsync.backfillName" -}}
{{- $hash := include "ccsync.backfillSpec" . | sha256sum | trunc 6 -}}
{{- $suffix := printf "backfill-%s-%s" (include "ccsync.backfillRange" .) $hash -}}
{{- /* The pods of an Indexed Job add their number, up to five digits, to their host's name. */ -}}
{{- $room := sub 56 (len $suffix) -}}
{{- /* Nor may there be dots, which other names may have. */ -}}
{{- printf "%s-%s" (include "ccsync.fit" (list (include "ccsync.fullname" . | replace "." "-") $room)) $suffix -}}
{{- end }}

{{- define "ccsync.backfillSpec" -}}
{{- $backfill := .Values.backfill -}}
{{- $shards := int $backfill.parallelism -}}
{{- $perIndex := eq (include "ccsync.backfillPerIndex" .) "true" -}}
{{- $args := list "sync" "--from" (toString $backfill.from) -}}
{{- if $backfill.to -}}
{{- $args = concat $args (list "--to" (toString $backfill.to)) -}}
{{- end -}}
{{- range $backfill.sinks -}}
{{- $args = concat $args (list "--sink" .) -}}
{{- end -}}
{{- if $backfill.force -}}
{{- $args = append $args "--force" -}}
{{- end -}}
{{- $env := list -}}
{{- if gt $shards 1 -}}
{{- $env = list (dict "name" "CCSYNC_SHARDS" "value" (toString $shards)) -}}
{{- end -}}
{{- $key := ternary .Values.existingConfigMap.key "backfill.yaml" (not (empty .Values.existingConfigMap.name)) -}}
{{- $pod := dict "root" . "component" "backfill" "args" (concat $args (default list .Values.extraArgs)) "configKey" $key "config" (include "ccsync.backfillConfig" .) "holder" .Values.job.podFailurePolicy.enabled "env" $env "resources" $backfill.resources -}}
{{- if gt $shards 1 -}}
completionMode: Indexed
completions: {{ $shards }}
parallelism: {{ $shards }}
{{ end -}}
{{- if not (kindIs "invalid" $backfill.backoffLimit) -}}
{{ ternary "backoffLimitPerIndex" "backoffLimit" $perIndex }}: {{ int $backfill.backoffLimit }}
{{ end -}}
{{- if not (kindIs "invalid" $backfill.activeDeadlineSeconds) -}}
activeDeadlineSeconds: {{ int $backfill.activeDeadlineSeconds }}
{{ end -}}
{{- if not (kindIs "invalid" $backfill.ttlSecondsAfterFinished) -}}
ttlSecondsAfterFinished: {{ int $backfill.ttlSecondsAfterFinished }}
{{ end -}}
{{- if .Values.job.podFailurePolicy.enabled -}}
{{ include "ccsync.podFailurePolicy" (dict "root" . "perIndex" $perIndex) }}
{{ end -}}
template:
  metadata:
    {{- include "ccsync.podMetadata" $pod | nindent 4 }}
  spec:
    {{- include "ccsync.podSpec" $pod | nindent 4 }}
{{- end }}
