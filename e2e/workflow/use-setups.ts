import { afterEach } from '@jest/globals';
import { type Setup, openSetup } from './compose.ts';

/** Gives a function that opens setups, and closes them after each test. */
export function useSetups(): typeof openSetup {
  const setups: Setup[] = [];
  afterEach(async () => {
    await Promise.all(setups.splice(0).map((setup) => setup.close()));
  });
  return async (...options) => {
    const setup = await openSetup(...options);
    setups.push(setup);
    return setup;
  };
}
