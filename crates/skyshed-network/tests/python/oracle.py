"""Answers of SciPy for cases that come in as JSON; see oracles of trees and of fair shares in the tests beside this folder.

`oracle.py dijkstra` reads {"cases": [{"nodes", "destinations", "pairs", "length_mm", "seeds": [[node, destination, mm]]}]} and
writes for each case the distance from every node to every destination in mm (-1: none) and the node after it (-1: none,
-2: the destination itself), both [destination][node].

`oracle.py max_min` reads {"cases": [{"capacity_kbps", "flows": [{"links", "users": [[most_kbps, how_many]]}]}]} and
writes for each case the max-min fair rates of the users, [flow][user], by linear programs that HiGHS solves.
"""

import json
import sys

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra


# How far below what is due somebody may fall in the question how far another could be raised, and what counts as further:
# the first leaves the solver room for its own rounding, the second is far above what that room can bring.
SLACK = 1e-9
FURTHER = 1e-5


def trees(case):
    """Dijkstra from each destination, which is one more node, with arcs to the nodes that it is entered from."""
    nodes, destinations = case["nodes"], case["destinations"]
    arcs = {}
    for (a, b), mm in zip(case["pairs"], case["length_mm"]):
        for arc in ((a, b), (b, a)):
            arcs[arc] = min(mm, arcs.get(arc, mm))
    for node, destination, mm in case["seeds"]:
        arc = (nodes + destination, node)
        arcs[arc] = min(mm, arcs.get(arc, mm))
    if destinations == 0:
        return {"distance_mm": [], "after": []}
    size = nodes + destinations
    places = np.array(list(arcs), dtype=np.int64).reshape(-1, 2)
    lengths = np.array(list(arcs.values()), dtype=np.float64)
    graph = csr_array((lengths, (places[:, 0], places[:, 1])), shape=(size, size))
    far, before = dijkstra(graph, indices=np.arange(nodes, size), return_predecessors=True)
    far, before = far[:, :nodes], before[:, :nodes].astype(np.int64)
    after = np.where(before >= nodes, -2, np.where(before < 0, -1, before))
    return {"distance_mm": np.where(np.isinf(far), -1, far).astype(np.int64).tolist(), "after": after.tolist()}


def max_min(case):
    """One linear program after the other: raise everybody who is still free by as much as all of them can be raised, and
    fix those who cannot be raised further by themselves (Radunovic and Le Boudec, IEEE/ACM Transactions on Networking
    15 (2007) 1073, section III)."""
    capacity = np.array(case["capacity_kbps"], dtype=float)
    users = [(flow, most, many) for flow in case["flows"] for most, many in flow["users"]]
    count = len(users)
    loads = np.zeros((len(capacity), count + 1))
    for user, (flow, _, many) in enumerate(users):
        loads[flow["links"], user] = many
    fixed = {}
    while len(fixed) < count:
        level = raise_all(users, loads, capacity, fixed)
        free = [u for u in range(count) if u not in fixed]
        held = [u for u in free if alone(users, loads, capacity, fixed, level, u) <= level + FURTHER * max(1.0, level)]
        if not held:
            raise RuntimeError(f"nobody is held back at {level}")
        fixed.update({u: level for u in held})
    rates = iter(fixed[u] for u in range(count))
    return [[next(rates) for _ in flow["users"]] for flow in case["flows"]]


def raise_all(users, loads, capacity, fixed):
    """The highest level that all free users can have at once."""
    count = len(users)
    above = [u for u in range(count) if u not in fixed]
    level_below_rate = np.zeros((len(above), count + 1))
    level_below_rate[np.arange(len(above)), above] = -1.0
    level_below_rate[:, count] = 1.0
    objective = np.zeros(count + 1)
    objective[count] = -1.0
    bounds = [(fixed[u], fixed[u]) if u in fixed else (0.0, users[u][1]) for u in range(count)] + [(0.0, None)]
    rows = np.vstack([loads, level_below_rate])
    return solve(objective, rows, np.concatenate([capacity, np.zeros(len(above))]), bounds)


def alone(users, loads, capacity, fixed, level, user):
    """The most that one user can have while nobody else falls below what is due."""
    count = len(users)
    objective = np.zeros(count + 1)
    objective[user] = -1.0
    slack = SLACK * max(1.0, level)
    bounds = [
        (max(fixed[u] - slack, 0.0), fixed[u]) if u in fixed else (min(max(level - slack, 0.0), users[u][1]), users[u][1])
        for u in range(count)
    ]
    return solve(objective, loads, capacity, bounds + [(0.0, 0.0)])


def solve(objective, rows, limits, bounds):
    scale = np.maximum(np.abs(rows).max(axis=1, initial=0.0), 1.0)
    found = linprog(objective, A_ub=rows / scale[:, None], b_ub=limits / scale, bounds=bounds, method="highs")
    if not found.success:
        raise RuntimeError(found.message)
    return -found.fun


PARTS = {"dijkstra": trees, "max_min": max_min}

if __name__ == "__main__":
    part = PARTS[sys.argv[1]]
    json.dump({"cases": [part(case) for case in json.load(sys.stdin)["cases"]]}, sys.stdout)
