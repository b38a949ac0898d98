//! `skyshed completions`: what a shell needs to complete command lines. The scripts ask the binary itself at each Tab, so
//! they never fall behind it, and they know values too: presets, territories, classes, states.

use std::ffi::OsStr;
use std::io;

use anyhow::Result;
use clap::{Arg, Command, ValueEnum};
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter};
use clap_complete::env::{EnvCompleter, Fish, Powershell, Zsh};
use skyshed::Ground;
use skyshed::control::Class;
use skyshed::ground::{Territory, TerritoryKind};
use skyshed::orbit::PRESETS;
use skyshed_server::changes::STATES;

use crate::screen::print_text;

/// The variable in which a shell's script says that it wants completions.
const VARIABLE: &str = "SKYSHED_COMPLETE";
/// The command that is completed, and that completes it.
const NAME: &str = "skyshed";

/// Bash breaks words at `:` and `=`; here they are put together again, and what Bash keeps is taken off the answers.
const BASH: &str = r#"_skyshed() {
    local line=$COMP_LINE count=0 words=() word i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $i -gt 0 && $line != [[:blank:]]* && -n $line ]]; then
            words[count - 1]+=$word
        else
            words[count]=$word
            count=$((count + 1))
        fi
        line=${line#"${line%%[![:blank:]]*}"}
        line=${line#"$word"}
    done
    local kept=${words[count - 1]%"$2"}
    [[ $2 == [:=] ]] && kept=${words[count - 1]}
    local IFS=$'\013'
    COMPREPLY=($(_CLAP_IFS="$IFS" _CLAP_COMPLETE_INDEX=$((count - 1)) SKYSHED_COMPLETE=bash \
        skyshed -- "${words[@]}" 2>/dev/null)) || COMPREPLY=()
    COMPREPLY=("${COMPREPLY[@]#"$kept"}")
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/:] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o bashdefault -F _skyshed skyshed
"#;

/// Which shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// Bash 4 or newer.
    Bash,
    /// Zsh.
    Zsh,
    /// Fish.
    Fish,
    /// PowerShell.
    Powershell,
}

/// Prints the script of a shell.
pub fn print(shell: Shell) -> Result<()> {
    let script = |completer: &dyn EnvCompleter| -> io::Result<String> {
        let mut script = Vec::new();
        completer.write_registration(VARIABLE, NAME, NAME, NAME, &mut script)?;
        Ok(String::from_utf8_lossy(&script).trim_start().to_owned())
    };
    let script = match shell {
        Shell::Bash => BASH.to_owned(),
        Shell::Zsh => script(&Zsh)?,
        Shell::Fish => script(&Fish)?,
        Shell::Powershell => script(&Powershell)?,
    };
    print_text(&script)
}

/// Where a shell asks for completions, answers and ends the process.
pub fn answer(command: fn() -> Command) {
    CompleteEnv::with_factory(|| with_values(command())).var(VARIABLE).complete();
}

/// Teaches every argument the values it may have, by the name of its value.
fn with_values(command: Command) -> Command {
    command.mut_args(with_value).mut_subcommands(with_values)
}

fn with_value(arg: Arg) -> Arg {
    let name = arg.get_value_names().and_then(|names| names.first()).map(|name| name.as_str().to_owned());
    let completer = match name.as_deref() {
        Some("FILE|preset:NAME") => ArgValueCompleter::new(|given: &OsStr| {
            or_files(given, PRESETS.iter().map(|preset| format!("preset:{preset}")))
        }),
        Some("FILE|all-on|all-off|illustrative") => ArgValueCompleter::new(|given: &OsStr| {
            or_files(given, ["all-on", "all-off", "illustrative"].map(str::to_owned))
        }),
        Some("TERRITORY") => ArgValueCompleter::new(territories),
        Some("TERRITORY=STATE") => ArgValueCompleter::new(changes),
        Some("CLASS") => ArgValueCompleter::new(|given: &OsStr| words(given, Class::ALL.map(Class::name))),
        Some("CLASS,CLASS") => ArgValueCompleter::new(classes),
        Some("STATE") => ArgValueCompleter::new(|given: &OsStr| words(given, STATES)),
        _ => return arg,
    };
    arg.add(completer)
}

/// Those of the words that begin as given.
fn words<T: AsRef<str>>(given: &OsStr, words: impl IntoIterator<Item = T>) -> Vec<CompletionCandidate> {
    let Some(given) = given.to_str() else { return Vec::new() };
    let fitting = words.into_iter().filter(|word| word.as_ref().starts_with(given));
    fitting.map(|word| CompletionCandidate::new(word.as_ref())).collect()
}

fn or_files(given: &OsStr, words_too: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    let mut all = words(given, words_too);
    all.extend(PathCompleter::file().complete(given));
    all
}

/// Ids of territories: of all there are where the beginning of one is given, else of countries and disputed areas.
fn territories(given: &OsStr) -> Vec<CompletionCandidate> {
    let Some(given) = given.to_str() else { return Vec::new() };
    let map = Ground::embedded();
    let wide = |one: &&Territory| {
        given.len() > 2 || matches!(one.kind, TerritoryKind::Country | TerritoryKind::Disputed)
    };
    let fitting = map.territories.iter().filter(wide).filter(|one| one.id.starts_with(given));
    fitting.map(|one| CompletionCandidate::new(one.id.as_str()).help(Some(one.name.clone().into()))).collect()
}

fn changes(given: &OsStr) -> Vec<CompletionCandidate> {
    match given.to_str().and_then(|given| given.split_once('=')) {
        Some((territory, _)) => words(given, STATES.map(|state| format!("{territory}={state}"))),
        None => {
            let of = |one: CompletionCandidate| {
                CompletionCandidate::new(format!("{}=", one.get_value().to_string_lossy()))
                    .help(one.get_help().cloned())
            };
            territories(given).into_iter().map(of).collect()
        }
    }
}

/// After each comma another class.
fn classes(given: &OsStr) -> Vec<CompletionCandidate> {
    let before = given.to_str().and_then(|given| given.rsplit_once(',')).map_or("", |(before, _)| before);
    let comma = if before.is_empty() { "" } else { "," };
    words(given, Class::ALL.map(|class| format!("{before}{comma}{}", class.name())))
}
