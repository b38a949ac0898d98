//! What happened in a year.

/// What happened, counted; so that a year in which nothing happens does not pass for a good one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub events: u64,
    pub records: u64,
    pub looks: u64,
    pub decisions: u64,
    pub emergencies: u64,
    pub cancelled: u64,
    pub lapsed: u64,
    pub overdue: u64,
    pub keys_ended: u64,
    pub policies: u64,
    pub recoveries: u64,
    pub crashes: u64,
    pub without_quorum: u64,
    pub cut_off_looks: u64,
    pub stale: u64,
    pub attacks: u64,
    pub refused: u64,
    pub forks_served: u64,
    pub forks_between: u64,
    pub witness_refusals: u64,
    pub moved_back: u64,
    pub unchanged: u64,
    pub overtaken: u64,
    pub injected: u64,
    /// Other histories served by a checkpoint that no witness cosigned.
    pub bare_forks: u64,
    /// Other histories served by a checkpoint with a cosignature that was spoiled.
    pub spoiled_forks: u64,
}

impl Tally {
    /// Of several years.
    pub fn sum(all: &[Tally]) -> Tally {
        let add = |of: fn(&Tally) -> u64| all.iter().map(of).sum();
        Tally {
            events: add(|one| one.events),
            records: add(|one| one.records),
            looks: add(|one| one.looks),
            decisions: add(|one| one.decisions),
            emergencies: add(|one| one.emergencies),
            cancelled: add(|one| one.cancelled),
            lapsed: add(|one| one.lapsed),
            overdue: add(|one| one.overdue),
            keys_ended: add(|one| one.keys_ended),
            policies: add(|one| one.policies),
            recoveries: add(|one| one.recoveries),
            crashes: add(|one| one.crashes),
            without_quorum: add(|one| one.without_quorum),
            cut_off_looks: add(|one| one.cut_off_looks),
            stale: add(|one| one.stale),
            attacks: add(|one| one.attacks),
            refused: add(|one| one.refused),
            forks_served: add(|one| one.forks_served),
            forks_between: add(|one| one.forks_between),
            witness_refusals: add(|one| one.witness_refusals),
            moved_back: add(|one| one.moved_back),
            unchanged: add(|one| one.unchanged),
            overtaken: add(|one| one.overtaken),
            injected: add(|one| one.injected),
            bare_forks: add(|one| one.bare_forks),
            spoiled_forks: add(|one| one.spoiled_forks),
        }
    }

    /// In two hundred years everything that can happen has happened many times.
    pub fn check_that_much_happened(&self) {
        let counts = [
            ("events", self.events),
            ("records", self.records),
            ("looks", self.looks),
            ("decisions", self.decisions),
            ("emergencies", self.emergencies),
            ("cancelled", self.cancelled),
            ("lapsed", self.lapsed),
            ("overdue", self.overdue),
            ("keys_ended", self.keys_ended),
            ("policies", self.policies),
            ("crashes", self.crashes),
            ("without_quorum", self.without_quorum),
            ("cut_off_looks", self.cut_off_looks),
            ("stale", self.stale),
            ("attacks", self.attacks),
            ("refused", self.refused),
            ("forks_served", self.forks_served),
            ("forks_between", self.forks_between),
            ("witness_refusals", self.witness_refusals),
            ("unchanged", self.unchanged),
            ("overtaken", self.overtaken),
            ("injected", self.injected),
        ];
        for (name, count) in counts {
            assert!(count >= 100, "{name}: {count}");
        }
        assert!(self.recoveries > 0 && self.moved_back > 0, "{self:?}");
        assert!(self.bare_forks > 0 && self.spoiled_forks > 0, "{self:?}");
    }
}
