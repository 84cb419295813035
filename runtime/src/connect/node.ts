// Node's own modules on the way to every command. An `import` of one of these from an ES module evaluates all its exports,
// lazy ones too (`node:fs` loads its streams), which costs several milliseconds at each start; this costs nothing.

export const fs = (): typeof import('node:fs') => process.getBuiltinModule('node:fs');
export const os = (): typeof import('node:os') => process.getBuiltinModule('node:os');
export const path = (): typeof import('node:path') => process.getBuiltinModule('node:path');
