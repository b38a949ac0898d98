"""Reads the API with clients not written here: Arrow tables with pyarrow, packed bodies with two packers' own bindings.

Usage: api_reads.py BASE_URL. Prints one line for each thing that was read; any difference is an error.
"""

import io
import json
import sys
import urllib.request

import brotli
import pyarrow
import zstandard

base = sys.argv[1]


def ask(path, coding=None):
    request = urllib.request.Request(base + path, headers={"accept-encoding": coding} if coding else {})
    with urllib.request.urlopen(request, timeout=120) as response:
        return response.headers, response.read()


def table(path, coding=None):
    headers, body = ask(path, coding)
    assert headers["content-type"] == "application/vnd.apache.arrow.stream", headers
    if coding:
        assert headers["content-encoding"] == coding, headers
        body = unpack[coding](body)
    return pyarrow.ipc.open_stream(io.BytesIO(body)).read_all()


unpack = {
    "br": brotli.decompress,
    "gzip": __import__("gzip").decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}

for path in ["/api/v1/coverage?by=country", "/openapi.json", "/docs", "/api/v1/cells/raster", "/api/v1/why?place=Taipei"]:
    _, plain = ask(path)
    for coding, packer in unpack.items():
        headers, packed = ask(path, coding)
        assert headers["content-encoding"] == coding, (path, coding, headers)
        assert packer(packed) == plain, (path, coding)
        assert len(packed) * 2 < len(plain), (path, coding, len(packed), len(plain))
    print("packed", path, len(plain))

slot = json.loads(ask("/api/v1/slot")[1])
served = table("/api/v1/cells.arrow?cells=served", "gzip")
assert served.num_rows == slot["cells"]["served"], (served.num_rows, slot["cells"])
assert all(served["served"].to_pylist())
assert served.schema.metadata[b"skyshed.time"].decode() == slot["time"]
assert all(field.metadata[b"meaning"] for field in served.schema)
print("cells served", served.num_rows)

inhabited = table("/api/v1/cells.arrow")
people = sum(inhabited["people"].to_pylist())
assert people == slot["people"]["total"], (people, slot["people"])
print("cells inhabited", inhabited.num_rows)

rows = {row["cell"]: row for row in table("/api/v1/cells.arrow?cells=all&territory=BE").to_pylist()}
listed = json.loads(ask("/api/v1/cells?territory=BE&limit=1000")[1])["items"]
assert {row["cell"] for row in listed} == set(rows)
for row in listed:
    other = rows[row["cell"]]
    for key in ["latitude_deg", "longitude_deg", "territory", "people", "served", "gateway", "pop"]:
        assert row[key] == other[key], (key, row, other)
    if row["served"]:
        assert row["satellite"]["catalog_number"] == other["satellite"]
        assert abs(row["rtt_ms"] - other["rtt_ms"]) < 1e-3
print("cells of BE", len(rows))

satellites = table("/api/v1/satellites.arrow", "br").to_pylist()
assert len(satellites) == slot["satellites"]["total"]
page = json.loads(ask("/api/v1/satellites?limit=1000")[1])["items"]
assert satellites[: len(page)] == page
print("satellites", len(satellites))
