// `--mount` and `--device` of RUN, field by field, in the order in which the builder reads them.

import { parseBoolean } from '../checks.ts';
import { nearestName } from '../names.ts';
import type { Fault, Field, Flag } from '../tree.ts';
import { excerpt, hint, quote } from '../quote.ts';

export const mountTypes: readonly string[] = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];
export const sharingModes: readonly string[] = ['shared', 'private', 'locked'];

const mountKeys =
  'type from source target readonly id sharing required size mode uid gid src dst destination ro rw readwrite env'.split(
    ' ',
  );
const keyList = `There are ${mountKeys.join(', ')}.`;
/** Keys that may stand without a value. */
const switches = new Set(['readonly', 'ro', 'readwrite', 'rw', 'required']);
const synonyms: Readonly<Record<string, string>> = { src: 'source', dst: 'target', destination: 'target' };

export function addMountFaults(flag: Flag, faults: Fault[]): void {
  new MountCheck(flag, faults).run();
}

class MountCheck {
  readonly #flag: Flag;
  readonly #faults: Fault[];
  /** Undefined where a variable decides it. */
  #type: string | undefined = 'bind';
  /** The field that has set a key, by the key's own name. */
  readonly #set = new Map<string, Field>();

  constructor(flag: Flag, faults: Fault[]) {
    this.#flag = flag;
    this.#faults = faults;
  }

  run(): void {
    for (const field of this.#flag.fields ?? []) this.#field(field);
    this.#checkOwner();
    if (this.#type === 'secret') this.#checkSecret();
    const sharing = this.#set.get('sharing');
    if (sharing !== undefined && this.#type !== undefined && this.#type !== 'cache' && this.#type !== 'secret') {
      this.#notAllowed(sharing);
    }
    const target = this.#set.get('target');
    if (target?.value !== undefined && this.#takesTarget() && /^\/[/.]*$/.test(target.value)) {
      this.#add('invalid-mount-target', 'A mount cannot stand in the place of /.', target.valueSpan ?? target.span);
    }
  }

  #takesTarget(): boolean {
    return this.#type === 'bind' || this.#type === 'cache' || this.#type === 'tmpfs';
  }

  #field(field: Field): void {
    const { key, value } = field;
    if (!mountKeys.includes(key)) {
      this.#unknownKey(field);
      return;
    }
    if (key === 'required' && this.#type !== undefined && this.#type !== 'secret' && this.#type !== 'ssh') {
      this.#notAllowed(field);
      return;
    }
    if (value === undefined) {
      if (!switches.has(key)) this.#add('missing-mount-value', `${key} needs a value: ${key}=…`, field.span);
      return;
    }
    if (value.includes('$')) this.#variable(field, value);
    else this.#value(field, key, value);
  }

