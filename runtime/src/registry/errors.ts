// What a registry answers when it refuses, as errors with the words docker's users know: `manifest unknown: manifest
// unknown`, `denied: requested access to the resource is denied`. Bodies are read with a cap, since strangers write them.

import type { Bytes, HttpResponse } from '../host/host.ts';
import { EngineError } from '../spec/errors.ts';
import { isObject } from '../spec/manifest.ts';
import { concat } from '../spec/bytes.ts';
import { type Challenge, parseChallenges } from './challenge.ts';

const maximumErrorBody = 64 * 1024;

/** A refusal by a registry. `code` is one of the distribution spec's, in capitals, or empty. */
export class RegistryError extends EngineError {
  readonly code: string;
  readonly status: number;
  /** How long the registry asks us to wait. */
  readonly retryAfterMs: number | undefined;
  /** The registry, when it says that we ask too often. */
  readonly limitedBy: string | undefined;

  constructor(code: string, { status, host, retryAfterMs }: Refused, message: string) {
    const limits = status === 429 ? `: ${host} limits requests${again(retryAfterMs)}` : '';
    super(status === 404 ? 'notFound' : 'system', message + limits);
    this.code = code;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.limitedBy = status === 429 ? host : undefined;
  }

  /** Worth trying again later. */
  get isTemporary(): boolean {
    return this.status === 429 || this.status === 408 || this.status >= 500;
  }
}

/** Whether an answer says that the registry does not know the question: it has nothing else to say of that. */
export function isUnknownQuestion(error: unknown): error is RegistryError {
  return error instanceof RegistryError && [400, 404, 405, 406, 410, 501].includes(error.status);
}

interface Refused {
  readonly status: number;
  readonly host: string;
  readonly retryAfterMs: number | undefined;
}

function again(retryAfterMs: number | undefined): string {
  if (retryAfterMs === undefined) return '';
  const seconds = Math.ceil(retryAfterMs / 1000);
  return `, try again in ${seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`}`;
}

/** Whether trying again may help: broken connections, overload. */
export function isTemporary(error: unknown): boolean {
  return error instanceof RegistryError
    ? error.isTemporary
    : error instanceof EngineError && error.kind === 'unavailable';
}

/** Reads and closes the body of a refusal. @param host who refused */
export async function refusal(
  response: HttpResponse,
  host: string,
  fallbackCode: string,
  nowMs: number,
): Promise<RegistryError> {
  const body = await readCapped(response.body, maximumErrorBody, true);
  const first = firstError(body) ?? challengeError(response);
  const retryAfterMs = retryAfter(response.headers['retry-after'], nowMs);
  const refused = { status: response.status, host, retryAfterMs };
  if (first !== undefined) {
    const name = first.code.toLowerCase().replaceAll('_', ' ');
    return new RegistryError(first.code, refused, `${name}: ${first.message}`);
  }
  if (response.status === 404 && fallbackCode !== '') {
    const name = fallbackCode.toLowerCase().replaceAll('_', ' ');
    return new RegistryError(fallbackCode, refused, `${name}: ${name}`);
  }
  const status = `${response.status} ${statusTexts[response.status] ?? ''}`.trim();
  return new RegistryError('', refused, `received unexpected HTTP status: ${status}`);
}

const statusTexts: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  416: 'Requested Range Not Satisfiable',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

const defaultMessages: Readonly<Record<string, string>> = {
  UNAUTHORIZED: 'authentication required',
  DENIED: 'requested access to the resource is denied',
  TOOMANYREQUESTS: 'too many requests',
};

function firstError(body: Uint8Array): { readonly code: string; readonly message: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(body));
  } catch {
    // No JSON: an HTML page of a proxy, or nothing. The status speaks.
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const list = Array.isArray(value['errors']) ? value['errors'] : [];
  const first: unknown = list[0];
  if (isObject(first) && typeof first['code'] === 'string') {
    const code = first['code'].slice(0, 64);
    const message = typeof first['message'] === 'string' ? first['message'] : '';
    return { code, message: message.slice(0, 1024) || (defaultMessages[code] ?? code.toLowerCase()) };
  }
  // Token servers answer `{"details": "incorrect username or password"}`.
  const details = value['details'];
  return typeof details === 'string' ? { code: 'UNAUTHORIZED', message: details.slice(0, 1024) } : undefined;
}

/** RFC 6750: the challenge itself may say why. */
function challengeError(response: HttpResponse): { readonly code: string; readonly message: string } | undefined {
  if (response.status !== 401) return undefined;
  const challenges: readonly Challenge[] = parseChallenges(response.headers['www-authenticate'] ?? '');
  const bearer = challenges.find((challenge) => challenge.scheme === 'bearer');
  const code = bearer?.parameters.get('error') === 'insufficient_scope' ? 'DENIED' : 'UNAUTHORIZED';
  return { code, message: bearer?.parameters.get('error_description') ?? defaultMessages[code] ?? '' };
}

/** Seconds or a date (RFC 9110, 10.2.3), in ms from now; at most a day. */
export function retryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), 86_400_000);
}

/**
 * Reads a body of at most `most` bytes.
 * @throws EngineError invalidParameter when it is longer, unless `cut`, which keeps the beginning
 */
export async function readCapped(body: Bytes, most: number, cut = false): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > most) {
      if (!cut) throw new EngineError('invalidParameter', `registry answered with more than ${most} bytes`);
      break;
    }
    parts.push(chunk);
  }
  return concat(parts);
}
