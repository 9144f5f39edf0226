{{/* Where the state lives, and who may write there. */}}

{{- define "ccsync.validateState" -}}
{{- $check := . -}}
{{- $values := .root.Values -}}
{{- $state := $values.state -}}
{{- $config := default dict $values.config -}}
{{- $inBucket := has $state.type (list "gs" "s3") -}}
{{- if not (has $state.type (list "configmap" "pvc" "gs" "s3" "none" "url")) -}}
{{- include "ccsync.fault" (list $check "state.type" (printf "%v is not known. Write configmap, pvc, gs, s3, none or url" $state.type)) -}}
{{- end -}}
{{- if and $inBucket (not (regexMatch "^[a-z0-9][-_.a-z0-9]+$" $state.bucket)) -}}
{{- include "ccsync.fault" (list $check "state.bucket" (printf "%q is no name of a bucket. Write the name alone, without %s://; a directory goes into state.prefix" $state.bucket $state.type)) -}}
{{- else if and $state.bucket (not $inBucket) -}}
{{- include "ccsync.fault" (list $check "state.bucket" (printf "is set, but state.type is %s, so it would be ignored. Write state.type: gs or state.type: s3, or take it out" $state.type)) -}}
{{- end -}}
{{- if and (or $state.region $state.endpoint) (ne $state.type "s3") -}}
{{- include "ccsync.fault" (list $check (ternary "state.region" "state.endpoint" (ne $state.region "")) (printf "is for state.type: s3, which is %s. Take it out" $state.type)) -}}
{{- end -}}
{{- if and $state.url (ne $state.type "url") -}}
{{- include "ccsync.fault" (list $check "state.url" (printf "is set, but state.type is %s, so it would be ignored. Write state.type: url, or take it out" $state.type)) -}}
{{- else if and (eq $state.type "url") (not $state.url) (not $config.state) (not $values.existingConfigMap.name) -}}
{{- include "ccsync.fault" (list $check "state.url" "is empty. Write an address such as kubernetes://configmap/NAME?namespace=NS, or another state.type") -}}
{{- end -}}
{{- if and $config.state (ne $config.state (include "ccsync.stateUrl" .root)) -}}
{{- include "ccsync.fault" (list $check "config.state" (printf "is %s, but state.type: %s says %s. Leave config.state out, or write state.type: url to use it" $config.state $state.type (include "ccsync.stateUrl" .root))) -}}
{{- end -}}
{{- if and (eq $state.type "configmap") (not $state.configMap.create) (not $state.configMap.name) -}}
{{- include "ccsync.fault" (list $check "state.configMap.name" "is empty, and state.configMap.create is false. Write the name of the ConfigMap; `kubectl create configmap NAME` makes it") -}}
{{- end -}}
{{- if eq (include "ccsync.usesKubernetesApi" .root) "true" -}}
{{- if eq (toString $values.serviceAccount.automount) "false" -}}
{{- include "ccsync.fault" (list $check "serviceAccount.automount" "is false, but the state is in a ConfigMap, which takes a token for the Kubernetes API. Write null (the default), or keep the state elsewhere: state.type: gs, s3 or pvc") -}}
{{- end -}}
{{- if and (eq $state.type "configmap") $values.rbac.create (not $values.serviceAccount.create) (has $values.serviceAccount.name (list "" "default")) -}}
{{- include "ccsync.fault" (list $check "serviceAccount.name" "the right to the state would be given to the service account default, and so to every pod of the namespace. Write serviceAccount.create: true, or the name of an account of its own") -}}
{{- end -}}
{{- end -}}
{{- if eq $state.type "pvc" -}}
{{- include "ccsync.validateVolume" $check -}}
{{- else if $state.persistence.existingClaim -}}
{{- include "ccsync.fault" (list $check "state.persistence.existingClaim" (printf "is set, but state.type is %s, so it would be ignored. Write state.type: pvc, or take it out" $state.type)) -}}
{{- end -}}
{{- if eq (include "ccsync.stateUrl" .root) "none" -}}
{{- range $name, $sink := default dict $config.sinks -}}
{{- if eq (toString (get (default dict $sink) "type")) "otlp" -}}
{{- include "ccsync.fault" (list $check "state.type" (printf "is none, but the sink %s (otlp) has to remember what it sent: metrics that vanish from a day would be shown for ever. Write state.type: configmap" $name)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "ccsync.validateVolume" -}}
{{- $check := . -}}
{{- $persistence := .root.Values.state.persistence -}}
{{- $backfill := .root.Values.backfill -}}
{{- if not (hasPrefix "/" $persistence.mountPath) -}}
{{- include "ccsync.fault" (list $check "state.persistence.mountPath" (printf "%q is no absolute path. Write /var/lib/ccsync" $persistence.mountPath)) -}}
{{- end -}}
{{- if not $persistence.existingClaim -}}
{{- if not (or (has "ReadWriteOnce" $persistence.accessModes) (has "ReadWriteMany" $persistence.accessModes) (has "ReadWriteOncePod" $persistence.accessModes)) -}}
{{- include "ccsync.fault" (list $check "state.persistence.accessModes" "the state has to be written. Write [ReadWriteOnce]") -}}
{{- else if and $backfill.enabled (gt (int $backfill.parallelism) 1) (not (has "ReadWriteMany" $persistence.accessModes)) -}}
{{- include "ccsync.fault" (list $check "backfill.parallelism" (printf "is %v, but a volume that is not ReadWriteMany is on one node at a time, so pods on others would wait for ever. Write 1, or keep the state in a bucket: state.type: gs or s3" $backfill.parallelism)) -}}
{{- end -}}
{{- end -}}
{{- end }}
