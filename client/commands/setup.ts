import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { plural } from '../cli/format';
import { positiveNumber } from '../cli/options';
import { lazy } from '../lazy';

interface SetupOptions {
  readonly partitions: number;
}

export const setupCommand: DefineCommand = (program, run) => {
  const command = program
    .command('setup')
    .summary('make everything that pipelines need: search attributes, bucket, topics, tables')
    .description(
      'Registers Temporal search attributes, and creates the bucket, the topics and the tables of pipelines where they are missing. May be repeated.',
    )
    .argument('[pipeline...]', 'files or names; all of pipelines/ by default')
    .option('--partitions <n>', 'of topics that are created', positiveNumber, 4)
    .action(
      run(async (context, wanted: readonly string[], { partitions }: SetupOptions) => {
        const { config } = context;
        const pipelines = (await lazy.findPipelines().findPipelines(wanted)).map(({ pipeline }) => pipeline);
        await lazy
          .temporal()
          .withTemporal(config, ({ connection, namespace }) =>
            lazy.searchAttributes().ensureSearchAttributes(connection, namespace),
          );
        context.say('✓ search attributes');
        await lazy.bucket().ensureBucket(config.s3);
        context.say(`✓ bucket ${config.s3.bucket}`);
        const result = await lazy.apply().applyPipelines({ config, pipelines, createTopics: partitions });
        const { createdTopics, createdTables } = result;
        context.result(lazy.applyText().applyDocument(result), () =>
          createdTopics.length + createdTables.length === 0
            ? `All there: ${plural(pipelines.length, 'pipeline')}.`
            : [
                ...createdTopics.map((name) => `+ topic ${name}`),
                ...createdTables.map((name) => `+ table ${name}`),
              ].join('\n'),
        );
      }),
    );
  examples(command, ['sluice setup', 'sluice setup user-activity', 'sluice setup my.yaml --partitions 12']);
};
