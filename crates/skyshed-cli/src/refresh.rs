//! `skyshed data refresh`: downloads politely, checks, and only then replaces.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};
use skyshed::orbit::read_elements;
use skyshed::{Constellation, Epoch, Ut1Table};

use crate::args::RefreshArgs;
use crate::data::{DataDir, Kind, age_text};
use crate::inputs::UT1_BYTES_MAX;
use crate::progress::Progress;
use crate::{now, print_json, print_text};

/// CelesTrak renews its element sets about every two hours and asks not to be asked more often.
const INTERVAL_HOURS: f64 = 2.0;
/// Starlink, as OMM in JSON: the form that holds catalogue numbers of any length (celestrak.org, "GP data").
const ELEMENTS_PATH: &str = "/NORAD/elements/gp.php?GROUP=starlink&FORMAT=json";
const ELEMENTS_HOST: &str = "https://celestrak.org";
/// finals2000A.all: UT1-UTC since 1973, with predictions for a year (IERS data centre).
const UT1_PATH: &str = "/data/9/finals2000A.all";
const UT1_HOST: &str = "https://datacenter.iers.org";
/// Largest answer that is read as element sets, bytes: fifteen times Starlink in 2026.
const ELEMENTS_BYTES_MAX: u64 = 128 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(180);

/// Checks an answer and says what is in it.
type Describe = fn(&[u8]) -> Result<String>;

/// What happened to one file, for JSON.
#[derive(Serialize)]
struct Refreshed {
    kind: &'static str,
    source: String,
    downloaded: bool,
    detail: String,
}

/// Downloads element sets and Earth rotation. What one of them suffers does not stop the other; an error is told at the
/// end.
pub fn refresh(args: &RefreshArgs, json: bool) -> Result<()> {
    let data = DataDir::find()?;
    let (done, failed) = refresh_all(&data, args.source.as_deref());
    if json {
        print_json(&done)?;
    } else {
        done.iter().try_for_each(|one| print_text(&format!("{}\n", one.detail)))?;
    }
    failed
}

/// The same in the background of a service: true where something new came. Failed attempts count towards the interval too,
/// since a service that is started again and again must not ask again and again.
pub fn refresh_politely(data: &DataDir, source: Option<&str>) -> Result<bool> {
    let attempts = data.path().join("refresh.toml");
    let last = std::fs::read_to_string(&attempts).ok().and_then(|text| toml::from_str::<Attempt>(&text).ok());
    let last = last.and_then(|attempt| Epoch::parse(&attempt.attempted_at).ok());
    let now = now()?;
    let recent = |last: &Epoch| (0.0..INTERVAL_HOURS).contains(&(now.days_since(*last) * 24.0));
    if last.as_ref().is_some_and(recent) {
        return Ok(false);
    }
    data.make()?;
    crate::files::replace(
        &attempts,
        toml::to_string(&Attempt { attempted_at: now.to_string() })?.as_bytes(),
    )?;
    let (done, failed) = refresh_all(data, source);
    failed.map(|()| done.iter().any(|one| one.downloaded))
}

/// When a service asked last, with or without success.
#[derive(Serialize, Deserialize)]
struct Attempt {
    attempted_at: String,
}

fn refresh_all(data: &DataDir, source: Option<&str>) -> (Vec<Refreshed>, Result<()>) {
    let address = |host: &str, path: &str| format!("{}{path}", source.unwrap_or(host).trim_end_matches('/'));
    let tasks: [(Kind, String, u64, Describe); 2] = [
        (Kind::Elements, address(ELEMENTS_HOST, ELEMENTS_PATH), ELEMENTS_BYTES_MAX, describe_elements),
        (Kind::Ut1, address(UT1_HOST, UT1_PATH), UT1_BYTES_MAX, describe_ut1),
    ];
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for (kind, address, bytes_max, describe) in tasks {
        match refresh_one(data, kind, &address, bytes_max, describe) {
            Ok(refreshed) => done.push(refreshed),
            Err(error) => failed.push(format!("{kind}: {error:#}")),
        }
    }
    let failed = match failed.as_slice() {
        [] => Ok(()),
        failed => Err(anyhow!(
            "{}; what was there is as it was; try later, or fetch the files elsewhere and `skyshed data import` them",
            failed.join("; ")
        )),
    };
    (done, failed)
}

fn refresh_one(
    data: &DataDir,
    kind: Kind,
    address: &str,
    bytes_max: u64,
    describe: Describe,
) -> Result<Refreshed> {
    let now = now()?;
    let refreshed =
        |downloaded, detail| Refreshed { kind: kind.name(), source: address.to_owned(), downloaded, detail };
    if let Some(age_hours) =
        download_age_hours(data, kind, now).filter(|age| (0.0..INTERVAL_HOURS).contains(age))
    {
        let (age, wait) = (age_text(age_hours / 24.0), age_text((INTERVAL_HOURS - age_hours) / 24.0));
        return Ok(refreshed(
            false,
            format!(
                "{kind}: downloaded {age} ago, not again before {INTERVAL_HOURS} hours have passed; try in {wait}"
            ),
        ));
    }
    let bytes = {
        let _progress = Progress::start(format!("downloading {kind} from {address}"));
        download(address, bytes_max)?
    };
    let detail = describe(&bytes).with_context(|| format!("{address} did not answer with {kind}"))?;
    data.keep(kind, &bytes, address, true, now)?;
    Ok(refreshed(true, format!("{kind}: {detail}")))
}

fn download_age_hours(data: &DataDir, kind: Kind, now: Epoch) -> Option<f64> {
    let kept = data.note(kind).filter(|note| note.downloaded)?.kept()?;
    Some(now.days_since(kept) * 24.0)
}

fn download(address: &str, bytes_max: u64) -> Result<Vec<u8>> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_global(Some(TOTAL_TIMEOUT))
        .user_agent(concat!("skyshed/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut answer = agent.get(address).call().with_context(|| format!("cannot download {address}"))?;
    let bytes = answer.body_mut().with_config().limit(bytes_max).read_to_vec();
    let bytes = bytes.with_context(|| format!("{address} broke off"))?;
    if bytes.is_empty() {
        bail!("{address} answered with nothing");
    }
    Ok(bytes)
}

fn describe_elements(bytes: &[u8]) -> Result<String> {
    let load = read_elements(bytes)?;
    let constellation = Constellation::from_elements("download", &load);
    let median = constellation.median_epoch().context("not one set can be propagated")?;
    let rejected = load.rejected.len() + constellation.problems().len();
    Ok(format!(
        "{} satellites, {rejected} records rejected, median epoch {median}",
        constellation.satellites().len()
    ))
}

fn describe_ut1(bytes: &[u8]) -> Result<String> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| anyhow!("not text at byte {}", error.valid_up_to()))?;
    let (from, to) = Ut1Table::parse_finals2000a(text)?.range();
    Ok(format!("UT1-UTC from {from} to {to}"))
}
