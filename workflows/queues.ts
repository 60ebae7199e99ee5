/** Data activities have a queue of their own with few slots: they hold memory, and short catalog work must not wait behind them. */
export const dataQueue = (taskQueue: string): string => `${taskQueue}-data`;

/** Upkeep that moves data has its own slots: a batch never waits behind it. */
export const upkeepQueue = (taskQueue: string): string => `${taskQueue}-upkeep`;
