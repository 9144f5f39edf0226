{{/* What is added to the pod. */}}

{{- define "ccsync.validatePod" -}}
{{- $check := . -}}
{{- $values := .root.Values -}}
{{- $names := keys (default dict $values.secret.env) -}}
{{- range $values.extraEnv -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- range $name := uniq $names -}}
{{- if has $name (list "CCSYNC_CONFIG" "CCSYNC_HOLDER" "CCSYNC_SHARDS" "CCSYNC_JOB" "CCSYNC_JOB_UID" "CCSYNC_NAMESPACE") -}}
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
