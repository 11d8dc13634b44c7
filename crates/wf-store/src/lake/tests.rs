//! The lake as the hub and people use it.

use super::*;
use wf_model::observation::{Batch, Category, Measurement, Operation};
use wf_model::page::ListQuery;
use wf_model::{Text, Timestamp, time::DAY, time::SECOND};

fn batch(sequence: i64, rows: i64) -> Batch {
    let operation = |n: i64| Operation {
        ts: Timestamp(20_000 * DAY + (sequence * 100 + n) * SECOND),
        last: Timestamp(20_000 * DAY),
        count: 1,
        src: "10.0.0.9".parse().unwrap(),
        dst: "10.0.0.1".parse().unwrap(),
        src_mac: None,
        src_port: 5,
        dst_port: 502,
        protocol: Text::Borrowed("modbus"),
        function: Text::Borrowed("write_single_register"),
        category: if n % 2 == 0 { Category::Write } else { Category::Read },
        target: format!("holding_register {n}"),
        value: Some("it's 5".into()),
        outcome: Text::Borrowed("ok"),
        frame: n.unsigned_abs(),
        packets: vec![wf_model::PacketId([7; 16])],
    };
    let measurement = |n: i64| Measurement {
        ts: Timestamp(20_000 * DAY + (sequence * 100 + n) * SECOND),
        device: "10.0.0.1".parse().unwrap(),
        protocol: Text::Borrowed("modbus"),
        point: "holding_register 1".into(),
        value: n as f64,
        text: None,
        quality: Text::Borrowed("good"),
        frame: 1,
    };
    Batch {
        operations: (0..rows).map(operation).collect(),
        measurements: (0..rows).map(measurement).collect(),
        ..Batch::default()
    }
}

fn parts(sequence: i64, rows: i64) -> Sequenced {
    (sequence.unsigned_abs(), wf_model::schema::record_batches("s", "x", &batch(sequence, rows)))
}

async fn lake() -> (tempfile::TempDir, Lake) {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(&folder.path().join("lake")).await.unwrap();
    (folder, lake)
}

async fn count(lake: &Lake, table: &str, pending: Vec<(&'static str, RecordBatch)>) -> u64 {
    let result = lake.query(&format!("SELECT count(*) FROM {table}"), pending, 10).await.unwrap();
    result.rows[0][0].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn given_again_nothing_is_doubled() {
    let (_folder, lake) = lake().await;
    assert_eq!(count(&lake, "operation", Vec::new()).await, 0);
    lake.append(vec![parts(1, 3), parts(2, 4)], "j").await.unwrap();
    assert_eq!((lake.committed("j").await.unwrap(), count(&lake, "operation", Vec::new()).await), (2, 7));
    lake.append(vec![parts(1, 3), parts(2, 4), parts(3, 5)], "j").await.unwrap();
    assert_eq!(count(&lake, "operation", Vec::new()).await, 12);
    // A crash between two tables: operations of 4 are there, measurements are not, progress says 3.
    let (sequence, rows) = parts(4, 2);
    let only_operations = rows.iter().filter(|(t, _)| *t == "operation").map(|(_, r)| (sequence, r.clone())).collect();
    lake.append_to("operation", only_operations, "j").await.unwrap();
    lake.append(vec![(sequence, rows), parts(5, 1)], "j").await.unwrap();
    for table in ["operation", "measurement"] {
        assert_eq!(count(&lake, table, Vec::new()).await, 15, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pending_rows_are_seen_and_so_are_another_programs() {
    let (folder, lake) = lake().await;
    lake.append(vec![parts(1, 3)], "j").await.unwrap();
    let pending = parts(2, 4).1;
    assert_eq!(count(&lake, "measurement", pending.clone()).await, 7);
    let other = Lake::open_existing(&folder.path().join("lake")).await.unwrap();
    assert_eq!(count(&other, "operation", Vec::new()).await, 3);
    lake.append(vec![parts(2, 4)], "j").await.unwrap();
    assert_eq!(count(&other, "operation", Vec::new()).await, 7);
    let query = ListQuery { category: Some("acts".into()), q: Some("register".into()), limit: Some(3), ..ListQuery::default() };
    let page = other.operations(&query, Some(&["10.0.0.9".into()]), parts(3, 2).1).await.unwrap();
    assert_eq!((page.items.len(), page.next.as_deref(), page.items[0].target.as_str()), (3, Some("3"), "holding_register 0"));
    assert_eq!(page.items[0].packets, [wf_model::PacketId([7; 16])]);
    let points = other.points(&["10.0.0.1".into()], Vec::new()).await.unwrap();
    assert_eq!((points[0].changes, points[0].min, points[0].max, points[0].last), (7, Some(0.0), Some(3.0), Some(3.0)));
    let series = other.series(&["10.0.0.1".into()], "holding_register 1", None, None, Vec::new()).await.unwrap();
    assert!(series.times.is_sorted() && series.times.len() == 7);
    let hostile = ListQuery { q: Some("' OR 1=1 --".into()), ..ListQuery::default() };
    assert!(other.operations(&hostile, None, Vec::new()).await.unwrap().items.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_reading_and_in_words() {
    let (_folder, lake) = lake().await;
    lake.append(vec![parts(1, 3)], "j").await.unwrap();
    for wrong in [
        "DROP TABLE operation",
        "INSERT INTO operation VALUES (1)",
        "CREATE TABLE x AS SELECT 1",
        "COPY operation TO 'x'",
        "SELECT nothing FROM nowhere",
        "SELEC",
        "SET a = 1",
    ] {
        let error = lake.query(wrong, Vec::new(), 10).await.unwrap_err();
        assert!(matches!(error, LakeError::Query(_)), "{wrong}: {error}");
    }
    let result = lake.query("SELECT ts, value, count FROM operation ORDER BY frame", Vec::new(), 2).await.unwrap();
    assert!(result.truncated && result.rows.len() == 2);
    assert_eq!(result.rows[0][0], "2024-10-04T00:01:40.000000Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn compacted_and_retained_by_day() {
    let (folder, lake) = lake().await;
    for sequence in 1..=4 {
        lake.append(vec![parts(sequence * 1_000, 50)], "j").await.unwrap();
    }
    lake.compact().await.unwrap();
    assert_eq!(count(&lake, "operation", Vec::new()).await, 200);
    let days =
        |lake: &Lake| files(&lake.dir.join("operation")).into_iter().filter_map(|(day, _)| day).collect::<BTreeSet<_>>().len();
    let before = days(&lake);
    lake.retain("2024-10-06", u64::MAX).await.unwrap();
    assert!(days(&lake) < before, "{before} days, none was dropped in {:?}", folder.path());
    lake.retain("2000-01-01", 1).await.unwrap();
    assert_eq!(days(&lake), 1, "the newest day stays");
    assert!(count(&lake, "operation", Vec::new()).await > 0);
}
