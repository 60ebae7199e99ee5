/** Pieces of CEL, the language of Nessie's filters. */

/** A commit without the property would fail the server's whole scan, unless that is asked first. */
export function propertyIs(name: string, value: string): string {
  return `${hasProperty(name)} && commit.properties[${text(name)}] == ${text(value)}`;
}

export function hasProperty(name: string): string {
  return `${text(name)} in commit.properties`;
}

export function madeBefore(timeMs: number): string {
  return `timestamp(commit.commitTime) < ${instant(timeMs)}`;
}

export function madeSince(timeMs: number): string {
  return `timestamp(commit.commitTime) >= ${instant(timeMs)}`;
}

export function text(value: string): string {
  return JSON.stringify(value);
}

function instant(timeMs: number): string {
  return `timestamp('${new Date(timeMs).toISOString()}')`;
}
