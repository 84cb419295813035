// Certificates for tests, made by openssl.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runOk } from './run.ts';

/**
 * A CA, and certificates of a server and of a client, all in `folder`: `ca.pem`, `server.pem`, `server-key.pem`, `client.pem`, `client-key.pem`.
 * @param address IPv4 address of the server
 */
export async function makeCertificates(folder: string, address = '127.0.0.1'): Promise<void> {
  const openssl = async (...args: string[]) => await runOk('openssl', args, { cwd: folder });
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  await openssl('req', '-x509', ...key, '-keyout', 'ca-key.pem', '-out', 'ca.pem', '-subj', '/CN=ca', '-days', '2');
  await writeFile(join(folder, 'names'), `subjectAltName=IP:${address}\n`);
  for (const name of ['server', 'client']) {
    await openssl('req', ...key, '-keyout', `${name}-key.pem`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
    await openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...signed);
  }
}
