//! Numbers over time in one line.

/// A line of at most `width` bars, each the largest of its share of the values; a dot where there is none.
pub(super) fn bars(values: &[Option<f64>], width: usize) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let width = width.min(values.len());
    let share = |at: usize| &values[at * values.len() / width..(at + 1) * values.len() / width];
    let largest = |at: usize| share(at).iter().flatten().copied().reduce(f64::max);
    let values: Vec<Option<f64>> = (0..width).map(largest).collect();
    let known = || values.iter().flatten().copied();
    let (least, most) = (known().fold(f64::INFINITY, f64::min), known().fold(0.0, f64::max));
    let bar = |value: f64| {
        let height = (value - least) / (most - least).max(f64::MIN_POSITIVE) * 7.0;
        BARS[(height.round() as usize).min(7)]
    };
    values.iter().map(|value| value.map_or('·', bar)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_rise_with_values() {
        assert_eq!(bars(&[Some(1.0), None, Some(8.0), Some(4.5)], 9), "▁·█▅");
        assert_eq!(bars(&[Some(1.0), Some(3.0), None, Some(2.0)], 2), "█▁");
        assert_eq!(bars(&[Some(5.0), Some(5.0)], 2), "▁▁");
        assert_eq!(bars(&[], 5), "");
    }
}
