// The fence inside a project. `rooms.json` beside package.json lists the folders below `src`, lowest first:
//
//   { "rooms": { "contract": "ports and errors", "spans": "…", ".": "the doors" },     "." is `src` itself
//     "pure": ["spans"],
//     "notYet": { "imports": ["contract -> spans"], "circles": ["a.ts b.ts"], "impure": ["spans/x.ts"], "full": { ".": 44 } } }
//
// A file imports from its own folder and from lower ones; no files import each other in a circle; in a pure folder nothing
// is asynchronous, nothing reads a clock, draws a random number or does I/O, and no function comes from a folder that is
// not pure. `notYet` lists what does not hold yet; it only shrinks (tools/check-rooms.mjs). Tests and fixtures are free.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { circlesOf, isSource, resolveInside, sourceGraph } from './source-graph.mjs';

const known = new Map();

/**
 * @param {string} project the folder of its package.json
 * @returns {{ order: string[], pure: string[], notYet: { imports: string[], circles: string[], impure: string[], full: Record<string, number> } } | undefined}
 */
export function roomsOf(project) {
  const file = join(project, 'rooms.json');
  if (!existsSync(file)) return undefined;
  const { mtimeMs } = statSync(file);
  if (known.get(file)?.mtimeMs !== mtimeMs) {
    const { rooms, pure = [], notYet = {} } = JSON.parse(readFileSync(file, 'utf8'));
    const lists = { imports: [], circles: [], impure: [], full: {}, ...notYet };
    known.set(file, { mtimeMs, plan: { order: Object.keys(rooms), pure, notYet: lists } });
  }
  return known.get(file).plan;
}

/** The nearest listed folder around a file. @param {string} file below `src` @returns {string | undefined} */
export function roomOf(order, file) {
  for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) if (order.includes(folder)) return folder;
  return file.includes('/') ? undefined : '.';
}

/** @returns {'unlisted' | 'up' | undefined} why a file of one room may not import a file of the other */
export function upward(order, from, to) {
  if (!order.includes(from) || !order.includes(to)) return 'unlisted';
  return order.indexOf(to) > order.indexOf(from) ? 'up' : undefined;
}

/** A circle is known when its files are among those of one that stands in the list. */
export const isKnownCircle = (notYet, circle) =>
  notYet.circles.some((line) => circle.every((file) => line.split(' ').includes(file)));

const DOING =
  /^(node:)?(fs|net|http|http2|https|dgram|dns|tls|child_process|worker_threads|cluster|readline|timers)(\/|$)/;
const TIMERS = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch']);
const CLOCKS = new Set(['Date.now', 'performance.now', 'Math.random', 'crypto.randomUUID', 'process.hrtime']);

function projectOf(folder) {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : projectOf(parent);
}

/** @type {import('eslint').Rule.RuleModule} */
const rooms = {
  meta: {
    type: 'problem',
    docs: { description: 'Keep imports between the folders of a project going down, and its pure folders pure' },
    schema: [],
    messages: {
      unlisted: 'rooms.json does not list the folder "{{ room }}" (its place among the others, lowest first)',
      up: '"{{ from }}" is below "{{ to }}" in rooms.json: imports go down only',
      circle: 'Files import each other in a circle: {{ circle }}',
      impure: '"{{ room }}" is pure: {{ what }} is not',
    },
  },
  create(context) {
    const project = projectOf(dirname(context.filename));
    const plan = project && roomsOf(project);
    if (!plan) return {};
    const file = relative(join(project, 'src'), context.filename).split(sep).join('/');
    if (file.startsWith('..') || !isSource(file)) return {};
    const { order, pure, notYet } = plan;
    const room = roomOf(order, file);
    if (room === undefined || !order.includes(room)) {
      return {
        Program: (node) =>
          context.report({ node, messageId: 'unlisted', data: { room: room ?? file.slice(0, file.lastIndexOf('/')) } }),
      };
    }
    const circle = circlesOf(sourceGraph(project)).find((files) => files.includes(file));
    const isPure = pure.includes(room) && !notYet.impure.includes(file);
    const impure = (node, what) => isPure && context.report({ node, messageId: 'impure', data: { room, what } });

    const check = (node, specifier, typeOnly) => {
      if (typeof specifier !== 'string') return;
      if (!typeOnly && DOING.test(specifier)) impure(node, `"${specifier}"`);
      const target = resolveInside(project, context.filename, specifier);
      if (target === undefined) return;
      const to = roomOf(order, target);
      const reason = upward(order, room, to);
      const data = { from: room, to, room: to ?? target.slice(0, target.lastIndexOf('/')) };
      if (reason && !notYet.imports.includes(`${room} -> ${to}`)) context.report({ node, messageId: reason, data });
      if (!typeOnly && !reason && !pure.includes(to)) impure(node, `a function from "${to}"`);
      if (circle?.includes(target) && !isKnownCircle(notYet, circle))
        context.report({ node, messageId: 'circle', data: { circle: circle.join(', ') } });
    };
    const text = (node) => (node?.type === 'Literal' ? node.value : undefined);
    const isType = (node, specifiers) =>
      node.importKind === 'type' ||
      node.exportKind === 'type' ||
      (specifiers?.length > 0 && specifiers.every((each) => (each.importKind ?? each.exportKind) === 'type'));
    const called = ({ callee }) =>
      callee.type === 'MemberExpression' && callee.object.type === 'Identifier'
        ? `${callee.object.name}.${callee.property.name}`
        : callee.name;
    const whenAsync = (node) => node.async && impure(node, 'async');

    return {
      ImportDeclaration: (node) => check(node.source, node.source.value, isType(node, node.specifiers)),
      ExportAllDeclaration: (node) => check(node.source, node.source.value, isType(node)),
      ExportNamedDeclaration: (node) =>
        node.source && check(node.source, node.source.value, isType(node, node.specifiers)),
      TSImportType: (node) => check(node, text(node.source ?? node.argument?.literal), true),
      ImportExpression(node) {
        check(node.source, text(node.source), false);
        impure(node, 'import()');
      },
      FunctionDeclaration: whenAsync,
      FunctionExpression: whenAsync,
      ArrowFunctionExpression: whenAsync,
      AwaitExpression: (node) => impure(node, 'await'),
      'ForOfStatement[await=true]': (node) => impure(node, 'for await'),
      NewExpression(node) {
        if (node.callee.name === 'Promise') impure(node, 'new Promise');
        if (node.callee.name === 'Date' && node.arguments.length === 0) impure(node, 'the clock (new Date())');
      },
      CallExpression(node) {
        const name = called(node);
        if (TIMERS.has(name) || name?.startsWith('Promise.')) impure(node, `${name}()`);
        if (CLOCKS.has(name)) impure(node, `${name}()`);
      },
    };
  },
};

export default rooms;
