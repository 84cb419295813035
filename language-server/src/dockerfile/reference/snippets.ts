// Whole idioms, as snippets of LSP: `${1:name}` is a place to fill in, `$0` where the cursor ends.

export interface SnippetReference {
  readonly label: string;
  readonly detail: string;
  readonly lines: readonly string[];
}

export const snippets: readonly SnippetReference[] = [
  {
    label: 'FROM … AS',
    detail: 'a named stage',
    lines: ['FROM ${1:image}:${2:tag} AS ${3:build}', '$0'],
  },
  {
    label: 'ARG version, FROM',
    detail: 'a base image whose version may be set by the build',
    lines: ['ARG ${1:VERSION}=${2:1}', 'FROM ${3:image}:\\${${1:VERSION}}', '$0'],
  },
  {
    label: 'RUN <<EOF',
    detail: 'several command lines in one layer',
    lines: ['RUN <<EOF', 'set -e', '$0', 'EOF'],
  },
  {
    label: 'RUN apt-get install',
    detail: 'Debian packages with a cache that stays out of the image',
    lines: [
      'RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \\',
      '    --mount=type=cache,target=/var/lib/apt,sharing=locked \\',
      '    rm -f /etc/apt/apt.conf.d/docker-clean \\',
      '    && apt-get update \\',
      '    && apt-get install -y --no-install-recommends ${1:package}',
      '$0',
    ],
  },
  {
    label: 'RUN apt-get install, clean up',
    detail: 'Debian packages; the lists are removed in the same layer',
    lines: [
      'RUN apt-get update \\',
      '    && apt-get install -y --no-install-recommends ${1:package} \\',
      '    && rm -rf /var/lib/apt/lists/*',
      '$0',
    ],
  },
  { label: 'RUN apk add', detail: 'Alpine packages', lines: ['RUN apk add --no-cache ${1:package}', '$0'] },
  {
    label: 'RUN pip install',
    detail: 'Python packages with a cache that stays out of the image',
    lines: [
      'RUN --mount=type=cache,target=/root/.cache/pip \\',
      '    --mount=type=bind,source=requirements.txt,target=requirements.txt \\',
      '    pip install -r requirements.txt',
      '$0',
    ],
  },
  {
    label: 'RUN npm ci',
    detail: 'Node packages with a cache that stays out of the image',
    lines: [
      'RUN --mount=type=cache,target=/root/.npm \\',
      '    --mount=type=bind,source=package.json,target=package.json \\',
      '    --mount=type=bind,source=package-lock.json,target=package-lock.json \\',
      '    npm ci${1: --omit=dev}',
      '$0',
    ],
  },
  {
    label: 'RUN go build',
    detail: 'a Go program with caches for modules and objects',
    lines: [
      'RUN --mount=type=cache,target=/go/pkg/mod \\',
      '    --mount=type=cache,target=/root/.cache/go-build \\',
      '    CGO_ENABLED=0 go build -o /out/${1:app} ${2:.}',
      '$0',
    ],
  },
  {
    label: 'RUN cargo build',
    detail: 'a Rust program with caches for crates and objects',
    lines: [
      'RUN --mount=type=cache,target=/usr/local/cargo/registry \\',
      '    --mount=type=cache,target=target \\',
      '    cargo build --release && cp target/release/${1:app} /out/',
      '$0',
    ],
  },
  {
    label: 'RUN secret',
    detail: 'a step that reads a secret of the build',
    lines: ['RUN --mount=type=secret,id=${1:token},env=${2:TOKEN} \\', '    ${0:command}'],
  },
  {
    label: 'RUN git clone over SSH',
    detail: 'with the SSH agent of whoever builds',
    lines: ['RUN --mount=type=ssh git clone ${1:git@github.com:owner/name.git}', '$0'],
  },
  {
    label: 'COPY --from',
    detail: 'a result of another stage',
    lines: ['COPY --from=${1:build} ${2:/out/app} ${3:/usr/local/bin/}', '$0'],
  },
  {
    label: 'COPY <<EOF',
    detail: 'a file written here',
    lines: ['COPY <<EOF ${1:/etc/app.conf}', '$0', 'EOF'],
  },
  {
    label: 'ADD --checksum',
    detail: 'a download that must be what it was',
    lines: ['ADD --checksum=sha256:${1:digest} ${2:https://example.com/file} ${3:/opt/}', '$0'],
  },
  {
    label: 'HEALTHCHECK with curl',
    detail: 'asks the program’s own HTTP server',
    lines: [
      'HEALTHCHECK --interval=30s --timeout=3s --start-period=10s \\',
      '    CMD curl -fsS http://localhost:${1:8080}/${2:health} || exit 1',
      '$0',
    ],
  },
  {
    label: 'USER of its own',
    detail: 'a user without rights for the program (Debian)',
    lines: [
      'RUN groupadd --system ${1:app} && useradd --system --no-log-init --gid ${1:app} --home-dir ${2:/app} ${1:app}',
      'USER ${1:app}',
      '$0',
    ],
  },
  {
    label: 'USER of its own (Alpine)',
    detail: 'a user without rights for the program',
    lines: ['RUN addgroup -S ${1:app} && adduser -S -G ${1:app} ${1:app}', 'USER ${1:app}', '$0'],
  },
  {
    label: 'SHELL bash with pipefail',
    detail: 'a failing part of a pipe fails the step',
    lines: ['SHELL ["/bin/bash", "-o", "pipefail", "-c"]', '$0'],
  },
  {
    label: 'LABEL image annotations',
    detail: 'the well-known keys',
    lines: [
      'LABEL org.opencontainers.image.title="${1:title}" \\',
      '    org.opencontainers.image.description="${2:description}" \\',
      '    org.opencontainers.image.source="${3:https://}" \\',
      '    org.opencontainers.image.licenses="${4:Apache-2.0}"',
      '$0',
    ],
  },
];
