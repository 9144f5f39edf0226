"""The schema of values.yaml: its shape stands here, its words and defaults come from values.yaml.

A key that is in one of the two and not in the other is an error, so neither can be forgotten.

Helm looks at the schema first, and says of text only which pattern it does not match. So what the
chart's templates refuse with better words (templates/_validate.tpl) is let through here.
"""

from __future__ import annotations

from config_schema import config_schema
from describing import describe, listed, paths
from pod_schema import POD
from shapes import (
    KEY,
    LABEL_VALUE,
    NAME,
    PATH,
    QUALIFIED,
    VARIABLE,
    Json,
    amount,
    annotation_map,
    choice,
    duration,
    fields,
    flag,
    free,
    label_map,
    listing,
    mapping,
    name,
    port,
    quantity,
    resources,
    schedule,
    section,
    text,
    time_zone,
    whole,
)
from values import Value

_VARIANTS = ("prometheus", "victoriametrics", "both")
_IMAGE_PART = "[a-z0-9]+([._-]+[a-z0-9]+)*"
_REPOSITORY = f"([A-Za-z0-9.-]+(:[0-9]+)?/)?{_IMAGE_PART}(/{_IMAGE_PART})*(:[^/]*)?(@.*)?"
_KEY_HINT = "key of the Secret: letters, digits, - _ and ."
_PATH_HINT = "an absolute path"

