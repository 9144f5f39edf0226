{{/* Alerts and dashboards about the data, from files/: which of them, and their thresholds. */}}

{{/* Whose names the series have, as a YAML list: (list $ CHOICE). `both` or one of the two is itself; `sinks` goes by the presets of the sinks, and is prometheus where they do not say. */}}
{{- define "ccsync.variants" -}}
{{- $choice := index . 1 -}}
{{- $variants := list -}}
{{- if has $choice (list "prometheus" "both") -}}{{- $variants = append $variants "prometheus" -}}{{- end -}}
{{- if has $choice (list "victoriametrics" "both") -}}{{- $variants = append $variants "victoriametrics" -}}{{- end -}}
{{- if eq $choice "sinks" -}}
{{- $variants = include "ccsync.variantsOfSinks" (index . 0) | fromYamlArray | default (list "prometheus") -}}
{{- end -}}
{{- toYaml $variants -}}
{{- end }}

{{/* The same by presets alone: nothing where they do not say. */}}
{{- define "ccsync.variantsOfSinks" -}}
{{- $variants := list -}}
{{- range default dict (default dict .Values.config).sinks -}}
{{- $preset := toString (default dict .).preset -}}
{{- if has $preset (list "prometheus" "mimir" "grafana-cloud") -}}
{{- $variants = append $variants "prometheus" -}}
{{- else if eq $preset "victoriametrics" -}}
{{- $variants = append $variants "victoriametrics" -}}
{{- end -}}
{{- end -}}
{{- uniq $variants | sortAlpha | toYaml -}}
{{- end }}

{{/* Variants of the alerts that are wanted, as a YAML list. */}}
{{- define "ccsync.dataVariants" -}}
{{- $wanted := .Values.prometheusRule.dataRules -}}
{{- if kindIs "invalid" $wanted -}}
{{- include "ccsync.variantsOfSinks" . -}}
{{- else if kindIs "string" $wanted -}}
{{- include "ccsync.variants" (list . $wanted) -}}
{{- else -}}
{{- include "ccsync.variants" (list . (ternary "sinks" "none" $wanted)) -}}
{{- end -}}
{{- end }}

{{/* A number as one writes it. */}}
{{- define "ccsync.number" -}}
{{- $number := float64 . -}}
{{- if eq $number (floor $number) -}}{{- printf "%.0f" $number -}}{{- else -}}{{- printf "%v" $number -}}{{- end -}}
{{- end }}

{{/* Alerts of files/alerts/, if they are wanted: (list $ VARIANT), YAML of {groups: [...]}. One that lacks a threshold is left out. */}}
{{- define "ccsync.dataGroups" -}}
{{- $root := index . 0 -}}
{{- $variant := index . 1 -}}
{{- $groups := list -}}
{{- if has $variant (include "ccsync.dataVariants" $root | fromYamlArray) -}}
{{- range $path, $content := $root.Files.Glob "files/alerts/*.yaml" -}}
{{- if eq $variant (ternary "victoriametrics" "prometheus" (hasSuffix "-vm.yaml" $path)) -}}
{{- $text := toString $content -}}
{{- range $name, $number := $root.Values.prometheusRule.thresholds -}}
{{- if not (kindIs "invalid" $number) -}}
{{- $text = replace (printf "<<%s>>" $name) (include "ccsync.number" $number) $text -}}
{{- end -}}
{{- end -}}
{{- range $group := default list (fromYaml $text).groups -}}
{{- $rules := list -}}
{{- range $group.rules -}}
{{- if not (regexMatch "<<[A-Za-z]+>>" .expr) -}}{{- $rules = append $rules . -}}{{- end -}}
{{- end -}}
{{- $groups = append $groups (set $group "rules" $rules) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml (dict "groups" $groups) -}}
{{- end }}
