import { describe, expect, it } from '@jest/globals';
import { cookieOf, isLoopback, refusal, tokenFor } from './guard.ts';

const home = { host: '127.0.0.1', port: 4173, token: undefined };
const knock = (headers: Record<string, string>, method = 'GET', token?: string) => ({ method, headers, token });

describe(refusal, () => {
  it('hears the page itself, under every name of loopback', () => {
    for (const host of ['127.0.0.1:4173', 'localhost:4173', '[::1]:4173']) {
      expect(refusal(knock({ host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }), home)).toBeUndefined();
    }
  });

  it('hears a program without Origin', () => {
    expect(refusal(knock({ host: '127.0.0.1:4173' }, 'POST'), home)).toBeUndefined();
  });

  it('refuses a name that was rebound to loopback', () => {
    expect(refusal(knock({ host: 'evil.example:4173' }), home)).toMatch(/Host/);
    expect(refusal(knock({ host: '127.0.0.1.evil.example:4173' }), home)).toMatch(/Host/);
  });

  it('refuses another port’s name and no name', () => {
    expect(refusal(knock({ host: '127.0.0.1:80' }), home)).toMatch(/Host/);
    expect(refusal(knock({}), home)).toMatch(/Host/);
  });

  it('refuses a page of another origin', () => {
    const host = '127.0.0.1:4173';
    expect(refusal(knock({ host, origin: 'https://evil.example' }, 'POST'), home)).toMatch(/origin/);
    expect(refusal(knock({ host, origin: 'null' }, 'POST'), home)).toMatch(/origin/);
    expect(refusal(knock({ host, origin: 'http://127.0.0.1:3000' }), home)).toMatch(/origin/);
    expect(refusal(knock({ host, 'sec-fetch-site': 'cross-site' }), home)).toMatch(/site/);
    expect(refusal(knock({ host, 'sec-fetch-site': 'same-site' }), home)).toMatch(/site/);
  });

  it('asks for the token off loopback, in the address or in the cookie', () => {
    const away = { host: '192.168.0.7', port: 4173, token: 'secret' };
    const host = '192.168.0.7:4173';
    expect(refusal(knock({ host }), away)).toMatch(/token/);
    expect(refusal(knock({ host }, 'GET', 'wrong!'), away)).toMatch(/token/);
    expect(refusal(knock({ host }, 'GET', 'secret'), away)).toBeUndefined();
    expect(refusal(knock({ host, cookie: `a=b; ${cookieOf('secret').split(';')[0]!}` }), away)).toBeUndefined();
  });
});

describe(tokenFor, () => {
  it('makes a secret only where others can reach the server', () => {
    expect(tokenFor('127.0.0.1')).toBeUndefined();
    expect(tokenFor('0.0.0.0')).toMatch(/^[\w-]{24}$/);
    expect(isLoopback('0.0.0.0')).toBe(false);
  });
});
