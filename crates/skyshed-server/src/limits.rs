//! The limits of the service: how much of everything one client, one request and all together may take. Each is a setting
//! ([`crate::settings`]), and each is counted when somebody meets it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::settings::Settings;

/// How much is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once.
    pub connections: u32,
    /// Connections at once from one client; of a trusted proxy any number.
    pub connections_per_client: u32,
    /// Bytes of a request's first line and headers.
    pub header_bytes: u32,
    /// Header fields of a request.
    pub headers: u32,
    /// Bytes of a request's target: path and query.
    pub target_bytes: u32,
    /// Bytes of a request's body.
    pub body_bytes: u32,
    /// Bytes of an answer whose length is known before it is sent.
    pub response_bytes: u64,
    /// From the first byte of a request to the end of its headers.
    pub header_timeout: Duration,
    /// For how long a connection may be open without a request, or with one it takes no notice of.
    pub idle_timeout: Duration,
    /// For how long a client may take no byte of its answer.
    pub send_timeout: Duration,
    /// From the end of the headers to the end of the body.
    pub body_timeout: Duration,
    /// From the end of the request to the beginning of its answer.
    pub request_timeout: Duration,
    /// Requests that are answered at once; one more is told to come back. Health, readiness and metrics always get through.
    pub requests: u32,
    /// Threads on which answers are worked out.
    pub request_threads: u32,
    /// Requests of one client in a second; 0 for any number.
    pub requests_per_s: u32,
    /// Requests of one client at once, after a pause.
    pub request_burst: u32,
    /// Writes of one client in a second; 0 for any number.
    pub writes_per_s: u32,
    /// Writes of one client at once, after a pause.
    pub write_burst: u32,
    /// Previews that are worked out at once; others wait.
    pub previews: u32,
    /// Tables that are sent batch by batch at once.
    pub streams: u32,
    /// Subscribers of events at once.
    pub subscribers: u32,
    /// For how long requests under way are waited for when the service stops.
    pub stop_timeout: Duration,
}

impl Limits {
    /// As the settings say.
    pub fn of(settings: &Settings) -> Limits {
        let whole = |name: &str| settings.whole(&format!("limits.{name}"));
        // The table of settings keeps each within its range, far below what would not fit.
        let count = |name: &str| u32::try_from(whole(name)).expect("the setting's range fits");
        let seconds = |name: &str| Duration::from_secs(whole(name));
        Limits {
            connections: count("connections"),
            connections_per_client: count("connections_per_client"),
            header_bytes: count("header_bytes"),
            headers: count("headers"),
            target_bytes: count("target_bytes"),
            body_bytes: count("body_bytes"),
            response_bytes: whole("response_bytes"),
            header_timeout: seconds("header_timeout_s"),
            idle_timeout: seconds("idle_timeout_s"),
            send_timeout: seconds("send_timeout_s"),
            body_timeout: seconds("body_timeout_s"),
            request_timeout: seconds("request_timeout_s"),
            requests: count("requests"),
            request_threads: count("request_threads"),
            requests_per_s: count("requests_per_s"),
            request_burst: count("request_burst"),
            writes_per_s: count("writes_per_s"),
            write_burst: count("write_burst"),
            previews: count("previews"),
            streams: count("streams"),
            subscribers: count("subscribers"),
            stop_timeout: seconds("stop_timeout_s"),
        }
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::of(&Settings::default())
    }
}

/// A limit that somebody met. Closed, so that strangers cannot make the metrics grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// [`Limits::connections`].
    Connections,
    /// [`Limits::connections_per_client`].
    ConnectionsPerClient,
    /// [`Limits::target_bytes`].
    TargetBytes,
    /// [`Limits::body_bytes`].
    BodyBytes,
    /// [`Limits::response_bytes`].
    ResponseBytes,
    /// [`Limits::header_timeout`].
    HeaderTimeout,
    /// [`Limits::idle_timeout`]: nobody's fault.
    IdleTimeout,
    /// [`Limits::send_timeout`].
    SendTimeout,
    /// [`Limits::body_timeout`].
    BodyTimeout,
    /// [`Limits::request_timeout`].
    RequestTimeout,
    /// [`Limits::requests`].
    Requests,
    /// [`Limits::requests_per_s`] and [`Limits::request_burst`].
    Rate,
    /// [`Limits::writes_per_s`] and [`Limits::write_burst`].
    WriteRate,
    /// [`Limits::previews`]: whoever meets it waits.
    Previews,
    /// [`Limits::streams`].
    Streams,
    /// [`Limits::subscribers`].
    Subscribers,
    /// What the HTTP library refuses by itself: [`Limits::header_bytes`], [`Limits::headers`], and what is no HTTP.
    Unreadable,
}

impl Limit {
    /// Every limit, in the order of the enum.
    pub const ALL: [Limit; 17] = [
        Limit::Connections,
        Limit::ConnectionsPerClient,
        Limit::TargetBytes,
        Limit::BodyBytes,
        Limit::ResponseBytes,
        Limit::HeaderTimeout,
        Limit::IdleTimeout,
        Limit::SendTimeout,
        Limit::BodyTimeout,
        Limit::RequestTimeout,
        Limit::Requests,
        Limit::Rate,
        Limit::WriteRate,
        Limit::Previews,
        Limit::Streams,
        Limit::Subscribers,
        Limit::Unreadable,
    ];

    /// Its name in the metrics.
    pub fn name(self) -> &'static str {
        match self {
            Limit::Connections => "connections",
            Limit::ConnectionsPerClient => "connections_per_client",
            Limit::TargetBytes => "target_bytes",
            Limit::BodyBytes => "body_bytes",
            Limit::ResponseBytes => "response_bytes",
            Limit::HeaderTimeout => "header_timeout",
            Limit::IdleTimeout => "idle_timeout",
            Limit::SendTimeout => "send_timeout",
            Limit::BodyTimeout => "body_timeout",
            Limit::RequestTimeout => "request_timeout",
            Limit::Requests => "requests",
            Limit::Rate => "rate",
            Limit::WriteRate => "write_rate",
            Limit::Previews => "previews",
            Limit::Streams => "streams",
            Limit::Subscribers => "subscribers",
            Limit::Unreadable => "unreadable",
        }
    }
}

/// How often each limit was met.
#[derive(Debug, Default)]
pub struct Met([AtomicU64; Limit::ALL.len()]);

impl Met {
    /// Counts one.
    pub fn count(&self, limit: Limit) {
        self.0[limit as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// How often it was met since the start.
    pub fn of(&self, limit: Limit) -> u64 {
        self.0[limit as usize].load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_is_counted_by_its_own_name() {
        let met = Met::default();
        for (index, limit) in Limit::ALL.into_iter().enumerate() {
            assert_eq!(limit as usize, index);
            assert!(Limit::ALL[..index].iter().all(|other| other.name() != limit.name()));
            met.count(limit);
            assert_eq!(met.of(limit), 1, "{}", limit.name());
        }
    }
}
