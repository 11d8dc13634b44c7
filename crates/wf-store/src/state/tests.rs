//! State as the hub and people use it.

use super::*;
use wf_model::Timestamp;
use wf_model::asset::{Asset, AssetDetail};
use wf_model::finding;
use wf_model::finding::{Assessment, Finding, FindingAct, Priority};
use wf_model::observation::Coverage;
use wf_model::page::ListQuery;

async fn state() -> (tempfile::TempDir, State) {
    let folder = tempfile::tempdir().unwrap();
    let state = State::open(&folder.path().join("state.db")).await.unwrap();
    (folder, state)
}

fn asset(number: usize) -> AssetDetail {
    let role = if number.is_multiple_of(3) { "controller" } else { "hmi" };
    let asset = Asset {
        id: format!("a-{number:05}"),
        name: format!("n{:05}", number * 7919 % 10_000),
        role: role.into(),
        zone: Some(format!("z{}", number % 4)),
        ..Asset::default()
    };
    AssetDetail { asset: asset.into(), attributes: Vec::new() }
}

fn a_finding(id: &str, rank: u64) -> Finding {
    Finding {
        id: id.into(),
        site: "s".into(),
        rule: "scan".into(),
        title: format!("finding {id}"),
        priority: Priority::High,
        rank,
        time: Timestamp(5),
        first_time: Timestamp(1),
        assets: vec!["a-00001".into()],
        asset_names: vec!["plc".into()],
        actor: None,
        techniques: ["T0846".into()].into(),
        state: finding::State::Unacknowledged,
        count: 1,
        plant_sentence: String::new(),
        soc_sentence: String::new(),
        causes: Default::default(),
        actions: Vec::new(),
        minutes_to_respond: 10.0,
        evidence: Default::default(),
        assessment: Assessment::default(),
        handled_by: None,
        handled_reason: None,
        handled_at: None,
        handled_until: None,
    }
}

#[tokio::test]
async fn pages_hold_every_asset_once_in_order() {
    let (_folder, state) = state().await;
    let assets: Vec<AssetDetail> = (0..500).map(asset).collect();
    state.apply(Changes { assets, ..Changes::default() }).await.unwrap();
    for sort in ["name", "-name", "role", "-zone", "purdue_level", "last_seen"] {
        let mut query = ListQuery { sort: Some(sort.into()), limit: Some(37), ..ListQuery::default() };
        let mut seen = Vec::new();
        loop {
            let page = state.assets(&query).await.unwrap();
            assert_eq!(page.total, Some(500));
            seen.extend(page.items.into_iter().map(|a| (a.name, a.id)));
            query.cursor = page.next;
            if query.cursor.is_none() {
                break;
            }
        }
        let mut ids: Vec<&String> = seen.iter().map(|(_, id)| id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!((seen.len(), ids.len()), (500, 500), "{sort}");
        if sort == "name" {
            assert!(seen.is_sorted());
        }
    }
    let controllers = ListQuery { role: Some("controller".into()), zone: Some("z0".into()), ..ListQuery::default() };
    assert_eq!(state.assets(&controllers).await.unwrap().total, Some(42));
    for hostile in ["'; DROP TABLE asset; --", "%", "_", "\\"] {
        let query = ListQuery { q: Some(hostile.into()), ..ListQuery::default() };
        assert_eq!(state.assets(&query).await.unwrap().total, Some(0), "{hostile}");
    }
    for (sort, cursor) in [(Some("body; --"), None), (None, Some("zz")), (None, Some("61"))] {
        let query = ListQuery { sort: sort.map(str::to_owned), cursor: cursor.map(str::to_owned), ..ListQuery::default() };
        assert!(matches!(state.assets(&query).await, Err(StateError::Invalid(_))));
    }
}

#[tokio::test]
async fn applied_again_changes_nothing_twice() {
    let (_folder, state) = state().await;
    let delta = Coverage { segment: "x".into(), packets: 10, protocols: vec![("modbus".into(), 10)], ..Coverage::default() };
    let changes =
        |sequence| Changes { coverage: vec![("s".into(), delta.clone())], applied: Some(sequence), ..Changes::default() };
    for sequence in [1, 2, 2, 1, 3] {
        state.apply(changes(sequence)).await.unwrap();
    }
    assert_eq!(state.applied().await.unwrap(), 3);
    let rows = state.coverage().await.unwrap();
    assert_eq!((rows[0].packets, rows[0].protocols[0].packets), (30, 30));
}

#[tokio::test]
async fn what_people_decide_stays() {
    let (_folder, state) = state().await;
    state.apply(Changes { findings: vec![a_finding("f-1", 1), a_finding("f-2", 2)], ..Changes::default() }).await.unwrap();
    let act = |act: &str, reason: &str, until: Option<&str>| FindingAct {
        act: act.into(),
        reason: reason.into(),
        until: until.map(str::to_owned),
    };
    for wrong in [
        act("acknowledge", "", Some("2999-01-01T00:00:00Z")),
        act("acknowledge", "why", None),
        act("shelve", "why", Some("2001-01-01T00:00:00Z")),
        act("close", "why", None),
    ] {
        assert!(matches!(state.act_on_finding("f-1", &wrong, "ann").await, Err(StateError::Invalid(_))), "{wrong:?}");
    }
    let done =
        state.act_on_finding("f-1", &act("acknowledge", "planned work", Some("2999-01-01T00:00:00Z")), "ann").await.unwrap();
    assert_eq!((done.state, done.handled_by.as_deref()), (finding::State::Acknowledged, Some("ann")));
    state
        .apply(Changes {
            findings: vec![Finding { count: 9, ..a_finding("f-1", 2) }],
            ranks: vec![("f-1".into(), 7)],
            ..Changes::default()
        })
        .await
        .unwrap();
    let now = state.finding("f-1").await.unwrap();
    assert_eq!(
        (now.state, now.count, now.rank, now.handled_reason.as_deref()),
        (finding::State::Acknowledged, 9, 7, Some("planned work"))
    );
    assert_eq!(state.open_findings().await.unwrap(), [0, 0, 1, 0]);
    let open = ListQuery { state: Some("open".into()), ..ListQuery::default() };
    assert_eq!(state.act_on_findings(&open, &act("shelve", "known", Some("2999-01-01T00:00:00Z")), "bob").await.unwrap(), 1);
    assert_eq!(state.findings(&open).await.unwrap().total, Some(0));
    assert!(matches!(state.act_on_finding("f-9", &act("reopen", "", None), "ann").await, Err(StateError::NotFound(_))));
}

#[tokio::test]
async fn the_record_shows_tampering() {
    let (_folder, state) = state().await;
    for number in 0..5 {
        state.audit("ann", "finding.acknowledge", &format!("f-{number}"), "why").await.unwrap();
    }
    assert_eq!(state.verify_audit().await.unwrap(), None);
    assert_eq!(state.audit_log(&ListQuery::default()).await.unwrap().items[0].object, "f-4");
    sqlx::query("UPDATE audit SET user_name = 'bob' WHERE id = 3").execute(&state.pool).await.unwrap();
    assert_eq!(state.verify_audit().await.unwrap(), Some(3));
}
