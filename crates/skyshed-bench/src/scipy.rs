//! Forwarding states of Hypatia's conventions, in turn with `benches/forwarding.py`.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};
use skyshed_exchange::hypatia::{Case, Convention, Forwarding, SHELLS, Shell, Station, Ways, stations};
use skyshed_ground::Ground;

use crate::measure::{Row, Unit, row};

/// Planes and satellites in each.
const GRIDS: [[u32; 2]; 2] = [[72, 22], [100, 100]];
const STATIONS: usize = 100;
/// Steps that each of the two makes before it is the other's turn: a simulation is a run of steps, and what one step after
/// another process's costs is mostly caches and threads that have to be found again.
const TURN_STEPS: usize = 8;
/// Ways that differ by less are of the same length: what the script's sums of f64 metres and our whole micrometres can
/// differ by.
const TIE_M: f64 = 1e-4;

/// A shell and cities.
pub struct Yard {
    name: String,
    shell: Shell,
    stations: Vec<Station>,
    case: Case,
}

/// What was measured in turn, ascending.
pub struct Measured {
    /// The script's time over ours.
    pub ratios: Vec<f64>,
    pub millis: Vec<f64>,
}

/// The script and ours on the same steps.
pub struct Duel {
    pub name: String,
    /// Next hops alone, which is what the script finds.
    pub hops: Measured,
    /// And the interfaces of both ends, all that a file of Hypatia's holds.
    pub interfaces: Measured,
    pub script_millis: Vec<f64>,
    /// Rows of the forwarding states that were compared.
    pub rows: usize,
    pub differing: usize,
    /// Of these, how many next hops are not on a shortest way: must be 0.
    pub differing_in_length: usize,
}

/// The cases, with these cities or the most populous shipped ones.
pub fn cases(ground: &Ground, cities: Option<&str>) -> Result<Vec<Yard>, String> {
    let stations = match cities {
        None => shipped(ground),
        Some(path) => {
            let text =
                std::fs::read_to_string(path).map_err(|error| format!("cannot read {path}: {error}"))?;
            stations::read(path, &text).map_err(|error| error.to_string())?
        }
    };
    Ok(GRIDS.iter().map(|&grid| Yard::new(grid, &stations)).collect())
}

fn shipped(ground: &Ground) -> Vec<Station> {
    let mut places: Vec<_> = ground.places.records().iter().enumerate().collect();
    places.sort_by_key(|(index, place)| (std::cmp::Reverse(place.people), *index));
    let station = |(id, (_, place)): (usize, &(usize, &skyshed_ground::places::PlaceRecord))| {
        let degrees = |e4: i32| f64::from(e4) / 1e4;
        Station::new(
            &format!("{id}-{}", place.name),
            degrees(place.latitude_e4),
            degrees(place.longitude_e4),
            0.0,
        )
    };
    places.iter().take(STATIONS).enumerate().map(station).collect()
}

impl Yard {
    fn new([planes, per_plane]: [u32; 2], stations: &[Station]) -> Yard {
        let shell = Shell { planes, per_plane, ..SHELLS[0] };
        let case = Case::read(&shell.texts(stations), Convention::Hypatia).expect("what we write we read");
        let name = format!("forwarding: {} satellites, {} cities", case.satellites(), stations.len());
        Yard { name, shell, stations: stations.to_vec(), case }
    }

    fn step(&self, second: usize, ways: &mut Ways) {
        self.case.ways_into(second as u64 * 1_000_000_000, ways).expect("a shell that holds together");
    }

    fn nodes(&self) -> usize {
        self.case.satellites() + self.stations.len()
    }
}

/// Ours alone, in units.
pub fn row_of(yard: &Yard, unit: &Unit, rounds: usize) -> Row {
    let mut ways = Ways::default();
    row(&yard.name, 0, rounds, unit, |round| yard.step(round, &mut ways))
}

/// Ours and the script in turn.
pub fn duels(yards: &[Yard], rounds: usize) -> Result<Vec<Duel>, String> {
    yards.iter().map(|yard| duel(yard, rounds)).collect()
}

