/**
 * What a worker's process is started with beside its settings. glibc keeps freed memory in up to eight arenas per core: two take a tenth off
 * the peak of a worker, at no measurable cost of CPU (docs/performance.md). Read by the C library when the process starts.
 */
export function workerEnvironment(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  return { MALLOC_ARENA_MAX: env['MALLOC_ARENA_MAX'] ?? '2' };
}
