//! The table.

use std::net::SocketAddr;

use skyshed::Epoch;

use super::{Form, Setting};
use crate::clients::Network;
use crate::cors::Cors;
use crate::messages::Level;

/// A setting that has no value where nobody gives one; `example` is one.
const fn without(
    key: &'static str,
    form: Form,
    example: &'static str,
    value: &'static str,
    about: &'static str,
) -> Setting {
    Setting { key, form, default: "", example, value, about }
}

/// A setting with a default.
const fn setting(
    key: &'static str,
    form: Form,
    default: &'static str,
    value: &'static str,
    about: &'static str,
) -> Setting {
    Setting { key, form, default, example: default, value, about }
}

fn address(text: &str) -> Result<(), String> {
    let allowed = "an address and a port, such as 127.0.0.1:8080 or [::]:8080; port 0 takes any free port";
    text.parse::<SocketAddr>().map(|_| ()).map_err(|_| allowed.to_owned())
}

fn network(text: &str) -> Result<(), String> {
    let allowed = "addresses and networks with commas in between, such as 127.0.0.1,10.0.0.0/8,fd00::/8";
    text.parse::<Network>().map(|_| ()).map_err(|_| allowed.to_owned())
}

fn origin(text: &str) -> Result<(), String> {
    let allowed = "origins with commas in between, such as https://example.org, or * for all";
    Cors::new(&[text.to_owned()]).map(|_| ()).map_err(|_| allowed.to_owned())
}

fn header(text: &str) -> Result<(), String> {
    let allowed = "the name of a header field, such as x-forwarded-for";
    axum::http::HeaderName::try_from(text).map(|_| ()).map_err(|_| allowed.to_owned())
}

fn time(text: &str) -> Result<(), String> {
    Epoch::parse(text).map(|_| ()).map_err(|_| "a time, such as 2026-08-22T21:00:12Z".to_owned())
}

fn source(text: &str) -> Result<(), String> {
    let whole = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let allowed = "an address that begins with https:// or http://";
    whole.filter(|rest| !rest.is_empty()).map(|_| ()).ok_or_else(|| allowed.to_owned())
}

