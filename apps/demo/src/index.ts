export { type DemoSurroundings, runDemo } from './demo.ts';
export type { MigratorPort } from './migrator-port.ts';
