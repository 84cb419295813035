// The version of this package, told by /version, /info and `--version`.

export const version = '0.1.0';
