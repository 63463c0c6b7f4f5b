import { describe, expect, it } from '@jest/globals';
import { DataSourceManager } from '../data-source-manager.ts';

const cache = { loadMany: () => Promise.reject(new Error('not to be asked')) };
const made = (options: object) => () => new DataSourceManager({ cache, ...options } as never);
const refused = (option: string) => expect.objectContaining({ code: 'E_OPTION', details: expect.objectContaining({ option }) }); // prettier-ignore

describe('what plain JavaScript hands to a manager', () => {
  it.each<readonly [string, object]>([
    ['sources', { sources: { kind: 'range' } }],
    ['sources', { sources: ['vision'] }],
    ['concurency', { concurency: 4 }],
    ['concurrency', { concurrency: 0 }],
    ['cache', { cache: undefined }],
    ['now', { now: 5 }],
  ])('is refused by the name of the option: %s', (option, options) => {
    expect(made(options)).toThrow(refused(option));
  });

  it('is taken where it is undefined', () => {
    expect(made({ sources: undefined, cocurrency: undefined })).not.toThrow();
  });

  it('is refused of a request before anything is asked', async () => {
    const manager = new DataSourceManager({ cache } as never);
    const query = { symbol: 'BTCUSDT', interval: '1h', start: '2024-01-01', end: '2024-01-02' } as const;
    await expect(manager.getKlines(query, { mod: 'offline' } as never)).rejects.toEqual(refused('mod'));
    await expect(manager.getKlines(query, { mode: 'ofline' } as never)).rejects.toEqual(refused('mode'));
  });
});
