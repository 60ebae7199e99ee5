import { SluiceError } from '../../base/errors';
import { nameObjects, wipeFileNames } from '../../router/hide-paths';

it('wipes wrapped file names in boxes that stand side by side', () => {
  const plan = `
┌──────────┐┌──────────────┐
│   SCAN   ││     SCAN     │
│ Filters: ││ Filename(s): │
│ id>5     ││  /a/b/c/d/e/ │
│ Filename ││  0.parquet,  │
│          ││ /a/1.parquet │
│  3 rows  ││              │
│          ││    7 rows    │
└──────────┘└──────────────┘`;
  expect(wipeFileNames(plan)).toBe(`
┌──────────┐┌──────────────┐
│   SCAN   ││     SCAN     │
│ Filters: ││              │
│ id>5     ││              │
│ Filename ││              │
│          ││              │
│  3 rows  ││              │
│          ││    7 rows    │
└──────────┘└──────────────┘`);
});

it('wipes up to the end of the box', () => {
  expect(wipeFileNames('┌────────────┐\n│Filename(s):│\n│ /a.parquet │\n└────────────┘')).toBe(
    '┌────────────┐\n│            │\n│            │\n└────────────┘',
  );
  expect(wipeFileNames("select 'Filename(s):'\n│a│")).toBe("select 'Filename(s):'\n│a│");
});

it('errors name the object', () => {
  const error = new SluiceError('INTERNAL', 'cannot read /c/0.parquet and /c/0.parquet', { cure: 'c' });
  expect(nameObjects(error, new Map([['/c/0.parquet', 's3://b/x.parquet']]))).toMatchObject({
    code: 'INTERNAL',
    cure: 'c',
    message: 'cannot read s3://b/x.parquet and s3://b/x.parquet',
  });
  expect(nameObjects(error, new Map())).toBe(error);
});
