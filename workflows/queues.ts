/** Data activities have a queue of their own with few slots: they hold memory, and short catalog work must not wait behind them. */
export const dataQueue = (taskQueue: string): string => `${taskQueue}-data`;
