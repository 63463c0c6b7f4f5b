import { forgetHosts } from '../http/rate-limiter.ts';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import {
  type AnswerOptions,
  type ArchiveAnswer,
  type ArchiveRequest,
  createAnswerer,
  decoded,
  faultyAnswer,
  LISTING_PATH,
  makeListed,
} from './archive-answer.ts';
import { type Fault, FaultPlan, type FaultRule } from './faults.ts';
import type { RestMarket } from '../contract/rest-market.ts';
import type { SyntheticArchive } from './synthetic-archive.ts';

export interface ArchiveServerOptions extends AnswerOptions {
  /** 0: a free one. @default 0 */
  readonly port?: number;
  /** @default '127.0.0.1' */
  readonly host?: string;
  readonly faults?: readonly FaultRule[];
}

/** A request that the server has seen. */
export interface SeenRequest {
  readonly method: string;
  /** Decoded, with its query: `/api/v3/klines?symbol=BTCUSDT&interval=1m`. */
  readonly path: string;
  /** By their names in small letters. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Undefined while it is not answered, or where a fault took the answer's place. */
  readonly status: number | undefined;
}

/** A synthetic archive on a port, as the hosts of Binance would serve it. */
export interface ArchiveServer {
  readonly archive: SyntheticArchive;
  readonly port: number;
  /** In place of https://data.binance.vision. */
  readonly baseUrl: string;
  /** In place of https://s3-ap-northeast-1.amazonaws.com/data.binance.vision. */
  readonly listingUrl: string;
  /** In place of the hosts of REST. */
  readonly restUrls: Readonly<Record<RestMarket, string>>;
  /** Every request so far, in order of arrival. */
  readonly requests: readonly SeenRequest[];
  readonly faults: FaultPlan;
  /** How many of the requests so far have that in their path. */
  count(part?: string): number;
  /** Forgets the requests so far. */
  forget(): void;
  /** Connections that are open now. */
  connections(): number;
  close(): Promise<void>;
}

/**
 * Serves an archive over HTTP on loopback.
 * @example
 * const server = await startArchiveServer(createSyntheticArchive(), { faults: [{ fault: 'server-error', times: 1 }] });
 * const client = new VisionDataClient({ baseUrl: server.baseUrl, listingUrl: server.listingUrl });
 * await server.close();
 * @throws the error of the socket, such as EADDRINUSE
 */
export async function startArchiveServer(
  archive: SyntheticArchive,
  options: ArchiveServerOptions = {},
): Promise<ArchiveServer> {
  const { port = 0, host = '127.0.0.1' } = options;
  const answer = createAnswerer(archive, options);
  const faults = new FaultPlan(options.faults);
  const requests: (Omit<SeenRequest, 'status'> & { status: number | undefined })[] = [];
  const sockets = new Set<Socket>();

  const server = createServer((request, response) => {
    const [path = '/', search = ''] = (request.url ?? '/').split('?', 2);
    const asked: ArchiveRequest = {
      path,
      query: new URLSearchParams(search),
      ifNoneMatch: request.headers['if-none-match'],
    };
    const shown = decoded(path) + (search && `?${decoded(search)}`);
    const seen = {
      method: request.method ?? 'GET',
      path: shown,
      headers: request.headers,
      status: undefined as number | undefined,
    };
    requests.push(seen);
    const fault = faults.next(shown);
    const making = makeListed(archive, asked);
    const step = (): void => {
      if (response.destroyed) return;
      if (making.next().done !== true) {
        setImmediate(step);
        return;
      }
      const plain = answer(asked);
      const given = fault === undefined ? plain : faultyAnswer(plain, fault, asked);
      response.on('finish', () => (seen.status = given.status));
      send(response, given, fault, request.method === 'HEAD');
    };
    step();
  });
  // An idle connection stays open however long a busy test lets it wait; `close-after` is the fault that closes one.
  server.keepAliveTimeout = 0;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined); // a client that went away is no failure of the server
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });

  const address = server.address() as AddressInfo;
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  return {
    archive,
    port: address.port,
    baseUrl: origin,
    listingUrl: `${origin}${LISTING_PATH}`,
    restUrls: { spot: origin, um: origin, cm: origin },
    requests,
    faults,
    count: (part = '') => requests.filter(({ path }) => path.includes(part)).length,
    forget: () => void requests.splice(0),
    connections: () => sockets.size,
    close: async () => {
      forgetHosts();
      const closed = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      const stopped = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await Promise.all([stopped, ...closed]);
    },
  };
}

function send(response: ServerResponse, answer: ArchiveAnswer, fault: Fault | undefined, isHead: boolean): void {
  const { status, body } = answer;
  const headers = { 'access-control-allow-origin': '*', ...answer.headers };
  const whole = { ...headers, 'content-length': String(body.length) };
  const half = body.subarray(0, body.length >> 1);
  const socket = response.socket;
  switch (fault?.kind) {
    case 'slow':
      response.writeHead(status, whole);
      drip(response, body, fault.bytes ?? 1, fault.milliseconds ?? 100);
      return;
    case 'stall':
      if (fault.at === 'headers') return;
      response.writeHead(status, whole);
      response.write(half);
      return;
    case 'truncated':
      cut(response, status, headers, body.length, half, fault.framing);
      return;
    case 'reset':
      if (fault.at === 'headers') {
        socket?.resetAndDestroy();
        return;
      }
      response.writeHead(status, whole);
      // The half must have left before the reset drops what is still in the buffers.
      response.write(half, () => setTimeout(() => socket?.resetAndDestroy(), 20));
      return;
    case 'hang-up':
      socket?.destroy();
      return;
    case 'garbage':
      socket?.end('\u0000\u0001 this is no answer\r\n\r\n');
      return;
    case 'close-after':
      response.writeHead(status, { ...whole, connection: 'keep-alive', 'keep-alive': 'timeout=60' });
      response.end(body, () => socket?.end());
      return;
    case 'status':
    case 'html':
    case 'wrong-body':
    case 'wrong-checksum':
    case 'redirect':
    case 'gzip':
    case undefined:
      response.writeHead(status, status === 304 ? headers : whole);
      response.end(isHead || status === 304 ? undefined : body);
      return;
    default:
      fault satisfies never;
  }
}

/** Half of a body and then the end, framed by hand: node:http would notice the wrong length itself. */
function cut(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  length: number,
  half: Uint8Array,
  framing: 'content-length' | 'chunked' | 'none',
): void {
  const socket = response.socket;
  if (socket === null) return;
  const framed = {
    'content-length': { 'content-length': String(length) },
    chunked: { 'transfer-encoding': 'chunked' },
    none: { connection: 'close' },
  }[framing];
  const lines = Object.entries({ ...headers, ...framed }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} OK\r\n${lines.join('')}\r\n`);
  if (framing === 'chunked') socket.write(`${length.toString(16)}\r\n`);
  socket.end(half);
}

function drip(response: ServerResponse, body: Uint8Array, bytes: number, milliseconds: number): void {
  let sent = 0;
  const next = (): void => {
    if (sent >= body.length) {
      clearInterval(timer);
      response.end();
      return;
    }
    response.write(body.subarray(sent, sent + bytes));
    sent += bytes;
  };
  const timer = setInterval(next, milliseconds);
  response.on('close', () => clearInterval(timer));
  next();
}
