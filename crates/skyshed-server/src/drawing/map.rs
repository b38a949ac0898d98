//! The map of a preview: what becomes of each cell, the guarded strip, borders, names, and the figures beside it.

use std::collections::BTreeMap;

use skyshed::World;
use skyshed::ground::TerritoryIndex;
use skyshed::preview::{Difference, Effect, Picture, PictureCell, Study, TerritoryDifference};

use super::letters::text_width;
use super::outline::Outlines;
use super::scene::{Anchor, Colour, Scene, Stroke};

const WIDTH: f32 = 1240.0;
const HEIGHT: f32 = 800.0;
/// The frame of the map.
const LEFT: f32 = 30.0;
const TOP: f32 = 96.0;
const MAP_WIDTH: f32 = 840.0;
const MAP_HEIGHT: f32 = 672.0;
/// The column beside it.
const SIDE_LEFT: f32 = 896.0;
const SIDE_RIGHT: f32 = 1216.0;

const PAPER: Colour = Colour(0xff, 0xff, 0xff, 255);
const INK: Colour = Colour(0x1f, 0x29, 0x33, 255);
const QUIET: Colour = Colour(0x5b, 0x67, 0x73, 255);
const BORDER: Colour = Colour(0x8a, 0x94, 0x9e, 255);
const COAST: Colour = Colour(0x9f, 0xb4, 0xc4, 255);
/// Behind names.
const HALO: Colour = Colour(0xff, 0xff, 0xff, 150);
const GUARD: Colour = Colour(0xe8, 0x9c, 0x0c, 120);

/// What becomes of a cell, with its colour on land and on sea.
const KINDS: [(&str, Colour, Colour); 4] = [
    ("served, as before", Colour(0xcf, 0xe5, 0xd3, 255), Colour(0xdd, 0xec, 0xf4, 255)),
    ("not served, as before", Colour(0xd3, 0xd4, 0xd9, 255), Colour(0xec, 0xee, 0xf1, 255)),
    ("gained", Colour(0x1b, 0x6f, 0xc2, 255), Colour(0x6f, 0xae, 0xe2, 255)),
    ("lost", Colour(0xc9, 0x33, 0x4c, 255), Colour(0xe5, 0x8c, 0x9a, 255)),
];
const GAINED: usize = 2;

/// Around the territory is shown this part of its size, within these bounds, km.
const MARGIN: f64 = 0.3;
const MARGIN_KM: (f64, f64) = (180.0, 700.0);
/// Parts of a territory further than this from its main part are not shown, km.
const PART_KM: f64 = 900.0;
/// Two cells are of one part if they are this close, km.
const GAP_KM: f64 = 320.0;
/// Rows of neighbours beside the map.
const ROWS_MAX: usize = 14;

const EARTH_RADIUS_KM: f64 = 6_371.0;

/// The map as shapes.
pub fn draw(world: &World, study: &Study) -> Scene {
    let mut scene = Scene { size: (WIDTH, HEIGHT), shapes: Vec::new() };
    let Picture { cells } = &study.picture;
    let view = View::of(world, cells);
    let shown: Vec<&PictureCell> = cells.iter().filter(|cell| view.shows(world, cell)).collect();
    let outlines = Outlines::new(shown.iter().map(|cell| cell.cell));
    draw_areas(&mut scene, &view, &outlines, &shown);
    draw_borders(&mut scene, &view, &outlines, &shown);
    draw_names(&mut scene, &view, world, &shown);
    draw_scale(&mut scene, &view);
    draw_frame(&mut scene);
    draw_head(&mut scene, study);
    draw_legend(&mut scene, study);
    draw_neighbours(&mut scene, study);
    draw_exclusion(&mut scene, study);
    scene
}

/// Lambert's azimuthal equal-area projection around the territory's middle (Snyder, Map Projections: A Working Manual, 1987,
/// section 24): no edge of the map, so that the antimeridian and the poles are places like others.
struct View {
    east: [f64; 3],
    north: [f64; 3],
    up: [f64; 3],
    /// Middle of what is shown, km of the projection.
    middle_km: (f64, f64),
    pixels_per_km: f64,
}

