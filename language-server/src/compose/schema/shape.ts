// The Compose specification's JSON schema as shapes: what a value may be. Shapes are made of the schema where they are first asked
// for, references followed, so that completion, hover and validation walk the same thing.

import { addNewer } from './newer.ts';
import composeSchema from '../../../../node_modules/dclint/schemas/compose.schema.json' with { type: 'json' };

/** The parts of JSON Schema that the Compose schema uses. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly uniqueItems?: boolean;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
}

export type TypeName = 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';

export interface Shape {
  /** Empty where any type may be. */
  readonly types: ReadonlySet<TypeName>;
  readonly description: string;
  readonly deprecated: boolean;
  readonly values: readonly string[];
  readonly pattern: RegExp | undefined;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly unique: boolean;
  readonly required: readonly string[];
  readonly keys: readonly string[];
  /** Whether keys that no name and no pattern allows are refused. */
  readonly closed: boolean;
  /** What may be said in one of several ways; empty where there is one way, which is the shape itself. */
  readonly ways: readonly Shape[];
  /** Of a key of a mapping; undefined where the key is not known, or where anything may follow it. */
  property(key: string): Shape | undefined;
  allowsKey(key: string): boolean;
  readonly items: Shape | undefined;
}

interface RootSchema extends JsonSchema {
  readonly definitions: Readonly<Record<string, JsonSchema>>;
}

const root = wholeSchema();
const made = new WeakMap<JsonSchema, Shape>();

function wholeSchema(): RootSchema {
  const copy = structuredClone(composeSchema);
  addNewer(copy.definitions);
  return copy as unknown as RootSchema;
}

/** The shape of a whole Compose file. */
export function composeShape(): Shape {
  return shapeOf(root);
}

function shapeOf(schema: JsonSchema): Shape {
  const known = made.get(schema);
  if (known !== undefined) return known;
  const shape = new SchemaShape(follow(schema));
  made.set(schema, shape);
  return shape;
}

/** What a reference names, with the description that stands beside the reference. References do not refer to references in a ring. */
function follow(schema: JsonSchema): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.slice('#/definitions/'.length);
  const target = Object.hasOwn(root.definitions, name) ? root.definitions[name] : undefined;
  if (target === undefined) throw new Error(`the Compose schema refers to ${schema.$ref}, which it does not have`);
  const { $ref: _, ...rest } = schema;
  return { ...follow(target), ...rest };
}

class SchemaShape implements Shape {
  readonly types: ReadonlySet<TypeName>;
  readonly description: string;
  readonly deprecated: boolean;
  readonly values: readonly string[];
  readonly pattern: RegExp | undefined;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly unique: boolean;
  readonly required: readonly string[];
  readonly keys: readonly string[];
  readonly closed: boolean;
  readonly #schema: JsonSchema;
  readonly #patterns: readonly (readonly [RegExp, JsonSchema])[];

  constructor(schema: JsonSchema) {
    const { type } = schema;
    this.#schema = schema;
    this.#patterns = Object.entries(schema.patternProperties ?? {}).map(([text, each]) => [new RegExp(text), each]);
    this.types = new Set((type === undefined ? [] : typeof type === 'string' ? [type] : type) as TypeName[]);
    this.description = schema.description ?? '';
    this.deprecated = schema.deprecated === true;
    this.values = schema.enum ?? [];
    this.pattern = schema.pattern === undefined ? undefined : new RegExp(schema.pattern);
    this.minimum = schema.minimum;
    this.maximum = schema.maximum;
    this.unique = schema.uniqueItems === true;
    this.required = schema.required ?? [];
    this.keys = Object.keys(schema.properties ?? {});
    this.closed = schema.additionalProperties === false;
  }

  get ways(): readonly Shape[] {
    return (this.#schema.oneOf ?? []).map(shapeOf);
  }

  get items(): Shape | undefined {
    return this.#schema.items === undefined ? undefined : shapeOf(this.#schema.items);
  }

  property(key: string): Shape | undefined {
    const { properties = {}, additionalProperties } = this.#schema;
    const own = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (own !== undefined) return shapeOf(own);
    const pattern = this.#patterns.find(([expression]) => expression.test(key));
    if (pattern !== undefined) return shapeOf(pattern[1]);
    return typeof additionalProperties === 'object' ? shapeOf(additionalProperties) : undefined;
  }

  allowsKey(key: string): boolean {
    return !this.closed || this.property(key) !== undefined;
  }
}
