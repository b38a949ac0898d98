//! PostgreSQL of Debian's packages, in a folder of its own, reached by a Unix socket there.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::{TempFolder, missing};

/// A running server; stopped when dropped.
pub struct Server {
    folder: TempFolder,
    process: Child,
}

impl Server {
    /// Starts one; `None` where the programs are missing.
    pub fn start() -> Option<Server> {
        let Some(programs) = programs() else {
            missing("PostgreSQL", "apt-get install postgresql");
            return None;
        };
        let folder = TempFolder::new("postgres");
        let data = folder.join("data");
        let as_owner = owner(folder.path());
        let mut initdb = as_owner(&programs.join("initdb"));
        initdb.args([
            "--auth=trust",
            "--username=skyshed",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
            "-D",
        ]);
        let made = initdb.arg(&data).stdin(Stdio::null()).output().unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let mut postgres = as_owner(&programs.join("postgres"));
        postgres.arg("-D").arg(&data).arg("-k").arg(folder.path()).args(["-c", "listen_addresses="]);
        let process =
            postgres.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut server = Server { folder, process };
        server.wait_until_ready();
        Some(server)
    }

    pub fn url(&self) -> String {
        let folder = self.folder.path().to_str().unwrap().replace('/', "%2F");
        format!("postgres://skyshed@{folder}/postgres")
    }

    /// PostgreSQL says on its standard error when it is ready.
    fn wait_until_ready(&mut self) {
        use std::io::BufRead;
        let mut said = String::new();
        let mut lines = std::io::BufReader::new(self.process.stderr.take().unwrap()).lines();
        loop {
            let line = lines.next().unwrap_or_else(|| panic!("PostgreSQL ended: {said}")).unwrap();
            said += &line;
            if line.contains("ready to accept connections") {
                break;
            }
        }
        std::thread::spawn(move || lines.for_each(drop));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Started through setpriv or not, the child is the server itself.
        let pid = self.process.id().to_string();
        let _ = Command::new("kill").args(["-INT", &pid]).status();
        let _ = self.process.wait();
    }
}

fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = versions.flatten().map(|entry| entry.path().join("bin")).collect();
    found.retain(|folder| folder.join("initdb").exists() && folder.join("postgres").exists());
    found.sort();
    found.pop()
}

/// PostgreSQL refuses to run as root: then it runs as the user `postgres` that its package makes, who gets the folder.
fn owner(folder: &Path) -> impl Fn(&Path) -> Command + use<> {
    let id = Command::new("id").arg("-u").output().unwrap();
    let root = String::from_utf8_lossy(&id.stdout).trim() == "0";
    if root {
        let given = Command::new("chown").arg("postgres").arg(folder).status().unwrap();
        assert!(given.success(), "no user postgres to give {} to", folder.display());
    }
    move |program| {
        if !root {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(program);
        command
    }
}
