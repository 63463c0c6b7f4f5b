import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { removeTempFolders, shop, tempFolder } from './__fixtures__/command.fixture.ts';

const hasPython = spawnSync('python3', ['-c', 'import duckdb, pandas, polars, pyarrow']).status === 0;
if (!hasPython) console.warn('SKIPPED: readers of Python; duckdb, pandas, polars and pyarrow are not installed.');

let made: Awaited<ReturnType<typeof shop>>;
let out: string;

beforeAll(async () => {
  made = await shop();
  out = tempFolder();
  for (const line of [
    'sync BTCUSDT ETHUSDT --interval 1h --from 2024-01-10 --to 2024-02-15 --quiet',
    `export */1h --to ${join(out, 'flat')} --quiet`,
    `export */1h --to ${join(out, 'hive')} --by month --hive --quiet`,
    `export */1h --to ${join(out, 'feather')} --format feather --quiet`,
  ])
    expect(await made.run(line)).toMatchObject({ code: 0, err: '' });
});

afterAll(async () => {
  await made.server.close();
  removeTempFolders();
});

/** The rows of the cache's own files are what every reader has to find, in every column. */
const COMPARE = `
import sys, duckdb, pandas as pd, polars as pl, pyarrow as pa, pyarrow.dataset as ds, pyarrow.parquet as pq
root, out = sys.argv[1:]
kept = ds.dataset(f'{root}/binance/spot/klines/daily/BTCUSDT/1h', format='ipc').to_table().sort_by('open_time').replace_schema_metadata(None)
assert kept.num_rows > 800, kept.num_rows
file = f'{out}/flat/BTCUSDT-1h.parquet'
schema = pq.read_schema(file)
for name in ('open_time', 'close_time'):
    assert schema.field(name).type == pa.timestamp('us', tz='UTC') and not schema.field(name).nullable, schema.field(name)

def same(what, table):
    table = table.select(kept.column_names).cast(kept.schema)
    assert table.num_rows == kept.num_rows, (what, table.num_rows)
    for name in kept.column_names:
        assert table[name].combine_chunks().equals(kept[name].combine_chunks()), (what, name)

same('pyarrow', pq.read_table(file).replace_schema_metadata(None))
same('polars', pl.read_parquet(file).to_arrow())
same('pandas', pa.Table.from_pandas(pd.read_parquet(file), preserve_index=False).replace_schema_metadata(None))
duckdb.sql("set timezone = 'UTC'")
found = duckdb.sql(f"select * from '{file}'").to_arrow_table()
same('duckdb', found)
same('feather by polars', pl.read_ipc(f'{out}/feather/BTCUSDT-1h.feather').to_arrow())
same('feather by pyarrow', pa.ipc.open_file(f'{out}/feather/BTCUSDT-1h.feather').read_all())
same('feather by pandas', pa.Table.from_pandas(pd.read_feather(f'{out}/feather/BTCUSDT-1h.feather'), preserve_index=False).replace_schema_metadata(None))

group = pq.ParquetFile(file).metadata.row_group(0)
times = kept['open_time'].cast(pa.int64())
for place, name in enumerate(kept.column_names):
    of = group.column(place).statistics
    values = kept[name] if name not in ('open_time', 'close_time') else kept[name]
    assert of.has_min_max and of.min == pa.compute.min(values).as_py() and of.max == pa.compute.max(values).as_py(), name

hive = ds.dataset(f'{out}/hive', format='parquet', partitioning='hive')
chosen = list(hive.get_fragments(filter=(ds.field('symbol') == 'ETHUSDT') & (ds.field('month') == 2)))
assert len(chosen) == 1 and 'symbol=ETHUSDT' in chosen[0].path and 'month=02' in chosen[0].path, chosen
plan = duckdb.sql(f"explain analyze select count(*) from read_parquet('{out}/hive/**/*.parquet', hive_partitioning=true) where symbol = 'ETHUSDT' and month = '02'").fetchall()[0][1]
assert 'Total Files Read: 1' in plan, plan
scanned = pl.scan_parquet(f'{out}/hive/**/*.parquet', hive_partitioning=True).filter(pl.col('symbol') == 'BTCUSDT').select(kept.column_names).collect().sort('open_time').to_arrow()
same('polars over hive', scanned)
print('the same', kept.num_rows)
`;

(hasPython ? describe : describe.skip)('Parquet and Feather', () => {
  it('are read value for value by pyarrow, polars, pandas and DuckDB, and hive folders prune', () => {
    const { stdout, stderr } = spawnSync('python3', ['-c', `import pyarrow.compute\n${COMPARE}`, made.root, out], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^the same \d+\n$/);
  });
});
