// `login` and `logout`: credentials are tried at the registry by the engine, and kept where docker's clients keep them.

import { hubServer, serverOf } from '../../connect/registry-credentials.ts';
import { command } from '../command.ts';
import { bool, string } from '../flags/types.ts';
import { askLine, askSecret, readInput } from '../io/ask.ts';
import { isTerminal } from '../io/terminal.ts';
import type { Session } from '../session.ts';

export const login = command({
  usage: '[OPTIONS] [SERVER]',
  args: { max: 1 },
  flags: {
    password: string('p', 'Password'),
    'password-stdin': bool('', 'Take the password from stdin'),
    username: string('u', 'Username'),
  },
  async run({ args: [given = ''], flags, changed, session }) {
    const server = serverOf(given);
    const username = flags.username || (await askedName(server, changed.has('password-stdin')));
    const password = await passwordFor(flags, changed, session);
    if (username === '') throw new Error('username is empty');
    if (password === '') throw new Error('password is empty');
    const client = await session.client();
    const auth = { username, password, serveraddress: server };
    const { Status, IdentityToken } = await client.system.auth(auth);
    const token = IdentityToken ?? '';
    const credentials = session.credentials;
    const isPlain = await credentials.save(token === '' ? auth : { ...auth, password: '', identitytoken: token });
    if (isPlain) {
      session.warn(
        `\nWARNING! Your credentials are stored unencrypted in '${credentials.path}'.\nA credential helper (credsStore in that file) keeps them in a safe place.\n`,
      );
    }
    session.print(Status ?? 'Login Succeeded');
  },
});

export const logout = command({
  usage: '[SERVER]',
  args: { max: 1 },
  flags: {},
  async run({ args: [given = ''], session }) {
    const server = serverOf(given);
    const shown = server === hubServer ? hubServer : given;
    if (await session.credentials.remove(server)) session.print(`Removing login credentials for ${shown}`);
    else session.print(`Not logged in to ${shown}`);
  },
});

async function askedName(server: string, isPiped: boolean): Promise<string> {
  if (isPiped) throw new Error('Must provide --username with --password-stdin');
  if (!isTerminal(0))
    throw new Error('cannot perform an interactive login from a non-TTY device; give -u and --password-stdin');
  return await askLine(`Username for ${server}: `);
}

async function passwordFor(
  flags: { readonly password: string; readonly 'password-stdin': boolean },
  changed: ReadonlySet<string>,
  session: Session,
): Promise<string> {
  if (flags['password-stdin']) {
    if (changed.has('password')) throw new Error('--password and --password-stdin are mutually exclusive');
    return (await readInput()).replace(/\r?\n$/, '');
  }
  if (changed.has('password')) {
    session.warn('WARNING! Using --password via the CLI is insecure. Use --password-stdin.');
    return flags.password;
  }
  if (!isTerminal(0))
    throw new Error('cannot perform an interactive login from a non-TTY device; give -u and --password-stdin');
  return await askSecret('Password: ');
}
