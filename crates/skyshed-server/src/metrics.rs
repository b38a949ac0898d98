//! Counters, and their text for Prometheus (exposition format 0.0.4).

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use skyshed::links::LinkClassView;
use skyshed::plan::Cause;
use skyshed::{LogStatus, SlotSummary};

/// What is counted while the service runs.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Slots planned.
    pub slots_planned: AtomicU64,
    /// Of those, slots whose plan was ready late.
    pub slots_late: AtomicU64,
    /// Slots that went by without a plan.
    pub slots_missed: AtomicU64,
    /// Slots whose plan failed.
    pub slots_failed: AtomicU64,
    /// By path, then status.
    requests: Mutex<BTreeMap<String, BTreeMap<u16, u64>>>,
}

impl Metrics {
    /// Counts one answered request.
    pub fn count_request(&self, path: &str, status: u16) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked up before it is made: a path's text is copied once, not per request.
        match requests.get_mut(path) {
            Some(counts) => *counts.entry(status).or_default() += 1,
            None => {
                requests.insert(path.to_owned(), BTreeMap::from([(status, 1)]));
            }
        }
    }

    /// Appends the counters.
    pub fn write(&self, text: &mut Text) {
        let slots = |counter: &AtomicU64| counter.load(Ordering::Relaxed) as f64;
        text.counter(
            "skyshed_slots_planned_total",
            "Slots planned since the start.",
            slots(&self.slots_planned),
        );
        text.counter(
            "skyshed_slots_late_total",
            "Slots whose plan was ready more than a third of a slot after they began.",
            slots(&self.slots_late),
        );
        text.counter(
            "skyshed_slots_missed_total",
            "Slots that went by without a plan.",
            slots(&self.slots_missed),
        );
        text.counter("skyshed_slots_failed_total", "Slots whose plan failed.", slots(&self.slots_failed));
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
        text.family("skyshed_http_requests_total", "counter", "Requests answered, by path and status.");
        for (path, counts) in requests {
            for (status, count) in counts {
                let labels = [("path", path.as_str()), ("status", &status.to_string())];
                text.sample("skyshed_http_requests_total", &labels, count as f64);
            }
        }
    }
}

/// Appends what the slot served is: cells, people, links, faults.
pub fn write_slot(text: &mut Text, slot: &SlotSummary) {
    text.family("skyshed_cells", "gauge", "Cells of the planet by cause; `served` is service.");
    for cause in Cause::ALL {
        text.sample("skyshed_cells", &[("cause", cause.name())], slot.causes.of(cause).cells as f64);
    }
    text.gauge("skyshed_people", "People on the planet.", slot.people.total as f64);
    text.gauge("skyshed_people_served", "People in cells with service.", slot.people.served as f64);
    text.gauge(
        "skyshed_satellites_landing",
        "Satellites with a feeder link of their own.",
        slot.satellites.landing as f64,
    );
    text.gauge("skyshed_laser_links", "Laser links, each counted once.", slot.lasers.links as f64);
    text.gauge(
        "skyshed_laser_components",
        "Groups of two and more satellites that lasers join.",
        slot.lasers.components as f64,
    );
    write_links(text, &slot.links);
    text.gauge("skyshed_faults", "Faults of the scenario that are in force.", slot.faults.len() as f64);
}

/// Appends how the log that is obeyed stands.
pub fn write_log(text: &mut Text, log: &LogStatus) {
    text.gauge("skyshed_log_size", "Records of the log that are proven and obeyed.", log.size as f64);
    text.gauge("skyshed_log_witnesses", "Witnesses that cosigned its checkpoint.", log.witnesses as f64);
    text.gauge(
        "skyshed_log_stale",
        "1 where the log cannot be proven and its last proven state is kept, else 0.",
        f64::from(u8::from(log.stale)),
    );
}

fn write_links(text: &mut Text, classes: &[LinkClassView]) {
    let mut family = |name: &str, help: &str, value: &dyn Fn(&LinkClassView) -> f64| {
        text.family(name, "gauge", help);
        for class in classes {
            text.sample(name, &[("class", class.class)], value(class));
        }
    };
    let bits_per_second = |gbps: f64| (gbps * 1e9).round();
    family("skyshed_links", "Links by class; of lasers each direction counts.", &|class| class.links as f64);
    family("skyshed_links_used", "Of these, links that carry something.", &|class| class.used as f64);
    family(
        "skyshed_link_carried_bits_per_second",
        "What the links of a class carry towards the terminals.",
        &|class| bits_per_second(class.carried_gbps),
    );
    family("skyshed_link_capacity_bits_per_second", "What the links of a class could carry.", &|class| {
        bits_per_second(class.capacity_gbps)
    });
}

/// Metrics as text, family by family.
#[derive(Debug, Default)]
pub struct Text(pub String);

impl Text {
    /// A counter without labels.
    pub fn counter(&mut self, name: &str, help: &str, value: f64) {
        self.family(name, "counter", help);
        self.sample(name, &[], value);
    }

    /// A gauge without labels.
    pub fn gauge(&mut self, name: &str, help: &str, value: f64) {
        self.family(name, "gauge", help);
        self.sample(name, &[], value);
    }

    /// Begins a family; its samples follow.
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// One sample of the family begun last.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let label = |(name, value): &(&str, &str)| {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            format!("{name}=\"{escaped}\"")
        };
        let labels: Vec<String> = labels.iter().map(label).collect();
        let braced = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{braced} {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_follow_their_family() {
        let metrics = Metrics::default();
        metrics.count_request("/api/v1/why", 200);
        metrics.count_request("/api/v1/why", 200);
        let mut text = Text::default();
        metrics.write(&mut text);
        text.family("x", "gauge", "a \\ b\nc");
        text.sample("x", &[("name", "\"a\\b\"")], 1.5);
        assert!(
            text.0.contains("# TYPE skyshed_slots_planned_total counter\nskyshed_slots_planned_total 0\n")
        );
        assert!(text.0.ends_with(
            "skyshed_http_requests_total{path=\"/api/v1/why\",status=\"200\"} 2\n\
             # HELP x a \\\\ b\\nc\n# TYPE x gauge\nx{name=\"\\\"a\\\\b\\\"\"} 1.5\n"
        ));
    }
}
