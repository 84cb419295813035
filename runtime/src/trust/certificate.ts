// Whether a certificate that came with a signature is of somebody whom the policy names. The way to a root is found here, since the
// library wants logs of certificates that a policy has no word for; what is allowed of each on that way is RFC 5280's.

import { X509Certificate as ParsedCertificate } from '@sigstore/core';
import type { KeyObject, X509Certificate } from 'node:crypto';
import type { Authorities } from './signers.ts';

const codeSigning = '1.3.6.1.5.5.7.3.3';
const anyPurpose = '2.5.29.37.0';
/** Critical extensions whose meaning is honoured: key usage, names, constraints, extended key usage. */
const understood = new Set(['2.5.29.15', '2.5.29.17', '2.5.29.19', '2.5.29.37']);
const issuerNotes = { text: '1.3.6.1.4.1.57264.1.1', der: '1.3.6.1.4.1.57264.1.8' };
const maximumPath = 8;

/**
 * The key of a certificate for signing code that leads to a root.
 * @param offered certificates that came beside it: a way, no authority
 * @param moment at which all must be valid
 * @throws Error that says what is wrong with it
 */
export function keyOf(
  leaf: X509Certificate,
  offered: readonly X509Certificate[],
  authorities: Authorities,
  moment: Date,
): KeyObject {
  const path = pathToRoot(leaf, [...authorities.intermediates, ...offered], authorities.roots);
  for (const [index, certificate] of path.entries()) check(certificate, index, moment);
  if (leaf.keyUsage?.includes(codeSigning) !== true) throw new Error('its certificate is not for signing code');
  checkSubject(leaf, authorities);
  return leaf.publicKey;
}

function pathToRoot(
  leaf: X509Certificate,
  between: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): readonly X509Certificate[] {
  const path = [leaf];
  for (let at = leaf; path.length <= maximumPath;) {
    const issues = (issuer: X509Certificate): boolean => at.checkIssued(issuer) && at.verify(issuer.publicKey);
    const root = roots.find(issues);
    if (root !== undefined) return [...path, root];
    const next = between.find((each) => !path.some((one) => one.raw.equals(each.raw)) && issues(each));
    if (next === undefined) break;
    path.push(next);
    at = next;
  }
  throw new Error('its certificate leads to none of the trusted authorities');
}

/** @param index in the path; 0 is who signed */
function check(certificate: X509Certificate, index: number, moment: Date): void {
  if (moment < certificate.validFromDate || moment > certificate.validToDate) {
    throw new Error(
      `${index === 0 ? 'its certificate' : 'the certificate of its authority'} is not valid at ${moment.toISOString()}`,
    );
  }
  const parsed = ParsedCertificate.parse(certificate.raw);
  for (const { subs } of parsed.extensions) {
    const isCritical = subs.length === 3 && subs[1]?.toBoolean() === true;
    const name = subs[0]?.toOID() ?? '';
    if (isCritical && !understood.has(name)) throw new Error(`its certificate has a limit that is not known: ${name}`);
  }
  if (index === 0) return;
  // What an authority is limited to, those below it are: as OpenSSL and Go read it.
  const purposes = certificate.keyUsage as readonly string[] | undefined;
  if (purposes !== undefined && !purposes.some((each) => each === codeSigning || each === anyPurpose)) {
    throw new Error('its certificate was made by one that is not for signing code');
  }
  if (!certificate.ca || !parsed.isCA) throw new Error('its certificate was made by one that may not make any');
  const between = parsed.extBasicConstraints?.pathLenConstraint;
  if (between !== undefined && between < BigInt(index - 1)) {
    throw new Error('its certificate is further from its authority than that allows');
  }
}

function checkSubject(leaf: X509Certificate, { subject, issuer }: Authorities): void {
  const { email, hostname } = subject;
  if (email !== undefined && leaf.checkEmail(email, { subject: 'never' }) === undefined) {
    throw new Error(`its certificate is not of ${email}`);
  }
  if (hostname !== undefined && leaf.checkHost(hostname, { subject: 'never' }) === undefined) {
    throw new Error(`its certificate is not of ${hostname}`);
  }
  if (issuer !== undefined && issuersOf(leaf).join() !== issuer) {
    throw new Error(`its certificate does not say that ${issuer} told who it is`);
  }
}

/** Those that Fulcio has noted, each once. */
function issuersOf(leaf: X509Certificate): readonly string[] {
  const parsed = ParsedCertificate.parse(leaf.raw);
  const plain = parsed.extension(issuerNotes.text)?.value.toString('utf8');
  const der = parsed.extension(issuerNotes.der)?.valueObj.subs[0]?.value.toString('utf8');
  return [...new Set([plain, der].filter((each) => each !== undefined))];
}