impl View {
    fn of(world: &World, cells: &[PictureCell]) -> View {
        let main = main_part(world, cells);
        let up = normalised(main.iter().fold([0.0; 3], |sum, normal| add(sum, *normal)));
        let (east, north) = horizon(up);
        let mut view = View { east, north, up, middle_km: (0.0, 0.0), pixels_per_km: 1.0 };
        let (mut low, mut high) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
        for (x, y) in main.iter().map(|normal| view.projected_km(*normal)) {
            (low, high) = ((low.0.min(x), low.1.min(y)), (high.0.max(x), high.1.max(y)));
        }
        let size = (high.0 - low.0, high.1 - low.1);
        let margin = (MARGIN * size.0.max(size.1)).clamp(MARGIN_KM.0, MARGIN_KM.1);
        let fit = |pixels: f32, km: f64| f64::from(pixels) / (km + 2.0 * margin);
        view.middle_km = ((low.0 + high.0) / 2.0, (low.1 + high.1) / 2.0);
        view.pixels_per_km = fit(MAP_WIDTH, size.0).min(fit(MAP_HEIGHT, size.1));
        view
    }

    /// Kilometres east and north of the middle of the projection.
    fn projected_km(&self, normal: [f64; 3]) -> (f64, f64) {
        let scale = EARTH_RADIUS_KM * (2.0 / (1.0 + dot(self.up, normal)).max(1e-6)).sqrt();
        (scale * dot(self.east, normal), scale * dot(self.north, normal))
    }

    fn pixel(&self, normal: [f64; 3]) -> (f32, f32) {
        let (x, y) = self.projected_km(normal);
        let (x, y) =
            ((x - self.middle_km.0) * self.pixels_per_km, (self.middle_km.1 - y) * self.pixels_per_km);
        (LEFT + MAP_WIDTH / 2.0 + x as f32, TOP + MAP_HEIGHT / 2.0 + y as f32)
    }

    /// True for cells in the frame, or just beside it.
    fn shows(&self, world: &World, cell: &PictureCell) -> bool {
        let normal = normal(world, cell);
        let (x, y) = self.pixel(normal);
        let room = (12.0 * self.pixels_per_km) as f32 + 1.0;
        dot(self.up, normal) > -0.5
            && (LEFT - room..LEFT + MAP_WIDTH + room).contains(&x)
            && (TOP - room..TOP + MAP_HEIGHT + room).contains(&y)
    }

    fn line(&self, corners: &[[f64; 3]]) -> Vec<(f32, f32)> {
        corners.iter().map(|corner| self.pixel(*corner)).collect()
    }
}

/// The cells inside, without parts that are far from where most people live: islands an ocean away.
fn main_part(world: &World, cells: &[PictureCell]) -> Vec<[f64; 3]> {
    let inside: Vec<&PictureCell> = cells.iter().filter(|cell| cell.inside).collect();
    let normals: Vec<[f64; 3]> = inside.iter().map(|cell| normal(world, cell)).collect();
    let close = |a: [f64; 3], b: [f64; 3], km: f64| dot(a, b) >= (km / EARTH_RADIUS_KM).cos();
    // Cells in order lie near each other, so a part is few runs, each held against the runs before by its first cell.
    let mut runs: Vec<(std::ops::Range<usize>, usize)> = Vec::new();
    for at in 0..normals.len() {
        match runs.last_mut() {
            Some((run, _)) if close(normals[run.start], normals[at], GAP_KM / 2.0) => run.end = at + 1,
            _ => {
                let part = runs.len();
                runs.push((at..at + 1, part));
            }
        }
    }
    for a in 0..runs.len() {
        for b in 0..a {
            let (of_a, of_b) = (runs[a].1, runs[b].1);
            if of_a != of_b && close(normals[runs[a].0.start], normals[runs[b].0.start], GAP_KM) {
                runs.iter_mut().filter(|(_, part)| *part == of_a).for_each(|(_, part)| *part = of_b);
            }
        }
    }
    let mut weights: BTreeMap<usize, u64> = BTreeMap::new();
    for (run, part) in &runs {
        let weight = |cell: &&PictureCell| 1 + u64::from(cell.people) * 1_000;
        *weights.entry(*part).or_default() += inside[run.clone()].iter().map(weight).sum::<u64>();
    }
    let main = weights.iter().max_by_key(|(part, weight)| (**weight, std::cmp::Reverse(**part)));
    let Some((&main, _)) = main else { return vec![[1.0, 0.0, 0.0]] };
    let starts: Vec<[f64; 3]> =
        runs.iter().filter(|(_, part)| *part == main).map(|(run, _)| normals[run.start]).collect();
    let near =
        |run: &std::ops::Range<usize>| starts.iter().any(|start| close(*start, normals[run.start], PART_KM));
    let kept = runs.iter().filter(|(run, part)| *part == main || near(run));
    kept.flat_map(|(run, _)| normals[run.clone()].iter().copied()).collect()
}

