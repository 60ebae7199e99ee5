import { assignIds, type ColumnDefinition } from '../iceberg/schema';
import type { Field, IcebergType } from '../iceberg/types';
import { isPrimitive } from '../iceberg/values';
import type { EvolutionProblem, SchemaChange } from './change';
import { isWidening } from './evolve-type';
import { matchFields } from './match-fields';
import { fileTypeText } from './type-text';

export interface FieldsToEvolve {
  readonly found: readonly Field[];
  readonly wanted: readonly ColumnDefinition[];
  /** By path as wanted: the name before. */
  readonly formerNames: Readonly<Record<string, string>>;
  readonly lastColumnId: number;
  /** Rows may stand in the table: a new column is NULL in them. */
  readonly hasRows: boolean;
}

export interface EvolvedFields {
  readonly fields: readonly Field[];
  readonly lastColumnId: number;
  readonly changes: readonly SchemaChange[];
  readonly problems: readonly EvolutionProblem[];
}

/**
 * The fields of a table's next schema. What stays keeps its id, what is new gets the next ones, and no id is used twice.
 * Pure; what the format or the rows do not allow is in `problems`, all of it.
 */
export function evolveFields(input: FieldsToEvolve): EvolvedFields {
  const changes: SchemaChange[] = [];
  const problems: EvolutionProblem[] = [];
  let last = input.lastColumnId;
  const fields = struct('', input.found, input.wanted);
  return { fields, lastColumnId: last, changes, problems };

  function refuse(path: string, message: string): void {
    problems.push({ part: 'column', path, message: `${path}: ${message}` });
  }

  function struct(path: string, found: readonly Field[], wanted: readonly ColumnDefinition[]): readonly Field[] {
    const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
    const names = wanted.map(({ name }) => ({ name, was: input.formerNames[at(name)] }));
    const matches = matchFields(found, names);
    const wrong = new Set(matches.problems.map(({ name }) => name));
    for (const { name, message } of matches.problems) refuse(at(name), message);
    const result = wanted.flatMap((column): readonly Field[] => {
      const known = matches.known.get(column.name);
      if (known) return [keep(at(column.name), known, column)];
      return wrong.has(column.name) ? [] : [add(at(column.name), column)];
    });
    const kept = new Set(matches.known.values());
    for (const field of found) {
      if (kept.has(field)) continue;
      // The wrong one may be it: to drop it would be said of a column that was to be renamed.
      if (matches.problems.length > 0) continue;
      changes.push({ kind: 'drop', path: at(field.name), type: fileTypeText(field.type), required: field.required });
    }
    reorder(path, found, result);
    return result;
  }

  function add(path: string, column: ColumnDefinition): Field {
    if (column.required && input.hasRows)
      refuse(path, 'a new column is NULL in the rows that stand there, so it cannot be "not null"; leave that away');
    const added = assignIds([column], last + 1);
    last = added.lastId;
    changes.push({ kind: 'add', path, type: fileTypeText(column.type), required: column.required });
    return added.fields[0]!;
  }

  function keep(path: string, known: Field, column: ColumnDefinition): Field {
    if (known.name !== column.name)
      changes.push({ kind: 'rename', path, from: [...path.split('.').slice(0, -1), known.name].join('.') });
    const required = nullability(path, known.required, column.required);
    const doc = column.doc ?? known.doc;
    return {
      id: known.id,
      name: column.name,
      required,
      type: retype(path, known.type, column.type),
      ...(doc === undefined ? {} : { doc }),
    };
  }

  function nullability(path: string, was: boolean, wanted: boolean): boolean {
    if (was && !wanted) changes.push({ kind: 'optional', path });
    if (!was && wanted && input.hasRows)
      refuse(path, 'rows may stand there without a value, so it cannot become "not null"; leave that away');
    return wanted;
  }

  function retype(path: string, known: IcebergType, wanted: IcebergType): IcebergType {
    if (isPrimitive(known) && isPrimitive(wanted)) {
      if (known === wanted) return known;
      if (isWidening(known, wanted))
        changes.push({ kind: 'widen', path, from: fileTypeText(known), to: fileTypeText(wanted) });
      else refuseType(path, known, wanted);
      return wanted;
    }
    if (!isPrimitive(known) && !isPrimitive(wanted)) {
      if (known.type === 'struct' && wanted.type === 'struct')
        return { type: 'struct', fields: struct(path, known.fields, wanted.fields) };
      if (known.type === 'list' && wanted.type === 'list') {
        const at = `${path}.element`;
        const required = nullability(at, known['element-required'], wanted['element-required']);
        return { ...known, 'element-required': required, element: retype(at, known.element, wanted.element) };
      }
      if (known.type === 'map' && wanted.type === 'map') {
        if (fileTypeText(known.key) !== fileTypeText(wanted.key)) refuseType(`${path}.key`, known.key, wanted.key);
        const at = `${path}.value`;
        const required = nullability(at, known['value-required'], wanted['value-required']);
        return { ...known, 'value-required': required, value: retype(at, known.value, wanted.value) };
      }
    }
    refuseType(path, known, wanted);
    return known;
  }

  function refuseType(path: string, known: IcebergType, wanted: IcebergType): void {
    const back =
      isPrimitive(known) && isPrimitive(wanted) && isWidening(wanted, known)
        ? 'a type is never made narrower'
        : 'only int to bigint, float to double and decimals of more digits (same scale) can change in place';
    refuse(
      path,
      `${fileTypeText(known)} cannot become ${fileTypeText(wanted)}: ${back}. Keep the type, or add a column of another name`,
    );
  }

  function reorder(path: string, found: readonly Field[], result: readonly Field[]): void {
    const place = new Map(found.map((field, index) => [field.id, index]));
    const stay = result.filter(({ id }) => place.has(id));
    const inOrder = stay.every((field, index) => index === 0 || place.get(stay[index - 1]!.id)! < place.get(field.id)!);
    if (inOrder) return;
    const names = new Map(result.map((field) => [field.id, field.name]));
    const from = found.flatMap(({ id }) => names.get(id) ?? []);
    changes.push({ kind: 'reorder', path, from, to: stay.map(({ name }) => name) });
  }
}
