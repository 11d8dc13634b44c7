//! Arrow schemas of observations: the columns of the lake, one table a kind. Column names are those of the structs in
//! [`crate::observation`]; times are microseconds in UTC; addresses are text; every row carries site, sensor and day. Rows
//! of different days come apart: a table is partitioned by them.

mod rows;

use crate::observation::{Batch, Operation};
use crate::time::DAY;
use crate::{Address, Timestamp};
use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use rows::{Part, Rows};
pub use rows::{common, whole};
use std::sync::Arc;

/// Days that rows of one batch are told apart by; rows of further ones count to the newest, which is kept longest. Their
/// times stay exact.
const DAYS_MAX: usize = 400;

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

/// Columns of every table, behind its own.
const COMMON: [&str; 3] = ["sensor", "site", "day"];

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

fn columns(table: &str) -> Option<&'static [Column]> {
    COLUMNS.iter().find(|(name, _)| *name == table).map(|(_, own)| *own)
}

/// The schema of a table.
#[must_use]
pub fn schema(table: &str) -> Option<SchemaRef> {
    let field = |(name, kind): &Column| {
        let kind = match kind {
            Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Text => DataType::Utf8,
            Kind::Long => DataType::Int64,
            Kind::Int => DataType::Int32,
            Kind::Real => DataType::Float64,
            Kind::Flag => DataType::Boolean,
        };
        Field::new(*name, kind, true)
    };
    let common = COMMON.map(|name| Field::new(name, DataType::Utf8, true));
    columns(table).map(|own| Arc::new(Schema::new(own.iter().map(field).chain(common).collect::<Vec<_>>())))
}

/// What all rows of a part share.
struct Common<'a> {
    site: &'a str,
    sensor: &'a str,
    day: &'a Day,
}

impl Common<'_> {
    fn holds(&self, ts: Timestamp) -> bool {
        self.day.first <= ts && ts <= self.day.last
    }
}

struct Day {
    first: Timestamp,
    last: Timestamp,
    name: String,
}

/// The days of a batch: one, two around midnight, or as many as captures taken together lie on.
fn days(batch: &Batch) -> Vec<Day> {
    let times = batch.operations.iter().map(|r| r.ts).chain(batch.measurements.rows().map(|r| r.ts));
    let times = times.chain(batch.conversations.iter().map(|r| r.ts)).chain(batch.evidence.iter().map(|r| r.ts));
    let times = times.chain(batch.anomalies.iter().map(|r| r.ts)).chain(batch.coverage.iter().map(|r| r.ts));
    let times = times.chain(batch.files.iter().map(|r| r.ts)).chain(batch.credentials.iter().map(|r| r.ts));
    let mut firsts: Vec<Timestamp> = Vec::new();
    for first in times.map(|ts| ts.floor(DAY)) {
        if firsts.last() != Some(&first) {
            firsts.push(first);
        }
    }
    firsts.sort_unstable();
    firsts.dedup();
    let name = |first: Timestamp| Day { first, last: first.plus(DAY - 1), name: first.day() };
    let newest = firsts.pop();
    let mut days: Vec<Day> = firsts.into_iter().take(DAYS_MAX - 1).map(name).collect();
    if let Some(newest) = newest.map(name) {
        // From the end of the last day that is told apart on.
        let first = days.last().map_or(newest.first, |day| day.last.plus(1));
        days.push(Day { first, ..newest });
    }
    days
}

/// A batch's rows as Arrow, by table and day; kinds without rows are left out. What all rows of a part share is not among its
/// columns: see [`common`] and [`whole`].
#[must_use]
pub fn record_batches(site: &str, sensor: &str, batch: &Batch) -> Vec<(&'static str, RecordBatch)> {
    let parts = |day: &Day| {
        let of = Common { site, sensor, day };
        let parts = [evidence(batch, &of), conversations(batch, &of), operations(batch, &of), measurements(batch, &of)];
        let more = [files(batch, &of), anomalies(batch, &of), credentials(batch, &of), coverage(batch, &of)];
        parts.into_iter().chain(more).flatten().collect::<Vec<_>>()
    };
    days(batch).iter().flat_map(parts).collect()
}

