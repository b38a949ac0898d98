//! The ledger of a log as it is read here: with SSH signatures, and times by the witnesses of a policy.

use skyshed_records::ledger::Ledger;
use skyshed_records::verify::SshSignatures;
pub use skyshed_records::witness::PolicyWitnesses;
use skyshed_tlog::policy::Policy;

/// The ledger of a log with SSH signatures under a witness policy.
pub type LogLedger = Ledger<SshSignatures, PolicyWitnesses>;

/// The ledger of an empty log.
pub fn empty_ledger(policy: &Policy) -> LogLedger {
    Ledger::new(SshSignatures::new(), PolicyWitnesses::new(policy.clone()))
}
