//! Days in half an hour: a mixed load on a clock that runs faster than time, while memory must stay flat.

use std::time::Duration;

use crate::load;
use crate::places::why_targets;
use crate::report::Report;
use crate::target::{Sample, Target};

/// Samples of memory, evenly over the time.
const SAMPLES: u32 = 60;
/// Memory of the last quarter may be so much more than that of the second, MB and percent, whichever is more. Memory that is
/// lost with each slot or request would be far more than that.
const GROWTH_MAX_MB: f64 = 16.0;
const GROWTH_MAX_PERCENT: f64 = 3.0;

/// Everything that is asked for, beside `why`.
const OTHERS: [&str; 10] = [
    "/api/v1/slot",
    "/api/v1/coverage",
    "/api/v1/coverage?by=country",
    "/api/v1/coverage?territory=UA",
    "/api/v1/cells/raster",
    "/api/v1/route?from=Nairobi&to=city:London",
    "/metrics",
    "/healthz",
    "/readyz",
    "/",
];

/// Loads the service and watches its memory.
pub async fn run(
    target: &Target,
    rate_hz: u32,
    connections: usize,
    length: Duration,
    report: &mut Report,
) -> Result<(), String> {
    let why = why_targets(4_000);
    let targets: Vec<String> = why
        .iter()
        .enumerate()
        .map(|(number, why)| match number % 4 {
            0 => OTHERS[number / 4 % OTHERS.len()].to_owned(),
            _ => why.clone(),
        })
        .collect();
    let address = target.address;
    let load = tokio::task::spawn_local(async move {
        load::run_targets(address, &targets, rate_hz, connections, length).await
    });
    let mut samples = Vec::new();
    println!("seconds  memory MB  slots  late  missed");
    for _ in 0..SAMPLES {
        tokio::time::sleep(length / SAMPLES).await;
        let sample = target.sample().await?;
        println!(
            "{:7.0} {:10.1} {:6} {:5} {:7}",
            sample.seconds,
            memory_mb(&sample),
            sample.metric("skyshed_slots_planned_total"),
            sample.metric("skyshed_slots_late_total"),
            sample.metric("skyshed_slots_missed_total"),
        );
        samples.push(sample);
    }
    let load = load.await.map_err(|error| error.to_string())??;
    report.load(&load, rate_hz);
    let quarter = samples.len() / 4;
    let middle = |samples: &[Sample]| {
        let mut megabytes: Vec<f64> = samples.iter().map(memory_mb).collect();
        megabytes.sort_by(f64::total_cmp);
        megabytes[megabytes.len() / 2]
    };
    let (second, last) = (middle(&samples[quarter..2 * quarter]), middle(&samples[3 * quarter..]));
    report.figure("memory in the second quarter, MB", second);
    report.figure("memory in the last quarter, MB", last);
    let most = GROWTH_MAX_MB.max(second * GROWTH_MAX_PERCENT / 100.0);
    report.allow("growth of memory, MB", last - second, most);
    let start = |sample: &Sample| sample.metric("skyshed_slot_start_timestamp_seconds");
    if let (Some(first), Some(last)) = (samples.first(), samples.last()) {
        report.figure("days gone by", (start(last) - start(first)) / 86_400.0);
    }
    Ok(())
}

fn memory_mb(sample: &Sample) -> f64 {
    sample.metric("process_resident_memory_bytes") / 1e6
}