fn kind(cell: &PictureCell) -> usize {
    match (cell.without, cell.with) {
        (true, true) => 0,
        (false, false) => 1,
        (false, true) => GAINED,
        (true, false) => 3,
    }
}

fn draw_areas(scene: &mut Scene, view: &View, outlines: &Outlines, shown: &[&PictureCell]) {
    let mut fill = |belongs: &dyn Fn(&PictureCell) -> bool, colour: Colour, seam: bool| {
        let rings: Vec<_> =
            outlines.rings(|place| belongs(shown[place])).iter().map(|ring| view.line(ring)).collect();
        // A hair's width over the edge, so that no paper shines through between areas.
        if seam {
            rings.iter().for_each(|ring| scene.line(ring, Stroke::solid(colour, 0.8)));
        }
        scene.area(rings, colour);
    };
    for (number, (_, land, sea)) in KINDS.into_iter().enumerate() {
        fill(&|cell| kind(cell) == number && cell.sea, sea, true);
        fill(&|cell| kind(cell) == number && !cell.sea, land, true);
    }
    fill(&|cell| cell.guarded, GUARD, false);
}

fn draw_borders(scene: &mut Scene, view: &View, outlines: &Outlines, shown: &[&PictureCell]) {
    let mut lines = |part: &dyn Fn(&PictureCell, &PictureCell) -> bool, stroke: Stroke| {
        let part = |a: usize, b: Option<usize>| b.is_some_and(|b| part(shown[a], shown[b]));
        outlines.lines(part).iter().for_each(|line| scene.line(&view.line(line), stroke));
    };
    lines(&|a, b| a.sea != b.sea, Stroke::solid(COAST, 0.8));
    lines(&|a, b| !a.sea && !b.sea && a.territory != b.territory, Stroke::solid(BORDER, 1.0));
    lines(&|a, b| a.inside != b.inside, Stroke::solid(INK, 2.0));
}

/// Names of territories, the largest first, where there is room.
fn draw_names(scene: &mut Scene, view: &View, world: &World, shown: &[&PictureCell]) {
    let mut cells: BTreeMap<(bool, TerritoryIndex), Vec<(f32, f32)>> = BTreeMap::new();
    for cell in shown.iter().filter(|cell| !cell.sea) {
        let (x, y) = view.pixel(normal(world, cell));
        if (LEFT..LEFT + MAP_WIDTH).contains(&x) && (TOP..TOP + MAP_HEIGHT).contains(&y) {
            cells.entry((!cell.inside, cell.territory)).or_default().push((x, y));
        }
    }
    let mut order: Vec<_> = cells.into_iter().collect();
    order.sort_by_key(|((outside, territory), cells)| (*outside, std::cmp::Reverse(cells.len()), *territory));
    let mut taken: Vec<[f32; 4]> = Vec::new();
    for ((outside, territory), cells) in order {
        let (size, colour) = if outside { (12.0, QUIET) } else { (15.0, INK) };
        let name = &world.ground.territory_at(territory).name;
        let half = text_width(name, size) / 2.0;
        let sum =
            cells.iter().fold((0.0f64, 0.0f64), |sum, at| (sum.0 + f64::from(at.0), sum.1 + f64::from(at.1)));
        let mean = ((sum.0 / cells.len() as f64) as f32, (sum.1 / cells.len() as f64) as f32);
        let away = |at: &&(f32, f32)| (at.0 - mean.0).powi(2) + (at.1 - mean.1).powi(2);
        let place = cells.iter().min_by(|a, b| away(a).total_cmp(&away(b)));
        let Some(&(x, y)) = place else { continue };
        let x = x.clamp(LEFT + half + 4.0, (LEFT + MAP_WIDTH - half - 4.0).max(LEFT + half + 4.0));
        let y = y.clamp(TOP + size + 4.0, TOP + MAP_HEIGHT - 8.0);
        let room = [x - half - 4.0, y - size, x + half + 4.0, y + 4.0];
        let apart = |other: &[f32; 4]| {
            room[0] > other[2] || room[2] < other[0] || room[1] > other[3] || room[3] < other[1]
        };
        if taken.iter().all(apart) {
            taken.push(room);
            scene.rectangle((room[0], room[1]), (2.0 * half + 8.0, size + 5.0), HALO);
            scene.text((x, y), size, Anchor::Middle, colour, name.clone());
        }
    }
}

