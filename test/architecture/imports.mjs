/**
 * Which layer may import which, for dependency-cruiser: a file imports from its own folder and from layers to its
 * left only.
 */
const LAYERS = [
  'model',
  'tools',
  'desired',
  'kinds',
  'realise',
  'check',
  'libvirt-import',
  'placement',
  'plan',
  'run',
  'render',
  'sandbox',
  'controller',
  'migrate',
  'cli',
  'start',
];

const below = LAYERS.slice(0, -1).map((layer, i) => ({
  name: `${layer}-imports-nothing-above`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { path: `^src/(${LAYERS.slice(i + 1).join('|')})/` },
}));

/** Packages that cost start-up time or reach outside stay in the layers that need them. */
const packages = [
  { name: 'zod', from: '^src/(desired|controller|migrate|cli)/' },
  { name: 'yaml', from: '^src/(desired|libvirt-import|migrate)/' },
  { name: 'simple-git', from: '^src/(desired|controller|migrate)/' },
  { name: 'execa', from: '^src/(tools|desired)/' },
  { name: 'chokidar', from: '^src/controller/' },
  { name: 'saxes', from: '^src/tools/' },
  { name: 'ip-address', from: '^src/model/' },
  { name: 'pino', from: '^src/controller/' },
  { name: 'prom-client', from: '^src/controller/' },
];

export default {
  forbidden: [
    // Types may refer to each other; modules that run may not.
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'every-folder-is-a-layer',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${LAYERS.join('|')})/` },
      to: {},
    },
    ...below,
    {
      name: 'tools-know-only-the-model',
      severity: 'error',
      from: { path: '^src/tools/' },
      to: { path: '^src/', pathNot: '^src/(model|tools)/' },
    },
    {
      name: 'source-needs-no-test-and-no-build',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|dist)/' },
    },
    ...packages.map(({ name, from }) => ({
      name: `${name}-in-its-place`,
      severity: 'error',
      from: { path: '^src/', pathNot: from },
      to: { path: `node_modules/${name}/`, dependencyTypesNot: ['type-only'] },
    })),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    // dependency-cruiser reads imports as written; ours end in .ts.
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
