//! HTTP/1.1 over one connection that is kept open, with as little work as it takes: it shares the machine with the service.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

/// One answer.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    pub status: u16,
    pub body_bytes: usize,
    head_bytes: usize,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> std::io::Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, buffer: vec![0; 64 << 10], filled: 0 })
    }

    /// Sends one request that is ready to be sent, and reads its answer.
    pub async fn ask(&mut self, request: &[u8]) -> std::io::Result<Answer> {
        self.stream.write_all(request).await?;
        self.filled = 0;
        let answer = loop {
            self.read_more().await?;
            if let Some(answer) = head(&self.buffer[..self.filled]) {
                break answer?;
            }
        };
        while self.filled < answer.head_bytes + answer.body_bytes {
            self.read_more().await?;
        }
        Ok(answer)
    }

    /// The body of the last answer.
    pub fn body(&self, answer: Answer) -> &[u8] {
        &self.buffer[answer.head_bytes..answer.head_bytes + answer.body_bytes]
    }

    async fn read_more(&mut self) -> std::io::Result<()> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(2 * self.filled, 0);
        }
        match self.stream.read(&mut self.buffer[self.filled..]).await? {
            0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.filled += count;
                Ok(())
            }
        }
    }
}

/// The head of an answer, once all of it is there.
fn head(bytes: &[u8]) -> Option<std::io::Result<Answer>> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&bytes[..end]).ok();
    let read = || {
        let mut lines = text?.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let length = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        Some(Answer { status, body_bytes: length.unwrap_or(0), head_bytes: end + 4 })
    };
    Some(read().ok_or_else(|| std::io::ErrorKind::InvalidData.into()))
}

/// A request as it is sent.
pub fn get(address: SocketAddr, target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nhost: {address}\r\naccept-encoding: gzip\r\n\r\n").into_bytes()
}

/// One answer as text, over a connection of its own.
pub async fn text(address: SocketAddr, target: &str) -> Result<String, String> {
    let ask = async {
        let mut connection = Connection::open(address).await?;
        let request = format!("GET {target} HTTP/1.1\r\nhost: {address}\r\n\r\n");
        let answer = connection.ask(request.as_bytes()).await?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(connection.body(answer)).into_owned())
    };
    ask.await.map_err(|error| format!("{target} of {address}: {error}"))
}
