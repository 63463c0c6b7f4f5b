import { describe, expect, it } from '@jest/globals';
import { answerOf, NATURE_CASES, type NatureCase, type NatureResult, tableOf } from './natures-table.ts';

const results: (readonly [NatureCase, NatureResult])[] = [];

describe('a day of each nature with the faults of the paper', () => {
  it.each(NATURE_CASES.map((each) => [`${each.market} ${each.nature}: ${each.fault}`, each] as const))(
    '%s is told',
    async (_, each) => {
      const result = await answerOf(each);
      results.push([each, result]);
      const isTold = !result.complete || result.conflicts > 0 || Object.keys(result.quality).length > 0 || result.warnings > 0; // prettier-ignore
      expect({ isTold, warm: result.warm }).toEqual({ isTold: !isNoFault(each), warm: true });
      if (each.fault.startsWith('96 labels')) expect(result).toMatchObject({ conflicts: 96, rows: 192 });
      if (result.gaps.some((gap) => gap.startsWith('short-file')) || result.missingIds.length > 0) {
        expect(result.passes).toEqual({ strict: true, refuse: false });
      }
    },
  );

  it('is printed as a table', () => {
    process.stderr.write(`${tableOf(results)}\n`);
    expect(results).toHaveLength(NATURE_CASES.length);
  });
});

/** A change of the interval is a fact and lacks nothing. */
const isNoFault = ({ fault }: NatureCase): boolean => fault === 'the interval changes';