fn duel(yard: &Yard, rounds: usize) -> Result<Duel, String> {
    let mut script = Script::start(yard)?;
    let (mut ways, mut forwarding) = (Ways::default(), Forwarding::default());
    let measured = || Measured { ratios: Vec::new(), millis: Vec::new() };
    let mut duel = Duel {
        name: yard.name.clone(),
        hops: measured(),
        interfaces: measured(),
        script_millis: Vec::new(),
        rows: 0,
        differing: 0,
        differing_in_length: 0,
    };
    for round in 0..=rounds {
        let seconds = round * TURN_STEPS..(round + 1) * TURN_STEPS;
        let mut theirs_s = 0.0;
        for second in seconds.clone() {
            theirs_s += script.step(second, false)?.0;
        }
        let begin = Instant::now();
        seconds.clone().for_each(|second| yard.step(second, &mut ways));
        let hops_s = begin.elapsed().as_secs_f64();
        let begin = Instant::now();
        for second in seconds {
            yard.step(second, &mut ways);
            forwarding.refill(&yard.case, &ways);
        }
        let interfaces_s = begin.elapsed().as_secs_f64();
        // The first round warms both.
        if round > 0 {
            let to_ms = 1e3 / TURN_STEPS as f64;
            duel.script_millis.push(theirs_s * to_ms);
            for (measured, ours_s) in [(&mut duel.hops, hops_s), (&mut duel.interfaces, interfaces_s)] {
                measured.ratios.push(theirs_s / ours_s);
                measured.millis.push(ours_s * to_ms);
            }
        }
    }
    for second in [0, rounds * TURN_STEPS] {
        let next = script.step(second, true)?.1;
        yard.step(second, &mut ways);
        compare(yard, &ways, &next, &mut duel);
    }
    for column in [
        &mut duel.hops.ratios,
        &mut duel.hops.millis,
        &mut duel.interfaces.ratios,
        &mut duel.interfaces.millis,
        &mut duel.script_millis,
    ] {
        column.sort_by(f64::total_cmp);
    }
    Ok(duel)
}

fn compare(yard: &Yard, ways: &Ways, next: &[i64], duel: &mut Duel) {
    let stations = yard.stations.len();
    let forwarding = Forwarding::of(&yard.case, ways);
    assert_eq!(next.len(), yard.nodes() * stations, "next hops from the script");
    for (node, station, hop) in forwarding.rows(&yard.case) {
        let theirs = next[node as usize * stations + station];
        duel.rows += 1;
        if theirs != i64::from(hop.next) {
            duel.differing += 1;
            let ours_m = length_by(yard, ways, node, station, hop.next.into());
            let theirs_m = length_by(yard, ways, node, station, theirs);
            let is_tie = ours_m.zip(theirs_m).is_some_and(|(ours, theirs)| (ours - theirs).abs() < TIE_M);
            duel.differing_in_length += usize::from(!is_tie);
        }
    }
}

/// Length of the way from a node to a station that begins with this hop.
fn length_by(yard: &Yard, ways: &Ways, node: u32, station: usize, next: i64) -> Option<f64> {
    let satellites = yard.case.satellites();
    let at = |node: usize| match node.checked_sub(satellites) {
        Some(station) => yard.stations[station].wgs72_m(),
        None => ways.positions_m()[node],
    };
    let next = usize::try_from(next).ok()?;
    let (a, b) = (at(node as usize), at(next));
    let hop_m = (0..3).map(|k| (a[k] - b[k]) * (a[k] - b[k])).sum::<f64>().sqrt();
    let rest_m = if next == satellites + station { 0.0 } else { ways.distance_m(next as u32, station)? };
    Some(hop_m + rest_m)
}

/// The script, which makes a step for each line it is sent.
struct Script {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    cities: PathBuf,
}

impl Script {
    fn start(yard: &Yard) -> Result<Script, String> {
        let python = std::env::var("SKYSHED_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/forwarding.py");
        let cities = std::env::temp_dir().join(format!("skyshed-bench-{}.txt", std::process::id()));
        std::fs::write(&cities, stations::write(&yard.stations))
            .map_err(|error| format!("cannot write {}: {error}", cities.display()))?;
        let mut child = Command::new(&python)
            .arg(&script)
            .arg("--serve")
            .arg("--cities")
            .arg(&cities)
            .args([
                "--planes",
                &yard.shell.planes.to_string(),
                "--per-plane",
                &yard.shell.per_plane.to_string(),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| missing(&python, &error.to_string()))?;
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("piped"));
        let mut script = Script { child, orders, answers, cities };
        script.answer().map_err(|_| missing(&python, "it ended at once, see above"))?;
        Ok(script)
    }

    /// Seconds of a step, and next hops where they are wanted.
    fn step(&mut self, second: usize, rows: bool) -> Result<(f64, Vec<i64>), String> {
        let order = json!({ "time_s": second as f64, "rows": rows });
        let orders = self.orders.as_mut().expect("open until dropped");
        writeln!(orders, "{order}").map_err(|error| format!("benches/forwarding.py went away: {error}"))?;
        let answer = self.answer()?;
        let next = answer["next"].as_array().into_iter().flatten();
        let next = next.map(|next| next.as_i64().expect("a node")).collect();
        Ok((answer["seconds"].as_f64().ok_or("benches/forwarding.py gave no time")?, next))
    }

    fn answer(&mut self) -> Result<Value, String> {
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(|error| error.to_string())?;
        serde_json::from_str(&line).map_err(|_| "benches/forwarding.py ended, see above".to_owned())
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // Without orders it ends by itself.
        self.orders = None;
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.cities);
    }
}

fn missing(python: &str, reason: &str) -> String {
    format!(
        "yardstick S is missing: {python} cannot run benches/forwarding.py ({reason}); make a virtual environment with \
         `pip install -r benches/requirements.txt` and set SKYSHED_PYTHON to its python"
    )
}
