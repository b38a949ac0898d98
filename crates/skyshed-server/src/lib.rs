//! Serves the engine over HTTP: plans every slot as it begins, answers commands as JSON, and shows the planet on a page.
//! It holds no logic of its own: a request becomes a [`skyshed::Command`], an [`skyshed::Outcome`] becomes a response.
//!
//! In data order: [`clock`] says when a slot begins; [`enforcer`] asks the log what holds then; [`service`] plans it and keeps it; [`api`] answers from it, each
//! [`query`] read strictly, each failure a [`problem`], each body compressed once ([`body`]); [`raster`] is the planet as
//! a picture for the [`page`], [`satellites`] what its map draws paths over; [`metrics`] counts.
//!
//! Beside reading: [`desk`] takes signed records in for the log, [`events`] tells what happens as it happens, [`lines`] says which
//! terminals may be served; [`identity`] knows who asks, which lets nobody
//! decide anything.

pub mod api;
pub mod body;
pub mod changes;
pub mod clients;
pub mod clock;
pub mod columns;
pub mod connections;
pub mod cors;
pub mod desk;
pub mod docs;
pub mod drawing;
pub mod enforcer;
pub mod events;
pub mod gate;
pub mod health;
pub mod identity;
pub mod kept;
pub mod limits;
pub mod lines;
pub mod log_files;
pub mod messages;
pub mod metrics;
pub mod notify;
pub mod page;
pub mod paging;
pub mod planner;
pub mod problem;
pub mod process;
pub mod query;
pub mod raster;
pub mod rate;
pub mod reading;
pub mod satellites;
pub mod service;
pub mod settings;
mod stop;
pub mod streams;
pub mod timelines;
pub mod words;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use skyshed::World;
use skyshed::orbit::Epoch;
use skyshed_log::means::{Found, SharedClock};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::clients::Proxies;
use crate::clock::Clock;
use crate::cors::Cors;
use crate::enforcer::Enforcer;
use crate::health::Thresholds;
use crate::limits::Limits;
use crate::messages::{Format, Level, Messages};
use crate::notify::Manager;
use crate::service::{Service, ServiceOptions};
use crate::settings::Settings;
pub use crate::stop::StopSignal;

/// Threads that wait for disks and work out longer answers get this long to end when the service stops.
const THREADS_END: Duration = Duration::from_secs(2);

/// Without a watchdog the manager still hears from the service so often.
const NO_WATCHDOG: Duration = Duration::from_secs(3_600);

/// How to serve.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Where to listen; port 0 takes any free port.
    pub listen: SocketAddr,
    /// The service's clock starts here instead of now, and runs on from it.
    pub at: Option<Epoch>,
    /// How many times as fast as time it then runs.
    pub clock_speed_factor: u32,
    /// How much of everything is allowed.
    pub limits: Limits,
    /// Who may say for whom a request is.
    pub proxies: Proxies,
    /// Whose pages may read answers.
    pub cors: Cors,
    /// From when on the service is not ready.
    pub thresholds: Thresholds,
    /// How events are told.
    pub format: Format,
    /// The least important ones that are told.
    pub level: Level,
    /// How often elements are refreshed; none for never.
    pub refresh_every: Option<Duration>,
}

impl ServeOptions {
    /// As the settings say.
    ///
    /// # Panics
    /// Where a value is none that its setting allows, which the settings refuse.
    pub fn of(settings: &Settings) -> ServeOptions {
        let text = |key| settings.text(key).expect("the setting has a default");
        let refresh_every = Duration::from_secs(settings.whole("refresh.every_h") * 3_600);
        ServeOptions {
            listen: text("listen").parse().expect("an address"),
            at: settings.text("at").map(|at| Epoch::parse(at).expect("a time")),
            clock_speed_factor: u32::try_from(settings.whole("clock_speed")).expect("within its range"),
            limits: Limits::of(settings),
            proxies: Proxies {
                trusted: settings.list("proxy.trusted").map(|one| one.parse().expect("a network")).collect(),
                header: text("proxy.header").parse().expect("the name of a header"),
            },
            cors: Cors::new(&settings.list("http.cors_origins").map(str::to_owned).collect::<Vec<_>>())
                .expect("origins"),
            thresholds: Thresholds::of(settings),
            format: if text("messages.format") == "json" { Format::Json } else { Format::Text },
            level: text("messages.level").parse().expect("a level"),
            refresh_every: settings.switch("refresh.elements").then_some(refresh_every),
        }
    }
}

