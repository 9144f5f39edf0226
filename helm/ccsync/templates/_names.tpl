{{/* Names of objects. Those that are too long are cut, and a hash keeps them apart. */}}

{{/* A name of at most so many characters: (list NAME LIMIT). */}}
{{- define "ccsync.fit" -}}
{{- $name := index . 0 -}}
{{- $limit := int (index . 1) -}}
{{- if gt (len $name) $limit -}}
{{- $name = printf "%s-%s" (trunc (int (sub $limit 7)) $name | trimSuffix "-" | trimSuffix ".") (sha256sum $name | trunc 6) -}}
{{- end -}}
{{- $name -}}
{{- end }}

{{- define "ccsync.name" -}}
{{- include "ccsync.fit" (list (default .Chart.Name .Values.nameOverride) 63) -}}
{{- end }}

{{/* 52: a CronJob's name may not be longer, because its Jobs add a number. */}}
{{- define "ccsync.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- $name = .Values.fullnameOverride -}}
{{- else if contains $name .Release.Name -}}
{{- $name = .Release.Name -}}
{{- else -}}
{{- $name = printf "%s-%s" .Release.Name $name -}}
{{- end -}}
{{- include "ccsync.fit" (list $name 52) -}}
{{- end }}

{{/* Name of a further object: (list $ SUFFIX). It ends with the suffix, however long the rest is. */}}
{{- define "ccsync.componentName" -}}
{{- $root := index . 0 -}}
{{- $suffix := index . 1 -}}
{{- $room := sub 62 (len $suffix) -}}
{{- printf "%s-%s" (include "ccsync.fit" (list (include "ccsync.fullname" $root) $room)) $suffix -}}
{{- end }}

{{- define "ccsync.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "ccsync.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end }}

{{/* The ConfigMap of the settings. */}}
{{- define "ccsync.configMapName" -}}
{{- default (include "ccsync.componentName" (list . "config")) .Values.existingConfigMap.name -}}
{{- end }}

{{/* The Secret; empty: there is none. */}}
{{- define "ccsync.secretName" -}}
{{- if .Values.secret.existingSecret -}}
{{- .Values.secret.existingSecret -}}
{{- else if or .Values.secret.create .Values.externalSecret.enabled -}}
{{- include "ccsync.fullname" . -}}
{{- end -}}
{{- end }}

{{- define "ccsync.claimName" -}}
{{- default (include "ccsync.componentName" (list . "state")) .Values.state.persistence.existingClaim -}}
{{- end }}
