// Everything that goes through it to a server on this machine is counted, whoever sends it.
import { createServer, request } from 'node:http';

/**
 * @param {string} endpoint of the server behind it
 * @returns what was seen: requests, bytes of answers, and how many of each kind, as `PUT`, `GET` and `list`
 */
export async function countingProxy(endpoint) {
  const { port } = new URL(endpoint);
  const seen = { requests: 0, bytes: 0, kinds: {} };
  const server = createServer((from, to) => {
    seen.requests++;
    const kind = from.url.includes('list-type=2') ? 'list' : from.method;
    seen.kinds[kind] = (seen.kinds[kind] ?? 0) + 1;
    const { url: path, method, headers } = from;
    from.on('data', (chunk) => {
      if (kind === 'PUT') seen.bytes += chunk.length;
    });
    const on = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      to.writeHead(answer.statusCode, answer.headers);
      answer.on('data', (chunk) => (seen.bytes += chunk.length)).pipe(to);
    });
    from.pipe(on);
  });
  const own = await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
  return {
    host: `127.0.0.1:${own}`,
    seen,
    forget: () => Object.assign(seen, { requests: 0, bytes: 0, kinds: {} }),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
