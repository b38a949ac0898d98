//! What was measured, against what is required.

use serde_json::{Map, Value, json};

use crate::load::Load;
use crate::target::Sample;

/// Answers a second that the service must give, on two cores that it shares with this program.
pub const RATE_MIN_HZ: f64 = 5_000.0;
/// The slowest of a hundred answers may take so long.
pub const P99_MAX_MS: f64 = 20.0;

/// How long requests took, from when they were due.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    pub p50_ms: f64,
    pub p90_ms: f64,
    pub p99_ms: f64,
    pub p999_ms: f64,
    pub max_ms: f64,
}

/// One line of the report.
struct Row {
    name: String,
    value: f64,
    /// Where something is required: at least, or at most.
    required: Option<(Bound, f64)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    AtLeast,
    AtMost,
}

impl Row {
    fn held(&self) -> bool {
        match self.required {
            None => true,
            Some((Bound::AtLeast, least)) => self.value >= least,
            Some((Bound::AtMost, most)) => self.value <= most,
        }
    }
}

/// All of it.
pub struct Report {
    title: String,
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Report {
    pub fn new(title: String) -> Report {
        Report { title, rows: Vec::new(), notes: Vec::new() }
    }

    pub fn figure(&mut self, name: &str, value: f64) {
        self.rows.push(Row { name: name.to_owned(), value, required: None });
    }

    pub fn require(&mut self, name: &str, value: f64, least: f64) {
        self.rows.push(Row { name: name.to_owned(), value, required: Some((Bound::AtLeast, least)) });
    }

    pub fn allow(&mut self, name: &str, value: f64, most: f64) {
        self.rows.push(Row { name: name.to_owned(), value, required: Some((Bound::AtMost, most)) });
    }

    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Requests at `rate_hz`; where that is less than is required, what was asked for is all that can be.
    pub fn load(&mut self, load: &Load, rate_hz: u32) {
        let rate = load.answers as f64 / load.seconds;
        match rate_hz {
            1..5_000 => self.require("answers a second", rate, 0.98 * f64::from(rate_hz)),
            _ => self.require("answers a second", rate, RATE_MIN_HZ),
        }
        let figures = load.figures;
        self.figure("50th percentile, ms", figures.p50_ms);
        self.figure("90th percentile, ms", figures.p90_ms);
        match rate_hz {
            0 => self.figure("99th percentile, ms", figures.p99_ms),
            _ => self.allow("99th percentile, ms", figures.p99_ms, P99_MAX_MS),
        }
        self.figure("99.9th percentile, ms", figures.p999_ms);
        self.figure("slowest, ms", figures.max_ms);
        self.allow("requests without an answer", load.failures as f64, 0.0);
        let defects: usize = load.by_status.range(500..).map(|(_, count)| count).sum();
        self.allow("answers with status 500 and above", defects as f64, 0.0);
        self.figure("bytes of an answer, average", load.bytes as f64 / load.answers.max(1) as f64);
        let statuses: Vec<String> =
            load.by_status.iter().map(|(status, count)| format!("{status}: {count}")).collect();
        self.note(format!("statuses: {}", statuses.join(", ")));
    }

    /// What the service says of itself before and after.
    pub fn service(&mut self, before: &Sample, after: &Sample, slots_in_time: bool) {
        let grown = |name: &str| after.metric(name) - before.metric(name);
        let slots = grown("skyshed_slots_planned_total");
        self.figure("slots planned meanwhile", slots);
        for name in ["late", "missed", "failed"] {
            let count = grown(&format!("skyshed_slots_{name}_total"));
            match slots_in_time {
                true => self.allow(&format!("slots {name}"), count, 0.0),
                false => self.figure(&format!("slots {name}"), count),
            }
        }
        self.figure("last plan took, s", after.metric("skyshed_slot_plan_seconds"));
        let cpu_s = grown("process_cpu_seconds_total");
        let seconds = after.seconds - before.seconds;
        self.figure("processors kept busy by the service", cpu_s / seconds);
        self.figure("resident memory, MB", after.metric("process_resident_memory_bytes") / 1e6);
        let met: Vec<String> = after
            .metrics
            .iter()
            .filter(|(name, _)| name.starts_with("skyshed_limits_met_total"))
            .filter(|(name, value)| **value > before.metric(name))
            .map(|(name, value)| format!("{name} {}", value - before.metric(name)))
            .collect();
        if !met.is_empty() {
            self.note(met.join(", "));
        }
    }

    /// True where everything that is required holds.
    pub fn held(&self) -> bool {
        self.rows.iter().all(Row::held)
    }

    pub fn text(&self) -> String {
        let mut text = format!("{}\n", self.title);
        for row in &self.rows {
            let required = match row.required {
                None => String::new(),
                Some((Bound::AtLeast, least)) => format!("  at least {least}"),
                Some((Bound::AtMost, most)) => format!("  at most {most}"),
            };
            let mark = if row.held() { "" } else { "  NOT HELD" };
            text += &format!("  {:<44} {:>12.2}{required}{mark}\n", row.name, row.value);
        }
        for note in &self.notes {
            text += &format!("  {note}\n");
        }
        text
    }

    pub fn json(&self) -> String {
        let rows: Map<String, Value> = self
            .rows
            .iter()
            .map(|row| (row.name.clone(), json!({ "value": row.value, "held": row.held() })))
            .collect();
        let report = json!({ "title": self.title, "held": self.held(), "rows": rows, "notes": self.notes });
        format!("{report:#}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_required_is_held_or_not() {
        let mut report = Report::new("test".to_owned());
        report.figure("figure", 1.0);
        report.require("enough", 5.0, 5.0);
        report.allow("little", 2.0, 2.0);
        assert!(report.held() && !report.text().contains("NOT HELD"));
        report.allow("too much", 2.5, 2.0);
        assert!(!report.held() && report.text().contains("NOT HELD"));
        let read: Value = serde_json::from_str(&report.json()).unwrap();
        assert_eq!(read["rows"]["too much"]["held"], false);
    }
}
