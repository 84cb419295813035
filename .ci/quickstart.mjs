// From a fresh checkout to a running container: `npm run quickstart [-- IMAGE [COMMAND...]]`. The command line starts the
// engine by itself. With a registry in reach the image is pulled; with none one is made from Debian's static busybox.

import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { busyboxRootfs } from '../test/helpers/busybox-image.ts';

const root = join(import.meta.dirname, '..');
const coracle = join(root, 'runtime/bin/coracle');
const localImage = 'coracle/busybox:local';
const [wantedImage = 'busybox', ...wantedCommand] = process.argv.slice(2);
const hello = 'echo "Hello from container $(hostname) on $(uname -sr)."; ip -4 -o addr show eth0 2>/dev/null || true';

/** Runs our command line. @param stdio `inherit` shows its output, `pipe` keeps it */
function run(args, stdio = 'pipe', input) {
  return spawnSync(coracle, args, {
    stdio: [input === undefined ? 'inherit' : 'pipe', stdio, stdio],
    input,
    maxBuffer: 1 << 26,
  });
}

/** The host and port that an image's name leads to. */
function registryOf(image) {
  const first = image.split('/')[0];
  const isHost = image.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  const [host, port] = (isHost ? first : 'registry-1.docker.io').split(':');
  return { host, port: Number(port ?? 443) };
}

/** A short look, so that a machine without a network is not kept waiting. */
async function isInReach({ host, port }) {
  const socket = connect({ host, port, timeout: 3000 });
  try {
    return await new Promise((resolve) => {
      socket
        .on('connect', () => resolve(true))
        .on('timeout', () => resolve(false))
        .on('error', () => resolve(false));
    });
  } finally {
    socket.destroy();
  }
}

function isHere(image) {
  return run(['image', 'inspect', image]).status === 0;
}

async function pull(image) {
  const registry = registryOf(image);
  if (!(await isInReach(registry))) {
    console.log(`No registry in reach (${registry.host}), so ${image} cannot be pulled.`);
    return false;
  }
  if (run(['pull', image], 'inherit').status === 0) return true;
  console.log(`${image} could not be pulled.`);
  return false;
}

async function makeLocalImage() {
  if (!isHere(localImage)) {
    const { status, stderr } = run(
      ['import', '--change', 'CMD ["sh"]', '-', localImage],
      'pipe',
      await busyboxRootfs(),
    );
    if (status !== 0) throw new Error(`the image could not be made: ${stderr}`);
  }
  console.log(`Made ${localImage} from this machine's busybox instead.`);
}

// Any command that asks the engine starts it.
const first = run(['ps']);
if (first.status !== 0) {
  console.error(`The engine did not start.\n${first.error?.message ?? first.stderr}`);
  process.exit(1);
}

let image = wantedImage;
let command = wantedCommand;
if (!isHere(image) && !(await pull(image))) {
  await makeLocalImage();
  image = localImage;
  // What was to run in another image need not be in this one.
  if (wantedImage !== 'busybox') command = [];
}
const isPlain = command.length === 0;
const terminal = !isPlain && process.stdin.isTTY && process.stdout.isTTY ? ['-it'] : [];
const args = ['run', '--rm', ...terminal, image, ...(isPlain ? ['sh', '-c', hello] : command)];
console.log(`\n$ coracle ${args.map((word) => (/^[\w./:@=-]+$/.test(word) ? word : `'${word}'`)).join(' ')}`);
const { status } = run(args, 'inherit');
if (status !== 0) {
  console.error(`The container ended with ${status}.`);
  process.exit(status ?? 1);
}
console.log(`
The engine goes on while it has work and ends by itself when it has none. Next:
  npx coracle run -it ${image} sh      a shell in a container
  npx coracle ps -a                    what runs and what ran
  npx coracle --help                   all commands`);
