"""The full forwarding state of a +Grid shell and ground stations, as one writes it with NumPy and SciPy: the yardstick of
`cargo run --release -p skyshed-bench -- --scipy`.

A step: positions from sgp4's C++ (SatrecArray), rotated from TEME by GMST-82 at UT1 = UTC; lengths of all lasers; the satellites
that each station sees, no farther than the longest link to the ground; Dijkstra from every station over a graph with
lasers both ways and arcs from stations to satellites only, so that no way leads through another station. The node before
a satellite is then its next hop to that station, and the first hop from a station to another is the satellite in sight
with the smallest distance up plus rest.

Hypatia's conventions (S. Kassing et al., IMC 2020) for the shell: circular orbits as two-line elements with four decimals,
odd planes shifted by half a place, stations on the WGS72 ellipsoid, links to the ground by distance alone.

    python3 -m venv venv && venv/bin/pip install -r benches/requirements.txt
    venv/bin/python benches/forwarding.py --cities CITIES.txt --planes 72 --per-plane 22 --steps 10

prints JSON: seconds of each step, by part. The list of cities has lines `id,name,latitude_deg,longitude_deg,elevation_m`. With
`--serve` a step is made for each line on stdin, {"time_s": T, "rows": false}; each answer is one line.
"""

import argparse
import json
import math
import os
import sys
import time

# One thread, also in the libraries below NumPy; must be said before these are loaded.
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[threads] = "1"

import numpy as np  # noqa: E402
from scipy.sparse import csr_array  # noqa: E402
from scipy.sparse.csgraph import dijkstra  # noqa: E402
from sgp4.api import Satrec, SatrecArray  # noqa: E402

EARTH_RADIUS_M = 6378135.0
FLATTENING = 1 / 298.26
GRAZING_M = 80000.0
# 2000-01-01T00:00:00, the epoch of the elements, and noon of that day, from where sidereal time counts.
EPOCH_JD = 2451544.5
J2000_JD = 2451545.0


def with_sum(line):
    return line + str(sum(int(c) if c.isdigit() else c == "-" for c in line) % 10)


def satellites(planes, per_plane, inclination_deg, mean_motion):
    """Satellite n of plane p is number p * per_plane + n."""
    records = []
    for plane in range(planes):
        shift_deg = 360.0 / (2.0 * per_plane) if plane % 2 else 0.0
        for place in range(per_plane):
            number = plane * per_plane + place + 1
            first = f"1 {number:05d}U 00000ABC 00001.00000000  .00000000  00000-0  00000+0 0    0"
            raan_deg, anomaly_deg = plane * 360.0 / planes, shift_deg + place * 360 / per_plane
            second = f"2 {number:05d} {inclination_deg:8.4f} {raan_deg:8.4f} 0000001 {0.0:8.4f} {anomaly_deg:8.4f} {mean_motion:11.8f}    0"
            records.append(Satrec.twoline2rv(with_sum(first), with_sum(second)))
    return SatrecArray(records)


def grid(planes, per_plane):
    """Each satellite with the next in its plane and the same place of the next plane."""
    plane, place = np.divmod(np.arange(planes * per_plane), per_plane)
    ahead = plane * per_plane + (place + 1) % per_plane
    beside = (plane + 1) % planes * per_plane + place
    own = np.arange(planes * per_plane)
    return np.concatenate([np.stack([own, ahead], axis=1), np.stack([own, beside], axis=1)])


def stations_m(path):
    """Cartesian coordinates on the ellipsoid WGS72."""
    with open(path, encoding="utf-8") as lines:
        rows = np.array([[float(field) for field in line.split(",")[2:5]] for line in lines if line.strip()])
    latitude, longitude, height_m = np.radians(rows[:, 0]), np.radians(rows[:, 1]), rows[:, 2]
    squared = FLATTENING * (2 - FLATTENING)
    normal_m = EARTH_RADIUS_M / np.sqrt(1 - squared * np.sin(latitude) ** 2)
    around_m = (normal_m + height_m) * np.cos(latitude)
    up_m = (normal_m * (1 - squared) + height_m) * np.sin(latitude)
    return np.stack([around_m * np.cos(longitude), around_m * np.sin(longitude), up_m], axis=1)


def gmst82_rad(day_fraction):
    """Greenwich mean sidereal time (Aoki et al., 1982) that many days after the epoch, UT1 = UTC."""
    centuries = (EPOCH_JD - J2000_JD + day_fraction) / 36525.0
    polynomial_s = 67310.54841 + (876600 * 3600 + 8640184.812866) * centuries + 0.093104 * centuries**2 - 6.2e-6 * centuries**3
    return math.radians(polynomial_s / 240.0) % math.tau


