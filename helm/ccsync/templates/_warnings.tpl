{{/* What works, and is worth a word after an installation: a YAML list. */}}
{{- define "ccsync.warnings" -}}
{{- $values := .Values -}}
{{- $config := default dict $values.config -}}
{{- $sinks := include "ccsync.sinks" . | fromYaml -}}
{{- $types := list -}}
{{- $identity := toString (default "email" (default dict $config.privacy).identity) -}}
{{- $namesPeople := false -}}
{{- range $name, $sink := $sinks -}}
{{- $sink := default dict $sink -}}
{{- $types = append $types (toString $sink.type) -}}
{{- if and (eq (toString $sink.type) "stdout") (eq (toString (default $identity (default dict $sink.privacy).identity)) "email") -}}
{{- $namesPeople = true -}}
{{- end -}}
{{- end -}}
{{- $words := list -}}
{{- range $name, $sink := $sinks -}}
{{- $type := toString (default dict $sink).type -}}
{{- if not (or (has $type (include "ccsync.ownTypes" $ | fromYamlArray)) (contains "${" $type)) -}}
{{- $words = append $words (printf "The sink %s has the type %s, which does not come with ccsync: the image has to bring it, or each run exits 2. What its settings mean was not looked at." $name $type) -}}
{{- end -}}
{{- end -}}
{{- if $values.secret.create -}}
{{- $words = append $words (printf "The Secret was made from secret.values, so the key can be read in the release's history (helm get values %s). For more than a trial: secret.existingSecret or externalSecret.enabled." .Release.Name) -}}
{{- end -}}
{{- if $values.cronjob.suspend -}}
{{- $words = append $words "The CronJob is suspended: no run starts by itself until cronjob.suspend is false." -}}
{{- end -}}
{{- if not (or $values.prometheusRule.enabled $config.heartbeat $values.secret.keys.heartbeatUrl $config.telemetry $values.existingConfigMap.name) -}}
{{- $words = append $words "Nobody is told when runs fail or stop. prometheusRule.enabled: true makes alerts; secret.keys.heartbeatUrl tells a monitor of each run." -}}
{{- end -}}
{{- with include "ccsync.capacity" . -}}
{{- $days := int . -}}
{{- $back := int (include "ccsync.daysBack" $) -}}
{{- if lt $days (max $back 31) -}}
{{- $words = append $words (printf "The state is small: the ConfigMap has room for about %d days of %d people (state.people) in the memory of %s, and %d days are to be synced. Older days are forgotten: if one is corrected later, a metric that vanished from it may still be shown, and the run exits 4. A bucket or a volume has room: state.type: gs, s3 or pvc." $days (int (default 1000 $values.state.people)) (include "ccsync.rememberingSinks" $ | fromYamlArray | join ", ") $back) -}}
{{- end -}}
{{- end -}}
{{- if eq (include "ccsync.stateUrl" .) "none" -}}
{{- $words = append $words "The state is none: each run delivers the last days and today again, and nothing older; days that were missed stay so." -}}
{{- end -}}
{{- if and (eq $values.state.type "configmap") (not $values.rbac.create) -}}
{{- $words = append $words (printf "rbac.create is false: the service account %s needs the verbs get and update on the ConfigMap %s." (include "ccsync.serviceAccountName" .) (include "ccsync.stateConfigMapName" .)) -}}
{{- end -}}
{{- if $namesPeople -}}
{{- $words = append $words "What a stdout sink writes is in the pods' logs, and so wherever logs are collected: people's e-mail addresses, too. privacy: {identity: hash} or drop leaves them out." -}}
{{- end -}}
{{- if has "bigquery" $types -}}
{{- $words = append $words "The tables of a bigquery sink have to be there: `ccsync bigquery init` makes them once, with the rights of whoever runs it." -}}
{{- end -}}
{{- if and $values.networkPolicy.enabled (not $values.networkPolicy.gkeMetadata) (or (has "bigquery" $types) (eq $values.state.type "gs")) -}}
{{- $words = append $words "On GKE with Workload Identity, write networkPolicy.gkeMetadata: true; without it the login at Google times out." -}}
{{- end -}}
{{- if and (eq $values.state.type "pvc") $values.backfill.enabled (gt (int $values.backfill.parallelism) 1) $values.state.persistence.existingClaim -}}
{{- $words = append $words (printf "The pods of the backfill can only run side by side if the volume of %s is ReadWriteMany." $values.state.persistence.existingClaim) -}}
{{- end -}}
{{- if and $values.backfill.enabled (not $values.backfill.to) (ne (include "ccsync.stateUrl" .) "none") -}}
{{- $words = append $words (printf "backfill.to is empty, so the backfill takes the last days, too: runs of the CronJob find them taken, and fail with exit 75 until it is over. backfill.to: %s leaves the last days to them." (include "ccsync.beforeTheWindow" .)) -}}
{{- end -}}
{{- if and $values.backfill.enabled $values.backfill.force -}}
{{- $words = append $words "backfill.force delivers every day again, also when the Job is made anew by an upgrade: set backfill.enabled to false as soon as it is complete." -}}
{{- end -}}
{{- if eq (toString $values.job.ttlSecondsAfterFinished) "0" -}}
{{- $words = append $words "job.ttlSecondsAfterFinished is 0: a Job and its logs are gone as soon as it ends." -}}
{{- else if eq (toString $values.cronjob.failedJobsHistoryLimit) "0" -}}
{{- $words = append $words "cronjob.failedJobsHistoryLimit is 0: the logs of a run that failed are gone as soon as it ends." -}}
{{- end -}}
{{- $limit := $values.job.activeDeadlineSeconds -}}
{{- $deadline := include "ccsync.seconds" (default "" (default dict $config.sync).deadline) -}}
{{- if and $deadline (not (kindIs "invalid" $limit)) -}}
{{- if gt (int64 $deadline) (sub (int64 $limit) (min (int64 $values.terminationGracePeriodSeconds) (div (int64 $limit) 2))) -}}
{{- $words = append $words (printf "config.sync.deadline is %s: a long run is stopped by job.activeDeadlineSeconds (%v) before it ends by itself, and its pod and log are deleted. Leave it out, and the chart writes %s." $config.sync.deadline $limit (include "ccsync.deadline" (list . $limit))) -}}
{{- end -}}
{{- end -}}
{{- if not $values.job.podFailurePolicy.enabled -}}
{{- $words = append $words "job.podFailurePolicy is off: a wrong key is tried again, and a drained node uses up a retry." -}}
{{- end -}}
{{- if and $values.dashboards.enabled (not (.Files.Glob "files/dashboards/*.json")) -}}
{{- $words = append $words "dashboards.enabled is true, but this chart holds no dashboards (files/dashboards/)." -}}
{{- end -}}
{{- if eq (toString $values.image.tag) "latest" -}}
{{- $words = append $words "image.tag is latest: what runs may change from run to run. Name a version, or image.digest." -}}
{{- end -}}
{{- $pod := default dict $values.podSecurityContext -}}
{{- $container := default dict $values.securityContext -}}
{{- if not (and $pod.runAsNonRoot $pod.seccompProfile (eq (toString $container.allowPrivilegeEscalation) "false") (has "ALL" (default list (default dict $container.capabilities).drop))) -}}
{{- $words = append $words "podSecurityContext and securityContext do not satisfy the Pod Security Standard \"restricted\": a namespace that enforces it refuses the pods." -}}
{{- end -}}
{{- toYaml $words -}}
{{- end }}
