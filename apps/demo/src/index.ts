export { type DemoSurroundings, runDemo } from './demo.ts';
export type { MigratorPort } from './contract/migrator-port.ts';
