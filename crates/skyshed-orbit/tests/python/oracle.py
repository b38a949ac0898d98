"""Reference values for the tests of skyshed-orbit, computed by software not written here, as JSON on standard output.

Run with a Python that has the packages of requirements.txt. Sources:
  aiaa      SGP4-VER.TLE and tcppver.out of AIAA 2006-6753, and python-sgp4's (Vallado's C++) own states and errors
  frames    skyfield: TEME to ITRF, look angles; astropy: GMST-82 (ERFA), TEME to ITRS with polar motion, geodetic
  sun       astropy: the apparent Sun in ITRS
  gpconf    the conformance corpus for wide catalogue numbers: its vectors, and its reference reader's records
  ut1       astropy-iers-data: the daily UT1-UTC table
Holds no expectations of its own: the tests decide what agrees.
"""

import json
import os
import sys
import warnings
from datetime import datetime, timedelta, timezone

warnings.filterwarnings("ignore")


def main():
    parts = {"aiaa": aiaa, "frames": frames, "gpconf": gpconf_corpus, "sun": sun, "ut1": ut1}
    json.dump(parts[sys.argv[1]](), sys.stdout)


def checksum(line):
    return sum(int(c) if c.isdigit() else (c == "-") for c in line[:68]) % 10


def aiaa():
    import sgp4
    from sgp4.api import WGS72, Satrec

    folder = os.path.dirname(sgp4.__file__)
    lines = open(os.path.join(folder, "SGP4-VER.TLE")).read().splitlines()
    pairs = []
    for first, second in zip(lines, lines[1:]):
        if first.startswith("1 ") and second.startswith("2 "):
            # Columns beyond 69 hold the test's own times; some checksums are missing in the published file.
            pairs.append([line[:68].ljust(68) + str(checksum(line)) for line in (first, second)])
    expected, current = [], None
    for line in open(os.path.join(folder, "tcppver.out")):
        fields = line.split()
        if len(fields) == 2 and fields[1] == "xx":
            current = []
            expected.append(current)
        elif len(fields) >= 7:
            current.append([float(field) for field in fields[:7]])
    assert len(pairs) == len(expected), (len(pairs), len(expected))
    cases = []
    for (first, second), states in zip(pairs, expected):
        plain = Satrec.twoline2rv(first, second)
        afspc = Satrec()
        epoch = plain.jdsatepoch + plain.jdsatepochF - 2433281.5
        afspc.sgp4init(WGS72, "a", plain.satnum, epoch, plain.bstar, plain.ndot, plain.nddot, plain.ecco,
                       plain.argpo, plain.inclo, plain.mo, plain.no_kozai, plain.nodeo)
        times = [state[0] for state in states] + [minutes * 90.0 for minutes in range(-16, 33)]
        python = []
        for minutes in times:
            error, position, velocity = plain.sgp4_tsince(minutes)
            error_a, position_a, velocity_a = afspc.sgp4_tsince(minutes)
            python.append({"minutes": minutes, "error": error_a, "error_improved": error,
                           "state": [*position_a, *velocity_a] if error_a == 0 else None})
        cases.append({"lines": [first, second], "published": states, "python": python})
    return {"cases": cases}


TLES = [
    ("1 44714U 19074B   26234.17284867  .00007595  00000+0  89842-3 0  999",
     "2 44714  53.1481 110.2629 0005172  75.9267 284.2321 15.3116591237448"),
    ("1 25544U 98067A   26234.51782528  .00002182  00000-0  11606-4 0  292",
     "2 25544  51.6416 247.4627 0006703 130.5360 325.0288 15.4912539156353"),
    ("1 60001U 26001A   26234.50000000  .00001234  00000+0  12345-3 0  999",
     "2 60001  97.5000  12.5000 0015000  90.2500 270.1250 14.95000000 1234"),
]
OBSERVERS = [(51.5, -0.14, 35.0), (0.0, 0.0, 0.0), (78.22, 15.65, 450.0), (-89.99, 45.0, 2800.0), (-33.92, 151.2, 5.0),
             (90.0, 0.0, 0.0)]


