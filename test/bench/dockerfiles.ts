// Dockerfiles of any length for benchmarks: stages as people write them, with what they forget, the same at each run.

/** A file of at least `lines` lines: stages of some twenty lines, each a little different, a few findings in each. */
export function dockerfile(lines: number): string {
  const text: string[] = ['# syntax=docker/dockerfile:1', 'ARG BASE=3.20', 'ARG MIRROR=https://example.org'];
  for (let stage = 0; text.length < lines; stage++) text.push(...stageLines(stage));
  return `${text.slice(0, lines).join('\n')}\n`;
}

function stageLines(stage: number): string[] {
  const name = `stage${stage}`;
  const before = stage === 0 ? 'stage0' : `stage${stage - 1}`;
  return [
    '',
    `# Stage ${stage}: builds a part`,
    stage % 3 === 0 ? `FROM golang:1.2${stage % 5} AS ${name}` : `FROM alpine:\${BASE} AS ${name}`,
    'ARG BASE',
    `ARG VERSION=1.${stage}`,
    `ENV APP_HOME=/srv/app${stage} VERSION_USED="\${VERSION:-latest}"`,
    'WORKDIR ${APP_HOME}',
    'RUN apt-get update && \\',
    '    apt-get install -y --no-install-recommends \\',
    '      # what the next steps need',
    `      curl=7.${stage} ca-certificates && \\`,
    '    rm -rf /var/lib/apt/lists/*',
    `RUN --mount=type=cache,id=c${stage},target=/root/.cache go build -o /out/app ./cmd/app`,
    ...(stage === 0 ? [] : [`COPY --from=${before} --chown=1000:1000 /out/app /usr/local/bin/app${stage}`]),
    'COPY . .',
    'RUN <<EOF',
    'set -e',
    `echo "version $VERSION in $APP_HOME" > /etc/version${stage}`,
    'cd /tmp && curl -fsSL "$MIRROR/file" | tar xz',
    'EOF',
    'EXPOSE 8080/tcp',
    `LABEL org.opencontainers.image.title="part ${stage}"`,
    'HEALTHCHECK --interval=30s CMD curl -f http://localhost:8080/ || exit 1',
    'CMD ["/usr/local/bin/app"]',
  ];
}
