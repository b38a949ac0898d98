//! `skyshed serve --probe`: asks a running service whether it is ready, for containers and scripts without an HTTP client.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use skyshed_server::settings::Settings;

use crate::print_text;

const TIMEOUT: Duration = Duration::from_secs(5);
/// Longest answer that is read, bytes.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// Succeeds where the service at the settings' address says that it is ready; prints what it says.
pub fn probe(settings: &Settings) -> Result<()> {
    let listen: SocketAddr = settings.text("listen").context("`listen` has no value")?.parse()?;
    // A service that listens everywhere is asked here.
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let address = SocketAddr::new(ip, listen.port());
    let answer = ask(address)
        .with_context(|| format!("nothing answers at http://{address}/readyz; is it running?"))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.lines().next().unwrap_or_default();
    print_text(body)?;
    match status.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => bail!("the service at {address} is not ready: {status}"),
    }
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES_MAX).read_to_string(&mut answer)?;
    Ok(answer)
}
