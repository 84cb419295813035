// Dev Containers' own command line (the reference implementation, which VS Code's extension brings as well) in scripts of tests: a
// workspace, and the verbs of `devcontainer` on it.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type Mocha from 'mocha';
import { coracleBinary, nodeBinary, root } from './paths.ts';
import { skip } from './skip.ts';
import { seenPath } from './test-user.ts';

/** Compose in Python, which was the only one for years; Debian 12 has it. */
const composeOfPython = '/usr/bin/docker-compose';

export interface Workspace {
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Text by path in the workspace. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A Feature whose script tells whom it was run for, and whose program says `greeting` and who runs it. */
export const helloFeature: Readonly<Record<string, string>> = {
  '.devcontainer/hello/devcontainer-feature.json': JSON.stringify({
    id: 'hello',
    version: '1.0.0',
    options: { greeting: { type: 'string', default: 'hey' } },
    containerEnv: { HELLO_PATH: '/opt/hello:${PATH}' },
    mounts: [{ source: 'hello-${devcontainerId}', target: '/of-feature', type: 'volume' }],
    entrypoint: '/usr/local/share/hello-init.sh',
    postCreateCommand: 'echo feature >>/tmp/order',
  }),
  '.devcontainer/hello/install.sh': `#!/bin/sh
set -e
mkdir -p /usr/local/bin /usr/local/share
echo "$_REMOTE_USER $_REMOTE_USER_HOME $_CONTAINER_USER" >/usr/local/share/hello-for
printf '#!/bin/sh\\necho "%s $(id -un)"\\n' "$GREETING" >/usr/local/bin/hello
printf '#!/bin/sh\\necho begun >/begun\\nexec "$@"\\n' >/usr/local/share/hello-init.sh
chmod +x /usr/local/bin/hello /usr/local/share/hello-init.sh
`,
};

/** Skips where Compose in Python is not there: newer releases of Debian have another one of the same name. */
export function requireComposeOfPython(context: Mocha.Context): void {
  if (!existsSync(composeOfPython)) skip(context, 'needs docker-compose');
  const { stdout } = spawnSync(composeOfPython, ['version', '--short'], { encoding: 'utf8' });
  if (!stdout.startsWith('1.')) skip(context, `needs Compose 1, this is ${stdout.trim()}`, { optional: true });
}

/**
 * For `Engine.sh`: a workspace `$T/ws` and `dev VERB …` on it, which shows on stdout what programs are told and on stderr what people are;
 * `field NAME` takes a text out of that, `up` and `inside SCRIPT` are its usual verbs. `$ws` is another workspace, `$as` says as whom,
 * `$with` are flags for all verbs, `$CORACLE` is our own command line. Nothing outside of this machine is asked.
 * `up` waits for the event of a start, and may ask for events after it where the engine is fast: the wrapped docker asks from before.
 * @param clients folder with docker and its plugins @param isOurs other engines have no frontend of Docker Hub's built in
 */
export function devPrelude(clients: string, { configuration, files = {} }: Workspace, isOurs: boolean): string {
  const cli = seenPath(join(root, 'node_modules/@devcontainers/cli/devcontainer.js'));
  const all = { '.devcontainer/devcontainer.json': JSON.stringify(configuration), ...files };
  const written = Object.entries(all).map(
    ([path, text]) => `mkdir -p "$(dirname '${path}')"; cat >'${path}' <<'END OF FILE'\n${text}\nEND OF FILE`,
  );
  return `export DOCKER_CONFIG=$T/config PATH='${clients}':$PATH TMPDIR=$T/tmp OWN=$T/tmp/devcontainercli-$(id -un) CORACLE='${seenPath(coracleBinary)}'
mkdir -p $DOCKER_CONFIG $OWN $T/ws; cd $T/ws
printf '{"cliPluginsExtraDirs":["${clients}/cli-plugins"]}' >$DOCKER_CONFIG/config.json
printf '{"disallowedFeatures":[],"featureAdvisories":[]}' >$OWN/control-manifest.json
${written.join('\n')}
as= with= ws=$T/ws
mkdir $T/bin; for real in "$(command -v docker)" $CORACLE; do
printf '#!/bin/sh\\n[ "$1" = events ] && { shift; set -- events --since $SINCE "$@"; }\\nexec %s "$@"\\n' $real >$T/bin/\${real##*/}; chmod +x $T/bin/\${real##*/}; done
PATH=$T/bin:$PATH CORACLE=$T/bin/coracle
dev() { local verb=$1; shift; export SINCE=$(date +%s.%N); $as '${seenPath(nodeBinary)}' '${cli}' $verb --workspace-folder $ws $with ${isOurs ? '' : '$(syntax $verb)'} "$@"; }
syntax() { case $1 in up|build) echo --omit-syntax-directive;; esac; }
inside() { dev exec sh -c "$1"; }
field() { sed -E 's/.*"'$1'":"([^"]*)".*/\\1/'; }
up() { dev up "$@" | field outcome; }`;
}
