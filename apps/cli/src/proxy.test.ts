import { afterAll, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { removeTempFolders, shop } from './__fixtures__/command.fixture.ts';

afterAll(removeTempFolders);

describe('HTTP_PROXY', () => {
  it('is the way to every host, except to what NO_PROXY names', async () => {
    const tunnels: string[] = [];
    const proxy = createServer();
    proxy.on('connect', (request, socket) => {
      tunnels.push(request.url ?? '');
      const { hostname, port } = new URL(`http://${request.url ?? ''}`);
      const target = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        target.pipe(socket).pipe(target);
      });
      for (const end of [target, socket]) end.on('error', () => [target, socket].forEach((each) => each.destroy()));
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`;
    const { run, server } = await shop();
    try {
      const line = 'sync BTCUSDT --interval 1h --from 2024-02-01 --quiet';
      expect(await run(`${line} --to 2024-02-03`, { HTTP_PROXY: address })).toMatchObject({ code: 0, err: '' });
      expect(tunnels.length).toBeGreaterThan(0);
      expect(new Set(tunnels)).toEqual(new Set([new URL(server.baseUrl).host]));
      expect((await run('ls --json')).out).toContain('"days":2');
      tunnels.length = 0;
      const doctor = await run('doctor --json', { HTTP_PROXY: `http://me:secret@${address.slice(7)}` });
      expect(doctor).toMatchObject({ code: 0, err: '' });
      expect(doctor.out).not.toContain('secret');
      expect(tunnels.length).toBeGreaterThan(0);
      // Through a proxy that is not there nothing is reached: no check finds a way of its own.
      const lost = await run('doctor --json', { HTTP_PROXY: 'http://127.0.0.1:9' });
      expect([lost.code, lost.out.match(/"status":"failed"/g)?.length]).toEqual([1, 5]);

      tunnels.length = 0;
      expect(await run(`${line} --to 2024-02-05`, { HTTP_PROXY: address, NO_PROXY: '127.0.0.1' })).toMatchObject({
        code: 0,
      });
      expect(tunnels).toEqual([]);
    } finally {
      await server.close();
      proxy.closeAllConnections();
      proxy.close();
    }
  });
});
