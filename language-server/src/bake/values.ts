// Texts that a build refuses as the value of a target's attribute: https://docs.docker.com/build/bake/reference/#target

type Fault = (text: string) => string | undefined;

/** Empty ones count as not there. */
const faults: Readonly<Record<string, Fault>> = {
  network: (text) => {
    if (['', 'default', 'host', 'none'].includes(text)) return undefined;
    return 'The network of a build is `default`, `host` or `none`.';
  },
  entitlements: (text) => {
    if (/^(?:|network\.host|security\.insecure|device(?:=.*)?)$/.test(text)) return undefined;
    return 'A build can be allowed `network.host`, `security.insecure` or `device`.';
  },
  annotations: (text) => (text.includes('=') ? undefined : 'An annotation is written as `key=value`.'),
};

/** What is wrong with a text as a value; undefined where nothing is, or the text is only known when it is filled in. */
export function valueFault(attribute: string, text: string | undefined): string | undefined {
  if (text === undefined || !Object.hasOwn(faults, attribute)) return undefined;
  return faults[attribute]?.(text);
}
