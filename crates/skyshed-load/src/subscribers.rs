//! Subscribers of events, each on a connection of its own.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Where events are.
const EVENTS: &str = "/api/v1/events";
/// What begins an event about a slot.
const SLOT: &[u8] = b"event: slot";

/// The subscribers, and how many slots each has heard of.
pub struct Events {
    slots: Rc<RefCell<Vec<usize>>>,
}

/// What they heard.
pub struct Heard {
    /// How many heard of as many slots as the one that heard of most.
    pub complete: usize,
    /// Slots that the one that heard least has heard of.
    pub least: usize,
}

/// Subscribes so many, and listens on.
pub async fn subscribe(address: SocketAddr, count: usize) -> Result<Events, String> {
    let slots = Rc::new(RefCell::new(vec![0; count]));
    for number in 0..count {
        let stream = open(address).await.map_err(|error| format!("subscriber {number}: {error}"))?;
        tokio::task::spawn_local(listen(stream, slots.clone(), number));
    }
    // Counted from one moment on, so that those who came first have not heard more.
    slots.borrow_mut().fill(0);
    Ok(Events { slots })
}

async fn open(address: SocketAddr) -> Result<TcpStream, String> {
    let opened = async {
        let mut stream = TcpStream::connect(address).await?;
        let request =
            format!("GET {EVENTS} HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut status = [0; 12];
        stream.read_exact(&mut status).await?;
        Ok::<_, std::io::Error>((stream, status))
    };
    let (stream, status) = opened.await.map_err(|error| error.to_string())?;
    match &status[9..] {
        b"200" => Ok(stream),
        other => Err(format!("{EVENTS} answers {}", String::from_utf8_lossy(other))),
    }
}

/// Counts slots until the connection ends; a name that two reads cut in half is counted too.
async fn listen(mut stream: TcpStream, slots: Rc<RefCell<Vec<usize>>>, number: usize) {
    let (mut buffer, mut kept) = ([0; 4096], 0);
    while let Ok(count @ 1..) = stream.read(&mut buffer[kept..]).await {
        let filled = kept + count;
        let heard = buffer[..filled].windows(SLOT.len()).filter(|window| *window == SLOT).count();
        slots.borrow_mut()[number] += heard;
        kept = filled.min(SLOT.len() - 1);
        buffer.copy_within(filled - kept..filled, 0);
    }
}

impl Events {
    /// What was heard so far. A slot of this very moment may have reached some and not others: who is one behind is complete.
    pub fn heard(&self) -> Heard {
        let slots = self.slots.borrow();
        let most = slots.iter().copied().max().unwrap_or(0);
        let complete = slots.iter().filter(|heard| most > 0 && **heard + 1 >= most).count();
        Heard { complete, least: slots.iter().copied().min().unwrap_or(0) }
    }
}
