// Messages of Protocol Buffers as tables: the name of each field, its number and what is in it. What a table does not name is passed
// over when it is read, as proto3 wants it; what has its default value is not written.

import { damaged, WireReader, wireTypes, WireWriter } from './wire.ts';

/** One field: its place on the wire, and its value. */
export interface Field<T> {
  readonly number: number;
  readonly wireType: number;
  /** What it is when the message says nothing of it. */
  initial(): T;
  /** @param before what it was so far, for what comes more than once */
  read(reader: WireReader, before: T): T;
  /** With its tag, or not at all. */
  write(writer: WireWriter, value: T): void;
}

type Fields = Readonly<Record<string, Field<unknown>>>;

type ValuesOf<F> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

export interface Message<T> {
  /** @throws EngineError invalidParameter for what is no such message */
  decode(bytes: Uint8Array): T;
  /** What is left out has its default. */
  encode(value: Partial<T>): Uint8Array;
}

/** The type of a message's values. */
export type ValueOf<M> = M extends Message<infer T> ? T : never;

/** None of them holds its like, so what comes from outside cannot nest deeper than the tables do. */
export function message<const F extends Fields>(fields: F): Message<ValuesOf<F>> {
  const named = Object.entries<Field<unknown>>(fields);
  const byNumber = new Map(named.map(([name, field]) => [field.number, { name, field }]));
  return {
    decode: (bytes) => {
      const values: Record<string, unknown> = {};
      for (const [name, field] of named) values[name] = field.initial();
      const reader = new WireReader(bytes);
      while (!reader.isAtEnd) {
        const tag = reader.integer();
        const known = byNumber.get(Math.floor(tag / 8));
        if (known === undefined) reader.skip(tag % 8);
        else if (known.field.wireType !== tag % 8) throw damaged(`${known.name} has wire type ${tag % 8}`);
        else values[known.name] = known.field.read(reader, values[known.name]);
      }
      return values as ValuesOf<F>;
    },
    encode: (value) => {
      const writer = new WireWriter();
      for (const [name, field] of named) {
        const own = (value as Readonly<Record<string, unknown>>)[name];
        if (own !== undefined) field.write(writer, own);
      }
      return writer.finish();
    },
  };
}

function scalar<T>(
  number: number,
  wireType: number,
  none: T,
  read: (reader: WireReader) => T,
  write: (writer: WireWriter, value: T) => void,
): Field<T> {
  return {
    number,
    wireType,
    initial: () => none,
    read,
    write: (writer, value) => {
      if (value === none) return;
      writer.tag(number, wireType);
      write(writer, value);
    },
  };
}

export const text = (number: number): Field<string> =>
  scalar(
    number,
    wireTypes.bytes,
    '',
    (reader) => reader.text(),
    (writer, value) => writer.text(value),
  );

/** int32, uint32, an enumeration, and int64 where exact numbers hold it. */
export const integer = (number: number): Field<number> =>
  scalar(
    number,
    wireTypes.varint,
    0,
    (reader) => reader.integer(),
    (writer, value) => writer.integer(value),
  );

/** int64 with all its bits. */
export const long = (number: number): Field<bigint> =>
  scalar(
    number,
    wireTypes.varint,
    0n,
    (reader) => reader.long(),
    (writer, value) => writer.long(value),
  );

export const flag = (number: number): Field<boolean> =>
  scalar(
    number,
    wireTypes.varint,
    false,
    (reader) => reader.integer() !== 0,
    (writer, value) => writer.integer(value ? 1 : 0),
  );

const noBytes = new Uint8Array(0);

export function bytes(number: number): Field<Uint8Array> {
  return {
    ...scalar(
      number,
      wireTypes.bytes,
      noBytes,
      (reader) => reader.bytes(),
      (writer, value) => writer.bytes(value),
    ),
    write: (writer, value) => {
      if (value.length === 0) return;
      writer.tag(number, wireTypes.bytes);
      writer.bytes(value);
    },
  };
}

export function nested<T>(number: number, of: Message<T>): Field<T | undefined> {
  return {
    number,
    wireType: wireTypes.bytes,
    initial: () => undefined,
    read: (reader) => of.decode(reader.bytes()),
    write: (writer, value) => {
      if (value === undefined) return;
      writer.tag(number, wireTypes.bytes);
      writer.bytes(of.encode(value));
    },
  };
}

/** More in one list than this is an attack. */
const longest = 100_000;

/** A repeated field of texts, bytes or messages. */
export function list<T>(item: Field<T>): Field<readonly NonNullable<T>[]> {
  const { number, wireType } = item;
  return {
    number,
    wireType,
    initial: () => [],
    read: (reader, before) => {
      const all = before as NonNullable<T>[];
      if (all.length >= longest) throw damaged('a list is too long');
      all.push(item.read(reader, item.initial()) as NonNullable<T>);
      return all;
    },
    write: (writer, values) => {
      for (const value of values) {
        if (isEmpty(value)) {
          writer.tag(number, wireType);
          writer.bytes(noBytes);
        } else item.write(writer, value);
      }
    },
  };
}

/** In a list what is empty counts. */
function isEmpty(value: unknown): boolean {
  return value === '' || (value instanceof Uint8Array && value.length === 0);
}

/** A map from texts. */
export function map<T>(number: number, value: (number: number) => Field<T>): Field<ReadonlyMap<string, T>> {
  const entry = message({ key: text(1), value: value(2) }) as unknown as Message<{ key: string; value: T }>;
  return {
    number,
    wireType: wireTypes.bytes,
    initial: () => new Map<string, T>(),
    read: (reader, before) => {
      const all = before as Map<string, T>;
      if (all.size >= longest) throw damaged('a map is too large');
      const { key, value: own } = entry.decode(reader.bytes());
      return all.set(key, own);
    },
    write: (writer, values) => {
      for (const [key, own] of values) {
        writer.tag(number, wireTypes.bytes);
        writer.bytes(entry.encode({ key, value: own }));
      }
    },
  };
}

export const texts = (number: number): Field<ReadonlyMap<string, string>> => map(number, text);
