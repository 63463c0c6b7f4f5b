/**
 * What a command line needs beyond its help and `status`, each piece when it is asked for. The built command is one file
 * without these, so that it starts at once; this one stands beside it.
 */
export const later = {
  plan: () => import('./run-plan.ts'),
  apply: () => import('../commands/apply.ts'),
  verify: () => import('../commands/verify.ts'),
  rollback: () => import('../commands/rollback.ts'),
  fromFolders: () => import('../commands/rollback-from-folders.ts'),
  finish: () => import('../commands/finish.ts'),
  preview: () => import('../commands/preview.ts'),
  progress: () => import('./show-progress.ts'),
  json: () => import('../report/json.ts'),
  reports: () => import('../report/write-report.ts'),
} as const;
