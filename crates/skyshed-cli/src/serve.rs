//! `skyshed serve`: from flags, environment and a file of settings to a running service, or to a report of what is wrong.

mod check;
mod probe;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches, value_parser};
use skyshed::Epoch;
use skyshed_server::settings::{Form, Layers, SETTINGS, Setting, SettingError, Settings};
use skyshed_server::{Occasion, Renew, ServeOptions};

use crate::args::WorldArgs;
use crate::data::DataDir;
use crate::writing::{self, Writing, WritingArgs};
use crate::{files, inputs, refresh};

/// Largest file of settings, bytes.
const SETTINGS_BYTES_MAX: u64 = 1 << 20;
const SETTINGS_ARE: &str = "a file of settings in TOML (docs/operation.md)";
/// Names the file of settings where no flag does.
const SETTINGS_VARIABLE: &str = "SKYSHED_SETTINGS";

/// Ends `skyshed serve --help`.
pub const HELP: &str = "Every setting may also be given in the environment (--limits-body-bytes as \
SKYSHED_LIMITS_BODY_BYTES) or in the file of --settings ([limits] body_bytes). What a flag says holds, else what the \
environment says, else what the file says, else the default. --config is another file: the plan's parameters, which \
decide what is planned; settings say how this machine serves it.";

/// Settings that are flags of every command.
const OF_EVERY_COMMAND: [&str; 8] =
    ["elements", "ground", "log", "witness_policy", "policy", "config", "scenario", "at"];

/// What `serve` is given on the command line.
#[derive(Clone, Debug, Default)]
pub struct ServeArgs {
    settings: Option<PathBuf>,
    check: bool,
    probe: bool,
    flags: Vec<(&'static str, String)>,
}

/// A flag for each setting, by its table.
fn flag(setting: &'static Setting) -> Arg {
    let about = match setting.default {
        "" => setting.about.to_owned(),
        default => format!("{} [default: {default}]", setting.about),
    };
    // Flags live as long as the program; without its feature `string` clap takes no others.
    let name: &'static str = setting.flag().leak();
    let arg = Arg::new(setting.key).long(name).value_name(setting.value).help(about);
    match setting.form {
        // `--refresh-elements` alone turns it on.
        Form::Switch => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
        // Given several times, they add up.
        Form::List(_) => arg.action(ArgAction::Append),
        _ => arg.action(ArgAction::Set),
    }
}

impl clap::Args for ServeArgs {
    fn augment_args(command: Command) -> Command {
        let settings =
            Arg::new("settings").long("settings").value_name("FILE").value_parser(value_parser!(PathBuf));
        let check = Arg::new("check").long("check").action(ArgAction::SetTrue);
        let probe = Arg::new("probe").long("probe").action(ArgAction::SetTrue).conflicts_with("check");
        let own = SETTINGS.iter().filter(|setting| !OF_EVERY_COMMAND.contains(&setting.key));
        command
            .arg(settings.help("A file of settings in TOML; see docs/operation.md [env: SKYSHED_SETTINGS]"))
            .arg(check.help(
                "Check every setting and what it names, print them all and where each comes from, and end",
            ))
            .arg(probe.help("Ask the service that these settings describe whether it is ready, and end"))
            .next_help_heading("Settings")
            .args(own.map(flag))
    }

