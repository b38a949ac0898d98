//! Clients that mean harm: each kind keeps as many connections busy as it can.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::report::Report;

/// Connections of each kind.
const OF_EACH: usize = 200;
/// Connections of all kinds.
pub const CONNECTIONS: usize = OF_EACH * KINDS.len();
/// After a connection is closed, the next is opened so much later.
const AGAIN: Duration = Duration::from_millis(200);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Sends a byte of its headers a second.
    SlowHeaders,
    /// Sends nothing.
    HalfOpen,
    /// Announces a gigabyte, and sends it.
    HugeBody,
    /// Announces a body, and sends a byte of it a second.
    SlowBody,
    /// Asks for megabytes again and again, and reads nothing.
    ReadsNothing,
    /// Sends what is no HTTP.
    Garbage,
}

const KINDS: [Kind; 6] =
    [Kind::SlowHeaders, Kind::HalfOpen, Kind::HugeBody, Kind::SlowBody, Kind::ReadsNothing, Kind::Garbage];

/// What they achieved.
pub struct Hostile {
    opened: usize,
    closed: usize,
}

impl Hostile {
    pub fn report(&self, report: &mut Report) {
        report.figure("hostile connections opened", self.opened as f64);
        report.figure("of these closed by the service", self.closed as f64);
    }
}

/// Attacks for so long.
pub async fn attack(address: SocketAddr, length: Duration) -> Hostile {
    let end = Instant::now() + length;
    let counts = Rc::new(RefCell::new(Hostile { opened: 0, closed: 0 }));
    let attackers: Vec<_> = KINDS
        .into_iter()
        .flat_map(|kind| (0..OF_EACH).map(move |_| kind))
        .map(|kind| tokio::task::spawn_local(attacker(kind, address, end, counts.clone())))
        .collect();
    for attacker in attackers {
        let _ = attacker.await;
    }
    let counts = counts.borrow();
    Hostile { opened: counts.opened, closed: counts.closed }
}

async fn attacker(kind: Kind, address: SocketAddr, end: Instant, counts: Rc<RefCell<Hostile>>) {
    while Instant::now() < end {
        if let Ok(stream) = TcpStream::connect(address).await {
            counts.borrow_mut().opened += 1;
            // Whatever it does, it ends with the connection or with the attack.
            if tokio::time::timeout_at(end, harm(kind, stream)).await.is_ok() {
                counts.borrow_mut().closed += 1;
            }
        }
        sleep(AGAIN).await;
    }
}

/// Returns when the connection is closed.
async fn harm(kind: Kind, stream: TcpStream) {
    let (mut read, mut write) = stream.into_split();
    let sending = async {
        match kind {
            Kind::SlowHeaders => {
                write.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n").await?;
                loop {
                    write.write_all(b"a").await?;
                    sleep(Duration::from_secs(1)).await;
                }
            }
            Kind::SlowBody => {
                write
                    .write_all(b"POST /api/v1/requests HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n")
                    .await?;
                loop {
                    write.write_all(b"a").await?;
                    sleep(Duration::from_secs(1)).await;
                }
            }
            Kind::HugeBody => {
                write
                    .write_all(
                        b"POST /api/v1/requests HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n",
                    )
                    .await?;
                let chunk = [b"1000\r\n".to_vec(), vec![b'a'; 4096], b"\r\n".to_vec()].concat();
                for _ in 0..(1 << 30) / 4096 {
                    write.write_all(&chunk).await?;
                }
            }
            Kind::ReadsNothing => {
                for _ in 0..50 {
                    write.write_all(b"GET /api/v1/cells/raster HTTP/1.1\r\nhost: x\r\n\r\n").await?;
                }
            }
            Kind::Garbage => write.write_all(&[0x16, 0x03, 0x01, 0, 0xff].repeat(1000)).await?,
            Kind::HalfOpen => {}
        }
        std::future::pending::<std::io::Result<()>>().await
    };
    let reading = async {
        if kind == Kind::ReadsNothing {
            // Even a client that reads nothing learns that the connection is gone, when it writes.
            std::future::pending::<()>().await;
        }
        let mut buffer = [0; 4096];
        while let Ok(1..) = read.read(&mut buffer).await {}
    };
    tokio::select! {
        _ = sending => {}
        () = reading => {}
    }
}
