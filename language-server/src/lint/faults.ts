// The builder's own errors by name: what each is about, and what dockerfile-utils calls it.

import type { FaultCode } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { RuleId } from './rule.ts';

interface FaultInfo {
  /** For lists and documentation. */
  readonly title: string;
  /** Codes of dockerfile-utils that tell of the same fault. */
  readonly ids: readonly RuleId[];
}

/** Codes of dockerfile-utils that tell of the same, of an error or of a rule. */
export function faultIds(code: RuleId): readonly RuleId[] {
  if (Object.hasOwn(faults, code)) return faults[code]?.ids ?? [];
  return Object.hasOwn(ruleIds, code) ? (ruleIds[code] ?? []) : [];
}

const ruleIds: Readonly<Record<RuleId, readonly RuleId[]>> = {
  MaintainerDeprecated: ['DEPRECATED_MAINTAINER'],
  DL4000: ['DEPRECATED_MAINTAINER'],
  MultipleInstructionsDisallowed: ['MULTIPLE_INSTRUCTIONS'],
  DL3012: ['MULTIPLE_INSTRUCTIONS'],
  DL4003: ['MULTIPLE_INSTRUCTIONS'],
  DL4004: ['MULTIPLE_INSTRUCTIONS'],
  DuplicateStageName: ['DUPLICATE_BUILD_STAGE_NAME'],
  DL3024: ['DUPLICATE_BUILD_STAGE_NAME'],
  WorkdirRelativePath: ['WORKDIR_IS_NOT_ABSOLUTE'],
  DL3000: ['WORKDIR_IS_NOT_ABSOLUTE'],
  NoEmptyContinuation: ['EMPTY_CONTINUATION_LINE'],
  ConsistentInstructionCasing: ['CASING_INSTRUCTION'],
  UndefinedArgInFrom: ['BASE_NAME_EMPTY'],
  InvalidDefaultArgInFrom: ['BASE_NAME_EMPTY'],
  DL3011: ['INVALID_PORT'],
  DL3021: ['INVALID_DESTINATION'],
  DL3061: ['NO_SOURCE_IMAGE'],
  'add-destination': ['INVALID_DESTINATION'],
  'directive-casing': ['CASING_DIRECTIVE'],
  'empty-command': ['ARGUMENT_MISSING'],
  'empty-flag': ['FLAG_INVALID_FROM_VALUE'],
  'instruction-casing': ['CASING_INSTRUCTION'],
  'single-quoted-json': ['JSON_IN_SINGLE_QUOTES'],
};

function fault(title: string, ...ids: readonly RuleId[]): FaultInfo {
  return { title, ids };
}

