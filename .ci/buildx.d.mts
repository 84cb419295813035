export declare const suites: readonly string[];
export declare function clientsFolder(suite: string): string;
export declare function hasClients(suite: string): boolean;