fn draw_scale(scene: &mut Scene, view: &View) {
    let most_km = 0.22 * f64::from(MAP_WIDTH) / view.pixels_per_km;
    let steps =
        [1.0, 2.0, 5.0].into_iter().flat_map(|step| (0..5).map(move |power| step * 10f64.powi(power)));
    let km = steps.filter(|km| *km <= most_km).fold(1.0, f64::max);
    let (x, y) = (LEFT + 16.0, TOP + MAP_HEIGHT - 16.0);
    let end = x + (km * view.pixels_per_km) as f32;
    scene.rectangle((x - 8.0, y - 22.0), (end - x + 16.0, 32.0), Colour(0xff, 0xff, 0xff, 215));
    scene.line(&[(x, y - 4.0), (x, y), (end, y), (end, y - 4.0)], Stroke::solid(INK, 1.2));
    scene.text(((x + end) / 2.0, y - 7.0), 11.0, Anchor::Middle, INK, format!("{km} km"));
}

/// What was drawn beyond the frame is covered again.
fn draw_frame(scene: &mut Scene) {
    let (right, bottom) = (LEFT + MAP_WIDTH, TOP + MAP_HEIGHT);
    scene.rectangle((0.0, 0.0), (WIDTH, TOP), PAPER);
    scene.rectangle((0.0, bottom), (WIDTH, HEIGHT - bottom), PAPER);
    scene.rectangle((0.0, TOP), (LEFT, MAP_HEIGHT), PAPER);
    scene.rectangle((right, TOP), (WIDTH - right, MAP_HEIGHT), PAPER);
    let corners = [(LEFT, TOP), (right, TOP), (right, bottom), (LEFT, bottom), (LEFT, TOP)];
    scene.line(&corners, Stroke::solid(BORDER, 1.0));
}

fn draw_head(scene: &mut Scene, study: &Study) {
    let preview = &study.preview;
    let changes = preview.changes.iter().map(|change| {
        let classes = if change.classes.len() == 6 {
            String::new()
        } else {
            format!(" ({})", change.classes.join(", "))
        };
        format!("{} {}{classes}", change.name, change.state.replace('_', " "))
    });
    let title = format!("Preview: {}", changes.collect::<Vec<_>>().join("; "));
    scene.text((LEFT, 38.0), 21.0, Anchor::Start, INK, fitted(&title, 21.0, SIDE_RIGHT - LEFT));
    let constellation = preview.constellation.as_deref().unwrap_or("real elements");
    let subtitle = format!("slot {}, {constellation}, beam-level exclusion", preview.time);
    scene.text((LEFT, 60.0), 13.0, Anchor::Start, QUIET, subtitle);
    let (inside, outside) = (&preview.beam_level.inside, &preview.beam_level.outside);
    let figures = format!("inside: {}      outside: {}", words(inside), words(outside));
    scene.text((LEFT, 82.0), 13.0, Anchor::Start, INK, fitted(&figures, 13.0, SIDE_RIGHT - LEFT));
}

