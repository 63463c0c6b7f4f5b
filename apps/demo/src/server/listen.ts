import type { FastifyInstance } from 'fastify';
import { type AddressInfo, createServer } from 'node:net';
import { RefusedError } from './refused.ts';

export interface Address {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** The page's port where none is asked for. */
export const DEFAULT_PORT = 4173;

/**
 * Tries a port before anything else is done.
 * @throws {RefusedError} if it cannot be listened on
 */
export async function assertFree({ host, port }: Address): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((done, fail) => {
      server.once('error', fail);
      server.listen({ host, port }, () => server.close(() => done()));
    });
  } catch (error) {
    throw listenError(error);
  }
}

/**
 * Listens on the given port. Another free port is taken where the default one is in use.
 * @returns the address to open
 * @throws {RefusedError} if it cannot be listened on
 */
export async function listen(server: FastifyInstance, { host, port }: Address, token?: string): Promise<string> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    if ((error as { code?: string }).code !== 'EADDRINUSE' || port !== DEFAULT_PORT) throw listenError(error);
    await server.listen({ host, port: 0 });
  }
  const bound = server.server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${String(bound.port)}/${token === undefined ? '' : `?token=${token}`}`;
}

function listenError(error: unknown): unknown {
  const { code, port } = error as { readonly code?: string; readonly port?: number };
  const refused = (name: string, sentence: string): RefusedError =>
    new RefusedError(name, sentence, 500, { cause: error });
  if (code === 'EADDRINUSE')
    return refused(
      'E_PORT_IN_USE',
      `Port ${String(port)} is in use. Choose another with --port, or --port 0 for any free one.`,
    );
  if (code === 'EACCES')
    return refused('E_PORT_REFUSED', `Port ${String(port)} may not be used. Choose one above 1023 with --port.`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return refused('E_HOST', 'The --host is not an address of this machine.');
  return error;
}
