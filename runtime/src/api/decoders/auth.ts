// Registry credentials, from the header that pulls carry and from the body of POST /auth.

import type { AuthConfig } from '../../spec/api/images.ts';
import { object, string } from '../../spec/decode.ts';
import { isEngineError } from '../../spec/errors.ts';
import { textFromBase64 } from '../../spec/base64.ts';

export const authConfig = object<AuthConfig>({
  username: string,
  password: string,
  serveraddress: string,
  identitytoken: string,
  registrytoken: string,
});

/**
 * Reads `X-Registry-Auth`: JSON in base64 or base64url, padded or not.
 * @returns undefined for no header and for one that makes no sense: a public pull must not fail because of it
 */
export function registryAuth(header: string | undefined): AuthConfig | undefined {
  if (header === undefined || header === '') return undefined;
  const text = textFromBase64(header);
  try {
    const auth = authConfig(JSON.parse(text), '');
    return Object.keys(auth).length === 0 ? undefined : auth;
  } catch (error) {
    if (isEngineError(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
