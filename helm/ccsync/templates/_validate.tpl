{{/* What cannot work, or would do harm: found before anything is installed, all of it at once. */}}

{{/* Note a fault: (list CHECK VALUE TEXT). */}}
{{- define "ccsync.fault" -}}
{{- $check := index . 0 -}}
{{- $_ := set $check "faults" (append $check.faults (printf "%s: %s" (index . 1) (index . 2))) -}}
{{- end }}

{{- define "ccsync.refuse" -}}
{{- with .faults -}}
{{- fail (printf "\n\nccsync cannot be installed like this:\n\n  - %s\n" (join "\n\n  - " .)) -}}
{{- end -}}
{{- end }}

{{- define "ccsync.validate" -}}
{{- $check := dict "root" . "faults" list -}}
{{- include "ccsync.validateSections" $check -}}
{{- include "ccsync.validateImage" $check -}}
{{- include "ccsync.validateConfig" $check -}}
{{- include "ccsync.validateCredential" $check -}}
{{- include "ccsync.validateState" $check -}}
{{- include "ccsync.validateSchedule" $check -}}
{{- include "ccsync.validateBackfill" $check -}}
{{- include "ccsync.validatePod" $check -}}
{{- include "ccsync.validateAlerts" $check -}}
{{- include "ccsync.refuse" $check -}}
{{- end }}

{{/* A section that is null has nothing that the rest could look at. */}}
{{- define "ccsync.validateSections" -}}
{{- $check := . -}}
{{- $sections := list "image" "existingConfigMap" "secret" "secret.keys" "externalSecret" "externalSecret.secretStoreRef" "federation" "state" "state.configMap" "state.persistence" "cronjob" "job" "job.podFailurePolicy" "backfill" "tests" "serviceAccount" "rbac" "networkPolicy" "networkPolicy.dns" "prometheusRule" "prometheusRule.thresholds" "dashboards" -}}
{{- range $path := $sections -}}
{{- $at := $.root.Values -}}
{{- range splitList "." $path -}}
{{- $at = get (default dict $at) . -}}
{{- end -}}
{{- if not (kindIs "map" $at) -}}
{{- include "ccsync.fault" (list $check $path "is null. Leave it out for its default, or write what it holds") -}}
{{- end -}}
{{- end -}}
{{- include "ccsync.refuse" $check -}}
{{- end }}
