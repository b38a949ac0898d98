//! What was answered to writes, by idempotency key, kept beside the log's folder (`DIR.answers`): the same key and the same write get
//! the same answer, for at least a day, across restarts, and from every server that shares the folder.
//!
//! A write is noted before it is made and its answer after it. So a service that ends in between knows, once somebody asks again,
//! that it was made by this key, and answers accordingly instead of refusing it as a replay.
//!
//! The file is lines of JSON: a heading with the generation of the file, then notes and answers in order. A last line that was cut
//! off is passed over. It is written and read under a lock (`DIR.answers.lock`), and made new now and then without what is old.
//!
//! Trusted: no. An attacker who edits it can make a write be answered wrongly, or be tried again; what is in the log is not its
//! business, and no record gets in by it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// How long answers are kept at least, s.
pub const KEEP_S: i64 = 24 * 3_600;
/// Most answers kept.
pub const ANSWERS_MAX: usize = 100_000;
/// Longest key, bytes.
pub const KEY_BYTES_MAX: usize = 255;
/// Longest answer, bytes; longer ones are a defect.
pub const ANSWER_BYTES_MAX: usize = 256 << 10;

/// The answers of one log.
pub struct Kept {
    path: PathBuf,
    /// Which file was read, and how far.
    generation: String,
    read_bytes: u64,
    lines: usize,
    notes: HashMap<String, Note>,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Hash of the write: its path and its bytes.
    pub write: String,
    /// When, s since 1970.
    pub at: i64,
    /// How large the log was before.
    pub size: u64,
    /// Where its answer begins in the file; none where the service ended before there was one.
    answer_at: Option<u64>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Where what was made is.
    pub location: Option<String>,
    /// JSON.
    pub body: String,
}

/// Held while a write is made: nobody else reads or writes the answers meanwhile.
pub struct Turn<'a> {
    kept: &'a mut Kept,
    file: File,
    _lock: File,
}

/// One line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Generation(String),
    Begun { key: String, write: String, at: i64, size: u64 },
    Answered { key: String, answer: Answer },
    Forgotten { key: String },
}

impl Kept {
    /// The answers in a file, which need not exist yet.
    pub fn open(path: &Path, now: i64) -> io::Result<Kept> {
        let mut kept = Kept {
            path: path.to_owned(),
            generation: String::new(),
            read_bytes: 0,
            lines: 0,
            notes: HashMap::new(),
        };
        drop(kept.turn(now)?);
        Ok(kept)
    }

    /// Waits for the lock and reads what others wrote.
    pub fn turn(&mut self, now: i64) -> io::Result<Turn<'_>> {
        let lock = self.lock()?;
        let mut file = self.catch_up(now)?;
        if self.is_worth_renewing(now) {
            file = self.renew(file, now)?;
        }
        Ok(Turn { kept: self, file, _lock: lock })
    }

    fn lock(&self) -> io::Result<File> {
        let mut path = self.path.clone().into_os_string();
        path.push(".lock");
        let lock = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        lock.lock()?;
        Ok(lock)
    }

    fn catch_up(&mut self, now: i64) -> io::Result<File> {
        let mut file = match File::options().read(true).write(true).open(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.forget();
                self.write_new(Vec::new(), now)?
            }
            file => file?,
        };
        let heading = heading(&mut file)?;
        if heading != self.generation || file.metadata()?.len() < self.read_bytes {
            self.forget();
            self.generation = heading;
        }
        file.seek(SeekFrom::Start(self.read_bytes))?;
        let mut reader = BufReader::new(&file);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 {
            if line.last() != Some(&b'\n') {
                break;
            }
            self.take(&line);
            self.read_bytes += line.len() as u64;
            self.lines += 1;
            line.clear();
        }
        // What a crash cut off.
        file.set_len(self.read_bytes)?;
        Ok(file)
    }

    fn take(&mut self, line: &[u8]) {
        // A line that is none says nothing, and takes nothing with it.
        match serde_json::from_slice(line) {
            Ok(Line::Begun { key, write, at, size }) => {
                self.notes.insert(key, Note { write, at, size, answer_at: None });
            }
            Ok(Line::Answered { key, .. }) => {
                if let Some(note) = self.notes.get_mut(&key) {
                    note.answer_at = Some(self.read_bytes);
                }
            }
            Ok(Line::Forgotten { key }) => drop(self.notes.remove(&key)),
            Ok(Line::Generation(_)) | Err(_) => {}
        }
    }

    fn forget(&mut self) {
        self.generation = String::new();
        (self.read_bytes, self.lines) = (0, 0);
        self.notes.clear();
    }

    /// Half of the lines say nothing any more, or there are as many answers as are kept and some are old.
    fn is_worth_renewing(&self, now: i64) -> bool {
        let is_old = |note: &Note| note.at < now - KEEP_S;
        if self.notes.len() >= ANSWERS_MAX {
            return self.notes.values().any(is_old);
        }
        self.lines > LINES_KEPT_ANYWAY
            && 4 * self.notes.values().filter(|note| !is_old(note)).count() < self.lines
    }

    /// Writes the file anew without what is old.
    fn renew(&mut self, mut file: File, now: i64) -> io::Result<File> {
        let mut fresh: Vec<(String, Note)> = self
            .notes
            .iter()
            .filter(|(_, note)| note.at >= now - KEEP_S)
            .map(|(key, note)| (key.clone(), note.clone()))
            .collect();
        fresh.sort_by(|(a_key, a), (b_key, b)| (a.at, a_key).cmp(&(b.at, b_key)));
        let mut lines = Vec::new();
        for (key, note) in fresh {
            let answer = note.answer_at.map(|at| answer_at(&mut file, at)).transpose()?;
            lines.push(Line::Begun { key: key.clone(), write: note.write, at: note.at, size: note.size });
            lines.extend(answer.map(|answer| Line::Answered { key, answer }));
        }
        self.forget();
        self.write_new(lines, now)?;
        self.catch_up(now)
    }

    /// Puts a new file in place of the old one, whole or not at all.
    fn write_new(&self, lines: Vec<Line>, now: i64) -> io::Result<File> {
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        let count = FILES_MADE.fetch_add(1, Ordering::Relaxed);
        let generation = format!("{now}-{}-{count}", std::process::id());
        let mut bytes = text(&Line::Generation(generation));
        lines.iter().for_each(|line| bytes.extend(text(line)));
        let mut file = private().write(true).create(true).truncate(true).open(&beside)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, &self.path)?;
        if let Some(folder) = self.path.parent() {
            File::open(folder)?.sync_all()?;
        }
        File::options().read(true).write(true).open(&self.path)
    }
}

