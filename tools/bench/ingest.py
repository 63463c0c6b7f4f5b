"""The ways of Python: `ingest.py polars|pyarrow FOLDER OUT ROUNDS` prints milliseconds a file, wall and CPU, as JSON.
`ingest.py polars-loopback FOLDER OUT ROUNDS BASE_URL` gets the folder's files over HTTP on eight threads, with their
CHECKSUM, and prints the milliseconds of all."""
import io, json, os, sys, threading, time, zipfile

way, folder, out, rounds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
if way.startswith('polars'):
    import polars as pl
else:
    import pyarrow as pa
    from pyarrow import csv, ipc


def ingest(data, path):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        member = archive.read(archive.namelist()[0])
    if way.startswith('polars'):
        pl.read_csv(member, has_header=False).write_ipc(path + '.tmp')
    else:
        table = csv.read_csv(io.BytesIO(member), read_options=csv.ReadOptions(autogenerate_column_names=True))
        with ipc.new_file(path + '.tmp', table.schema) as writer:
            writer.write_table(table)
    os.replace(path + '.tmp', path)


def over_loopback(base_url):
    import concurrent.futures, hashlib, urllib.request

    try:
        import requests

        local = threading.local()

        def get(url):
            if not hasattr(local, 'session'):
                local.session = requests.Session()
            return local.session.get(url).content
    except ImportError:

        def get(url):
            return urllib.request.urlopen(url).read()

    def one(name):
        symbol, interval = name.split('-')[:2]
        url = f'{base_url}/data/spot/daily/klines/{symbol}/{interval}/{name}'
        data = get(url)
        assert get(url + '.CHECKSUM').decode().split(' ')[0] == hashlib.sha256(data).hexdigest()
        ingest(data, os.path.join(out, name + '.arrow'))

    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(one, os.listdir(folder)))
        times.append(time.perf_counter() - started)
    print(json.dumps({'median': sorted(times)[len(times) // 2] * 1000}))


if way == 'polars-loopback':
    over_loopback(sys.argv[5])
    sys.exit()

files = [open(os.path.join(folder, name), 'rb').read() for name in sorted(os.listdir(folder))]
times, cpu = [], time.process_time()
for _ in range(rounds):
    for index, data in enumerate(files):
        path = os.path.join(out, f'{way}{index}.arrow')
        if os.path.exists(path):  # as in ingest.bench.mjs
            os.remove(path)
        started = time.perf_counter()
        ingest(data, path)
        times.append(time.perf_counter() - started)
times.sort()
print(json.dumps({'median': times[len(times) // 2] * 1000, 'cpu': (time.process_time() - cpu) * 1000}))
