// What the engine itself fetches for a build, without credentials. What an address leads to by redirects may not be a place that only
// this machine reaches: metadata services and what listens on loopback are not for Dockerfiles of strangers.

import type { HttpResponse, HttpTransport } from '../../host/host.ts';
import { EngineError, isKind, messageOf } from '../../spec/errors.ts';

const maximumRedirects = 10;

/** The answer with status 200 at the end of redirects. @throws EngineError system when there is none, forbidden for a place */
export async function get(http: HttpTransport, first: URL, signal: AbortSignal): Promise<HttpResponse> {
  let url = first;
  for (let hops = 0; hops <= maximumRedirects; hops++) {
    checkPlace(url, first);
    const response = await ask(http, url, signal);
    if (response.status === 200) return response;
    for await (const _ of response.body) break;
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(response.status) || location === undefined) {
      throw new EngineError('system', `failed to GET ${shown(url)} with status ${response.status}`);
    }
    url = parseAddress(location, url);
  }
  throw new EngineError('system', `failed to GET ${shown(first)}: stopped after ${maximumRedirects} redirects`);
}

async function ask(http: HttpTransport, url: URL, signal: AbortSignal): Promise<HttpResponse> {
  try {
    return await http.request({
      method: 'GET',
      url: url.href,
      headers: { 'accept-encoding': 'identity' },
      signal,
    });
  } catch (error) {
    if (!isKind(error, 'unavailable')) throw error;
    throw new EngineError('system', `failed to GET ${shown(url)}: ${messageOf(error)}`, { cause: error });
  }
}

/** @throws EngineError invalidParameter */
export function parseAddress(text: string, base?: URL): URL {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch (error) {
    throw new EngineError('invalidParameter', `${JSON.stringify(text)} is no valid address`, { cause: error });
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  const message = `${JSON.stringify(text)}: unsupported protocol scheme ${JSON.stringify(url.protocol.slice(0, -1))}`;
  throw new EngineError('invalidParameter', message);
}

/** @param first what the Dockerfile or the client wrote @throws EngineError forbidden */
export function checkPlace(url: URL, first: URL): void {
  const place = placeOf(url.hostname);
  if (place === 'public' || (place === 'here' && placeOf(first.hostname) === 'here')) return;
  const what = place === 'here' ? 'the machine that builds' : 'its link-local network';
  throw new EngineError('forbidden', `${shown(url)} is an address of ${what}, which ${shown(first)} may not lead to`);
}

/** By the address as it is written: `URL` has brought all ways to write one to a single form. */
function placeOf(hostname: string): 'public' | 'here' | 'link' {
  const name = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (/^169\.254\.|^fe[89ab][0-9a-f]:|^::ffff:a9fe:|^fd00:ec2::254$/.test(name) || name === 'metadata.google.internal')
    return 'link';
  if (/^127\.|^0\.|^::1?$|^::ffff:7f|^::ffff:0:/.test(name) || /(?:^|\.)localhost$/.test(name)) return 'here';
  return 'public';
}

/** Without what may be a password. */
function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
