import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { MigrationStep, Refusal } from '../contract/api.ts';
import type { Dated, DemoDesk, Range } from '../contract/desk.ts';
import type { EventHub } from './event-hub.ts';
import { EventStreams } from './event-stream.ts';
import { cookieOf, type GuardOptions, refusal } from './guard.ts';
import type { PageFile } from './page-files.ts';
import { RefusedError, refusalOf } from './refused.ts';

export interface ServerOptions {
  readonly desk: DemoDesk;
  readonly hub: EventHub;
  readonly files: ReadonlyMap<string, PageFile>;
  readonly guard: Omit<GuardOptions, 'port'>;
  /** Told of what should not happen. */
  readonly onUnexpected: (error: unknown) => void;
}

const TEXT = { type: 'string', maxLength: 80 } as const;
const SERIES = { marketType: TEXT, symbol: TEXT, interval: TEXT } as const;
const INSTANT = { type: 'integer', minimum: -62_135_596_800_000, maximum: 253_402_300_799_999 } as const;
const shape = (properties: Readonly<Record<string, object>>) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
  additionalProperties: false,
});
const SYMBOL = shape({ marketType: TEXT, symbol: TEXT });
const RANGE = shape({ ...SERIES, from: INSTANT, to: INSTANT });
const DATED = shape({ ...SERIES, date: TEXT });
const ARROW_FILE = 'application/vnd.apache.arrow.file';
const STEPS: readonly MigrationStep[] = ['sample', 'plan', 'apply', 'verify', 'rollback'];

/** Nothing but this page's own files and answers is ever loaded; charts are drawn with inline styles. */
const SAFETY = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/** The page and its questions over HTTP. */
export function demoServer({ desk, hub, files, guard, onUnexpected }: ServerOptions): FastifyInstance {
  const server = fastify({
    forceCloseConnections: true,
    bodyLimit: 4096,
    ajv: { customOptions: { coerceTypes: 'array' } },
  });

  const streams = new EventStreams(hub);

  server.addHook('onRequest', async (request, reply) => {
    reply.headers(SAFETY);
    const { token } = request.query as { readonly token?: unknown };
    const port = request.socket.localPort ?? 0;
    const why = refusal(
      { method: request.method, headers: request.headers, token: typeof token === 'string' ? token : undefined },
      { ...guard, port },
    );
    if (why !== undefined) throw new RefusedError('E_NOT_FOR_YOU', `This request is not answered: ${why}.`, 403);
    if (guard.token !== undefined && token === guard.token) reply.header('set-cookie', cookieOf(guard.token));
  });

  server.setErrorHandler((error, _request, reply) => {
    const { status, ...body } = refusalOf(error);
    if (status >= 500 && body.code === 'E_UNEXPECTED') onUnexpected(error);
    return reply.code(status).send(body);
  });
  server.setNotFoundHandler((request, reply) => {
    const file =
      request.method === 'GET' || request.method === 'HEAD' ? files.get(request.url.split('?')[0]!) : undefined;
    if (file === undefined)
      return reply
        .code(404)
        .send({ code: 'E_NOT_FOUND', sentence: 'There is nothing at this address.' } satisfies Refusal);
    return sendFile(reply, file, request.headers['if-none-match']);
  });

  server.get('/api/setup', () => desk.setup);
  server.get<{ Querystring: Range }>('/api/stored', { schema: { querystring: SYMBOL } }, ({ query }) =>
    desk.stored(query),
  );
  server.get<{ Querystring: Range }>('/api/coverage', { schema: { querystring: RANGE } }, ({ query }) =>
    desk.coverage(query),
  );
  server.get<{ Querystring: Dated }>('/api/facts', { schema: { querystring: DATED } }, ({ query }) =>
    desk.facts(query),
  );
  server.get<{ Querystring: Dated }>('/api/entry', { schema: { querystring: DATED } }, async ({ query }, reply) => {
    const { form, bytes } = await desk.bytes(query);
    return reply
      .type(form === 'file' ? ARROW_FILE : 'application/octet-stream')
      .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  });
  server.post<{ Body: Range }>('/api/plan', { schema: { body: RANGE } }, ({ body }) => desk.plan(body));
  server.post<{ Body: Range }>('/api/fetch', { schema: { body: RANGE } }, async ({ body }, reply) =>
    reply.code(202).send({ job: desk.startFetch(body) }),
  );
  server.delete<{ Params: { job: string } }>('/api/fetch/:job', async ({ params }) => {
    await desk.cancelFetch(params.job);
    return {};
  });
  server.post<{ Body: Dated }>('/api/verify', { schema: { body: DATED } }, ({ body }) => desk.verify(body));
  server.post<{ Body: Dated }>('/api/invalidate', { schema: { body: DATED } }, async ({ body }) => {
    await desk.invalidate(body);
    return {};
  });
  for (const step of STEPS) server.post(`/api/migration/${step}`, () => desk.migrate(step));

  server.get('/api/events', (request, reply) => {
    streams.assertRoom();
    reply.hijack();
    streams.start(reply.raw, SAFETY, Number(request.headers['last-event-id'] ?? 0));
  });
  return server;
}

function sendFile(reply: FastifyReply, { body, type, etag }: PageFile, known: string | undefined): FastifyReply {
  reply.header('etag', etag).header('cache-control', 'no-cache');
  return known === etag ? reply.code(304).send() : reply.code(200).type(type).send(body);
}
