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

fn waiting(batches: Vec<Sequenced>) -> Waiting {
    Waiting { journal_id: "j".into(), batches }
}

fn nothing() -> Waiting {
    waiting(Vec::new())
}

async fn count(lake: &Lake, table: &str, waiting: Waiting) -> u64 {
    let result = lake.query(&format!("SELECT count(*) FROM {table}"), waiting, 10).await.unwrap();
    result.rows[0][0].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_many_days_are_one_commit() {
    let (_folder, lake) = lake().await;
    let mut many = batch(1, 3);
    let first = many.operations[0].clone();
    many.operations = (0..60).map(|day| Operation { ts: Timestamp((20_000 + day % 40) * DAY), ..first.clone() }).collect();
    lake.append(vec![(1, wf_model::schema::record_batches("s", "x", &many))], "j").await.unwrap();
    lake.append(vec![(1, wf_model::schema::record_batches("s", "x", &many))], "j").await.unwrap();
    let result = lake.query("SELECT count(*), count(DISTINCT day) FROM operation", nothing(), 10).await.unwrap();
    assert_eq!(result.rows[0], [60, 40]);
    assert_eq!(lake.table("operation").await.unwrap().unwrap().version(), Some(1), "made, then written to once");
}

#[tokio::test(flavor = "multi_thread")]
async fn given_again_nothing_is_doubled() {
    let (_folder, lake) = lake().await;
    assert_eq!(count(&lake, "operation", nothing()).await, 0);
    lake.append(vec![parts(1, 3), parts(2, 4)], "j").await.unwrap();
    assert_eq!((lake.committed("j").await.unwrap(), count(&lake, "operation", nothing()).await), (2, 7));
    lake.append(vec![parts(1, 3), parts(2, 4), parts(3, 5)], "j").await.unwrap();
    assert_eq!(count(&lake, "operation", nothing()).await, 12);
    // A crash between two tables: operations of 4 are there, measurements are not, progress says 3.
    let (sequence, rows) = parts(4, 2);
    let only_operations = rows.iter().filter(|(t, _)| *t == "operation").map(|(_, r)| (sequence, r.clone())).collect();
    lake.append_to("operation", only_operations, "j").await.unwrap();
    lake.append(vec![(sequence, rows), parts(5, 1)], "j").await.unwrap();
    for table in ["operation", "measurement"] {
        assert_eq!(count(&lake, table, nothing()).await, 15, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pending_rows_are_seen_and_so_are_another_programs() {
    let (folder, lake) = lake().await;
    lake.append(vec![parts(1, 3)], "j").await.unwrap();
    assert_eq!(count(&lake, "measurement", waiting(vec![parts(2, 4)])).await, 7);
    let other = Lake::open_existing(&folder.path().join("lake")).await.unwrap();
    assert_eq!(count(&other, "operation", nothing()).await, 3);
    lake.append(vec![parts(2, 4)], "j").await.unwrap();
    assert_eq!(count(&other, "operation", nothing()).await, 7);
    let query = ListQuery { category: Some("acts".into()), q: Some("register".into()), limit: Some(3), ..ListQuery::default() };
    let page = other.operations(&query, Some(&["10.0.0.9".into()]), waiting(vec![parts(3, 2)])).await.unwrap();
    assert_eq!((page.items.len(), page.items[0].target.as_str()), (3, "holding_register 0"));
    assert_eq!(page.items[0].packets, [wf_model::PacketId([7; 16])]);
    let points = other.points(&["10.0.0.1".into()], nothing()).await.unwrap();
    assert_eq!((points[0].changes, points[0].min, points[0].max, points[0].last), (7, Some(0.0), Some(3.0), Some(3.0)));
    let series = other.series(&["10.0.0.1".into()], "holding_register 1", None, None, nothing()).await.unwrap();
    assert!(series.times.is_sorted() && series.times.len() == 7);
    let hostile = ListQuery { q: Some("' OR 1=1 --".into()), ..ListQuery::default() };
    assert!(other.operations(&hostile, None, nothing()).await.unwrap().items.is_empty());
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
        let error = lake.query(wrong, nothing(), 10).await.unwrap_err();
        assert!(matches!(error, LakeError::Query(_)), "{wrong}: {error}");
    }
    let result = lake.query("SELECT ts, value, count FROM operation ORDER BY frame", nothing(), 2).await.unwrap();
    assert!(result.truncated && result.rows.len() == 2);
    assert_eq!(result.rows[0][0], "2024-10-04T00:01:40.000000Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_committed_counts_once() {
    let (_folder, lake) = lake().await;
    lake.append(vec![parts(1, 3), parts(2, 4)], "j").await.unwrap();
    // The hub still holds the rows of 1 and 2 when somebody asks; 3 has not reached the lake.
    let held = || waiting(vec![parts(1, 3), parts(2, 4), parts(3, 5)]);
    assert_eq!(count(&lake, "operation", held()).await, 12);
    // A commit that got as far as one of two tables.
    let only: Vec<Sequenced> = vec![(3, parts(3, 5).1.into_iter().filter(|(t, _)| *t == "operation").collect())];
    lake.append_to("operation", only.into_iter().flat_map(|(s, p)| p.into_iter().map(move |(_, r)| (s, r))).collect(), "j")
        .await
        .unwrap();
    for table in ["operation", "measurement"] {
        assert_eq!(count(&lake, table, held()).await, 12, "{table}");
    }
    // Another journal's sequences say nothing about this one's.
    let other = Waiting { journal_id: "k".into(), batches: vec![parts(1, 3)] };
    assert_eq!(count(&lake, "operation", other).await, 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_join_without_gap_or_repetition() {
    let (_folder, lake) = lake().await;
    let mut same = batch(1, 40);
    for operation in &mut same.operations {
        operation.ts = Timestamp(20_000 * DAY + i64::try_from(operation.frame / 7).unwrap() * SECOND);
        operation.frame = 1;
    }
    lake.append(vec![(1, wf_model::schema::record_batches("s", "x", &same))], "j").await.unwrap();
    for sort in ["ts", "-ts"] {
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let query = ListQuery { sort: Some(sort.into()), limit: Some(6), cursor, ..ListQuery::default() };
            let page = lake.operations(&query, None, nothing()).await.unwrap();
            seen.extend(page.items.into_iter().map(|o| o.target));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        seen.sort();
        let all = seen.len();
        seen.dedup();
        assert_eq!((all, seen.len()), (40, 40), "{sort}");
    }
    let wrong = ListQuery { cursor: Some("x".into()), ..ListQuery::default() };
    assert!(lake.operations(&wrong, None, nothing()).await.unwrap_err().to_string().contains("cursor"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_an_older_version_is_read_and_written_on() {
    let (_folder, lake) = lake().await;
    let (_, rows) = parts(1, 3);
    let older: Vec<(u64, RecordBatch)> = rows
        .into_iter()
        .filter(|(table, _)| *table == "operation")
        .map(|(_, rows)| {
            let kept: Vec<usize> = (0..rows.num_columns()).filter(|at| rows.schema().field(*at).name() != "packets").collect();
            (1, rows.project(&kept).unwrap())
        })
        .collect();
    lake.append_to("operation", older, "j").await.unwrap();
    assert_eq!(count(&lake, "operation", waiting(vec![parts(2, 4)])).await, 7);
    lake.append(vec![parts(2, 4)], "j").await.unwrap();
    let result = lake.query("SELECT count(*), count(packets) FROM operation", nothing(), 10).await.unwrap();
    assert_eq!(result.rows[0], [7, 4]);
    // And the other way: an older program goes on with a table that a newer one has added to.
    let older = parts(3, 2).1.into_iter().filter(|(table, _)| *table == "operation").map(|(_, rows)| {
        let kept: Vec<usize> = (0..rows.num_columns()).filter(|at| rows.schema().field(*at).name() != "packets").collect();
        (3, rows.project(&kept).unwrap())
    });
    lake.append_to("operation", older.collect(), "j").await.unwrap();
    let result = lake.query("SELECT count(*), count(packets) FROM operation", nothing(), 10).await.unwrap();
    assert_eq!(result.rows[0], [9, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn compacted_and_retained_by_day() {
    let (folder, lake) = lake().await;
    for sequence in 1..=4 {
        lake.append(vec![parts(sequence * 1_000, 50)], "j").await.unwrap();
    }
    lake.compact().await.unwrap();
    assert_eq!(count(&lake, "operation", nothing()).await, 200);
    let before = lake.days().await.unwrap().len();
    assert!(lake.retain("2024-10-06", u64::MAX).await.unwrap());
    assert!(!lake.retain("2024-10-06", u64::MAX).await.unwrap(), "nothing more to drop");
    let left = lake.days().await.unwrap().len();
    assert!(left < before, "{before} days, none was dropped in {:?}", folder.path());
    lake.retain("2000-01-01", 1).await.unwrap();
    assert_eq!(lake.days().await.unwrap().len(), 1, "the newest day stays");
    assert!(count(&lake, "operation", nothing()).await > 0);
}
