export declare const signerSuites: readonly string[];
export declare function signersFolder(suite: string): string;
export declare function hasSigners(suite: string): boolean;
