// `import` from an address: the daemon itself fetches the archive, as docker's does. No credentials, redirects within
// http and https only.

import type { Bytes, HttpTransport } from '../host/host.ts';
import { EngineError, isKind, messageOf } from '../spec/errors.ts';
import { invalid } from './errors.ts';

const maximumRedirects = 10;

/**
 * @param address a bare host and path is taken for http
 * @throws EngineError invalidParameter for no address at all, system when it cannot be fetched
 */
export async function fetchArchive(http: HttpTransport, address: string, signal?: AbortSignal): Promise<Bytes> {
  let url = parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`);
  for (let hops = 0; hops <= maximumRedirects; hops++) {
    const request = { method: 'GET', url: url.href, headers: { 'accept-encoding': 'identity' } };
    const response = await ask(http, signal === undefined ? request : { ...request, signal }, url);
    const { location } = response.headers;
    if (response.status === 200) return response.body;
    for await (const _ of response.body) break;
    if (![301, 302, 303, 307, 308].includes(response.status) || location === undefined) {
      throw new EngineError('system', `got HTTP status code >= 300: ${response.status} from ${url.origin}`);
    }
    url = parse(new URL(location, url).href);
  }
  throw new EngineError('system', `Get "${address}": stopped after ${maximumRedirects} redirects`);
}

async function ask(http: HttpTransport, request: Parameters<HttpTransport['request']>[0], url: URL) {
  try {
    return await http.request(request);
  } catch (error) {
    if (!isKind(error, 'unavailable')) throw error;
    throw new EngineError('system', `Get "${url.origin}${url.pathname}": ${messageOf(error)}`, { cause: error });
  }
}

function parse(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    throw new EngineError('invalidParameter', `parse ${JSON.stringify(text)}: invalid URL`, { cause: error });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw invalid(
      `Get ${JSON.stringify(text)}: unsupported protocol scheme ${JSON.stringify(url.protocol.slice(0, -1))}`,
    );
  }
  return url;
}
