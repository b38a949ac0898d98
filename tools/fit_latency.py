#!/usr/bin/env python3
"""Fits the two constants of the latency model on measured medians per country, and writes docs/latency.md.

    cargo build --release -p skyshed-cli
    python3 tools/fit_latency.py                 # fit, cross-validate, write docs/latency.md
    python3 tools/fit_latency.py --check         # the same, but only compare with docs/latency.md and the shipped constants

The model is the planner itself: for each value of the second constant on a grid, `skyshed coverage --by country --json`
answers over several slots of a day with every country switched on; a country's prediction is the median over the slots of
`rtt_ms_p50`. The first constant, `latency.access_ms`, is added to every round trip, so its best value for a given second
constant is the median of what is left over. The pair with the smallest mean absolute error wins.

The measurements are read from SKYSHED_DATA (default ../shared/data beside the checkout) and stay there: the document holds
the fit and figures over many countries, never a country's own.

Needs Python 3.11 and nothing else. The result depends on the binary, the measurements and the flags, not on the machine.
"""

import argparse
import csv
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import tomllib
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIG = "crates/skyshed-plan/data/config.toml"
MEASURED = "latency/starlink-residential-admin0-202609-half.csv"
# The second constants that can be tried: key in the configuration, unit, and the grid of values.
SECOND = {
    "latency.laser_hop_ms": ("ms", [step / 4 for step in range(13)]),
    "gateway.fibre_detour": ("", [1 + step / 4 for step in range(9)]),
}
# Stated with the measurements: a straight line over the distance to the nearest point of presence, fitted on all countries.
YARDSTICK_MAE_MS, YARDSTICK_SPEARMAN = 4.6, 0.80
HALVES, SEED = 1000, 20260915


def main():
    options = arguments()
    measured = read_measured(options.data / MEASURED)
    with tempfile.TemporaryDirectory() as scratch:
        grids = {key: grid(key, options, measured, Path(scratch)) for key in SECOND}
    text = document(grids, len(measured), options)
    shipped = next(iter(SECOND))
    print(toml(shipped, fit(grids[shipped])))
    if options.check:
        return compare(text, options.out, shipped, fit(grids[shipped]))
    options.out.write_text(text, encoding="utf-8")
    print(f"wrote {options.out}", file=sys.stderr)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=Path, default=ROOT / "target/release/skyshed", help="the skyshed to ask")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("SKYSHED_DATA", ROOT / "../shared/data")))
    parser.add_argument("--out", type=Path, default=ROOT / "docs/latency.md", help="the document")
    parser.add_argument("--elements", default="preset:starlink-2026", help="as skyshed's flag")
    parser.add_argument("--from", dest="start", default="2026-09-15T00:00:12Z", help="the first slot")
    parser.add_argument("--slots", type=int, default=8, help="slots, spread evenly over a day")
    parser.add_argument("--with", dest="extra", type=Path, help="TOML put after each configuration, to try a variant")
    parser.add_argument("--ground", type=Path, help="as skyshed's flag, to try other sites")
    parser.add_argument("--countries", action="store_true", help="print every country's residual, not for keeping")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the document differs")
    return parser.parse_args()


def read_measured(path):
    """Measured median round trip by ISO 3166-1 alpha-3 code, ms."""
    with open(path, encoding="utf-8", newline="") as file:
        return {row["iso_a3"]: float(row["latency_p50_ms"]) for row in csv.DictReader(file)}


def grid(key, options, measured, scratch):
    """For each value of the second constant: rows (country, modelled without access time, measured), ms."""
    points = {}
    for value in SECOND[key][1]:
        modelled = predictions(key, value, options, scratch)
        both = sorted(measured.keys() & modelled.keys())
        points[value] = [(code, modelled[code], measured[code]) for code in both]
    return points