/** Every error that a file can have by its text alone. */
export const faults: Readonly<Record<FaultCode, FaultInfo>> = {
  // Of the text.
  'unknown-instruction': fault('The line begins with a word that is no instruction.', 'UNKNOWN_INSTRUCTION'),
  'duplicate-directive': fault('A parser directive is given twice.', 'DUPLICATED_ESCAPE_DIRECTIVE'),
  'invalid-escape': fault('The escape directive names a character that cannot be one.', 'INVALID_ESCAPE_DIRECTIVE'),
  'invalid-check-option': fault('The check directive has an option that is none.'),
  'line-too-long': fault('The line is longer than a builder reads.'),
  'unterminated-heredoc': fault('The end of a heredoc is missing.'),
  'json-not-strings': fault('A JSON array has elements that are no strings.'),
  'missing-single-quote': fault('A single quote is not closed.', 'SYNTAX_MISSING_SINGLE_QUOTE'),
  'missing-double-quote': fault('A double quote is not closed.', 'SYNTAX_MISSING_DOUBLE_QUOTE'),
  'missing-brace': fault('The brace of a variable is not closed.', 'UNSUPPORTED_MODIFIER'),
  'missing-slash': fault('A replacement in a variable is not complete.'),
  'bad-substitution': fault('A variable has no name.'),
  'invalid-pattern': fault('A pattern in a variable has an escape that it cannot have.'),
  'unsupported-modifier': fault('A variable has a modifier that does not exist.', 'UNSUPPORTED_MODIFIER'),
  // Of arguments.
  'missing-argument': fault(
    'The instruction has no argument.',
    'ARGUMENT_MISSING',
    'ARGUMENT_REQUIRES_AT_LEAST_ONE',
    'ARGUMENT_REQUIRES_ONE',
  ),
  'missing-value': fault('A name has no value.', 'ARGUMENT_REQUIRES_TWO'),
  'missing-equals': fault('A = between name and value is missing.', 'SYNTAX_MISSING_EQUALS'),
  'blank-name': fault('A name before a = is missing.', 'SYNTAX_MISSING_NAMES'),
  'missing-destination': fault('A source or the destination is missing.', 'ARGUMENT_REQUIRES_AT_LEAST_TWO'),
  'heredoc-destination': fault('A heredoc stands where the destination belongs.', 'ARGUMENT_REQUIRES_AT_LEAST_TWO'),
  'from-arguments': fault('FROM has too few or too many arguments.', 'ARGUMENT_REQUIRES_ONE_OR_THREE'),
  'from-as': fault('FROM has another word in the place of AS.', 'INVALID_AS'),
  'invalid-stage-name': fault('A stage has a name that none can have.', 'INVALID_BUILD_STAGE_NAME'),
  'healthcheck-none-arguments': fault('Something stands after HEALTHCHECK NONE.', 'ARGUMENT_UNNECESSARY'),
  'healthcheck-missing-command': fault('A health check has no command.', 'HEALTHCHECK_CMD_ARGUMENT_MISSING'),
  'healthcheck-type': fault('A health check is neither CMD nor NONE.', 'UNKNOWN_TYPE'),
  'onbuild-chained': fault('ONBUILD keeps another ONBUILD.', 'ONBUILD_CHAINING_DISALLOWED'),
  'onbuild-trigger': fault('ONBUILD keeps an instruction that it cannot.', 'ONBUILD_TRIGGER_DISALLOWED'),
  'empty-shell': fault('SHELL names no program.', 'SHELL_REQUIRES_ONE'),
  'shell-not-json': fault('SHELL is no JSON array.', 'SHELL_JSON_FORM'),
  'empty-volume': fault('A volume has an empty path.'),
  // Of flags.
  'unknown-flag': fault(
    'The instruction has no such flag.',
    'UNKNOWN_ADD_FLAG',
    'UNKNOWN_COPY_FLAG',
    'UNKNOWN_FROM_FLAG',
    'UNKNOWN_HEALTHCHECK_FLAG',
  ),
  'duplicate-flag': fault('A flag is given twice.', 'FLAG_DUPLICATE'),
  'missing-flag-value': fault('A flag has no value.', 'FLAG_MISSING_VALUE'),
  'invalid-boolean': fault(
    'A flag is neither true nor false.',
    'FLAG_EXPECTED_BOOLEAN_VALUE',
    'FLAG_INVALID_LINK_VALUE',
  ),
  'invalid-duration': fault('A duration is not one.', 'FLAG_INVALID_DURATION'),
  'missing-duration-unit': fault('A duration has no unit.', 'FLAG_MISSING_DURATION'),
  'unknown-duration-unit': fault('A duration has a unit that does not exist.', 'FLAG_UNKNOWN_UNIT'),
  'short-duration': fault('A duration is less than a millisecond.', 'FLAG_LESS_THAN_1MS'),
  'invalid-number': fault('A number is not one.', 'INVALID_SYNTAX'),
  'negative-retries': fault('The number of retries is negative.', 'FLAG_AT_LEAST_ONE'),
  'invalid-mode': fault('A file mode is not one.'),
  'invalid-checksum': fault('A checksum is not one.'),
  'checksum-sources': fault('A checksum is given for what has none.'),
  'invalid-network': fault('RUN has a network that does not exist.'),
  'invalid-security': fault('RUN has a security mode that does not exist.'),
  'invalid-csv': fault('The quotes of a list are not in order.'),
  'unsupported-mount-type': fault('A mount has a type that does not exist.'),
  'unknown-mount-key': fault('A mount has a key that does not exist.'),
  'mount-key-not-allowed': fault('A mount of this type cannot have this key.'),
  'missing-mount-value': fault('A key of a mount has no value.'),
  'invalid-mount-value': fault('A key of a mount has a value that it cannot have.'),
  'unsupported-sharing': fault('A cache is shared in a way that does not exist.'),
  'mount-from-variable': fault('A variable names the source of a mount.'),
  'missing-secret-id': fault('A secret mount names no secret.'),
  'invalid-mount-target': fault('A mount would take the place of the root directory.'),
  'unknown-device-key': fault('A device has a key that does not exist.'),
  'invalid-device-value': fault('A key of a device has a value that it cannot have.'),
  'duplicate-device-name': fault('A device has two names.'),
  // Of values.
  'invalid-port': fault('A port is not one.', 'INVALID_PORT'),
  'invalid-host-port': fault('A port of the host is not one.', 'INVALID_PORT'),
  'invalid-port-range': fault('Two ranges of ports are not equally long.', 'INVALID_PORT'),
  'invalid-protocol': fault('A port has a protocol that does not exist.', 'INVALID_PROTO'),
  'invalid-address': fault('An IP address is not one.', 'INVALID_PORT'),
  'invalid-signal': fault('A signal does not exist.', 'INVALID_SIGNAL', 'ARGUMENT_EXTRA'),
  'remote-copy': fault('COPY would have to fetch its source.'),
  'invalid-git-query': fault('A Git source has a query that it cannot have.'),
  'git-conflict': fault('A Git source contradicts itself or a flag.'),
  'from-variable': fault('A variable names the source of COPY.', 'FLAG_INVALID_FROM_VALUE'),
  // Of stages.
  'no-stage': fault('The file has no FROM.', 'NO_SOURCE_IMAGE'),
  'no-stage-yet': fault('An instruction stands before the first FROM.', 'NO_SOURCE_IMAGE'),
  'blank-base-name': fault('A base image has no name in any build.', 'BASE_NAME_EMPTY'),
  'invalid-reference': fault('A base image has a name that none can have.', 'INVALID_REFERENCE_FORMAT'),
  'empty-platform': fault('A platform is empty in any build.'),
  'invalid-platform': fault('A platform is not one.'),
  'invalid-from': fault('A source of COPY or of a mount is no stage and no image.', 'FLAG_INVALID_FROM_VALUE'),
  'invalid-stage-index': fault('A stage is named by a number that none has.'),
  'own-stage': fault('A stage copies from itself.'),
  'later-stage': fault('A stage copies from one that comes later.'),
  'stage-circle': fault('Stages need each other.'),
};
