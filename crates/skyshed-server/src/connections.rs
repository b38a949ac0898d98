//! Accepts connections, so many in all and so many from one client, and holds each to its times: a client that sends its
//! headers a byte at a time, sends nothing, or takes nothing of its answer is let go and keeps nobody else waiting.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, Sleep};

use crate::clients::Client;
use crate::limits::{Limit, Limits};
use crate::service::Service;

/// What a connection beyond the limits is told before it is closed.
const REFUSAL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 5\r\nconnection: close\r\n\r\n";

/// Where there are no more file descriptors, accepting is tried again after so long.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// The address that a request's connection comes from, among the request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// The open connections.
#[derive(Debug, Default)]
pub struct Connections {
    open: Mutex<Open>,
    all_closed: Notify,
}

#[derive(Debug, Default)]
struct Open {
    total: u32,
    by_client: HashMap<Client, u32>,
}

impl Connections {
    /// How many are open.
    pub fn open(&self) -> u32 {
        self.lock().total
    }

    /// Makes room for one more.
    fn enter(self: &Arc<Self>, peer: IpAddr, trusted: bool, limits: &Limits) -> Result<Seat, Limit> {
        let client = (!trusted).then(|| Client::of(peer));
        let mut open = self.lock();
        if open.total >= limits.connections {
            return Err(Limit::Connections);
        }
        if let Some(client) = client {
            let count = open.by_client.entry(client).or_default();
            if *count >= limits.connections_per_client {
                return Err(Limit::ConnectionsPerClient);
            }
            *count += 1;
        }
        open.total += 1;
        Ok(Seat { connections: self.clone(), client })
    }

    /// Waits until none is open.
    async fn all_closed(&self) {
        loop {
            let closed = self.all_closed.notified();
            if self.open() == 0 {
                return;
            }
            closed.await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Open> {
        // The counts are whole after every statement, also after a panic elsewhere.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One open connection; dropping it counts it out.
struct Seat {
    connections: Arc<Connections>,
    client: Option<Client>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.connections.lock();
        open.total -= 1;
        if let Some(client) = self.client
            && let Some(count) = open.by_client.get_mut(&client)
        {
            *count -= 1;
            if *count == 0 {
                open.by_client.remove(&client);
            }
        }
        if open.total == 0 {
            self.connections.all_closed.notify_waiters();
        }
    }
}

/// Accepts and serves connections until `stopped` turns true; then waits for those with a request under way, but not for
/// longer than the limit.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    service: Arc<Service>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut http = http1::Builder::new();
    // Times are held by `Timed`, which tells an idle connection from one whose headers do not end.
    http.header_read_timeout(None)
        .max_headers(service.limits.headers as usize)
        .max_header_size(service.limits.header_bytes as usize)
        .max_buf_size((service.limits.header_bytes as usize).max(64 << 10));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = until_true(&mut stopped) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let trusted = service.proxies.trusts(peer.ip());
                match service.connections.enter(peer.ip(), trusted, &service.limits) {
                    Ok(seat) => {
                        service.metrics.connections.fetch_add(1, Ordering::Relaxed);
                        let connection = Connection { seat, stream, peer: peer.ip() };
                        tokio::spawn(connection.serve(
                            http.clone(),
                            router.clone(),
                            service.clone(),
                            stopped.clone(),
                        ));
                    }
                    Err(limit) => {
                        service.metrics.limits.count(limit);
                        // Told if it fits into the socket's buffer at once, which it does in a fresh one.
                        let _ = stream.try_write(REFUSAL);
                    }
                }
            }
            // The connection died before it was taken; or there are no descriptors left, until some connection closes.
            Err(_) => tokio::time::sleep(ACCEPT_AGAIN).await,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(service.limits.stop_timeout, service.connections.all_closed()).await;
}

async fn until_true(stopped: &mut watch::Receiver<bool>) {
    // A closed channel means that the server is gone, which is reason enough.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

struct Connection {
    seat: Seat,
    stream: TcpStream,
    peer: IpAddr,
}

impl Connection {
    async fn serve(
        self,
        http: http1::Builder,
        router: Router,
        service: Arc<Service>,
        mut stopped: watch::Receiver<bool>,
    ) {
        let Connection { seat, stream, peer } = self;
        // Answers are written whole; waiting for more to send would only delay them.
        let _ = stream.set_nodelay(true);
        let phase = Arc::new(Phase::default());
        let timed = Timed::new(stream, phase.clone(), service.clone());
        let answer = TowerToHyperService::new(router);
        let answer = service_fn(move |mut request: Request<Incoming>| {
            phase.set(ANSWERING);
            request.extensions_mut().insert(Peer(peer));
            let (answering, phase) = (answer.call(request.map(Body::new)), phase.clone());
            async move {
                let response = answering.await;
                phase.set(WAITING);
                response
            }
        });
        let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(timed), answer));
        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = until_true(&mut stopped) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if ended.is_err_and(|error| error.is_parse() || error.is_parse_too_large()) {
            service.metrics.limits.count(Limit::Unreadable);
        }
        drop(seat);
    }
}

