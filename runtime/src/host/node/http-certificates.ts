// Agents for servers that have certificates of their own: an authority beside those that Node trusts, a client's certificate.

import type { Agent, AgentOptions } from 'node:https';
import { EngineError, messageOf } from '../../spec/errors.ts';
import type { TlsMaterial } from '../host.ts';

export class AgentsWithCertificates {
  readonly #common: AgentOptions;
  readonly #checking = new WeakMap<TlsMaterial, Agent>();
  readonly #trusting = new WeakMap<TlsMaterial, Agent>();

  constructor(common: AgentOptions) {
    this.#common = common;
  }

  /**
   * @param checks whether the server's certificate has to be valid
   * @param host for messages
   * @throws EngineError invalidParameter when the certificates are none
   */
  agent(material: TlsMaterial, checks: boolean, host: string): Agent {
    const agents = checks ? this.#checking : this.#trusting;
    const known = agents.get(material);
    if (known !== undefined) return known;
    const { Agent: HttpsAgent } = process.getBuiltinModule('node:https');
    const made = new HttpsAgent({
      ...this.#common,
      rejectUnauthorized: checks,
      secureContext: contextOf(material, host),
    });
    agents.set(material, made);
    return made;
  }
}

function contextOf({ authorities, clients }: TlsMaterial, host: string) {
  const tls = process.getBuiltinModule('node:tls');
  try {
    return tls.createSecureContext({
      ...(authorities.length === 0 ? {} : { ca: [...tls.getCACertificates('default'), ...authorities] }),
      cert: clients.map(({ certificate }) => certificate),
      key: clients.map(({ key }) => key),
    });
  } catch (error) {
    throw new EngineError('invalidParameter', `certificates for ${host} cannot be used: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