def frames():
    import erfa
    import numpy as np
    from astropy import units
    from astropy.coordinates import ITRS, TEME, CartesianDifferential, CartesianRepresentation, EarthLocation
    from astropy.time import Time
    from astropy.utils import iers
    from sgp4.api import Satrec
    from skyfield.api import EarthSatellite, load, wgs84
    from skyfield.framelib import itrs

    iers.conf.auto_download = False
    timescale = load.timescale(builtin=True)
    begin = datetime(2026, 8, 22, 0, 0, 12, tzinfo=timezone.utc)
    cases = []
    for first, second in TLES:
        first, second = (line + str(checksum(line)) for line in (first, second))
        satellite = EarthSatellite(first, second, ts=timescale)
        for step in range(12):
            utc = begin + timedelta(minutes=137 * step, microseconds=250_000 * step)
            time = timescale.from_datetime(utc)
            at = Time(utc.replace(tzinfo=None), scale="utc")
            error, position, velocity = Satrec.twoline2rv(first, second).sgp4(at.jd1, at.jd2)
            assert error == 0
            teme = TEME(CartesianRepresentation(position * units.km), obstime=at)
            full = teme.transform_to(ITRS(obstime=at)).cartesian.xyz.to_value(units.m)
            looks = []
            for latitude, longitude, height in OBSERVERS:
                observer = wgs84.latlon(latitude, longitude, elevation_m=height)
                elevation, azimuth, distance = (satellite - observer).at(time).altaz()
                looks.append({"observer": [latitude, longitude, height], "azimuth_deg": azimuth.degrees,
                              "elevation_deg": elevation.degrees, "range_m": distance.m})
            ut1 = at.ut1
            cases.append({
                "lines": [first, second],
                "time": utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "skyfield_dut1_s": float(time.dut1),
                "iers_dut1_s": float(at.delta_ut1_utc),
                "gmst82_rad": float(erfa.gmst82(ut1.jd1, ut1.jd2)),
                "skyfield_itrf_m": [float(v) for v in satellite.at(time).frame_xyz(itrs).m],
                "skyfield_itrf_m_s": [float(v) for v in satellite.at(time).frame_xyz_and_velocity(itrs)[1].m_per_s],
                "astropy_itrs_m": [float(v) for v in full],
                "looks": looks,
            })
    geodetic = []
    for latitude in np.linspace(-90, 90, 19):
        for longitude in (-180.0, -77.0, 0.0, 123.456):
            for height in (-400.0, 0.0, 550e3, 35786e3):
                location = EarthLocation.from_geodetic(longitude, latitude, height)
                geodetic.append({"geodetic": [float(latitude), longitude, height],
                                 "itrf_m": [float(v) for v in (location.x.value, location.y.value, location.z.value)]})
    return {"cases": cases, "geodetic": geodetic}


def gpconf_corpus():
    import gpconf
    from gpconf import tle as gpconf_tle
    from gpconf.adapters.reference import Parser

    corpus = os.path.join(os.path.dirname(gpconf.__file__), "corpus")
    files = []
    for folder, _, names in sorted(os.walk(os.path.join(corpus, "derived"))):
        for name in sorted(names):
            form = name.rsplit(".", 1)[-1]
            if name.endswith(".provenance.json") or form not in ("tle", "kvn", "xml", "json", "csv"):
                continue
            path = os.path.join(folder, name)
            files.append({"path": path, "name": name, **read(Parser(), path, form)})
    vectors = {}
    for name in sorted(os.listdir(os.path.join(corpus, "vectors"))):
        vectors[name.removesuffix(".json")] = json.load(open(os.path.join(corpus, "vectors", name)))
    alpha5 = [{"field": gpconf_tle.to_alpha5(number), "number": number} for number in range(0, 340_000, 997)]
    return {"files": files, "vectors": vectors, "alpha5": alpha5}


def read(parser, path, form):
    """The corpus's own reading of a file; a record it refuses is counted, a file it refuses has no records."""
    try:
        records = parser.parse(open(path, "rb").read(), form)
    except Exception as error:  # noqa: BLE001 - any refusal is an answer
        return {"error": str(error), "records": None, "refused": 0}
    plain = [record for record in records if "_refused" not in record]
    texts = [{key: None if value is None else str(value) for key, value in record.items() if key != "presence"}
             for record in plain]
    return {"error": None, "records": texts, "refused": len(records) - len(plain)}


def sun():
    from astropy.coordinates import ITRS, get_sun
    from astropy.time import Time
    from astropy.utils import iers

    iers.conf.auto_download = False
    iers.conf.auto_max_age = None
    cases = []
    for step in range(60):
        utc = datetime(2020, 1, 1, 3, 7, 9) + timedelta(days=45 * step, minutes=97 * step)
        at = Time(utc, scale="utc")
        place = get_sun(at).transform_to(ITRS(obstime=at)).cartesian.xyz
        unit = (place / (place**2).sum() ** 0.5).value
        cases.append({"time": utc.strftime("%Y-%m-%dT%H:%M:%SZ"), "itrs": [float(v) for v in unit]})
    return {"cases": cases}


def ut1():
    import astropy_iers_data

    path = astropy_iers_data.IERS_A_FILE
    return {"path": str(path)}


if __name__ == "__main__":
    main()
