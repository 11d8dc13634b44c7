//! Typed reads: operations, measurements, points and series.

use super::thin::{SERIES_MAX, Thinned};
use super::{Lake, LakeError, Waiting};
use datafusion::functions_aggregate::expr_fn::{count, last_value, max, min};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::prelude::{DataFrame, Expr, col, lit};
use datafusion::scalar::ScalarValue;
use futures::StreamExt;
use serde_json::{Map, Value};
use wf_model::api::{PointInfo, Series};
use wf_model::observation::{Category, Measurement, Operation};
use wf_model::page::{ListQuery, Page};
use wf_model::{Address, Text, Timestamp};

/// Points of a device that are listed.
const POINTS_MAX: usize = 5_000;

fn fail(error: impl ToString) -> LakeError {
    LakeError::Query(format!("the lake cannot be read: {}", error.to_string().lines().next().unwrap_or_default()))
}

fn any_of(column: &str, values: &[String]) -> Expr {
    col(column).in_list(values.iter().map(|v| lit(v.clone())).collect(), false)
}

fn at(ts: Timestamp) -> Expr {
    Expr::Literal(ScalarValue::TimestampMicrosecond(Some(ts.0), Some("UTC".into())), None)
}

fn time(name: &str, text: Option<&String>) -> Result<Option<Timestamp>, LakeError> {
    let Some(text) = text.filter(|t| !t.is_empty()) else { return Ok(None) };
    Timestamp::parse(text).map(Some).ok_or_else(|| LakeError::Query(format!("{name}: '{text}' is not an RFC 3339 time")))
}

/// `column` holds `text`, in any case.
fn holds(column: &str, text: &str) -> Expr {
    let escaped = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let lowered = Expr::ScalarFunction(ScalarFunction::new_udf(datafusion::functions::string::lower(), vec![col(column)]));
    lowered.like(lit(format!("%{escaped}%")))
}

fn times(mut frame: DataFrame, query: &ListQuery) -> Result<DataFrame, LakeError> {
    if let Some(from) = time("from", query.from.as_ref())? {
        frame = frame.filter(col("ts").gt_eq(at(from))).map_err(fail)?;
    }
    if let Some(to) = time("to", query.to.as_ref())? {
        frame = frame.filter(col("ts").lt_eq(at(to))).map_err(fail)?;
    }
    Ok(frame)
}

/// Rows as JSON objects by column name.
async fn objects(frame: DataFrame) -> Result<Vec<Map<String, Value>>, LakeError> {
    let batches = frame.collect().await.map_err(fail)?;
    let mut rows = Vec::new();
    for batch in &batches {
        let shape = batch.schema();
        for row in 0..batch.num_rows() {
            let cells = shape.fields().iter().zip(batch.columns());
            rows.push(cells.map(|(field, column)| (field.name().clone(), super::query::value(column.as_ref(), row))).collect());
        }
    }
    Ok(rows)
}