  #variable(field: Field, value: string): void {
    if (field.key === 'type') this.#type = undefined;
    if (field.key === 'from' && value.indexOf('$') !== value.length - 1) {
      const message = 'No variable may stand in from: name a stage with FROM $… AS name and use its name.';
      this.#add('mount-from-variable', message, field.valueSpan ?? field.span);
    }
    this.#remember(field);
  }

  #remember(field: Field): void {
    this.#set.set(Object.hasOwn(synonyms, field.key) ? (synonyms[field.key] ?? field.key) : field.key, field);
  }

  #value(field: Field, key: string, value: string): void {
    switch (key) {
      case 'type':
        this.#setType(field, value);
        break;
      case 'sharing':
        if (!sharingModes.includes(value.toLowerCase())) {
          this.#unsupported('unsupported-sharing', 'way of sharing a cache', field, value, sharingModes);
        }
        break;
      case 'size':
        if (this.#type !== undefined && this.#type !== 'tmpfs') this.#notAllowed(field);
        else if (!/^\d+(?:\.\d+)? ?[kmgtpe]?i?b?$/i.test(value.trim())) this.#invalid(field, 'a size such as 64m');
        break;
      case 'mode':
        if (!/^[0-7]+$/.test(value) || Number.parseInt(value, 8) > 0xffffffff) this.#invalid(field, 'an octal number');
        break;
      case 'uid':
      case 'gid':
        if (!/^\d+$/.test(value) || Number(value) > 0xffffffff) this.#invalid(field, 'a number');
        break;
      case 'readonly':
      case 'ro':
      case 'readwrite':
      case 'rw':
      case 'required':
        if (parseBoolean(value) === undefined) this.#invalid(field, 'true or false');
        break;
    }
    this.#remember(field);
  }

  #setType(field: Field, value: string): void {
    const type = value.toLowerCase();
    if (mountTypes.includes(type)) {
      this.#type = type;
      return;
    }
    this.#unsupported('unsupported-mount-type', 'type of mount', field, value, mountTypes);
    this.#type = undefined;
  }

  #checkOwner(): void {
    if (this.#type !== 'bind' && this.#type !== 'tmpfs') return;
    for (const key of ['mode', 'uid', 'gid']) {
      const field = this.#set.get(key);
      if (field !== undefined) this.#notAllowed(field);
    }
  }

  #checkSecret(): void {
    for (const key of ['from', 'sharing']) {
      const field = this.#set.get(key);
      if (field !== undefined && field.value !== '') this.#notAllowed(field);
    }
    const isSet = (key: string) => (this.#set.get(key)?.value ?? '') !== '';
    const source = this.#set.get('source');
    if (source !== undefined && isSet('source') && isSet('id')) {
      this.#add('mount-key-not-allowed', 'A secret is named by id or by source, not by both.', source.span);
    }
    if (isSet('source') || isSet('target') || isSet('id')) return;
    this.#add('missing-secret-id', 'A secret mount needs an id: type=secret,id=…', this.#flag.span);
  }

  #unknownKey(field: Field): void {
    const suggestion = nearestName(field.key, mountKeys);
    const message =
      field.key === ''
        ? 'A key is missing here: a mount is a list of key=value.'
        : `A mount has no key ${quote(field.key)}. ${hint(suggestion, keyList)}`;
    this.#faults.push({
      code: 'unknown-mount-key',
      message,
      span: field.key === '' ? field.span : field.keySpan,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }

  #notAllowed(field: Field): void {
    const message = `A mount of type ${this.#type ?? ''} cannot have ${field.key}.`;
    this.#add('mount-key-not-allowed', message, field.keySpan);
  }

  #invalid(field: Field, what: string): void {
    const message = `${field.key} is ${what}, not ${quote(field.value ?? '')}.`;
    this.#add('invalid-mount-value', message, field.valueSpan ?? field.span);
  }

  #unsupported(code: string, what: string, field: Field, value: string, known: readonly string[]): void {
    const suggestion = nearestName(value, known);
    this.#faults.push({
      code,
      message: `${quote(value)} is no ${what}. ${hint(suggestion, `There are ${known.join(', ')}.`)}`,
      span: field.valueSpan ?? field.span,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }

  #add(code: string, message: string, span: Fault['span']): void {
    this.#faults.push({ code, message, span });
  }
}

/** `--device=name[,required[=true]]` */
export function addDeviceFaults({ fields = [] }: Flag, faults: Fault[]): void {
  let name: string | undefined;
  for (const { key, value, span, keySpan, valueSpan } of fields) {
    const isNamed = name !== undefined && name !== '';
    if (key === 'required') {
      if (value === undefined || parseBoolean(value) !== undefined) continue;
      const message = `required is true or false, not ${quote(value)}.`;
      faults.push({ code: 'invalid-device-value', message, span: valueSpan ?? span });
    } else if (key === 'name' && value !== undefined) {
      if (isNamed)
        faults.push({ code: 'duplicate-device-name', message: `The device is ${excerpt(name ?? '')} already.`, span });
      name = value;
    } else if (!isNamed) {
      name = value === undefined ? key : `${key}=${value}`;
    } else {
      const suggestion = nearestName(key, ['name', 'required']);
      const message = `A device has no key ${quote(key)}: there are name and required.`;
      faults.push({
        code: 'unknown-device-key',
        message,
        span: keySpan,
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
  }
}