fn evidence(batch: &Batch, of: &Common<'_>) -> Part {
    let all = || batch.evidence.iter().filter(|r| of.holds(r.ts));
    let mut rows = Rows::new("asset_evidence", all().count());
    for r in all() {
        rows.time(r.ts).time(r.last).long(r.count).opt(r.mac).opt(r.ip).flag(r.bound).text(r.attribute.name());
        rows.text(&r.value).text(&r.source).int(u16::from(r.confidence)).long(r.frame).opt(r.packet).end();
    }
    rows.finish("asset_evidence", of)
}

fn conversations(batch: &Batch, of: &Common<'_>) -> Part {
    let all = || batch.conversations.iter().filter(|r| of.holds(r.ts));
    let mut rows = Rows::new("conversation", all().count());
    for r in all() {
        rows.time(r.ts).time(r.last).show(r.client).show(r.server).opt(r.client_mac).opt(r.server_mac);
        rows.text(r.transport.name()).int(r.port).text(&r.protocol).text(&r.segment);
        rows.long(r.packets[0]).long(r.packets[1]).long(r.bytes[0]).long(r.bytes[1]);
        rows.long(u64::from(r.flows)).long(r.messages).long(u64::from(r.answered)).long(u64::from(r.refused));
        rows.long(r.gap_bytes).flag(r.one_sided).flag(r.encrypted).long(r.frame).opt(r.packet).end();
    }
    rows.finish("conversation", of)
}

fn operations(batch: &Batch, of: &Common<'_>) -> Part {
    let all = || batch.operations.iter().filter(|r| of.holds(r.ts));
    let mut rows = Rows::new("operation", all().count());
    for r in all() {
        rows.time(r.ts).time(r.last).long(r.count).show(r.src).show(r.dst).opt(r.src_mac).int(r.src_port).int(r.dst_port);
        rows.text(&r.protocol).text(&r.function).text(r.category.name()).text(&r.target).opt(r.value.as_deref());
        rows.text(&r.outcome).long(r.frame).text(&packets(r)).end();
    }
    rows.finish("operation", of)
}

