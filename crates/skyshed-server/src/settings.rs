//! Every setting of the service, in one table, and where its value comes from: a flag, else the environment, else the file of
//! settings, else the default.
//!
//! A setting's key says all its names: `limits.body_bytes` is `--limits-body-bytes` on the command line,
//! `SKYSHED_LIMITS_BODY_BYTES` in the environment, and `body_bytes` below `[limits]` in the file. The file is not the one with
//! the plan's parameters (setting `config`): those decide what is planned, belong to every command, and are the same for
//! everybody who wants the same results; these say how one machine serves them, and change no result.
//!
//! Nothing is read here: texts come in, values and errors come out, all errors at once.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// What a setting's value may be.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// Any text but an empty one.
    Text,
    /// A file or directory; in the file of settings, beside that file unless it begins with `/`. Words stand for themselves.
    Path(&'static [&'static str]),
    /// `true` or `false`.
    Switch,
    /// A whole number within a range.
    Whole(u64, u64),
    /// One of some words.
    Word(&'static [&'static str]),
    /// Something that a function reads; it says what is allowed where it cannot.
    Read(fn(&str) -> Result<(), String>),
    /// The same, several with commas in between; none at all is allowed.
    List(fn(&str) -> Result<(), String>),
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name: words with `_`, below its table with `.`.
    pub key: &'static str,
    /// What it may be.
    pub form: Form,
    /// What it is where nobody says otherwise; empty where it then has none.
    pub default: &'static str,
    /// What it may be; the default, where there is one.
    pub example: &'static str,
    /// What its value is called in the help.
    pub value: &'static str,
    /// What it does.
    pub about: &'static str,
}

mod table;
mod texts;
pub use table::SETTINGS;
pub use texts::{example_file, markdown_table};

impl Setting {
    /// The setting of a key.
    pub fn of(key: &str) -> Option<&'static Setting> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    /// Its flag, without the dashes in front.
    pub fn flag(&self) -> String {
        self.key.replace(['.', '_'], "-")
    }

    /// Its variable in the environment.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.key.replace('.', "_").to_uppercase())
    }

    /// What is allowed, for a person.
    pub fn allowed(&self) -> String {
        match self.form {
            Form::Text | Form::Path([]) => self.value.to_owned(),
            Form::Path(words) => format!("{}, or {}", self.value, words.join(", ")),
            Form::Switch => "true or false".to_owned(),
            Form::Whole(min, max) => format!("a whole number from {min} to {max}"),
            Form::Word(words) => words.join(", "),
            Form::Read(read) | Form::List(read) => read("").err().unwrap_or_else(|| self.value.to_owned()),
        }
    }

    fn check(&self, text: &str) -> bool {
        match self.form {
            Form::Text | Form::Path(_) => !text.is_empty(),
            Form::Switch => ["true", "false"].contains(&text),
            Form::Whole(min, max) => text.parse().is_ok_and(|number: u64| (min..=max).contains(&number)),
            Form::Word(words) => words.contains(&text),
            Form::Read(read) => read(text).is_ok(),
            Form::List(read) => items(text).all(|item| read(item).is_ok()),
        }
    }
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The built-in default.
    Default,
    /// The file of settings.
    File(PathBuf),
    /// A variable of the environment.
    Environment(String),
    /// A flag.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(path) => write!(f, "{}", path.display()),
            Origin::Environment(variable) => f.write_str(variable),
            Origin::Flag(flag) => write!(f, "--{flag}"),
        }
    }
}

/// A value, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The value, as text.
    pub text: String,
    /// Who says so.
    pub origin: Origin,
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// A key that is no setting's.
    #[error("{file}: there is no setting `{key}`; {hint}", file = .file.display())]
    UnknownKey {
        /// The file of settings.
        file: PathBuf,
        /// The key given.
        key: String,
        /// What to give.
        hint: String,
    },
    /// A variable of the environment that looks like a setting and is none.
    #[error("{variable} in the environment is no setting; {hint}")]
    UnknownVariable {
        /// The variable.
        variable: String,
        /// What to give.
        hint: String,
    },
    /// A value that cannot be one.
    #[error("{key} is `{given}` by {origin}; allowed: {allowed}")]
    Value {
        /// The setting.
        key: &'static str,
        /// The value given.
        given: String,
        /// Who says so.
        origin: Origin,
        /// What is allowed.
        allowed: String,
    },
    /// A file that is no TOML.
    #[error("{file} is no TOML: {error}", file = .file.display())]
    Syntax {
        /// The file of settings.
        file: PathBuf,
        /// What is wrong with it.
        error: toml::de::Error,
    },
    /// Two settings that contradict each other.
    #[error("{0}")]
    Contradiction(String),
}

