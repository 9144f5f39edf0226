"""The shape of the values that a pod has as Kubernetes has them.

What Kubernetes may extend is known here as far as mistakes in it are common, and otherwise free.
"""

from __future__ import annotations

from shapes import (
    LABEL_VALUE,
    NAME,
    QUALIFIED,
    VARIABLE,
    Json,
    annotation_map,
    choice,
    fields,
    flag,
    free,
    label_map,
    listing,
    mapping,
    name,
    resources,
    text,
    whole,
)

_USER = whole(0)

_PROFILE = free("type", type=choice("RuntimeDefault", "Localhost", "Unconfined"))

_CONTAINER = free(
    "name",
    "image",
    name=name("the container", rendered=True),
    image=text(),
    command=listing(text()),
)

POD: dict[str, Json] = {
    "podSecurityContext": free(
        runAsNonRoot=flag(),
        runAsUser=_USER,
        runAsGroup=_USER,
        fsGroup=_USER,
        fsGroupChangePolicy=choice("OnRootMismatch", "Always"),
        supplementalGroups=listing(_USER),
        seccompProfile=_PROFILE,
    ),
    "securityContext": free(
        allowPrivilegeEscalation=flag(),
        privileged=flag(),
        readOnlyRootFilesystem=flag(),
        runAsNonRoot=flag(),
        runAsUser=_USER,
        runAsGroup=_USER,
        seccompProfile=_PROFILE,
        capabilities=free(add=listing(text()), drop=listing(text())),
    ),
    "resources": resources(),
    "terminationGracePeriodSeconds": whole(0),
    "podAnnotations": annotation_map(),
    "podLabels": label_map(),
    "extraArgs": listing({"type": "string"}),
    "extraEnv": listing(
        fields(
            "name",
            name=text(VARIABLE, "letters, digits and _", empty=False, rendered=True),
            value=text(),
            valueFrom=free(),
        )
    ),
    "extraEnvFrom": listing(
        fields(configMapRef=free("name"), secretRef=free("name"), prefix=text())
    ),
    "extraVolumes": listing(free("name", name=name("the volume", rendered=True))),
    "extraVolumeMounts": listing(
        free(
            "name",
            "mountPath",
            name=name("the volume", rendered=True),
            mountPath=text(),
            readOnly=flag(),
        )
    ),
    "initContainers": listing(_CONTAINER),
    "extraContainers": listing(_CONTAINER),
    "extraObjects": listing({"type": ["object", "string"]}),
    "nodeSelector": mapping(text(LABEL_VALUE, "value of a label", rendered=True), QUALIFIED),
    "tolerations": listing(
        fields(
            key=text(),
            operator=choice("Exists", "Equal", "Lt", "Gt"),
            value=text(),
            effect=choice("NoSchedule", "PreferNoSchedule", "NoExecute", ""),
            tolerationSeconds={"type": ["integer", "null"]},
        )
    ),
    "affinity": free(nodeAffinity=free(), podAffinity=free(), podAntiAffinity=free())
    | {"additionalProperties": False},
    "topologySpreadConstraints": listing(
        free(
            "maxSkew",
            "topologyKey",
            "whenUnsatisfiable",
            maxSkew=whole(1),
            topologyKey=text(),
            whenUnsatisfiable=choice("DoNotSchedule", "ScheduleAnyway"),
        )
    ),
    "priorityClassName": name("a PriorityClass"),
    "dnsPolicy": choice("", "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    "dnsConfig": fields(
        nameservers=listing(text()),
        searches=listing(text()),
        options=listing(fields("name", name=text(), value=text())),
    )
    | {"type": ["object", "null"]},
    "hostAliases": listing(
        fields("ip", ip=text(), hostnames=listing(text(NAME, "name of a host")))
    ),
    "runtimeClassName": name("a RuntimeClass"),
}