/// What a connection is at.
#[derive(Debug, Default)]
struct Phase(AtomicU32);

/// No request has begun.
const WAITING: u32 = 0;
/// Some of a request's headers have come.
const READING_HEADERS: u32 = 1;
/// A request is read, or its body is being read, and its answer has not begun.
const ANSWERING: u32 = 2;

impl Phase {
    fn set(&self, phase: u32) {
        self.0.store(phase, Ordering::Relaxed);
    }

    fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A connection that fails where its client takes too long.
struct Timed {
    stream: TcpStream,
    phase: Arc<Phase>,
    service: Arc<Service>,
    /// When something went through last, or, while headers are read, their first byte came.
    since: Instant,
    /// Since when the client takes nothing.
    stalled: Option<Instant>,
    sleep: Pin<Box<Sleep>>,
    armed: bool,
}

impl Timed {
    fn new(stream: TcpStream, phase: Arc<Phase>, service: Arc<Service>) -> Timed {
        let since = Instant::now();
        let sleep = Box::pin(tokio::time::sleep_until(since));
        Timed { stream, phase, service, since, stalled: None, sleep, armed: false }
    }

    /// Fails at `deadline`; before, the task is woken then.
    fn overdue(&mut self, cx: &mut Context<'_>, deadline: Instant, limit: Limit) -> Poll<io::Error> {
        loop {
            // Most deadlines move on before they come: the timer is set anew only when it has rung, or must ring sooner.
            if !self.armed || deadline < self.sleep.deadline() {
                self.sleep.as_mut().reset(deadline);
                self.armed = true;
            }
            ready!(self.sleep.as_mut().poll(cx));
            self.armed = false;
            if Instant::now() >= deadline {
                self.service.metrics.limits.count(limit);
                return Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, limit.name()));
            }
        }
    }

    fn written<T>(&mut self, cx: &mut Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if result.is_ready() {
            self.since = Instant::now();
            self.stalled = None;
            return result;
        }
        let stalled = *self.stalled.get_or_insert_with(Instant::now);
        self.overdue(cx, stalled + self.service.limits.send_timeout, Limit::SendTimeout).map(Err)
    }
}

impl AsyncRead for Timed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_read(cx, buffer);
        match (self.phase.get(), &result) {
            (WAITING, Poll::Ready(_)) => {
                self.phase.set(READING_HEADERS);
                self.since = Instant::now();
            }
            (READING_HEADERS, Poll::Pending) => {
                let deadline = self.since + self.service.limits.header_timeout;
                return self.overdue(cx, deadline, Limit::HeaderTimeout).map(Err);
            }
            (WAITING, Poll::Pending) => {
                let deadline = self.since + self.service.limits.idle_timeout;
                return self.overdue(cx, deadline, Limit::IdleTimeout).map(Err);
            }
            // Bytes of a body: the time of the whole is limited elsewhere.
            _ => {}
        }
        result
    }
}

impl AsyncWrite for Timed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.written(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
