"""Opens a cache with pyarrow, pandas or polars, and compares every value with what was written.

    python3 interop.fixture.py ROOT EXPECTED LIBRARY

EXPECTED is a JSON file: for each folder of a dataset its columns with their types, and its files with the values of each
column as text. Nothing of vision-cache is used here: what these libraries read is what is on the disk.
"""

import json
import os
import sys


def wanted_values(kind, texts):
    if kind == "float64":
        return [float(text) for text in texts]
    if kind == "bool":
        return [text == "1" for text in texts]
    if kind == "text":
        return list(texts)
    return [int(text) for text in texts]  # int64, and timestamps in microseconds


def same(left, right):
    return left == right or (left != left and right != right)


def compare(where, wanted, found):
    if len(wanted) != len(found):
        sys.exit(f"{where}: {len(wanted)} values were written, and {len(found)} read")
    for row, (left, right) in enumerate(zip(wanted, found)):
        if not same(left, right):
            sys.exit(f"{where}, row {row}: {left!r} was written, and {right!r} read")


def compare_file(library, path, kinds, columns, values_of):
    for name, kind in kinds.items():
        compare(f"{library}: {path}: {name}", wanted_values(kind, columns[name]), values_of(name, kind))


def check(condition, message):
    if not condition:
        sys.exit(message)


def with_pyarrow(root, folder, kinds, files):
    import pyarrow as pa
    import pyarrow.dataset as ds

    types = {
        "timestamp": pa.timestamp("us", tz="UTC"),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "bool": pa.bool_(),
        "text": pa.string(),
    }

    def values_of(table):
        def values(name, kind):
            column = table.column(name)
            return (column.cast(pa.int64()) if kind == "timestamp" else column).to_pylist()

        return values

    # All files of a dataset at once: it fails where one of them deviates from the others.
    dataset = ds.dataset(os.path.join(root, folder), format="ipc")
    for name, kind in kinds.items():
        field = dataset.schema.field(name)
        check(field.type == types[kind], f"pyarrow: {folder}: {name} is {field.type}")
    whole = dataset.to_table()
    whole.validate(full=True)
    check(whole.column_names == list(kinds), f"pyarrow: {folder}: columns {whole.column_names}")
    check(whole.num_rows == sum(file["rows"] for file in files), f"pyarrow: {folder}: {whole.num_rows} rows")
    check(len(dataset.files) == len(files), f"pyarrow: {folder}: {len(dataset.files)} files")

    for file in files:
        with pa.memory_map(os.path.join(root, file["path"])) as source:
            table = pa.ipc.open_file(source).read_all()
            table.validate(full=True)
            check(all(not field.nullable for field in table.schema), f"pyarrow: {file['path']}: nullable")
            compare_file("pyarrow", file["path"], kinds, file["columns"], values_of(table))
            del table
        with open(os.path.join(root, file["path"]), "rb") as source:  # as a stream, from behind the first magic
            source.seek(8)
            rows = pa.ipc.open_stream(source).read_all().num_rows
            check(rows == file["rows"], f"pyarrow: {file['path']}: {rows} rows as a stream")


def with_pandas(root, folder, kinds, files):
    import pandas

    for file in files:
        frame = pandas.read_feather(os.path.join(root, file["path"]))
        check(list(frame.columns) == list(kinds), f"pandas: {file['path']}: columns {list(frame.columns)}")

        def values(name, kind, frame=frame):
            column = frame[name]
            if kind == "timestamp":
                check(str(column.dt.tz) == "UTC", f"pandas: {file['path']}: {name} is {column.dtype}")
                column = column.dt.as_unit("us").astype("int64")
            return column.tolist()

        compare_file("pandas", file["path"], kinds, file["columns"], values)


def with_polars(root, folder, kinds, files):
    import polars as pl

    types = {
        "timestamp": pl.Datetime("us", "UTC"),
        "int64": pl.Int64,
        "float64": pl.Float64,
        "bool": pl.Boolean,
        "text": pl.String,
    }

    def values_of(frame):
        def values(name, kind):
            column = frame.get_column(name)
            check(column.dtype == types[kind], f"polars: {folder}: {name} is {column.dtype}")
            return (column.cast(pl.Int64) if kind == "timestamp" else column).to_list()

        return values

    # The whole tree in one scan: polars refuses it where one file deviates.
    everything = os.path.join(root, folder, "**", "*.arrow")
    whole = pl.scan_ipc(everything, include_file_paths="its file").collect()
    check(whole.columns == [*kinds, "its file"], f"polars: {folder}: columns {whole.columns}")
    check(whole.height == sum(file["rows"] for file in files), f"polars: {folder}: {whole.height} rows")
    for file in files:
        part = whole.filter(pl.col("its file").str.ends_with(file["path"]))
        compare_file("polars, scan_ipc", file["path"], kinds, file["columns"], values_of(part))
    for file in files:
        frame = pl.read_ipc(os.path.join(root, file["path"]))
        compare_file("polars, read_ipc", file["path"], kinds, file["columns"], values_of(frame))


LIBRARIES = {"pyarrow": with_pyarrow, "pandas": with_pandas, "polars": with_polars}


def main():
    root, expected, library = sys.argv[1:4]
    with open(expected, encoding="utf-8") as source:
        datasets = json.load(source)
    for dataset in datasets:
        LIBRARIES[library](root, dataset["folder"], dataset["columns"], dataset["files"])
    files = sum(len(dataset["files"]) for dataset in datasets)
    print(json.dumps({"library": library, "files": files}))


main()
