export function programsFolder(): string;
export function hasPrograms(): boolean;