impl Default for ServeOptions {
    /// As the settings are where nobody says otherwise.
    fn default() -> ServeOptions {
        ServeOptions::of(&Settings::default())
    }
}

/// Why newer elements are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// It is time to download some.
    Due,
    /// Somebody asked to read the files again.
    Asked,
}

/// Looks for newer elements: the same world with them, or none where there are none. Runs on a thread of its own.
pub type Renew = Box<dyn FnMut(&World, Occasion) -> anyhow::Result<Option<World>> + Send>;

/// Serves `world` until SIGINT or SIGTERM, under the log that `enforcer` obeys, if one is given. `prepare` adds what the service does
/// beside reading. Prints the address, the age of the elements and what goes wrong.
/// On SIGHUP, and where the options say so from time to time, `renew` looks for newer elements.
///
/// # Errors
/// Where the address cannot be listened on, or the first slot cannot be planned.
pub fn serve(
    world: Arc<World>,
    enforcer: Option<Enforcer>,
    options: ServeOptions,
    renew: Renew,
    prepare: impl FnOnce(&Server) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let manager = Manager::of_environment();
    let clock = options.at.map_or_else(Clock::machine, |at| Clock::running(at, options.clock_speed_factor));
    let server = Server::start_with(world, enforcer, clock, options, Some(renew))?;
    // Before anybody is told that the service answers: from then on signals may come.
    let signals = {
        let _entered = server.runtime().enter();
        Signals::listen().context("cannot wait for signals")?
    };
    prepare(&server)?;
    let service = server.service();
    let world = service.world();
    let mut out = io::stdout();
    // Nobody has to read this: a closed output stops no service.
    let _ = write!(
        out,
        "elements: {}\n{}{}{}\nSkyshed is at http://{}/ (Ctrl-C stops it)\n",
        elements_line(&world, service.clock.now()),
        decisions_lines(&world),
        scenario_line(&world, service.current().slot.plan.time),
        service.current().line(),
        server.address()
    );
    let _ = out.flush();
    let fields = [("address", json!(server.address().to_string()))];
    service.messages.tell(Level::Info, "serving", "answering requests", &fields);
    manager.ready("answering requests");
    server
        .runtime()
        .block_on(until_stopped(&server, &manager, signals))
        .context("cannot wait for signals")?;
    manager.stopping();
    service.messages.tell(Level::Info, "stopping", "taking no more requests", &[]);
    server.stop();
    Ok(())
}

/// Waits for the signal to stop; meanwhile tells the manager that the service lives, and passes on what is asked for.
async fn until_stopped(server: &Server, manager: &Manager, mut signals: Signals) -> io::Result<()> {
    let mut alive = tokio::time::interval(manager.watchdog_every().unwrap_or(NO_WATCHDOG));
    loop {
        tokio::select! {
            asked = signals.next() => match asked? {
                Asked::Stop => return Ok(()),
                Asked::Reload => server.renew(),
            },
            _ = alive.tick() => if server.service().is_live() {
                manager.alive();
            },
        }
    }
}

