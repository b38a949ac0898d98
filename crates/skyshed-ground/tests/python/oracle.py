"""Answers of other tools, for tests/oracles.rs: H3's own C library, and shapely on another edition of the borders.

usage: oracle.py h3 < list of [cell id, latitude, longitude]
       oracle.py countries FILE < list of [latitude, longitude]      FILE: Natural Earth admin-0 countries at 1:50 million, .gz
       oracle.py cells FILE                                          FILE: a service-availability map, .gz
"""

import gzip
import json
import sys


def h3_answers():
    import h3

    for cell, latitude, longitude in json.load(sys.stdin):
        centre = h3.cell_to_latlng(cell)
        yield {
            "centre": centre,
            "neighbours": sorted(set(h3.grid_disk(cell, 1)) - {cell}),
            "at": h3.latlng_to_cell(latitude, longitude, 5),
            "boundary": h3.cell_to_boundary(cell),
        }


def countries(path):
    """ISO_A2_EH of the country a point lies in, at least 0.1 degree from its outline; null elsewhere."""
    from shapely import STRtree
    from shapely.geometry import Point, shape

    features = json.load(gzip.open(path))["features"]
    shapes = [shape(feature["geometry"]) for feature in features]
    tree = STRtree(shapes)
    for latitude, longitude in json.load(sys.stdin):
        point = Point(longitude, latitude)
        hits = tree.query(point, predicate="within")
        code = None
        if len(hits) == 1 and shapes[hits[0]].boundary.distance(point) > 0.1:
            properties = {key.upper(): value for key, value in features[hits[0]]["properties"].items()}
            code = properties["ISO_A2_EH"]
        yield code


def cells(path):
    """The cells whose centre lies in the blacklisted part of a service-availability map."""
    import h3
    from shapely import prepare
    from shapely.geometry import Point, shape

    for feature in json.load(gzip.open(path))["features"]:
        if feature["properties"]["status"] != "blacklisted":
            continue
        area = shape(feature["geometry"])
        prepare(area)
        for part in area.geoms:
            outline = h3.LatLngPoly([(latitude, longitude) for longitude, latitude in part.exterior.coords])
            for cell in h3.h3shape_to_cells(outline, 5):
                latitude, longitude = h3.cell_to_latlng(cell)
                if area.contains(Point(longitude, latitude)):
                    yield cell


ANSWERS = {"h3": h3_answers, "countries": countries, "cells": cells}
json.dump(list(ANSWERS[sys.argv[1]](*sys.argv[2:])), sys.stdout)
