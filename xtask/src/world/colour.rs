//! Colours that no two adjacent cells share.

use rayon::prelude::*;
use skyshed_ground::{CELL_COUNT, Cell, neighbours};

/// The cells whose colour is not their last H3 digit, with their colour. In H3 order, a cell that shares its digit with a
/// neighbour takes the smallest colour none of its at most six neighbours has; so one pass is enough, and eight colours are.
pub fn patches() -> Vec<(u32, u8)> {
    let mut colour: Vec<u8> = skyshed_ground::last_digits();
    let clashes = |cell: &u32| {
        neighbours(Cell(*cell)).iter().any(|other| colour[other.0 as usize] == colour[*cell as usize])
    };
    let clashing: Vec<u32> = (0..CELL_COUNT as u32).into_par_iter().filter(clashes).collect();
    let mut patches = Vec::new();
    for cell in clashing {
        let around: Vec<u8> = neighbours(Cell(cell)).iter().map(|other| colour[other.0 as usize]).collect();
        if around.contains(&colour[cell as usize]) {
            colour[cell as usize] =
                (0..8).find(|free| !around.contains(free)).expect("six neighbours, eight colours");
            patches.push((cell, colour[cell as usize]));
        }
    }
    patches
}
