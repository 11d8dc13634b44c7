//! State as the hub and people use it.

use super::*;
use wf_model::Timestamp;
use wf_model::api::{SessionRecord, User, UserRecord};
use wf_model::asset::{Asset, AssetDetail, AssetOverride};
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
async fn an_acknowledgement_that_ran_out_is_given_anew_to_all() {
    let (_folder, state) = state().await;
    state.apply(Changes { findings: vec![a_finding("f-1", 1)], ..Changes::default() }).await.unwrap();
    let act = FindingAct { act: "acknowledge".into(), reason: "why".into(), until: Some("2999-01-01T00:00:00Z".into()) };
    let all = ListQuery::default();
    assert_eq!(state.act_on_findings(&all, &act, "ann").await.unwrap(), 1);
    assert_eq!(state.act_on_findings(&all, &act, "ann").await.unwrap(), 0, "it holds");
    sqlx::query("UPDATE finding SET handled_until = 5").execute(&state.pool).await.unwrap();
    assert_eq!(state.act_on_findings(&all, &act, "ann").await.unwrap(), 1);
    let acts = state.audit_log(&all).await.unwrap().items;
    assert_eq!((acts.len(), state.verify_audit().await.unwrap()), (3, None), "every act is in the record");
}

#[tokio::test]
async fn whoever_was_barred_meanwhile_is_not_let_in() {
    let (_folder, state) = state().await;
    let user = User { name: "ann".into(), role: "viewer".into(), created: Timestamp(1), last_login: None, enabled: true };
    let record = UserRecord { user, password_hash: "h1".into() };
    let session = |token: &str| SessionRecord {
        token_hash: token.into(),
        user: "ann".into(),
        csrf: "c".into(),
        expires: Timestamp(i64::MAX),
    };
    state.put_user(&record).await.unwrap();
    assert!(state.log_in(&record, &session("t1")).await.unwrap());
    assert!(state.user("ann").await.unwrap().unwrap().user.last_login.is_some());
    let changes: [fn(&mut UserRecord); 3] =
        [|r| r.user.enabled = false, |r| r.password_hash = "h2".into(), |r| r.user.role = "admin".into()];
    for change in changes {
        let mut changed = record.clone();
        change(&mut changed);
        state.put_user(&changed).await.unwrap();
        assert!(!state.log_in(&record, &session("t2")).await.unwrap());
        assert!(state.session("t1").await.unwrap().is_none() && state.session("t2").await.unwrap().is_none());
        let found = state.user("ann").await.unwrap().unwrap();
        assert_eq!(
            (found.user.enabled, found.password_hash),
            (changed.user.enabled, changed.password_hash),
            "it stays as changed"
        );
    }
    state.delete_user("ann").await.unwrap();
    assert!(!state.log_in(&record, &session("t3")).await.unwrap() && state.user("ann").await.unwrap().is_none());
}

#[tokio::test]
async fn words_on_an_asset_add_up() {
    let (_folder, state) = state().await;
    let word = |name: Option<&str>, role: Option<&str>| AssetOverride {
        name: name.map(str::to_owned),
        role: role.map(str::to_owned),
        ..AssetOverride::default()
    };
    state.put_override("a-1", &word(Some("Boiler"), None), "ann").await.unwrap();
    state.put_override("a-1", &word(None, Some("rtu")), "bob").await.unwrap();
    assert_eq!(state.overrides().await.unwrap(), [("a-1".into(), word(Some("Boiler"), Some("rtu")), "bob".into())]);
    assert_eq!(state.audit_log(&ListQuery::default()).await.unwrap().items.len(), 2);
}

#[tokio::test]
async fn assets_are_found_by_protocol_and_by_what_they_were() {
    let (_folder, state) = state().await;
    let speaks = |id: &str, protocols: &[&str]| {
        let protocols = protocols.iter().map(|p| (*p).to_owned()).collect();
        let asset = Asset { id: id.into(), name: "arp".into(), role: "controller".into(), protocols, ..Asset::default() };
        AssetDetail { asset: asset.into(), attributes: Vec::new() }
    };
    let assets = vec![speaks("a-1", &["omron_fins", "arp"]), speaks("a-2", &["omronXfins"]), speaks("a-3", &[])];
    state.apply(Changes { assets, ..Changes::default() }).await.unwrap();
    for (protocol, expected) in [("omron_fins", vec!["a-1"]), ("arp", vec!["a-1"]), ("fins", vec![]), ("%", vec![])] {
        let query = ListQuery { protocol: Some(protocol.into()), ..ListQuery::default() };
        let found: Vec<String> = state.assets(&query).await.unwrap().items.into_iter().map(|a| a.id).collect();
        assert_eq!(found, expected, "{protocol}");
    }
    for (old, id) in [("a-0", "a-2"), ("a-2", "a-1")] {
        state.apply(Changes { removed_assets: vec![(old.into(), id.into())], ..Changes::default() }).await.unwrap();
    }
    assert_eq!(state.asset("a-0").await.unwrap().asset.id, "a-1");
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
