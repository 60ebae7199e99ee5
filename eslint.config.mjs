import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/**
 * Imports go one way: base <- pipeline <- stream | lake <- engine <- activities <- workflows <- workers | client.
 * For each folder, the others that it may import. `bench/` and `test/` may import anything.
 */
const mayImport = {
  base: [],
  pipeline: ['base'],
  stream: ['base', 'pipeline'],
  lake: ['base', 'pipeline'],
  engine: ['base', 'pipeline', 'stream', 'lake'],
  activities: ['base', 'pipeline', 'stream', 'lake', 'engine'],
  workflows: ['base', 'pipeline', 'stream'],
  router: ['base', 'pipeline', 'stream', 'lake', 'engine'],
  stack: ['base'],
  workers: ['base', 'pipeline', 'stream', 'lake', 'engine', 'activities', 'workflows'],
  client: ['base', 'pipeline', 'stream', 'lake', 'engine', 'activities', 'workflows', 'workers', 'router', 'stack'],
};
const folders = [...Object.keys(mayImport), 'bench', 'test'];
const sources = folders.map((folder) => `${folder}/**/*.ts`);

/** Import paths from any depth of a folder up to the root and down into one of `targets`. */
const pathInto = (targets) => `^(\\.\\./)+(${targets.join('|')})(/|$)`;

/** Modules that a workflow must not run: servers, files, clocks and hashes have no place in a replay. */
const impureModules = [
  '^(\\.\\./)+base/(config|hash|log)(/|$)',
  '^(\\.\\./)+pipeline/(load|parse|schema|yaml-source|json-schema|write-json-schema)$',
  '^(\\.\\./)+stream/(kafka(/|$)|.*spool)',
];

function importRule(folder) {
  const banned = folders.filter((other) => other !== folder && !mayImport[folder].includes(other));
  const allowed = mayImport[folder].length === 0 ? 'no other folder' : mayImport[folder].join(', ');
  const message = `${folder}/ may import ${allowed} (docs: the one-way rule).`;
  const patterns =
    folder === 'workflows'
      ? [
          { regex: pathInto(banned.filter((other) => other !== 'activities')), message },
          {
            regex: pathInto(['activities']),
            message: 'workflows/ may import types only from activities/.',
            allowTypeImports: true,
          },
          {
            regex: impureModules.join('|'),
            message: 'Workflow code is replayed: pure modules only.',
            allowTypeImports: true,
          },
          {
            regex: '^(?!\\.|@temporalio/(workflow|common)$)',
            message: 'Workflow code imports @temporalio/workflow, @temporalio/common and pure modules only.',
            allowTypeImports: true,
          },
        ]
      : [{ regex: pathInto(banned), message }];
  return {
    files: [`${folder}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', { patterns }],
      'no-restricted-syntax': ['error', ...lazyImports(folder, banned, message)],
    },
  };
}

/** The same for `import()` and `require()`, which no-restricted-imports does not see; \x2F is the slash, which a selector cannot hold. */
function lazyImports(folder, banned, message) {
  if (folder === 'workflows')
    return [{ selector: 'ImportExpression', message: 'Workflow code is bundled: no import().' }];
  const into = pathInto(banned).replaceAll('/', '\\x2F');
  return [
    { selector: `ImportExpression[source.value=/${into}/]`, message },
    { selector: `CallExpression[callee.name='require'][arguments.0.value=/${into}/]`, message },
  ];
}

export default tseslint.config(
  { ignores: ['node_modules/', '.sluice*/', 'dist/', 'coverage/', 'docs/', 'test/fixtures/', '**/*.py'] },
  {
    files: ['**/*.{ts,mjs,cjs,js}'],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-constant-condition': ['error', { checkLoops: false }],
      'no-debugger': 'error',
      'no-dupe-else-if': 'error',
      'no-duplicate-case': 'error',
      'no-empty': 'error',
      'no-fallthrough': 'error',
      'no-irregular-whitespace': 'error',
      'no-self-compare': 'error',
      'no-sparse-arrays': 'error',
      'no-template-curly-in-string': 'error',
      'no-unreachable': 'error',
      'no-unsafe-finally': 'error',
      'no-useless-escape': 'error',
      'no-useless-rename': 'error',
      'object-shorthand': 'error',
      'use-isnan': 'error',
    },
  },
  {
    files: sources,
    extends: [tseslint.configs.recommended],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'import-x/no-default-export': 'error',
    },
  },
  {
    files: sources,
    ignores: ['test/**'],
    rules: { '@typescript-eslint/explicit-module-boundary-types': 'error' },
  },
  ...Object.keys(mayImport).map(importRule),
);