impl Turn<'_> {
    /// What is known of a key.
    pub fn note(&self, key: &str) -> Option<&Note> {
        self.kept.notes.get(key)
    }

    /// Whether there is room for one more.
    pub fn has_room(&self) -> bool {
        self.kept.notes.len() < ANSWERS_MAX
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.kept.notes.len()
    }

    /// The answer that a note has; none where the service ended before it was written.
    pub fn answer(&mut self, note: &Note) -> io::Result<Option<Answer>> {
        note.answer_at.map(|at| answer_at(&mut self.file, at)).transpose()
    }

    /// Notes what is about to be made, durably.
    pub fn begin(&mut self, key: &str, write: &str, at: i64, size: u64) -> io::Result<()> {
        self.append(&Line::Begun { key: key.to_owned(), write: write.to_owned(), at, size })
    }

    /// Keeps an answer, durably.
    pub fn end(&mut self, key: &str, answer: &Answer) -> io::Result<()> {
        self.append(&Line::Answered { key: key.to_owned(), answer: answer.clone() })
    }

    /// Nothing was made under this key.
    pub fn forget(&mut self, key: &str) -> io::Result<()> {
        self.append(&Line::Forgotten { key: key.to_owned() })
    }

    fn append(&mut self, line: &Line) -> io::Result<()> {
        let bytes = text(line);
        self.file.seek(SeekFrom::Start(self.kept.read_bytes))?;
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            let _ = self.file.set_len(self.kept.read_bytes);
            return Err(error);
        }
        self.kept.take(&bytes);
        self.kept.read_bytes += bytes.len() as u64;
        self.kept.lines += 1;
        Ok(())
    }
}

/// What the file says of itself in its first line; empty where it says nothing.
fn heading(file: &mut File) -> io::Result<String> {
    file.seek(SeekFrom::Start(0))?;
    let mut line = Vec::new();
    BufReader::new((&*file).take(HEADING_BYTES_MAX)).read_until(b'\n', &mut line)?;
    match serde_json::from_slice(&line) {
        Ok(Line::Generation(generation)) => Ok(generation),
        _ => Ok(String::new()),
    }
}

fn answer_at(file: &mut File, at: u64) -> io::Result<Answer> {
    file.seek(SeekFrom::Start(at))?;
    let mut line = Vec::new();
    BufReader::new((&*file).take(LINE_BYTES_MAX)).read_until(b'\n', &mut line)?;
    match serde_json::from_slice(&line) {
        Ok(Line::Answered { answer, .. }) => Ok(answer),
        _ => Err(io::Error::new(ErrorKind::InvalidData, "no answer where one was kept; the file was edited")),
    }
}

fn text(line: &Line) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(line).expect("texts and numbers become JSON");
    bytes.push(b'\n');
    bytes
}

#[cfg(unix)]
fn private() -> std::fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = File::options();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn private() -> std::fs::OpenOptions {
    File::options()
}

