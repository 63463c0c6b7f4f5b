"""The rows and the sum of `close` of one series in a bucket, by three readers: read-bucket.py ENDPOINT BUCKET/PREFIX"""

import json
import os
import sys

import duckdb
import polars
import pyarrow.compute as compute
import pyarrow.dataset as datasets
from pyarrow.fs import S3FileSystem

endpoint, prefix = sys.argv[1:]
folder = f"{prefix}/binance/spot/klines/daily/BTCUSDT/1h"
credentials = {"key": os.environ["AWS_ACCESS_KEY_ID"], "secret": os.environ["AWS_SECRET_ACCESS_KEY"]}

bucket = S3FileSystem(
    access_key=credentials["key"],
    secret_key=credentials["secret"],
    endpoint_override=endpoint.removeprefix("http://"),
    scheme="http",
    region="us-east-1",
)
klines = datasets.dataset(folder, format="ipc", filesystem=bucket)
table = klines.to_table(columns=["open_time", "close"])

frame = (
    polars.scan_ipc(
        f"s3://{folder}/*.arrow",
        storage_options={
            "aws_access_key_id": credentials["key"],
            "aws_secret_access_key": credentials["secret"],
            "aws_endpoint_url": endpoint,
            "aws_region": "us-east-1",
            "aws_allow_http": "true",
        },
    )
    .select("open_time", "close")
    .collect()
)

((rows, close),) = duckdb.sql("select count(*), sum(close) from klines").fetchall()

print(
    json.dumps(
        {
            "pyarrow": {"rows": table.num_rows, "close": compute.sum(table["close"]).as_py()},
            "polars": {"rows": frame.height, "close": frame["close"].sum()},
            "duckdb": {"rows": rows, "close": close},
        }
    )
)