fn text(row: &Map<String, Value>, name: &str) -> String {
    row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn number(row: &Map<String, Value>, name: &str) -> u64 {
    row.get(name).and_then(Value::as_u64).unwrap_or(0)
}

fn moment(row: &Map<String, Value>, name: &str) -> Timestamp {
    row.get(name).and_then(Value::as_str).and_then(Timestamp::parse).unwrap_or_default()
}

fn port(row: &Map<String, Value>, name: &str) -> u16 {
    u16::try_from(number(row, name)).unwrap_or(0)
}

fn operation(row: &Map<String, Value>) -> Option<Operation> {
    let address = |name: &str| text(row, name).parse::<Address>().ok();
    Some(Operation {
        ts: moment(row, "ts"),
        last: moment(row, "last"),
        count: number(row, "count"),
        src: address("src")?,
        dst: address("dst")?,
        src_mac: text(row, "src_mac").parse().ok(),
        src_port: port(row, "src_port"),
        dst_port: port(row, "dst_port"),
        protocol: Text::Owned(text(row, "protocol")),
        function: Text::Owned(text(row, "function")),
        category: Category::from_name(&text(row, "category"))?,
        target: text(row, "target"),
        value: row.get("value").and_then(Value::as_str).map(str::to_owned),
        outcome: Text::Owned(text(row, "outcome")),
        frame: number(row, "frame"),
        packets: text(row, "packets").split(',').filter_map(|id| id.parse().ok()).collect(),
    })
}

fn measurement(row: &Map<String, Value>) -> Option<Measurement> {
    Some(Measurement {
        ts: moment(row, "ts"),
        device: text(row, "device").parse().ok()?,
        protocol: Text::Owned(text(row, "protocol")),
        point: text(row, "point"),
        value: row.get("value").and_then(Value::as_f64).unwrap_or(f64::NAN),
        text: row.get("text").and_then(Value::as_str).map(str::to_owned),
        quality: Text::Owned(text(row, "quality")),
        frame: number(row, "frame"),
    })
}

/// Sorted, one page of it, with its cursor: the time where the page ended, and how many rows of that time were given. Rows
/// that come meanwhile move nothing. `order` tells rows of one packet apart.
async fn page<T>(
    mut frame: DataFrame,
    query: &ListQuery,
    order: &[&str],
    parse: impl Fn(&Map<String, Value>) -> Option<T>,
) -> Result<Page<T>, LakeError> {
    let ascending = match query.sort.as_deref().unwrap_or("") {
        "ts" => true,
        "" | "-ts" => false,
        other => return Err(LakeError::Query(format!("sort: '{other}' is none of ts, -ts"))),
    };
    let mut given = 0;
    let mut from = None;
    if let Some(cursor) = query.cursor.as_deref().filter(|c| !c.is_empty()) {
        let parsed = cursor.split_once('.').and_then(|(ts, skip)| Some((ts.parse().ok()?, skip.parse::<usize>().ok()?)));
        let (ts, skip) = parsed.ok_or_else(|| LakeError::Query("cursor: this is not a cursor of this list".into()))?;
        let edge = at(Timestamp(ts));
        frame = frame.filter(if ascending { col("ts").gt_eq(edge) } else { col("ts").lt_eq(edge) }).map_err(fail)?;
        (given, from) = (skip, Some(Timestamp(ts)));
    }
    let size = query.page_size() as usize;
    let keys = ["ts", "frame"].iter().chain(order).map(|name| col(*name).sort(ascending, false)).collect();
    let sorted = frame.sort(keys).map_err(fail)?;
    let mut rows = objects(sorted.limit(given, Some(size + 1)).map_err(fail)?).await?;
    let more = rows.len() > size;
    rows.truncate(size);
    let edge = rows.last().map(|row| moment(row, "ts")).filter(|_| more);
    let next = edge.map(|ts| {
        let same = rows.iter().rev().take_while(|row| moment(row, "ts") == ts).count();
        format!("{}.{}", ts.0, if from == Some(ts) { given + same } else { same })
    });
    Ok(Page { items: rows.iter().filter_map(parse).collect(), next, total: None })
}

impl Lake {
    async fn frame(&self, table: &'static str, waiting: Waiting) -> Result<DataFrame, LakeError> {
        let context = self.session(|name| name == table, waiting).await?;
        context.table(table).await.map_err(fail)
    }

    /// Operations by query; with `addresses`, only those from or to one of them.
    pub async fn operations(
        &self,
        query: &ListQuery,
        addresses: Option<&[String]>,
        waiting: Waiting,
    ) -> Result<Page<Operation>, LakeError> {
        let mut filters = Vec::new();
        if let Some(addresses) = addresses {
            filters.push(any_of("src", addresses).or(any_of("dst", addresses)));
        }
        for (column, value) in [("protocol", &query.protocol), ("site", &query.site)] {
            if let Some(value) = value.as_ref().filter(|v| !v.is_empty()) {
                filters.push(col(column).eq(lit(value.clone())));
            }
        }
        match query.category.as_deref().unwrap_or("") {
            "" => {}
            "acts" => filters.push(any_of(
                "category",
                &Category::ALL.iter().filter(|c| c.is_act()).map(|c| c.name().to_owned()).collect::<Vec<_>>(),
            )),
            name => {
                Category::from_name(name).ok_or_else(|| {
                    LakeError::Query(format!(
                        "category: '{name}' is none of read, write, control, program, configuration, diagnostic, acts"
                    ))
                })?;
                filters.push(col("category").eq(lit(name)));
            }
        }
        for word in query.q.as_deref().unwrap_or("").split_whitespace().take(8) {
            filters.push(
                ["src", "dst", "function", "target", "value", "outcome", "protocol"]
                    .iter()
                    .map(|c| holds(c, word))
                    .reduce(Expr::or)
                    .unwrap_or_else(|| lit(true)),
            );
        }
        let mut frame = times(self.frame("operation", waiting).await?, query)?;
        for filter in filters {
            frame = frame.filter(filter).map_err(fail)?;
        }
        page(frame, query, &["src", "dst", "function", "target", "value"], operation).await
    }

    /// Process values by query.
    pub async fn measurements(
        &self,
        query: &ListQuery,
        addresses: Option<&[String]>,
        waiting: Waiting,
    ) -> Result<Page<Measurement>, LakeError> {
        let mut frame = times(self.frame("measurement", waiting).await?, query)?;
        if let Some(addresses) = addresses {
            frame = frame.filter(any_of("device", addresses)).map_err(fail)?;
        }
        if let Some(protocol) = query.protocol.as_ref().filter(|p| !p.is_empty()) {
            frame = frame.filter(col("protocol").eq(lit(protocol.clone()))).map_err(fail)?;
        }
        for word in query.q.as_deref().unwrap_or("").split_whitespace().take(8) {
            frame = frame.filter(holds("point", word)).map_err(fail)?;
        }
        page(frame, query, &["device", "point", "value"], measurement).await
    }

    /// Points of a device, the liveliest first.
    pub async fn points(&self, addresses: &[String], waiting: Waiting) -> Result<Vec<PointInfo>, LakeError> {
        let frame = self.frame("measurement", waiting).await?.filter(any_of("device", addresses)).map_err(fail)?;
        let last = last_value(col("value"), vec![col("ts").sort(true, false)]).alias("latest");
        let figures =
            vec![count(lit(1)).alias("changes"), min(col("value")).alias("least"), max(col("value")).alias("greatest"), last];
        let frame = frame.aggregate(vec![col("point"), col("protocol")], figures).map_err(fail)?;
        let sorted = frame.sort(vec![col("changes").sort(false, false), col("point").sort(true, false)]).map_err(fail)?;
        let rows = objects(sorted.limit(0, Some(POINTS_MAX)).map_err(fail)?).await?;
        let real = |row: &Map<String, Value>, name: &str| row.get(name).and_then(Value::as_f64);
        let point = |row: &Map<String, Value>| PointInfo {
            point: text(row, "point"),
            protocol: text(row, "protocol"),
            changes: number(row, "changes"),
            min: real(row, "least"),
            max: real(row, "greatest"),
            last: real(row, "latest"),
        };
        Ok(rows.iter().map(point).collect())
    }

    /// The values of a point between two times, ascending.
    pub async fn series(
        &self,
        addresses: &[String],
        point: &str,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        waiting: Waiting,
    ) -> Result<Series, LakeError> {
        let mut frame = self.frame("measurement", waiting).await?.filter(any_of("device", addresses)).map_err(fail)?;
        frame = frame.filter(col("point").eq(lit(point))).map_err(fail)?;
        for filter in [from.map(|f| col("ts").gt_eq(at(f))), to.map(|t| col("ts").lt_eq(at(t)))].into_iter().flatten() {
            frame = frame.filter(filter).map_err(fail)?;
        }
        let frame = frame.select_columns(&["ts", "value", "protocol", "quality"]).map_err(fail)?;
        let about = vec![
            count(lit(1)).alias("rows"),
            min(col("ts")).alias("first"),
            max(col("ts")).alias("last"),
            min(col("protocol")).alias("protocol"),
        ];
        let about = objects(frame.clone().aggregate(Vec::new(), about).map_err(fail)?).await?;
        let about = about.first().cloned().unwrap_or_default();
        let mut thinned = match number(&about, "rows") {
            rows if rows <= SERIES_MAX as u64 => Thinned::whole(),
            _ => Thinned::between(moment(&about, "first").0, moment(&about, "last").0),
        };
        let mut stream = frame.execute_stream().await.map_err(fail)?;
        while let Some(batch) = stream.next().await {
            thinned.add(&batch.map_err(fail)?);
        }
        let (times, values) = thinned.finish();
        Ok(Series { point: point.to_owned(), protocol: text(&about, "protocol"), times, values })
    }
}
