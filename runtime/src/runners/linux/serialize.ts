// OCI documents as text.

/** JSON, with unlimited written as the kernel's number: JavaScript's own cannot hold it. */
export function serializeSpec(document: unknown): string {
  const text = JSON.stringify(document);
  return text.includes(':18446744073709550000')
    ? text.replaceAll(/:18446744073709550000\b/g, ':18446744073709551615')
    : text;
}
