//! Faults by index: what is out at a time.

use skyshed_network::lasers::LasersOut;
use skyshed_orbit::Epoch;

/// The faults of a scenario, by index, ready to be asked for any time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    faults: Vec<ResolvedFault>,
    /// Satellites of the sky; 0 where nothing is ever out.
    satellite_count: u32,
}

/// One fault by index.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ResolvedFault {
    pub(super) from: Option<Epoch>,
    pub(super) until: Option<Epoch>,
    /// What it takes out by itself: [`Faults::at`] adds the lasers that go with satellites.
    pub(super) outages: Outages,
    pub(super) description: String,
}

/// What is out at one time. Every list ascends and holds nothing twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outages {
    /// Satellites that do not work at all: indices into the sky.
    pub satellites: Vec<u32>,
    /// Gateways that land nothing: indices into [`skyshed_ground::Ground::gateways`].
    pub gateways: Vec<u16>,
    /// Points of presence that reach no internet: indices into [`skyshed_ground::Ground::pops`].
    pub pops: Vec<u16>,
    /// Lasers that do not work. Holds every one of [`Outages::satellites`] too, and every satellite there is where
    /// [`Outages::all_lasers`] is true, so that it is all that [`skyshed_network::lasers::lasers`] needs.
    pub lasers: LasersOut,
    /// No laser works.
    pub all_lasers: bool,
}

impl Faults {
    /// Nothing is ever out.
    pub fn none() -> Faults {
        Faults::default()
    }

    pub(super) fn new(faults: Vec<ResolvedFault>, satellite_count: u32) -> Faults {
        match faults.is_empty() {
            true => Faults::none(),
            false => Faults { faults, satellite_count },
        }
    }

    /// Whether nothing is ever out.
    pub fn is_none(&self) -> bool {
        self.faults.is_empty()
    }

    /// What is out at `time`: a plan asks for its slot's start.
    pub fn at(&self, time: Epoch) -> Outages {
        let mut all = Outages::default();
        for fault in self.in_force(time) {
            all.add(&fault.outages);
        }
        if all.all_lasers {
            all.lasers.satellites = (0..self.satellite_count).collect();
        } else {
            all.lasers.satellites.extend_from_slice(&all.satellites);
        }
        all.sort();
        all
    }

    /// The faults in force at `time`, each as a line for people, in the order of the file.
    pub fn active(&self, time: Epoch) -> impl Iterator<Item = &str> {
        self.in_force(time).map(|fault| fault.description.as_str())
    }

    fn in_force(&self, time: Epoch) -> impl Iterator<Item = &ResolvedFault> {
        self.faults.iter().filter(move |fault| fault.holds(time))
    }
}

impl ResolvedFault {
    /// From its first instant to before its last.
    fn holds(&self, time: Epoch) -> bool {
        self.from.is_none_or(|from| from <= time) && self.until.is_none_or(|until| time < until)
    }
}

impl Outages {
    /// Whether everything works.
    pub fn is_empty(&self) -> bool {
        *self == Outages::default()
    }

    /// Whether a satellite does not work at all.
    pub fn satellite_is_out(&self, satellite: u32) -> bool {
        self.satellites.binary_search(&satellite).is_ok()
    }

    /// Whether a gateway lands nothing.
    pub fn gateway_is_out(&self, gateway: u16) -> bool {
        self.gateways.binary_search(&gateway).is_ok()
    }

    /// Whether a point of presence reaches no internet.
    pub fn pop_is_out(&self, pop: u16) -> bool {
        self.pops.binary_search(&pop).is_ok()
    }

    /// Adds what another fault takes out; the lists are unsorted until [`Outages::sort`].
    fn add(&mut self, other: &Outages) {
        self.satellites.extend_from_slice(&other.satellites);
        self.gateways.extend_from_slice(&other.gateways);
        self.pops.extend_from_slice(&other.pops);
        self.lasers.satellites.extend_from_slice(&other.lasers.satellites);
        self.lasers.pairs.extend_from_slice(&other.lasers.pairs);
        self.all_lasers |= other.all_lasers;
    }

    pub(super) fn sort(&mut self) {
        sort(&mut self.satellites);
        sort(&mut self.gateways);
        sort(&mut self.pops);
        sort(&mut self.lasers.satellites);
        sort(&mut self.lasers.pairs);
    }
}

fn sort<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.dedup();
}
