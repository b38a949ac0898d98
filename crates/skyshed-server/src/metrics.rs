//! Counters, and their text for Prometheus (exposition format 0.0.4).

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use skyshed::links::LinkClassView;
use skyshed::plan::Cause;
use skyshed::{LogStatus, SlotSummary};

use crate::desk::{Counts, QUEUE_MAX};
use crate::limits::{Limit, Met};
use crate::service::SlotDone;

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
    /// Connections that were accepted.
    pub connections: AtomicU64,
    /// How often each limit was met.
    pub limits: Met,
    /// Downloads of elements that brought new ones.
    pub refreshes: AtomicU64,
    /// Downloads of elements that failed.
    pub refreshes_failed: AtomicU64,
    /// By path as it is routed: closed, so that strangers cannot make the metrics grow.
    requests: Mutex<BTreeMap<String, Requests>>,
}

/// Upper ends of the classes that durations of requests are counted in, seconds.
pub const DURATION_CLASSES_S: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// The requests of one path.
#[derive(Clone, Debug, Default)]
struct Requests {
    by_status: BTreeMap<u16, u64>,
    /// How many took up to each of [`DURATION_CLASSES_S`], and no less than the one before.
    by_duration: [u64; DURATION_CLASSES_S.len()],
    duration_s: f64,
}

impl Metrics {
    /// Counts one answered request.
    pub fn count_request(&self, path: &str, status: u16, took: Duration) {
        let took_s = took.as_secs_f64();
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked up before it is made: a path's text is copied once, not per request.
        if !requests.contains_key(path) {
            requests.insert(path.to_owned(), Requests::default());
        }
        let requests = requests.get_mut(path).expect("it was put there");
        *requests.by_status.entry(status).or_default() += 1;
        requests.duration_s += took_s;
        if let Some(class) = DURATION_CLASSES_S.iter().position(|end_s| took_s <= *end_s) {
            requests.by_duration[class] += 1;
        }
    }

    /// How the service did with a slot, and with those before it.
    pub fn slot_done(&self, plan_s: f64, ready_after_s: f64, late: bool) -> SlotDone {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let rounded = |seconds: f64| (seconds * 1e3).round() / 1e3;
        SlotDone {
            plan_s: rounded(plan_s),
            ready_after_s: rounded(ready_after_s),
            late,
            slots_planned: count(&self.slots_planned),
            slots_late: count(&self.slots_late),
            slots_missed: count(&self.slots_missed),
            slots_failed: count(&self.slots_failed),
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
        text.counter(
            "skyshed_elements_refreshes_total",
            "Element sets that were refreshed while the service ran.",
            slots(&self.refreshes),
        );
        text.counter(
            "skyshed_elements_refreshes_failed_total",
            "Refreshes that failed; the elements stayed as they were.",
            slots(&self.refreshes_failed),
        );
        text.counter("skyshed_connections_accepted_total", "Connections accepted.", slots(&self.connections));
        text.family("skyshed_limits_met_total", "counter", "How often a limit was met, by limit.");
        for limit in Limit::ALL {
            let count = self.limits.of(limit) as f64;
            text.sample("skyshed_limits_met_total", &[("limit", limit.name())], count);
        }
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
        text.family("skyshed_http_requests_total", "counter", "Requests answered, by path and status.");
        for (path, requests) in &requests {
            for (status, count) in &requests.by_status {
                let labels = [("path", path.as_str()), ("status", &status.to_string())];
                text.sample("skyshed_http_requests_total", &labels, *count as f64);
            }
        }
        write_durations(text, &requests);
    }
}

fn write_durations(text: &mut Text, by_path: &BTreeMap<String, Requests>) {
    const NAME: &str = "skyshed_http_request_duration_seconds";
    // A family without samples is none.
    if by_path.is_empty() {
        return;
    }
    text.family(NAME, "histogram", "Time from the end of a request's headers to its answer, by path.");
    for (path, requests) in by_path {
        let mut count = 0;
        for (end_s, in_class) in DURATION_CLASSES_S.iter().zip(requests.by_duration) {
            count += in_class;
            let labels = [("path", path.as_str()), ("le", &end_s.to_string())];
            text.sample(&format!("{NAME}_bucket"), &labels, count as f64);
        }
        let all: u64 = requests.by_status.values().sum();
        let labels = [("path", path.as_str())];
        text.sample(&format!("{NAME}_bucket"), &[labels[0], ("le", "+Inf")], all as f64);
        text.sample(&format!("{NAME}_sum"), &labels, requests.duration_s);
        text.sample(&format!("{NAME}_count"), &labels, all as f64);
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

/// Appends what became of writes, where the service takes any.
pub fn write_desk(text: &mut Text, counts: &Counts) {
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed) as f64;
    text.counter(
        "skyshed_writes_accepted_total",
        "Writes whose record got into the log, with or without a witness quorum.",
        count(&counts.accepted),
    );
    text.counter(
        "skyshed_writes_repeated_total",
        "Writes that were made before with the same Idempotency-Key and were answered as then.",
        count(&counts.repeated),
    );
    const REFUSED: &str = "skyshed_writes_refused_total";
    text.family(
        REFUSED,
        "counter",
        "Writes refused, by cause: what was wrong with them, or the rule of the log.",
    );
    for (cause, count) in counts.refused() {
        text.sample(REFUSED, &[("cause", cause)], count as f64);
    }
    text.counter(
        "skyshed_writes_failed_total",
        "Writes that failed because the log or the answers beside it could not be written.",
        count(&counts.failed),
    );
    let waiting = counts.waiting.load(Ordering::Relaxed) as f64;
    text.gauge("skyshed_writes_waiting", "Writes that wait for their turn.", waiting);
    text.gauge("skyshed_writes_waiting_max", "Most writes that may wait.", QUEUE_MAX as f64);
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
        metrics.count_request("/api/v1/why", 200, Duration::from_millis(2));
        metrics.count_request("/api/v1/why", 200, Duration::from_secs(31));
        let mut text = Text::default();
        metrics.write(&mut text);
        text.family("x", "gauge", "a \\ b\nc");
        text.sample("x", &[("name", "\"a\\b\"")], 1.5);
        assert!(
            text.0.contains("# TYPE skyshed_slots_planned_total counter\nskyshed_slots_planned_total 0\n")
        );
        let requests = "skyshed_http_requests_total{path=\"/api/v1/why\",status=\"200\"} 2\n";
        assert!(text.0.contains(requests), "{}", text.0);
        assert!(text.0.contains("{path=\"/api/v1/why\",le=\"0.001\"} 0\n"), "{}", text.0);
        assert!(text.0.contains("{path=\"/api/v1/why\",le=\"0.0025\"} 1\n"));
        assert!(text.0.ends_with(
            "{path=\"/api/v1/why\",le=\"30\"} 1\n\
             skyshed_http_request_duration_seconds_bucket{path=\"/api/v1/why\",le=\"+Inf\"} 2\n\
             skyshed_http_request_duration_seconds_sum{path=\"/api/v1/why\"} 31.002\n\
             skyshed_http_request_duration_seconds_count{path=\"/api/v1/why\"} 2\n\
             # HELP x a \\\\ b\\nc\n# TYPE x gauge\nx{name=\"\\\"a\\\\b\\\"\"} 1.5\n"
        ));
    }
}
