//! What happens while the service runs: events for those who listen, records for the log.

use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::HeaderMap;
use skyshed::control::{DEMONSTRATION_LINES, Registry};
use skyshed_log::LogLedger;
use skyshed_log::means::{Found, SharedClock};

use super::Service;
use crate::clients::bearer_of;
use crate::desk::Desk;
use crate::events::data::{self, SlotEvent};
use crate::identity::{Identity, Issuer, TokenError};

impl Service {
    /// Where records are taken in; none where this service only reads.
    pub fn desk(&self) -> Option<&Desk> {
        self.desk.get()
    }

    /// Takes records in for the log in `folder` from now on.
    ///
    /// # Errors
    /// Where the log cannot be opened to write to it, or is written already.
    pub fn write_to(
        self: &Arc<Service>,
        folder: &Path,
        found: Found,
        clock: SharedClock,
    ) -> anyhow::Result<()> {
        let service = Arc::downgrade(self);
        let desk = Desk::open(folder, found, clock, move || {
            if let Some(service) = service.upgrade() {
                service.log_changed();
            }
        })?;
        self.desk.set(desk).map_err(|_| anyhow::anyhow!("this service writes a log already"))
    }

    /// The registry of service lines and user terminals: the one that was given, or the demonstration's, as far as that fits the map.
    pub fn registry(&self) -> &Registry {
        let demonstration = || Registry::parse(DEMONSTRATION_LINES, &self.world().ground).unwrap_or_default();
        self.registry.get_or_init(demonstration)
    }

    /// Takes a registry, before the first question about one.
    ///
    /// # Errors
    /// Gives it back where there is one already.
    pub fn set_registry(&self, registry: Registry) -> Result<(), Registry> {
        self.registry.set(registry)
    }

    /// Believes the tokens of an identity provider: for rates and messages only.
    ///
    /// # Errors
    /// Gives it back where there is one already.
    pub fn set_issuer(&self, issuer: Issuer) -> Result<(), Box<Issuer>> {
        self.issuer.set(issuer).map_err(Box::new)
    }

    /// Who brings a request, if tokens are believed here and it has one. Where the issuer's keys must be fetched first, that is
    /// waited for where it holds up nobody else.
    ///
    /// # Errors
    /// [`TokenError`] for a token that is not believed.
    pub async fn identify(self: &Arc<Service>, headers: &HeaderMap) -> Result<Option<Identity>, TokenError> {
        let Some(issuer) = self.issuer.get() else { return Ok(None) };
        let Some(token) = bearer_of(headers)? else { return Ok(None) };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() as i64;
        if let Some(identified) = issuer.identify_at_once(token, now) {
            return identified.map(Some);
        }
        let (service, token) = (self.clone(), token.to_owned());
        let fetching = move || service.issuer.get().map(|issuer| issuer.identify(&token, now)).transpose();
        // A fetch that panicked brought no key.
        tokio::task::spawn_blocking(fetching).await.unwrap_or(Err(TokenError::UnknownKey))
    }

    /// Tells everybody who listens that the slot of the moment is another one.
    pub(crate) fn tell_slot(&self) {
        self.events.publish("slot", &SlotEvent::of(&self.current()));
    }

    /// Tells everybody who listens of records that have not been told of yet.
    pub(super) fn tell_log(&self, ledger: &LogLedger) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if ledger.size() <= *told {
            return;
        }
        data::records(ledger, *told).iter().for_each(|event| self.events.publish("log", event));
        *told = ledger.size();
    }
}

/// Names a run of the service: no two begin in the same microsecond in the same process.
pub(super) fn run_name() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:x}{:x}", since.as_micros(), std::process::id())
}
