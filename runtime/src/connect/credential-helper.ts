// Programs that keep passwords for docker's clients, `docker-credential-<name>`: a verb as argument, JSON on standard input and
// output (github.com/docker/docker-credential-helpers).

/** A helper that is not there, or that failed. */
export class HelperError extends Error {
  override readonly name = 'HelperError';
}

export interface HelperSecret {
  readonly Username: string;
  readonly Secret: string;
}

/** A password store of the desktop may ask its user. */
const patienceMs = 120_000;
const mostBytes = 64 * 1024;

/** What a helper says, with exit status 1, of a registry that it does not know. */
const notThere = /credentials not found|no credentials (?:server url|username)/i;

/** @throws HelperError naming the program, in its own words */
export async function askHelper(helper: string, server: string): Promise<HelperSecret | undefined> {
  const { status, text } = await runHelper(helper, 'get', server);
  if (status !== 0) {
    if (notThere.test(text)) return undefined;
    throw new HelperError(`docker-credential-${helper} get ${server}: ${text.trim()}`);
  }
  const value = parsed(text);
  const [username, secret] = [value?.['Username'], value?.['Secret']];
  if (typeof username === 'string' && typeof secret === 'string') return { Username: username, Secret: secret };
  throw new HelperError(`docker-credential-${helper} answered no credentials for ${server}`);
}

/** @throws HelperError naming the program, in its own words */
export async function storeByHelper(helper: string, server: string, secret: HelperSecret): Promise<void> {
  const input = JSON.stringify({ ServerURL: server, ...secret });
  const { status, text } = await runHelper(helper, 'store', input);
  if (status !== 0) throw new HelperError(`docker-credential-${helper} store: ${text.trim()}`);
}

/** Nothing happens where it knows no such registry. @throws HelperError naming the program, in its own words */
export async function eraseByHelper(helper: string, server: string): Promise<void> {
  const { status, text } = await runHelper(helper, 'erase', server);
  if (status !== 0 && !notThere.test(text)) throw new HelperError(`docker-credential-${helper} erase: ${text.trim()}`);
}

async function runHelper(helper: string, verb: string, input: string): Promise<{ status: number; text: string }> {
  // It is looked for in PATH: a name with a slash would be a program of anywhere.
  if (!/^[\w.-]{1,100}$/.test(helper))
    throw new HelperError(`${JSON.stringify(helper)} is no name of a credential helper`);
  const { spawn } = process.getBuiltinModule('node:child_process');
  const child = spawn(`docker-credential-${helper}`, [verb], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: patienceMs,
  });
  return await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text.length > mostBytes) child.kill('SIGKILL');
    });
    child.on('error', (cause) => {
      reject(
        new HelperError(`the credential helper docker-credential-${helper} could not be run: ${cause.message}`, {
          cause,
        }),
      );
    });
    child.on('close', (status) => resolve({ status: status ?? -1, text }));
    // One that does not read says why by its status.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // The caller says whose answer it is.
    return undefined;
  }
}
