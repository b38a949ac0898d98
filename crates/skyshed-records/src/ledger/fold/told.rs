//! Records that say something and change nothing that is served: territories, zones, previews, contacts, attestations, measurements,
//! heartbeats.

use super::*;
use crate::record::{Attest, Contact, Enforce, Observe, Preview, Role, Territory, Zone};

impl Fold {
    pub(super) fn territory(
        &mut self,
        index: Index,
        record: &Record,
        territory: &Territory,
        at: Time,
    ) -> Result<(), Reason> {
        self.anybody(record, Role::Requester, at)?;
        self.refuse_duplicate(record)?;
        if let Some(known) = self.territories.get(&territory.id) {
            return Err(Reason::TerritoryExists { id: territory.id.clone(), index: known.index });
        }
        territory.parent.iter().try_for_each(|parent| self.known_territory(parent).map(drop))?;
        let known = TerritoryInLog { index, territory: Arc::new(territory.clone()), zone: None };
        self.territories.insert(territory.id.clone(), known);
        Ok(())
    }

    pub(super) fn zone(
        &mut self,
        index: Index,
        record: &Record,
        zone: &Zone,
        at: Time,
    ) -> Result<(), Reason> {
        self.anybody(record, Role::Requester, at)?;
        self.refuse_duplicate(record)?;
        let current = self.known_territory(&zone.territory)?.zone.as_ref().map(|zone| zone.index);
        if zone.prev != current {
            return Err(Reason::ZoneOrder { given: zone.prev, current });
        }
        let known = self.territories.get_mut(&zone.territory);
        known.expect("just found").zone =
            Some(ZoneInForce { index, zone: Arc::new(zone.clone()), since: at });
        Ok(())
    }

    pub(super) fn preview(
        &mut self,
        index: Index,
        record: &Record,
        preview: &Preview,
        at: Time,
    ) -> Result<(), Reason> {
        self.anybody(record, Role::Requester, at)?;
        self.refuse_duplicate(record)?;
        self.previews.entry(preview.preview_sha256).or_insert(index);
        Ok(())
    }

    pub(super) fn contact(
        &mut self,
        index: Index,
        record: &Record,
        contact: &Contact,
        at: Time,
    ) -> Result<(), Reason> {
        self.anybody(record, Role::Requester, at)?;
        self.refuse_duplicate(record)?;
        match contact {
            Contact::Open { .. } => {}
            &Contact::Sealed { sealed, open_by } => {
                self.sealed.insert(index, SealedContact { index, sealed, open_by, at, opened: None });
            }
            &Contact::Opened { opens, .. } => self.open(index, opens, record.own_hash)?,
        }
        self.contacts.insert(index);
        Ok(())
    }

    fn open(&mut self, index: Index, opens: Index, hash: Option<Digest>) -> Result<(), Reason> {
        let sealed = self.sealed.get_mut(&opens).filter(|sealed| sealed.opened.is_none());
        let sealed = sealed.ok_or(Reason::UnknownSealed { opens })?;
        if hash != Some(sealed.sealed) {
            return Err(Reason::OpeningDiffers { opens });
        }
        sealed.opened = Some(index);
        Ok(())
    }

    pub(super) fn attest(
        &mut self,
        index: Index,
        record: &Record,
        attest: &Attest,
        at: Time,
    ) -> Result<(), Reason> {
        self.named(record, &attest.by, None, at)?;
        self.refuse_duplicate(record)?;
        self.attests.push(index);
        Ok(())
    }

    pub(super) fn observe(
        &mut self,
        index: Index,
        record: &Record,
        observe: &Observe,
        at: Time,
    ) -> Result<(), Reason> {
        self.named(record, &observe.by, Some(Role::Observer), at)?;
        self.refuse_duplicate(record)?;
        self.known_territory(&observe.territory)?;
        self.observes.push(index);
        Ok(())
    }

    pub(super) fn enforce(
        &mut self,
        index: Index,
        record: &Record,
        enforce: &Enforce,
        at: Time,
    ) -> Result<(), Reason> {
        self.named(record, &enforce.enforcer, Some(Role::Enforcer), at)?;
        self.refuse_duplicate(record)?;
        if record.own_hash != Some(enforce.root) {
            return Err(Reason::EnforcerDiffers { size: enforce.log_size });
        }
        self.enforcers.insert(enforce.enforcer.clone(), (index, at));
        Ok(())
    }

    pub(super) fn known_territory(&self, id: &str) -> Result<&TerritoryInLog, Reason> {
        self.territories.get(id).ok_or_else(|| Reason::UnknownTerritory { id: id.to_owned() })
    }
}