/// Where values may come from.
#[derive(Clone, Debug, Default)]
pub struct Layers<'a> {
    /// Flags: key and text.
    pub flags: Vec<(&'static str, String)>,
    /// The environment's variables that begin with `SKYSHED_`.
    pub environment: Vec<(String, String)>,
    /// The file of settings, and what is in it.
    pub file: Option<(&'a Path, &'a str)>,
}

/// What the variable of every setting begins with.
const PREFIX: &str = "SKYSHED_";

/// The settings in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    given: BTreeMap<&'static str, Given>,
}

impl Default for Settings {
    /// Every default.
    fn default() -> Settings {
        Settings::of(&Layers::default()).expect("the defaults are right")
    }
}

impl Settings {
    /// Takes each setting from the first layer that has it.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the table.
    pub fn of(layers: &Layers) -> Result<Settings, Vec<SettingError>> {
        let mut errors = Vec::new();
        let file = file_values(layers.file, &mut errors);
        let environment = environment_values(&layers.environment, &mut errors);
        let mut given = BTreeMap::new();
        for setting in SETTINGS {
            let flag = layers.flags.iter().find(|(key, _)| *key == setting.key);
            let flag =
                flag.map(|(_, text)| Given { text: text.clone(), origin: Origin::Flag(setting.flag()) });
            let value = flag
                .or_else(|| environment.get(setting.key).cloned())
                .or_else(|| file.get(setting.key).cloned())
                .or_else(|| {
                    let text = setting.default.to_owned();
                    let has_value = !text.is_empty() || matches!(setting.form, Form::List(_));
                    has_value.then_some(Given { text, origin: Origin::Default })
                });
            let Some(value) = value else { continue };
            match setting.check(&value.text) {
                true => _ = given.insert(setting.key, value),
                false => errors.push(SettingError::Value {
                    key: setting.key,
                    allowed: setting.allowed(),
                    given: value.text,
                    origin: value.origin,
                }),
            }
        }
        let mut settings = Settings { given };
        errors.extend(settings.settle());
        if errors.is_empty() { Ok(settings) } else { Err(errors) }
    }

    /// Decides between settings that exclude each other: what the higher layer says holds, and within one layer it is an error.
    fn settle(&mut self) -> Vec<SettingError> {
        let rank = |settings: &Settings, key| {
            settings.given.get(key).map(|given| std::mem::discriminant(&given.origin))
        };
        let mut errors = Vec::new();
        if let (Some(log), Some(policy)) = (self.given.get("log"), self.given.get("policy")) {
            if rank(self, "log") == rank(self, "policy") {
                let (log, policy) = (&log.origin, &policy.origin);
                errors.push(SettingError::Contradiction(format!(
                    "both log (by {log}) and policy (by {policy}) are given; give the one to obey"
                )));
            } else if log.origin > policy.origin {
                self.given.remove("policy");
            } else {
                self.given.remove("log");
                self.given.remove("witness_policy");
            }
        }
        if let (Some(witnesses), None) = (self.given.get("witness_policy"), self.given.get("log")) {
            errors.push(SettingError::Contradiction(format!(
                "witness_policy (by {}) is given without log; give the log that it belongs to",
                witnesses.origin
            )));
        }
        if let (Some(elements), true) = (self.given.get("elements"), self.switch("refresh.elements")) {
            errors.push(SettingError::Contradiction(format!(
                "refresh.elements is on and elements is given (by {}); what is downloaded would not be used: give one of them",
                elements.origin
            )));
        }
        if let (Some(key), false) = (self.given.get("log_key"), self.switch("write")) {
            errors.push(SettingError::Contradiction(format!(
                "log_key (by {}) is given and write is not on; give write, or leave log_key away",
                key.origin
            )));
        }
        let oidc = ["oidc.issuer", "oidc.audience", "oidc.keys"];
        let given = oidc.iter().filter(|key| self.given.contains_key(*key)).count();
        if given % oidc.len() != 0 {
            let message = "oidc.issuer, oidc.audience and oidc.keys belong together; give all three or none";
            errors.push(SettingError::Contradiction(message.to_owned()));
        }
        if self.given.contains_key("clock_speed")
            && self.whole("clock_speed") != 1
            && self.text("at").is_none()
        {
            errors.push(SettingError::Contradiction(
                "clock_speed is not 1 and at is not given; a clock that runs faster than time has to begin somewhere: give at"
                    .to_owned(),
            ));
        }
        errors
    }

