//! Tables as Arrow IPC streams: made a batch at a time as the client reads, so that a large one is never in memory as a whole,
//! and holding no thread while a client is slow.

use std::io::Write;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, SchemaRef};
use axum::body::{Body, Bytes};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream::unfold;
use tokio::sync::OwnedSemaphorePermit;

/// The media type of Arrow IPC streams (IANA).
pub const ARROW_STREAM: &str = "application/vnd.apache.arrow.stream";

/// Gives the next batch of rows; `None` after the last.
pub type NextBatch = Box<dyn FnMut() -> Option<Vec<ArrayRef>> + Send>;

/// What a stream is written through: packed or not, emptied after each batch.
enum Sink {
    Plain(Vec<u8>),
    Gzip(GzEncoder<Vec<u8>>),
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Sink::Plain(sink) => sink.write(bytes),
            Sink::Gzip(sink) => sink.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Sink {
    fn take(&mut self) -> Vec<u8> {
        match self {
            Sink::Plain(sink) => std::mem::take(sink),
            Sink::Gzip(sink) => std::mem::take(sink.get_mut()),
        }
    }
}

struct Stream {
    schema: SchemaRef,
    writer: StreamWriter<Sink>,
    next: NextBatch,
    /// A place among the streams that run at once.
    _place: OwnedSemaphorePermit,
}

enum Step {
    Goes(Box<Stream>),
    Over,
}

/// The body of a table, packed as gzip where asked for.
///
/// # Errors
/// [`ArrowError`] where the schema cannot be written.
pub fn body(
    schema: SchemaRef,
    gzip: bool,
    place: OwnedSemaphorePermit,
    next: NextBatch,
) -> Result<Body, ArrowError> {
    let sink = if gzip {
        Sink::Gzip(GzEncoder::new(Vec::new(), Compression::fast()))
    } else {
        Sink::Plain(Vec::new())
    };
    let writer = StreamWriter::try_new(sink, &schema)?;
    let stream = Box::new(Stream { schema, writer, next, _place: place });
    Ok(Body::from_stream(unfold(Step::Goes(stream), |step| async {
        let Step::Goes(stream) = step else { return None };
        let made = tokio::task::spawn_blocking(move || step_on(stream)).await;
        // A defect while a batch is made ends the stream without its end mark, which readers notice.
        Some(made.unwrap_or_else(|_| (Err(std::io::Error::other("the table could not be made")), Step::Over)))
    })))
}

/// Makes bytes until there are some to send.
fn step_on(mut stream: Box<Stream>) -> (Result<Bytes, std::io::Error>, Step) {
    loop {
        let written = match (stream.next)() {
            Some(arrays) => RecordBatch::try_new(stream.schema.clone(), arrays)
                .and_then(|batch| stream.writer.write(&batch)),
            None => return (end(stream.writer), Step::Over),
        };
        if let Err(error) = written {
            return (Err(std::io::Error::other(error)), Step::Over);
        }
        let bytes = stream.writer.get_mut().take();
        if !bytes.is_empty() {
            return (Ok(bytes.into()), Step::Goes(stream));
        }
    }
}

fn end(mut writer: StreamWriter<Sink>) -> Result<Bytes, std::io::Error> {
    writer.finish().map_err(std::io::Error::other)?;
    match writer.into_inner().map_err(std::io::Error::other)? {
        Sink::Plain(bytes) => Ok(bytes.into()),
        Sink::Gzip(sink) => Ok(sink.finish()?.into()),
    }
}

/// All of a table at once.
///
/// # Errors
/// [`ArrowError`] where the arrays do not fit the schema.
pub fn whole(schema: &SchemaRef, arrays: Vec<ArrayRef>) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), schema)?;
    writer.write(&RecordBatch::try_new(Arc::clone(schema), arrays)?)?;
    writer.into_inner()
}
