//! `skyshed man`: manual pages, made from the same texts as the help.

use std::path::Path;

use anyhow::{Context, Result};
use clap::Command;
use clap_mangen::Man;

use crate::files;
use crate::screen::print_text;

/// The day of the pages: of the last release, as CHANGELOG.md has it.
const DATE: &str = "2026-11-28";
const MANUAL: &str = "Skyshed Manual";

/// A manual page: its file's name and its text.
struct ManualPage {
    file: String,
    text: String,
}

/// Prints the page of `skyshed`, or writes those of all commands to a folder.
pub fn man(command: Command, out: Option<&Path>) -> Result<()> {
    let pages = pages(command)?;
    let Some(folder) = out else {
        let main = pages.iter().find(|page| page.file == "skyshed.1");
        return print_text(main.map_or("", |page| &page.text));
    };
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for page in &pages {
        files::replace(&folder.join(&page.file), page.text.as_bytes())?;
    }
    print_text(&format!("wrote {} manual pages to {}\n", pages.len(), folder.display()))
}

fn pages(command: Command) -> Result<Vec<ManualPage>> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    collect(&command, &mut pages)?;
    Ok(pages)
}

fn collect(command: &Command, pages: &mut Vec<ManualPage>) -> Result<()> {
    let version = concat!("skyshed ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).date(DATE).source(version).manual(MANUAL);
    let mut text = Vec::new();
    man.render(&mut text)?;
    let text = without_breaks(&String::from_utf8(text)?);
    pages.push(ManualPage { file: man.get_filename(), text });
    command.get_subcommands().filter(|one| !one.is_hide_set()).try_for_each(|one| collect(one, pages))
}

/// Without line breaks beside empty lines, which say nothing and which linters warn of.
fn without_breaks(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let is_gap = |at: usize| lines.get(at).is_some_and(|line| matches!(*line, "" | ".sp"));
    let is_needed = |at: usize| lines[at] != ".br" || !(at > 0 && is_gap(at - 1) || is_gap(at + 1));
    (0..lines.len()).filter(|&at| is_needed(at)).map(|at| format!("{}\n", lines[at])).collect()
}
