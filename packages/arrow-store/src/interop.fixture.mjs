// Opens a cache with polars, in a process of its own, and compares every value with what was written:
//   node interop.fixture.mjs FOLDER-WITH-NODEJS-POLARS ROOT EXPECTED.json
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [installed, root, expected] = process.argv.slice(2);
const polars = createRequire(join(installed, 'package.json'))('nodejs-polars');

const TYPES = {
  timestamp: 'Datetime(us,UTC)',
  int64: 'Int64',
  float64: 'Float64',
  bool: 'Bool',
  text: 'String',
};

/** The values of a column as text, as JavaScript writes them. */
function texts(frame, name, kind) {
  const column = frame.getColumn(name);
  assert.equal(String(column.dtype), `DataType(${TYPES[kind]})`, name);
  assert.equal(column.nullCount(), 0, name);
  if (kind === 'timestamp') return column.cast(polars.Int64).cast(polars.Utf8).toArray();
  if (kind === 'int64') return column.cast(polars.Utf8).toArray();
  return column.toArray().map((value) => String(kind === 'bool' ? Number(value) : value));
}

let count = 0;
for (const { folder, columns, files } of JSON.parse(readFileSync(expected, 'utf8'))) {
  const names = Object.keys(columns);
  for (const { path, rows, columns: values } of files) {
    const frame = polars.readIPC(readFileSync(join(root, path)));
    assert.deepEqual(frame.columns, names, path);
    assert.equal(frame.height, rows, path);
    for (const name of names) assert.deepEqual(texts(frame, name, columns[name]), values[name], `${path}: ${name}`);
    count += 1;
  }
  // All files of a dataset at once: polars refuses them where one deviates from the others.
  const whole = polars.scanIPC(join(root, folder, '**', '*.arrow')).collectSync();
  const inOrder = [...files].sort((one, other) => Buffer.from(one.path).compare(Buffer.from(other.path)));
  for (const name of names) {
    const all = inOrder.flatMap(({ columns: values }) => values[name]);
    assert.deepEqual(texts(whole, name, columns[name]), all, `${folder}: ${name}`);
  }
}
console.log(JSON.stringify({ files: count }));