/// Who gains and loses service, and what that does to capacity.
fn words(difference: &Difference) -> String {
    let Difference { lost, gained, .. } = difference;
    let net = format!("{} Mb/s", net(lost.capacity_kbps / 1_000, gained.capacity_kbps / 1_000));
    let people = |effect: &Effect, what: &str| format!("{} people {what} service", thousands(effect.people));
    match (gained.people, lost.people) {
        (0, 0) => format!("nobody gains or loses service, {net}"),
        (_, 0) => format!("{}, {net}", people(gained, "gain")),
        (0, _) => format!("{}, {net}", people(lost, "lose")),
        _ => format!("{}, {}, {net}", people(gained, "gain"), people(lost, "lose")),
    }
}

fn draw_legend(scene: &mut Scene, study: &Study) {
    let cells = &study.picture.cells;
    let mut y = TOP + 12.0;
    scene.text((SIDE_LEFT, y), 13.0, Anchor::Start, INK, "cells (land, sea)");
    for (number, (name, land, sea)) in KINDS.into_iter().enumerate() {
        y += 22.0;
        scene.rectangle((SIDE_LEFT, y - 11.0), (18.0, 14.0), land);
        scene.rectangle((SIDE_LEFT + 18.0, y - 11.0), (18.0, 14.0), sea);
        let count = cells.iter().filter(|cell| kind(cell) == number).count();
        scene.text((SIDE_LEFT + 46.0, y), 12.0, Anchor::Start, QUIET, name);
        scene.text((SIDE_RIGHT, y), 12.0, Anchor::End, QUIET, thousands(count as u64));
    }
    y += 22.0;
    scene.rectangle((SIDE_LEFT, y - 11.0), (36.0, 14.0), KINDS[0].1);
    scene.rectangle((SIDE_LEFT, y - 11.0), (36.0, 14.0), GUARD);
    let guarded = cells.iter().filter(|cell| cell.guarded).count();
    scene.text((SIDE_LEFT + 46.0, y), 12.0, Anchor::Start, QUIET, "guarded: need a higher satellite");
    scene.text((SIDE_RIGHT, y), 12.0, Anchor::End, QUIET, thousands(guarded as u64));
    y += 22.0;
    scene.line(&[(SIDE_LEFT, y - 4.0), (SIDE_LEFT + 36.0, y - 4.0)], Stroke::solid(INK, 2.0));
    scene.text((SIDE_LEFT + 46.0, y), 12.0, Anchor::Start, QUIET, "border of the territory, with its waters");
    let within =
        format!("blank: further than {} km, not told", thousands(study.preview.scope.reported_within_km));
    y += 22.0;
    scene.text((SIDE_LEFT + 46.0, y), 12.0, Anchor::Start, QUIET, within);
}

/// The neighbours with the largest change.
fn draw_neighbours(scene: &mut Scene, study: &Study) {
    let mut order: Vec<&TerritoryDifference> = study.preview.beam_level.territories.iter().collect();
    let moved = |territory: &TerritoryDifference| {
        let (lost, gained) = (&territory.difference.lost, &territory.difference.gained);
        (lost.people + gained.people, lost.capacity_kbps + gained.capacity_kbps, lost.cells + gained.cells)
    };
    order.sort_by_key(|territory| std::cmp::Reverse(moved(territory)));
    let mut y = TOP + 206.0;
    let columns = [SIDE_LEFT + 196.0, SIDE_LEFT + 258.0, SIDE_RIGHT];
    scene.text((SIDE_LEFT, y), 13.0, Anchor::Start, INK, "neighbours");
    for (x, head) in columns.into_iter().zip(["cells", "people", "Mb/s"]) {
        scene.text((x, y), 12.0, Anchor::End, INK, head);
    }
    for territory in order.iter().take(ROWS_MAX) {
        y += 20.0;
        let (lost, gained) = (&territory.difference.lost, &territory.difference.gained);
        let rest = if territory.rest { ", the rest" } else { "" };
        let name = fitted(&format!("{}{rest}", territory.name), 12.0, 140.0);
        scene.text((SIDE_LEFT, y), 12.0, Anchor::Start, QUIET, name);
        let net = [
            net(lost.cells, gained.cells),
            net(lost.people, gained.people),
            net(lost.capacity_kbps / 1_000, gained.capacity_kbps / 1_000),
        ];
        for (x, net) in columns.into_iter().zip(net) {
            scene.text((x, y), 12.0, Anchor::End, QUIET, net);
        }
    }
    if order.len() > ROWS_MAX {
        let more = format!("and {} more", order.len() - ROWS_MAX);
        scene.text((SIDE_LEFT, y + 20.0), 12.0, Anchor::Start, QUIET, more);
    }
    if order.is_empty() {
        scene.text((SIDE_LEFT, y + 20.0), 12.0, Anchor::Start, QUIET, "nothing changes for anybody else");
    }
}

