//! The planet as a picture: an equirectangular raster of 2048 by 1024 pixels, row by row from the north-west corner,
//! each pixel with what its cell says. A pixel is 19.6 km at the equator, about as wide as a cell.

use std::num::NonZero;
use std::thread;

use skyshed::ground::{CELL_COUNT, Cell, cell_at};
use skyshed::plan::{Cause, SlotPlan};
use skyshed::preview::Picture;

/// Pixels from 180° W to 180° E.
pub const WIDTH: usize = 2048;
/// Pixels from the north pole to the south pole.
pub const HEIGHT: usize = WIDTH / 2;

/// The cell below the centre of each pixel, looked up once.
pub struct Pixels(Vec<Cell>);

impl Pixels {
    /// Looks every pixel's cell up, on every core.
    pub fn look_up() -> Pixels {
        let mut cells = vec![Cell(0); WIDTH * HEIGHT];
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let rows_each = HEIGHT.div_ceil(threads);
        thread::scope(|scope| {
            for (part, cells) in cells.chunks_mut(rows_each * WIDTH).enumerate() {
                scope.spawn(move || fill(cells, part * rows_each));
            }
        });
        Pixels(cells)
    }

    /// One byte per pixel: the number of its cell's cause, counted as in [`Cause::ALL`].
    pub fn causes(&self, plan: &SlotPlan) -> Vec<u8> {
        self.0.iter().map(|&cell| plan.cause(cell) as u8).collect()
    }

    /// One byte per pixel: what becomes of its cell in a preview. 0 nothing, 1 gained and 2 lost inside the changed territories, 3
    /// gained and 4 lost outside, 5 nothing but a stricter border guard.
    pub fn changes(&self, picture: &Picture) -> Vec<u8> {
        let mut codes = vec![0u8; CELL_COUNT];
        for cell in &picture.cells {
            codes[cell.cell.0 as usize] = match (cell.without, cell.with) {
                (false, true) => 1 + 2 * u8::from(!cell.inside),
                (true, false) => 2 + 2 * u8::from(!cell.inside),
                _ => 5 * u8::from(cell.guarded),
            };
        }
        self.0.iter().map(|cell| codes[cell.0 as usize]).collect()
    }

    /// Two bytes per pixel, little-endian: the number of its cell's leaf territory.
    pub fn territories(&self, territory: &[u16]) -> Vec<u8> {
        self.0.iter().flat_map(|cell| territory[cell.0 as usize].to_le_bytes()).collect()
    }
}

/// The names of the causes in the order of their numbers.
pub fn cause_names() -> String {
    Cause::ALL.map(Cause::name).join(",")
}

fn fill(cells: &mut [Cell], first_row: usize) {
    let pixel_deg = 360.0 / WIDTH as f64;
    for (row, cells) in cells.chunks_mut(WIDTH).enumerate() {
        let latitude_deg = 90.0 - ((first_row + row) as f64 + 0.5) * pixel_deg;
        for (column, cell) in cells.iter_mut().enumerate() {
            let longitude_deg = (column as f64 + 0.5) * pixel_deg - 180.0;
            *cell = cell_at(latitude_deg, longitude_deg).expect("a pixel's centre is on the Earth");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_run_from_north_and_columns_from_west() {
        let mut row = vec![Cell(0); WIDTH];
        // Row 444 is centred on 11.865° N, column 1024 + 256 on 45.088° E.
        fill(&mut row, 444);
        assert_eq!(
            row[1280],
            cell_at(90.0 - 444.5 * 360.0 / 2048.0, 1280.5 * 360.0 / 2048.0 - 180.0).unwrap()
        );
        assert_eq!(row[1280], cell_at(11.865_234, 45.087_891).unwrap());
    }
}
