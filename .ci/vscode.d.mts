export declare function vscodeFolder(): string;
export declare function hasVscode(): boolean;
