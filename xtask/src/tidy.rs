//! `cargo xtask tidy`: holds the repository against its own rules, each finding as `path:line: what; what to do`.
//! It reads text, not Rust: a rule here is one that a line at a time can show, the rest is clippy's.

use std::path::Path;
use std::process::ExitCode;
use std::{fmt, fs, io};

/// Which crates of the workspace each crate may use. Everything not listed here is forbidden.
const MAY_USE: &[(&str, &[&str])] = &[
    ("skyshed-orbit", &[]),
    ("skyshed-ground", &[]),
    ("skyshed-tlog", &[]),
    ("skyshed-records", &["skyshed-tlog"]),
    ("skyshed-control", &["skyshed-ground", "skyshed-records"]),
    ("skyshed-log", &["skyshed-tlog", "skyshed-records"]),
    ("skyshed-verify", &["skyshed-tlog", "skyshed-records"]),
    ("skyshed-wasm", &["skyshed-orbit", "skyshed-tlog", "skyshed-records", "skyshed-verify"]),
    ("skyshed-network", &["skyshed-orbit"]),
    ("skyshed-plan", &["skyshed-orbit", "skyshed-ground", "skyshed-control", "skyshed-network"]),
    ("skyshed-exchange", &["skyshed-orbit", "skyshed-network"]),
    (
        "skyshed",
        &[
            "skyshed-orbit",
            "skyshed-ground",
            "skyshed-control",
            "skyshed-network",
            "skyshed-plan",
            "skyshed-exchange",
        ],
    ),
    ("skyshed-server", &["skyshed", "skyshed-log", "skyshed-records", "skyshed-tlog"]),
    // Formats are the edge's business: the engine need not carry those it does not answer with.
    (
        "skyshed-cli",
        &["skyshed", "skyshed-server", "skyshed-exchange", "skyshed-log", "skyshed-records", "skyshed-tlog"],
    ),
    // It measures the service from outside, as a client would.
    ("skyshed-load", &["skyshed-ground"]),
    (
        "skyshed-bench",
        &[
            "skyshed",
            "skyshed-orbit",
            "skyshed-ground",
            "skyshed-control",
            "skyshed-network",
            "skyshed-plan",
            "skyshed-exchange",
        ],
    ),
];

/// Crates that hold no clock, socket, file, environment, process or thread-local randomness.
const PURE: &[&str] = &[
    "skyshed-orbit",
    "skyshed-ground",
    "skyshed-tlog",
    "skyshed-records",
    "skyshed-wasm",
    "skyshed-control",
    "skyshed-network",
    "skyshed-plan",
    "skyshed-exchange",
    "skyshed",
];

const BANNED_IN_PURE: &[(&str, &str)] = &[
    ("std::fs", "take the bytes as an argument"),
    ("std::net", "leave the network to the edges"),
    ("std::env", "take the value as an argument"),
    ("std::process", "leave processes to the edges"),
    ("SystemTime", "take the time as an argument"),
    ("Instant::now", "measure in the caller or in a bench"),
    ("thread::sleep", "return when to call again"),
    ("thread_rng", "take a seed as an argument"),
    ("println!", "return the text to the caller"),
    ("eprintln!", "return a value that says what is wrong"),
];

/// Names of quantities that have a unit.
const QUANTITIES: &[&str] = &[
    "altitude",
    "angle",
    "azimuth",
    "bandwidth",
    "delay",
    "distance",
    "elevation",
    "frequency",
    "height",
    "inclination",
    "latency",
    "latitude",
    "longitude",
    "power",
    "radius",
    "range",
    "rate",
    "rtt",
    "speed",
    "velocity",
];

/// Words that are a unit, or say that there is none.
const UNITS: &[&str] = &[
    "bps", "days", "db", "dbhz", "dbi", "dbm", "dbw", "deg", "factor", "fraction", "gbps", "ghz", "h",
    "hours", "hz", "k", "kbps", "khz", "km", "kmh", "kms", "kw", "m", "mbps", "mhz", "minutes", "mm", "mps",
    "ms", "ns", "percent", "rad", "ratio", "s", "tbps", "us", "w",
];

