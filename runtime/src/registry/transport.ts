// What requests to a registry go through.

import type { Clock, HttpTransport } from '../host/host.ts';
import type { CertificateFolders } from './certificates.ts';

export interface RegistryTransport {
  readonly http: HttpTransport;
  readonly clock: Clock;
  readonly certificates: Pick<CertificateFolders, 'for'>;
}
