//! A witness over HTTP that does what C2SP tlog-witness asks of one, and remembers what it saw.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use skyshed_tlog::checkpoint::open;
use skyshed_tlog::merkle::{empty_root, verify_consistency};
use skyshed_tlog::witness::Request;
use skyshed_tlog::{Hash, SigningKey, VerifierKey};

/// A running witness.
#[derive(Clone)]
pub struct HttpServer {
    pub url: String,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    keys: Vec<SigningKey>,
    log: VerifierKey,
    now: i64,
    size: u64,
    root: Hash,
    conflicts: u32,
    forks: u32,
}

impl HttpServer {
    /// Runs for as long as the test's process lives. Its time stands still.
    pub fn start(keys: Vec<SigningKey>, log: VerifierKey, now: i64) -> HttpServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/w", listener.local_addr().unwrap());
        let inner = Inner { keys, log, now, size: 0, root: empty_root(), conflicts: 0, forks: 0 };
        let server = HttpServer { url, inner: Arc::new(Mutex::new(inner)) };
        let inner = server.inner.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = serve(&stream, &mut inner.lock().unwrap());
            }
        });
        server
    }

    /// Requests that began at another size than was known: the writer was told, and asked again.
    pub fn conflicts(&self) -> u32 {
        self.inner.lock().unwrap().conflicts
    }

    /// Requests that did not continue what was known.
    pub fn forks(&self) -> u32 {
        self.inner.lock().unwrap().forks
    }
}

fn serve(stream: &TcpStream, inner: &mut Inner) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line)? > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (status, answer) = inner.answer(&body);
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
        answer.len()
    )
}

impl Inner {
    fn answer(&mut self, body: &[u8]) -> (u16, String) {
        let Ok(request) = Request::parse(body) else { return (400, String::new()) };
        let Ok(opened) = open(request.checkpoint.as_bytes(), std::slice::from_ref(&self.log), &[]) else {
            return (403, String::new());
        };
        let (size, root) = (opened.checkpoint.size, opened.checkpoint.root);
        if request.old_size > size {
            return (400, String::new());
        }
        if request.old_size != self.size {
            self.conflicts += 1;
            return (409, format!("{}\n", self.size));
        }
        if verify_consistency((self.size, &self.root), (size, &root), &request.path).is_err() {
            self.forks += 1;
            return if size == self.size { (409, format!("{size}\n")) } else { (422, String::new()) };
        }
        (self.size, self.root) = (size, root);
        let signed = self.keys.iter().map(|key| key.sign(&opened.note.text, self.now as u64).unwrap());
        (200, signed.map(|signature| format!("{signature}\n")).collect())
    }
}
