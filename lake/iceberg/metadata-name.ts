import { uuidFrom } from '../../base/hash';

/**
 * `<location>/metadata/NNNNN-<uuid>.metadata.json`: Trino insists on this form. The uuid comes from the content (its hash, by `printTableMetadata`), not from chance:
 * an attempt repeated with equal input writes the same object, one with other input another.
 */
export function metadataUri(location: string, version: number, digest: string): string {
  return `${location}/metadata/${String(version).padStart(5, '0')}-${uuidFrom(digest)}.metadata.json`;
}

/** The version in a metadata file's name, or undefined for a name of another form (`v3.metadata.json` of Hadoop tables). */
export function metadataVersion(uri: string): number | undefined {
  const match = /(?:^|\/)(\d+)-[^/]*\.metadata\.json$/.exec(uri);
  return match ? Number(match[1]) : undefined;
}