const LINES_MAX: usize = 900;

// Written in pieces so that this file does not find itself.
const LEFTOVERS: &[(&str, &str)] = &[
    (concat!("to", "do!("), "write it or remove the call"),
    (concat!("unimple", "mented!("), "write it or return an error that says so"),
    (concat!("db", "g!("), "remove it"),
    (concat!("#[ig", "nore"), "make the test pass or remove it"),
];

const MACHINE_FOLDERS: &[&str] = &["home", "root", "work", "Users"];

const REGISTRY_HOSTS: &[&str] = &[
    concat!("registry.npm", "js.org"),
    concat!("pypi.org/", "simple"),
    concat!("files.python", "hosted.org"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("proxy.go", "lang.org"),
    concat!("artif", "actory"),
];

const SKIPPED_FOLDERS: &[&str] =
    &[".git", "target", "node_modules", ".venv", "__pycache__", "corpus", "artifacts"];

/// One line that breaks a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    what: String,
    remedy: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.path, self.line, self.what, self.remedy)
    }
}

/// One text file of the repository; its path is relative to the root, with `/`.
struct File {
    path: String,
    text: String,
}

/// Runs every rule over the repository and prints the findings; fails if there is one.
pub fn main(root: &Path) -> ExitCode {
    let files = match read_tree(root) {
        Ok(files) => files,
        Err(error) => {
            eprintln!("tidy: cannot read {}: {error}", root.display());
            return ExitCode::from(2);
        }
    };
    let findings = check(&files);
    for finding in &findings {
        println!("{finding}");
    }
    println!("tidy: {} files, {} findings", files.len(), findings.len());
    if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Every finding, sorted by path and line.
fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        dependencies(file, &mut findings);
        pure_calls(file, &mut findings);
        unit_suffixes(file, &mut findings);
        length(file, &mut findings);
        leftovers(file, &mut findings);
        machine_words(file, &mut findings);
        outside_data(file, &mut findings);
    }
    architecture(files, &mut findings);
    clippy_lists(files, &mut findings);
    findings.sort();
    findings
}

/// A crate uses only what stands below it.
fn dependencies(file: &File, findings: &mut Vec<Finding>) {
    let Some(krate) = file.path.strip_prefix("crates/").and_then(|p| p.strip_suffix("/Cargo.toml")) else {
        return;
    };
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == krate) else {
        let remedy = "add it to MAY_USE in xtask/src/tidy.rs and to ARCHITECTURE.md";
        findings.push(file.finding(
            1,
            format!("crate `{krate}` has no place in the order of crates"),
            remedy,
        ));
        return;
    };
    let mut in_dependencies = false;
    for (line, text) in file.lines() {
        let text = text.trim();
        let used = if let Some(section) = text.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            let (head, last) = section.rsplit_once('.').unwrap_or(("", section));
            in_dependencies = last == "dependencies" || last == "build-dependencies";
            if head.ends_with("dependencies") && !head.ends_with("dev-dependencies") {
                last
            } else {
                continue;
            }
        } else if in_dependencies {
            text.split(['=', '.', ' ']).next().unwrap_or("")
        } else {
            continue;
        };
        if used.starts_with("skyshed") && !allowed.contains(&used) {
            let may =
                if allowed.is_empty() { "no crate of this workspace".into() } else { allowed.join(", ") };
            let what = format!("`{krate}` uses `{used}`");
            findings.push(file.finding(line, what, &format!("it may use {may}: move the code or the wall")));
        }
    }
}

