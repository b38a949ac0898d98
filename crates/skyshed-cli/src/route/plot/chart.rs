//! What is drawn: round-trip time as a line that breaks where there is no route, bounds to compare with, path changes.

use skyshed::{Epoch, Route, World};

use super::axes::{Mark, marks, time_marks};
use skyshed_server::drawing::text_width;

use super::scene::{Anchor, Colour, Scene, Shape, Stroke, Text};

const WIDTH: f32 = 1200.0;
const HEIGHT: f32 = 636.0;
const LEFT: f32 = 78.0;
const RIGHT: f32 = 1172.0;
const TOP: f32 = 134.0;
const BOTTOM: f32 = 536.0;
/// Baseline of the legend's first row; there are two at most.
const LEGEND_TOP: f32 = 101.0;
/// Below the plot: a strip with a tick per path change.
const STRIP_TOP: f32 = 542.0;
const STRIP_BOTTOM: f32 = 554.0;

const INK: Colour = Colour(0x1f, 0x29, 0x33, 255);
const QUIET: Colour = Colour(0x5b, 0x67, 0x73, 255);
const GRID: Colour = Colour(0xe4, 0xe7, 0xeb, 255);
const EDGE: Colour = Colour(0xc3, 0xcf, 0xe2, 255);
const LINE: Colour = Colour(0x1b, 0x5f, 0xb8, 255);
const GAP: Colour = Colour(0xd6, 0x45, 0x45, 56);
const CHANGE: Colour = Colour(0xc2, 0x6a, 0x00, 255);
const LIGHT: Colour = Colour(0x2f, 0x85, 0x5a, 255);
const FIBRE: Colour = Colour(0x7b, 0x4f, 0xa8, 255);

/// Slot edges are drawn where no more than this is shown: 5 minutes.
const EDGES_LENGTH_MAX_S: f64 = 300.0;
/// A bound is drawn where round-trip times still fill this share of the height.
const LINE_SHARE_MIN: f64 = 0.4;
/// Points per pixel; of more, the smallest and largest of each pixel are drawn.
const POINTS_PER_PIXEL: usize = 4;

/// A chart, ready to be drawn.
pub struct Chart {
    title: String,
    subtitle: String,
    start: Epoch,
    step_s: f64,
    rtt_ms: Vec<Option<f64>>,
    /// Seconds after the start.
    changes_s: Vec<f64>,
    edges_s: Vec<f64>,
    bounds: Vec<Bound>,
    figures: String,
    with_route: u64,
}

/// A line to compare with.
struct Bound {
    name: &'static str,
    ms: f64,
    colour: Colour,
}

/// From seconds and milliseconds to pixels.
struct Frame {
    length_s: f64,
    low_ms: f64,
    high_ms: f64,
}

impl Chart {
    /// Of a route.
    pub fn new(world: &World, route: &Route) -> Chart {
        let start = Epoch::parse(&route.time).expect("a route says times as they are read");
        let after_s = |time: &str| {
            let time = Epoch::parse(time).expect("a route says times as they are read");
            (time.unix_micros() - start.unix_micros()) as f64 / 1e6
        };
        let summary = &route.summary;
        Chart {
            title: format!("{} → {}", route.from.name, route.to.name),
            subtitle: subtitle(route),
            start,
            step_s: route.step_s,
            rtt_ms: route.steps.iter().map(|step| step.rtt_ms).collect(),
            changes_s: route.changes.iter().map(|change| after_s(&change.time)).collect(),
            edges_s: edges(world, route, start),
            bounds: vec![
                Bound {
                    name: "straight line at the speed of light",
                    ms: summary.straight_line_ms,
                    colour: LIGHT,
                },
                Bound { name: "direct fibre", ms: summary.fibre_ms, colour: FIBRE },
            ],
            figures: summary.rtt_ms.map_or_else(
                || "no route at any instant".to_owned(),
                |rtt| {
                    format!(
                        "round trip: min {:.2}, median {:.2}, p95 {:.2}, max {:.2} ms",
                        rtt.min, rtt.p50, rtt.p95, rtt.max
                    )
                },
            ),
            with_route: summary.steps_with_route,
        }
    }

