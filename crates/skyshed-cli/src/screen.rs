//! How an answer looks where it is read: colours and width of a terminal, and plain text in files and pipes. What is
//! printed is a [`Page`]; what its roles look like is decided here and nowhere else.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use anstream::AutoStream;
use anstyle::{Ansi256Color, AnsiColor, Color, Style};
use anyhow::{Context, Result};
use clap::{ColorChoice, ValueEnum};
use skyshed::page::{Layout, Page, Role, Text};

use crate::progress;

/// How standard output and standard error look.
static SCREENS: OnceLock<[Screen; 2]> = OnceLock::new();

/// One of the two outputs.
#[derive(Clone, Copy, Debug, Default)]
struct Screen {
    palette: Option<Palette>,
    /// Width of the terminal; `None` where there is none.
    terminal: Option<usize>,
}

/// How many colours a terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Palette {
    /// The eight of every terminal, in whatever shades its owner chose.
    Eight,
    /// 256 of fixed shades: those used here are legible on black and on white alike.
    Many,
}

/// What `--color` says, known before the rest of the command line is: help and mistakes follow it too.
pub fn choice_of(arguments: impl IntoIterator<Item = OsString>) -> ColorChoice {
    let arguments: Vec<String> =
        arguments.into_iter().map(|one| one.to_string_lossy().into_owned()).collect();
    let mut given = arguments.iter().enumerate().filter_map(|(at, one)| match one.strip_prefix("--color") {
        Some("") => arguments.get(at + 1).map(String::as_str),
        Some(value) => value.strip_prefix('='),
        None => None,
    });
    given.next_back().and_then(|word| ColorChoice::from_str(word, false).ok()).unwrap_or(ColorChoice::Auto)
}

