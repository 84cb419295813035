// Why a registry cannot be looked into, in words for who looks, and what can be done about it.

import { RegistryError } from '../../../runtime/src/registry/errors.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { l10n } from '../l10n.ts';
import type { ShownRegistry } from './targets.ts';
import { WebListError } from './web-lists.ts';

export type Remedy = 'login' | 'name' | 'retry';

export interface Fault {
  readonly message: string;
  readonly remedies: readonly Remedy[];
}

/** The registry answers that it has no list of its repositories, or has it for nobody. */
const unlisted = new Set([403, 404, 405, 501]);

/** @param isCatalog whether the list of repositories was asked for */
export function faultOf(error: unknown, registry: ShownRegistry, isCatalog: boolean): Fault {
  const status = statusOf(error);
  const { user } = registry;
  if (status === 401 || (status === 403 && !isCatalog)) {
    const message =
      user === undefined
        ? l10n.t('You are not logged in.')
        : l10n.t('{0} may not see this: {1}', user, messageOf(error));
    return { message, remedies: isCatalog ? ['login', 'name'] : ['login'] };
  }
  if (isCatalog && status !== undefined && unlisted.has(status)) {
    const message = l10n.t('The registry does not list its repositories.');
    return { message, remedies: user === undefined ? ['name', 'login'] : ['name'] };
  }
  const message = messageOf(error);
  // What to do about a certificate is said already, but for the short way.
  const isTls = message.includes('tls: failed to verify');
  const more = isTls ? l10n.t(' Or allow it in the setting coracle.registries.insecure.') : '';
  return { message: `${message}${more}`, remedies: ['retry'] };
}

/** The HTTP status of a refusal, however it was worded on its way. */
export function statusOf(error: unknown): number | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof RegistryError || each instanceof WebListError) return each.status;
  }
  return undefined;
}
