// From a fresh checkout to a running container: `npm run quickstart [-- IMAGE [COMMAND...]]`. The command line starts the
// engine by itself. With a registry in reach the image is pulled; with none one is made from Debian's static busybox. Where containers of
// Linux cannot run it is the image that comes with the engine, whose programs are WebAssembly.

import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { busyboxRootfs } from '../test/helpers/busybox-image.ts';

const root = join(import.meta.dirname, '..');
const coracle = join(root, 'runtime/bin/coracle');
const localImage = 'coracle/busybox:local';
const wasmImage = 'coracle/wasi';
const [wantedImage = 'busybox', ...wantedCommand] = process.argv.slice(2);
const greeting = 'echo "Hello from container $(hostname) on $(uname -sr)."';
const hello = `${greeting}; ip -4 -o addr show eth0 2>/dev/null || true`;

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

/** Whether containers are WebAssembly only; the engine says why where it was not asked for. */
function isLightweight() {
  // Any command that asks the engine starts it.
  const { status, stdout, stderr, error } = run(['info', '--format', '{{.OSType}}']);
  if (status !== 0) {
    console.error(`The engine did not start.\n${error?.message ?? stderr}`);
    process.exit(1);
  }
  process.stderr.write(stderr);
  return stdout.toString().trim() === 'wasi';
}

const isLight = isLightweight();
let image = isLight && wantedImage === 'busybox' ? wasmImage : wantedImage;
let command = wantedCommand;
if (!isHere(image) && (image === wasmImage || !(await pull(image)))) {
  if (isLight && !isHere(wasmImage)) {
    console.error(`${wasmImage} was not built: its compiler is missing (.ci/packages.mjs names its packages).`);
    process.exit(1);
  }
  if (isLight) console.log(`Taking ${wasmImage} instead, which comes with the engine.`);
  else await makeLocalImage();
  image = isLight ? wasmImage : localImage;
  // What was to run in another image need not be in this one.
  if (wantedImage !== 'busybox') command = [];
}
const isPlain = command.length === 0;
const terminal = !isPlain && process.stdin.isTTY && process.stdout.isTTY ? ['-it'] : [];
const args = ['run', '--rm', ...terminal, image, ...(isPlain ? ['sh', '-c', isLight ? greeting : hello] : command)];
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
