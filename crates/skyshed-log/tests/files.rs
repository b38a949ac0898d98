//! The folder, the lock and the web server: what they refuse, and what they leave behind.

mod common;

use common::{TempFolder, web};
use skyshed_log::keys::{KeysError, read_keys, write_keys};
use skyshed_log::lock::path_beside;
use skyshed_log::side::{attach, attachment, attachment_path};
use skyshed_log::{Disk, FolderError, HttpFiles, IfHeld, LockError, WriterLock};
use skyshed_records::value::Time;
use skyshed_tlog::{Algorithm, ReadFiles, SigningKey, WriteFiles};

#[test]
fn what_is_published_is_read_back_and_what_is_only_staged_is_not() {
    let folder = TempFolder::new("disk");
    let disk = Disk::create(&folder.join("log")).unwrap();
    disk.stage("tile/0/x001/067", b"one").unwrap();
    assert_eq!(disk.read("tile/0/x001/067").unwrap(), None);
    disk.publish("tile/0/x001/067").unwrap();
    disk.sync().unwrap();
    assert_eq!(disk.read("tile/0/x001/067").unwrap().unwrap(), b"one");
    disk.stage("tile/0/x001/067", b"two").unwrap();
    assert_eq!(disk.read("tile/0/x001/067").unwrap().unwrap(), b"one");
    assert_eq!(disk.sweep().unwrap(), 1);
    assert!(disk.publish("tile/0/x001/067").is_err(), "swept");
    assert_eq!(disk.read("tile/0/x001/067").unwrap().unwrap(), b"one");
}

#[test]
fn nothing_outside_the_folder_is_read_or_written() {
    let folder = TempFolder::new("escape");
    std::fs::write(folder.join("secret"), "secret").unwrap();
    let disk = Disk::create(&folder.join("log")).unwrap();
    let paths = [
        "../secret",
        "tile/../../secret",
        "/etc/passwd",
        "",
        ".",
        "tile//0",
        "tile/",
        "a\\b",
        "a\0b",
        "C:x",
        "a?b",
    ];
    for path in paths {
        let error = disk.read(path).unwrap_err().to_string();
        assert!(error.contains("not a path inside a log"), "{path}: {error}");
        assert!(disk.stage(path, b"x").is_err(), "{path}");
        assert!(HttpFiles::new("http://127.0.0.1:1").read(path).unwrap_err().reason.contains("not a path"));
    }
    assert_eq!(std::fs::read(folder.join("secret")).unwrap(), b"secret");
}

#[test]
#[cfg(unix)]
fn symbolic_links_are_not_followed() {
    let folder = TempFolder::new("links");
    std::fs::write(folder.join("secret"), "secret").unwrap();
    let disk = Disk::create(&folder.join("log")).unwrap();
    std::os::unix::fs::symlink(folder.join("secret"), folder.join("log/checkpoint")).unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.join("log/tile")).unwrap();
    std::os::unix::fs::symlink(folder.join("secret"), folder.join("log/policy.txt.tmp")).unwrap();
    for path in ["checkpoint", "tile/secret"] {
        assert!(disk.read(path).unwrap_err().reason.contains("symbolic link"), "{path}");
        assert!(disk.stage(path, b"x").unwrap_err().reason.contains("symbolic link"), "{path}");
    }
    disk.stage("policy.txt", b"x").unwrap();
    disk.publish("policy.txt").unwrap();
    assert_eq!(
        std::fs::read(folder.join("secret")).unwrap(),
        b"secret",
        "a staged link is replaced, not written to"
    );
}

#[test]
fn folders_that_cannot_be_a_log() {
    let folder = TempFolder::new("folders");
    std::fs::write(folder.join("file"), "").unwrap();
    std::fs::create_dir(folder.join("empty")).unwrap();
    let open = |name: &str| Disk::open(&folder.join(name)).unwrap_err();
    assert!(matches!(open("missing"), FolderError::Missing(_)));
    assert!(matches!(open("file"), FolderError::NotAFolder(_)));
    assert!(matches!(open("empty"), FolderError::NoLog(_)));
    assert!(matches!(Disk::create(folder.path()).unwrap_err(), FolderError::NotEmpty(_)));
    assert!(matches!(Disk::create(&folder.join("file")).unwrap_err(), FolderError::NotAFolder(_)));
    Disk::create(&folder.join("empty")).unwrap();
}

