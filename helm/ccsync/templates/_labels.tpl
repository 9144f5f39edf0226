{{/* Labels and the head of an object. */}}

{{- define "ccsync.selectorLabels" -}}
app.kubernetes.io/name: {{ include "ccsync.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/*
Labels of an object: (dict "root" $ "component" NAME "labels" MAP). What selectors go by cannot be
replaced by other labels; the rest can.
*/}}
{{- define "ccsync.labels" -}}
{{- $labels := include "ccsync.podLabels" . | fromYaml -}}
{{- $chart := printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" -}}
{{- toYaml (merge $labels (dict "helm.sh/chart" $chart "app.kubernetes.io/managed-by" .root.Release.Service)) -}}
{{- end }}

{{/* Those of what would be started again if a label of the chart changed: pods and Jobs. */}}
{{- define "ccsync.podLabels" -}}
{{- $given := merge (deepCopy (default dict .labels)) (default dict .root.Values.commonLabels) -}}
{{- $labels := dict "app.kubernetes.io/component" .component "app.kubernetes.io/part-of" .root.Chart.Name "app.kubernetes.io/version" (.root.Chart.AppVersion | replace "+" "_" | trunc 63) -}}
{{- if $given -}}
{{- $labels = merge (include "ccsync.render" (list .root $given) | fromYaml) $labels -}}
{{- end -}}
{{- toYaml (merge (include "ccsync.selectorLabels" .root | fromYaml) $labels) -}}
{{- end }}

{{/*
Everything under `metadata:`, as
(dict "root" $ "name" NAME "component" NAME "labels" MAP "annotations" MAP "namespace" NAME).
*/}}
{{- define "ccsync.metadata" -}}
name: {{ .name | quote }}
namespace: {{ default .root.Release.Namespace .namespace | quote }}
labels:
  {{- include "ccsync.labels" . | nindent 2 }}
{{- with merge (deepCopy (default dict .annotations)) (default dict .root.Values.commonAnnotations) }}
annotations:
  {{- include "ccsync.render" (list $.root .) | nindent 2 }}
{{- end }}
{{- end }}

{{/* YAML of a value, the templates in it rendered: (list $ VALUE). */}}
{{- define "ccsync.render" -}}
{{- $root := index . 0 -}}
{{- $value := index . 1 -}}
{{- $text := $value -}}
{{- if not (kindIs "string" $value) -}}
{{- $text = toYaml $value -}}
{{- end -}}
{{- if contains "{{" $text -}}
{{- $text = tpl $text $root -}}
{{- end -}}
{{- $text | trim -}}
{{- end }}

{{/* Reference of the image: digest before tag before appVersion. */}}
{{- define "ccsync.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository (toString (default $.Chart.AppVersion .tag)) -}}
{{- end -}}
{{- end -}}
{{- end }}
