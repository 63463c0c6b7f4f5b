// The migrator's second thread, which it looks for beside the piece that it stands in.
await import('@vision-cache/migrator/decode-worker');
