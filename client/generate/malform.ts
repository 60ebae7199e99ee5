import type { EventShape } from './generator';

/**
 * Ways for a message to be no row of its raw table: cut in the middle; no JSON at all; a word where a number belongs; a `not null` field
 * missing; a time that is none; a time a day ahead of the record's (beyond `max_future`).
 */
export const malformedKinds = ['cut', 'not-json', 'wrong-type', 'missing-field', 'bad-time', 'far-future'] as const;

export type MalformedKind = (typeof malformedKinds)[number];

export interface MalformInput {
  readonly kind: MalformedKind;
  readonly json: string;
  readonly timeText: string;
  readonly shape: Pick<EventShape, 'firstField' | 'numberField'>;
  /** 0 to 999: where to cut. */
  readonly draw: number;
}

/** The text of a good event, spoiled. `far-future` stays as it is: its time was drawn so. */
export function malform({ kind, json, timeText, shape, draw }: MalformInput): string {
  switch (kind) {
    case 'cut':
      // Within the first two thirds, where no nested object ends: the rest never looks whole.
      return json.slice(0, 1 + Math.floor((json.length * draw) / 1500));
    case 'not-json':
      return `event at ${timeText} could not be encoded`;
    case 'wrong-type':
      return json.replace(new RegExp(`("${shape.numberField}":)[^,}]+`), '$1"not a number"');
    case 'missing-field':
      return json.replace(new RegExp(`"${shape.firstField}":("[^"]*"|[^,]+),`), '');
    case 'bad-time':
      return json.replace(timeText, 'yesterday');
    case 'far-future':
      return json;
  }
}