class Shell:
    """What stays from step to step."""

    def __init__(self, args):
        self.count = args.planes * args.per_plane
        self.orbits = satellites(args.planes, args.per_plane, args.inclination_deg, args.mean_motion)
        self.stations_m = stations_m(args.cities)
        self.pairs = grid(args.planes, args.per_plane)
        self.max_gsl_m = math.hypot(args.cone_m, args.altitude_m)
        # Lasers both ways as rows of a sparse matrix; `order` takes lengths of pairs there.
        ends = np.concatenate([self.pairs, self.pairs[:, ::-1]])
        order = np.lexsort((ends[:, 1], ends[:, 0]))
        self.order = order % len(self.pairs)
        self.columns = ends[order, 1].astype(np.int32)
        self.heads = np.concatenate([[0], np.cumsum(np.bincount(ends[:, 0], minlength=self.count))]).astype(np.int32)
        self.stations2 = (self.stations_m**2).sum(axis=1)

    def positions_m(self, time_s):
        day_fraction = time_s / 86400.0
        error, teme_km, _ = self.orbits.sgp4(np.array([EPOCH_JD]), np.array([day_fraction]))
        if error.any():
            raise RuntimeError(f"satellites that cannot be propagated: {np.flatnonzero(error)[:5]}")
        x, y, z = teme_km[:, 0, :].T * 1000.0
        gmst_rad = gmst82_rad(day_fraction)
        cos, sin = math.cos(gmst_rad), math.sin(gmst_rad)
        return np.stack([cos * x + sin * y, cos * y - sin * x, z], axis=1)

    def sights(self, at_m):
        """(station, satellite, distance) of whatever is in sight, by station."""
        # Squares by one matrix product, with a kilometre to spare for what they round; then exactly, for the few.
        squares = self.stations2[:, None] + (at_m**2).sum(axis=1)[None, :] - 2.0 * (self.stations_m @ at_m.T)
        station, satellite = np.nonzero(squares <= (self.max_gsl_m + 1000.0) ** 2)
        distance_m = np.sqrt(((self.stations_m[station] - at_m[satellite]) ** 2).sum(axis=1))
        seen = distance_m <= self.max_gsl_m
        return station[seen], satellite[seen], distance_m[seen]

    def graph(self, at_m, sights):
        """Lasers both ways, then one row per station with its arcs to satellites."""
        station, satellite, distance_m = sights
        lengths_m = np.sqrt(((at_m[self.pairs[:, 0]] - at_m[self.pairs[:, 1]]) ** 2).sum(axis=1))
        stations = len(self.stations_m)
        arcs = np.cumsum(np.bincount(station, minlength=stations)) + self.heads[-1]
        data = np.concatenate([lengths_m[self.order], distance_m])
        columns = np.concatenate([self.columns, satellite.astype(np.int32)])
        heads = np.concatenate([self.heads, arcs.astype(np.int32)])
        return csr_array((data, columns, heads), shape=(self.count + stations, self.count + stations))

    def step(self, time_s):
        """Next hops, [node][station]; -1 where there is none, and on the diagonal. And the seconds it took, by part."""
        begin = time.perf_counter()
        at_m = self.positions_m(time_s)
        placed = time.perf_counter()
        sights = self.sights(at_m)
        graph = self.graph(at_m, sights)
        linked = time.perf_counter()
        stations = len(self.stations_m)
        roots = np.arange(self.count, self.count + stations)
        far_m, before = dijkstra(graph, indices=roots, return_predecessors=True)
        routed = time.perf_counter()
        hops = np.full((self.count + stations, stations), -1, dtype=np.int32)
        hops[: self.count] = np.maximum(before[:, : self.count], -1).T
        self.first_hops(sights, far_m, hops[self.count :])
        ended = time.perf_counter()
        parts = {"positions": placed - begin, "graph": linked - placed, "dijkstra": routed - linked, "hops": ended - routed}
        return hops, {"seconds": ended - begin, **{f"{name}_s": spent for name, spent in parts.items()}}

    def first_hops(self, sights, far_m, hops):
        station, satellite, distance_m = sights
        ends = np.searchsorted(station, np.arange(len(hops) + 1))
        everyone = np.arange(len(hops))
        for own, (first, last) in enumerate(zip(ends[:-1], ends[1:])):
            if first == last:
                continue
            whole_m = far_m[:, satellite[first:last]] + distance_m[first:last]
            best = whole_m.argmin(axis=1)
            hops[own] = np.where(np.isinf(whole_m[everyone, best]), -1, satellite[first:last][best])
            hops[own, own] = -1


def arguments():
    parser = argparse.ArgumentParser(description="The full forwarding state of a +Grid shell, with NumPy and SciPy, on one thread.")
    parser.add_argument("--cities", required=True, help="file of lines id,name,latitude_deg,longitude_deg,elevation_m")
    parser.add_argument("--planes", type=int, default=72)
    parser.add_argument("--per-plane", type=int, default=22)
    parser.add_argument("--inclination-deg", type=float, default=53.0)
    parser.add_argument("--mean-motion", type=float, default=15.19, help="revolutions per day")
    parser.add_argument("--altitude-m", type=float, default=550000.0, help="nominal; the longest link to the ground follows from it")
    parser.add_argument("--cone-m", type=float, default=940700.0, help="how far from below a satellite a station may stand")
    parser.add_argument("--steps", type=int, default=10, help="steps of one second")
    parser.add_argument("--serve", action="store_true", help="one step per line on stdin")
    return parser.parse_args()


def serve(shell):
    print(json.dumps({"satellites": shell.count, "stations": len(shell.stations_m)}), flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        hops, answer = shell.step(wanted["time_s"])
        if wanted.get("rows"):
            answer["next"] = hops.ravel().tolist()
        print(json.dumps(answer), flush=True)


def main():
    args = arguments()
    shell = Shell(args)
    if args.serve:
        serve(shell)
        return
    steps = [shell.step(float(second))[1] for second in range(args.steps)]
    median = float(np.median([step["seconds"] for step in steps]))
    report = {"satellites": shell.count, "stations": len(shell.stations_m), "seconds_median": median, "steps": steps}
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
