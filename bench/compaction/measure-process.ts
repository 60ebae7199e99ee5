/** The child of measureApart: a MeasureRequest on stdin, a Measured on stdout. */
import { text } from 'node:stream/consumers';
import { measureHere, type MeasureRequest } from './measure';

async function main(): Promise<void> {
  const request = JSON.parse(await text(process.stdin)) as MeasureRequest;
  process.stdout.write(JSON.stringify(await measureHere(request)));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
