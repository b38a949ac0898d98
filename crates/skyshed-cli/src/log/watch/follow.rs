//! `skyshed log watch --follow`: a monitor that keeps looking, and says what changes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration as Span, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use skyshed_log::{Evidence, IfHeld, Keeper, Stale, WriterLock};
use skyshed_records::ledger::View;
use skyshed_records::record::{Index, Time};
use skyshed_server::StopSignal;

use super::{Told, WatchArgs, new_from, new_records, told};
use crate::args::Cli;
use crate::duration::{self, Duration};
use crate::log::place::{self, Place, Read, at, clock};
use crate::obeyed::{AGE_MAX_S, DEMONSTRATION};
use crate::{print_text, progress};

/// Shortest and longest time from one look to the next.
const EVERY: [&str; 2] = ["100ms", "1d"];

/// Reads a time from one look to the next.
pub fn interval(text: &str) -> Result<Duration, String> {
    let [least, most] = EVERY;
    let given = duration::parse(text)?;
    if (duration::parse(least)?..=duration::parse(most)?).contains(&given) {
        return Ok(given);
    }
    Err(format!("{given} is too short or too long; give {least} to {most}"))
}

/// Something that happened, as a line for people and one for machines.
#[derive(Clone)]
struct Event {
    text: String,
    json: Value,
}

/// What the watching thread has to say.
enum Message {
    Events(Vec<Event>),
    /// It cannot go on.
    Failed(anyhow::Error),
    /// Somebody ends the program.
    Stop,
}

/// Answers `skyshed log watch --follow`: ends when it is told to.
pub fn follow(cli: &Cli, args: &WatchArgs) -> Result<()> {
    let watcher = Watcher::begin(cli, args)?;
    // Waiting is all it does from here on.
    let _pause = progress::pause();
    // From here on a signal ends this command properly, at whatever it is.
    let stop = StopSignal::new().context("cannot wait for signals")?;
    let (send, receive) = mpsc::channel();
    let origin = watcher.read.proven().public.checkpoint.origin.clone();
    let asked = send.clone();
    thread::spawn(move || {
        stop.wait();
        let _ = asked.send(Message::Stop);
    });
    // Left alone at the end: it may wait for an answer from afar, and whatever it writes is whole.
    thread::spawn(move || watcher.run(&send));
    print_all(&receive, cli.world.json)?;
    let event = Event { text: String::new(), json: json!({ "event": "end", "log": origin }) };
    print(&[event], cli.world.json)
}

/// Prints until somebody ends it.
fn print_all(messages: &Receiver<Message>, json: bool) -> Result<()> {
    while let Ok(message) = messages.recv() {
        match message {
            Message::Events(events) => print(&events, json)?,
            Message::Failed(error) => return Err(error),
            Message::Stop => break,
        }
    }
    Ok(())
}

fn print(events: &[Event], json: bool) -> Result<()> {
    let line = |event: &Event| if json { event.json.to_string() + "\n" } else { event.text.clone() };
    print_text(&events.iter().map(line).collect::<String>())
}

/// The state folder for this one alone: two who keep one state would spoil it.
fn lock(folder: &Path) -> Result<WriterLock> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(WriterLock::take(folder, IfHeld::Refuse, clock()?)?)
}

/// Looks at a log again and again.
struct Watcher {
    read: Read,
    args: WatchArgs,
    /// The time that was given, and when that was.
    given: Option<(Time, Instant)>,
    /// Records below this number have been told.
    size: Index,
    /// Findings that have been told and still hold, by what they say to machines.
    told: BTreeMap<String, Told>,
    stale: Option<Stale>,
    forks: usize,
    /// Held while this one keeps the state folder.
    _lock: Option<WriterLock>,
}

impl Watcher {
    fn begin(cli: &Cli, args: &WatchArgs) -> Result<Watcher> {
        let demonstration = cli.world.log.as_deref().is_none_or(|log| log.as_os_str() == DEMONSTRATION);
        let given = at(cli);
        // How fresh a log is, is asked by the true time, and the demonstration never grows.
        let age_max_s = if given.is_some() || demonstration { u64::MAX } else { AGE_MAX_S };
        let lock = args.state.as_deref().map(lock).transpose()?;
        let keeper = |policy| -> Result<Keeper> {
            match &args.state {
                Some(folder) => Ok(Keeper::open(policy, age_max_s, folder)?),
                None => Ok(Keeper::new(policy, age_max_s)),
            }
        };
        let read = place::read_by(Place::of(cli)?, cli.world.witness_policy.as_deref(), keeper)?;
        let size = new_from(&read, args.since);
        let (args, given) = (args.clone(), given.map(|time| (time, Instant::now())));
        Ok(Watcher { read, args, given, size, told: BTreeMap::new(), stale: None, forks: 0, _lock: lock })
    }

    fn run(mut self, to: &Sender<Message>) {
        let every = Span::from_micros(self.args.every.micros());
        let mut message = self.first();
        while to.send(message).is_ok() {
            thread::sleep(every);
            message = self.look();
        }
    }

