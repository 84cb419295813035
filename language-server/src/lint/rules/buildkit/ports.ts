// BuildKit's checks of EXPOSE: ExposeProtoCasing, ExposeInvalidFormat.

import { splitPort } from '../../../../../runtime/src/spec/dockerfile/faults/ports.ts';
import { literalValue } from '../../../../../runtime/src/spec/dockerfile/faults/literal.ts';
import type { Instruction, Span } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Finding, InstructionRule, Rule } from '../../rule.ts';

const casing: InstructionRule = {
  id: 'ExposeProtoCasing',
  severity: 'warning',
  title: 'The protocol of a port is in lower case',
  scope: 'instruction',
  instructions: ['EXPOSE'],
  *check(instruction): Generator<Finding> {
    for (const { text, span } of ports(instruction)) {
      const { protocol } = splitPort(text);
      if (protocol === protocol.toLowerCase() || !isProtocol(protocol)) continue;
      const wanted = text.slice(0, -protocol.length) + protocol.toLowerCase();
      yield {
        message: `The protocol is written ${protocol.toLowerCase()}.`,
        span,
        fix: { title: `Change to ${wanted}`, edits: [{ span, text: wanted }], safe: true },
      };
    }
  },
};

const format: InstructionRule = {
  id: 'ExposeInvalidFormat',
  severity: 'warning',
  title: 'EXPOSE names ports of the container only',
  scope: 'instruction',
  instructions: ['EXPOSE'],
  *check(instruction): Generator<Finding> {
    for (const { text, span } of ports(instruction)) {
      const { ip, hostPort, port, protocol } = splitPort(text);
      if ((ip === '' && hostPort === '') || port === '' || !isProtocol(protocol)) continue;
      const wanted = text.slice(text.lastIndexOf(':') + 1);
      yield {
        message: `EXPOSE names the container's port; where it is published is said by \`docker run -p\`. Write ${wanted}.`,
        span,
        fix: { title: `Change to ${wanted}`, edits: [{ span, text: wanted }], safe: true },
      };
    }
  },
};

/** The ports that no variable changes. */
function ports({ form }: Instruction): { readonly text: string; readonly span: Span }[] {
  if (form.kind !== 'words') return [];
  return form.words.flatMap((word) => {
    const text = literalValue(word);
    return text === undefined ? [] : [{ text, span: word.span }];
  });
}

function isProtocol(text: string): boolean {
  return /^(?:|tcp|udp|sctp)$/i.test(text);
}

export const portRules: readonly Rule[] = [casing, format];