/// Pure crates call nothing that differs from one machine or run to the next.
fn pure_calls(file: &File, findings: &mut Vec<Finding>) {
    let Some((krate, _)) = file.source() else { return };
    if !PURE.contains(&krate) {
        return;
    }
    for (line, text) in file.product_lines() {
        let grouped = text.split("std::{").nth(1).is_some_and(|names| {
            let mut words = names.split(|c: char| !c.is_alphanumeric() && c != '_');
            words.any(|word| ["fs", "net", "env", "process"].contains(&word))
        });
        let called = BANNED_IN_PURE.iter().find(|(call, _)| has_word(text, call));
        if let Some((call, remedy)) = called {
            findings.push(file.finding(line, format!("`{call}` in the pure crate `{krate}`"), remedy));
        } else if grouped {
            let what = format!("`std::{{fs, net, env, process}}` in the pure crate `{krate}`");
            findings.push(file.finding(line, what, "take what it would read as an argument"));
        }
    }
}

/// A public number or JSON key that has a unit says which.
fn unit_suffixes(file: &File, findings: &mut Vec<Finding>) {
    if file.source().is_none() {
        return;
    }
    for (line, text) in file.product_lines() {
        for name in public_float(text).into_iter().chain(json_keys(text)) {
            if !has_unit(name) {
                let what = format!("`{name}` does not say its unit");
                findings.push(file.finding(
                    line,
                    what,
                    "end the name in one, such as _km, _deg, _ms, _mbps, _ghz, _db",
                ));
            }
        }
    }
}

/// Files that people read fit in a sitting.
fn length(file: &File, findings: &mut Vec<Finding>) {
    let read_by_people =
        ["rs", "py", "js", "ts", "html", "css", "md"].iter().any(|e| file.path.ends_with(&format!(".{e}")));
    let lines = file.text.lines().count();
    if file.path.starts_with("crates/") && read_by_people && lines > LINES_MAX {
        let remedy = "split it where the subject changes";
        findings.push(file.finding(
            LINES_MAX + 1,
            format!("{lines} lines, at most {LINES_MAX} allowed"),
            remedy,
        ));
    }
}

/// Nothing half-done and no test switched off.
fn leftovers(file: &File, findings: &mut Vec<Finding>) {
    if !file.path.ends_with(".rs") {
        return;
    }
    for (line, text) in file.lines() {
        for (leftover, remedy) in LEFTOVERS {
            if has_word(text, leftover) {
                findings.push(file.finding(line, format!("`{leftover}` left behind"), remedy));
            }
        }
    }
}

/// Nothing points at somebody's machine or at the host a package came from.
fn machine_words(file: &File, findings: &mut Vec<Finding>) {
    for (line, text) in file.lines() {
        if let Some(folder) = MACHINE_FOLDERS.iter().find(|folder| has_absolute(text, folder)) {
            let what = format!("absolute path below `/{folder}`");
            findings.push(file.finding(line, what, "write it relative to the repository or as a setting"));
        }
        if let Some(host) = REGISTRY_HOSTS.iter().find(|host| text.contains(*host)) {
            findings.push(file.finding(
                line,
                format!("registry host `{host}`"),
                "name the package, not the host",
            ));
        }
    }
}

/// Only tests and tools read data that is not shipped, through one setting.
fn outside_data(file: &File, findings: &mut Vec<Finding>) {
    if file.source().is_none() {
        return;
    }
    for (line, text) in file.product_lines() {
        if text.contains("SKYSHED_DATA") || text.contains("../shared") {
            findings.push(file.finding(
                line,
                "the product reads data that is not shipped".into(),
                "move it to a test",
            ));
        }
    }
}

