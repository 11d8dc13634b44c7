//! Arrow schemas of observations: the columns of the lake, one table a kind. Column names are those of the structs in
//! [`crate::observation`]; times are microseconds in UTC; addresses are text; every row carries site, sensor and day.

use crate::observation::{Batch, Operation};
use crate::{Address, Timestamp};
use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int32Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use std::fmt::{Display, Write};
use std::sync::Arc;

/// Kinds of columns.
#[derive(Clone, Copy)]
enum Kind {
    Time,
    Text,
    /// 64-bit whole number.
    Long,
    /// 32-bit whole number.
    Int,
    Real,
    Flag,
}

type Column = (&'static str, Kind);

const COMMON: &[Column] = &[("sensor", Kind::Text), ("site", Kind::Text), ("day", Kind::Text)];

const COLUMNS: &[(&str, &[Column])] = &[
    (
        "asset_evidence",
        &[
            ("ts", Kind::Time),
            ("last", Kind::Time),
            ("count", Kind::Long),
            ("mac", Kind::Text),
            ("ip", Kind::Text),
            ("bound", Kind::Flag),
            ("attribute", Kind::Text),
            ("value", Kind::Text),
            ("source", Kind::Text),
            ("confidence", Kind::Int),
            ("frame", Kind::Long),
            ("packet", Kind::Text),
        ],
    ),
    (
        "conversation",
        &[
            ("ts", Kind::Time),
            ("last", Kind::Time),
            ("client", Kind::Text),
            ("server", Kind::Text),
            ("client_mac", Kind::Text),
            ("server_mac", Kind::Text),
            ("transport", Kind::Text),
            ("port", Kind::Int),
            ("protocol", Kind::Text),
            ("segment", Kind::Text),
            ("packets_to_server", Kind::Long),
            ("packets_to_client", Kind::Long),
            ("bytes_to_server", Kind::Long),
            ("bytes_to_client", Kind::Long),
            ("flows", Kind::Long),
            ("messages", Kind::Long),
            ("answered", Kind::Long),
            ("refused", Kind::Long),
            ("gap_bytes", Kind::Long),
            ("one_sided", Kind::Flag),
            ("encrypted", Kind::Flag),
            ("frame", Kind::Long),
            ("packet", Kind::Text),
        ],
    ),
    (
        "operation",
        &[
            ("ts", Kind::Time),
            ("last", Kind::Time),
            ("count", Kind::Long),
            ("src", Kind::Text),
            ("dst", Kind::Text),
            ("src_mac", Kind::Text),
            ("src_port", Kind::Int),
            ("dst_port", Kind::Int),
            ("protocol", Kind::Text),
            ("function", Kind::Text),
            ("category", Kind::Text),
            ("target", Kind::Text),
            ("value", Kind::Text),
            ("outcome", Kind::Text),
            ("frame", Kind::Long),
            ("packets", Kind::Text),
        ],
    ),
    (
        "measurement",
        &[
            ("ts", Kind::Time),
            ("device", Kind::Text),
            ("protocol", Kind::Text),
            ("point", Kind::Text),
            ("value", Kind::Real),
            ("text", Kind::Text),
            ("quality", Kind::Text),
            ("frame", Kind::Long),
        ],
    ),
    (
        "file",
        &[
            ("ts", Kind::Time),
            ("src", Kind::Text),
            ("dst", Kind::Text),
            ("protocol", Kind::Text),
            ("name", Kind::Text),
            ("size", Kind::Long),
            ("frame", Kind::Long),
        ],
    ),
    (
        "anomaly",
        &[
            ("ts", Kind::Time),
            ("last", Kind::Time),
            ("count", Kind::Long),
            ("src", Kind::Text),
            ("dst", Kind::Text),
            ("port", Kind::Int),
            ("protocol", Kind::Text),
            ("kind", Kind::Text),
            ("detail", Kind::Text),
            ("frame", Kind::Long),
            ("packet", Kind::Text),
        ],
    ),
    (
        "credential",
        &[
            ("ts", Kind::Time),
            ("src", Kind::Text),
            ("dst", Kind::Text),
            ("port", Kind::Int),
            ("protocol", Kind::Text),
            ("scheme", Kind::Text),
            ("user", Kind::Text),
            ("frame", Kind::Long),
            ("packet", Kind::Text),
        ],
    ),
    (
        "coverage",
        &[
            ("ts", Kind::Time),
            ("segment", Kind::Text),
            ("packets", Kind::Long),
            ("bytes", Kind::Long),
            ("parsed", Kind::Long),
            ("not_parsed", Kind::Long),
            ("dropped", Kind::Long),
            ("one_sided", Kind::Long),
            ("encrypted", Kind::Long),
            ("damaged", Kind::Long),
            ("evicted", Kind::Long),
            ("protocols", Kind::Text),
        ],
    ),
];

/// The lake's tables.
pub const TABLES: &[&str] =
    &["asset_evidence", "conversation", "operation", "measurement", "file", "anomaly", "credential", "coverage"];

/// Columns that the lake is partitioned by.
pub const PARTITIONS: &[&str] = &["site", "day"];

fn columns(table: &str) -> Option<impl Iterator<Item = Column> + use<>> {
    COLUMNS.iter().find(|(name, _)| *name == table).map(|(_, own)| own.iter().chain(COMMON).copied())
}

/// The schema of a table.
#[must_use]
pub fn schema(table: &str) -> Option<SchemaRef> {
    let field = |(name, kind): Column| {
        let kind = match kind {
            Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Text => DataType::Utf8,
            Kind::Long => DataType::Int64,
            Kind::Int => DataType::Int32,
            Kind::Real => DataType::Float64,
            Kind::Flag => DataType::Boolean,
        };
        Field::new(name, kind, true)
    };
    columns(table).map(|all| Arc::new(Schema::new(all.map(field).collect::<Vec<_>>())))
}

enum Builder {
    Time(TimestampMicrosecondBuilder),
    Text(StringBuilder),
    Long(Int64Builder),
    Int(Int32Builder),
    Real(Float64Builder),
    Flag(BooleanBuilder),
}

/// Fills the columns of a table, row by row, in the schema's order. A value of the wrong kind becomes null.
struct Rows {
    builders: Vec<Builder>,
    at: usize,
    scratch: String,
}

impl Rows {
    fn new(table: &str, rows: usize) -> Self {
        let builder = |(_, kind): Column| match kind {
            Kind::Time => Builder::Time(TimestampMicrosecondBuilder::with_capacity(rows).with_timezone("UTC")),
            Kind::Text => Builder::Text(StringBuilder::with_capacity(rows, rows * 12)),
            Kind::Long => Builder::Long(Int64Builder::with_capacity(rows)),
            Kind::Int => Builder::Int(Int32Builder::with_capacity(rows)),
            Kind::Real => Builder::Real(Float64Builder::with_capacity(rows)),
            Kind::Flag => Builder::Flag(BooleanBuilder::with_capacity(rows)),
        };
        Self { builders: columns(table).into_iter().flatten().map(builder).collect(), at: 0, scratch: String::new() }
    }

    fn next(&mut self) -> Option<&mut Builder> {
        let at = self.at;
        self.at += 1;
        self.builders.get_mut(at)
    }

    fn time(&mut self, ts: Timestamp) -> &mut Self {
        if let Some(Builder::Time(b)) = self.next() {
            b.append_value(ts.0);
        }
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        if let Some(Builder::Text(b)) = self.next() {
            b.append_value(text);
        }
        self
    }

    fn show(&mut self, value: impl Display) -> &mut Self {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let _ = write!(scratch, "{value}");
        self.text(&scratch);
        self.scratch = scratch;
        self
    }

    fn opt(&mut self, value: Option<impl Display>) -> &mut Self {
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

    fn long(&mut self, number: u64) -> &mut Self {
        if let Some(Builder::Long(b)) = self.next() {
            b.append_value(i64::try_from(number).unwrap_or(i64::MAX));
        }
        self
    }

    fn opt_long(&mut self, number: Option<u64>) -> &mut Self {
        if let Some(Builder::Long(b)) = self.next() {
            b.append_option(number.map(|n| i64::try_from(n).unwrap_or(i64::MAX)));
        }
        self
    }

    fn int(&mut self, number: u16) -> &mut Self {
        if let Some(Builder::Int(b)) = self.next() {
            b.append_value(i32::from(number));
        }
        self
    }

    fn real(&mut self, number: f64) -> &mut Self {
        if let Some(Builder::Real(b)) = self.next() {
            b.append_option(number.is_finite().then_some(number));
        }
        self
    }

    fn flag(&mut self, on: bool) -> &mut Self {
        if let Some(Builder::Flag(b)) = self.next() {
            b.append_value(on);
        }
        self
    }

    fn end(&mut self, of: &Common<'_>, ts: Timestamp) {
        self.text(of.sensor).text(of.site);
        self.text(of.days.day(ts));
        self.at = 0;
    }

    fn finish(self, table: &'static str) -> Option<(&'static str, RecordBatch)> {
        let arrays: Vec<ArrayRef> = self
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
        let rows = RecordBatch::try_new(schema(table)?, arrays).ok()?;
        (rows.num_rows() > 0).then_some((table, rows))
    }
}

struct Common<'a> {
    site: &'a str,
    sensor: &'a str,
    days: Days,
}

/// The days of a batch as text: a handful, made once.
struct Days {
    first: i64,
    names: Vec<String>,
}

impl Days {
    fn of(batch: &Batch) -> Self {
        let times = batch.operations.iter().map(|r| r.ts).chain(batch.measurements.iter().map(|r| r.ts));
        let times = times.chain(batch.conversations.iter().map(|r| r.ts)).chain(batch.evidence.iter().map(|r| r.ts));
        let times = times.chain(batch.anomalies.iter().map(|r| r.ts)).chain(batch.coverage.iter().map(|r| r.ts));
        let times = times.chain(batch.files.iter().map(|r| r.ts)).chain(batch.credentials.iter().map(|r| r.ts));
        let mut numbers: Vec<i64> = times.map(|ts| ts.0.div_euclid(crate::time::DAY)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let first = numbers.first().copied().unwrap_or(0);
        // A capture of many years in one batch gets its last days' name for the rest; the time columns stay exact.
        let last = numbers.last().copied().unwrap_or(0).min(first + 4_000);
        Self { first, names: (first..=last).map(|day| Timestamp(day * crate::time::DAY).day()).collect() }
    }

    fn day(&self, ts: Timestamp) -> &str {
        let at = usize::try_from(ts.0.div_euclid(crate::time::DAY) - self.first).unwrap_or(0);
        self.names.get(at).or(self.names.last()).map_or("", String::as_str)
    }
}

/// A batch's rows as Arrow, by table; kinds without rows are left out.
#[must_use]
pub fn record_batches(site: &str, sensor: &str, batch: &Batch) -> Vec<(&'static str, RecordBatch)> {
    let of = Common { site, sensor, days: Days::of(batch) };
    let parts =
        [evidence(batch, &of), conversations(batch, &of), operations(batch, &of), measurements(batch, &of), files(batch, &of)];
    let more = [anomalies(batch, &of), credentials(batch, &of), coverage(batch, &of)];
    parts.into_iter().chain(more).flatten().collect()
}

type Part = Option<(&'static str, RecordBatch)>;

fn evidence(batch: &Batch, of: &Common<'_>) -> Part {
    let mut rows = Rows::new("asset_evidence", batch.evidence.len());
    for r in &batch.evidence {
        rows.time(r.ts).time(r.last).long(r.count).opt(r.mac).opt(r.ip).flag(r.bound).text(r.attribute.name());
        rows.text(&r.value).text(&r.source).int(u16::from(r.confidence)).long(r.frame).opt(r.packet).end(of, r.ts);
    }
    rows.finish("asset_evidence")
}

fn conversations(batch: &Batch, of: &Common<'_>) -> Part {
    let mut rows = Rows::new("conversation", batch.conversations.len());
    for r in &batch.conversations {
        rows.time(r.ts).time(r.last).show(r.client).show(r.server).opt(r.client_mac).opt(r.server_mac);
        rows.text(r.transport.name()).int(r.port).text(&r.protocol).text(&r.segment);
        rows.long(r.packets[0]).long(r.packets[1]).long(r.bytes[0]).long(r.bytes[1]);
        rows.long(u64::from(r.flows)).long(r.messages).long(u64::from(r.answered)).long(u64::from(r.refused));
        rows.long(r.gap_bytes).flag(r.one_sided).flag(r.encrypted).long(r.frame).opt(r.packet).end(of, r.ts);
    }
    rows.finish("conversation")
}

fn operations(batch: &Batch, of: &Common<'_>) -> Part {
    let mut rows = Rows::new("operation", batch.operations.len());
    for r in &batch.operations {
        rows.time(r.ts).time(r.last).long(r.count).show(r.src).show(r.dst).opt(r.src_mac).int(r.src_port).int(r.dst_port);
        rows.text(&r.protocol).text(&r.function).text(r.category.name()).text(&r.target).opt(r.value.as_deref());
        rows.text(&r.outcome).long(r.frame).text(&packets(r)).end(of, r.ts);
    }
    rows.finish("operation")
}

fn packets(operation: &Operation) -> String {
    operation.packets.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn measurements(batch: &Batch, of: &Common<'_>) -> Part {
    let mut rows = Rows::new("measurement", batch.measurements.len());
    let mut last: (Option<Address>, String) = (None, String::new());
    for r in &batch.measurements {
        if last.0 != Some(r.device) {
            last = (Some(r.device), r.device.to_string());
        }
        rows.time(r.ts).text(&last.1).text(&r.protocol).text(&r.point).real(r.value).opt(r.text.as_deref());
        rows.text(&r.quality).long(r.frame).end(of, r.ts);
    }
    rows.finish("measurement")
}

fn files(batch: &Batch, of: &Common<'_>) -> Part {
    let mut rows = Rows::new("file", batch.files.len());
    for r in &batch.files {
        rows.time(r.ts).show(r.src).show(r.dst).text(&r.protocol).text(&r.name).opt_long(r.size).long(r.frame).end(of, r.ts);
    }
    rows.finish("file")
}

fn anomalies(batch: &Batch, of: &Common<'_>) -> Part {
    let mut rows = Rows::new("anomaly", batch.anomalies.len());
    for r in &batch.anomalies {
        rows.time(r.ts).time(r.last).long(r.count).show(r.src).show(r.dst).int(r.port).text(&r.protocol).text(&r.kind);
        rows.text(&r.detail).long(r.frame).opt(r.packet).end(of, r.ts);
    }
    rows.finish("anomaly")
}

fn credentials(batch: &Batch, of: &Common<'_>) -> Part {
    let mut rows = Rows::new("credential", batch.credentials.len());
    for r in &batch.credentials {
        rows.time(r.ts).show(r.src).show(r.dst).int(r.port).text(&r.protocol).text(&r.scheme).opt(r.user.as_deref());
        rows.long(r.frame).opt(r.packet).end(of, r.ts);
    }
    rows.finish("credential")
}

fn coverage(batch: &Batch, of: &Common<'_>) -> Part {
    let mut rows = Rows::new("coverage", batch.coverage.len());
    for r in &batch.coverage {
        let protocols = serde_json::to_string(&r.protocols).unwrap_or_default();
        rows.time(r.ts).text(&r.segment).long(r.packets).long(r.bytes).long(r.parsed).long(r.not_parsed).long(r.dropped);
        rows.long(r.one_sided).long(r.encrypted).long(r.damaged).long(r.evicted).text(&protocols).end(of, r.ts);
    }
    rows.finish("coverage")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{Coverage, Measurement};

    #[test]
    fn every_table_has_its_columns_filled() {
        let measurement = Measurement {
            ts: Timestamp(86_400_000_000 * 20_000 + 5),
            device: "10.0.0.1".parse().unwrap(),
            protocol: "modbus".into(),
            point: "holding_register 1".into(),
            value: f64::NAN,
            text: None,
            quality: "good".into(),
            frame: 7,
        };
        let batch = Batch { measurements: vec![measurement], coverage: vec![Coverage::default()], ..Batch::default() };
        let parts = record_batches("s", "x", &batch);
        assert_eq!(
            parts.iter().map(|(name, rows)| (*name, rows.num_rows())).collect::<Vec<_>>(),
            [("measurement", 1), ("coverage", 1)]
        );
        for (table, rows) in &parts {
            assert_eq!(Some(rows.schema()), schema(table));
        }
        assert!(TABLES.iter().all(|t| schema(t).is_some()));
    }
}
