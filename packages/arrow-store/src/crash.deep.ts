import { describe, it } from '@jest/globals';
import { ERRORS, failAtEachCall, protocols } from './crash-protocols.fixture.ts';

describe.each(protocols)('$name', (protocol) => {
  it.each(ERRORS)('fails at any step with $code, leaves old or new, and can be done again', async (failure) => {
    await failAtEachCall(protocol, failure);
  });
});
