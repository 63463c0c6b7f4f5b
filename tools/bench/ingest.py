"""The ways of Python: `ingest.py polars|pyarrow FOLDER OUT ROUNDS` prints seconds a file, wall and CPU, as JSON."""
import io, json, os, sys, time, zipfile

way, folder, out, rounds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
if way == 'polars':
    import polars as pl
else:
    import pyarrow as pa
    from pyarrow import csv, ipc


def ingest(data, path):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        member = archive.read(archive.namelist()[0])
    if way == 'polars':
        pl.read_csv(member, has_header=False).write_ipc(path + '.tmp')
    else:
        table = csv.read_csv(io.BytesIO(member), read_options=csv.ReadOptions(autogenerate_column_names=True))
        with ipc.new_file(path + '.tmp', table.schema) as writer:
            writer.write_table(table)
    os.replace(path + '.tmp', path)


files = [open(os.path.join(folder, name), 'rb').read() for name in sorted(os.listdir(folder))]
times, cpu = [], time.process_time()
for _ in range(rounds):
    for index, data in enumerate(files):
        started = time.perf_counter()
        ingest(data, os.path.join(out, f'{way}{index}.arrow'))
        times.append(time.perf_counter() - started)
times.sort()
print(json.dumps({'median': times[len(times) // 2] * 1000, 'cpu': (time.process_time() - cpu) * 1000}))
