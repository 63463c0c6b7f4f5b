"""The ways of Python over a tree of the cache: `universe.py polars|pyarrow FOLDER ROUNDS` reads open_time and close of
every series below FOLDER and prints the milliseconds of each round after the first, the rows and a checksum, as JSON."""
import json, sys, time

way, folder, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
if way == 'polars':
    import polars as pl

    def read():
        table = pl.scan_ipc(f'{folder}/*/*/*.arrow').select('open_time', 'close').collect()
        return table.height, table['close'].sum()
else:
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    def read():
        table = ds.dataset(folder, format='ipc').to_table(columns=['open_time', 'close'])
        return table.num_rows, pc.sum(table['close']).as_py()


times = []
for _ in range(rounds + 1):
    started = time.perf_counter()
    rows, total = read()
    times.append((time.perf_counter() - started) * 1000)
print(json.dumps({'times': times[1:], 'rows': rows, 'total': total}))
