// What a label's value has to be, by the kind that the schema gives it.

import type { LabelKind } from '../../rule.ts';
import { isLicense } from './spdx.ts';

/** Whether a value is of a kind. */
export const kinds: Readonly<Record<LabelKind, (value: string) => boolean>> = {
  text: () => true,
  rawtext: () => true,
  url: isUrl,
  rfc3339: isMoment,
  spdx: isLicense,
  hash: isCommit,
  githash: isCommit,
  semver: (value) => semver.test(value),
  email: isEmail,
};

/** RFC 3986: a scheme, and then none but its characters. */
function isUrl(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[0-9a-f]{2})+$/i.test(value);
}

/** RFC 3339, section 5.6. */
function isMoment(value: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-](\d\d):(\d\d))$/.exec(value);
  if (match === null) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zoneHour = 0, zoneMinute = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= days;
  return isDate && hour < 24 && minute < 60 && second <= 60 && zoneHour < 24 && zoneMinute < 60;
}

function isCommit(value: string): boolean {
  return /^(?:[0-9a-f]{7}|[0-9a-f]{40})$/.test(value);
}

/** Semantic Versioning 2.0.0. */
const semver =
  /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-(?:0|[1-9]\d*|\d*[a-z-][\da-z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-z-][\da-z-]*))*)?(?:\+[\da-z-]+(?:\.[\da-z-]+)*)?$/i;

/** RFC 5322's addr-spec in its everyday form. */
function isEmail(value: string): boolean {
  const at = value.lastIndexOf('@');
  if (at < 1 || at > 64 || value.length > 254) return false;
  const local = value.slice(0, at);
  const domain = value.slice(at + 1);
  const isLocal = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/.test(local) || /^"[^"\\]+"$/.test(local);
  return (
    isLocal && /^(?:[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)*|\[[\d.:a-f]+\])$/i.test(domain)
  );
}
