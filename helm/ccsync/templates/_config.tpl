{{/* The settings of ccsync: those of `config:`, and what the chart fills in. */}}

{{/* Names of the credentials that `config.source` has, as a YAML list. */}}
{{- define "ccsync.credentials" -}}
{{- $source := default dict (default dict .Values.config).source -}}
{{- $found := list -}}
{{- range list "api_key" "api_key_file" "bearer_token" "bearer_token_file" "federation" -}}
{{- if and (hasKey $source .) (not (kindIs "invalid" (get $source .))) -}}
{{- $found = append $found . -}}
{{- end -}}
{{- end -}}
{{- toYaml $found -}}
{{- end }}

{{/* The sinks, as YAML of a map. One that is null was taken away, as by further values. */}}
{{- define "ccsync.sinks" -}}
{{- $sinks := dict -}}
{{- range $name, $sink := default dict (default dict .Values.config).sinks -}}
{{- if not (kindIs "invalid" $sink) -}}
{{- $_ := set $sinks $name $sink -}}
{{- end -}}
{{- end -}}
{{- toYaml $sinks -}}
{{- end }}

{{/* The file of a key of the Secret: (list $ KEY). */}}
{{- define "ccsync.secretFile" -}}
{{- printf "%s/%s" (trimSuffix "/" (index . 0).Values.secret.mountPath) (index . 1) -}}
{{- end }}

{{/* When a run is to end by itself, so that Kubernetes need not end it: (list $ SECONDS), as 47m. */}}
{{- define "ccsync.deadline" -}}
{{- $limit := int (index . 1) -}}
{{- $grace := int (index . 0).Values.terminationGracePeriodSeconds -}}
{{- /* Two minutes until a pod has its node and its image. */ -}}
{{- $seconds := max (div $limit 2) (sub $limit (add $grace 120)) -}}
{{- if mod $seconds 60 -}}
{{- printf "%ds" $seconds -}}
{{- else -}}
{{- printf "%dm" (div $seconds 60) -}}
{{- end -}}
{{- end }}

{{/* The settings as YAML: (dict "root" $ "limit" SECONDS "always" BOOL); always: whatever `config` says. */}}
{{- define "ccsync.config" -}}
{{- $root := .root -}}
{{- $values := .root.Values -}}
{{- $config := deepCopy (default dict $values.config) -}}
{{- $source := default dict $config.source -}}
{{- $given := include "ccsync.credentials" $root | fromYamlArray -}}
{{- if $values.federation.enabled -}}
{{- if or (not $given) (has "federation" $given) -}}
{{- $federation := default dict $source.federation -}}
{{- if not $federation.token_file -}}
{{- $_ := set $federation "token_file" $values.federation.path -}}
{{- end -}}
{{- $_ := set $source "federation" $federation -}}
{{- end -}}
{{- else if and (not $given) (include "ccsync.secretName" $root) -}}
{{- if $values.secret.keys.bearerToken -}}
{{- $_ := set $source "bearer_token_file" (include "ccsync.secretFile" (list $root $values.secret.keys.bearerToken)) -}}
{{- else -}}
{{- $_ := set $source "api_key_file" (include "ccsync.secretFile" (list $root $values.secret.keys.apiKey)) -}}
{{- end -}}
{{- end -}}
{{- $_ := set $config "source" $source -}}
{{- range $name, $sink := default dict $config.sinks -}}
{{- if kindIs "invalid" $sink -}}
{{- $_ := unset $config.sinks $name -}}
{{- end -}}
{{- end -}}
{{- if $values.secret.keys.heartbeatUrl -}}
{{- $heartbeat := default dict $config.heartbeat -}}
{{- if not (or $heartbeat.url $heartbeat.url_file) -}}
{{- $_ := set $heartbeat "url_file" (include "ccsync.secretFile" (list $root $values.secret.keys.heartbeatUrl)) -}}
{{- $_ := set $config "heartbeat" $heartbeat -}}
{{- end -}}
{{- end -}}
{{- $sync := default dict $config.sync -}}
{{- if and .always (kindIs "invalid" .limit) -}}
{{- $_ := set $sync "deadline" "30d" -}}
{{- end -}}
{{- if and (not (kindIs "invalid" .limit)) (or .always (not $sync.deadline)) -}}
{{- $_ := set $sync "deadline" (include "ccsync.deadline" (list $root .limit)) -}}
{{- end -}}
{{- if $sync -}}
{{- $_ := set $config "sync" $sync -}}
{{- end -}}
{{- $_ := set $config "state" (include "ccsync.stateUrl" $root) -}}
{{- if not (hasKey $config "version") -}}
{{- $_ := set $config "version" 1 -}}
{{- end -}}
{{- toYaml $config -}}
{{- end }}

{{- define "ccsync.syncConfig" -}}
{{- include "ccsync.config" (dict "root" . "limit" .Values.job.activeDeadlineSeconds "always" false) -}}
{{- end }}

{{- define "ccsync.backfillConfig" -}}
{{- include "ccsync.config" (dict "root" . "limit" .Values.backfill.activeDeadlineSeconds "always" true) -}}
{{- end }}

{{/* Ports in the addresses of the settings and of the state, as a YAML list of numbers. */}}
{{- define "ccsync.configPorts" -}}
{{- $ports := list -}}
{{- range regexFindAll "(http|https|grpc)://[^\\s\"'/?#]+" (toYaml (list .Values.config .Values.state.endpoint)) -1 -}}
{{- $host := regexReplaceAll "^.*@" (regexReplaceAll "^[a-z]+://" . "") "" -}}
{{- $port := regexFind ":[0-9]+$" $host | trimPrefix ":" -}}
{{- if $port -}}
{{- $ports = append $ports (int $port) -}}
{{- else if hasPrefix "http://" . -}}
{{- $ports = append $ports 80 -}}
{{- end -}}
{{- end -}}
{{- toYaml $ports -}}
{{- end }}

{{/* The key of the ConfigMap that holds the settings. */}}
{{- define "ccsync.configKey" -}}
{{- ternary .Values.existingConfigMap.key "ccsync.yaml" (not (empty .Values.existingConfigMap.name)) -}}
{{- end }}