    fn first(&mut self) -> Message {
        let every = self.args.every;
        self.events().map_or_else(Message::Failed, |(time, events)| {
            let origin = &self.read.proven().public.checkpoint.origin;
            let text = format!(
                "log       {}\nat        {time}, and then every {every} until Ctrl-C\n",
                self.read.line()
            );
            let size = self.read.size();
            let json = json!({
                "event": "begin", "log": origin, "size": size, "seen_at": time, "since": self.args.since,
                "every_ms": every.micros() / 1_000,
            });
            Message::Events([vec![Event { text, json }], events].concat())
        })
    }

    fn look(&mut self) -> Message {
        let updated = self.time().and_then(|now| Ok(self.read.keeper.update(&self.read.files, now)?));
        match updated.and_then(|()| self.events()) {
            Ok((_, events)) => Message::Events(events),
            Err(error) => Message::Failed(error),
        }
    }

    /// The machine's clock, or the time that was given and what has passed since.
    fn time(&self) -> Result<Time> {
        match self.given {
            Some((time, since)) => Ok(Time(time.0 + since.elapsed().as_secs() as i64)),
            None => clock(),
        }
    }

    /// What has changed since the last look.
    fn events(&mut self) -> Result<(Time, Vec<Event>)> {
        let time = self.time()?;
        let view = self.read.view(self.given.map(|_| time))?;
        let mut events = self.doubts(view.at());
        for (index, words) in new_records(&self.read, self.size) {
            let json = json!({ "event": "new", "seen_at": view.at(), "number": index, "in_words": words });
            events.push(Event::new(view.at(), "new", &format!("{index}: {words}"), json));
        }
        self.size = self.size.max(self.read.size());
        events.extend(self.findings(&view));
        Ok((view.at(), events))
    }

    fn findings(&mut self, view: &View) -> Vec<Event> {
        let found = self.args.look(&self.read, view.at());
        let mut now: BTreeMap<String, Told> = BTreeMap::new();
        let (mut new, mut settled) = (Vec::new(), Vec::new());
        for one in told(&self.read, view, &found.findings) {
            let key = one.json().to_string();
            if !self.told.contains_key(&key) {
                new.push(one.event(view.at(), "finding", one.what));
            }
            now.insert(key, one);
        }
        for (_, one) in self.told.iter().filter(|(key, _)| !now.contains_key(*key)) {
            settled.push(one.event(view.at(), "settled", "settled"));
        }
        self.told = now;
        [settled, new].concat()
    }

    /// Whether the newest state of the log proves itself, and forks.
    fn doubts(&mut self, at: Time) -> Vec<Event> {
        let mut events = Vec::new();
        let stale = self.read.keeper.stale().cloned();
        let code = |stale: &Option<Stale>| stale.as_ref().map(|stale| stale.code.clone());
        if code(&stale) != code(&self.stale) {
            events.push(match &stale {
                Some(Stale { code, reason, since }) => {
                    let json = json!({ "event": "stale", "seen_at": at, "code": code, "reason": reason, "since": since });
                    Event::new(at, "STALE", reason, json)
                }
                None => Event::new(at, "fresh", "the log proves itself again", json!({ "event": "fresh", "seen_at": at })),
            });
        }
        self.stale = stale;
        let evidence = self.read.keeper.evidence();
        events.extend(evidence.iter().skip(self.forks).map(|one| self.fork(at, one)));
        self.forks = evidence.len();
        events
    }

    fn fork(&self, at: Time, evidence: &Evidence) -> Event {
        let fork = evidence.check(self.read.policy.log_keys()).ok();
        let file =
            self.args.state.as_deref().zip(fork.as_ref()).map(|(folder, fork)| folder.join(fork.file_name()));
        let (size, file) = (fork.map(|fork| fork.size), file.map(|file| file.display().to_string()));
        let kept = match &file {
            Some(file) => format!("evidence in {file}"),
            None => "--state DIR keeps the evidence".to_owned(),
        };
        let text =
            format!("{} has signed two histories; {kept}", self.read.proven().public.checkpoint.origin);
        Event::new(
            at,
            "FORK",
            &text,
            json!({ "event": "fork", "seen_at": at, "size": size, "file": file, "evidence": evidence }),
        )
    }
}

impl Told {
    fn event(&self, at: Time, event: &str, word: &str) -> Event {
        let mut json = self.json();
        if let Some(object) = json.as_object_mut() {
            // A heartbeat has a time of its own.
            object.insert("event".into(), event.into());
            object.insert("seen_at".into(), json!(at));
        }
        let what = if event == "settled" { format!("{}: ", self.what) } else { String::new() };
        Event::new(at, word, &format!("{what}{}", self.text), json)
    }
}

impl Event {
    fn new(at: Time, word: &str, text: &str, json: Value) -> Event {
        Event { text: format!("{at} {word:<9} {text}\n"), json }
    }
}
