{{/* The alerts about the CronJob, from the series of kube-state-metrics. */}}

{{/* Matchers of the series: (list $ MATCHERS). */}}
{{- define "ccsync.series" -}}
{{- $root := index . 0 -}}
{{- $all := list (printf "namespace=%q" $root.Release.Namespace) (index . 1) -}}
{{- with $root.Values.prometheusRule.matchers -}}
{{- $all = append $all (trimAll "{}, " .) -}}
{{- end -}}
{{- printf "{%s}" (join "," $all) -}}
{{- end }}

{{- define "ccsync.cronJobAlerts" -}}
{{- $rule := .Values.prometheusRule -}}
{{- $fullname := include "ccsync.fullname" . -}}
{{- $cronjob := include "ccsync.series" (list . (printf "cronjob=%q" $fullname)) -}}
{{- $jobs := include "ccsync.series" (list . (printf "job_name=~%q" (printf "%s-[0-9]+" $fullname))) -}}
{{- $failedJobs := include "ccsync.series" (list . (printf "job_name=~%q,condition=\"true\"" (printf "%s-[0-9]+" $fullname))) -}}
{{- /* A long name is cut in the names of backfills. */ -}}
{{- $prefix := ternary $fullname (printf "%s.*" (trunc 16 $fullname)) (le (len $fullname) 23) -}}
{{- $backfills := include "ccsync.series" (list . (printf "job_name=~%q,condition=\"true\"" (printf "%s-backfill-.+" $prefix))) -}}
{{- $stale := include "ccsync.seconds" $rule.staleAfter -}}
- alert: CcsyncStale
  expr: |-
    time() - (
      max(kube_cronjob_status_last_successful_time{{ $cronjob }})
      or
      max(kube_cronjob_created{{ $cronjob }})
    ) > {{ $stale }}
  for: 5m
  annotations:
    summary: No successful run of ccsync for more than {{ $rule.staleAfter }}.
    description: >-
      What destinations show of Claude Code usage gets old. The last Jobs say why: kubectl
      --namespace {{ .Release.Namespace }} logs --selector app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/component=sync
      --tail=50. Nothing is lost: the next run makes up for all days that are missing.
- alert: CcsyncAbsent
  expr: absent(kube_cronjob_info{{ $cronjob }})
  for: 15m
  annotations:
    summary: The CronJob of ccsync is gone, or kube-state-metrics does not see it.
    description: >-
      Prometheus has no series of the CronJob {{ $fullname }} in namespace {{ .Release.Namespace }}, so none of the other
      alerts can be raised.
- alert: CcsyncRunFailed
  expr: |-
    max(kube_job_status_start_time{{ $jobs }} and on (job_name) (kube_job_failed{{ $failedJobs }} == 1))
    > (
      max(kube_cronjob_status_last_successful_time{{ $cronjob }})
      or
      max(kube_cronjob_created{{ $cronjob }})
    )
  for: 1m
  annotations:
    summary: The last run of ccsync failed, and none succeeded since.
    description: >-
      Its exit code says whether anything has to be done: 2 settings, 3 key or permission, 4 refused data;
      1, 5 and 75 may mend themselves. kubectl --namespace {{ .Release.Namespace }} get pods --selector
      app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/component=sync
- alert: CcsyncSuspended
  expr: max(kube_cronjob_spec_suspend{{ $cronjob }}) == 1
  for: {{ $rule.suspendedAfter }}
  annotations:
    summary: ccsync has been suspended for {{ $rule.suspendedAfter }}.
    description: >-
      The CronJob {{ $fullname }} in namespace {{ .Release.Namespace }} starts no runs, so what destinations show
      gets old. When it runs again it makes up for the days that are missing.
- alert: CcsyncBackfillFailed
  expr: max by (job_name) (kube_job_failed{{ $backfills }}) == 1
  for: 1m
  annotations:
    summary: A backfill of ccsync failed.
    description: >-
      The Job {{ "{{ $labels.job_name }}" }} in namespace {{ .Release.Namespace }} left days out; its pods say which. Days that
      were delivered stay so: the same range started again does the rest.
{{- end }}

{{/* The groups of the main PrometheusRule: YAML of {groups: [...]}. */}}
{{- define "ccsync.groups" -}}
{{- $rule := .Values.prometheusRule -}}
{{- $own := list -}}
{{- range include "ccsync.cronJobAlerts" . | fromYamlArray -}}
{{- $own = append $own (set . "labels" (dict "severity" $rule.severity "namespace" $.Release.Namespace "cronjob" (include "ccsync.fullname" $))) -}}
{{- end -}}
{{- $groups := list (dict "name" (printf "%s.cronjob" (include "ccsync.fullname" .)) "rules" $own) -}}
{{- $groups = concat $groups (include "ccsync.dataGroups" (list . "prometheus") | fromYaml).groups (default list $rule.extraGroups) -}}
{{- include "ccsync.keptGroups" (list . $groups) -}}
{{- end }}

{{/* Those of the one for VictoriaMetrics; empty where there is nothing in it. */}}
{{- define "ccsync.vmGroups" -}}
{{- $kept := include "ccsync.keptGroups" (list . (include "ccsync.dataGroups" (list . "victoriametrics") | fromYaml).groups) -}}
{{- if (fromYaml $kept).groups -}}{{- $kept -}}{{- end -}}
{{- end }}

{{/* Groups without the alerts that are disabled, with what every alert gets: (list $ GROUPS). */}}
{{- define "ccsync.keptGroups" -}}
{{- $rule := (index . 0).Values.prometheusRule -}}
{{- $groups := index . 1 -}}
{{- $kept := list -}}
{{- range $group := $groups -}}
{{- $rules := list -}}
{{- range $one := $group.rules -}}
{{- if not (has (get $one "alert") (default list $rule.disabled)) -}}
{{- if $one.alert -}}
{{- $_ := set $one "labels" (merge (deepCopy (default dict $rule.alertLabels)) (default dict $one.labels)) -}}
{{- $annotations := merge (deepCopy (default dict $rule.alertAnnotations)) (default dict $one.annotations) -}}
{{- if and $rule.runbookUrl (not $annotations.runbook_url) -}}
{{- $_ := set $annotations "runbook_url" (printf "%s%s" $rule.runbookUrl (ternary (lower $one.alert) $one.alert (hasSuffix "#" $rule.runbookUrl))) -}}
{{- end -}}
{{- $_ := set $one "annotations" $annotations -}}
{{- end -}}
{{- $rules = append $rules $one -}}
{{- end -}}
{{- end -}}
{{- if $rules -}}
{{- $kept = append $kept (set (deepCopy $group) "rules" $rules) -}}
{{- end -}}
{{- end -}}
{{- toYaml (dict "groups" $kept) -}}
{{- end }}

{{/* Names of all alerts, as a YAML list. */}}
{{- define "ccsync.alertNames" -}}
{{- $names := list -}}
{{- range include "ccsync.cronJobAlerts" . | fromYamlArray -}}
{{- $names = append $names .alert -}}
{{- end -}}
{{- range $path, $content := .Files.Glob "files/alerts/*.yaml" -}}
{{- range (default list (toString $content | fromYaml).groups) -}}
{{- range .rules -}}
{{- with .alert -}}{{- $names = append $names . -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range .Values.prometheusRule.extraGroups -}}
{{- range .rules -}}
{{- with .alert -}}{{- $names = append $names . -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- uniq $names | toYaml -}}
{{- end }}