fn packets(operation: &Operation) -> String {
    operation.packets.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn measurements(batch: &Batch, of: &Common<'_>) -> Part {
    let all = || batch.measurements.rows().filter(|r| of.holds(r.ts));
    let mut rows = Rows::new("measurement", all().count());
    let mut last: (Option<Address>, String) = (None, String::new());
    for r in all() {
        if last.0 != Some(r.device) {
            last = (Some(r.device), r.device.to_string());
        }
        rows.time(r.ts)
            .text(&last.1)
            .text(r.protocol)
            .text(r.point)
            .real(r.value)
            .opt(r.text)
            .text(r.quality)
            .long(r.frame)
            .end();
    }
    rows.finish("measurement", of)
}

fn files(batch: &Batch, of: &Common<'_>) -> Part {
    let all = || batch.files.iter().filter(|r| of.holds(r.ts));
    let mut rows = Rows::new("file", all().count());
    for r in all() {
        rows.time(r.ts).show(r.src).show(r.dst).text(&r.protocol).text(&r.name).opt_long(r.size).long(r.frame).end();
    }
    rows.finish("file", of)
}

fn anomalies(batch: &Batch, of: &Common<'_>) -> Part {
    let all = || batch.anomalies.iter().filter(|r| of.holds(r.ts));
    let mut rows = Rows::new("anomaly", all().count());
    for r in all() {
        rows.time(r.ts).time(r.last).long(r.count).show(r.src).show(r.dst).int(r.port).text(&r.protocol).text(&r.kind);
        rows.text(&r.detail).long(r.frame).opt(r.packet).end();
    }
    rows.finish("anomaly", of)
}

fn credentials(batch: &Batch, of: &Common<'_>) -> Part {
    let all = || batch.credentials.iter().filter(|r| of.holds(r.ts));
    let mut rows = Rows::new("credential", all().count());
    for r in all() {
        rows.time(r.ts).show(r.src).show(r.dst).int(r.port).text(&r.protocol).text(&r.scheme).opt(r.user.as_deref());
        rows.long(r.frame).opt(r.packet).end();
    }
    rows.finish("credential", of)
}

fn coverage(batch: &Batch, of: &Common<'_>) -> Part {
    let all = || batch.coverage.iter().filter(|r| of.holds(r.ts));
    let mut rows = Rows::new("coverage", all().count());
    for r in all() {
        let protocols = serde_json::to_string(&r.protocols).unwrap_or_default();
        rows.time(r.ts).text(&r.segment).long(r.packets).long(r.bytes).long(r.parsed).long(r.not_parsed).long(r.dropped);
        rows.long(r.one_sided).long(r.encrypted).long(r.damaged).long(r.evicted).text(&protocols).end();
    }
    rows.finish("coverage", of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{Coverage, Measurement};
    use arrow_array::Array;
    use arrow_array::cast::AsArray;

    #[test]
    fn every_table_has_its_columns_filled_and_a_part_one_day() {
        let measurement = |ts: i64| Measurement {
            ts: Timestamp(ts),
            device: "10.0.0.1".parse().unwrap(),
            protocol: "modbus".into(),
            point: "holding_register 1".into(),
            value: f64::NAN,
            text: None,
            quality: "good".into(),
            frame: 7,
        };
        let midnight = 20_000 * DAY;
        let measurements = [midnight, midnight - 1, midnight + 5].map(measurement).into_iter().collect();
        let coverage = vec![Coverage { ts: Timestamp(midnight - 2), ..Coverage::default() }];
        let batch = Batch { measurements, coverage, ..Batch::default() };
        let parts = record_batches("s", "x", &batch);
        let day = |rows: &RecordBatch| common(rows, "day").to_owned();
        assert_eq!(
            parts.iter().map(|(name, rows)| (*name, rows.num_rows(), day(rows))).collect::<Vec<_>>(),
            [
                ("measurement", 1, "2024-10-03".to_owned()),
                ("coverage", 1, "2024-10-03".to_owned()),
                ("measurement", 2, "2024-10-04".to_owned()),
            ]
        );
        for (table, rows) in &parts {
            let whole = whole(rows).unwrap();
            assert_eq!(Some(whole.schema()), schema(table));
            let shared = ["site", "sensor", "day"].map(|name| whole.column_by_name(name).unwrap().as_string::<i32>().clone());
            assert!(shared.iter().all(|column| column.len() == rows.num_rows()));
            assert_eq!(shared.each_ref().map(|column| column.value(0)), ["s", "x", common(rows, "day")]);
        }
        assert!(TABLES.iter().all(|t| schema(t).is_some()));
    }

    #[test]
    fn every_row_has_its_day_or_the_newest() {
        let days = |days: &[i64]| -> Vec<(String, usize)> {
            let coverage = days.iter().map(|day| Coverage { ts: Timestamp(day * DAY), ..Coverage::default() }).collect();
            let parts = record_batches("s", "x", &Batch { coverage, ..Batch::default() });
            let day = |rows: &RecordBatch| common(rows, "day").to_owned();
            parts.iter().map(|(_, rows)| (day(rows), rows.num_rows())).collect()
        };
        let of = |day: i64| Timestamp(day * DAY).day();
        assert_eq!(days(&[20_001, 0, 20_000, 20_001]), [(of(0), 1), (of(20_000), 1), (of(20_001), 2)], "a clock stood at 1970");
        let many: Vec<i64> = (0..1_000).map(|n| n * 3).collect();
        let told = days(&many);
        assert_eq!((told.len(), told.iter().map(|(_, rows)| rows).sum::<usize>()), (DAYS_MAX, 1_000));
        assert_eq!(told.last(), Some(&(of(2_997), 1_000 - DAYS_MAX + 1)));
    }
}
