// Secrets and agents of who builds: sent with the build, or asked of the client when a step comes to need one.

import type { BuildRequest, SocketAccess } from '../spec/engine/builds.ts';

export class ClientNeeds {
  readonly #request: Pick<BuildRequest, 'secrets' | 'sshAgents' | 'session'>;
  readonly #asked = new Map<string, Promise<Uint8Array | undefined>>();
  readonly #known: Uint8Array[];

  constructor(request: Pick<BuildRequest, 'secrets' | 'sshAgents' | 'session'>) {
    this.#request = request;
    this.#known = Object.values(request.secrets);
  }

  /** @returns undefined where the client has none of that id */
  async secret(id: string): Promise<Uint8Array | undefined> {
    const { secrets, session } = this.#request;
    if (Object.hasOwn(secrets, id)) return secrets[id];
    if (session === undefined) return undefined;
    const asked = this.#asked.get(id) ?? this.#ask(session, id);
    this.#asked.set(id, asked);
    return await asked;
  }

  async #ask(session: NonNullable<BuildRequest['session']>, id: string): Promise<Uint8Array | undefined> {
    const content = await session.secret(id);
    if (content !== undefined) this.#known.push(content);
    return content;
  }

  /** @returns the path of its socket */
  async sshAgent(id: string, access: SocketAccess): Promise<string | undefined> {
    const { sshAgents, session } = this.#request;
    return Object.hasOwn(sshAgents, id) ? sshAgents[id] : await session?.sshAgent(id, access);
  }

  /** Texts that nobody may find in what is kept of the build. */
  hidden(): readonly string[] {
    return this.#known.map((secret) => new TextDecoder().decode(secret).trim()).filter((text) => text !== '');
  }
}