/// The two ways to keep the territory without service, on the side where it has none: after the change, or as it is.
fn draw_exclusion(scene: &mut Scene, study: &Study) {
    let enforcement = &study.preview.enforcement;
    let sides = [("after the change", &enforcement.with), ("as it is", &enforcement.without)];
    let Some((when, cost)) = sides.into_iter().find_map(|(when, cost)| Some((when, cost.as_ref()?))) else {
        return;
    };
    let (lost, gained) = (&cost.outside.lost, &cost.outside.gained);
    let dash = || "–".to_owned();
    let rows = [
        (format!("exclusion {when}:"), "beam".to_owned(), "terminal".to_owned()),
        ("cells guarded outside".to_owned(), thousands(cost.guarded_cells), dash()),
        ("by the guard, cells outside".to_owned(), net(lost.cells, gained.cells), dash()),
        (
            "by the guard, Mb/s outside".to_owned(),
            net(lost.capacity_kbps / 1_000, gained.capacity_kbps / 1_000),
            dash(),
        ),
        (
            "cells inside that beams reach".to_owned(),
            thousands(cost.lit_beam_level.cells),
            thousands(cost.lit_terminal_level.cells),
        ),
    ];
    for (number, (name, beam, terminal)) in rows.into_iter().enumerate() {
        let y = TOP + MAP_HEIGHT - 84.0 + 20.0 * number as f32;
        let colour = if number == 0 { INK } else { QUIET };
        scene.text((SIDE_LEFT, y), 12.0, Anchor::Start, colour, name);
        scene.text((SIDE_RIGHT - 66.0, y), 12.0, Anchor::End, colour, beam);
        scene.text((SIDE_RIGHT, y), 12.0, Anchor::End, colour, terminal);
    }
}

/// Gained less lost, with a sign.
fn net(lost: u64, gained: u64) -> String {
    match gained.checked_sub(lost) {
        Some(0) => "0".to_owned(),
        Some(more) => format!("+{}", thousands(more)),
        None => format!("−{}", thousands(lost - gained)),
    }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let grouped = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned());
    grouped.collect::<Vec<_>>().join(",")
}

/// A text cut to a width.
fn fitted(text: &str, size: f32, width: f32) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().collect();
    loop {
        kept.pop();
        let cut: String = kept.iter().chain(&['…']).collect();
        if kept.is_empty() || text_width(&cut, size) <= width {
            return cut;
        }
    }
}

fn normal(world: &World, cell: &PictureCell) -> [f64; 3] {
    let (ground, index) = (&world.ground, cell.cell.0 as usize);
    [ground.normal_x[index], ground.normal_y[index], ground.normal_z[index]].map(f64::from)
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn add(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

fn normalised(vector: [f64; 3]) -> [f64; 3] {
    let length = dot(vector, vector).sqrt();
    // All around the Earth there is no middle: then any will do.
    if length > 0.0 { vector.map(|part| part / length) } else { [1.0, 0.0, 0.0] }
}

/// East and north at a place.
fn horizon(up: [f64; 3]) -> ([f64; 3], [f64; 3]) {
    let level = up[0].hypot(up[1]);
    let east = if level > 1e-9 { [-up[1] / level, up[0] / level, 0.0] } else { [0.0, 1.0, 0.0] };
    let north = [
        up[1] * east[2] - up[2] * east[1],
        up[2] * east[0] - up[0] * east[2],
        up[0] * east[1] - up[1] * east[0],
    ];
    (east, north)
}
