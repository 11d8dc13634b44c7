//! Rows into columns.

use super::{COMMON, Column, Common, Kind, columns, schema};
use crate::Timestamp;
use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int32Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema};
use std::collections::HashMap;
use std::fmt::{Display, Write};
use std::sync::Arc;

/// A table's name with its rows, if there are any.
pub type Part = Option<(&'static str, RecordBatch)>;

enum Builder {
    Time(TimestampMicrosecondBuilder),
    Text(StringBuilder),
    Long(Int64Builder),
    Int(Int32Builder),
    Real(Float64Builder),
    Flag(BooleanBuilder),
}

/// Fills the columns of a table, row by row, in the schema's order. A value of the wrong kind becomes null.
pub struct Rows {
    builders: Vec<Builder>,
    at: usize,
}

impl Rows {
    pub fn new(table: &str, rows: usize) -> Self {
        let builder = |(_, kind): &Column| match kind {
            Kind::Time => Builder::Time(TimestampMicrosecondBuilder::with_capacity(rows).with_timezone("UTC")),
            Kind::Text => Builder::Text(StringBuilder::with_capacity(rows, rows * 12)),
            Kind::Long => Builder::Long(Int64Builder::with_capacity(rows)),
            Kind::Int => Builder::Int(Int32Builder::with_capacity(rows)),
            Kind::Real => Builder::Real(Float64Builder::with_capacity(rows)),
            Kind::Flag => Builder::Flag(BooleanBuilder::with_capacity(rows)),
        };
        Self { builders: columns(table).unwrap_or_default().iter().map(builder).collect(), at: 0 }
    }

    fn next(&mut self) -> Option<&mut Builder> {
        let at = self.at;
        self.at += 1;
        self.builders.get_mut(at)
    }

    pub fn time(&mut self, ts: Timestamp) -> &mut Self {
        if let Some(Builder::Time(b)) = self.next() {
            b.append_value(ts.0);
        }
        self
    }

    pub fn text(&mut self, text: &str) -> &mut Self {
        if let Some(Builder::Text(b)) = self.next() {
            b.append_value(text);
        }
        self
    }

    pub fn show(&mut self, value: impl Display) -> &mut Self {
        if let Some(Builder::Text(b)) = self.next() {
            // What is written to a builder goes before the value that is appended next.
            let _ = write!(b, "{value}");
            b.append_value("");
        }
        self
    }

    pub fn opt(&mut self, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.show(value),
            None => {
                if let Some(Builder::Text(b)) = self.next() {
                    b.append_null();
                }
                self
            }
        }
    }

    pub fn long(&mut self, number: u64) -> &mut Self {
        if let Some(Builder::Long(b)) = self.next() {
            b.append_value(i64::try_from(number).unwrap_or(i64::MAX));
        }
        self
    }

    pub fn opt_long(&mut self, number: Option<u64>) -> &mut Self {
        if let Some(Builder::Long(b)) = self.next() {
            b.append_option(number.map(|n| i64::try_from(n).unwrap_or(i64::MAX)));
        }
        self
    }

    pub fn int(&mut self, number: u16) -> &mut Self {
        if let Some(Builder::Int(b)) = self.next() {
            b.append_value(i32::from(number));
        }
        self
    }

    pub fn real(&mut self, number: f64) -> &mut Self {
        if let Some(Builder::Real(b)) = self.next() {
            b.append_option(number.is_finite().then_some(number));
        }
        self
    }

    pub fn flag(&mut self, on: bool) -> &mut Self {
        if let Some(Builder::Flag(b)) = self.next() {
            b.append_value(on);
        }
        self
    }

    pub fn end(&mut self) {
        self.at = 0;
    }

    pub fn finish(self, table: &'static str, of: &Common<'_>) -> Part {
        let mut arrays: Vec<ArrayRef> = self
            .builders
            .into_iter()
            .map(|builder| match builder {
                Builder::Time(mut b) => Arc::new(b.finish()) as ArrayRef,
                Builder::Text(mut b) => Arc::new(b.finish()),
                Builder::Long(mut b) => Arc::new(b.finish()),
                Builder::Int(mut b) => Arc::new(b.finish()),
                Builder::Real(mut b) => Arc::new(b.finish()),
                Builder::Flag(mut b) => Arc::new(b.finish()),
            })
            .collect();
        arrays.first().filter(|rows| !rows.is_empty())?;
        for array in arrays.iter_mut().filter_map(Arc::get_mut) {
            // Rows wait for the lake by the hundred thousand: no room for more waits with them.
            array.shrink_to_fit();
        }
        let fields: Vec<FieldRef> = schema(table)?.fields().iter().take(arrays.len()).cloned().collect();
        let shared = COMMON.iter().zip([of.sensor, of.site, &of.day.name]);
        let shared: HashMap<String, String> = shared.map(|(name, text)| ((*name).to_owned(), text.to_owned())).collect();
        Some((table, RecordBatch::try_new(Arc::new(Schema::new_with_metadata(fields, shared)), arrays).ok()?))
    }
}

/// A part's rows with all columns of its table: what all of them share is held once until then.
///
/// # Errors
/// None where the rows are a part's.
pub fn whole(rows: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let shared = COMMON.map(|name| Arc::new(StringArray::new_repeated(common(rows, name), rows.num_rows())) as ArrayRef);
    let fields = COMMON.map(|name| Arc::new(Field::new(name, DataType::Utf8, true)));
    let fields: Vec<FieldRef> = rows.schema_ref().fields().iter().cloned().chain(fields).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), rows.columns().iter().cloned().chain(shared).collect())
}

/// What all rows of a part share: its `site`, `sensor` or `day`.
#[must_use]
pub fn common<'a>(rows: &'a RecordBatch, name: &str) -> &'a str {
    rows.schema_ref().metadata().get(name).map_or("", String::as_str)
}