    /// The chart in shapes.
    pub fn draw(&self) -> Scene {
        let frame = self.frame();
        let mut scene = Scene { size: (WIDTH, HEIGHT), shapes: Vec::new() };
        self.draw_head(&mut scene);
        self.draw_grid(&mut scene, &frame);
        self.draw_gaps(&mut scene, &frame);
        self.draw_bounds(&mut scene, &frame);
        self.draw_line(&mut scene, &frame);
        self.draw_changes(&mut scene, &frame);
        self.draw_legend(&mut scene, &frame);
        scene
    }

    /// Everything that was measured is in it, and the bounds that leave it room.
    fn frame(&self) -> Frame {
        let known = || self.rtt_ms.iter().flatten().copied();
        let (mut low_ms, mut high_ms) = (known().fold(f64::INFINITY, f64::min), known().fold(0.0, f64::max));
        let length_s = (self.step_s * self.rtt_ms.len() as f64).max(1e-6);
        if !low_ms.is_finite() {
            let most = self.bounds.iter().map(|bound| bound.ms).fold(1.0, f64::max);
            return Frame { length_s, low_ms: 0.0, high_ms: most * 1.1 };
        }
        let spread = (high_ms - low_ms).max(0.02 * high_ms).max(0.01);
        for bound in &self.bounds {
            let (low, high) = (low_ms.min(bound.ms), high_ms.max(bound.ms));
            if spread >= LINE_SHARE_MIN * (high - low) {
                (low_ms, high_ms) = (low, high);
            }
        }
        let room = 0.06 * (high_ms - low_ms).max(spread);
        Frame { length_s, low_ms: (low_ms - room).max(0.0), high_ms: high_ms + room }
    }

    fn draw_head(&self, scene: &mut Scene) {
        scene.text((LEFT, 36.0), 20.0, Anchor::Start, INK, shortened(&self.title, 20.0));
        scene.text((LEFT, 58.0), 13.0, Anchor::Start, QUIET, shortened(&self.subtitle, 13.0));
        scene.text((LEFT, 80.0), 13.0, Anchor::Start, INK, self.figures.clone());
    }

    fn draw_grid(&self, scene: &mut Scene, frame: &Frame) {
        for &at in &self.edges_s {
            let x = frame.x(at);
            scene.line(&[(x, TOP), (x, BOTTOM)], Stroke::solid(EDGE, 1.0));
        }
        for Mark { at, label } in marks(frame.low_ms, frame.high_ms, 8) {
            let y = frame.y(at);
            scene.line(&[(LEFT, y), (RIGHT, y)], Stroke::solid(GRID, 1.0));
            scene.text((LEFT - 8.0, y + 4.5), 12.0, Anchor::End, QUIET, label);
        }
        for Mark { at, label } in time_marks(self.start, frame.length_s, 9) {
            let x = frame.x(at);
            scene.line(&[(x, STRIP_BOTTOM), (x, STRIP_BOTTOM + 5.0)], Stroke::solid(QUIET, 1.0));
            scene.text((x, STRIP_BOTTOM + 20.0), 12.0, Anchor::Middle, QUIET, label);
        }
        scene.line(&[(LEFT, TOP), (LEFT, STRIP_BOTTOM), (RIGHT, STRIP_BOTTOM)], Stroke::solid(QUIET, 1.0));
        let date = &self.start.to_string()[..10];
        let middle = (LEFT + RIGHT) / 2.0;
        scene.text((middle, HEIGHT - 38.0), 13.0, Anchor::Middle, INK, format!("time, UTC, from {date}"));
        scene.shapes.push(Shape::Text(Text {
            x: 24.0,
            y: (TOP + BOTTOM) / 2.0,
            size: 13.0,
            anchor: Anchor::Middle,
            upwards: true,
            colour: INK,
            text: "round-trip time, ms".to_owned(),
        }));
    }

