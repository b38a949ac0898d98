"""Reads metrics from standard input with Prometheus' own parser, holds them against its rules, prints the samples."""
import re
import sys

from prometheus_client.parser import text_string_to_metric_families

families = list(text_string_to_metric_families(sys.stdin.read()))
names = [family.name for family in families]
assert len(names) == len(set(names)), f"a family appears twice: {names}"
for family in families:
    assert family.documentation, f"{family.name} has no HELP"
    assert family.type in ("counter", "gauge", "histogram"), f"{family.name} is {family.type}"
    assert family.samples, f"{family.name} is empty"
    # The rules of `promtool check metrics`: base units, _total on counters alone.
    assert not re.search(r"_(ms|milliseconds|minutes|hours|kb|mbps)(_|$)", family.name), family.name
    seen = set()
    for sample in family.samples:
        assert sample.name.endswith("_total") == (family.type == "counter"), sample.name
        labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
        assert (sample.name, labels) not in seen, f"{sample.name}{{{labels}}} appears twice"
        seen.add((sample.name, labels))
        print(f"{sample.name}{{{labels}}} {sample.value:.0f}")
