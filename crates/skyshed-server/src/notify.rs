//! Tells the service manager how the service is, as systemd wants it (sd_notify(3)): a datagram to the socket that
//! `NOTIFY_SOCKET` names. Where there is none, nothing is told.

#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt;
#[cfg(unix)]
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The manager's socket.
#[derive(Debug, Default)]
pub struct Manager {
    #[cfg(unix)]
    socket: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl Manager {
    /// The manager that the environment names: `NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`.
    pub fn of_environment() -> Manager {
        let watched = std::env::var("WATCHDOG_PID").is_ok_and(|pid| pid == std::process::id().to_string())
            || std::env::var_os("WATCHDOG_PID").is_none();
        let micros = std::env::var("WATCHDOG_USEC").ok().and_then(|text| text.parse().ok());
        let watchdog = micros.filter(|micros| *micros > 0 && watched).map(Duration::from_micros);
        let path = std::env::var("NOTIFY_SOCKET").ok();
        Manager::at(path.as_deref(), watchdog)
    }

    #[cfg(unix)]
    fn at(path: Option<&str>, watchdog: Option<Duration>) -> Manager {
        let socket = path.and_then(|path| Some((UnixDatagram::unbound().ok()?, address(path)?)));
        Manager { socket, watchdog }
    }

    #[cfg(not(unix))]
    fn at(_: Option<&str>, watchdog: Option<Duration>) -> Manager {
        Manager { watchdog }
    }

    /// How often the manager wants to hear that the service lives, halved so that one lost message is no death.
    pub fn watchdog_every(&self) -> Option<Duration> {
        self.watchdog.map(|every| every / 2)
    }

    /// The service answers requests.
    pub fn ready(&self, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={status}"));
    }

    /// The service lives.
    pub fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// The service ends.
    pub fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    #[cfg(unix)]
    fn tell(&self, state: &str) {
        if let Some((socket, address)) = &self.socket {
            // A manager that is gone needs no news.
            let _ = socket.send_to_addr(state.as_bytes(), address);
        }
    }

    #[cfg(not(unix))]
    fn tell(&self, _: &str) {}
}

/// A path, or, with `@` in front, a name without a file.
#[cfg(unix)]
fn address(path: &str) -> Option<SocketAddr> {
    #[cfg(target_os = "linux")]
    if let Some(name) = path.strip_prefix('@') {
        return SocketAddr::from_abstract_name(name).ok();
    }
    path.starts_with('/').then(|| SocketAddr::from_pathname(path).ok()).flatten()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_manager_hears_how_the_service_is() {
        let name = format!("skyshed-notify-{}", std::process::id());
        let listening = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let manager = Manager::at(Some(&format!("@{name}")), Some(Duration::from_secs(30)));
        let mut buffer = [0; 256];
        let mut heard = || {
            let length = listening.recv(&mut buffer).unwrap();
            String::from_utf8_lossy(&buffer[..length]).into_owned()
        };
        manager.ready("serving");
        assert_eq!(heard(), "READY=1\nSTATUS=serving");
        manager.alive();
        assert_eq!(heard(), "WATCHDOG=1");
        manager.stopping();
        assert_eq!(heard(), "STOPPING=1");
        assert_eq!(manager.watchdog_every(), Some(Duration::from_secs(15)));
    }

    #[test]
    fn without_a_manager_nothing_is_told() {
        for path in [None, Some(""), Some("relative"), Some("/nowhere/at/all")] {
            Manager::at(path, None).ready("to nobody");
        }
    }
}
