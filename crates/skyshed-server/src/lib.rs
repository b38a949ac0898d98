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
pub mod clock;
pub mod columns;
pub mod cors;
pub mod desk;
pub mod docs;
pub mod drawing;
pub mod enforcer;
pub mod events;
pub mod identity;
pub mod kept;
pub mod lines;
pub mod log_files;
pub mod metrics;
pub mod page;
pub mod paging;
pub mod problem;
pub mod query;
pub mod raster;
pub mod reading;
pub mod satellites;
pub mod service;
mod stop;
pub mod streams;
pub mod timelines;
pub mod words;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Context;
use skyshed::World;
use skyshed::orbit::Epoch;
use skyshed_log::means::{Found, SharedClock};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::cors::Cors;
use crate::enforcer::Enforcer;
use crate::service::Service;
pub use crate::stop::StopSignal;

/// Requests under way get this long to finish when the service stops.
const GRACE: Duration = Duration::from_secs(5);

/// How to serve.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Where to listen; port 0 takes any free port.
    pub listen: SocketAddr,
    /// The service's clock starts here instead of now, and runs on from it.
    pub at: Option<Epoch>,
}

/// Serves `world` until SIGINT or SIGTERM, under the log that `enforcer` obeys, if one is given. `prepare` adds what the service does
/// beside reading. Prints the address, the age of the elements and what goes wrong.
///
/// # Errors
/// Where the address cannot be listened on, or the first slot cannot be planned.
pub fn serve(
    world: Arc<World>,
    enforcer: Option<Enforcer>,
    options: ServeOptions,
    prepare: impl FnOnce(&Server) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let clock = options.at.map_or_else(Clock::machine, Clock::starting_at);
    tell("planning the first slot");
    let server = Server::start_enforcing(world, enforcer, options.listen, clock)?;
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
    server.runtime.block_on(stop_signal()).context("cannot wait for signals")?;
    tell("stopping");
    server.stop();
    Ok(())
}

/// A running service. Dropping it stops it, as [`Server::stop`] does.
pub struct Server {
    service: Arc<Service>,
    address: SocketAddr,
    runtime: Runtime,
    stop: watch::Sender<bool>,
    connections: Option<tokio::task::JoinHandle<()>>,
    planner: Option<JoinHandle<()>>,
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
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        // Before the first plan: an address that is in use is told at once.
        let listener =
            runtime.block_on(TcpListener::bind(listen)).map_err(|error| cannot_listen(listen, &error))?;
        let address = listener.local_addr()?;
        let service = Arc::new(Service::new(world, clock, enforcer).context("cannot plan the first slot")?);
        let (stop, stopped) = watch::channel(false);
        let serving = axum::serve(listener, api::router(service.clone(), Cors::default()));
        let connections = runtime.spawn(async move {
            if let Err(error) = serving.with_graceful_shutdown(until_true(stopped)).await {
                tell(&format!("no longer listening: {error}"));
            }
        });
        let planning = service.clone();
        let planner = thread::Builder::new()
            .name("planner".to_owned())
            .spawn(move || planning.plan_slots(|line| tell(&line)))?;
        Ok(Server { service, address, runtime, stop, connections: Some(connections), planner: Some(planner) })
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

    /// Takes no more requests, lets those under way finish for a few seconds, and ends the planner.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.service.events.close();
        self.service.clock.stop();
        if let Some(connections) = self.connections.take() {
            let _ = self.runtime.block_on(async { tokio::time::timeout(GRACE, connections).await });
        }
        if let Some(desk) = self.service.desk() {
            desk.stop();
        }
        if let Some(planner) = self.planner.take() {
            let _ = planner.join();
        }
    }
}

/// Tells the person who started the service, if standard error still reaches anybody.
fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
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

async fn until_true(mut stopped: watch::Receiver<bool>) {
    // A closed channel means that the server is gone, which is reason enough.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

#[cfg(unix)]
async fn stop_signal() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn stop_signal() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