    /// Every setting that has a value, in the order of the table.
    pub fn all(&self) -> impl Iterator<Item = (&'static Setting, Option<&Given>)> {
        SETTINGS.iter().map(|setting| (setting, self.given.get(setting.key)))
    }

    /// The value of a setting, if it has one.
    ///
    /// # Panics
    /// Where there is no such setting, which is a bug.
    pub fn text(&self, key: &str) -> Option<&str> {
        assert!(Setting::of(key).is_some(), "no setting `{key}`");
        self.given.get(key).map(|given| given.text.as_str())
    }

    /// The same as a path.
    pub fn path(&self, key: &str) -> Option<PathBuf> {
        self.text(key).map(PathBuf::from)
    }

    /// Whether a switch is on.
    pub fn switch(&self, key: &str) -> bool {
        self.text(key) == Some("true")
    }

    /// A number.
    ///
    /// # Panics
    /// Where the setting is no number with a default, which is a bug.
    pub fn whole(&self, key: &str) -> u64 {
        let text = self.text(key).unwrap_or_else(|| panic!("`{key}` has no value"));
        text.parse().unwrap_or_else(|_| panic!("`{key}` is no number"))
    }

    /// The items of a list.
    pub fn list(&self, key: &str) -> impl Iterator<Item = &str> {
        items(self.text(key).unwrap_or_default())
    }
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn environment_values(
    variables: &[(String, String)],
    errors: &mut Vec<SettingError>,
) -> BTreeMap<&'static str, Given> {
    let mut values = BTreeMap::new();
    for (variable, text) in variables {
        let setting = SETTINGS.iter().find(|setting| setting.variable() == *variable);
        match setting {
            // Set to nothing is how a variable is taken back.
            Some(_) if text.is_empty() => {}
            Some(setting) => {
                let origin = Origin::Environment(variable.clone());
                values.insert(setting.key, Given { text: text.clone(), origin });
            }
            // What is like no setting is somebody else's; what is like one is a slip of the pen.
            None => errors.extend(meant(variable).map(|name| {
                let hint = format!("did you mean `{name}`?");
                SettingError::UnknownVariable { variable: variable.clone(), hint }
            })),
        }
    }
    values
}

/// The setting's variable that was meant: the nearest, where it is one of a table such as `[limits]`, or is written almost like it. The fewer
/// letters there are the fewer may differ, since what other tools and tests read is no slip of the pen.
fn meant(variable: &str) -> Option<String> {
    let given = variable.strip_prefix(PREFIX)?;
    let of_a_table = SETTINGS.iter().filter_map(|setting| setting.key.split_once('.')).any(|(table, _)| {
        given.strip_prefix(&table.to_uppercase()).is_some_and(|rest| rest.starts_with('_'))
    });
    let names = SETTINGS.iter().map(|setting| setting.variable()[PREFIX.len()..].to_owned());
    let (distance, name) = names.map(|name| (distance(&name, given), name)).min()?;
    (of_a_table || distance <= (given.len() + 2) / 4).then(|| format!("{PREFIX}{name}"))
}

fn file_values(file: Option<(&Path, &str)>, errors: &mut Vec<SettingError>) -> BTreeMap<&'static str, Given> {
    let mut values = BTreeMap::new();
    let Some((path, text)) = file else { return values };
    let table: toml::Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            errors.push(SettingError::Syntax { file: path.to_owned(), error });
            return values;
        }
    };
    let mut found = Vec::new();
    flatten("", &table, &mut found);
    for (key, value) in found {
        let Some(setting) = Setting::of(&key) else {
            let nearest = nearest(SETTINGS.iter().map(|setting| setting.key.to_owned()), &key);
            let hint = match nearest {
                Some(name) => format!("did you mean `{name}`?"),
                None => "`skyshed serve --check` lists every setting".to_owned(),
            };
            errors.push(SettingError::UnknownKey { file: path.to_owned(), key, hint });
            continue;
        };
        let origin = Origin::File(path.to_owned());
        match text_of(setting, value) {
            Some(text) => {
                let text = beside(path, setting, text);
                values.insert(setting.key, Given { text, origin });
            }
            None => errors.push(SettingError::Value {
                key: setting.key,
                given: value.to_string(),
                origin,
                allowed: setting.allowed(),
            }),
        }
    }
    values
}

