// The version of this server; a test holds it to the manifest's.

export const serverVersion = '0.1.0';
