import { defineConfig } from 'vite';

export default defineConfig({
  root: 'src/web',
  base: './',
  // The packages' sources: the page needs no build of them.
  resolve: { conditions: ['@vision-cache/source', 'browser', 'module', 'import', 'default'] },
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  worker: { format: 'es' },
  logLevel: 'warn',
});
