//! `skyshed request`: asking for a change of service. What the log knows already (zone, decision replaced) is filled in.

pub mod approve;
pub mod contact;
pub mod key;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use skyshed::control::Class;
use skyshed_records::ledger::{Status, View};
use skyshed_records::record::*;
use skyshed_records::{jcs, leaf};

use crate::args::Cli;
use crate::exit::refused;
use crate::log::place;
use crate::log::{append_files, sign_file, words};
use crate::record::submit::WriteArgs;
use crate::record::{self, hex, pretty, random, sign::By};
use crate::{files, print_json, print_text, territory};

/// What `skyshed request` takes.
#[derive(Debug, Args)]
pub struct RequestArgs {
    #[command(subcommand)]
    task: RequestTask,
}

#[derive(Debug, Subcommand)]
enum RequestTask {
    /// Write the request: zone, decision replaced and nonce are filled in from the log.
    New(Box<NewArgs>),
    /// Sign it.
    Sign(SignArgs),
    /// Submit it to the log.
    Submit(SubmitArgs),
}

#[derive(Debug, Args)]
struct NewArgs {
    /// The territory: id, name or label in the log.
    #[arg(value_name = "TERRITORY")]
    territory: String,
    /// What it is to be: on, off, listed, individual, limited, emergency_only, transit_only.
    #[arg(long, value_name = "STATE", value_parser = state_name)]
    to: String,
    /// The classes of service it is about. Default: every class.
    #[arg(long = "class", value_name = "CLASS,CLASS", value_delimiter = ',', value_parser = crate::log::class)]
    classes: Vec<Class>,
    /// Why, from the list: licensed, not_licensed, licence_revoked, sanctions, court_order, harmful_interference,
    /// safety_of_life, disaster_relief, hostilities, operator_policy, government_request, technical, other.
    #[arg(long, value_name = "CODE", value_parser = reason_code)]
    reason_code: ReasonCode,
    /// Why, in words.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// By when somebody looks again: a date or time, UTC.
    #[arg(long, value_name = "TIME", value_parser = record::time)]
    review_by: Time,
    /// The law, licence or order it rests on.
    #[arg(long, value_name = "TEXT")]
    legal_basis: Option<String>,
    /// Who asks: an id of the policy with the role requester. Default: the only one there is.
    #[arg(long = "as", value_name = "NAME@ORGANISATION")]
    requester: Option<String>,
    /// For whom. Default: the requester's organisation.
    #[arg(long, value_name = "WHO")]
    on_behalf_of: Option<String>,
    /// Number of a contact record that led to it; may be given several times.
    #[arg(long, value_name = "N")]
    contact: Vec<Index>,
    /// No effect before.
    #[arg(long, value_name = "TIME", value_parser = record::time)]
    not_before: Option<Time>,
    /// The state before comes back at this time.
    #[arg(long, value_name = "TIME", value_parser = record::time)]
    expires: Option<Time>,
    /// By the quick path: fewer approvals, no wait, and it ends by itself (--expires).
    #[arg(long, requires = "expires")]
    emergency: bool,
    /// What `skyshed preview --out FILE.json` wrote: the request carries its hash.
    #[arg(long, value_name = "FILE")]
    preview: Option<PathBuf>,
    /// Of the state limited: fastest a terminal may move.
    #[arg(long, value_name = "KMH")]
    max_speed_kmh: Option<u32>,
    /// Of the state limited: highest rate of a terminal.
    #[arg(long, value_name = "KBPS")]
    max_kbps: Option<u32>,
    /// Of the state listed: tree hash of the list.
    #[arg(long, value_name = "SHA256", value_parser = digest)]
    merkle_root: Option<Digest>,
    /// Where the request goes.
    #[arg(short, long, value_name = "FILE", default_value = "request.json")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct SignArgs {
    /// The request: its JSON body, or a record.
    #[arg(value_name = "FILE", default_value = "request.json")]
    file: PathBuf,
    #[command(flatten)]
    by: By,
    /// Where the signed record goes. Default: FILE with the ending .record.json.
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct SubmitArgs {
    /// The signed record.
    #[arg(value_name = "FILE", default_value = "request.record.json")]
    file: PathBuf,
    #[command(flatten)]
    write: WriteArgs,
}

/// Answers `skyshed request`.
pub fn run(cli: &Cli, args: &RequestArgs) -> Result<()> {
    match &args.task {
        RequestTask::New(args) => new(cli, args),
        RequestTask::Sign(args) => sign_file(cli, &args.file, Some("request"), &args.by, args.out.as_deref()),
        RequestTask::Submit(args) => {
            append_files(cli, std::slice::from_ref(&args.file), Some("request"), &args.write)
        }
    }
}

fn new(cli: &Cli, args: &NewArgs) -> Result<()> {
    let read = place::read(cli)?;
    let view = read.proven().ledger.at(read.proven().ledger.time());
    let body = Body::Request(body(&view, args)?);
    let sha256 = leaf::body_sha256(&leaf::body_bytes(&body)?);
    files::replace(&args.out, &pretty(&body)?)?;
    let Body::Request(request) = &body else { unreachable!("made above") };
    tell(cli, &view, request, sha256, &args.out)?;
    read.end()
}

fn body(view: &View, args: &NewArgs) -> Result<Request> {
    let found = territory::find(view, &args.territory)?;
    let id = found.territory.id.clone();
    let zone = found.zone.as_ref().ok_or_else(|| {
        refused(format!(
            "{id} has no zone in the log, so nothing can be asked for; log its zone record first"
        ))
    })?;
    let mut classes: Vec<String> = match args.classes.as_slice() {
        [] => Class::ALL.map(|class| class.name().to_owned()).to_vec(),
        given => given.iter().map(|class| class.name().to_owned()).collect(),
    };
    classes.sort();
    classes.dedup();
    let requester = requester(view, args.requester.as_deref())?;
    let organisation = requester.split_once('@').map_or(requester.as_str(), |(_, organisation)| organisation);
    let request = Request {
        from: replaced(view, &id, &classes)?,
        territory: id,
        zone: zone.zone.cells_sha256,
        classes,
        to: state(args)?,
        reason_code: args.reason_code,
        reason_text: args.reason.clone(),
        legal_basis: args.legal_basis.clone(),
        on_behalf_of: args.on_behalf_of.clone().unwrap_or_else(|| organisation.to_owned()),
        requester,
        contacts: args.contact.clone(),
        preview_sha256: None,
        not_before: args.not_before,
        expires: args.expires,
        review_by: args.review_by,
        emergency: args.emergency,
        nonce: hex(&random::<16>()?),
    };
    let preview_sha256 = args.preview.as_deref().map(|path| preview_sha256(path, &request)).transpose()?;
    Ok(Request { preview_sha256, ..request })
}

/// The one decision that is in force for all of these classes, or none. A request replaces one decision.
fn replaced(view: &View, territory: &str, classes: &[String]) -> Result<Option<Index>> {
    let number = |class: &String| view.standing(territory, class).decision.map(|decision| decision.number);
    let first = classes.first().and_then(number);
    if classes.iter().all(|class| number(class) == first) {
        return Ok(first);
    }
    let told = |class: &String| {
        let by = number(class).map_or("no decision".to_owned(), |number| format!("decision {number}"));
        format!("{class} by {by}")
    };
    let all: Vec<String> = classes.iter().map(told).collect();
    Err(refused(format!(
        "a request replaces one decision, but in {territory} these classes stand by several: {}; ask for them one by one (--class)",
        all.join(", ")
    )))
}

fn requester(view: &View, given: Option<&str>) -> Result<String> {
    let policy =
        view.policy().ok_or_else(|| refused("no policy is in force, so nobody can ask for anything"))?;
    let able = |id: &&String| policy.has_role(id, Role::Requester);
    let all: Vec<&String> = policy.policy.principals.keys().filter(able).collect();
    match (given, all.as_slice()) {
        (Some(id), all) if all.iter().any(|known| *known == id) => Ok(id.to_owned()),
        (None, [one]) => Ok((*one).clone()),
        (given, all) => {
            let ids: Vec<&str> = all.iter().map(|id| id.as_str()).collect();
            let given = given.map_or("who asks is not said".to_owned(), |id| format!("{id} may not ask"));
            Err(refused(format!("{given}; allowed with --as: {}", ids.join(", "))))
        }
    }
}

fn state(args: &NewArgs) -> Result<State> {
    let (max_speed_kmh, max_kbps) = (args.max_speed_kmh, args.max_kbps);
    if args.to != "limited" && (max_speed_kmh.is_some() || max_kbps.is_some()) {
        return Err(refused("--max-speed-kmh and --max-kbps belong to the state limited; give --to limited"));
    }
    if args.to != "listed" && args.merkle_root.is_some() {
        return Err(refused("--merkle-root belongs to the state listed; give --to listed"));
    }
    Ok(match args.to.as_str() {
        "on" => State::On,
        "off" => State::Off,
        "individual" => State::Individual,
        "emergency_only" => State::EmergencyOnly,
        "transit_only" => State::TransitOnly,
        "limited" if max_speed_kmh.is_none() && max_kbps.is_none() => {
            return Err(refused(
                "the state limited needs a limit; give --max-speed-kmh KMH or --max-kbps KBPS",
            ));
        }
        "limited" => State::Limited { max_speed_kmh, max_kbps },
        _ => {
            let merkle_root = args.merkle_root;
            State::Listed {
                merkle_root: merkle_root
                    .ok_or_else(|| refused("the state listed needs its list; give --merkle-root SHA256"))?,
            }
        }
    })
}

/// The hash of a preview's canonical form, whatever spacing its file has. A preview of another change is none of this request.
fn preview_sha256(path: &Path, request: &Request) -> Result<Digest> {
    let bytes = files::read(path, "what `skyshed preview --out FILE.json` wrote", PREVIEW_BYTES_MAX)?;
    let value: Value =
        serde_json::from_slice(&bytes).with_context(|| format!("--preview {}: not JSON", path.display()))?;
    let previewed = value["changes"].as_array().map(Vec::as_slice);
    if !matches!(previewed, Some([change]) if is_of(change, request)) {
        let (id, to, classes) = (&request.territory, json!(request.to), request.classes.join(","));
        return Err(refused(format!(
            "--preview {} is not of this change alone; make it with `skyshed preview {id}={} --classes {classes} --out FILE.json`",
            path.display(),
            to["state"].as_str().unwrap_or_default()
        )));
    }
    let canonical = jcs::canonical(&value).with_context(|| format!("--preview {}", path.display()))?;
    Ok(leaf::body_sha256(&canonical))
}

/// Whether a preview's change is what a request asks for.
fn is_of(change: &Value, request: &Request) -> bool {
    let to = json!(request.to);
    let mut classes: Vec<&str> =
        change["classes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    classes.sort_unstable();
    change["territory"].as_str() == Some(request.territory.as_str())
        && change["zone_sha256"].as_str() == Some(request.zone.to_string().as_str())
        && classes == request.classes
        && change["state"] == to["state"]
        && change["rate_max_kbps"] == to["max_kbps"]
        && change["speed_max_kmh"] == to["max_speed_kmh"]
}

fn tell(cli: &Cli, view: &View, request: &Request, sha256: Digest, path: &Path) -> Result<()> {
    let file = path.display().to_string();
    if cli.world.json {
        return print_json(&json!({ "file": file, "request_sha256": sha256, "body": request }));
    }
    let open = view.requests().filter(|one| {
        one.request.territory == request.territory && matches!(one.status, Status::InReview | Status::Waiting)
    });
    let open: String = open
        .map(|one| format!("note      request {} on it is {}\n", one.index, words::standing(view, one)))
        .collect();
    let from = request
        .from
        .map_or("nothing: there is no decision yet".to_owned(), |from| format!("decision {from}"));
    print_text(&format!(
        "wrote {file}: {}\nreplaces  {from}\nzone      {}\nhash      {sha256}\n{open}next      skyshed request sign {file} --key FILE, then \
         skyshed request submit {}\n",
        words::request(request),
        request.zone,
        record::record_path(path).display()
    ))
}

const STATES: [&str; 7] = ["on", "off", "listed", "individual", "limited", "emergency_only", "transit_only"];

fn state_name(text: &str) -> Result<String, String> {
    let known = STATES.iter().find(|name| **name == text);
    known.map(|name| (*name).to_owned()).ok_or_else(|| format!("allowed: {}", STATES.join(", ")))
}

fn reason_code(text: &str) -> Result<ReasonCode, String> {
    serde_json::from_value(text.into()).map_err(|_| "see --help for the list of codes".to_owned())
}

fn digest(text: &str) -> Result<Digest, String> {
    Digest::parse(text).ok_or_else(|| "write 64 digits 0-9 and a-f".to_owned())
}

const PREVIEW_BYTES_MAX: u64 = 1 << 26;
