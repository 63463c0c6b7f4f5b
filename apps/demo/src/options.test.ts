import { describe, expect, it } from '@jest/globals';
import { parseOptions } from './options.ts';

describe(parseOptions, () => {
  it('starts the embedded archive on loopback by default', () => {
    expect(parseOptions([])).toEqual({
      run: { live: false, once: false, cache: undefined, port: 4173, host: '127.0.0.1' },
    });
  });

  it('takes every option', () => {
    expect(parseOptions(['--live', '--once', '--cache', 'data', '--port', '0', '--host', '::'])).toEqual({
      run: { live: true, once: true, cache: 'data', port: 0, host: '::' },
    });
  });

  it('says what is wrong in a sentence', () => {
    expect(parseOptions(['--port', 'many'])).toEqual({
      wrong: '--port takes a number from 0 to 65535, and "many" is none.',
    });
    expect(parseOptions(['--cahce', 'x'])).toEqual({ wrong: expect.stringContaining("Unknown option '--cahce'") });
  });

  it('knows --help', () => {
    expect(parseOptions(['-h'])).toEqual({ help: true });
  });
});
