//! `cargo xtask wasm`: builds the WebAssembly modules of `crates/skyshed-wasm` into `web/wasm`, where they are committed.
//!
//! The same sources and the same toolchain give the same bytes wherever the repository lies. `web/wasm/MANIFEST.toml` says which toolchain
//! made the committed ones. The standard library is built from its sources, because Debian's compiler comes without one for
//! `wasm32-unknown-unknown`; where rustup has that target its library is taken.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How to call it.
pub const USAGE: &str = "usage: cargo xtask wasm [--check]

  --check   build again and compare with web/wasm instead of writing it; where the toolchain that made the committed modules cannot be had,
            say so and compare only their hashes";

/// Feature of the crate, and the file that it becomes.
const MODULES: [(&str, &str); 2] = [("orbit", "skyshed_orbit.wasm"), ("verify", "skyshed_verify.wasm")];

const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's packages: compiler, cargo, sources of the standard library, linker (wasm-ld). Compiler and linker are of one LLVM.
const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];
const DEBIAN_LINKER: &str = "wasm-ld-22";

/// What made the committed modules.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Manifest {
    rustc: String,
    linker: String,
    standard_library: String,
    module: Vec<Module>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Module {
    file: String,
    bytes: usize,
    sha256: String,
}

/// What builds them.
struct Toolchain {
    cargo: PathBuf,
    rustc: PathBuf,
    /// `None`: the compiler's own.
    linker: Option<&'static str>,
    /// Sources of the standard library to build; `None` where there is a library.
    sources: Option<PathBuf>,
}

/// Runs the command.
pub fn main(root: &Path, args: &[String]) -> Result<()> {
    let check = match args {
        [] => false,
        [flag] if flag == "--check" => true,
        given => bail!("given {given:?}; allowed: --check\n{USAGE}"),
    };
    let folder = root.join("web/wasm");
    if check { compare(root, &folder) } else { write(root, &folder) }
}

fn write(root: &Path, folder: &Path) -> Result<()> {
    let Some(toolchain) = Toolchain::find()? else { bail!(needed()) };
    fs::create_dir_all(folder)?;
    let mut module = Vec::new();
    for (feature, file) in MODULES {
        let bytes = toolchain.build(root, feature)?;
        fs::write(folder.join(file), &bytes)?;
        println!("web/wasm/{file}: {} bytes", bytes.len());
        module.push(described(file, &bytes));
    }
    let text = toml::to_string(&toolchain.manifest(module)?)?;
    let head = "# The modules in this folder and what made them: `cargo xtask wasm`. Not edited by hand.\n";
    fs::write(folder.join("MANIFEST.toml"), head.to_owned() + &text)?;
    Ok(())
}

