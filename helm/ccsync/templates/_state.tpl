{{/* Where the state lives. */}}

{{- define "ccsync.stateConfigMapName" -}}
{{- default (include "ccsync.componentName" (list . "state")) .Values.state.configMap.name -}}
{{- end }}

{{/* What `state:` is in ccsync's settings. */}}
{{- define "ccsync.stateUrl" -}}
{{- $state := .Values.state -}}
{{- $prefix := default (printf "%s/%s" .Release.Namespace (include "ccsync.fullname" .)) $state.prefix -}}
{{- if eq $state.type "configmap" -}}
{{- printf "kubernetes://configmap/%s" (include "ccsync.stateConfigMapName" .) -}}
{{- else if eq $state.type "pvc" -}}
{{- printf "file://%s" $state.persistence.mountPath -}}
{{- else if has $state.type (list "gs" "s3") -}}
{{- printf "%s://%s/%s" $state.type $state.bucket (trimAll "/" $prefix) -}}
{{- else if eq $state.type "none" -}}
none
{{- else -}}
{{- default (get (default dict .Values.config) "state") $state.url -}}
{{- end -}}
{{- end }}

{{/* "true" where pods need a token for the Kubernetes API. */}}
{{- define "ccsync.usesKubernetesApi" -}}
{{- if hasPrefix "kubernetes://" (include "ccsync.stateUrl" .) -}}true{{- end -}}
{{- end }}

{{- define "ccsync.automount" -}}
{{- $asked := .Values.serviceAccount.automount -}}
{{- if kindIs "invalid" $asked -}}
{{- $asked = eq (include "ccsync.usesKubernetesApi" .) "true" -}}
{{- end -}}
{{- $asked -}}
{{- end }}