/// A running service. Dropping it stops it, as [`Server::stop`] does.
pub struct Server {
    service: Arc<Service>,
    address: SocketAddr,
    runtime: Option<Runtime>,
    connections: Option<tokio::task::JoinHandle<()>>,
    planner: Option<JoinHandle<()>>,
    renewer: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Server {
    /// Listens, plans the slot of the moment, then answers requests and plans on.
    ///
    /// # Errors
    /// Where the address cannot be listened on, or the first slot cannot be planned.
    pub fn start(world: Arc<World>, listen: SocketAddr, clock: Clock) -> anyhow::Result<Server> {
        Server::start_enforcing(world, None, listen, clock)
    }

    /// The same under a log: at each slot, its decisions of then. `world` has those of now.
    ///
    /// # Errors
    /// Where the address cannot be listened on, or the first slot cannot be planned.
    pub fn start_enforcing(
        world: Arc<World>,
        enforcer: Option<Enforcer>,
        listen: SocketAddr,
        clock: Clock,
    ) -> anyhow::Result<Server> {
        let options = ServeOptions { listen, ..ServeOptions::default() };
        Server::start_with(world, enforcer, clock, options, None)
    }

    /// The same with everything that can be said about it.
    ///
    /// # Errors
    /// Where the address cannot be listened on, or the first slot cannot be planned.
    pub fn start_with(
        world: Arc<World>,
        enforcer: Option<Enforcer>,
        clock: Clock,
        options: ServeOptions,
        renew: Option<Renew>,
    ) -> anyhow::Result<Server> {
        let ServeOptions { listen, limits, proxies, thresholds, cors, .. } = options;
        let messages = Messages::to_standard_error(options.format, options.level);
        // Answers are worked out on as many threads as the limits say; files are read on a few more.
        let threads = limits.request_threads as usize + FILE_THREADS;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("requests")
            .max_blocking_threads(threads)
            .build()?;
        // Before the first plan: an address that is in use is told at once.
        let listener =
            runtime.block_on(TcpListener::bind(listen)).map_err(|error| cannot_listen(listen, &error))?;
        let address = listener.local_addr()?;
        messages.tell(Level::Info, "starting", "planning the first slot", &[]);
        let service = ServiceOptions { clock, limits, proxies, thresholds, messages };
        let service = Arc::new(Service::new(world, enforcer, service).context("cannot plan the first slot")?);
        let router = api::router(service.clone(), cors);
        let serving = connections::serve(listener, router, service.clone(), service.stop_signal());
        let connections = runtime.spawn(serving);
        let planning = service.clone();
        let planner =
            thread::Builder::new().name("planner".to_owned()).spawn(move || planning.plan_slots())?;
        let renewer =
            renew.map(|renew| renewer(service.clone(), renew, options.refresh_every)).transpose()?;
        Ok(Server {
            service,
            address,
            runtime: Some(runtime),
            connections: Some(connections),
            planner: Some(planner),
            renewer,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it answers from.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// The same, to be held on to.
    pub fn shared(&self) -> Arc<Service> {
        self.service.clone()
    }

    /// Takes records in for the log in `folder` from now on.
    ///
    /// # Errors
    /// Where the log cannot be opened to write to it, or is written already.
    pub fn write_to(&self, folder: &Path, found: Found, clock: SharedClock) -> anyhow::Result<()> {
        self.service.write_to(folder, found, clock)
    }

    /// Looks for newer elements now, where there is somebody who knows how.
    pub fn renew(&self) {
        if let Some((ask, _)) = &self.renewer {
            let _ = ask.send(());
        }
    }

    /// Takes no more requests, lets those under way finish for a few seconds, and ends the planner.
    pub fn stop(self) {
        drop(self);
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("it is there until the server is dropped")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.service.stop();
        self.service.events.close();
        let Some(runtime) = self.runtime.take() else { return };
        if let Some(connections) = self.connections.take() {
            let _ = runtime.block_on(connections);
        }
        if let Some(desk) = self.service.desk() {
            desk.stop();
        }
        runtime.shutdown_timeout(THREADS_END);
        if let Some(planner) = self.planner.take() {
            let _ = planner.join();
        }
        // A download that is under way is left behind: it changes nothing any more.
        drop(self.renewer.take());
    }
}

/// Threads of the runtime that read files, beside those that work out answers.
const FILE_THREADS: usize = 6;

/// Starts the thread that looks for newer elements: every so often, and when asked.
fn renewer(
    service: Arc<Service>,
    mut renew: Renew,
    every: Option<Duration>,
) -> io::Result<(Sender<()>, JoinHandle<()>)> {
    let (ask, asked) = channel();
    let work = move || {
        // The first time at once: what is kept may be old.
        let mut wait = every.map_or(Duration::MAX, |_| Duration::ZERO);
        loop {
            let occasion = match asked.recv_timeout(wait) {
                Ok(()) => Occasion::Asked,
                Err(RecvTimeoutError::Timeout) => Occasion::Due,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            renew_once(&service, &mut renew, occasion);
            wait = every.unwrap_or(Duration::MAX);
        }
    };
    let thread = thread::Builder::new().name("renewer".to_owned()).spawn(work)?;
    Ok((ask, thread))
}

fn renew_once(service: &Service, renew: &mut Renew, occasion: Occasion) {
    use std::sync::atomic::Ordering::Relaxed;
    match renew(&service.world(), occasion) {
        Ok(Some(world)) => {
            let message =
                format!("newer elements are ready for the next slot: {}", world.provenance.elements);
            service.messages.tell(Level::Info, "elements_refreshed", &message, &[]);
            service.metrics.refreshes.fetch_add(1, Relaxed);
            service.renew(world);
        }
        Ok(None) => {
            service.note_refresh(None);
            service.messages.tell(Level::Info, "elements_unchanged", "there are no newer elements", &[]);
        }
        Err(error) => {
            service.metrics.refreshes_failed.fetch_add(1, Relaxed);
            service.note_refresh(Some(format!("{error:#}")));
            let message = format!("elements could not be refreshed, the old ones stay: {error:#}");
            service.messages.tell(Level::Error, "elements_refresh_failed", &message, &[]);
        }
    }
}

fn cannot_listen(listen: SocketAddr, error: &io::Error) -> anyhow::Error {
    let remedy =
        "give a free port of this machine with --listen, such as --listen 127.0.0.1:8081, or port 0 for any";
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            anyhow::anyhow!(
                "cannot listen on {listen}: another program does, perhaps another `skyshed serve`; {remedy}"
            )
        }
        _ => anyhow::anyhow!("cannot listen on {listen}: {error}; {remedy}"),
    }
}

fn elements_line(world: &World, now: Epoch) -> String {
    let (name, count) = (world.constellation.name(), world.constellation.satellites().len());
    match (world.elements_age_hours(now), world.constellation.median_epoch()) {
        (Some(hours), Some(epoch)) => {
            let age = if hours.abs() < 48.0 {
                format!("{:.1} hours", hours.abs())
            } else {
                format!("{:.1} days", hours.abs() / 24.0)
            };
            let side = if hours < 0.0 { "ahead of the clock" } else { "old" };
            format!("{name}, {count} satellites, {age} {side} (median epoch {epoch})")
        }
        _ => format!("{name}, {count} satellites as designed, which do not age"),
    }
}

/// Which decisions are obeyed, and what is to be known of their source.
fn decisions_lines(world: &World) -> String {
    let Some(log) = &world.log else {
        return format!("what-if: {}\n", world.what_if().unwrap_or_default());
    };
    let status = &log.status;
    let mut lines = format!("log: {}, {} witnesses\n", status.name(), status.witnesses);
    if let Some(doubt) = &status.doubt {
        lines += &format!("STALE, the last proven state is kept: {doubt}\n");
    }
    status.warnings.iter().for_each(|warning| lines += &format!("warning: {warning}\n"));
    lines
}

/// Empty where there is no scenario.
fn scenario_line(world: &World, time: Epoch) -> String {
    match (world.faults.is_none(), world.provenance.scenario.as_str()) {
        (true, "") => String::new(),
        (_, file) => format!("scenario: {file}, faults in force: {}\n", world.faults.active(time).count()),
    }
}

/// What a signal asks for.
enum Asked {
    /// To end.
    Stop,
    /// To read elements again.
    Reload,
}

#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals([
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    async fn next(&mut self) -> io::Result<Asked> {
        let [terminate, interrupt, hangup] = &mut self.0;
        tokio::select! {
            _ = terminate.recv() => Ok(Asked::Stop),
            _ = interrupt.recv() => Ok(Asked::Stop),
            _ = hangup.recv() => Ok(Asked::Reload),
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Signals> {
        Ok(Signals)
    }

    async fn next(&mut self) -> io::Result<Asked> {
        tokio::signal::ctrl_c().await.map(|()| Asked::Stop)
    }
}
