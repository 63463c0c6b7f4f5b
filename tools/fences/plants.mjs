// What check-fences plants: code that each fence has to refuse, and code that it has to let pass.
export const adapter = 'packages/arrow-store';
export const other = 'packages/vision-client';
export const engine = 'packages/data-source-manager';
export const kernel = 'packages/cache-keys';

/** Each is one file of code; `import * as` needs no knowledge of what the target exports. */
export const PLANTS = [
  [
    'adapter → adapter as a value',
    adapter,
    "import * as target from '@vision-cache/vision-client';\n\nexport const planted = target;\n",
  ],
  [
    'adapter → adapter as a type',
    adapter,
    "import type * as target from '@vision-cache/vision-client';\n\nexport type Planted = typeof target;\n",
  ],
  ['adapter → adapter as an import type', other, "export type Planted = typeof import('@vision-cache/arrow-store');\n"],
  [
    'adapter → adapter as a dynamic import',
    adapter,
    "export const planted = async (): Promise<unknown> => import('@vision-cache/vision-client');\n",
  ],
  ['adapter → adapter as a re-export', other, "export * from '@vision-cache/arrow-store';\n"],
  [
    'adapter → engine',
    other,
    "import * as target from '@vision-cache/data-source-manager';\n\nexport const planted = target;\n",
  ],
  [
    'engine → adapter as a value',
    engine,
    "import * as target from '@vision-cache/arrow-store';\n\nexport const planted = target;\n",
  ],
  [
    'engine → adapter as a type',
    engine,
    "import type * as target from '@vision-cache/vision-client';\n\nexport type Planted = typeof target;\n",
  ],
  [
    'kernel → a workspace package',
    kernel,
    "import * as target from '@vision-cache/arrow-store';\n\nexport const planted = target;\n",
  ],
  ['kernel → an npm package', kernel, "import { DateTime } from 'luxon';\n\nexport const planted = DateTime;\n"],
  ['kernel → a Node builtin', kernel, "import { join } from 'node:path';\n\nexport const planted = join;\n"],
  ['package → app', engine, "import * as target from '@vision-cache/migrator';\n\nexport const planted = target;\n"],
  ['app → app', 'apps/demo', "import * as target from '@vision-cache/migrator';\n\nexport const planted = target;\n"],
  ['a relative path into another package', adapter, "export * from '../../cache-keys/src/index.ts';\n"],
  [
    'a path into another package by URL',
    adapter,
    "export const planted = new URL('../../cache-keys/package.json', import.meta.url);\n",
  ],
  ['a deep import', adapter, "export * from '@vision-cache/cache-keys/src/index.ts';\n"],
  [
    'a package that the importer does not declare',
    adapter,
    "import { DateTime } from 'luxon';\n\nexport const planted = DateTime;\n",
  ],
];

export const DATA_PATHS = [
  ['spelled', "export const planted = 'binance/spot/klines';\n"],
  // check-paths: allow it is planted to be refused
  ['spelled in a template', 'export const planted = (root: string): string => `${root}/spot/klines/daily`;\n'],
  [
    'a segment joined',
    "import { join } from 'node:path';\n\nexport const planted = (root: string): string => join(root, 'klines');\n",
  ],
  [
    'parts of a key joined',
    'export const planted = (key: { symbol: string; interval: string }): string => `${key.symbol}/${key.interval}`;\n',
  ],
  ['the ending of an entry', 'export const planted = (day: string): string => `${day}.arrow`;\n'],
];

/** Inside a project: files below `src`, and what `local/rooms` says to the first of them. */
export const ROOMS = [
  [
    'an import that goes up',
    {
      'spans/planted-up.ts': "export * from '../audit/planted-target.ts';\n",
      'audit/planted-target.ts': 'export const planted = 1;\n',
    },
    /imports go down only/,
  ],
  [
    'a type that is imported from above',
    {
      'spans/planted-type.ts':
        "import type { Planted } from '../audit/planted-shape.ts';\n\nexport type Again = Planted;\n",
      'audit/planted-shape.ts': 'export type Planted = number;\n',
    },
    /imports go down only/,
  ],
  [
    'two files that import each other',
    {
      'spans/planted-egg.ts':
        "import type { Hen } from './planted-hen.ts';\n\nexport interface Egg {\n  readonly hen?: Hen;\n}\n",
      'spans/planted-hen.ts':
        "import type { Egg } from './planted-egg.ts';\n\nexport interface Hen {\n  readonly egg?: Egg;\n}\n",
    },
    /circle: spans\/planted-egg\.ts, spans\/planted-hen\.ts/,
  ],
  [
    'async in a pure folder',
    { 'spans/planted-async.ts': 'export const planted = async (): Promise<number> => Promise.resolve(1);\n' },
    /"spans" is pure: async is not/,
  ],
  [
    'the clock in a pure folder',
    { 'spans/planted-clock.ts': 'export const planted = (): number => Date.now();\n' },
    /"spans" is pure: Date\.now\(\) is not/,
  ],
  [
    'a disk in a pure folder',
    { 'spans/planted-disk.ts': "import { readFileSync } from 'node:fs';\n\nexport const planted = readFileSync;\n" },
    /"spans" is pure: "node:fs" is not/,
  ],
  [
    'a function from a folder that is not pure',
    {
      'ledger/planted-impure.ts': "export { planted } from '../platform/planted-doing.ts';\n",
      'platform/planted-doing.ts': 'export const planted = (): number => 1;\n',
    },
    /"ledger" is pure: a function from "platform" is not/,
  ],
  [
    'a folder that is not listed',
    { 'homeless/planted.ts': 'export const planted = 1;\n' },
    /does not list the folder "homeless"/,
  ],
];

export const BENIGN = 'export const planted = 1;\n';
export const DRAWN = "import * as target from '@vision-cache/cache-keys';\n\nexport const planted = target;\n";

export const FENCES = ['@nx/enforce-module-boundaries', 'local/edges'];
/** Why there is a second fence: what the Nx rule does not look at. Everything else, both must see. */
export const UNSEEN_BY_NX = new Set([
  'adapter → adapter as an import type',
  'kernel → a Node builtin',
  'a path into another package by URL',
]);
