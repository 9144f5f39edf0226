{{/* What cannot work, or would do harm: found before anything is installed, all of it at once. */}}

{{/* Note a fault: (list CHECK VALUE TEXT). */}}
{{- define "ccsync.fault" -}}
{{- $check := index . 0 -}}
{{- $_ := set $check "faults" (append $check.faults (printf "%s: %s" (index . 1) (index . 2))) -}}
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
{{- $sections := list "image" "existingConfigMap" "secret" "secret.keys" "externalSecret" "externalSecret.secretStoreRef" "federation" "state" "state.configMap" "state.persistence" "cronjob" "job" "job.podFailurePolicy" "backfill" "tests" "serviceAccount" "rbac" "networkPolicy" "networkPolicy.dns" "prometheusRule" "dashboards" -}}
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

{{- define "ccsync.refuse" -}}
{{- with .faults -}}
{{- fail (printf "\n\nccsync cannot be installed like this:\n\n  - %s\n" (join "\n\n  - " .)) -}}
{{- end -}}
{{- end }}

{{- define "ccsync.validateImage" -}}
{{- $check := . -}}
{{- with .root.Values.image -}}
{{- if not .repository -}}
{{- include "ccsync.fault" (list $check "image.repository" "is empty, because no image is published. Build one with `make image`, push it to a registry of yours, and write where it is: image.repository: registry.example/platform/ccsync") -}}
{{- else if regexMatch "(@|:[^/]*$)" (regexReplaceAll "^[^/]*:[0-9]+/" .repository "") -}}
{{- include "ccsync.fault" (list $check "image.repository" (printf "%s has a tag or a digest. Write that into image.tag or image.digest" .repository)) -}}
{{- end -}}
{{- if and .digest (not (regexMatch "^sha256:[0-9a-f]{64}$" .digest)) -}}
{{- include "ccsync.fault" (list $check "image.digest" (printf "%s is no digest. Write sha256: and 64 digits, as `docker push` prints it, or leave it empty and set image.tag" .digest)) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "ccsync.validateConfig" -}}
{{- $check := . -}}
{{- $values := .root.Values -}}
{{- $config := default dict $values.config -}}
{{- if $values.existingConfigMap.name -}}
{{- if $config -}}
{{- include "ccsync.fault" (list $check "existingConfigMap.name" "is set, and config is, too: one of them would be ignored. Take one of them out") -}}
{{- end -}}
{{- if not $values.existingConfigMap.key -}}
{{- include "ccsync.fault" (list $check "existingConfigMap.key" "is empty. Write the key of that ConfigMap that holds the YAML, such as ccsync.yaml") -}}
{{- end -}}
{{- else -}}
{{- if not $config.sinks -}}
{{- include "ccsync.fault" (list $check "config.sinks" "is empty: there is no destination. Write one, for a first look: config: {sinks: {console: {type: stdout}}}") -}}
{{- end -}}
{{- $version := get $config "version" -}}
{{- if and (hasKey $config "version") (ne (toString $version) "1") -}}
{{- include "ccsync.fault" (list $check "config.version" (printf "is %v; this ccsync reads version 1. Leave it out" $version)) -}}
{{- end -}}
{{- include "ccsync.validateSecrets" $check -}}
{{- include "ccsync.validateVariables" $check -}}
{{- $privacy := default dict $config.privacy -}}
{{- if and (eq (toString $privacy.identity) "hash") (not $privacy.hash_key) -}}
{{- include "ccsync.fault" (list $check "config.privacy.identity" "is hash, and there is no hash_key. Put one into the Secret (`openssl rand -hex 32` makes one), and write config.privacy.hash_key: ${CCSYNC_HASH_KEY} and secret.env.CCSYNC_HASH_KEY: hash-key") -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Secrets in plain text: they would be in a ConfigMap, and in the release's history. */}}
{{- define "ccsync.validateSecrets" -}}
{{- $check := . -}}
{{- $values := .root.Values -}}
{{- $config := default dict $values.config -}}
{{- $secrets := dict -}}
{{- $source := default dict $config.source -}}
{{- range $name, $key := dict "api_key" "apiKey" "bearer_token" "bearerToken" -}}
{{- if and (get $source $name) (not (contains "${" (toString (get $source $name)))) -}}
{{- include "ccsync.fault" (list $check (printf "config.source.%s" $name) (printf "is a secret in plain text, for everybody who may read ConfigMaps. Put it into a Secret under the key that secret.keys.%s names, write secret.existingSecret: NAME, and leave it out here" $key)) -}}
{{- end -}}
{{- end -}}
{{- $_ := set $secrets "config.privacy.hash_key" (default dict $config.privacy).hash_key -}}
{{- $_ := set $secrets "config.heartbeat.url" (default dict $config.heartbeat).url -}}
{{- $headers := dict "config.telemetry.headers" (default dict $config.telemetry).headers -}}
{{- range $name, $sink := default dict $config.sinks -}}
{{- if kindIs "map" $sink -}}
{{- $_ := set $secrets (printf "config.sinks.%s.privacy.hash_key" $name) (default dict $sink.privacy).hash_key -}}
{{- $_ := set $headers (printf "config.sinks.%s.headers" $name) $sink.headers -}}
{{- $_ := set $headers (printf "config.sinks.%s.readback.headers" $name) (default dict $sink.readback).headers -}}
{{- end -}}
{{- end -}}
{{- range $path, $map := $headers -}}
{{- range $name, $value := default dict $map -}}
{{- if regexMatch "(?i)(authorization|token|secret|password|honeycomb-team|cookie|(^|[-_])(api)?-?key$)" $name -}}
{{- $_ := set $secrets (printf "%s.%s" $path $name) $value -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $path, $value := $secrets -}}
{{- if and $value (not (contains "${" (toString $value))) -}}
{{- $name := regexReplaceAll "[^A-Z0-9]+" (regexReplaceAll "^config\\.(sinks\\.)?" $path "" | replace "headers." "" | upper) "_" -}}
{{- include "ccsync.fault" (list $check $path (printf "is a secret in plain text, for everybody who may read ConfigMaps. Put it into the Secret, and write here ${%s}, and secret.env.%s: KEY-OF-THE-SECRET" $name $name)) -}}
{{- end -}}
{{- end -}}
{{- if regexMatch "sk-ant-[A-Za-z0-9]" (toJson (list (omit $config "source") (omit $source "api_key" "bearer_token") $values.extraEnv $values.extraArgs $values.podAnnotations)) -}}
{{- include "ccsync.fault" (list $check "values" "hold a key (sk-ant-...) outside of secret.values. Put it into a Secret, and name that in secret.existingSecret") -}}
{{- end -}}
{{- end }}

{{/* Variables that `config` wants and nobody sets. */}}
{{- define "ccsync.validateVariables" -}}
{{- $check := . -}}
{{- $values := .root.Values -}}
{{- $known := keys (default dict $values.secret.env) -}}
{{- range $values.extraEnv -}}
{{- $known = append $known .name -}}
{{- end -}}
{{- if not $values.extraEnvFrom -}}
{{- $missing := dict -}}
{{- range regexFindAll "\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}" (toYaml (default dict $values.config) | replace "$$" "") -1 -}}
{{- $name := . | trimPrefix "${" | trimSuffix "}" -}}
{{- /* Those of a cloud are put into pods by the cluster. */ -}}
{{- if not (or (has $name $known) (regexMatch "^(AWS|AZURE|KUBERNETES|OTEL)_" $name)) -}}
{{- $_ := set $missing $name true -}}
{{- end -}}
{{- end -}}
{{- range $name := keys $missing | sortAlpha -}}
{{- include "ccsync.fault" (list $check "config" (printf "wants the variable ${%s}, which nothing sets. Write secret.env.%s: KEY-OF-THE-SECRET, or set it in extraEnv, or give it a default: ${%s:-}" $name $name $name)) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "ccsync.validateCredential" -}}
{{- $check := . -}}
{{- $values := .root.Values -}}
{{- $secret := $values.secret -}}
{{- $external := $values.externalSecret -}}
{{- $source := default dict (default dict $values.config).source -}}
{{- $given := include "ccsync.credentials" .root | fromYamlArray -}}
{{- $ways := list -}}
{{- if $secret.existingSecret -}}{{- $ways = append $ways "secret.existingSecret" -}}{{- end -}}
{{- if $secret.create -}}{{- $ways = append $ways "secret.create" -}}{{- end -}}
{{- if $external.enabled -}}{{- $ways = append $ways "externalSecret.enabled" -}}{{- end -}}
{{- if gt (len $ways) 1 -}}
{{- include "ccsync.fault" (list $check (join " and " $ways) "are set, and there is one Secret. Keep one of them") -}}
{{- end -}}
{{- if and $secret.values (not $secret.create) -}}
{{- include "ccsync.fault" (list $check "secret.values" "is set, but secret.create is false, so nothing would come of it. Write secret.create: true, or take the values out") -}}
{{- end -}}
{{- if gt (len $given) 1 -}}
{{- include "ccsync.fault" (list $check "config.source" (printf "has %s: exactly one says who asks. Keep one" (join " and " $given))) -}}
{{- end -}}
{{- if not $values.existingConfigMap.name -}}
{{- if and $values.federation.enabled $given (not (has "federation" $given)) -}}
{{- include "ccsync.fault" (list $check "federation.enabled" (printf "is true, but config.source has %s, which would be used instead. Take one of them out" (first $given))) -}}
{{- else if not (or $ways $given $values.federation.enabled) -}}
{{- include "ccsync.fault" (list $check "secret" "there is no credential for the API. Write secret.existingSecret: NAME (a Secret with the key api-key), or externalSecret.enabled: true, or federation.enabled: true for a login without a key") -}}
{{- end -}}
{{- if and (has "federation" $given) (not $values.federation.enabled) (not (default dict $source.federation).token_file) -}}
{{- include "ccsync.fault" (list $check "config.source.federation" "needs an identity token, and the pod has none. Write federation.enabled: true; or mount one yourself, and name its file in config.source.federation.token_file") -}}
{{- end -}}
{{- end -}}
{{- $needed := list -}}
{{- if and (not $given) (not $values.federation.enabled) (not $values.existingConfigMap.name) -}}
{{- $needed = append $needed (list (ternary "secret.keys.bearerToken" "secret.keys.apiKey" (ne $secret.keys.bearerToken "")) (default $secret.keys.apiKey $secret.keys.bearerToken)) -}}
{{- if and $ways (not (or $secret.keys.apiKey $secret.keys.bearerToken)) -}}
{{- include "ccsync.fault" (list $check "secret.keys.apiKey" "is empty. Write the key of the Secret that holds the API key: api-key") -}}
{{- end -}}
{{- end -}}
{{- if $secret.keys.heartbeatUrl -}}
{{- $needed = append $needed (list "secret.keys.heartbeatUrl" $secret.keys.heartbeatUrl) -}}
{{- end -}}
{{- range $name, $key := $secret.env -}}
{{- $needed = append $needed (list (printf "secret.env.%s" $name) $key) -}}
{{- end -}}
{{- if and (or $secret.env $secret.keys.heartbeatUrl) (not $ways) -}}
{{- include "ccsync.fault" (list $check "secret" "there is no Secret, but secret.env or secret.keys.heartbeatUrl names keys of it. Write secret.existingSecret: NAME") -}}
{{- end -}}
{{- range $needed -}}
{{- $path := index . 0 -}}
{{- $key := index . 1 -}}
{{- if and $key $secret.create (not (get $secret.values $key)) -}}
{{- include "ccsync.fault" (list $check $path (printf "is %s, which secret.values lacks. Write secret.values.%s: THE-SECRET" $key $key)) -}}
{{- end -}}
{{- if and $key $external.enabled (not $external.dataFrom) (not (hasKey $external.data $key)) -}}
{{- include "ccsync.fault" (list $check $path (printf "is %s, which externalSecret.data lacks. Write externalSecret.data.%s: {key: PATH-IN-THE-STORE}" $key $key)) -}}
{{- end -}}
{{- end -}}
{{- if and $external.enabled (not $external.secretStoreRef.name) -}}
{{- include "ccsync.fault" (list $check "externalSecret.secretStoreRef.name" "is empty. Write the name of the SecretStore or ClusterSecretStore") -}}
{{- end -}}
{{- if and $values.federation.enabled (or (not $given) (has "federation" $given)) -}}
{{- include "ccsync.validateFederation" $check -}}
{{- end -}}
{{- end }}

{{- define "ccsync.validateFederation" -}}
{{- $check := . -}}
{{- $values := .root.Values -}}
{{- $given := default dict (default dict (default dict $values.config).source).federation -}}
{{- if not (regexMatch "^/.+/[^/]+$" (toString $values.federation.path)) -}}
{{- include "ccsync.fault" (list $check "federation.path" (printf "%v is no absolute path of a file in a directory of its own. Write /var/run/secrets/anthropic.com/token" $values.federation.path)) -}}
{{- end -}}
{{- if lt (int $values.federation.expirationSeconds) 600 -}}
{{- include "ccsync.fault" (list $check "federation.expirationSeconds" (printf "is %v; Kubernetes makes no token for less than 600. Write 3600" $values.federation.expirationSeconds)) -}}
{{- end -}}
{{- if not (or $values.existingConfigMap.name $values.extraEnvFrom) -}}
{{- $set := list -}}
{{- range $values.extraEnv -}}{{- $set = append $set .name -}}{{- end -}}
{{- range $field, $variable := dict "rule_id" "ANTHROPIC_FEDERATION_RULE_ID" "organization_id" "ANTHROPIC_ORGANIZATION_ID" "service_account_id" "ANTHROPIC_SERVICE_ACCOUNT_ID" -}}
{{- if not (or (get $given $field) (has $variable $set)) -}}
{{- include "ccsync.fault" (list $check (printf "config.source.federation.%s" $field) (printf "is not set. An admin of the organization finds it in the Console under Workload identity; write it here, or set %s in extraEnv" $variable)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

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

{{- define "ccsync.validateSchedule" -}}
{{- $check := . -}}
{{- $values := .root.Values -}}
{{- $cronjob := $values.cronjob -}}
{{- $schedule := toString (default "" $cronjob.schedule) | trim -}}
{{- $timeZone := toString (default "" $cronjob.timeZone) -}}
{{- if contains "TZ=" $schedule -}}
{{- include "ccsync.fault" (list $check "cronjob.schedule" (printf "%q names a time zone, which Kubernetes refuses there. Write it into cronjob.timeZone" $schedule)) -}}
{{- else if not (regexMatch "^(@(hourly|daily|midnight|weekly|monthly|yearly|annually)|([-0-9*/,?A-Za-z]+\\s+){4}[-0-9*/,?A-Za-z]+)$" $schedule) -}}
{{- include "ccsync.fault" (list $check "cronjob.schedule" (printf "%q is no schedule. Write minute, hour, day of month, month, day of week: \"17 * * * *\" is once an hour" $schedule)) -}}
{{- end -}}
{{- if not (regexMatch "^(UTC|[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)+)$" $timeZone) -}}
{{- include "ccsync.fault" (list $check "cronjob.timeZone" (printf "%q is no name of a time zone that every cluster knows. Write Etc/UTC (days of the API are UTC), or one such as Europe/Berlin" $timeZone)) -}}
{{- end -}}
{{- if not (has $cronjob.concurrencyPolicy (list "Forbid" "Replace")) -}}
{{- include "ccsync.fault" (list $check "cronjob.concurrencyPolicy" (printf "%v would start runs that find their days taken by another run, and fail with exit 75. Write Forbid" $cronjob.concurrencyPolicy)) -}}
{{- end -}}
{{- if and (not (kindIs "invalid" $cronjob.startingDeadlineSeconds)) (lt (int $cronjob.startingDeadlineSeconds) 10) -}}
{{- include "ccsync.fault" (list $check "cronjob.startingDeadlineSeconds" (printf "is %v: the controller looks every 10 seconds, so runs would never start. Write 21600, or null for no limit" $cronjob.startingDeadlineSeconds)) -}}
{{- end -}}
{{- $interval := include "ccsync.interval" .root -}}
{{- $limit := $values.job.activeDeadlineSeconds -}}
{{- if not (kindIs "invalid" $limit) -}}
{{- if and $interval (ge (int $limit) (int $interval)) -}}
{{- include "ccsync.fault" (list $check "job.activeDeadlineSeconds" (printf "is %v, but cronjob.schedule starts a run every %s seconds: a long one would keep the next from starting. Write %d, or run less often" $limit $interval (max 30 (sub (int $interval) (max 30 (div (int $interval) 6)))))) -}}
{{- else if le (int $limit) (int $values.terminationGracePeriodSeconds) -}}
{{- include "ccsync.fault" (list $check "job.activeDeadlineSeconds" (printf "is %v, no more than terminationGracePeriodSeconds (%v): no run would have any time. Write 3000" $limit $values.terminationGracePeriodSeconds)) -}}
{{- end -}}
{{- $deadline := include "ccsync.seconds" (default "" (default dict (default dict $values.config).sync).deadline) -}}
{{- if and $deadline (gt (int $deadline) (int $limit)) -}}
{{- include "ccsync.fault" (list $check "config.sync.deadline" (printf "is %s seconds, but Kubernetes kills a run after job.activeDeadlineSeconds (%v). Leave it out, and the chart writes %s; or raise the other" $deadline $limit (include "ccsync.deadline" (list .root $limit)))) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "ccsync.validateBackfill" -}}
{{- $check := . -}}
{{- $values := .root.Values -}}
{{- with $values.backfill -}}
{{- if .enabled -}}
{{- $day := "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" -}}
{{- range $name, $value := dict "from" .from "to" .to -}}
{{- if and $value (not (regexMatch "^([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,5}d)$" (toString $value))) -}}
{{- include "ccsync.fault" (list $check (printf "backfill.%s" $name) (printf "%v is no day. Write one such as \"2026-01-31\", or \"90d\" for 90 days ago" $value)) -}}
{{- end -}}
{{- end -}}
{{- if not .from -}}
{{- include "ccsync.fault" (list $check "backfill.from" "is empty. Write the first day to fill, such as \"2026-01-31\", or \"90d\" for 90 days ago") -}}
{{- else if and (regexMatch $day (toString .from)) (regexMatch $day (toString .to)) (gt (toString .from) (toString .to)) -}}
{{- include "ccsync.fault" (list $check "backfill.to" (printf "%v is before backfill.from (%v). Exchange them" .to .from)) -}}
{{- end -}}
{{- if lt (int .parallelism) 1 -}}
{{- include "ccsync.fault" (list $check "backfill.parallelism" (printf "is %v. Write 1 or more" .parallelism)) -}}
{{- end -}}
{{- if and (not (kindIs "invalid" .activeDeadlineSeconds)) (le (int .activeDeadlineSeconds) (int $values.terminationGracePeriodSeconds)) -}}
{{- include "ccsync.fault" (list $check "backfill.activeDeadlineSeconds" (printf "is %v, no more than terminationGracePeriodSeconds (%v): no run would have any time. Write 21600" .activeDeadlineSeconds $values.terminationGracePeriodSeconds)) -}}
{{- end -}}
{{- if not $values.existingConfigMap.name -}}
{{- $sinks := default dict (default dict $values.config).sinks -}}
{{- range .sinks -}}
{{- if not (hasKey $sinks .) -}}
{{- include "ccsync.fault" (list $check "backfill.sinks" (printf "%s is no sink of config.sinks; there are %s" . (keys $sinks | sortAlpha | join ", "))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "ccsync.validatePod" -}}
{{- $check := . -}}
{{- $values := .root.Values -}}
{{- $names := keys (default dict $values.secret.env) -}}
{{- range $values.extraEnv -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- range $name := uniq $names -}}
{{- if has $name (list "CCSYNC_CONFIG" "CCSYNC_HOLDER" "CCSYNC_SHARDS" "CCSYNC_JOB" "CCSYNC_NAMESPACE") -}}
{{- include "ccsync.fault" (list $check "extraEnv" (printf "%s is set by the chart. Take it out" $name)) -}}
{{- end -}}
{{- end -}}
{{- if ne (len $names) (len (uniq $names)) -}}
{{- include "ccsync.fault" (list $check "extraEnv" "sets a variable twice, or one that secret.env sets, too. Keep one of them") -}}
{{- end -}}
{{- range $values.extraArgs -}}
{{- $flag := regexFind "^--[a-z-]+" (toString .) -}}
{{- if has $flag (list "--config" "--log-level" "--log-format") -}}
{{- include "ccsync.fault" (list $check "extraArgs" (printf "%s is no option of `ccsync sync`, but of ccsync. Set the variable in extraEnv instead: CCSYNC_LOG_LEVEL, CCSYNC_LOG_FORMAT; the settings come from config" $flag)) -}}
{{- else if has $flag (list "--from" "--to" "--shard") -}}
{{- include "ccsync.fault" (list $check "extraArgs" (printf "%s in every run would leave the other days out for ever. For a range once: backfill.enabled: true, with backfill.from and backfill.to" $flag)) -}}
{{- end -}}
{{- end -}}
{{- range $values.extraContainers -}}
{{- if not (has (toString (default "Always" .restartPolicy)) (list "Always")) -}}
{{- include "ccsync.fault" (list $check "extraContainers" (printf "%s has restartPolicy %s: beside a Job only native sidecars can run, which are always started again. Leave restartPolicy out; what runs before ccsync goes into initContainers" .name .restartPolicy)) -}}
{{- end -}}
{{- end -}}
{{- if and $values.extraContainers (semverCompare "<1.29.0-0" .root.Capabilities.KubeVersion.Version) -}}
{{- include "ccsync.fault" (list $check "extraContainers" (printf "need native sidecars, which Kubernetes %s lacks (1.29 has them): a Job with a plain one never ends. Take them out" .root.Capabilities.KubeVersion.Version)) -}}
{{- end -}}
{{- range concat (default list $values.initContainers) (default list $values.extraContainers) -}}
{{- if and (kindIs "map" .) (eq (toString .name) "ccsync") -}}
{{- include "ccsync.fault" (list $check "initContainers and extraContainers" "one is called ccsync, as the container of ccsync itself is. Give it another name") -}}
{{- end -}}
{{- end -}}
{{- $security := default dict $values.podSecurityContext -}}
{{- $user := $security.runAsUser -}}
{{- if and (not (kindIs "invalid" $user)) (eq (int $user) 0) $security.runAsNonRoot -}}
{{- include "ccsync.fault" (list $check "podSecurityContext.runAsUser" "is 0, and runAsNonRoot is true: the kubelet would not start the pod. Write 65532") -}}
{{- end -}}
{{- if and (include "ccsync.secretName" .root) (not (hasPrefix "/" (toString $values.secret.mountPath))) -}}
{{- include "ccsync.fault" (list $check "secret.mountPath" (printf "%v is no absolute path. Write /var/run/secrets/ccsync" $values.secret.mountPath)) -}}
{{- end -}}
{{- $mounts := list "/etc/ccsync" "/tmp" -}}
{{- if include "ccsync.secretName" .root -}}{{- $mounts = append $mounts (trimSuffix "/" (toString $values.secret.mountPath)) -}}{{- end -}}
{{- if $values.federation.enabled -}}{{- $mounts = append $mounts (dir (toString $values.federation.path)) -}}{{- end -}}
{{- if eq $values.state.type "pvc" -}}{{- $mounts = append $mounts (trimSuffix "/" $values.state.persistence.mountPath) -}}{{- end -}}
{{- if ne (len $mounts) (len (uniq $mounts)) -}}
{{- include "ccsync.fault" (list $check "secret.mountPath, federation.path and state.persistence.mountPath" (printf "two of them are the same directory, or one that the chart uses: %s. Give each its own" (join ", " $mounts))) -}}
{{- end -}}
{{- end }}

{{- define "ccsync.validateAlerts" -}}
{{- $check := . -}}
{{- $rule := .root.Values.prometheusRule -}}
{{- if $rule.enabled -}}
{{- range $name, $value := pick $rule "staleAfter" "suspendedAfter" -}}
{{- if not (include "ccsync.seconds" $value) -}}
{{- include "ccsync.fault" (list $check (printf "prometheusRule.%s" $name) (printf "%v is no duration. Write one such as 6h" $value)) -}}
{{- end -}}
{{- end -}}
{{- $stale := include "ccsync.seconds" $rule.staleAfter -}}
{{- $interval := include "ccsync.interval" .root -}}
{{- if and $stale $interval (le (int $stale) (int $interval)) -}}
{{- include "ccsync.fault" (list $check "prometheusRule.staleAfter" (printf "is %s, but cronjob.schedule starts a run every %s seconds: the alert would be raised between any two. Write %dh" $rule.staleAfter $interval (add 2 (div (int $interval) 3600)))) -}}
{{- end -}}
{{- if $stale -}}
{{- $names := include "ccsync.alertNames" .root | fromYamlArray -}}
{{- range $rule.disabled -}}
{{- if not (has . $names) -}}
{{- include "ccsync.fault" (list $check "prometheusRule.disabled" (printf "%s is no alert; there are %s" . (join ", " $names))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
