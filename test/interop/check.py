"""Reads the files of a folder with every library, writes files with every library, and says all values in one plain form."""

import base64
import json
import os
import sys

import datasets
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

folder = sys.argv[1]
at = lambda name: os.path.join(folder, name)


def plain(array):
    """Values of an Arrow array: whole numbers as text, times as counts of their unit, bytes as base64."""
    if isinstance(array, pa.ChunkedArray):
        return [value for chunk in array.chunks for value in plain(chunk)]
    kind = array.type
    if isinstance(array, pa.ExtensionArray):
        return plain(array.storage)
    if pa.types.is_dictionary(kind):
        return plain(array.dictionary_decode())
    valid = array.is_valid().to_pylist()
    null = lambda values: [value if ok else None for value, ok in zip(values, valid)]
    if pa.types.is_timestamp(kind):
        per = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[kind.unit]
        return null([None if v is None else str(v * per) for v in array.cast(pa.int64()).to_pylist()])
    if pa.types.is_integer(kind):
        return null([None if v is None else str(v) for v in array.to_pylist()])
    if pa.types.is_floating(kind):
        return null([None if v is None else "NaN" if v != v else float(v) for v in array.to_pylist()])
    if pa.types.is_date(kind) or pa.types.is_decimal(kind):
        return null([None if v is None else str(v) for v in array.to_pylist()])
    if pa.types.is_map(kind):
        pairs = [None if v is None else [[k, x] for k, x in v] for v in array.to_pylist()]
        return null(pairs)
    if pa.types.is_struct(kind):
        fields = {kind.field(i).name: plain(array.field(i)) for i in range(kind.num_fields)}
        return null([{name: fields[name][row] for name in sorted(fields)} for row in range(len(array))])
    if is_list(kind):
        return null([None if not ok else plain(array[row].values) for row, ok in enumerate(valid)])
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind) or pa.types.is_fixed_size_binary(kind):
        return null([None if v is None else base64.b64encode(v).decode() for v in array.to_pylist()])
    return null(array.to_pylist())


def is_list(kind):
    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def table(of):
    return {name: plain(of.column(name)) for name in of.column_names}


def tried(read):
    try:
        return table(read())
    except Exception as error:  # said in the report, compared with what is known not to work
        return {"error": f"{type(error).__name__}: {error}"[:300]}


def hugging(builder, name):
    options = {"data_files": at(name), "split": "train", "cache_dir": at("cache")}
    return datasets.load_dataset(builder, **options).with_format("arrow")[:]


READERS = {
    "pyarrow arrow": lambda: ipc.open_file(at("all.arrow")).read_all(),
    "pyarrow arrow, mapped": lambda: ipc.open_file(pa.memory_map(at("all.arrow"))).read_all(),
    "pyarrow parquet": lambda: pq.read_table(at("all.parquet")),
    "pandas arrow": lambda: pa.Table.from_pandas(pd.read_feather(at("all.arrow"), dtype_backend="pyarrow")),
    "pandas parquet": lambda: pa.Table.from_pandas(pd.read_parquet(at("all.parquet"), dtype_backend="pyarrow")),
    "polars arrow": lambda: pl.read_ipc(at("all.arrow")).to_arrow(),
    "polars parquet": lambda: pl.read_parquet(at("all.parquet")).to_arrow(),
    "datasets arrow": lambda: hugging("arrow", "few.arrow"),
    "datasets parquet": lambda: hugging("parquet", "few.parquet"),
}


def frame():
    """What others write, in types that every library has."""
    return pa.table(
        {
            "i": pa.array([1, None, 3], pa.int32()),
            "l": pa.array([2**62, -1, None], pa.int64()),
            "f": pa.array([0.5, float("nan"), None], pa.float64()),
            "b": pa.array([True, None, False], pa.bool_()),
            "t": pa.array(["grüße 😀", "", None], pa.string()),
            "y": pa.array([b"\xff\x00", None, b""], pa.binary()),
            "ts": pa.array([1709210096789, None, -1], pa.timestamp("ms", "UTC")),
            "xs": pa.array([[1.5, None], [], None], pa.list_(pa.float32())),
            "s": pa.array([{"a": 1, "b": "x"}, None, {"a": None, "b": "y"}], pa.struct([("a", pa.int64()), ("b", pa.string())])),
        }
    )


def stored(of):
    """The same values, stored otherwise."""
    return {
        "dictionary": of.set_column(4, "t", of["t"].dictionary_encode()),
        "large": of.set_column(4, "t", of["t"].cast(pa.large_string())).set_column(7, "xs", of["xs"].cast(pa.large_list(pa.float32()))),
        "view": of.set_column(4, "t", of["t"].cast(pa.string_view())),
    }


def write():
    of = frame()
    for name, one in {"plain": of, **stored(of)}.items():
        with ipc.new_file(at(f"{name}.arrow"), one.schema) as out:
            out.write_table(one, max_chunksize=2)
        with ipc.new_stream(at(f"{name}.stream.arrow"), one.schema) as out:
            out.write_table(one, max_chunksize=2)
    for codec in ["uncompressed", "lz4", "zstd"]:
        feather.write_feather(pa.concat_tables([of] * 1000), at(f"feather-{codec}.arrow"), compression=codec)
    for codec in ["none", "snappy", "zstd", "gzip"]:
        pq.write_table(of, at(f"pyarrow-{codec}.parquet"), compression=codec, row_group_size=2)
    pd_frame = of.to_pandas(types_mapper=pd.ArrowDtype)
    pd_frame.to_parquet(at("pandas.parquet"))
    polars = pl.from_arrow(of)
    polars.write_ipc(at("polars.arrow"))
    polars.write_parquet(at("polars.parquet"))
    tensors = pa.ExtensionArray.from_storage(
        pa.fixed_shape_tensor(pa.float32(), [2, 2]), pa.array([[1, 2, 3, 4], [5, 6, 7, 8]], pa.list_(pa.float32(), 4))
    )
    of_tensors = pa.table({"v": tensors})
    with ipc.new_file(at("tensor.arrow"), of_tensors.schema) as out:
        out.write_table(of_tensors)
    pq.write_table(of_tensors, at("tensor.parquet"))
    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["neg", "pos"])})
    labelled = datasets.Dataset.from_dict({"text": ["bad", "good"], "label": [0, 1]}, features=features)
    labelled.save_to_disk(at("labelled"))
    labelled.to_parquet(at("labelled.parquet"))
    return table(of)


print(json.dumps({"read": {name: tried(read) for name, read in READERS.items()}, "written": write()}))
