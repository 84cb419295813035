// BuildKit's checks of FROM: UndefinedArgInFrom, InvalidDefaultArgInFrom, RedundantTargetPlatform,
// FromPlatformFlagConstDisallowed, InvalidBaseImagePlatform.

import { platformFault, referenceFault } from '../../../../../runtime/src/spec/dockerfile/base.ts';
import { expandWord } from '../../../../../runtime/src/spec/dockerfile/expand.ts';
import { literalValue } from '../../../../../runtime/src/spec/dockerfile/faults/literal.ts';
import { defaultArguments, platformArguments } from '../../../../../runtime/src/spec/dockerfile/globals.ts';
import { nearestName } from '../../../../../runtime/src/spec/dockerfile/names.ts';
import { variables } from '../../../../../runtime/src/spec/dockerfile/scope.ts';
import type { Flag, Instruction } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import { formatPlatform, parsePlatform } from '../../../../../runtime/src/spec/platform.ts';
import type { FileFinding, FileRule, Fix, Rule } from '../../rule.ts';

const hostPlatform = { os: 'linux', architecture: 'amd64' };

const undefinedArgument: FileRule = {
  id: 'UndefinedArgInFrom',
  severity: 'warning',
  title: 'Variables of FROM are declared before it',
  twins: ['InvalidDefaultArgInFrom', 'blank-base-name', 'empty-platform', 'invalid-platform', 'invalid-reference'],
  scope: 'file',
  instructions: [],
  *check({ model }): Generator<FileFinding> {
    let declared: ReadonlySet<string> | undefined;
    for (const { from, item } of model.stages) {
      for (const { name, nameSpan, span } of variables(from)) {
        if (name === '' || platformArguments.has(name)) continue;
        declared ??= new Set([...model.globals.map((global) => global.name), ...platformArguments.keys()]);
        if (declared.has(name)) continue;
        const near = nearestName(name, declared);
        const hint = near === undefined ? `Put ARG ${name} before the first FROM` : `Is ${near} meant?`;
        const fix = near === undefined ? undefined : replaceName(near, nameSpan);
        yield {
          item,
          message: `\`${name}\` is empty here: no ARG before the first FROM declares it. ${hint}`,
          span,
          ...(fix === undefined ? {} : { fix }),
        };
      }
    }
  },
};

function replaceName(name: string, span: FileFinding['span']): Fix {
  return { title: `Change to ${name}`, edits: [{ span, text: name }], safe: false };
}

const invalidDefault: FileRule = {
  id: 'InvalidDefaultArgInFrom',
  severity: 'warning',
  title: 'A base image has a name without any build argument',
  twins: ['UndefinedArgInFrom', 'blank-base-name', 'invalid-reference'],
  scope: 'file',
  instructions: [],
  *check({ model }): Generator<FileFinding> {
    let defaults: ReadonlyMap<string, string> | undefined;
    for (const { from, item } of model.stages) {
      const word = from.form.kind === 'from' ? from.form.image : undefined;
      const value = word && expandWord(word, (name) => (defaults ??= defaultArguments(model)).get(name)).value;
      if (word === undefined || value === undefined) continue;
      const reason = value === '' ? 'it is empty' : referenceFault(value);
      if (reason === undefined) continue;
      const what = value === '' ? word.raw : `${word.raw}, which is "${value}",`;
      const message = `Without build arguments ${what} names no image: ${reason}. Give its ARG a default that does.`;
      yield { item, message, span: word.span };
    }
  },
};

const redundantPlatform: FileRule = {
  id: 'RedundantTargetPlatform',
  severity: 'warning',
  title: 'FROM does not ask for the platform that it gets anyway',
  twins: ['DL3065'],
  scope: 'file',
  instructions: [],
  *check({ model }): Generator<FileFinding> {
    let defaults: ReadonlyMap<string, string> | undefined;
    for (const { from, item } of model.stages) {
      const flag = platformFlag(from);
      const used = flag?.value?.pieces.some((piece) => piece.kind === 'variable' && piece.name === 'TARGETPLATFORM');
      if (flag?.value === undefined || used !== true) continue;
      const names = new Set<string>();
      const known = (defaults ??= defaultArguments(model));
      const { value } = expandWord(flag.value, (name) => {
        names.add(name);
        return known.get(name);
      });
      if (names.size !== 1 || value !== known.get('TARGETPLATFORM')) continue;
      const message = `${flag.value.raw} is the platform that FROM takes by itself. Leave the flag out.`;
      yield { item, message, span: flag.span, fix: removeFlag(from, flag, true) };
    }
  },
};

const constantPlatform: FileRule = {
  id: 'FromPlatformFlagConstDisallowed',
  severity: 'warning',
  title: 'FROM has no fixed platform',
  twins: ['DL3029'],
  scope: 'file',
  instructions: [],
  *check({ model }): Generator<FileFinding> {
    for (const { from, item, name = '' } of model.stages) {
      const flag = platformFlag(from);
      const value = literalValue(flag?.value);
      if (flag === undefined || value === undefined || platformFault(value) !== undefined) continue;
      const { os, architecture } = parsePlatform(value, hostPlatform);
      // A stage that is named after its platform is for that one.
      if (name.includes(os) || name.includes(architecture)) continue;
      const message = `With the fixed platform ${value} this stage is the same in every build. Leave it out, use $BUILDPLATFORM, or name the stage after it.`;
      yield { item, message, span: flag.span, fix: removeFlag(from, flag, false) };
    }
  },
};

const imagePlatform: FileRule = {
  id: 'InvalidBaseImagePlatform',
  severity: 'warning',
  title: 'A base image is of the platform that is asked for',
  scope: 'file',
  instructions: [],
  *check({ model, knowledge }): Generator<FileFinding> {
    for (const { from, item, base } of model.stages) {
      const wanted = literalValue(platformFlag(from)?.value);
      if (base.kind !== 'image' || base.reference === undefined || wanted === undefined) continue;
      if (platformFault(wanted) !== undefined) continue;
      const image = knowledge.image(base.reference, wanted);
      if (image.kind !== 'known' || platformFault(image.value.platform) !== undefined) continue;
      const expected = parsePlatform(wanted, hostPlatform);
      const actual = parsePlatform(image.value.platform, hostPlatform);
      if (expected.os === actual.os && expected.architecture === actual.architecture) continue;
      const message = `${base.reference} is here for ${formatPlatform(actual)}, and ${formatPlatform(expected)} is asked for.`;
      yield { item, message, span: base.word.span };
    }
  },
};

function platformFlag({ flags }: Instruction): Flag | undefined {
  return flags.find(({ name }) => name === 'platform');
}

/** Takes a flag out with the white space after it. */
function removeFlag({ text }: Instruction, { span }: Flag, safe: boolean): Fix {
  let end = span.end;
  while (text[end] === ' ' || text[end] === '\t') end += 1;
  return { title: 'Remove --platform', edits: [{ span: { start: span.start, end }, text: '' }], safe };
}

export const baseRules: readonly Rule[] = [
  undefinedArgument,
  invalidDefault,
  redundantPlatform,
  constantPlatform,
  imagePlatform,
];
