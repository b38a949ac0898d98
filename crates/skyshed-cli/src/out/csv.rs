//! CSV (RFC 4180): a header and a line per cell; null is empty.

use std::fmt::Display;
use std::io::Write;

use anyhow::Result;
use skyshed::{CELL_COLUMNS, CellColumns};

use super::Chunks;
use crate::files::Replacement;

/// Writes a CSV file.
pub fn write(mut file: Replacement, chunks: &mut Chunks<'_>) -> Result<(Replacement, u64)> {
    writeln!(file, "{}", CELL_COLUMNS.map(|column| column.name).join(","))?;
    let mut rows = 0;
    for columns in chunks {
        rows += columns.len() as u64;
        (0..columns.len()).try_for_each(|row| write_row(&mut file, &columns, row))?;
    }
    Ok((file, rows))
}

fn write_row(file: &mut impl Write, columns: &CellColumns<'_>, row: usize) -> std::io::Result<()> {
    write!(file, "{},{},{},", columns.cell[row], columns.latitude_deg[row], columns.longitude_deg[row])?;
    write!(file, "{},{},", quoted(columns.territory[row]), columns.people[row])?;
    write!(file, "{},{},", columns.served[row], columns.cause[row])?;
    write!(file, "{},{},", number(columns.satellite[row]), text(columns.satellite_name[row]))?;
    write!(file, "{},{},", number(columns.elevation_deg[row]), number(columns.colour[row]))?;
    write!(file, "{},", number(columns.beam_share[row]))?;
    write!(file, "{},{},", text(columns.gateway[row]), text(columns.pop[row]))?;
    writeln!(file, "{},{}", number(columns.rtt_ms[row]), number(columns.rate_mbps[row]))
}

fn number(value: Option<impl Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn text(value: Option<&str>) -> String {
    value.map(quoted).unwrap_or_default()
}

/// A field with a separator, quote or line break stands in quotes, its quotes doubled.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        assert_eq!(quoted("Villenave-d'Ornon"), "Villenave-d'Ornon");
        assert_eq!(quoted("Boydton, Virginia"), "\"Boydton, Virginia\"");
        assert_eq!(quoted("the \"Rock\""), "\"the \"\"Rock\"\"\"");
        assert_eq!(number(None::<f32>), "");
    }
}
