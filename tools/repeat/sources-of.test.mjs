import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { hasherOf, pathsOf } from './sources-of.mjs';

const manifests = {
  'packages/a': { name: 'a', dependencies: [], inputs: [] },
  'packages/b': { name: 'b', dependencies: ['a', 'lodash'], inputs: ['docs/of-b.md'] },
  'apps/c': { name: 'c', dependencies: ['b'], inputs: ['deploy'] },
};

describe('what the tests of a project stand on', () => {
  it('is its folder, those of its dependencies and of theirs, and its own inputs', () => {
    const own = (project) =>
      pathsOf(project, manifests).filter((path) => !/^(tools|package-lock|jest|tsconfig)/.test(path));
    assert.deepEqual(own('packages/a'), ['packages/a']);
    assert.deepEqual(own('packages/b'), ['docs/of-b.md', 'packages/a', 'packages/b']);
    assert.deepEqual(own('apps/c'), ['apps/c', 'deploy', 'packages/a', 'packages/b']);
  });

  it('has another hash with a change, a new file or a commit, and the same one with what lies elsewhere', () => {
    const root = mkdtempSync(join(tmpdir(), 'vision-cache-sources-'));
    const git = (...args) => spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: root });
    const write = (path, text) => {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), text);
    };
    try {
      git('init', '-q');
      write('packages/a/one.ts', '1');
      write('docs/page.md', 'page');
      git('add', '--all');
      git('commit', '-qm', 'first');
      const now = () => hasherOf(root)(['packages/a']);
      const first = now();
      write('docs/page.md', 'another page');
      assert.equal(now(), first);
      write('packages/a/one.ts', '2');
      const changed = now();
      assert.notEqual(changed, first);
      git('add', '--all');
      git('commit', '-qm', 'second');
      assert.equal(now(), changed);
      write('packages/a/two.ts', '2');
      assert.notEqual(now(), changed);
      rmSync(join(root, 'packages/a/two.ts'));
      assert.equal(now(), changed);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
