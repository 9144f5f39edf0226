{{/* What is run, and its settings. */}}

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
{{- if not (include "ccsync.sinks" .root | fromYaml) -}}
{{- include "ccsync.fault" (list $check "config.sinks" "is empty: there is no destination. Write one, for a first look: config: {sinks: {console: {type: stdout}}}") -}}
{{- end -}}
{{- $version := get $config "version" -}}
{{- if and (hasKey $config "version") (ne (toString $version) "1") -}}
{{- include "ccsync.fault" (list $check "config.version" (printf "is %v; this ccsync reads version 1. Leave it out" $version)) -}}
{{- end -}}
{{- include "ccsync.validateTypes" $check -}}
{{- include "ccsync.validateSecrets" $check -}}
{{- include "ccsync.validateVariables" $check -}}
{{- $privacy := default dict $config.privacy -}}
{{- if and (eq (toString $privacy.identity) "hash") (not $privacy.hash_key) -}}
{{- include "ccsync.fault" (list $check "config.privacy.identity" "is hash, and there is no hash_key. Put one into the Secret (`openssl rand -hex 32` makes one), and write config.privacy.hash_key: ${CCSYNC_HASH_KEY} and secret.env.CCSYNC_HASH_KEY: hash-key") -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Types of sinks that are nearly one of ccsync's own. Others may be in the image. */}}
{{- define "ccsync.validateTypes" -}}
{{- $check := . -}}
{{- range $name, $sink := default dict (default dict .root.Values.config).sinks -}}
{{- $type := toString (default dict $sink).type -}}
{{- with include "ccsync.meantType" $type -}}
{{- include "ccsync.fault" (list $check (printf "config.sinks.%s.type" $name) (printf "%s is no type of sink; did you mean %s? Write %s" $type . .)) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* The types that ccsync comes with, as a YAML list. */}}
{{- define "ccsync.ownTypes" -}}
{{- list "bigquery" "duckdb" "otlp" "stdout" | toYaml -}}
{{- end }}

{{/* The one of them that a type is a slip of: one letter more, less or other, two exchanged, signs in between. */}}
{{- define "ccsync.meantType" -}}
{{- $given := lower . -}}
{{- $types := include "ccsync.ownTypes" . | fromYamlArray -}}
{{- if not (or (has . $types) (contains "${" .)) -}}
{{- range $own := $types -}}
{{- $slips := list (printf "%s[a-z]" $own) -}}
{{- range $at := until (len $own) -}}
{{- $before := substr 0 $at $own -}}
{{- $after := substr $at (len $own) $own -}}
{{- $rest := trunc (sub 1 (len $after) | int) $after -}}
{{- $slips = append $slips (printf "%s[a-z]%s" $before $after) -}}
{{- if gt (len $after) 1 -}}
{{- $slips = append $slips (printf "%s[a-z]?%s" $before $rest) -}}
{{- $slips = append $slips (printf "%s%s%s%s" $before (substr 0 1 $rest) (substr 0 1 $after) (substr 1 (len $rest) $rest)) -}}
{{- else -}}
{{- $slips = append $slips (printf "%s[a-z]?" $before) -}}
{{- end -}}
{{- end -}}
{{- if or (eq $own (regexReplaceAll "[^a-z0-9]+" $given "")) (regexMatch (printf "^(%s)$" (join "|" $slips)) $given) -}}
{{- $own -}}
{{- end -}}
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
{{- range regexFindAll "[a-z][a-z0-9+.-]*://[^\\s/?#\"']+@[^\\s/?#@\"']+" (toYaml $config) -1 -}}
{{- if not (contains "${" .) -}}
{{- include "ccsync.fault" (list $check "config" (printf "has an address with a login in it (before the @ of %s), which is a secret in plain text. Write the address without it, and the login into the header authorization, from the Secret: headers: {authorization: \"Basic ${LOGIN}\"}, and secret.env.LOGIN: KEY-OF-THE-SECRET" (regexReplaceAll "^.*@" . ""))) -}}
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
