/** `12,345`; bigint too. */
export function formatCount(count: number | bigint): string {
  return count.toLocaleString('en-US');
}

/** `0.4 s`, `12 s`, `3 m 5 s`, `2 h 10 m`, `4 d 3 h`: two units at most. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} m`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `2026-01-01 12:00:00Z`, with milliseconds where there are some. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('.000Z', 'Z');
}

/** `1 file`, `2 files`; `many` where an s is not enough. */
export function plural(count: number | bigint, noun: string, many = `${noun}s`): string {
  return `${formatCount(count)} ${BigInt(count) === 1n ? noun : many}`;
}
