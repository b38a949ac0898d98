//! CSV (RFC 4180): a header and a line per row; null is empty.

use std::fmt::Display;
use std::io::{self, Write};

use anyhow::Result;
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Float32Type, Float64Type, UInt8Type, UInt32Type, UInt64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, PrimitiveArray, StringArray};
use skyshed::ColumnKind;

use super::Table;
use crate::files::Replacement;

/// Writes a CSV file.
pub fn write(mut file: Replacement, table: Table<'_>) -> Result<(Replacement, u64)> {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    writeln!(file, "{}", names.join(","))?;
    let mut rows = 0;
    for arrays in table.chunks {
        let fields: Vec<Fields<'_>> =
            table.columns.iter().zip(&arrays).map(|(column, array)| Fields::of(column.kind, array)).collect();
        let count = arrays.first().map_or(0, |array| array.len());
        (0..count).try_for_each(|row| write_row(&mut file, &fields, row))?;
        rows += count as u64;
    }
    Ok((file, rows))
}

fn write_row(file: &mut impl Write, fields: &[Fields<'_>], row: usize) -> io::Result<()> {
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            file.write_all(b",")?;
        }
        field.write(file, row)?;
    }
    file.write_all(b"\n")
}

/// The values of one column.
enum Fields<'a> {
    Text(&'a StringArray),
    Bool(&'a BooleanArray),
    U8(&'a PrimitiveArray<UInt8Type>),
    U32(&'a PrimitiveArray<UInt32Type>),
    U64(&'a PrimitiveArray<UInt64Type>),
    F32(&'a PrimitiveArray<Float32Type>),
    F64(&'a PrimitiveArray<Float64Type>),
}

impl<'a> Fields<'a> {
    fn of(kind: ColumnKind, array: &'a ArrayRef) -> Fields<'a> {
        match kind {
            ColumnKind::Text => Fields::Text(array.as_string()),
            ColumnKind::Bool => Fields::Bool(array.as_boolean()),
            ColumnKind::U8 => Fields::U8(array.as_primitive()),
            ColumnKind::U32 => Fields::U32(array.as_primitive()),
            ColumnKind::U64 => Fields::U64(array.as_primitive()),
            ColumnKind::F32 => Fields::F32(array.as_primitive()),
            ColumnKind::F64 => Fields::F64(array.as_primitive()),
        }
    }

    fn write(&self, file: &mut impl Write, row: usize) -> io::Result<()> {
        match self {
            Fields::Text(array) if array.is_valid(row) => file.write_all(quoted(array.value(row)).as_bytes()),
            Fields::Text(_) => Ok(()),
            Fields::Bool(array) => write!(file, "{}", array.value(row)),
            Fields::U8(array) => number(file, array, row),
            Fields::U32(array) => number(file, array, row),
            Fields::U64(array) => number(file, array, row),
            Fields::F32(array) => number(file, array, row),
            Fields::F64(array) => number(file, array, row),
        }
    }
}

fn number<T: ArrowPrimitiveType>(
    file: &mut impl Write,
    array: &PrimitiveArray<T>,
    row: usize,
) -> io::Result<()>
where
    T::Native: Display,
{
    if array.is_valid(row) { write!(file, "{}", array.value(row)) } else { Ok(()) }
}

/// A field with a separator, quote or line break stands in quotes, its quotes doubled.
fn quoted(field: &str) -> std::borrow::Cow<'_, str> {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\"")).into()
    } else {
        field.into()
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
    }

    #[test]
    fn null_is_empty() {
        let (mut line, numbers) = (Vec::new(), PrimitiveArray::<Float32Type>::from(vec![None, Some(1.5)]));
        let texts = StringArray::from(vec![None, Some("a,b")]);
        let fields = [Fields::F32(&numbers), Fields::Text(&texts)];
        (0..2).for_each(|row| write_row(&mut line, &fields, row).expect("memory takes all"));
        assert_eq!(String::from_utf8_lossy(&line), ",\n1.5,\"a,b\"\n");
    }
}
