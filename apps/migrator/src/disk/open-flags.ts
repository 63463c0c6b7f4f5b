import { constants } from 'node:fs';

const flags: Readonly<Record<string, number | undefined>> = constants;

/** Opens no link. Windows does not know it, and has no links without a right of its own. */
export const NO_FOLLOW = flags['O_NOFOLLOW'] ?? 0;
/** Opens a pipe without waiting for its other end. */
export const NO_WAIT = flags['O_NONBLOCK'] ?? 0;