/// Looks at both outputs, once and before anything is printed.
pub fn set(choice: ColorChoice) {
    // Asked here too: where continuous integration runs, the query takes any terminal for one with colours.
    let is_dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb") && !is_forced();
    let palette = |auto: anstream::ColorChoice| {
        let colour = match choice {
            ColorChoice::Auto => auto != anstream::ColorChoice::Never && !is_dumb,
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        colour.then(|| Palette::of(|name| std::env::var(name).ok()))
    };
    let (out, err) = (io::stdout(), io::stderr());
    let screens = [
        Screen { palette: palette(AutoStream::choice(&out)), terminal: columns(&out) },
        Screen { palette: palette(AutoStream::choice(&err)), terminal: columns(&err) },
    ];
    if screens.iter().any(|screen| screen.palette.is_some()) {
        // Old consoles of Windows are told to understand escape codes; where they cannot, there is nothing to be done.
        let _ = anstyle_query::windows::enable_ansi_colors();
    }
    let _ = SCREENS.set(screens);
}

/// Whether `CLICOLOR_FORCE` asks for colours wherever the output goes.
fn is_forced() -> bool {
    std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0")
}

/// Width of the terminal, by itself or by `COLUMNS`; 80 where neither says.
#[cfg(unix)]
fn columns(stream: &(impl IsTerminal + std::os::fd::AsFd)) -> Option<usize> {
    let size = || terminal_size::terminal_size_of(stream).map(|(width, _)| usize::from(width.0));
    stream.is_terminal().then(|| size().filter(|&width| width > 0).or_else(told_columns).unwrap_or(80))
}

#[cfg(not(unix))]
fn columns(stream: &impl IsTerminal) -> Option<usize> {
    let size = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    stream.is_terminal().then(|| size().or_else(told_columns).unwrap_or(80))
}

fn told_columns() -> Option<usize> {
    std::env::var("COLUMNS").ok()?.parse().ok().filter(|&width| width > 0)
}

fn screens() -> [Screen; 2] {
    SCREENS.get().copied().unwrap_or_default()
}

/// Width of the terminal on standard error.
pub fn error_columns() -> Option<usize> {
    screens()[1].terminal
}

/// Prints a page; `plain` is its layout in files and pipes.
pub fn print_page(page: &Page, plain: Layout) -> Result<()> {
    let [screen, _] = screens();
    let layout = screen.terminal.map_or(plain, Layout::terminal);
    let text: String = page.lines(layout).iter().map(|line| painted(line, screen.palette) + "\n").collect();
    write_out(&text)
}

/// Prints text as it is; on a terminal without characters that would drive it.
pub fn print_text(text: &str) -> Result<()> {
    let is_command = |char: char| char.is_control() && !char.is_whitespace();
    match screens()[0].terminal {
        Some(_) if text.contains(is_command) => write_out(&text.replace(is_command, "\u{fffd}")),
        _ => write_out(text),
    }
}

fn write_out(text: &str) -> Result<()> {
    let _pause = progress::pause();
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write to standard output")
}

/// A line for standard error.
pub fn painted_error(text: &Text) -> String {
    painted(text, screens()[1].palette)
}

fn painted(text: &Text, palette: Option<Palette>) -> String {
    let Some(palette) = palette else { return text.plain() };
    let span = |span: &skyshed::page::Span| {
        let style = palette.style(span.role);
        format!("{style}{}{style:#}", span.text)
    };
    text.spans().iter().map(span).collect()
}

impl Palette {
    /// By what the environment says of the terminal.
    fn of(variable: impl Fn(&str) -> Option<String>) -> Palette {
        let term = variable("TERM").unwrap_or_default();
        let many = ["256", "kitty", "alacritty", "ghostty", "foot", "wezterm", "direct"];
        let told = variable("COLORTERM").is_some_and(|value| !value.is_empty());
        let known = many.iter().any(|name| term.contains(name));
        if told || known || cfg!(windows) { Palette::Many } else { Palette::Eight }
    }

    fn style(self, role: Role) -> Style {
        match self {
            Palette::Eight => eight(role),
            Palette::Many => many(role),
        }
    }
}

/// Shades are the terminal's own. Yellow is left out, because it cannot be read on white, and blue, because of black.
fn eight(role: Role) -> Style {
    let colour = |colour: AnsiColor| Style::new().bold().fg_color(Some(Color::Ansi(colour)));
    match role {
        Role::Plain | Role::Faint => Style::new(),
        Role::Label | Role::Strong => Style::new().bold(),
        Role::Good => colour(AnsiColor::Green),
        Role::Bad => colour(AnsiColor::Red),
        Role::Caution => colour(AnsiColor::Magenta),
    }
}

fn many(role: Role) -> Style {
    match shade(role) {
        None if role == Role::Strong => Style::new().bold(),
        None => Style::new(),
        Some(shade) => {
            let style = Style::new().fg_color(Some(Color::Ansi256(Ansi256Color(shade))));
            if matches!(role, Role::Label | Role::Faint) { style } else { style.bold() }
        }
    }
}

/// Number of a shade among xterm's 256.
fn shade(role: Role) -> Option<u8> {
    match role {
        Role::Plain | Role::Strong => None,
        Role::Label => Some(30),
        Role::Good => Some(28),
        Role::Bad => Some(196),
        Role::Caution => Some(130),
        Role::Faint => Some(243),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [Role; 7] =
        [Role::Plain, Role::Label, Role::Strong, Role::Good, Role::Bad, Role::Caution, Role::Faint];

    /// Relative luminance (WCAG 2.2) of one of xterm's 256 colours above the first sixteen.
    fn luminance(shade: u8) -> f64 {
        let level = |step: u8| if step == 0 { 0.0 } else { f64::from(55 + 40 * step) };
        let rgb = match shade {
            232.. => [8.0 + 10.0 * f64::from(shade - 232); 3],
            _ => [level((shade - 16) / 36), level((shade - 16) / 6 % 6), level((shade - 16) % 6)],
        };
        let [red, green, blue] = rgb.map(|level| {
            let level = level / 255.0;
            if level <= 0.04045 { level / 12.92 } else { ((level + 0.055) / 1.055_f64).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    #[test]
    fn every_shade_is_legible_on_black_and_on_white() {
        for shade in ROLES.into_iter().filter_map(shade) {
            let (on_black, on_white) = ((luminance(shade) + 0.05) / 0.05, 1.05 / (luminance(shade) + 0.05));
            assert!(on_black.min(on_white) > 3.9, "{shade}: {on_black:.2} on black, {on_white:.2} on white");
        }
    }

    #[test]
    fn taking_the_colours_away_leaves_the_text() {
        let text = skyshed::page::good("yes") + ": " + skyshed::page::strong("42 ms");
        for palette in [Palette::Eight, Palette::Many] {
            let shown = painted(&text, Some(palette));
            assert!(shown.contains('\u{1b}'), "{shown:?}");
            assert_eq!(anstream::adapter::strip_str(&shown).to_string(), "yes: 42 ms");
        }
        assert_eq!(painted(&text, None), "yes: 42 ms");
    }

    #[track_caller]
    fn chooses(line: &[&str], expected: ColorChoice) {
        assert_eq!(choice_of(line.iter().map(OsString::from)), expected, "{line:?}");
    }

    #[test]
    fn the_choice_is_known_before_the_command_line_is_read() {
        chooses(&["skyshed", "why", "--color", "never", "--help"], ColorChoice::Never);
        chooses(&["skyshed", "--color=always", "slot"], ColorChoice::Always);
        chooses(&["skyshed", "--color"], ColorChoice::Auto);
        chooses(&["skyshed", "--color=pink"], ColorChoice::Auto);
        chooses(&["skyshed", "slot"], ColorChoice::Auto);
    }

    #[test]
    fn terminals_say_how_many_colours_they_have() {
        let of = |term: &str, colorterm: Option<&str>| {
            Palette::of(|name| if name == "TERM" { Some(term.into()) } else { colorterm.map(String::from) })
        };
        assert_eq!(of("xterm-256color", None), Palette::Many);
        assert_eq!(of("xterm-kitty", None), Palette::Many);
        assert_eq!(of("screen", Some("truecolor")), Palette::Many);
        if !cfg!(windows) {
            assert_eq!(of("vt100", None), Palette::Eight);
            assert_eq!(of("linux", Some("")), Palette::Eight);
        }
    }
}