fn compare(root: &Path, folder: &Path) -> Result<()> {
    let path = folder.join("MANIFEST.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let committed: Manifest = toml::from_str(&text).with_context(|| format!("{}", path.display()))?;
    let files: Vec<Vec<u8>> =
        MODULES.iter().map(|(_, file)| Ok(fs::read(folder.join(file))?)).collect::<Result<_>>()?;
    for ((_, file), bytes) in MODULES.iter().zip(&files) {
        ensure!(
            committed.module.contains(&described(file, bytes)),
            "web/wasm/{file} is not what its manifest says; run `cargo xtask wasm`"
        );
    }
    let Some(toolchain) = Toolchain::find()? else {
        println!("NOT COMPARED: the modules were not built again. {}", needed());
        return Ok(());
    };
    let found = toolchain.manifest(Vec::new())?;
    if (&found.rustc, &found.linker) != (&committed.rustc, &committed.linker) {
        println!(
            "NOT COMPARED: the modules were made by {} with {}, here are {} with {}; the bytes would differ. {}",
            committed.rustc,
            committed.linker,
            found.rustc,
            found.linker,
            needed()
        );
        return Ok(());
    }
    for ((feature, file), bytes) in MODULES.iter().zip(&files) {
        let built = toolchain.build(root, feature)?;
        ensure!(
            built == *bytes,
            "web/wasm/{file} is not what its sources give ({} bytes built, {} committed); run `cargo xtask wasm` and commit",
            built.len(),
            bytes.len()
        );
        println!("web/wasm/{file}: built again, the same {} bytes", bytes.len());
    }
    Ok(())
}

impl Toolchain {
    /// Debian's, which is installed where that can be done without asking; else rustup's, if it has the target.
    fn find() -> Result<Option<Toolchain>> {
        if let Some(debian) = Toolchain::debian()? {
            return Ok(Some(debian));
        }
        if may_install() {
            install()?;
            if let Some(debian) = Toolchain::debian()? {
                return Ok(Some(debian));
            }
        }
        let library = said("rustc", &["--print", "target-libdir", "--target", TARGET]).unwrap_or_default();
        if library.is_empty() || !Path::new(&library).is_dir() {
            return Ok(None);
        }
        Ok(Some(Toolchain { cargo: "cargo".into(), rustc: "rustc".into(), linker: None, sources: None }))
    }

    fn debian() -> Result<Option<Toolchain>> {
        let [cargo, rustc] = ["/usr/bin/cargo", "/usr/bin/rustc"].map(PathBuf::from);
        if !cargo.exists() || !rustc.exists() || said(DEBIAN_LINKER, &["--version"]).is_none() {
            return Ok(None);
        }
        let Some(sysroot) = said(&rustc, &["--print", "sysroot"]) else { return Ok(None) };
        let library = Path::new(&sysroot).join("lib/rustlib/src/rust/library");
        if !library.join("Cargo.lock").exists() {
            return Ok(None);
        }
        Ok(Some(Toolchain { cargo, rustc, linker: Some(DEBIAN_LINKER), sources: Some(library) }))
    }

    fn manifest(&self, module: Vec<Module>) -> Result<Manifest> {
        let rustc = said(&self.rustc, &["--version"]).context("rustc does not say its version")?;
        let linker = self.linker.and_then(|linker| said(linker, &["--version"]));
        let standard_library = if self.sources.is_some() { "built from its sources" } else { "as shipped" };
        Ok(Manifest {
            rustc,
            linker: linker.unwrap_or_else(|| "the compiler's own".to_owned()),
            standard_library: standard_library.to_owned(),
            module,
        })
    }

    /// Builds one module below `target/wasm` and returns its bytes.
    fn build(&self, root: &Path, feature: &str) -> Result<Vec<u8>> {
        let target = root.join("target/wasm");
        let mut command = Command::new(&self.cargo);
        command.current_dir(root).args([
            "rustc",
            "--quiet",
            "--locked",
            "--package",
            "skyshed-wasm",
            "--lib",
        ]);
        command.args(["--crate-type", "cdylib", "--profile", "wasm", "--target", TARGET]);
        command.args(["--no-default-features", "--features", feature, "--target-dir"]).arg(&target);
        // What whoever calls has set for builds of their own, and what `cargo run` sets, would change the bytes.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            let of_cargo =
                name.starts_with("CARGO_") && !["CARGO_HOME", "CARGO_NET_OFFLINE"].contains(&&*name);
            if of_cargo || name.starts_with("RUST") || name == "LD_LIBRARY_PATH" {
                command.env_remove(name);
            }
        }
        let mut flags = vec![remap(root, "/skyshed"), remap(&cargo_home()?, "/cargo")];
        if let Some(sources) = &self.sources {
            command.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features="]);
            // Building the standard library is not stable, and neither is leaving out the texts of panics, which nobody would see: the loader
            // says that the module stopped.
            command.env("RUSTC_BOOTSTRAP", "1");
            flags.push(remap(sources, "/std"));
            flags.extend(["-Zunstable-options", "-Cpanic=immediate-abort"].map(str::to_owned));
        }
        if let Some(linker) = self.linker {
            command.env("RUSTC", &self.rustc);
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
        let status = command.status().with_context(|| format!("running {}", self.cargo.display()))?;
        ensure!(status.success(), "the module `{feature}` does not build");
        let built = target.join(TARGET).join("wasm/skyshed_wasm.wasm");
        fs::read(&built).with_context(|| format!("reading {}", built.display()))
    }
}

/// A flag that writes a path into the module as if it lay somewhere else.
fn remap(from: &Path, to: &str) -> String {
    format!("--remap-path-prefix={}={to}", from.display())
}

fn cargo_home() -> Result<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
        .context("no home folder; set CARGO_HOME")
}

fn described(file: &str, bytes: &[u8]) -> Module {
    let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Module { file: file.to_owned(), bytes: bytes.len(), sha256 }
}

/// What a program prints, without the end of the line; `None` where there is no such program or it fails.
fn said(program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).env_remove("LD_LIBRARY_PATH").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether this is Debian and we are its administrator.
fn may_install() -> bool {
    Path::new("/etc/debian_version").exists() && said("id", &["-u"]).as_deref() == Some("0")
}

fn install() -> Result<()> {
    println!("installing {}", PACKAGES.join(", "));
    let apt = |args: &[&str]| -> Result<bool> {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-o", "DPkg::Lock::Timeout=300"]);
        Ok(command
            .args(args)
            .stdout(std::process::Stdio::null())
            .status()
            .context("running apt-get")?
            .success())
    };
    let wanted = [&["install", "-y", "--no-install-recommends"], PACKAGES.as_slice()].concat();
    // The lists of packages may be missing or old.
    let there = apt(&wanted)? || (apt(&["update"])? && apt(&wanted)?);
    if !there {
        println!("apt-get could not install them");
    }
    Ok(())
}

fn needed() -> String {
    format!(
        "Needed: Debian's {} (`cargo xtask wasm` installs them as root), or rustup with `rustup target add {TARGET}`",
        PACKAGES.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest module, bytes: a page has to fetch it.
    const BYTES_MAX: usize = 800 << 10;

    #[test]
    fn the_committed_modules_are_those_of_the_manifest() {
        let folder = crate::root().join("web/wasm");
        let text = fs::read_to_string(folder.join("MANIFEST.toml")).unwrap();
        let manifest: Manifest = toml::from_str(&text).unwrap();
        let found = MODULES.map(|(_, file)| described(file, &fs::read(folder.join(file)).unwrap()));
        assert_eq!(manifest.module, found);
        for module in found {
            assert!(module.bytes <= BYTES_MAX, "{module:?}");
        }
    }

    #[test]
    fn only_one_flag_is_known() {
        let error = main(Path::new("."), &["--chekc".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("--chekc") && error.contains("--check"), "{error}");
    }
}
