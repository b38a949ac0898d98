//! Server-sent events (WHATWG HTML, section 9.2): what happens, as it happens, to everybody who listens.
//!
//! An event is written once and its bytes are shared by all subscribers. Nothing waits for one of them: who falls more than
//! [`RING`] events behind is dropped, and may come back and say what it saw last. Ids name the run of the service and count
//! from 1 in it, so that an id of an earlier run is not taken for one of this.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::stream::unfold;
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tokio::time::{Interval, MissedTickBehavior, interval};

pub mod data;

/// Events that are kept for those who come back, and that a subscriber may be behind.
pub const RING: usize = 1024;
/// Most subscribers at once, unless configured otherwise.
pub const SUBSCRIBERS_MAX: usize = 1_000;
/// After so long without an event a comment says that the connection lives. Proxies commonly give up after 30 s and more.
pub const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a client should wait before it comes back, ms.
const RETRY_MS: u32 = 3_000;

/// The events of one run of the service.
pub struct Events {
    /// Names the run.
    run: String,
    ring: Mutex<Ring>,
    room: Arc<Semaphore>,
    subscribers_max: usize,
    dropped: Arc<AtomicU64>,
    heartbeat: Duration,
}

struct Ring {
    /// Number of the last event.
    last: u64,
    kept: VecDeque<(u64, Bytes)>,
    /// None once the service stops.
    sender: Option<broadcast::Sender<Bytes>>,
}

/// Why there is no stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// As many subscribers as are allowed.
    Subscribers {
        /// How many that is.
        allowed: usize,
    },
    /// The service stops.
    Stopping,
}

/// Where a stream begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Resumed {
    /// Id of the last event before the stream; null where there was none.
    pub after: Option<String>,
    /// Whether nothing is missing between what the client saw last and this stream. False where it did not say what that was.
    pub resumed: bool,
    /// How many events follow that were kept for it.
    pub kept: usize,
}

impl Events {
    /// No events yet; `run` names the run of the service and must differ from one to the next.
    pub fn new(run: impl Into<String>, subscribers_max: usize) -> Events {
        Events::with_heartbeat(run, subscribers_max, HEARTBEAT)
    }

    /// The same with another time between comments.
    pub fn with_heartbeat(run: impl Into<String>, subscribers_max: usize, heartbeat: Duration) -> Events {
        let (sender, _) = broadcast::channel(RING);
        Events {
            run: run.into(),
            ring: Mutex::new(Ring { last: 0, kept: VecDeque::with_capacity(RING), sender: Some(sender) }),
            room: Arc::new(Semaphore::new(subscribers_max)),
            subscribers_max,
            dropped: Arc::default(),
            heartbeat,
        }
    }

    /// Tells everybody. `name` is a word without line ends; `data` becomes one line of JSON.
    pub fn publish(&self, name: &'static str, data: &impl Serialize) {
        let Ok(json) = serde_json::to_string(data) else { return };
        let mut ring = self.lock();
        ring.last += 1;
        let bytes = Bytes::from(frame(&self.id(ring.last), name, &json));
        if ring.kept.len() == RING {
            ring.kept.pop_front();
        }
        let last = ring.last;
        ring.kept.push_back((last, bytes.clone()));
        if let Some(sender) = &ring.sender {
            // Nobody may be listening.
            let _ = sender.send(bytes);
        }
    }

