/**
 * NODE_OPTIONS under which every Jest of this project runs: `import()` of an ESM-only package inside a CommonJS test needs vm modules, and
 * Node warns about them once per process.
 */
export function jestNodeOptions(existing: string | undefined = process.env['NODE_OPTIONS']): string {
  const ours = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const theirs = (existing ?? '').split(' ').filter((option) => option !== '' && !ours.includes(option));
  return [...theirs, ...ours].join(' ');
}
