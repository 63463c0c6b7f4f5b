"""Two columns of a year of 1m by the month in a bucket: bucket.py pyarrow|polars HOST:PORT BUCKET"""

import json
import sys

way, host, bucket = sys.argv[1:]
folder = f"{bucket}/binance/spot/klines/monthly/BTCUSDT/1m"
key, secret = "vision", "vision-secret"

if way == "pyarrow":
    import pyarrow.compute as compute
    import pyarrow.dataset as datasets
    from pyarrow.fs import S3FileSystem

    place = S3FileSystem(access_key=key, secret_key=secret, endpoint_override=host, scheme="http", region="us-east-1")
    table = datasets.dataset(folder, format="ipc", filesystem=place).to_table(columns=["open_time", "close"])
    print(json.dumps({"rows": table.num_rows, "close": compute.sum(table["close"]).as_py()}))
else:
    import polars

    options = {
        "aws_access_key_id": key,
        "aws_secret_access_key": secret,
        "aws_endpoint_url": f"http://{host}",
        "aws_region": "us-east-1",
        "aws_allow_http": "true",
    }
    frame = polars.scan_ipc(f"s3://{folder}/*.arrow", storage_options=options).select("open_time", "close").collect()
    print(json.dumps({"rows": frame.height, "close": frame["close"].sum()}))
