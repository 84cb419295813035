// Words that arguments are chosen from: signals, well-known ports and labels.

import type { Choice } from './reference.ts';

export const signals: readonly Choice[] = [
  { value: 'SIGTERM', text: 'asks to end; the default' },
  { value: 'SIGINT', text: 'as Ctrl-C; Python and many tools end in order' },
  { value: 'SIGQUIT', text: 'nginx and php-fpm finish what they serve first' },
  { value: 'SIGWINCH', text: 'Apache finishes what it serves first' },
  { value: 'SIGHUP', text: 'often: read the configuration again' },
  { value: 'SIGUSR1', text: 'whatever the program means by it' },
  { value: 'SIGUSR2', text: 'whatever the program means by it' },
  { value: 'SIGKILL', text: 'ends at once; nothing can be saved' },
  { value: 'SIGRTMIN+3', text: 'systemd as process 1 shuts down' },
];

export const ports: readonly Choice[] = [
  { value: '80', text: 'HTTP' },
  { value: '443', text: 'HTTPS' },
  { value: '3000', text: 'often Node' },
  { value: '5000', text: 'often Flask, registry' },
  { value: '8000', text: 'often Python' },
  { value: '8080', text: 'HTTP without privileges' },
  { value: '8443', text: 'HTTPS without privileges' },
  { value: '5432', text: 'PostgreSQL' },
  { value: '3306', text: 'MySQL' },
  { value: '6379', text: 'Redis' },
  { value: '27017', text: 'MongoDB' },
  { value: '5672', text: 'AMQP' },
  { value: '9000', text: 'often php-fpm, MinIO' },
  { value: '9090', text: 'often Prometheus' },
  { value: '53/udp', text: 'DNS' },
];

export const labels: readonly Choice[] = [
  { value: 'org.opencontainers.image.title', text: 'name of the image for people' },
  { value: 'org.opencontainers.image.description', text: 'what it is' },
  { value: 'org.opencontainers.image.version', text: 'version of the packaged software' },
  { value: 'org.opencontainers.image.source', text: 'URL of the source code' },
  { value: 'org.opencontainers.image.url', text: 'URL for more information' },
  { value: 'org.opencontainers.image.documentation', text: 'URL of the documentation' },
  { value: 'org.opencontainers.image.revision', text: 'revision in source control' },
  { value: 'org.opencontainers.image.created', text: 'when it was built, RFC 3339' },
  { value: 'org.opencontainers.image.authors', text: 'who to ask' },
  { value: 'org.opencontainers.image.vendor', text: 'who distributes it' },
  { value: 'org.opencontainers.image.licenses', text: 'SPDX expression' },
  { value: 'org.opencontainers.image.base.name', text: 'reference of the base image' },
  { value: 'org.opencontainers.image.base.digest', text: 'digest of the base image' },
];

export const shells: readonly Choice[] = [
  { value: '["/bin/bash", "-c"]', text: 'bash' },
  { value: '["/bin/bash", "-o", "pipefail", "-c"]', text: 'bash; a failing part of a pipe fails the step' },
  { value: '["/bin/bash", "-euxo", "pipefail", "-c"]', text: 'bash that stops at errors and shows each command' },
  { value: '["/bin/ash", "-eo", "pipefail", "-c"]', text: 'Alpine’s shell' },
  { value: '["powershell", "-Command", "$ErrorActionPreference = \'Stop\';"]', text: 'PowerShell' },
  { value: '["cmd", "/S", "/C"]', text: 'Windows’ command prompt' },
];