    /// A stream from now on, or from the event after `last_seen`, where that is still kept. `hello` is made of where it begins.
    ///
    /// # Errors
    /// [`Full`] where there are too many, or the service stops.
    pub fn subscribe(
        &self,
        last_seen: Option<&str>,
        hello: impl FnOnce(Resumed) -> String,
    ) -> Result<Body, Full> {
        let room = self.room.clone().try_acquire_owned();
        let room = room.map_err(|_| Full::Subscribers { allowed: self.subscribers_max })?;
        let ring = self.lock();
        // Under the lock: no event falls between those that are kept and those to come.
        let receiver = ring.sender.as_ref().ok_or(Full::Stopping)?.subscribe();
        let seen = last_seen.and_then(|id| self.number(id)).filter(|&seen| seen <= ring.last);
        let first_kept = ring.kept.front().map_or(ring.last + 1, |(number, _)| *number);
        let from = seen.filter(|&seen| seen + 1 >= first_kept);
        let kept: VecDeque<Bytes> = match from {
            Some(seen) => ring
                .kept
                .iter()
                .filter(|(number, _)| *number > seen)
                .map(|(_, bytes)| bytes.clone())
                .collect(),
            None => VecDeque::new(),
        };
        let after = from.unwrap_or(ring.last);
        drop(ring);
        let after = (after > 0).then(|| self.id(after));
        let resumed = Resumed { after: after.clone(), resumed: from.is_some(), kept: kept.len() };
        let mut waiting = kept;
        waiting.push_front(Bytes::from(greeting(after.as_deref(), &hello(resumed))));
        Ok(self.stream(Subscriber {
            waiting,
            receiver,
            heartbeat: self.ticks(),
            dropped: self.dropped.clone(),
            _room: room,
        }))
    }

    /// Ends all streams: the service stops.
    pub fn close(&self) {
        self.lock().sender = None;
    }

    /// How many are listening now.
    pub fn subscribers(&self) -> usize {
        self.subscribers_max - self.room.available_permits()
    }

    /// How many were dropped because they were too slow.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// How many events there were.
    pub fn published(&self) -> u64 {
        self.lock().last
    }

    fn stream(&self, subscriber: Subscriber) -> Body {
        Body::from_stream(unfold(subscriber, |mut subscriber| async move {
            let bytes = subscriber.next().await?;
            Some((Ok::<_, Infallible>(bytes), subscriber))
        }))
    }

    fn ticks(&self) -> Interval {
        let mut ticks = interval(self.heartbeat);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.reset();
        ticks
    }

    fn id(&self, number: u64) -> String {
        format!("{}-{number}", self.run)
    }

    fn number(&self, id: &str) -> Option<u64> {
        let (run, number) = id.rsplit_once('-')?;
        if run == self.run { number.parse().ok() } else { None }
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        // The ring is whole after every statement.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who listens.
struct Subscriber {
    /// What was kept for it.
    waiting: VecDeque<Bytes>,
    receiver: broadcast::Receiver<Bytes>,
    heartbeat: Interval,
    dropped: Arc<AtomicU64>,
    _room: OwnedSemaphorePermit,
}

impl Subscriber {
    /// `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(bytes) = self.waiting.pop_front() {
            return Some(bytes);
        }
        tokio::select! {
            biased;
            received = self.receiver.recv() => match received {
                Ok(bytes) => {
                    self.heartbeat.reset();
                    Some(bytes)
                }
                Err(RecvError::Lagged(_)) => {
                    self.dropped.fetch_add(1, Ordering::Relaxed);
                    None
                }
                Err(RecvError::Closed) => None,
            },
            _ = self.heartbeat.tick() => Some(Bytes::from_static(b": still here\n\n")),
        }
    }
}

fn frame(id: &str, name: &str, json: &str) -> String {
    format!("id: {id}\nevent: {name}\ndata: {json}\n\n")
}