/// ARCHITECTURE.md names every crate.
fn architecture(files: &[File], findings: &mut Vec<Finding>) {
    let page = files.iter().find(|file| file.path == "ARCHITECTURE.md");
    let text = page.map_or("", |page| page.text.as_str());
    let crates = files.iter().filter_map(|f| f.path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml"));
    for krate in crates.filter(|krate| !text.contains(&format!("`{krate}`"))) {
        findings.push(Finding {
            path: "ARCHITECTURE.md".into(),
            line: 1,
            what: format!("crate `{krate}` is not in the code map"),
            remedy: "say there, in backticks, what it does and what it never does".into(),
        });
    }
}

/// Each pure crate refuses the same calls.
fn clippy_lists(files: &[File], findings: &mut Vec<Finding>) {
    let list = |krate: &str| files.iter().find(|file| file.path == format!("crates/{krate}/clippy.toml"));
    let crates =
        PURE.iter().filter(|krate| files.iter().any(|f| f.path == format!("crates/{krate}/Cargo.toml")));
    let first = PURE.iter().find_map(|krate| list(krate));
    for krate in crates {
        if list(krate).is_none_or(|file| Some(&file.text) != first.map(|first| &first.text)) {
            findings.push(Finding {
                path: format!("crates/{krate}/clippy.toml"),
                line: 1,
                what: "the calls that pure crates refuse are missing or differ".into(),
                remedy: "copy the file from another pure crate".into(),
            });
        }
    }
}

/// The name in `pub name: f64` and the like, `Vec`, `Option` and arrays included.
fn public_float(text: &str) -> Option<&str> {
    let (name, kind) = text.trim().strip_prefix("pub ")?.split_once(':')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_float = has_word(kind, "f64") || has_word(kind, "f32");
    (is_name && is_float).then_some(name)
}

/// The names in `"name":`.
fn json_keys(text: &str) -> Vec<&str> {
    let parts: Vec<&str> = text.split('"').collect();
    let is_key = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b"_0123456789".contains(&b))
    };
    let pairs = parts.windows(2).filter(|pair| is_key(pair[0]) && pair[1].trim_start().starts_with(':'));
    pairs.filter(|pair| !pair[1].trim_start().starts_with("::")).map(|pair| pair[0]).collect()
}

/// False for the name of a quantity with no unit after it: `range_m`, `range_m_max` pass, `range`, `range_max` do not.
fn has_unit(name: &str) -> bool {
    let words: Vec<&str> = name.split('_').collect();
    match words.iter().rposition(|word| QUANTITIES.contains(word)) {
        Some(at) => words[at + 1..].iter().any(|word| UNITS.contains(word)),
        None => true,
    }
}

/// True if `word` stands in `text` and is not the tail or head of a longer name.
fn has_word(text: &str, word: &str) -> bool {
    let in_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(|c| in_name(c) && word.starts_with(in_name));
        let after =
            text[at + word.len()..].chars().next().is_some_and(|c| in_name(c) && word.ends_with(in_name));
        !before && !after
    })
}

/// True if `text` holds the absolute path `/folder/`, or its Windows form, and not a part of a longer path or address.
fn has_absolute(text: &str, folder: &str) -> bool {
    let in_path = |c: char| c.is_alphanumeric() || "._-~/})>*".contains(c);
    let unix = format!("/{folder}/");
    text.match_indices(&unix).any(|(at, _)| !text[..at].chars().next_back().is_some_and(in_path))
        || text.contains(&format!(":\\{folder}\\"))
}

impl File {
    fn finding(&self, line: usize, what: String, remedy: &str) -> Finding {
        Finding { path: self.path.clone(), line, what, remedy: remedy.into() }
    }

    /// Lines with their numbers, from 1.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, text)| (index + 1, text))
    }

    /// The crate and the rest of the path of a Rust source file of the product (tests, benches and examples are not).
    fn source(&self) -> Option<(&str, &str)> {
        let (krate, rest) = self.path.strip_prefix("crates/")?.split_once("/src/")?;
        let is_test = rest == "tests.rs"
            || rest.ends_with("/tests.rs")
            || rest.starts_with("tests/")
            || rest.contains("/tests/");
        (rest.ends_with(".rs") && !is_test).then_some((krate, rest))
    }

    /// Lines outside items marked `#[cfg(test)]`, without their comments.
    fn product_lines(&self) -> Vec<(usize, &str)> {
        let mut lines = Vec::new();
        let mut all = self.lines();
        while let Some((number, text)) = all.next() {
            if text.trim_start().starts_with("#[cfg(test)]") {
                skip_item(indent(text), &mut all);
            } else {
                lines.push((number, without_comment(text)));
            }
        }
        lines
    }
}

