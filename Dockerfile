# The container image of ccsync: the command, its sinks and their pinned dependencies in /opt/venv.
#
#   make image               with docker, podman or buildah, whichever works
#   docker build -t ccsync . is the same without labels
#
# BASE brings Python 3.11 or newer as `python3`. A tag moves: to build the same again, name the
# digest, too (BASE=python:3.13-slim-trixie@sha256:...); `make image` says which one it got.
ARG BASE=docker.io/library/python:3.13-slim-trixie

FROM ${BASE} AS builder
LABEL org.opencontainers.image.title="ccsync"
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore PIP_PROGRESS_BAR=off PIP_QUIET=1
WORKDIR /source
COPY .ci/constraints-build.txt .ci/constraints-image.txt ./

# Two environments: one has pip and builds, the other goes into the image and gets nothing of that.
# Secrets, both optional: `pip` is a pip.conf that says where packages come from, `ca` a file of
# certificates for networks that have their own. Neither leaves a trace in the image.
RUN --mount=type=secret,id=pip --mount=type=secret,id=ca set -eu; \
    export PIP_CONFIG_FILE=/run/secrets/pip; \
    if [ -f /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi; \
    python3 -m venv /opt/build; \
    python3 -m venv --without-pip /opt/venv; \
    pip="/opt/build/bin/python -m pip"; \
    install="install --no-compile --no-deps --require-hashes --only-binary :all:"; \
    $pip $install --requirement constraints-build.txt; \
    $pip --python /opt/venv/bin/python $install --requirement constraints-image.txt

COPY pyproject.toml README.md LICENSE ./
COPY ccsync ccsync
COPY sinks sinks
# Bytecode is compiled once, here, and never compared with times of files: nobody can write there.
RUN set -eu; \
    /opt/build/bin/python -m build --wheel --no-isolation --outdir /opt/wheel . >/dev/null; \
    /opt/build/bin/python -m pip --python /opt/venv/bin/python \
        install --no-compile --no-deps --no-index /opt/wheel/*.whl; \
    /opt/venv/bin/python -m compileall -q -f -j 0 --invalidation-mode unchecked-hash /opt/venv/lib; \
    /opt/venv/bin/ccsync sinks >/dev/null

FROM ${BASE}
# Nothing that gives other rights to whoever runs it, no installer, and /tmp alone to write to.
RUN set -eu; \
    find / -xdev -type f -perm /6000 -exec chmod ug-s {} +; \
    find / -xdev -type d -perm -0002 ! -path /tmp -exec chmod o-w {} +; \
    rm -rf /usr/local/bin/pip* /usr/local/lib/python3*/site-packages/pip \
        /usr/local/lib/python3*/site-packages/pip-*.dist-info /usr/local/lib/python3*/ensurepip \
        /usr/lib/python3*/ensurepip /usr/share/python-wheels
COPY --from=builder /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

ARG BASE
ARG VERSION=
ARG REVISION=
ARG SOURCE=
LABEL org.opencontainers.image.title="ccsync" \
      org.opencontainers.image.description="Keeps an organization's Claude Code usage true in OpenTelemetry backends and BigQuery" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.base.name="${BASE}"

# By number, so that runAsNonRoot can be verified; there is no such user, and none is needed.
USER 65532:65532
WORKDIR /
STOPSIGNAL SIGTERM
ENTRYPOINT ["ccsync"]
