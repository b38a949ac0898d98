//! What a handler is asked, and how it answers: nothing is worked out for a client that holds the answer, what many ask for is worked
//! out once, and what takes long is worked out where it holds no connection up.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri, header};
use serde::Serialize;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{Answer, App};
use crate::body::{Keep, Sendable, names, not_modified};
use crate::limits::Limit;
use crate::problem::{Kind, Problem};
use crate::query;
use crate::service::{Current, Service};

/// A request without its body.
pub struct Ask {
    /// What is asked for.
    pub uri: Uri,
    /// How.
    pub headers: HeaderMap,
}

impl<S> FromRequestParts<S> for Ask {
    type Rejection = Infallible;

    fn from_request_parts(parts: &mut Parts, _: &S) -> impl Future<Output = Result<Ask, Infallible>> + Send {
        // Taken, not copied: nobody looks at them after the handler.
        let ask = Ask { uri: std::mem::take(&mut parts.uri), headers: std::mem::take(&mut parts.headers) };
        let ready: Ready<Result<Ask, Infallible>> = ready(Ok(ask));
        ready
    }
}

impl Ask {
    /// The values of the parameters that are allowed, in their order.
    ///
    /// # Errors
    /// [`Problem`] for anything else.
    pub fn query<const N: usize>(&self, allowed: [&'static str; N]) -> Result<[Option<String>; N], Problem> {
        query::read(self.uri.query(), allowed)
    }

    /// The last part of the path, decoded.
    ///
    /// # Errors
    /// [`Problem`] for what is no UTF-8.
    pub fn last(&self) -> Result<String, Problem> {
        query::decoded_path(self.uri.path().rsplit('/').next().unwrap_or_default())
    }

    /// Path and query as they were sent.
    pub fn question(&self) -> &str {
        self.uri.path_and_query().map_or("/", |whole| whole.as_str())
    }
}

impl App {
    /// The tag of an answer that holds as long as these serial numbers do: known before the answer is worked out. Weak: the packed
    /// forms share it. It begins anew with each start of the program.
    pub fn tag(&self, ask: &Ask, serials: [u64; 2]) -> HeaderValue {
        let mut hasher = DefaultHasher::new();
        ask.question().hash(&mut hasher);
        let [slot, log] = serials;
        let tag = format!("W/\"{:x}-{slot:x}-{log:x}-{:x}\"", self.service.boot, hasher.finish());
        HeaderValue::try_from(tag).expect("hexadecimal digits")
    }

    /// Answers at once from the slot of the moment.
    pub fn quick<T: Serialize>(
        &self,
        ask: &Ask,
        make: impl FnOnce(&Arc<Current>) -> Result<T, Problem>,
    ) -> Answer {
        let current = self.service.current();
        let tag = self.tag(ask, [current.serial, 0]);
        if names(&ask.headers, &tag) {
            return Ok(not_modified(tag, Keep::AskAgain));
        }
        Ok(Sendable::once(JSON, json(&make(&current)?)?, tag).response(&ask.headers))
    }

    /// Answers from the slot of the moment with what is worked out once in it, on the pool.
    pub async fn kept(
        &self,
        ask: &Ask,
        make: impl FnOnce(&Service, &Arc<Current>) -> Result<Made, Problem> + Send + 'static,
    ) -> Answer {
        let current = self.service.current();
        let tag = self.tag(ask, [current.serial, 0]);
        self.kept_as(ask, tag, current, ask.question().to_owned(), None, make).await
    }

    /// The same from the slot and the log of the moment; where it is a `preview`, at most so many at once as are allowed.
    pub async fn kept_of_log(
        &self,
        ask: &Ask,
        preview: Option<&Semaphore>,
        make: impl FnOnce(&Service, &Arc<Current>) -> Result<Made, Problem> + Send + 'static,
    ) -> Answer {
        let current = self.service.current();
        let log = self.service.log_serial();
        let tag = self.tag(ask, [current.serial, log]);
        self.kept_as(ask, tag, current, format!("{log:x} {}", ask.question()), preview, make).await
    }

    async fn kept_as(
        &self,
        ask: &Ask,
        tag: HeaderValue,
        current: Arc<Current>,
        question: String,
        preview: Option<&Semaphore>,
        make: impl FnOnce(&Service, &Arc<Current>) -> Result<Made, Problem> + Send + 'static,
    ) -> Answer {
        if names(&ask.headers, &tag) {
            return Ok(not_modified(tag, Keep::AskAgain));
        }
        let sendable = match current.kept.get(&question) {
            Some(sendable) => sendable,
            None => {
                let _place = match preview {
                    Some(places) => self.place_for_preview(places).await,
                    None => None,
                };
                let work = move |service: &Service| {
                    current.kept.get_or_make(&question, || {
                        let made = make(service, &current)?;
                        let sendable = Sendable::tagged(made.content_type, made.body, tag);
                        Ok(made
                            .note
                            .into_iter()
                            .fold(sendable, |sendable, (name, value)| sendable.noted(name, value)))
                    })
                };
                self.blocking(work).await?
            }
        };
        self.send(sendable, ask).await
    }

    /// Waits for a place among the previews that are worked out; that it had to wait is counted.
    async fn place_for_preview<'a>(&self, places: &'a Semaphore) -> Option<SemaphorePermit<'a>> {
        if let Ok(place) = places.try_acquire() {
            return Some(place);
        }
        self.service.metrics.limits.count(Limit::Previews);
        places.acquire().await.ok()
    }

    /// Sends a body; where packing it takes long, that is done on the pool.
    pub async fn send(&self, sendable: Sendable, ask: &Ask) -> Answer {
        if !sendable.is_heavy(&ask.headers) {
            return Ok(sendable.response(&ask.headers));
        }
        let headers = ask.headers.clone();
        self.blocking(move |_| Ok(sendable.response(&headers))).await
    }
}

/// A body that was worked out.
pub struct Made {
    content_type: &'static str,
    body: Vec<u8>,
    note: Option<(HeaderName, HeaderValue)>,
}

impl Made {
    /// As JSON.
    ///
    /// # Errors
    /// [`Problem`] for what cannot become JSON: a defect.
    pub fn json(value: &impl Serialize) -> Result<Made, Problem> {
        Ok(Made::new(JSON, json(value)?))
    }

    /// As anything else.
    pub fn new(content_type: &'static str, body: Vec<u8>) -> Made {
        Made { content_type, body, note: None }
    }

    /// The same with a header.
    pub fn noted(self, name: HeaderName, value: HeaderValue) -> Made {
        Made { note: Some((name, value)), ..self }
    }
}

const JSON: &str = "application/json";

/// One line, without spaces: programs read it, and people have `jq`.
pub fn json(value: &impl Serialize) -> Result<Vec<u8>, Problem> {
    let mut json = Vec::with_capacity(4096);
    serde_json::to_writer(&mut json, value)
        .map_err(|error| Problem::new(Kind::Internal, error.to_string()))?;
    json.push(b'\n');
    Ok(json)
}

/// A body that is true only now.
pub fn live(content_type: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The same as JSON.
///
/// # Errors
/// [`Problem`] for what cannot become JSON: a defect.
pub fn live_json(status: StatusCode, value: &impl Serialize) -> Answer {
    let mut response = Response::new(Body::from(json(value)?));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