SECTIONS: dict[str, Json] = {
    "image": section(
        repository=text(_REPOSITORY, "like registry.example/team/ccsync, without https"),
        tag=text(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", "a tag like 1.2.3, without :"),
        digest=text(),
        pullPolicy=choice("Always", "IfNotPresent", "Never"),
    ),
    "imagePullSecrets": listing(fields("name", name=name("a Secret"))),
    "nameOverride": name("the chart"),
    "fullnameOverride": name("all objects"),
    "commonLabels": label_map(),
    "commonAnnotations": annotation_map(),
    "existingConfigMap": section(name=name("a ConfigMap"), key=text(KEY, "a key of the ConfigMap")),
    "secret": section(
        existingSecret=name("a Secret"),
        create=flag(),
        values=mapping(text(), KEY),
        mountPath=text(PATH, _PATH_HINT),
        keys=section(
            apiKey=text(KEY, _KEY_HINT),
            bearerToken=text(KEY, _KEY_HINT),
            heartbeatUrl=text(KEY, _KEY_HINT),
        ),
        env=mapping(text(KEY, _KEY_HINT, empty=False), VARIABLE),
    ),
    "externalSecret": section(
        enabled=flag(),
        apiVersion=text("external-secrets[.]io/v[a-z0-9]+", "external-secrets.io/v1"),
        refreshInterval=duration("ns|us|ms|s|m|h", "1h"),
        secretStoreRef=section(
            name=name("a store"),
            kind=text("[A-Z][A-Za-z]+", "SecretStore or ClusterSecretStore"),
        ),
        data=mapping(
            fields(
                "key",
                key=text(),
                property=text(),
                version=text(),
                conversionStrategy=text(),
                decodingStrategy=text(),
                metadataPolicy=text(),
                nullBytePolicy=text(),
            ),
            KEY,
        ),
        dataFrom=listing(free()),
        target=free(),
        annotations=annotation_map(),
    ),
    "federation": section(
        enabled=flag(),
        audience=text(),
        expirationSeconds=whole(0, 2**32),
        path=text(),
    ),
    "state": section(
        type=choice("configmap", "pvc", "gs", "s3", "none", "url"),
        people=whole(1),
        configMap=section(
            create=flag(), name=name("a ConfigMap"), keep=flag(), annotations=annotation_map()
        ),
        persistence=section(
            existingClaim=name("a PersistentVolumeClaim"),
            storageClass=text(f"-|{NAME}", "name of a StorageClass, or - for none"),
            size=quantity(),
            accessModes=listing(
                choice("ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany", "ReadOnlyMany")
            ),
            mountPath=text(),
            keep=flag(),
            annotations=annotation_map(),
        ),
        bucket=text(),
        prefix=text(r"[^\s:]+", "a directory in the bucket"),
        region=text("[a-z0-9-]+", "a region like eu-central-1"),
        endpoint=text("https?://.+", "an address that begins with https://"),
        url=text(
            "none|[A-Za-z][A-Za-z0-9+._-]*:.+|.*[$][{].+",
            "an address like kubernetes://configmap/NAME or file:///path",
        ),
    ),
    "cronjob": section(
        schedule=schedule(),
        timeZone=time_zone(),
        suspend=flag(),
        concurrencyPolicy=choice("Allow", "Forbid", "Replace"),
        startingDeadlineSeconds=whole(0),
        successfulJobsHistoryLimit=whole(0),
        failedJobsHistoryLimit=whole(0),
        annotations=annotation_map(),
        labels=label_map(),
    ),
    "job": section(
        backoffLimit=whole(0),
        activeDeadlineSeconds=whole(1),
        ttlSecondsAfterFinished=whole(0),
        podFailurePolicy=section(
            enabled=flag(),
            rules=listing(
                fields(
                    "action",
                    action={"enum": ["FailJob", "FailIndex", "Ignore", "Count"]},
                    onExitCodes=free("operator", "values"),
                    onPodConditions=listing(free("type")),
                )
            ),
        ),
        annotations=annotation_map(),
        labels=label_map(),
    ),
    "backfill": section(
        enabled=flag(),
        **{
            "from": text(),
            "to": text(),
        },
        parallelism=whole(0),
        force=flag(),
        sinks=listing(text("[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", "name of a sink", empty=False)),
        backoffLimit=whole(0),
        activeDeadlineSeconds=whole(1),
        ttlSecondsAfterFinished=whole(0),
        resources=resources(),
    ),
    "tests": section(enabled=flag(), annotations=annotation_map()),
    "serviceAccount": section(
        create=flag(), name=name("a ServiceAccount"), annotations=annotation_map(), automount=flag()
    ),
    "rbac": section(create=flag()),
    **POD,
    "networkPolicy": section(
        enabled=flag(),
        dns=section(ports=listing(port()), to=listing(free())),
        ports=listing(port()),
        kubernetesApiPorts=listing(port()),
        gkeMetadata=flag(),
        eksPodIdentity=flag(),
        extraEgress=listing(free()),
        annotations=annotation_map(),
    ),
    "prometheusRule": section(
        enabled=flag(),
        namespace=name("a namespace"),
        labels=label_map(),
        annotations=annotation_map(),
        alertLabels=mapping(text(), VARIABLE),
        alertAnnotations=mapping(text(), VARIABLE),
        disabled=listing(text("[A-Za-z0-9]+", "name of an alert", empty=False)),
        matchers=text(),
        staleAfter=text(),
        suspendedAfter=text(),
        severity=text(),
        runbookUrl=text("https?://.+", "an address that begins with https://"),
        dataRules={"enum": [True, False, *_VARIANTS, None]},
        thresholds=section(
            budget=amount(0),
            unusualTimes=amount(1),
            unusualAtLeast=amount(0),
            acceptanceShare=amount(0, 1),
            acceptanceDecisions=whole(0),
            peopleShare=amount(0, 1),
            people=whole(0),
            # The rule looks two weeks back.
            staleHours=whole(1, 320),
            failingHours=whole(1, 320),
        ),
        extraGroups=listing(free("name", "rules")),
    ),
    "dashboards": section(
        enabled=flag(),
        variant=choice(*_VARIANTS, ""),
        namespace=name("a namespace"),
        label=text(QUALIFIED, "key of a label"),
        labelValue=text(LABEL_VALUE, 'a label\'s value in quotes, like "1"'),
        folderAnnotation=text(QUALIFIED, "key of an annotation"),
        folder=text(),
        annotations=annotation_map(),
    ),
    "global": free(),
}

_ENABLED = flag() | {
    "description": "For the `condition` of a parent chart; this one does not look at it."
}


def values_schema(values: list[Value]) -> Json:
    """Give the whole schema.

    Raises:
        ValueError: keys that values.yaml and the shape above do not share.
    """
    config, definitions = config_schema()
    properties = {**SECTIONS, "config": config}
    given = {value.path: value for value in values}
    order = list(dict.fromkeys(value.path[0] for value in values))
    schema = section(**{one: properties[one] for one in order if one in properties})
    missing = {(one,) for one in properties.keys() - set(order)} | describe(schema, (), given)
    unknown = given.keys() - paths(schema, ())
    if missing or unknown:
        raise ValueError(
            f"not in values.yaml: {listed(missing)}; not in .ci/chart: {listed(unknown)}"
        )
    schema["properties"]["enabled"] = _ENABLED
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Values of the chart ccsync",
        **schema,
        "definitions": definitions,
    }
