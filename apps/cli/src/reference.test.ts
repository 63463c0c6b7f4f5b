import { describe, expect, it } from '@jest/globals';
import { generateHelpTextForAllCommands } from '@stricli/core';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { application } from './application.ts';
import type { Io } from './contract/io.ts';

const FILE = fileURLToPath(new URL('../../../docs/commands.md', import.meta.url));

const io: Io = {
  out: () => Promise.resolve(true),
  err: () => undefined,
  isTty: false,
  isOutTty: false,
  columns: 80,
  environment: {},
  stopSignal: () => AbortSignal.abort(),
  version: () => '',
  folder: '',
  now: () => 0,
};

/** The page: what each command says of itself with `--help`. */
function reference(): string {
  const sections = generateHelpTextForAllCommands(application(io) as never).map(
    ([route, help]) => `## ${route}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`,
  );
  return `# The commands

The \`--help\` text of each command. This page is generated: \`REFERENCE=write npm test -w vision-cache -- reference\`
writes it, and \`npm test\` checks it. [Tasks](tasks.md) shows what to use the commands for.

| exit code | meaning, for every command |
| --------- | ---------------- |
| 0 | done |
| 1 | done, with findings |
| 2 | usage or state: running it again changes nothing |
| 3 | interrupted or failed: run the same command again to continue |

| environment | |
| --- | --- |
| \`VISION_CACHE_DIR\` | the cache, without \`--cache\` |
| \`VISION_CACHE_ARCHIVE_URL\`, \`VISION_CACHE_LISTING_URL\`, \`VISION_CACHE_REST_URL\` | addresses, without the flags |
| \`VISION_CACHE_SHARD_COUNT\` | number of shards, if the scheduler does not say |
| \`VISION_CACHE_S3_ENDPOINT\`, \`AWS_REGION\`, \`AWS_ACCESS_KEY_ID\`, \`AWS_SECRET_ACCESS_KEY\`, \`AWS_SESSION_TOKEN\` | for a cache on a bucket, such as \`s3://team/data\` |
| \`VISION_CACHE_LOCAL\` | for a cache on a bucket: the folder for incomplete days |
| \`VISION_CACHE_NOW\` | a fixed clock, for tests |
| \`HTTPS_PROXY\`, \`HTTP_PROXY\`, \`NO_PROXY\` | proxies |
| \`NO_COLOR\` | no colours |

${sections.join('\n')}`;
}

describe('the reference', () => {
  it('is what the commands say', () => {
    const made = reference();
    if (process.env['REFERENCE'] === 'write') writeFileSync(FILE, made);
    expect(readFileSync(FILE, 'utf8')).toBe(made);
  });

  it('has an example of every command, and each example is of its command', () => {
    for (const [route, help] of generateHelpTextForAllCommands(application(io) as never)) {
      const name = route.replace(/^vision-cache ?/, '');
      if (name === '') continue;
      const examples = help.split('\n').filter((line) => /^ {2,4}vision-cache /.test(line) && !line.includes('--help'));
      expect(examples.length).toBeGreaterThan(name === 'sweep' ? 1 : 2);
      for (const line of help
        .slice(help.indexOf('EXAMPLES'))
        .split('\n')
        .filter((each) => each.includes('vision-cache ')))
        expect(line.trim()).toMatch(new RegExp(`^vision-cache ${name}\\b`));
    }
  });
});