    /// Runs of instants without a route, shaded.
    fn draw_gaps(&self, scene: &mut Scene, frame: &Frame) {
        let mut first = 0;
        for run in self.rtt_ms.chunk_by(|a, b| a.is_some() == b.is_some()) {
            if run[0].is_none() {
                let from = frame.x(first as f64 * self.step_s);
                let to = frame.x((first + run.len()) as f64 * self.step_s);
                // A gap of one instant of many still shows.
                scene.rectangle((from, TOP), ((to - from).max(1.0), BOTTOM - TOP), GAP);
            }
            first += run.len();
        }
    }

    fn draw_bounds(&self, scene: &mut Scene, frame: &Frame) {
        for bound in self.bounds.iter().filter(|bound| frame.shows(bound.ms)) {
            let y = frame.y(bound.ms);
            scene.line(&[(LEFT, y), (RIGHT, y)], Stroke::dashed(bound.colour, 1.4));
        }
    }

    fn draw_line(&self, scene: &mut Scene, frame: &Frame) {
        let mut first = 0;
        for run in self.rtt_ms.chunk_by(|a, b| a.is_some() == b.is_some()) {
            let points: Vec<(f32, f32)> = (first..)
                .zip(run)
                .filter_map(|(at, ms)| Some((frame.x(at as f64 * self.step_s), frame.y((*ms)?))))
                .collect();
            match points.as_slice() {
                [] => {}
                // A single instant is a dot.
                &[(x, y)] => scene.rectangle((x - 1.0, y - 1.0), (2.0, 2.0), LINE),
                points => scene.line(&thinned(points), Stroke::solid(LINE, 1.6)),
            }
            first += run.len();
        }
    }

    fn draw_changes(&self, scene: &mut Scene, frame: &Frame) {
        // Where ticks come close to each other, they show how close.
        let apart = (RIGHT - LEFT) / self.changes_s.len().max(1) as f32;
        let Colour(red, green, blue, _) = CHANGE;
        let colour = Colour(red, green, blue, (255.0 * (apart / 2.0).clamp(0.2, 1.0)) as u8);
        for &at in &self.changes_s {
            let x = frame.x(at);
            scene.line(&[(x, STRIP_TOP), (x, STRIP_BOTTOM)], Stroke::solid(colour, 1.0));
        }
    }

    fn draw_legend(&self, scene: &mut Scene, frame: &Frame) {
        let (mut x, mut y) = (LEFT, LEGEND_TOP);
        for (sample, text) in self.legend(frame) {
            let width = 30.0 + text_width(&text, 12.0);
            if x + width > RIGHT {
                (x, y) = (LEFT, y + 18.0);
            }
            sample.draw(scene, (x, y));
            scene.text((x + 30.0, y), 12.0, Anchor::Start, QUIET, text);
            x += width + 24.0;
        }
    }

    fn legend(&self, frame: &Frame) -> Vec<(Sample, String)> {
        let mut entries = vec![(Sample::Stroke(Stroke::solid(LINE, 2.0)), "round trip".to_owned())];
        for bound in &self.bounds {
            let off = match bound.ms {
                ms if ms < frame.low_ms => ", below",
                ms if ms > frame.high_ms => ", above",
                _ => "",
            };
            let text = format!("{}: {:.2} ms{off}", bound.name, bound.ms);
            entries.push((Sample::Stroke(Stroke::dashed(bound.colour, 1.6)), text));
        }
        entries.push((Sample::Tick, format!("path changes: {}", self.changes_s.len())));
        let all = self.rtt_ms.len() as u64;
        if self.with_route < all {
            let share = 100.0 * (all - self.with_route) as f64 / all as f64;
            entries.push((Sample::Area, format!("no route: {share:.1} % of the time")));
        }
        if !self.edges_s.is_empty() {
            entries.push((Sample::Stroke(Stroke::solid(EDGE, 1.6)), "slot edges".to_owned()));
        }
        entries
    }
}

/// What stands for something in the legend.
enum Sample {
    Stroke(Stroke),
    Tick,
    Area,
}

impl Sample {
    fn draw(&self, scene: &mut Scene, (x, y): (f32, f32)) {
        match self {
            Sample::Stroke(stroke) => scene.line(&[(x, y - 4.0), (x + 24.0, y - 4.0)], *stroke),
            Sample::Tick => {
                scene.line(&[(x + 18.0, y - 10.0), (x + 18.0, y + 2.0)], Stroke::solid(CHANGE, 1.4))
            }
            Sample::Area => scene.rectangle((x, y - 10.0), (24.0, 12.0), GAP),
        }
    }
}