/// Makes generations of one process differ.
static FILES_MADE: AtomicU64 = AtomicU64::new(0);
const HEADING_BYTES_MAX: u64 = 200;
const LINE_BYTES_MAX: u64 = 2 * ANSWER_BYTES_MAX as u64 + 4_096;
/// Short files are left as they are.
const LINES_KEPT_ANYWAY: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Folder {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let name =
                format!("skyshed-kept-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
            let path = std::env::temp_dir().join(name);
            std::fs::create_dir_all(&path).unwrap();
            Folder(path)
        }

        fn file(&self) -> PathBuf {
            self.0.join("log.answers")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn answer(n: u16) -> Answer {
        Answer { status: 201, location: Some(format!("/{n}")), body: format!("{{\"n\": {n}}}\n") }
    }

    fn found(kept: &mut Kept, key: &str, now: i64) -> Option<(Note, Option<Answer>)> {
        let mut turn = kept.turn(now).unwrap();
        let note = turn.note(key)?.clone();
        let answer = turn.answer(&note).unwrap();
        Some((note, answer))
    }

    #[test]
    fn answers_are_there_after_a_restart_and_for_other_servers() {
        let folder = Folder::new();
        let mut one = Kept::open(&folder.file(), 0).unwrap();
        let mut other = Kept::open(&folder.file(), 0).unwrap();
        let mut turn = one.turn(0).unwrap();
        turn.begin("a", "hash", 0, 7).unwrap();
        turn.end("a", &answer(1)).unwrap();
        turn.begin("b", "hash", 0, 8).unwrap();
        drop(turn);
        let mut again = Kept::open(&folder.file(), 0).unwrap();
        for kept in [&mut other, &mut again] {
            let (note, kept_answer) = found(kept, "a", 0).unwrap();
            assert_eq!((note.write.as_str(), note.size, kept_answer), ("hash", 7, Some(answer(1))));
            assert_eq!(found(kept, "b", 0).unwrap().1, None);
            assert_eq!(found(kept, "c", 0), None);
        }
        let mut turn = other.turn(0).unwrap();
        turn.forget("b").unwrap();
        drop(turn);
        assert_eq!(found(&mut one, "b", 0), None);
    }

    #[test]
    fn a_line_that_was_cut_off_takes_nothing_with_it() {
        let folder = Folder::new();
        let mut kept = Kept::open(&folder.file(), 0).unwrap();
        let mut turn = kept.turn(0).unwrap();
        turn.begin("a", "hash", 0, 0).unwrap();
        turn.end("a", &answer(1)).unwrap();
        let whole = std::fs::read(folder.file()).unwrap();
        turn.begin("b", "hash", 0, 0).unwrap();
        drop(turn);
        let longer = std::fs::read(folder.file()).unwrap();
        for cut in whole.len()..longer.len() {
            std::fs::write(folder.file(), &longer[..cut]).unwrap();
            let mut kept = Kept::open(&folder.file(), 0).unwrap();
            assert_eq!(found(&mut kept, "a", 0).unwrap().1, Some(answer(1)));
            assert_eq!(found(&mut kept, "b", 0), None);
            let mut turn = kept.turn(0).unwrap();
            turn.begin("c", "hash", 0, 0).unwrap();
            turn.end("c", &answer(3)).unwrap();
            drop(turn);
            assert_eq!(
                found(&mut Kept::open(&folder.file(), 0).unwrap(), "c", 0).unwrap().1,
                Some(answer(3))
            );
        }
    }

    #[test]
    fn what_is_old_goes_when_the_file_is_made_new_and_what_is_not_stays() {
        let folder = Folder::new();
        let mut kept = Kept::open(&folder.file(), 0).unwrap();
        let mut other = Kept::open(&folder.file(), 0).unwrap();
        let mut turn = kept.turn(0).unwrap();
        for n in 0..=LINES_KEPT_ANYWAY as u16 / 2 {
            turn.begin(&format!("old-{n}"), "hash", 0, 0).unwrap();
            turn.end(&format!("old-{n}"), &answer(n)).unwrap();
        }
        turn.begin("new", "hash", KEEP_S, 0).unwrap();
        turn.end("new", &answer(9)).unwrap();
        drop(turn);
        assert!(found(&mut kept, "old-3", KEEP_S).is_some(), "a day is not over");
        let later = KEEP_S + 1;
        assert_eq!(found(&mut kept, "old-3", later), None);
        assert_eq!(found(&mut kept, "new", later).unwrap().1, Some(answer(9)));
        assert_eq!(
            found(&mut other, "new", later).unwrap().1,
            Some(answer(9)),
            "another server reads the new file"
        );
        assert_eq!(other.turn(later).unwrap().count(), 1);
        assert!(std::fs::metadata(folder.file()).unwrap().len() < 1_000);
    }

    #[test]
    fn a_file_that_is_none_is_no_reason_to_stop() {
        let folder = Folder::new();
        std::fs::write(folder.file(), b"\xff\x00nonsense\n{}\n").unwrap();
        let mut kept = Kept::open(&folder.file(), 0).unwrap();
        let mut turn = kept.turn(0).unwrap();
        turn.begin("a", "hash", 0, 0).unwrap();
        drop(turn);
        assert!(found(&mut Kept::open(&folder.file(), 0).unwrap(), "a", 0).is_some());
    }
}
