//! Classes of service, and sets of them.

/// A class of service: for whom, or in what use, a terminal is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A terminal at a fixed address.
    Consumer,
    /// A terminal away from its address, on land.
    Roam,
    /// A terminal on a ship.
    Maritime,
    /// A terminal on an aircraft.
    Aviation,
    /// Disaster relief and safety of life.
    Emergency,
    /// Public authorities.
    Government,
}

impl Class {
    /// Every class, in the order of their bits.
    pub const ALL: [Class; 6] =
        [Class::Consumer, Class::Roam, Class::Maritime, Class::Aviation, Class::Emergency, Class::Government];

    /// The word used in policies, JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Class::Consumer => "consumer",
            Class::Roam => "roam",
            Class::Maritime => "maritime",
            Class::Aviation => "aviation",
            Class::Emergency => "emergency",
            Class::Government => "government",
        }
    }

    /// The class of that name.
    pub fn parse(name: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|class| class.name() == name)
    }
}

/// A set of classes, one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct ClassSet(u8);

impl ClassSet {
    /// No class.
    pub const NONE: ClassSet = ClassSet(0);
    /// Every class.
    pub const ALL: ClassSet = ClassSet((1 << Class::ALL.len()) - 1);

    /// The set with `class` added.
    pub fn with(self, class: Class) -> ClassSet {
        ClassSet(self.0 | 1 << class as u8)
    }

    /// The classes of both sets.
    pub fn union(self, other: ClassSet) -> ClassSet {
        ClassSet(self.0 | other.0)
    }

    /// The classes of this set that are not in `other`.
    pub fn without(self, other: ClassSet) -> ClassSet {
        ClassSet(self.0 & !other.0)
    }

    /// True if `class` is in the set.
    pub fn contains(self, class: Class) -> bool {
        self.0 & (1 << class as u8) != 0
    }

    /// True if no class is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The classes of the set, in the order of [`Class::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Class> {
        Class::ALL.into_iter().filter(move |&class| self.contains(class))
    }
}

impl FromIterator<Class> for ClassSet {
    fn from_iter<I: IntoIterator<Item = Class>>(classes: I) -> ClassSet {
        classes.into_iter().fold(ClassSet::NONE, ClassSet::with)
    }
}
