import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { oldFile, put, scratch, treeOf } from '../__fixtures__/old-cache.fixture.ts';
import { runCli } from './cli.ts';

let base: ReturnType<typeof scratch>;
let [from, to, out] = ['', '', ''];
beforeEach(() => {
  base = scratch();
  [from, to, out] = [join(base.path, 'old'), join(base.path, 'new'), join(base.path, 'm.plan')];
});
afterEach(() => base.remove());

async function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const terminal = {
    out: (text: string) => (said.out += text),
    err: (text: string) => (said.err += text),
    isTty: false,
  };
  return { code: await runCli(args, terminal), ...said };
}

const OLD = 'BTCUSDT/1h/2024-01-01.arrow';

describe(runCli, () => {
  it('explains itself, each command with an example', async () => {
    expect(await cli('--help')).toMatchObject({ code: 0, out: expect.stringContaining('rollback PLAN') });
    for (const command of ['plan', 'apply', 'verify', 'rollback', 'status', 'finish']) {
      expect((await cli(command, '--help')).out).toMatch(/Examples?:\n {2}vision-cache-migrate/);
    }
    expect((await cli()).code).toBe(2);
  });

  it.each([
    [['migrate']],
    [['plan', '--from', 'x']],
    [['plan', '--from', '/nowhere', '--to', 'x', '--out', 'y']],
    [['apply']],
    [['apply', 'no-such-plan']],
    [['apply', 'a', 'b']],
    [['apply', 'a', '--durability', 'maybe']],
    [['status', 'a', '--wrong']],
    [['apply', 'a', '--report', 'report.pdf']],
  ])('refuses %j with 2 and a sentence', async (args) => {
    const { code, err } = await cli(...args);
    expect([code, err]).toEqual([2, expect.stringMatching(/^E_(USAGE|PLAN): .+\.\n/)]);
  });

  it('goes from plan to finish, each report opening with the three numbers', async () => {
    put(from, OLD, await oldFile({}));
    put(from, 'BTCUSDT/1h/2024-01-02.arrow', '<Error/>');
    const opening = /^success: 1\nfailed: 1\nskipped: 0\nold files: 2\n/;
    const planned = await cli('plan', '--from', from, '--to', to, '--out', out);
    expect(planned).toMatchObject({ code: 1, out: expect.stringMatching(opening) });
    expect(planned.out).toContain('spot (assumed; change it with --market)');
    expect(await cli('status', out)).toMatchObject({ code: 0, out: expect.stringContaining('failed: pending: 2') });
    expect(await cli('apply', out, '--remove-old')).toMatchObject({ code: 1, out: expect.stringMatching(opening) });
    expect(await cli('status', out)).toMatchObject({ code: 1, out: expect.stringMatching(opening) });
    expect(await cli('verify', out)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^success: 1\nfailed: 0\nskipped: 1\n/),
    });
    expect((await cli('finish', out)).code).toBe(1);
    expect(await cli('rollback', out)).toMatchObject({ code: 2, err: expect.stringMatching(/^E_STATE/) });
  });

  it('changes nothing on a dry run', async () => {
    put(from, OLD, await oldFile({}));
    expect(await cli('plan', '--from', from, '--to', to, '--dry-run')).toMatchObject({
      code: 0,
      out: expect.stringContaining('success: 1'),
    });
    await cli('plan', '--from', from, '--to', to, '--out', out);
    const planned = treeOf(base.path);
    expect(await cli('apply', out, '--dry-run', '--remove-old')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^success: 1\n[^]*\(a dry run; nothing has been changed\)/),
    });
    expect(treeOf(base.path)).toEqual(planned);
    await cli('apply', out, '--remove-old');
    const applied = treeOf(base.path);
    expect((await cli('rollback', out, '--dry-run')).code).toBe(0);
    const finishing = await cli('finish', out, '--dry-run');
    expect(finishing).toMatchObject({ code: 0, out: expect.stringMatching(/^success: 1\nfailed: 0\nskipped: 0\n/) });
    expect(treeOf(base.path)).toEqual(applied);
  });

  it('gives one JSON object, with an account of every file', async () => {
    put(from, OLD, await oldFile({ bars: [0, 1, 2] }));
    put(from, 'notes.txt', 'x');
    expect(JSON.parse((await cli('plan', '--from', from, '--to', to, '--out', out, '--json')).out)).toMatchObject({
      success: 1,
      files: 1,
      plan: out,
    });
    expect(JSON.parse((await cli('apply', out, '--json')).out)).toMatchObject({
      success: 1,
      fileReports: [
        { file: OLD, outcome: 'success', fate: 'partial', rowsIn: 3, rowsOut: 3, duplicates: 0, refused: 0 },
      ],
      leftAlone: [{ path: 'notes.txt' }],
    });
    expect(JSON.parse((await cli('verify', out, '--json')).out)).toMatchObject({ success: 1, rows: 3 });
  });

  it('writes reports by their ending, with nothing in them that a browser or terminal would run', async () => {
    put(from, OLD, await oldFile({}));
    put(from, 'a<script>\u001b[31m.arrow', 'x');
    await cli('plan', '--from', from, '--to', to, '--out', out);
    const paths = ['r.html', 'r.json', 'r.txt'].map((name) => join(base.path, name));
    await cli('apply', out, ...paths.flatMap((path) => ['--report', path]));
    const [html, json, text] = paths.map((path) => readFileSync(path, 'utf8'));
    expect(html).toContain('<dt>success</dt><dd>1</dd>');
    expect(html).not.toContain('<script>');
    expect(JSON.parse(json!)).toMatchObject({ success: 1, files: 1 });
    expect(text).toMatch(/^success: 1\nfailed: 0\nskipped: 0\n/);
    expect(text).not.toContain('\u001b');
  });

  it('tells how it goes on as JSON lines', async () => {
    put(from, OLD, await oldFile({}));
    await cli('plan', '--from', from, '--to', to, '--out', out);
    const { err } = await cli('apply', out, '--progress', 'json');
    const lines = err
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; files: number });
    expect(lines[0]).toMatchObject({ event: 'start', total: 1 });
    expect(lines.at(-1)).toMatchObject({ event: 'end', files: 1 });
    expect(existsSync(to)).toBe(true);
  });
});
