// A Bake document as its features see it.

import type { Document } from '../language/document.ts';
import { parseHcl, parseJson } from './hcl/parse.ts';
import type { HclFile } from './hcl/tree.ts';
import { analyse, type BakeModel } from './model/model.ts';

export interface BakeView {
  readonly document: Document;
  readonly file: HclFile;
  readonly model: BakeModel;
  readonly isJson: boolean;
}

export function openBake(document: Document): BakeView {
  const isJson = isJsonFile(document.uri);
  const file = parse(document.uri, document.text);
  return { document, file, model: analyse(file), isJson };
}

export function parse(uri: string, text: string): HclFile {
  return isJsonFile(uri) ? parseJson(text) : parseHcl(text);
}

function isJsonFile(uri: string): boolean {
  return uri.endsWith('.json');
}
