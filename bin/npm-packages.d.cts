/** Runs `npm ci` in `root` unless the packages of its package-lock.json are installed. Rejects with a message that holds the cure. */
export function ensurePackages(root: string): Promise<void>;
/** Why `npm ci` is needed, in words; undefined when it is not. */
export function missingPackage(root: string): string | undefined;