/// The first event. It carries the id after which the stream goes on, so that who loses the connection at once can come back.
fn greeting(after: Option<&str>, json: &str) -> String {
    let id = after.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("retry: {RETRY_MS}\n{id}event: hello\ndata: {json}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::HttpBody;
    use std::future::poll_fn;
    use std::pin::Pin;

    async fn read(body: &mut Body) -> Option<String> {
        let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
        Some(String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap())
    }

    fn hello(resumed: Resumed) -> String {
        serde_json::to_string(&resumed).unwrap()
    }

    fn run(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(test);
    }

    #[test]
    fn whoever_comes_back_misses_nothing_that_is_kept() {
        run(async {
            let events = Events::new("run", 4);
            for n in 1..=3 {
                events.publish("slot", &n);
            }
            let mut body = events.subscribe(Some("run-1"), hello).unwrap();
            let first = read(&mut body).await.unwrap();
            assert_eq!(
                first,
                "retry: 3000\nid: run-1\nevent: hello\ndata: {\"after\":\"run-1\",\"resumed\":true,\"kept\":2}\n\n"
            );
            assert_eq!(read(&mut body).await.unwrap(), "id: run-2\nevent: slot\ndata: 2\n\n");
            assert_eq!(read(&mut body).await.unwrap(), "id: run-3\nevent: slot\ndata: 3\n\n");
            events.publish("log", &"x");
            assert_eq!(read(&mut body).await.unwrap(), "id: run-4\nevent: log\ndata: \"x\"\n\n");
        });
    }

    #[test]
    fn ids_of_another_run_or_of_the_future_or_too_old_are_no_resumption() {
        run(async {
            let events = Events::new("run", 4);
            for n in 0..(RING + 10) {
                events.publish("slot", &n);
            }
            for (id, resumed) in
                [("other-1030", false), ("run-9999", false), ("run-9", false), ("x", false), ("run-10", true)]
            {
                let mut body = events.subscribe(Some(id), hello).unwrap();
                let first = read(&mut body).await.unwrap();
                assert_eq!(first.contains("\"resumed\":true"), resumed, "{id}: {first}");
            }
        });
    }

    #[test]
    fn there_are_as_many_subscribers_as_allowed_and_leaving_makes_room() {
        run(async {
            let events = Events::new("run", 2);
            let first = events.subscribe(None, hello).unwrap();
            let _second = events.subscribe(None, hello).unwrap();
            assert_eq!(events.subscribe(None, hello).unwrap_err(), Full::Subscribers { allowed: 2 });
            drop(first);
            assert_eq!(events.subscribers(), 1);
            drop(events.subscribe(None, hello).unwrap());
        });
    }

    #[test]
    fn who_is_too_slow_is_dropped_and_the_others_are_not() {
        run(async {
            let events = Events::new("run", 2);
            let mut slow = events.subscribe(None, hello).unwrap();
            let mut quick = events.subscribe(None, hello).unwrap();
            read(&mut quick).await.unwrap();
            for n in 0..RING + 1 {
                events.publish("slot", &n);
                assert!(read(&mut quick).await.unwrap().ends_with(&format!("data: {n}\n\n")));
            }
            read(&mut slow).await.unwrap();
            assert_eq!(read(&mut slow).await, None);
            assert_eq!(events.dropped(), 1);
        });
    }

    #[test]
    fn silence_is_broken_by_comments_and_a_stop_ends_the_stream() {
        run(async {
            let events = Events::with_heartbeat("run", 1, Duration::from_millis(1));
            let mut body = events.subscribe(None, hello).unwrap();
            read(&mut body).await.unwrap();
            assert_eq!(read(&mut body).await.unwrap(), ": still here\n\n");
            events.close();
            assert_eq!(read(&mut body).await, None);
            assert_eq!(events.subscribe(None, hello).unwrap_err(), Full::Stopping);
        });
    }

    #[test]
    fn one_event_is_one_buffer_for_all() {
        run(async {
            let events = Events::new("run", 3);
            let mut bodies: Vec<Body> = (0..3).map(|_| events.subscribe(None, hello).unwrap()).collect();
            events.publish("slot", &1);
            let mut places = Vec::new();
            for body in &mut bodies {
                read(body).await.unwrap();
                let frame =
                    poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await.unwrap().unwrap();
                places.push(frame.into_data().unwrap().as_ptr());
            }
            assert!(places.iter().all(|place| *place == places[0]));
        });
    }
}