    fn augment_args_for_update(command: Command) -> Command {
        ServeArgs::augment_args(command)
    }
}

impl FromArgMatches for ServeArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<ServeArgs, clap::Error> {
        let own = SETTINGS.iter().filter(|setting| !OF_EVERY_COMMAND.contains(&setting.key));
        let given = |setting: &'static Setting| {
            let texts: Vec<&str> = matches.get_many::<String>(setting.key)?.map(String::as_str).collect();
            Some((setting.key, texts.join(",")))
        };
        Ok(ServeArgs {
            settings: matches.get_one::<PathBuf>("settings").cloned(),
            check: matches.get_flag("check"),
            probe: matches.get_flag("probe"),
            flags: own.filter_map(given).collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = ServeArgs::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Serves; or checks, or probes.
pub fn serve(world: &WorldArgs, args: &ServeArgs) -> Result<()> {
    let read = read(world, args, std::env::vars_os())?;
    if args.check {
        return check::check(read, world);
    }
    let settings = read.settings.map_err(told)?;
    if args.probe {
        return probe::probe(&settings);
    }
    raise_open_files();
    let world = world_args(world, &settings);
    let options = ServeOptions::of(&settings);
    let renew = renew(&world, &settings)?;
    let (world, enforcer) = inputs::enforced(&world, inputs::Remember::Yes)?;
    let how = WritingArgs {
        log_key: settings.path("log_key"),
        witnesses: settings.list("witness").map(str::to_owned).collect(),
        store: settings.text("store").map(str::to_owned),
        time_is_given: options.at.is_some(),
        listen: Some(options.listen),
    };
    let writing = settings.switch("write").then(|| Writing::find(enforcer.as_ref(), &how)).transpose()?;
    let registry = settings.path("lines").map(|path| writing::registry(&path, &world.ground)).transpose()?;
    let text = |key| settings.text(key);
    let issuer = match (text("oidc.issuer"), text("oidc.audience"), text("oidc.keys")) {
        (Some(issuer), Some(audience), Some(keys)) => Some(writing::issuer(issuer, audience, keys)?),
        _ => None,
    };
    skyshed_server::serve(Arc::new(world), enforcer, options, renew, |server| {
        // Nothing has been set or asked for before.
        registry.into_iter().for_each(|registry| drop(server.service().set_registry(registry)));
        issuer.into_iter().for_each(|issuer| drop(server.service().set_issuer(issuer)));
        writing.map_or(Ok(()), |writing| writing.begin(server))
    })
}

/// The settings as they were read.
struct Read {
    file: Option<PathBuf>,
    settings: Result<Settings, Vec<SettingError>>,
}

fn read(
    world: &WorldArgs,
    args: &ServeArgs,
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Read> {
    let mut variables = Vec::new();
    for (name, value) in environment {
        let Some(name) = name.to_str().filter(|name| name.starts_with("SKYSHED_")) else { continue };
        let Some(value) = value.to_str() else { bail!("{name} in the environment is not UTF-8; give text") };
        variables.push((name.to_owned(), value.to_owned()));
    }
    let named = variables.iter().find(|(name, value)| name == SETTINGS_VARIABLE && !value.is_empty());
    let file = args.settings.clone().or_else(|| named.map(|(_, value)| PathBuf::from(value)));
    let text = match &file {
        Some(path) => Some(files::read_text(path, SETTINGS_ARE, SETTINGS_BYTES_MAX)?),
        None => None,
    };
    let layers = Layers {
        flags: world_flags(world).into_iter().chain(args.flags.clone()).collect(),
        environment: variables,
        file: file.as_deref().zip(text.as_deref()),
    };
    let settings = Settings::of(&layers);
    Ok(Read { file, settings })
}

/// The flags of every command as settings.
fn world_flags(args: &WorldArgs) -> Vec<(&'static str, String)> {
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let given = [
        ("elements", args.elements.clone()),
        ("ground", path(&args.ground)),
        ("log", path(&args.log)),
        ("witness_policy", path(&args.witness_policy)),
        ("policy", args.policy.clone()),
        ("config", path(&args.config)),
        ("scenario", path(&args.scenario)),
        ("at", args.at.map(|at| at.to_string())),
    ];
    given.into_iter().filter_map(|(key, text)| Some((key, text?))).collect()
}

/// The world that the settings describe, as flags would.
fn world_args(given: &WorldArgs, settings: &Settings) -> WorldArgs {
    WorldArgs {
        elements: settings.text("elements").map(str::to_owned),
        ground: settings.path("ground"),
        log: settings.path("log"),
        witness_policy: settings.path("witness_policy"),
        policy: settings.text("policy").map(str::to_owned),
        at: settings.text("at").map(|at| Epoch::parse(at).expect("the settings were checked")),
        config: settings.path("config"),
        scenario: settings.path("scenario"),
        ..given.clone()
    }
}

/// Every error on a line of its own.
fn told(errors: Vec<SettingError>) -> anyhow::Error {
    let lines: Vec<String> = errors.iter().map(|error| format!("\n  {error}")).collect();
    anyhow::anyhow!("the settings are wrong:{}", lines.concat())
}

/// Looks for newer elements: downloads them where the settings say so, and reads them again.
fn renew(world: &WorldArgs, settings: &Settings) -> Result<Renew> {
    let scenario = inputs::scenario(world.scenario.as_deref())?;
    let elements = world.elements.clone();
    let source = settings.text("refresh.source").map(str::to_owned);
    Ok(Box::new(move |world, occasion| {
        let data = DataDir::find().ok();
        if occasion == Occasion::Due {
            let data =
                data.as_ref().context("there is no data directory to keep elements in; set SKYSHED_HOME")?;
            if !refresh::refresh_politely(data, source.as_deref())? {
                return Ok(None);
            }
        }
        let (constellation, name) = inputs::elements(elements.as_deref(), data.as_ref())?;
        let ut1 = inputs::ut1(data.as_ref())?;
        Ok(Some(world.with_elements(constellation, ut1, &scenario, name)?))
    }))
}

/// Each connection takes a file descriptor, and many systems allow 1,024 unless one asks for more.
fn raise_open_files() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: both calls are given a whole struct of the type that they expect, which lives until they return.
    unsafe {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) == 0 && limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
        }
    }
}

/// The path of a file of settings for messages.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
