//! Names to numbers, whatever their case, and the names nearest in spelling to one that is not there.

use std::collections::BTreeMap;

/// Most names that are suggested for one that is not there.
const NEAR_MAX: usize = 3;
/// Where there are no more than this many names, all of them are suggested.
const FEW: usize = 8;
/// Most letters by which a suggestion may differ.
const EDITS_MAX: usize = 3;
/// Fewest letters of which a name is suggested for holding them.
const PART_LETTERS_MIN: usize = 3;

/// Names of one kind of thing, numbered in their order.
pub(super) struct Names<'a> {
    names: Vec<&'a str>,
    by_folded: BTreeMap<String, Vec<u32>>,
}

impl<'a> Names<'a> {
    pub(super) fn new(names: impl Iterator<Item = &'a str>) -> Names<'a> {
        let names: Vec<&str> = names.collect();
        let mut by_folded: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (name, number) in names.iter().zip(0..) {
            by_folded.entry(fold(name)).or_default().push(number);
        }
        Names { names, by_folded }
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn at(&self, number: u32) -> &'a str {
        self.names[number as usize]
    }

    /// All that bear a name, ascending: those of the same case if there are any, else those of any case.
    pub(super) fn find(&self, given: &str) -> Vec<u32> {
        let any_case = self.by_folded.get(&fold(given)).map_or(&[][..], Vec::as_slice);
        let same_case: Vec<u32> =
            any_case.iter().copied().filter(|&number| self.at(number).trim() == given.trim()).collect();
        if same_case.is_empty() { any_case.to_vec() } else { same_case }
    }

    /// Names to suggest: those that hold `given`, then those that differ by few letters; all where they are few.
    pub(super) fn near(&self, given: &str) -> Vec<String> {
        if self.len() <= FEW {
            return self.names.iter().map(|&name| name.to_owned()).collect();
        }
        let given: Vec<char> = fold(given).chars().collect();
        let mut near: Vec<(usize, &str)> = self
            .by_folded
            .iter()
            .filter_map(|(folded, numbers)| Some((unlikeness(&given, folded)?, self.at(numbers[0]))))
            .collect();
        near.sort_unstable();
        near.into_iter().take(NEAR_MAX).map(|(_, name)| name.to_owned()).collect()
    }
}

fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}

/// 0 for a name that holds `given`, else the letters by which it differs; `None` for too many.
fn unlikeness(given: &[char], name: &str) -> Option<usize> {
    let name: Vec<char> = name.chars().collect();
    let holds = given.len() >= PART_LETTERS_MIN && name.windows(given.len()).any(|part| part == given);
    // A short name that differs in all its letters is not like it.
    let most = EDITS_MAX.min(given.len() / 2);
    if holds { Some(0) } else { edits(given, &name, most) }
}

/// Levenshtein distance in letters, if it is at most `most`.
fn edits(left: &[char], right: &[char], most: usize) -> Option<usize> {
    let same = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let (left, right) = (&left[same..], &right[same..]);
    if left.len().abs_diff(right.len()) > most {
        return None;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
        // Rows never get smaller again.
        if row.iter().all(|&edits| edits > most) {
            return None;
        }
    }
    row.last().copied().filter(|&edits| edits <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted_up_to_the_limit() {
        let letters = |text: &str| text.chars().collect::<Vec<char>>();
        for (left, right, most, expected) in [
            ("kitten", "sitting", 3, Some(3)),
            ("kitten", "sitting", 2, None),
            ("", "abc", 3, Some(3)),
            ("abc", "abc", 0, Some(0)),
            ("flaw", "lawn", 3, Some(2)),
            ("abcdef", "a", 3, None),
        ] {
            assert_eq!(edits(&letters(left), &letters(right), most), expected, "{left} {right}");
            assert_eq!(edits(&letters(right), &letters(left), most), expected, "{right} {left}");
        }
    }

    #[test]
    fn case_matters_only_where_names_differ_in_nothing_else() {
        let names = Names::new(["Alpha", "ALPHA", "Beta", "Beta"].into_iter());
        assert_eq!(names.find("Alpha"), [0]);
        assert_eq!(names.find(" ALPHA "), [1]);
        assert_eq!(names.find("alpha"), [0, 1]);
        assert_eq!(names.find("BETA"), [2, 3]);
        assert!(names.find("gamma").is_empty());
    }
}
