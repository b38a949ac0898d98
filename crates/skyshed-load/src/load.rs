//! Requests at a steady rate.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::client::{Connection, get};
use crate::places::why_targets;
use crate::report::Figures;

/// Different places that are asked for.
const PLACES: usize = 20_000;
/// A request that is not answered by then has failed.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What became of the requests.
#[derive(Clone, Debug)]
pub struct Load {
    pub seconds: f64,
    pub answers: usize,
    /// Connections that broke, answers that never came.
    pub failures: usize,
    pub by_status: BTreeMap<u16, usize>,
    pub bytes: u64,
    pub figures: Figures,
}

#[derive(Default)]
struct Tally {
    took_us: Vec<u32>,
    by_status: BTreeMap<u16, usize>,
    failures: usize,
    bytes: u64,
}

/// Asks why at varied places.
pub async fn run(
    address: SocketAddr,
    rate_hz: u32,
    connections: usize,
    length: Duration,
) -> Result<Load, String> {
    run_targets(address, &why_targets(PLACES), rate_hz, connections, length).await
}

/// Asks for some targets in turn.
pub async fn run_targets(
    address: SocketAddr,
    targets: &[String],
    rate_hz: u32,
    connections: usize,
    length: Duration,
) -> Result<Load, String> {
    let requests: Rc<Vec<Vec<u8>>> = Rc::new(targets.iter().map(|target| get(address, target)).collect());
    let begin = Instant::now() + Duration::from_millis(50);
    let end = begin + length;
    let tasks: Vec<_> = (0..connections)
        .map(|number| {
            let requests = requests.clone();
            let pace = Pace { begin, end, rate_hz, number, connections };
            tokio::task::spawn_local(async move { ask(address, &requests, pace).await })
        })
        .collect();
    let mut sum = Tally::default();
    for task in tasks {
        let tally = task.await.map_err(|error| error.to_string())?;
        sum.took_us.extend(tally.took_us);
        sum.failures += tally.failures;
        sum.bytes += tally.bytes;
        for (status, count) in tally.by_status {
            *sum.by_status.entry(status).or_default() += count;
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    let answers = sum.took_us.len();
    Ok(Load {
        seconds,
        answers,
        failures: sum.failures,
        by_status: sum.by_status,
        bytes: sum.bytes,
        figures: Figures::of(sum.took_us),
    })
}

/// When one of several connections asks.
#[derive(Clone, Copy)]
struct Pace {
    begin: Instant,
    end: Instant,
    rate_hz: u32,
    number: usize,
    connections: usize,
}

impl Pace {
    /// When its request with this number is due.
    fn due(&self, request: usize) -> Instant {
        match self.rate_hz {
            0 => Instant::now().max(self.begin),
            rate_hz => {
                let order = self.number + request * self.connections;
                self.begin + Duration::from_secs_f64(order as f64 / f64::from(rate_hz))
            }
        }
    }
}

async fn ask(address: SocketAddr, requests: &[Vec<u8>], pace: Pace) -> Tally {
    let mut tally = Tally::default();
    let mut connection = None;
    for number in 0.. {
        let due = pace.due(number);
        if due >= pace.end {
            break;
        }
        sleep_until(due).await;
        let request = &requests[(pace.number + number * pace.connections) % requests.len()];
        let open = match connection.take() {
            Some(open) => Ok(open),
            None => Connection::open(address).await,
        };
        let Ok(mut open) = open else {
            tally.failures += 1;
            continue;
        };
        match tokio::time::timeout(TIMEOUT, open.ask(request)).await {
            Ok(Ok(answer)) => {
                tally.took_us.push(due.elapsed().as_micros().min(u128::from(u32::MAX)) as u32);
                tally.bytes += answer.body_bytes as u64;
                *tally.by_status.entry(answer.status).or_default() += 1;
                connection = Some(open);
            }
            _ => tally.failures += 1,
        }
    }
    tally
}