/// Every setting, in the order in which they are listed.
pub const SETTINGS: &[Setting] = &[
    // The world. These have the same names as the flags of every other command.
    without(
        "elements",
        Form::Path(&[]),
        "preset:starlink-2026",
        "FILE|preset:NAME",
        "The satellites: element sets, a designed constellation in TOML, or preset:NAME. Without it, what `skyshed data` keeps, else preset:starlink-2026.",
    ),
    without(
        "ground",
        Form::Path(&[]),
        "ground",
        "FILE|DIR",
        "The map and the sites: a compiled map, a list of gateways and points of presence, or a directory with such files.",
    ),
    without(
        "log",
        Form::Path(&["demonstration"]),
        "/var/lib/skyshed/log",
        "DIR",
        "The folder of the public log whose proven decisions are obeyed. Without it, the demonstration log.",
    ),
    without(
        "witness_policy",
        Form::Path(&[]),
        "witnesses.txt",
        "FILE",
        "The log's key and witnesses, as known from elsewhere. Without it, policy.txt in the log's own folder, which is told as a warning.",
    ),
    without(
        "policy",
        Form::Path(&["all-on", "all-off", "illustrative"]),
        "illustrative",
        "FILE|all-on|all-off|illustrative",
        "A what-if study instead of a log.",
    ),
    without(
        "config",
        Form::Path(&[]),
        "plan.toml",
        "FILE",
        "The plan's parameters that differ from the built-in ones: the file of `--config`, which every command takes.",
    ),
    without("scenario", Form::Path(&[]), "scenario.toml", "FILE", "What is out of order, and when."),
    without(
        "at",
        Form::Read(time),
        "2026-08-22T21:00:12Z",
        "TIME",
        "The service's clock begins there instead of now, and runs on.",
    ),
    setting(
        "clock_speed",
        Form::Whole(1, 100_000),
        "1",
        "FACTOR",
        "How many seconds the service's clock runs in one; for rehearsals, together with `at`.",
    ),
    // Writing.
    setting(
        "write",
        Form::Switch,
        "false",
        "true|false",
        "Take signed records in over HTTP, for the log that is obeyed. Without it the service only reads.",
    ),
    without(
        "log_key",
        Form::Path(&[]),
        "/etc/skyshed/log.key",
        "FILE",
        "The log's own keys. Without it, DIR.key beside the log's folder DIR; of a demonstration log, DIR/keys.",
    ),
    without(
        "witness",
        Form::List(source),
        "https://witness.example",
        "URL",
        "Witnesses to ask too. Those that policy.txt has addresses for are asked anyway.",
    ),
    without(
        "store",
        Form::Text,
        "postgres://skyshed@db.example/log",
        "URL",
        "Take turns with the other servers that write this log, as PostgreSQL says.",
    ),
    without(
        "lines",
        Form::Path(&[]),
        "lines.toml",
        "FILE",
        "A registry of service lines and user terminals in TOML. Without it, an invented one, for demonstrations.",
    ),
    // Where.
    setting(
        "listen",
        Form::Read(address),
        "127.0.0.1:8080",
        "ADDRESS",
        "Where to listen; port 0 takes any free port.",
    ),
    without(
        "proxy.trusted",
        Form::List(network),
        "127.0.0.1,10.0.0.0/8",
        "NETWORKS",
        "Proxies in front, which are believed when they say for whom they ask. Nobody else is.",
    ),
    setting(
        "proxy.header",
        Form::Read(header),
        "x-forwarded-for",
        "NAME",
        "The header field in which they say it: addresses with commas in between, the nearest last.",
    ),
    without(
        "http.cors_origins",
        Form::List(origin),
        "https://example.org",
        "ORIGINS",
        "Origins whose pages may read answers, or * for all. Nobody else's may.",
    ),
    without(
        "oidc.issuer",
        Form::Text,
        "https://login.example",
        "URL",
        "Check bearer tokens of this OpenID Connect issuer where requests carry one: their bearers have rates of their own; they approve nothing.",
    ),
    without("oidc.audience", Form::Text, "skyshed", "NAME", "The audience that such tokens must be for."),
    without(
        "oidc.keys",
        Form::Text,
        "https://login.example/keys",
        "FILE|URL",
        "The issuer's keys (JSON Web Key Set): an https:// address, or a file.",
    ),
    // Limits.
    setting(
        "limits.connections",
        Form::Whole(1, 65_536),
        "2048",
        "COUNT",
        "Connections at once; each takes a file descriptor.",
    ),
    setting(
        "limits.connections_per_client",
        Form::Whole(1, 65_536),
        "256",
        "COUNT",
        "Connections at once from one client: an IPv4 address, or an IPv6 network of 64 bits. Of a trusted proxy any number.",
    ),
    setting(
        "limits.requests",
        Form::Whole(1, 4_096),
        "64",
        "COUNT",
        "Requests that are answered at once; one more is told to come back (503).",
    ),
    setting(
        "limits.request_threads",
        Form::Whole(1, 256),
        "2",
        "COUNT",
        "Threads on which longer answers are worked out, beside those of the planner.",
    ),
    setting(
        "limits.requests_per_s",
        Form::Whole(0, 1_000_000),
        "200",
        "COUNT",
        "Requests of one client in a second (429 beyond); 0 for any number.",
    ),
    setting(
        "limits.request_burst",
        Form::Whole(1, 1_000_000),
        "1000",
        "COUNT",
        "Requests of one client at once, after a pause.",
    ),
    setting(
        "limits.writes_per_s",
        Form::Whole(0, 10_000),
        "10",
        "COUNT",
        "Writes of one client in a second (429 beyond), which count as requests too; 0 for any number.",
    ),
    setting(
        "limits.write_burst",
        Form::Whole(1, 100_000),
        "100",
        "COUNT",
        "Writes of one client at once, after a pause.",
    ),
    setting(
        "limits.previews",
        Form::Whole(1, 64),
        "2",
        "COUNT",
        "Previews that are worked out at once; others wait.",
    ),
    setting(
        "limits.streams",
        Form::Whole(1, 256),
        "4",
        "COUNT",
        "Tables of cells that are sent batch by batch at once (503 beyond).",
    ),
    setting(
        "limits.subscribers",
        Form::Whole(0, 65_536),
        "1000",
        "COUNT",
        "Subscribers of events at once; each is a connection too.",
    ),
    setting(
        "limits.header_bytes",
        Form::Whole(1_024, 1 << 20),
        "16384",
        "BYTES",
        "Longest first line and headers of a request (431 beyond).",
    ),
    setting(
        "limits.headers",
        Form::Whole(8, 1_000),
        "64",
        "COUNT",
        "Most header fields of a request (431 beyond).",
    ),
    setting(
        "limits.target_bytes",
        Form::Whole(256, 60_000),
        "4096",
        "BYTES",
        "Longest path and query of a request (414 beyond).",
    ),
    setting(
        "limits.body_bytes",
        Form::Whole(1_024, 64 << 20),
        "262144",
        "BYTES",
        "Longest body of a request (413 beyond).",
    ),
    setting(
        "limits.response_bytes",
        Form::Whole(1 << 20, 1 << 40),
        "268435456",
        "BYTES",
        "Longest answer whose length is known before it is sent.",
    ),
    setting(
        "limits.header_timeout_s",
        Form::Whole(1, 600),
        "10",
        "SECONDS",
        "From the first byte of a request to the end of its headers.",
    ),
    setting(
        "limits.idle_timeout_s",
        Form::Whole(20, 3_600),
        "60",
        "SECONDS",
        "For how long a connection may be open without a request. Subscribers hear something every 15 s.",
    ),
    setting(
        "limits.send_timeout_s",
        Form::Whole(1, 3_600),
        "30",
        "SECONDS",
        "For how long a client may take no byte of its answer.",
    ),
    setting(
        "limits.body_timeout_s",
        Form::Whole(1, 600),
        "10",
        "SECONDS",
        "From the end of the headers to the end of the body (408 beyond).",
    ),
    setting(
        "limits.request_timeout_s",
        Form::Whole(1, 600),
        "30",
        "SECONDS",
        "From the end of a request to the beginning of its answer (503 beyond).",
    ),
    setting(
        "limits.stop_timeout_s",
        Form::Whole(0, 600),
        "5",
        "SECONDS",
        "For how long requests under way are waited for when the service stops.",
    ),
    // When the service calls itself ready.
    setting(
        "ready.elements_age_h_max",
        Form::Whole(1, 720),
        "168",
        "HOURS",
        "Elements that are older make the service not ready. After 30 days nothing is planned any more.",
    ),
    setting(
        "ready.log_stale_s_max",
        Form::Whole(0, 31_536_000),
        "3600",
        "SECONDS",
        "A log that cannot be proven for longer makes the service not ready; its last proven state is kept.",
    ),
    setting(
        "ready.slots_behind_max",
        Form::Whole(1, 1_000),
        "2",
        "SLOTS",
        "A plan that is further behind makes the service not ready.",
    ),
    setting(
        "ready.slots_lost_max",
        Form::Whole(0, 240),
        "4",
        "SLOTS",
        "More slots without a plan (missed or failed) among the last 40 make the service not ready.",
    ),
    // Elements.
    setting(
        "refresh.elements",
        Form::Switch,
        "false",
        "true|false",
        "Download element sets and Earth rotation in the background, as `skyshed data refresh` does.",
    ),
    setting(
        "refresh.every_h",
        Form::Whole(2, 168),
        "4",
        "HOURS",
        "How often; the publisher asks for two hours at least.",
    ),
    without(
        "refresh.source",
        Form::Read(source),
        "https://mirror.example",
        "URL",
        "A mirror that keeps the paths of celestrak.org and datacenter.iers.org.",
    ),
    // What the operator is told.
    setting(
        "messages.format",
        Form::Word(&["text", "json"]),
        "text",
        "text|json",
        "How events are told on standard error, a line each.",
    ),
    setting(
        "messages.level",
        Form::Word(&Level::NAMES),
        "info",
        "LEVEL",
        "The least important ones that are told; debug tells each request.",
    ),
];