impl Frame {
    fn x(&self, at_s: f64) -> f32 {
        LEFT + (at_s / self.length_s) as f32 * (RIGHT - LEFT)
    }

    fn y(&self, ms: f64) -> f32 {
        BOTTOM - ((ms - self.low_ms) / (self.high_ms - self.low_ms)) as f32 * (BOTTOM - TOP)
    }

    fn shows(&self, ms: f64) -> bool {
        (self.low_ms..=self.high_ms).contains(&ms)
    }
}

fn subtitle(route: &Route) -> String {
    let over = match (route.mode, route.convention) {
        ("lasers_only", "hypatia") => "over lasers only, Hypatia's conventions",
        ("lasers_only", _) => "over lasers only",
        _ => "with the ground segment",
    };
    let last = route.steps.last().map_or("", |step| step.time.as_str());
    format!("{}, {over}; {} to {last}, every {} s", route.elements, route.time, route.step_s)
}

/// The starts of slots within the time shown, seconds after its start; Hypatia has no slots.
fn edges(world: &World, route: &Route, start: Epoch) -> Vec<f64> {
    let length_s = route.step_s * route.steps.len() as f64;
    if length_s > EDGES_LENGTH_MAX_S || route.convention == "hypatia" {
        return Vec::new();
    }
    let after_s = |time: Epoch| (time.unix_micros() - start.unix_micros()) as f64 / 1e6;
    let starts =
        std::iter::successors(Some(world.slot_start(start)), |&time| Some(world.next_slot_start(time)));
    starts.map(after_s).skip_while(|&at| at < 0.0).take_while(|&at| at <= length_s).collect()
}

/// No more points than can be told apart: of those in one pixel the first, the smallest, the largest and the last.
fn thinned(points: &[(f32, f32)]) -> Vec<(f32, f32)> {
    if points.len() <= POINTS_PER_PIXEL * (RIGHT - LEFT) as usize {
        return points.to_vec();
    }
    let mut thinned = Vec::new();
    for pixel in points.chunk_by(|a, b| a.0.floor() == b.0.floor()) {
        let by_height = |a: &&(f32, f32), b: &&(f32, f32)| a.1.total_cmp(&b.1);
        let mut kept: Vec<(f32, f32)> = [pixel.first(), pixel.last()]
            .into_iter()
            .chain([pixel.iter().min_by(by_height), pixel.iter().max_by(by_height)])
            .flatten()
            .copied()
            .collect();
        kept.sort_by(|a, b| a.0.total_cmp(&b.0));
        kept.dedup();
        thinned.extend(kept);
    }
    thinned
}

/// A text cut to the width of the chart.
fn shortened(text: &str, size: f32) -> String {
    let fits = |text: &str| text_width(text, size) <= RIGHT - LEFT;
    if fits(text) {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().collect();
    loop {
        kept.pop();
        let cut: String = kept.iter().chain(&['…']).collect();
        if kept.is_empty() || fits(&cut) {
            return cut;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_what_stands_out() {
        let points: Vec<(f32, f32)> =
            (0..100_000u32).map(|at| (at as f32 / 100.0, if at == 51_234 { 9.0 } else { 1.0 })).collect();
        let kept = thinned(&points);
        assert!(kept.len() < 5_000, "{}", kept.len());
        assert_eq!(kept.iter().filter(|point| point.1 == 9.0).count(), 1);
        assert_eq!((kept.first(), kept.last()), (points.first(), points.last()));
        assert!(kept.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }

    #[test]
    fn long_titles_are_cut() {
        let cut = shortened(&"Llanfairpwllgwyngyll ".repeat(20), 20.0);
        assert!(cut.ends_with('…') && text_width(&cut, 20.0) <= RIGHT - LEFT, "{cut}");
        assert_eq!(shortened("Bonn → Oulu", 20.0), "Bonn → Oulu");
    }
}
