// Splits a document into its prose and its fenced blocks.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Every document of the repository, also those that are not committed yet. @returns {string[]} */
export function documents() {
  const { stdout } = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
    cwd: root,
    encoding: 'utf8',
  });
  return stdout.split('\n').filter((file) => file && existsSync(join(root, file)));
}

/**
 * The name that a block gives itself in its first line, `// manager.mjs`: others of its document import it from beside them.
 *
 * @param {{ lines: string[] }} block
 * @returns {string | undefined} without its ending
 */
export const moduleName = ({ lines }) => /^\/\/ ([\w-]+)\.mjs$/.exec(lines[0] ?? '')?.[1];

/**
 * In the prose, code is blanked out, so that line numbers stay.
 *
 * @param {string} file relative to the repository
 * @returns {{ prose: string[], blocks: { file: string, line: number, info: string, lines: string[] }[], open?: number }}
 *   `open`: the line of a block that is not closed
 */
export function readDocument(file) {
  const prose = [];
  const blocks = [];
  let fence;
  for (const [index, line] of readFileSync(join(root, file), 'utf8').split('\n').entries()) {
    const [, indent, mark, info] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (fence) {
      if (mark?.startsWith(fence.mark) && info.trim() === '') {
        blocks.push(fence);
        fence = undefined;
      } else fence.lines.push(line.startsWith(fence.indent) ? line.slice(fence.indent.length) : line);
      prose.push('');
    } else if (mark) {
      fence = { file, line: index + 1, mark, indent, info: info.trim(), lines: [] };
      prose.push('');
    } else prose.push(line.replace(/`[^`]*`/g, (code) => ' '.repeat(code.length)));
  }
  return { prose, blocks, open: fence?.line };
}
