// Whether a client takes what we have (RFC 9110, section 12.5.1). A manifest is kept in one type only.

/** @param accept the `Accept` header; without one everything is taken */
export function accepts(accept: string | undefined, type: string): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  return accept.split(',').some((part) => {
    const [range = '', ...parameters] = part.split(';').map((word) => word.trim().toLowerCase());
    if (parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter))) return false;
    // Tools that show JSON mean any of our types, which are JSON all.
    return ['*/*', 'application/*', 'application/json', type.toLowerCase()].includes(range);
  });
}
