//! How wide letters are, and how they look: the font that ships with the binary.

use ttf_parser::Face;

/// DejaVu Sans, Latin letters and punctuation.
const FONT: &[u8] = include_bytes!("../../data/font/DejaVuSans-Latin.ttf");

/// Width of a text in pixels of the scene.
pub fn text_width(text: &str, size: f32) -> f32 {
    let face = face();
    let advance = |letter: char| {
        let glyph = face.glyph_index(letter).unwrap_or_default();
        f32::from(face.glyph_hor_advance(glyph).unwrap_or_default())
    };
    text.chars().map(advance).sum::<f32>() * size / f32::from(face.units_per_em())
}

/// The font.
pub fn face() -> Face<'static> {
    Face::parse(FONT, 0).expect("the shipped font is tested")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_the_letters_of_places() {
        let face = face();
        for letter in "AZaz09 ÀÿŁłŞşğıňŐőŪžƏəȘțẠậếỹ–—’…→°·".chars() {
            assert!(face.glyph_index(letter).is_some(), "{letter}");
        }
        assert!(text_width("wide", 12.0) > text_width("will", 12.0));
    }
}
