import { schemaField } from './footer-fields';
import { fieldOf, readBinary, readInteger, readStruct } from './thrift-read';
import { writeStruct } from './thrift-write';

/**
 * A SchemaElement as a key that is equal for equal elements, and as text for people. Everything counts: name, types, repetition, children, field id,
 * logical type; only the name of the root is the writer's own choice.
 */
export function describeElement(element: Buffer, isRoot: boolean): { readonly key: string; readonly text: string } {
  const fields = readStruct(element);
  const compared = isRoot ? fields.filter(({ id }) => id !== schemaField.name) : fields;
  const number = (id: number): number | undefined => {
    const field = fieldOf(fields, id);
    return field && readInteger(field.value);
  };
  const name = fieldOf(fields, schemaField.name);
  const [type, repetition, fieldId] = [schemaField.type, schemaField.repetition, schemaField.fieldId].map(number);
  const words = [
    name ? readBinary(name.value).toString('utf8') : 'unnamed',
    repetition === undefined ? undefined : ['required', 'optional', 'repeated'][repetition],
    type === undefined ? 'group' : types[type],
    fieldId === undefined ? 'without a field id' : `field id ${fieldId}`,
    ...fields
      .filter(({ id }) => id === 6 || id === 10)
      .map(({ id, value }) => `${annotation[id]} ${value.toString('hex')}`),
  ];
  return { key: writeStruct(compared).toString('latin1'), text: words.filter((word) => word !== undefined).join(' ') };
}

const types = ['boolean', 'int32', 'int64', 'int96', 'float', 'double', 'byte_array', 'fixed_len_byte_array'];
const annotation: Readonly<Record<number, string>> = { 6: 'converted type', 10: 'logical type' };
