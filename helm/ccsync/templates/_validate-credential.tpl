{{/* The Secret, and who asks the API. */}}

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