/// Keys with their tables in front.
fn flatten<'a>(prefix: &str, table: &'a toml::Table, found: &mut Vec<(String, &'a toml::Value)>) {
    for (key, value) in table {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(table) => flatten(&key, table, found),
            value => found.push((key, value)),
        }
    }
}

/// A value of the file as text, where its type is the setting's.
fn text_of(setting: &Setting, value: &toml::Value) -> Option<String> {
    match (setting.form, value) {
        (Form::Switch, toml::Value::Boolean(switch)) => Some(switch.to_string()),
        (Form::Whole(..), toml::Value::Integer(number)) => Some(number.to_string()),
        (Form::List(_), toml::Value::Array(items)) => {
            let items: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
            items.map(|items| items.join(","))
        }
        (Form::Switch | Form::Whole(..) | Form::List(_), _) => None,
        (_, toml::Value::String(text)) => Some(text.clone()),
        (_, toml::Value::Datetime(time)) => Some(time.to_string()),
        _ => None,
    }
}

/// A path of the file of settings, beside that file.
fn beside(file: &Path, setting: &Setting, text: String) -> String {
    let Form::Path(words) = setting.form else { return text };
    if text.is_empty() || words.contains(&text.as_str()) || text.starts_with("preset:") {
        return text;
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    folder.join(&text).to_string_lossy().into_owned()
}

/// The nearest of some names, if one is near.
fn nearest(names: impl Iterator<Item = String>, given: &str) -> Option<String> {
    let (distance, name) = names.map(|name| (distance(&name, given), name)).min()?;
    (distance <= 1 + given.len() / 4).then_some(name)
}

/// How many letters must be put in, left out or exchanged (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in b.iter().enumerate() {
            let exchanged = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = exchanged.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(
        flags: &[(&'static str, &str)],
        environment: &[(&str, &str)],
        file: Option<&str>,
    ) -> Result<Settings, Vec<String>> {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        let layers = Layers {
            flags: flags.iter().map(|(key, text)| (*key, (*text).to_owned())).collect(),
            environment: environment.iter().map(owned).collect(),
            file: file.map(|text| (Path::new("/etc/skyshed/serve.toml"), text)),
        };
        Settings::of(&layers).map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    #[track_caller]
    fn check_refused(found: Result<Settings, Vec<String>>, parts: &[&str]) {
        let errors = found.expect_err("it is wrong");
        for part in parts {
            assert!(errors.iter().any(|error| error.contains(part)), "{part:?} is not in {errors:?}");
        }
        assert_eq!(errors.len(), parts.len(), "{errors:?}");
    }

    #[test]
    fn a_flag_holds_before_the_environment_before_the_file_before_the_default() {
        let file = "[limits]\nrequests = 3\npreviews = 3\nheaders = 33";
        let environment = [("SKYSHED_LIMITS_REQUESTS", "2"), ("SKYSHED_LIMITS_PREVIEWS", "2")];
        let settings = settings(&[("limits.requests", "1")], &environment, Some(file)).unwrap();
        let found = ["requests", "previews", "headers", "connections"]
            .map(|name| settings.whole(&format!("limits.{name}")));
        assert_eq!(found, [1, 2, 33, 2048]);
        let by = |key: &str| {
            let (_, given) = settings.all().find(|(setting, _)| setting.key == key).unwrap();
            given.unwrap().origin.to_string()
        };
        assert_eq!(by("limits.requests"), "--limits-requests");
        assert_eq!(by("limits.previews"), "SKYSHED_LIMITS_PREVIEWS");
        assert_eq!(by("limits.headers"), "/etc/skyshed/serve.toml");
        assert_eq!(by("limits.connections"), "default");
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        check_refused(
            settings(
                &[],
                &[],
                Some("listen = 8080\n[limits]\nrequest = 3\nrequests = 0\nheaders = \"many\""),
            ),
            &[
                "there is no setting `limits.request`; did you mean `limits.requests`?",
                "listen is `8080` by /etc/skyshed/serve.toml; allowed: an address and a port",
                "limits.requests is `0` by /etc/skyshed/serve.toml; allowed: a whole number from 1 to 4096",
                "limits.headers is `\"many\"`",
            ],
        );
        check_refused(
            settings(&[("listen", "localhost")], &[("SKYSHED_LIMITS_BODY", "1")], None),
            &["listen is `localhost` by --listen", "SKYSHED_LIMITS_BODY in the environment is no setting"],
        );
        check_refused(settings(&[], &[], Some("listen =")), &["/etc/skyshed/serve.toml is no TOML"]);
        check_refused(
            settings(&[], &[], Some("[proxy]\ntrusted = [\"10.0.0.0/8\", \"somewhere\"]")),
            &["proxy.trusted is `10.0.0.0/8,somewhere`"],
        );
    }

    #[test]
    fn variables_of_other_purposes_and_empty_ones_are_left_alone() {
        let environment = [
            ("SKYSHED_HOME", "/x"),
            ("SKYSHED_DATA", "/x"),
            ("SKYSHED_PYTHON", "/x"),
            ("SKYSHED_REQUIRE_DATA", "1"),
            ("SKYSHED_LISTEN", ""),
        ];
        assert_eq!(settings(&[], &environment, None).unwrap(), Settings::default());
    }

    #[test]
    fn paths_of_the_file_are_beside_it_and_words_are_words() {
        let file = "elements = \"preset:starlink-550\"\nlog = \"log\"\nconfig = \"/x/plan.toml\"";
        let read = settings(&[("scenario", "here.toml")], &[], Some(file)).unwrap();
        assert_eq!(read.text("elements"), Some("preset:starlink-550"));
        assert_eq!(read.text("log"), Some("/etc/skyshed/log"));
        assert_eq!(read.text("config"), Some("/x/plan.toml"));
        assert_eq!(read.text("scenario"), Some("here.toml"));
        let word = settings(&[], &[], Some("log = \"demonstration\"")).unwrap();
        assert_eq!(word.text("log"), Some("demonstration"));
    }

    #[test]
    fn of_log_and_policy_the_higher_layer_holds_and_within_one_it_is_an_error() {
        let file = "log = \"/log\"\nwitness_policy = \"/witnesses\"";
        let study = settings(&[("policy", "all-on")], &[], Some(file)).unwrap();
        assert_eq!((study.text("policy"), study.text("log")), (Some("all-on"), None));
        assert_eq!(study.text("witness_policy"), None);
        let log = settings(&[], &[("SKYSHED_LOG", "/log")], Some("policy = \"all-on\"")).unwrap();
        assert_eq!((log.text("policy"), log.text("log")), (None, Some("/log")));
        check_refused(
            settings(&[], &[], Some("log = \"/log\"\npolicy = \"all-on\"")),
            &["both log (by /etc/skyshed/serve.toml) and policy"],
        );
        check_refused(settings(&[("witness_policy", "w")], &[], None), &["without log"]);
        check_refused(
            settings(&[("refresh.elements", "true")], &[], Some("elements = \"preset:starlink-550\"")),
            &["would not be used"],
        );
        check_refused(settings(&[("clock_speed", "60")], &[], None), &["give at"]);
        assert!(settings(&[("clock_speed", "60"), ("at", "2026-08-22T21:00:12Z")], &[], None).is_ok());
    }

    #[test]
    fn no_two_settings_share_a_name_and_every_default_and_example_is_allowed() {
        for (index, setting) in SETTINGS.iter().enumerate() {
            let others = &SETTINGS[..index];
            assert!(others.iter().all(|other| other.key != setting.key && other.flag() != setting.flag()));
            assert!(others.iter().all(|other| other.variable() != setting.variable()), "{}", setting.key);
            assert!(setting.check(setting.example), "{}: {}", setting.key, setting.example);
            assert!(!setting.about.is_empty() && setting.about.ends_with('.'), "{}", setting.key);
        }
        assert_eq!(crate::ServeOptions::default().listen.to_string(), "127.0.0.1:8080");
    }
}
