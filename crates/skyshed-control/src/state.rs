//! What a decision says of a place, and what that means for one class of service.

use crate::class::Class;

/// What a place's service is to be. The order is from the most open to the most restrictive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// May be served.
    On,
    /// May be served within limits.
    Limited(Limits),
    /// May be served to terminals on a list, which has this Merkle root.
    Listed {
        /// RFC 6962 tree hash over the salted hashes of the terminals' ids, sorted.
        merkle_root: [u8; 32],
    },
    /// May be served to terminals approved one by one.
    Individual,
    /// May be served to class emergency only.
    EmergencyOnly,
    /// May be served to ships and aircraft only.
    TransitOnly,
    /// May not be served.
    Off,
}

/// Limits of service; none where nothing is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Limits {
    /// Fastest a terminal may move.
    pub speed_max_kmh: Option<u32>,
    /// Highest rate of a terminal.
    pub rate_max_kbps: Option<u32>,
}

/// What a class may get in a place. The order is from the most open to the most restrictive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Any terminal.
    Open,
    /// Any terminal, within limits.
    Limited,
    /// Terminals on a list.
    Listed,
    /// Terminals approved one by one.
    Individual,
    /// None.
    Closed,
}

impl State {
    /// The word used in policies, records and JSON.
    pub fn name(self) -> &'static str {
        match self {
            State::On => "on",
            State::Limited(_) => "limited",
            State::Listed { .. } => "listed",
            State::Individual => "individual",
            State::EmergencyOnly => "emergency_only",
            State::TransitOnly => "transit_only",
            State::Off => "off",
        }
    }

    /// What the state means for one class.
    pub fn access(self, class: Class) -> Access {
        let only = |allowed: bool| if allowed { Access::Open } else { Access::Closed };
        match self {
            State::On => Access::Open,
            State::Limited(_) => Access::Limited,
            State::Listed { .. } => Access::Listed,
            State::Individual => Access::Individual,
            State::EmergencyOnly => only(class == Class::Emergency),
            State::TransitOnly => only(matches!(class, Class::Maritime | Class::Aviation)),
            State::Off => Access::Closed,
        }
    }

    /// Its limits; without any where the state has none.
    pub fn limits(self) -> Limits {
        match self {
            State::Limited(limits) => limits,
            _ => Limits::default(),
        }
    }
}

impl Limits {
    /// Both at once: the lower of each.
    pub fn and(self, other: Limits) -> Limits {
        let lower = |a: Option<u32>, b: Option<u32>| match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Limits {
            speed_max_kmh: lower(self.speed_max_kmh, other.speed_max_kmh),
            rate_max_kbps: lower(self.rate_max_kbps, other.rate_max_kbps),
        }
    }
}

impl Access {
    /// The word used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Access::Open => "open",
            Access::Limited => "limited",
            Access::Listed => "listed",
            Access::Individual => "individual",
            Access::Closed => "closed",
        }
    }
}