/// Passes over the item that follows an attribute: to the `;` or the closing brace at the attribute's depth.
fn skip_item<'a>(depth: usize, lines: &mut impl Iterator<Item = (usize, &'a str)>) {
    for (_, text) in lines {
        let code = without_comment(text).trim_end();
        if code.trim().is_empty() || code.trim_start().starts_with("#[") || indent(text) > depth {
            continue;
        }
        let opens = code.matches('{').count() > code.matches('}').count();
        if !opens && code.ends_with([';', '}', ',']) {
            return;
        }
    }
}

fn indent(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// The line up to `//`, unless that is part of an address.
fn without_comment(text: &str) -> &str {
    let start = text.match_indices("//").find(|(at, _)| !text[..*at].ends_with(':'));
    start.map_or(text, |(at, _)| &text[..at])
}

/// Every text file below `root`, in order of path. What is not UTF-8 is not text.
fn read_tree(root: &Path) -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let kind = entry.file_type()?;
            if kind.is_dir() && !SKIPPED_FOLDERS.contains(&name.as_str()) {
                folders.push(path);
            } else if kind.is_file()
                && let Ok(text) = String::from_utf8(fs::read(entry.path())?)
            {
                files.push(File { path, text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The findings in one file, each as `line: what`.
    fn findings(path: &str, text: &str) -> Vec<String> {
        let file = File { path: path.into(), text: text.into() };
        let found = check(&[file]).into_iter().filter(|f| f.path == path);
        found.map(|f| format!("{}: {}", f.line, f.what)).collect()
    }

    fn check_line(path: &str, text: &str, what: &str) {
        let found = findings(path, text);
        assert!(found.iter().any(|f| f.contains(what)), "{text:?} in {path} gave {found:?}, not {what:?}");
    }

    fn check_clean(path: &str, text: &str) {
        assert_eq!(findings(path, text), Vec::<String>::new(), "{text:?} in {path}");
    }

    #[test]
    fn the_repository_is_tidy() {
        let files = read_tree(&crate::root()).unwrap();
        assert!(files.len() > 20, "only {} files read", files.len());
        let report: Vec<String> = check(&files).iter().map(Finding::to_string).collect();
        assert!(report.is_empty(), "\n{}\n", report.join("\n"));
    }

    #[test]
    fn dependencies_point_downwards() {
        let orbit = "crates/skyshed-orbit/Cargo.toml";
        check_line(
            orbit,
            "[dependencies]\nskyshed-ground.workspace = true\n",
            "2: `skyshed-orbit` uses `skyshed-ground`",
        );
        check_line(
            orbit,
            "[dependencies.skyshed-plan]\npath = \"\"\n",
            "1: `skyshed-orbit` uses `skyshed-plan`",
        );
        check_line(orbit, "[target.'cfg(unix)'.dependencies]\nskyshed = { path = \"\" }\n", "uses `skyshed`");
        check_line("crates/skyshed-plan/Cargo.toml", "[dependencies]\nskyshed = \"1\"\n", "uses `skyshed`");
        check_line("crates/utils/Cargo.toml", "[package]\n", "no place in the order");
        check_clean(orbit, "[package]\nname = \"skyshed-orbit\"\n[dependencies]\nlibm.workspace = true\n");
        check_clean(orbit, "[dev-dependencies]\nskyshed-ground.workspace = true\n");
        check_clean("crates/skyshed-cli/Cargo.toml", "[dependencies]\nskyshed-server.workspace = true\n");
    }

    #[test]
    fn pure_crates_call_nothing_outside() {
        let plan = "crates/skyshed-plan/src/beams.rs";
        for (call, _) in BANNED_IN_PURE {
            check_line(plan, &format!("fn f() {{ {call}(); }}\n"), &format!("`{call}`"));
        }
        check_line(plan, "use std::{collections::HashMap, fs};\n", "in the pure crate");
        check_line(plan, "#[cfg(test)]\nmod t {\n    use std::fs;\n}\nuse std::net;\n", "5: `std::net`");
        check_line(plan, "#[cfg(test)]\nmod tests;\nuse std::env;\n", "3: `std::env`");
        check_clean(plan, "// std::fs is not used\nuse std::fmt;\nuse std::{fmt, io};\n");
        check_clean(
            plan,
            "fn f() {}\n#[cfg(test)]\nmod tests {\n    use std::fs;\n\n    fn g() {\n        println!();\n    }\n}\n",
        );
        check_clean("crates/skyshed-plan/tests/full.rs", "use std::fs;\n");
        check_clean("crates/skyshed-cli/src/main.rs", "use std::fs;\nfn main() { println!(); }\n");
    }

    #[test]
    fn quantities_say_their_unit() {
        let orbit = "crates/skyshed-orbit/src/shell.rs";
        check_line(orbit, "    pub altitude: f64,\n", "`altitude` does not say its unit");
        check_line(orbit, "    pub slant_range: Vec<f32>,\n", "`slant_range`");
        check_line(orbit, "    pub elevation_min: Option<f32>,\n", "`elevation_min`");
        check_line(orbit, "json!({\"rtt\": 3.0, \"name\": 1})\n", "`rtt`");
        check_clean(orbit, "pub altitude_km: f64,\npub latency_ms_p50: f32,\npub range: Range<usize>,\n");
        check_clean(orbit, "pub fn altitude(self) -> f64 {\n");
        check_clean(
            orbit,
            "json!({\"rtt_ms\": 3.0, \"range\": [1]})\n".replace("\"range\"", "\"ranges\"").as_str(),
        );
    }

    #[test]
    fn files_are_short() {
        let long = "fn f() {}\n".repeat(LINES_MAX + 1);
        check_line("crates/skyshed/src/lib.rs", &long, "901 lines");
        check_clean("crates/skyshed/src/lib.rs", &"fn f() {}\n".repeat(LINES_MAX));
        check_clean("crates/skyshed/data/long.toml", &long);
    }

    #[test]
    fn nothing_is_left_behind() {
        for (leftover, _) in LEFTOVERS {
            check_line("crates/skyshed/tests/t.rs", &format!("    {leftover}\n"), "left behind");
        }
        check_clean("crates/skyshed/src/lib.rs", "fn ignore() {}\n");
    }

    #[test]
    fn nothing_points_at_a_machine() {
        for folder in MACHINE_FOLDERS {
            check_line("README.md", &format!("see /{folder}/somebody/file\n"), "absolute path");
            check_clean(
                "README.md",
                &format!("see https://example.org/{folder}/x and a/{folder}/x and .{folder}\n"),
            );
        }
        check_line("README.md", &format!("C:\\{}\\x\n", "Users"), "absolute path");
        for host in REGISTRY_HOSTS {
            check_line("web/package-lock.json", &format!("\"https://{host}/x\"\n"), "registry host");
        }
    }

    #[test]
    fn the_product_reads_no_outside_data() {
        check_line("crates/skyshed-cli/src/main.rs", "let d = env::var(\"SKYSHED_DATA\");\n", "not shipped");
        check_clean("crates/skyshed-cli/tests/t.rs", "let d = env::var(\"SKYSHED_DATA\");\n");
    }

    #[test]
    fn every_crate_is_in_the_code_map_and_pure_ones_refuse_the_same_calls() {
        let file = |path: &str, text: &str| File { path: path.into(), text: text.into() };
        let mut files = vec![
            file("ARCHITECTURE.md", "`skyshed-orbit`"),
            file("crates/skyshed-orbit/Cargo.toml", ""),
            file("crates/skyshed-orbit/clippy.toml", "a"),
            file("crates/skyshed-plan/Cargo.toml", ""),
            file("crates/skyshed-plan/clippy.toml", "b"),
        ];
        let found: Vec<String> = check(&files).iter().map(|f| f.path.clone()).collect();
        assert_eq!(found, ["ARCHITECTURE.md", "crates/skyshed-plan/clippy.toml"]);
        files[0].text.push_str("`skyshed-plan`");
        files[4].text = "a".into();
        assert_eq!(check(&files), []);
    }
}
