import { describe, expect, it } from '@jest/globals';
import type { MigratorPort } from '@vision-cache/demo';
import * as migrator from '@vision-cache/migrator';

describe('the migrator that tools/demo.mjs hands to the demo', () => {
  it('is what the demo needs', () => {
    const port: MigratorPort<migrator.OpenPlan> = migrator;
    for (const step of [
      'plan',
      'apply',
      'verify',
      'rollback',
      'planLines',
      'openPlan',
      'outcomes',
      'leftAlone',
    ] as const) {
      expect(typeof port[step]).toBe('function');
    }
  });
});
