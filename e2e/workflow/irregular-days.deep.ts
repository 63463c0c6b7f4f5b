import { describe, it } from '@jest/globals';
import { play, SCENARIOS } from './irregular-day-scenarios.ts';

describe('each of the 37 irregular days of BTCUSDT', () => {
  it.each(SCENARIOS)('$date: gaps to the second, asked once', async (scenario) => {
    await play(scenario);
  });
});