#[test]
fn a_log_opened_read_only_is_not_written() {
    let folder = TempFolder::new("read-only");
    std::fs::write(folder.join("checkpoint"), "x").unwrap();
    let disk = Disk::read_only(folder.path()).unwrap();
    for refused in [disk.stage("checkpoint", b"y"), disk.publish("checkpoint"), disk.sweep().map(drop)] {
        assert!(refused.unwrap_err().reason.contains("read-only"));
    }
    assert_eq!(disk.read("checkpoint").unwrap().unwrap(), b"x");
}

#[test]
fn a_second_writer_is_told_who_writes_or_waits() {
    let folder = TempFolder::new("lock");
    let log = folder.join("log");
    std::fs::create_dir(&log).unwrap();
    let since = Time::parse("2026-08-01T00:00:00Z").unwrap();
    let first = WriterLock::take(&log, IfHeld::Refuse, since).unwrap();
    assert_eq!(path_beside(&log), folder.join("log.lock"), "outside what is served");
    let error = WriterLock::take(&log, IfHeld::Refuse, since).unwrap_err();
    let LockError::Held { holder, .. } = &error else { panic!("{error}") };
    assert_eq!(*holder, format!("process {} since 2026-08-01T00:00:00Z", std::process::id()));
    let waiting = std::thread::spawn({
        let log = log.clone();
        move || WriterLock::take(&log, IfHeld::Wait, since).map(drop)
    });
    drop(first);
    waiting.join().unwrap().unwrap();
    WriterLock::take(&log, IfHeld::Refuse, since).unwrap();
}

#[test]
fn a_log_is_read_off_any_web_server() {
    let folder = TempFolder::new("web");
    std::fs::create_dir_all(folder.join("tile/0")).unwrap();
    std::fs::write(folder.join("tile/0/000"), "hashes").unwrap();
    let files = HttpFiles::new(&(web::serve(folder.path()) + "/"));
    assert_eq!(files.read("tile/0/000").unwrap().unwrap(), b"hashes");
    assert_eq!(files.read("tile/0/001").unwrap(), None);
    assert!(files.read("broken").unwrap_err().reason.contains("500"));
    assert!(files.read("elsewhere").unwrap_err().reason.contains("302"), "no redirect is followed");
    let dead = HttpFiles::new(&web::dead_address());
    assert!(dead.read("checkpoint").unwrap_err().reason.contains("no answer"));
}

#[test]
fn the_logs_keys_stay_outside_what_is_served_and_are_the_owners_alone() {
    let folder = TempFolder::new("keys");
    let public = folder.join("log");
    std::fs::create_dir_all(public.join("deep")).unwrap();
    let key = |seed| SigningKey::from_seed("example.org/log", Algorithm::Ed25519, &[seed; 32]).unwrap();
    for inside in ["log/keys", "log/deep/keys", "log/../log/keys"] {
        let refused = write_keys(&folder.join(inside), &public, &[key(1)]).unwrap_err();
        assert!(matches!(refused, KeysError::Public(_)), "{inside}: {refused}");
    }
    let path = folder.join("log.keys");
    write_keys(&path, &public, &[key(1)]).unwrap();
    assert!(matches!(write_keys(&path, &public, &[key(2)]), Err(KeysError::Exists(_))));
    let read = read_keys(&path).unwrap();
    assert_eq!(read.iter().map(SigningKey::secret_text).collect::<Vec<_>>(), [key(1).secret_text()]);
    std::fs::write(&path, "# nothing\n\n").unwrap();
    assert!(matches!(read_keys(&path), Err(KeysError::None(_))));
    let secret = key(1).secret_text();
    std::fs::write(&path, format!("# one\n{}\n", &secret[..secret.len() - 9])).unwrap();
    let error = read_keys(&path).err().unwrap().to_string();
    assert!(error.contains("line 2") && !error.contains(&secret[40..60]), "{error}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(read_keys(&path), Err(KeysError::Readable(_))));
    }
}

#[test]
fn attachments_are_named_by_hash_and_a_changed_one_is_an_error() {
    let folder = TempFolder::new("attachments");
    let disk = Disk::create(&folder.join("log")).unwrap();
    let sha256 = attach(&disk, b"cells").unwrap();
    assert_eq!(attach(&disk, b"cells").unwrap(), sha256);
    assert_eq!(attachment(&disk, &sha256).unwrap().unwrap(), b"cells");
    std::fs::write(folder.join("log").join(attachment_path(&sha256)), "other").unwrap();
    assert!(attachment(&disk, &sha256).unwrap_err().reason.contains("another hash"));
    std::fs::remove_file(folder.join("log").join(attachment_path(&sha256))).unwrap();
    assert_eq!(attachment(&disk, &sha256).unwrap(), None);
}
