import { afterEach } from '@jest/globals';
import { type House, openHouse } from './compose.ts';

/** Gives a function that opens houses, and closes them after each test. */
export function useHouses(): typeof openHouse {
  const houses: House[] = [];
  afterEach(async () => {
    await Promise.all(houses.splice(0).map((house) => house.close()));
  });
  return async (...options) => {
    const house = await openHouse(...options);
    houses.push(house);
    return house;
  };
}
