"""Holds a folder in Hypatia's format against python-sgp4 and SciPy's Dijkstra.

Usage: oracle.py FOLDER FSTATE TIME_NS. Reads the folder's files, works out positions (SGP4 improved mode, WGS72; GMST-82)
and shortest ways, follows every row one hop and prints as JSON how much longer the way by it is than the shortest.
"""

import csv
import json
import math
import os
import sys

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from sgp4.api import WGS72, Satrec, SatrecArray


def main(folder, fstate, time_ns):
    lines = open(os.path.join(folder, "tles.txt")).read().splitlines()[1:]
    satellites = [Satrec.twoline2rv(a, b, WGS72) for a, b in zip(lines[1::3], lines[2::3])]
    stations = list(csv.reader(open(os.path.join(folder, "ground_stations.txt"))))
    description = dict(line.strip().split("=") for line in open(os.path.join(folder, "description.txt")))
    links = np.loadtxt(os.path.join(folder, "isls.txt"), dtype=int, ndmin=2)
    ours = os.path.exists(os.path.join(folder, "skyshed.txt"))
    notes = dict(
        line.strip().split("=", 1) for line in open(os.path.join(folder, "skyshed.txt")) if not line.startswith("#")
    ) if ours else {"ut1_minus_utc_s": "0"}

    positions = itrf(satellites, time_ns, float(notes["ut1_minus_utc_s"]))
    sites, zeniths = ground(stations, wgs84=ours)
    sight = positions[None, :, :] - sites[:, None, :]
    length = np.linalg.norm(sight, axis=2)
    if ours:
        rows = csv.DictReader(open(os.path.join(folder, "satellites.csv")))
        mask = np.radians([float(row["elevation_mask_deg"]) for row in rows])
        elevation = np.arcsin(np.einsum("gsk,gk->gs", sight, zeniths) / length)
        seen = elevation >= mask[None, :]
    else:
        seen = length <= float(description["max_gsl_length_m"])

    n, m = len(satellites), len(stations)
    laser = np.linalg.norm(positions[links[:, 0]] - positions[links[:, 1]], axis=1)
    gs, sat = np.nonzero(seen)
    down = length[gs, sat]
    graph = csr_matrix(
        (
            np.concatenate([laser, laser, down]),
            (
                np.concatenate([links[:, 0], links[:, 1], gs + n]),
                np.concatenate([links[:, 1], links[:, 0], sat]),
            ),
        ),
        shape=(n + m, n + m),
    )
    # From each station out: distances to satellites, never through another station.
    reach = dijkstra(graph, indices=np.arange(n, n + m))[:, :n]
    whole = np.array([
        np.min(length[g, seen[g]][None, :] + reach[:, seen[g]], axis=1) if seen[g].any() else np.full(m, np.inf)
        for g in range(m)
    ])

    weight = {}
    for (a, b), w in zip(links, laser):
        weight[a, b] = weight[b, a] = w
    worst, checked, wrong, unreachable = 0.0, 0, 0, 0
    for line in open(os.path.join(folder, fstate)):
        node, destination, nxt, _, _ = map(int, line.split(","))
        goal = destination - n
        best = reach[goal, node] if node < n else whole[node - n, goal]
        checked += 1
        if nxt == -1:
            unreachable += 1
            wrong += math.isfinite(best)
            continue
        if node >= n:
            step = length[node - n, nxt] if seen[node - n, nxt] else math.inf
            rest = reach[goal, nxt]
        elif nxt >= n:
            step = length[goal, node] if nxt == destination and seen[goal, node] else math.inf
            rest = 0.0
        else:
            step = weight.get((node, nxt), math.inf)
            rest = reach[goal, nxt]
        if not math.isfinite(step + rest):
            wrong += 1
            continue
        worst = max(worst, step + rest - best)
    rtt = 2e3 * whole[~np.eye(m, dtype=bool)] / 299792458.0
    finite = rtt[np.isfinite(rtt)]
    print(json.dumps({
        "satellites": n, "stations": m, "rows": checked, "wrong": wrong, "unreachable": unreachable,
        "longer_m_max": worst, "seen": int(seen.sum()),
        "rtt_ms": {"min": finite.min(), "mean": finite.mean(), "max": finite.max()},
    }))


def itrf(satellites, time_ns, ut1_minus_utc_s):
    """Positions in metres, Earth-fixed; time counts from the epoch, which is the same for all."""
    first = satellites[0]
    fraction = first.jdsatepochF + time_ns / 86400e9
    error, position, _ = SatrecArray(satellites).sgp4(np.array([first.jdsatepoch]), np.array([fraction]))
    assert not error.any(), error
    t = (first.jdsatepoch - 2451545.0 + fraction + ut1_minus_utc_s / 86400.0) / 36525.0
    seconds = 67310.54841 + (876600.0 * 3600.0 + 8640184.812866) * t + 0.093104 * t * t - 6.2e-6 * t**3
    angle = math.radians(seconds / 240.0 % 360.0)
    x, y, z = 1000.0 * position[:, 0, :].T
    return np.stack([math.cos(angle) * x + math.sin(angle) * y, math.cos(angle) * y - math.sin(angle) * x, z], axis=1)


def ground(stations, wgs84):
    a, f = (6378137.0, 1 / 298.257223563) if wgs84 else (6378135.0, 1 / 298.26)
    e2 = f * (2 - f)
    lat, lon, height = (np.array([float(s[k]) for s in stations]) for k in (2, 3, 4))
    lat, lon = np.radians(lat), np.radians(lon)
    v = a / np.sqrt(1 - e2 * np.sin(lat) ** 2)
    zenith = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    foot = np.stack([v, v, v * (1 - e2)], axis=1)
    return (foot + height[:, None]) * zenith, zenith


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