def predictions(key, value, options, scratch):
    """Median over the slots of each country's median round trip, access time zero, ms."""
    config = scratch / "config.toml"
    extra = options.extra.read_text(encoding="utf-8") if options.extra else ""
    config.write_text(configuration(key, value) + extra, encoding="utf-8")
    by_country = {}
    for at in slot_times(options.start, options.slots):
        for code, rtt_ms in coverage(options, config, at):
            by_country.setdefault(code, []).append(rtt_ms)
    return {code: statistics.median(values) for code, values in by_country.items()}


def configuration(key, value):
    """The differences from the built-in parameters."""
    tables = {"slot": {"scope": '"inhabited"'}, "latency": {"access_ms": 0.0}}
    table, name = key.split(".")
    tables.setdefault(table, {})[name] = value
    lines = [[f"[{table}]"] + [f"{name} = {value}" for name, value in rows.items()] for table, rows in tables.items()]
    return "".join(line + "\n" for table in lines for line in table)


def slot_times(start, slots):
    """Times spread evenly over a day, in whole slots of 15 s from the first."""
    first = datetime.fromisoformat(start.replace("Z", "+00:00")).astimezone(timezone.utc)
    return [first + timedelta(seconds=86400 * slot // slots // 15 * 15) for slot in range(slots)]


def coverage(options, config, at):
    """(country, median round trip over people served) of one slot, for the countries that are served."""
    command = [options.binary, "coverage", "--by", "country", "--json", "--policy", "all-on"]
    command += ["--elements", options.elements, "--config", config, "--at", at.strftime("%Y-%m-%dT%H:%M:%SZ")]
    command += ["--ground", options.ground] if options.ground else []
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr.strip()}")
    for row in json.loads(done.stdout):
        if row.get("iso_a3") and row.get("rtt_ms_p50") is not None:
            yield row["iso_a3"], row["rtt_ms_p50"]


def fit(points, chosen=lambda code: True):
    """(value, access_ms) of the smallest mean absolute error over the chosen countries."""
    best = None
    for value, rows in points.items():
        left = [measured - modelled for code, modelled, measured in rows if chosen(code)]
        access_ms = statistics.median(left)
        error = sum(abs(rest - access_ms) for rest in left)
        if best is None or error < best[0]:
            best = (error, value, access_ms)
    return best[1], round(best[2], 1)


def modelled_and_measured(points, fitted, chosen=lambda code: True):
    """Pairs (modelled, measured), ms, of the chosen countries under a fit."""
    value, access_ms = fitted
    return [(modelled + access_ms, measured) for code, modelled, measured in points[value] if chosen(code)]


def figures(pairs):
    """Mean absolute error, root mean square error, share of variance explained, rank correlation."""
    residuals = [measured - modelled for modelled, measured in pairs]
    mean = statistics.fmean(measured for _, measured in pairs)
    squares = sum(rest * rest for rest in residuals)
    return {
        "mae_ms": statistics.fmean(map(abs, residuals)),
        "rmse_ms": (squares / len(pairs)) ** 0.5,
        "r2": 1 - squares / sum((measured - mean) ** 2 for _, measured in pairs),
        "spearman": spearman(pairs),
    }


def spearman(pairs):
    """Spearman's rank correlation; ties share the mean of their ranks."""
    return statistics.correlation(*(ranks(column) for column in zip(*pairs)))


def ranks(values):
    order = sorted(range(len(values)), key=lambda index: values[index])
    result = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for index in order[start:end]:
            result[index] = (start + end + 1) / 2
        start = end
    return result


def leave_one_out(points):
    """Figures over all countries, each predicted by the fit on all the others."""
    codes = [code for code, _, _ in next(iter(points.values()))]
    pairs = []
    for left_out in codes:
        fitted = fit(points, lambda code: code != left_out)
        pairs += modelled_and_measured(points, fitted, lambda code: code == left_out)
    return figures(pairs)


def random_halves(points):
    """Means and spread of the figures on one half after a fit on the other, over many random halves."""
    codes = [code for code, _, _ in next(iter(points.values()))]
    dice = random.Random(SEED)
    runs = []
    for _ in range(HALVES):
        half = set(dice.sample(codes, len(codes) // 2))
        fitted = fit(points, lambda code: code in half)
        runs.append(figures(modelled_and_measured(points, fitted, lambda code: code not in half)))
    return {key: sorted(run[key] for run in runs) for key in runs[0]}


def quantile(ordered, share):
    """The value below which `share` of the sorted values lie, by linear interpolation."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def toml(key, fitted):
    """The lines for the configuration."""
    value, access_ms = fitted
    return f"{CONFIG}:\nlatency.access_ms = {access_ms:.1f}\n{key} = {value}"


def compare(text, path, key, fitted):
    """Ends the run with a message where the document or the shipped constants are not what it gives."""
    if path.read_text(encoding="utf-8") != text:
        sys.exit(f"{path} is not what this run gives; run tools/fit_latency.py without --check")
    shipped = tomllib.loads((ROOT / CONFIG).read_text(encoding="utf-8"))
    table, name = key.split(".")
    constants = (shipped[table][name], shipped["latency"]["access_ms"])
    if constants != fitted:
        sys.exit(f"{CONFIG} ships ({name}, access_ms) = {constants}; this run gives {fitted}")


def document(grids, measured, options):
    """docs/latency.md."""
    shipped = next(iter(SECOND))
    points = grids[shipped]
    fitted = fit(points)
    pairs = modelled_and_measured(points, fitted)
    if options.countries:
        print_countries(points, fitted)
    return "".join(
        [
            HEAD.format(
                shipped=shipped, access_ms=fitted[1], value=fitted[0], slots=options.slots, start=options.start,
                elements=options.elements, grid=", ".join(f"{value:g}" for value in points),
            ),
            fit_table(grids),
            RESIDUALS.format(
                planned=len(pairs), measured=measured, missing=measured - len(pairs), yardstick_mae=YARDSTICK_MAE_MS,
                yardstick_spearman=YARDSTICK_SPEARMAN, halves=HALVES,
            ),
            residual_table(pairs),
            class_table(pairs, fitted[1]),
        ]
    )


def fit_table(grids):
    text = "| second constant | fit: access | second | MAE | RMSE | R² | Spearman | left out one by one: MAE | Spearman | random halves: MAE (5 % to 95 %) | Spearman (5 % to 95 %) |\n"
    text += "|---|---|---|---|---|---|---|---|---|---|---|\n"
    for key, points in grids.items():
        fitted = fit(points)
        own, one, halves = figures(modelled_and_measured(points, fitted)), leave_one_out(points), random_halves(points)
        spread = lambda name, digits: "{:.{d}f} ({:.{d}f} to {:.{d}f})".format(
            statistics.fmean(halves[name]), quantile(halves[name], 0.05), quantile(halves[name], 0.95), d=digits
        )
        text += f"| `{key}` | {fitted[1]:.1f} ms | {fitted[0]:g} {SECOND[key][0]}".rstrip() + " "
        text += f"| {own['mae_ms']:.2f} ms | {own['rmse_ms']:.2f} ms | {own['r2']:.2f} | {own['spearman']:.3f} "
        text += f"| {one['mae_ms']:.2f} ms | {one['spearman']:.3f} "
        text += f"| {spread('mae_ms', 2)} ms | {spread('spearman', 3)} |\n"
    return text


def residual_table(pairs):
    ordered = sorted(measured - modelled for modelled, measured in pairs)
    shares = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95]
    text = "| share of countries below | " + " | ".join(f"{share:.0%}" for share in shares) + " |\n"
    text += "|---|" + "---|" * len(shares) + "\n"
    text += "| measured less modelled, ms | " + " | ".join(f"{quantile(ordered, share):+.1f}" for share in shares) + " |\n\n"
    edges = [-10, -5, -2, 0, 2, 5, 10]
    names = ["below -10"] + [f"{low} to {high}" for low, high in zip(edges, edges[1:])] + ["10 and more"]
    counts = [sum(low <= rest < high for rest in ordered) for low, high in zip([-1e9] + edges, edges + [1e9])]
    text += "| measured less modelled, ms | " + " | ".join(names) + " |\n|---|" + "---|" * len(names) + "\n"
    return text + "| countries | " + " | ".join(map(str, counts)) + " |\n\n"


def class_table(pairs, access_ms):
    """Residuals by how long the modelled way is; classes hold at least a handful of countries."""
    edges = [0, 8, 10, 14, 22, 1000]
    text = "| modelled way without access time, ms | countries | mean of measured less modelled | MAE |\n|---|---|---|---|\n"
    for low, high in zip(edges, edges[1:]):
        rests = [measured - modelled for modelled, measured in pairs if low <= modelled - access_ms < high]
        if len(rests) >= 5:
            name = f"{low} to {high}" if high < 1000 else f"{low} and more"
            text += f"| {name} | {len(rests)} | {statistics.fmean(rests):+.1f} ms | {statistics.fmean(map(abs, rests)):.1f} ms |\n"
    return text


def print_countries(points, fitted):
    for code, modelled, measured in sorted(points[fitted[0]], key=lambda row: row[2] - row[1]):
        rest = measured - modelled - fitted[1]
        print(f"{code} {modelled + fitted[1]:6.1f} {measured:6.1f} {rest:+6.1f}", file=sys.stderr)


HEAD = """# Latency

Written by `tools/fit_latency.py`; do not edit.

## The model

A round trip is twice the way from the terminal to the point of presence, plus a constant:

    rtt = 2 (terminal to satellite + lasers + satellite to gateway) / c
        + 2 (gateway to point of presence × fibre_detour) / (fibre_velocity_factor × c)
        + laser_hop_ms × laser links on the way
        + access_ms

Everything but the constants is geometry of the slot that was planned. Two constants are fitted, the same for the whole
planet: `access_ms`, what frames, scheduling, processing and queueing take, and one more. Nothing is fitted to a country.
Territories have a point of presence as their home where the list of these names one; that comes from what the operator
publishes about its addresses, not from measured latency.

## The fit

Measurements: the operator's published residential medians per country, September 2026; half of the countries, drawn at
random, are used here, the other half is kept back to judge the model. They may not be passed on, so this page holds
figures over many countries and no country's own value or residual.

Method: `skyshed coverage --by country --json --policy all-on --elements {elements}` in {slots} slots spread
over a day from {start}; a country's prediction is the median over the slots of `rtt_ms_p50`, the median
over the people served. That is done for each value of the second constant on a grid (for `{shipped}`:
{grid}). For each value the best `access_ms` is the median of what is left over; the pair with the
smallest mean absolute error is taken.

Result, as shipped: **`latency.access_ms = {access_ms:.1f}`, `{shipped} = {value:g}`**. The table also shows what another
second constant would have given. Choices of the model that are not fitted here, such as the weight of the way in the choice
of a satellite, were made with these countries in view, so that the figures of cross-validation are a little too kind; the
half that is kept back is not.

"""

RESIDUALS = """
{planned} of the {measured} measured countries are in the fit; {missing} have no service in the plan or no row of their own.
"Left out one by one": each country is predicted by the fit on all the others. "Random halves": {halves} times, fitted on one
half and judged on the other. The yardstick, a straight line over the distance to the nearest point of presence that was
fitted on all countries, the kept ones included: mean absolute error {yardstick_mae} ms, Spearman {yardstick_spearman:.2f}.

To run it again: `cargo build --release -p skyshed-cli`, then `python3 tools/fit_latency.py`, with the measurements in
`SKYSHED_DATA`.

## What is left over

"""

if __name__ == "__main__":
    main()
