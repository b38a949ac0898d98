//! What is exported: satellites, stations and steps, from flags.

use anyhow::{Context, Result, bail};
use skyshed::plan::fleet::elevation_mask_deg;
use skyshed::world::ELEMENTS_AGE_MAX_DAYS;
use skyshed::{Epoch, Ground, World};
use skyshed_exchange::hypatia::own::{Own, own};
use skyshed_exchange::hypatia::{Case, Convention, SHELLS, Shell, Station, Texts, stations};

use super::TEXT_BYTES_MAX;
use crate::args::{ConventionFlag, StepArgs, WorldArgs};
use crate::progress::Progress;
use crate::{files, inputs};

/// Cities that are taken where none are given.
const CITIES: usize = 100;

const STATIONS_ARE: &str =
    "a list of stations: id,name,latitude_deg,longitude_deg,elevation_m, a line each, ids from 0";

/// A case to export.
pub struct Source {
    /// Its files.
    pub texts: Texts,
    /// Read from them.
    pub case: Case,
    /// Under our convention: the notes and the table of satellites.
    pub beside: Option<[String; 2]>,
    /// The convention's name.
    pub convention: &'static str,
}

/// Times of a run.
pub struct Steps {
    /// Their number.
    pub count: u64,
    /// Nanoseconds between them.
    pub step_ns: u64,
}

impl Steps {
    /// From flags.
    pub fn new(args: &StepArgs) -> Result<Steps> {
        let count = args.length.steps_of(args.step).map_err(anyhow::Error::msg)?;
        Ok(Steps { count, step_ns: args.step.micros() * 1000 })
    }

    /// Nanoseconds after the epoch, one by one.
    pub fn times_ns(&self) -> impl Iterator<Item = u64> + '_ {
        (0..self.count).map(|step| step * self.step_ns)
    }
}

/// The case that the flags describe.
pub fn source(world: &WorldArgs, args: &StepArgs) -> Result<Source> {
    if world.scenario.is_some() {
        bail!("--scenario has no place in an export: every link of these files works; leave it out");
    }
    match args.convention {
        ConventionFlag::Hypatia => hypatias(world, args),
        ConventionFlag::Skyshed => ours(world, args),
    }
}

fn hypatias(world: &WorldArgs, args: &StepArgs) -> Result<Source> {
    let allowed = || SHELLS.map(|shell| format!("preset:{}", shell.preset)).join(", ");
    let given = world.elements.as_deref().unwrap_or("nothing");
    let Some(shell) = given.strip_prefix("preset:").and_then(Shell::of_preset) else {
        bail!(
            "--convention hypatia has constants for its own shells: --elements is {given}, allowed: {}; any other \
             constellation goes with --convention skyshed",
            allowed()
        );
    };
    if world.at.is_some() {
        bail!(
            "--at has no place under --convention hypatia: its time 0 is always 2000-01-01T00:00:00Z; leave it out"
        );
    }
    let stations = stations_of(args, Ground::embedded)?;
    let texts = shell.texts(&stations);
    let case = Case::read(&texts, Convention::Hypatia)?;
    Ok(Source { texts, case, beside: None, convention: "hypatia" })
}

fn ours(args: &WorldArgs, step: &StepArgs) -> Result<Source> {
    let world = inputs::world(args)?;
    let time = args.at.map_or_else(crate::now, Ok)?;
    world.constellation.check_time(time, ELEMENTS_AGE_MAX_DAYS)?;
    let stations = stations_of(step, || Ground::clone(&world.ground))?;
    let own = {
        let _progress = Progress::start("fitting elements to one epoch");
        let lasers = world.config.lasers.links();
        let mask_deg = masks(&world, time);
        own(&world.constellation, &world.planes, &lasers, &mask_deg, (time, &world.ut1), &stations)?
    };
    tell(&world, &own);
    let beside = Some(own.beside(&world.constellation, &world.provenance.elements));
    let case = Case::read(&own.texts, own.convention.clone())?;
    Ok(Source { texts: own.texts, case, beside, convention: "skyshed" })
}

/// Per satellite: its shell's mask, or that of its altitude.
fn masks(world: &World, time: Epoch) -> Vec<f64> {
    let satellites = world.constellation.satellites().iter().zip(world.constellation.orbits());
    let mask = |(satellite, orbit): (&skyshed::orbit::Satellite, &skyshed::orbit::Orbit)| {
        let altitude_km = orbit.mean_elements_at(time).altitude_km;
        elevation_mask_deg(satellite.elevation_mask_deg, altitude_km, &world.config)
    };
    satellites.map(mask).collect()
}

/// What was left out.
fn tell(world: &World, own: &Own) {
    if own.without_shell > 0 {
        crate::eprintln_safe(&format!(
            "warning: {} satellites that belong to no shell (being raised, drifting, coming down) are left out",
            own.without_shell
        ));
    }
    inputs::warn(&own.unfitted, |(index, reason)| {
        format!("{} left out: {reason}", world.constellation.satellites()[*index as usize].name)
    });
}

fn stations_of(args: &StepArgs, ground: impl FnOnce() -> Ground) -> Result<Vec<Station>> {
    let Some(path) = &args.stations else { return Ok(largest_cities(&ground())) };
    let text = files::read_text(path, STATIONS_ARE, TEXT_BYTES_MAX)?;
    stations::read(&path.display().to_string(), &text).context("--stations")
}

/// The most populous of the shipped cities; a name that two of them have gets its country.
fn largest_cities(ground: &Ground) -> Vec<Station> {
    let mut records: Vec<_> = ground.places.records().iter().collect();
    records.sort_by(|a, b| b.people.cmp(&a.people).then_with(|| a.name.cmp(&b.name)));
    records.truncate(CITIES);
    let station = |record: &&skyshed::ground::places::PlaceRecord| {
        let same = records.iter().filter(|other| other.name == record.name).count();
        let name = match same {
            1 => record.name.clone(),
            _ => format!("{}-{}", record.name, String::from_utf8_lossy(&record.country)),
        };
        let degrees = |e4: i32| f64::from(e4) / 1e4;
        Station::new(&name, degrees(record.latitude_e4), degrees(record.longitude_e4), 0.0)
    };
    records.iter().map(station).collect()
}
