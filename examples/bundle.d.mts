import type { BuildOptions } from 'esbuild';

export declare function bundle(entry: BuildOptions): Promise<void>;
