//! The settings as a file to begin with, and as a table of the documentation. Both are kept in the repository, where a test
//! holds them against the code.

use super::{Form, SETTINGS, Setting};

const HEAD: &str = "\
# Settings of `skyshed serve`: every one of them, with its default, or, where it has none, with an example.
#
#   skyshed serve --settings serve.toml           serves by this file
#   skyshed serve --settings serve.toml --check   checks it and all that it names, and prints what is in force
#
# A setting may also be a flag or a variable: `limits.body_bytes` is --limits-body-bytes and SKYSHED_LIMITS_BODY_BYTES.
# What a flag says holds, else what the environment says, else what this file says, else the default.
# Paths are beside this file unless they begin with `/`. The plan's parameters are another file: see `config`.
";

/// Longest line of a comment.
const LINE_MAX: usize = 110;

/// A file of settings with every key commented out.
pub fn example_file() -> String {
    let mut text = HEAD.to_owned();
    let mut table = "";
    for setting in SETTINGS {
        let (of, name) = setting.key.rsplit_once('.').unwrap_or(("", setting.key));
        if of != table {
            text += &format!("\n[{of}]\n");
            table = of;
        } else {
            text += "\n";
        }
        lines(setting.about).iter().for_each(|line| text += &format!("# {line}\n"));
        let unset = if setting.default.is_empty() { "  # not set" } else { "" };
        text += &format!("#{name} = {}{unset}\n", toml_value(setting));
    }
    text
}

/// The same as a table in Markdown.
pub fn markdown_table() -> String {
    let mut text = String::from("| setting | default | allowed | what it does |\n|---|---|---|---|\n");
    for setting in SETTINGS {
        let default = match setting.default {
            "" => String::new(),
            default => format!("`{default}`"),
        };
        let cells = [format!("`{}`", setting.key), default, setting.allowed(), setting.about.to_owned()];
        text += &format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
    }
    text
}

fn toml_value(setting: &Setting) -> String {
    match setting.form {
        Form::Whole(..) | Form::Switch => setting.example.to_owned(),
        Form::List(_) => {
            let items: Vec<String> = setting
                .example
                .split(',')
                .filter(|item| !item.is_empty())
                .map(|item| format!("\"{item}\""))
                .collect();
            format!("[{}]", items.join(", "))
        }
        _ => format!("\"{}\"", setting.example),
    }
}

fn lines(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is one");
        if !line.is_empty() && line.len() + 1 + word.len() > LINE_MAX {
            lines.push(word.to_owned());
        } else {
            let gap = if line.is_empty() { "" } else { " " };
            *line += &format!("{gap}{word}");
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::settings::{Layers, Settings};

    fn check_kept(path: &str, kept: &str, expected: &str) {
        assert!(
            kept.contains(expected),
            "{path} differs from the code; run the test with SKYSHED_UPDATE_SNAPSHOTS=1 and review what changed"
        );
    }

    fn repository(path: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
    }

    #[test]
    fn the_shipped_file_of_settings_is_that_of_the_code() {
        let path = repository("packaging/serve.toml");
        if std::env::var_os("SKYSHED_UPDATE_SNAPSHOTS").is_some() {
            fs::write(&path, example_file()).unwrap();
        }
        check_kept("packaging/serve.toml", &fs::read_to_string(&path).unwrap(), &example_file());
    }

    #[test]
    fn the_documentation_lists_every_setting() {
        const BEGIN: &str = "<!-- settings -->\n";
        const END: &str = "<!-- end of settings -->\n";
        let path = repository("docs/operation.md");
        let mut kept = fs::read_to_string(&path).unwrap();
        if std::env::var_os("SKYSHED_UPDATE_SNAPSHOTS").is_some() {
            let (before, rest) = kept.split_once(BEGIN).unwrap();
            let (_, after) = rest.split_once(END).unwrap();
            kept = format!("{before}{BEGIN}{}{END}{after}", markdown_table());
            fs::write(&path, &kept).unwrap();
        }
        check_kept("docs/operation.md", &kept, &format!("{BEGIN}{}{END}", markdown_table()));
    }

    #[test]
    fn the_example_is_read_as_it_is_and_with_every_key() {
        let text = example_file();
        let file = Path::new("/etc/skyshed/serve.toml");
        let read = |text: &str| Settings::of(&Layers { file: Some((file, text)), ..Layers::default() });
        assert_eq!(read(&text).unwrap(), Settings::default());
        // Every key at once, but for those that exclude each other.
        let wanted = |line: &str| !line.starts_with("#policy =") && !line.starts_with("#elements = \"");
        let uncommented: Vec<String> = text
            .lines()
            .filter(|line| wanted(line))
            .map(|line| match line.strip_prefix('#') {
                // A key of the log belongs to a service that writes.
                Some("write = false") => "write = true".to_owned(),
                Some(key) if key.starts_with(|first: char| first.is_ascii_lowercase()) => key.to_owned(),
                _ => line.to_owned(),
            })
            .collect();
        let all = read(&uncommented.join("\n")).unwrap();
        for (setting, given) in all.all() {
            let given = given.map(|given| given.origin.to_string());
            let excluded = ["policy", "elements"].contains(&setting.key);
            assert_eq!(given.is_some_and(|by| by == "/etc/skyshed/serve.toml"), !excluded, "{}", setting.key);
        }
    }
}
