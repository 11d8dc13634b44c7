//! A floor with nothing on it but users and sessions: what door tests need.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::sync::Mutex;
use wf_model::api::*;
use wf_model::asset::{Asset, AssetDetail, AssetOverride};
use wf_model::conversation::Conversation;
use wf_model::finding::{Finding, FindingAct};
use wf_model::observation::{KeptPacket, Measurement, Operation};
use wf_model::page::{ListQuery, Page};
use wf_model::plant::PlantModel;
use wf_model::{PacketId, Timestamp};

/// Users and sessions; everything else is empty or not found.
#[derive(Default)]
pub struct EmptyFloor {
    users: Mutex<HashMap<String, UserRecord>>,
    sessions: Mutex<HashMap<String, SessionRecord>>,
}

impl EmptyFloor {
    /// Adds a user.
    pub fn add_user(&self, name: &str, role: &str, hash: &str) {
        let user = User { name: name.into(), role: role.into(), enabled: true, ..User::default() };
        self.users.lock().unwrap().insert(name.into(), UserRecord { user, password_hash: hash.into() });
    }
}

fn answer<'a, T: Send + 'a>(value: T) -> Answer<'a, T> {
    Box::pin(std::future::ready(Ok(value)))
}

fn missing<'a, T: Send + 'a>(what: &str) -> Answer<'a, T> {
    Box::pin(std::future::ready(Err(ApiError::NotFound(what.to_owned()))))
}

impl Floor for EmptyFloor {
    fn status(&self) -> Answer<'_, Status> {
        answer(Default::default())
    }
    fn assets(&self, _: ListQuery) -> Answer<'_, Page<Asset>> {
        answer(Default::default())
    }
    fn asset(&self, _: String) -> Answer<'_, AssetDetail> {
        missing("it")
    }
    fn override_asset(&self, _: String, _: AssetOverride, _: String) -> Answer<'_, AssetDetail> {
        missing("it")
    }
    fn conversations(&self, _: ListQuery) -> Answer<'_, Page<Conversation>> {
        answer(Default::default())
    }
    fn operations(&self, _: ListQuery) -> Answer<'_, Page<Operation>> {
        answer(Page { items: Vec::new(), next: None, total: None })
    }
    fn points(&self, _: String) -> Answer<'_, Vec<PointInfo>> {
        answer(Default::default())
    }
    fn series(&self, _: String, _: String, _: Option<Timestamp>, _: Option<Timestamp>) -> Answer<'_, Series> {
        missing("it")
    }
    fn measurements(&self, _: ListQuery) -> Answer<'_, Page<Measurement>> {
        answer(Page { items: Vec::new(), next: None, total: None })
    }
    fn findings(&self, _: ListQuery) -> Answer<'_, Page<Finding>> {
        answer(Page { items: Vec::new(), next: None, total: None })
    }
    fn finding(&self, _: String) -> Answer<'_, Finding> {
        missing("it")
    }
    fn act_on_finding(&self, _: String, _: FindingAct, _: String) -> Answer<'_, Finding> {
        missing("it")
    }
    fn act_on_findings(&self, _: ListQuery, _: FindingAct, _: String) -> Answer<'_, u64> {
        answer(Default::default())
    }
    fn map(&self, _: Vec<String>) -> Answer<'_, MapView> {
        answer(Default::default())
    }
    fn coverage(&self) -> Answer<'_, Vec<CoverageRow>> {
        answer(Default::default())
    }
    fn packet(&self, _: PacketId) -> Answer<'_, KeptPacket> {
        missing("it")
    }
    fn packet_view(&self, _: PacketId) -> Answer<'_, PacketView> {
        missing("it")
    }
    fn packets_pcapng(&self, _: Vec<PacketId>) -> Answer<'_, Vec<u8>> {
        missing("it")
    }
    fn query(&self, _: String, _: usize) -> Answer<'_, QueryResult> {
        answer(Default::default())
    }
    fn plant(&self) -> Answer<'_, Option<PlantModel>> {
        answer(Default::default())
    }
    fn set_plant(&self, plant: PlantModel, _: String) -> Answer<'_, PlantModel> {
        answer(plant)
    }
    fn users(&self) -> Answer<'_, Vec<User>> {
        answer(self.users.lock().unwrap().values().map(|r| r.user.clone()).collect())
    }
    fn user(&self, name: String) -> Answer<'_, Option<UserRecord>> {
        answer(self.users.lock().unwrap().get(&name).cloned())
    }
    fn put_user(&self, record: UserRecord, _: String) -> Answer<'_, ()> {
        self.users.lock().unwrap().insert(record.user.name.clone(), record);
        answer(())
    }
    fn delete_user(&self, name: String, _: String) -> Answer<'_, ()> {
        self.users.lock().unwrap().remove(&name);
        answer(())
    }
    fn log_in(&self, _: UserRecord, session: SessionRecord) -> Answer<'_, bool> {
        self.sessions.lock().unwrap().insert(session.token_hash.clone(), session);
        answer(true)
    }
    fn session(&self, token_hash: String) -> Answer<'_, Option<SessionRecord>> {
        answer(self.sessions.lock().unwrap().get(&token_hash).cloned())
    }
    fn end_session(&self, token_hash: String) -> Answer<'_, ()> {
        self.sessions.lock().unwrap().remove(&token_hash);
        answer(())
    }
    fn audit(&self, _: String, _: String, _: String, _: String) -> Answer<'_, ()> {
        answer(())
    }
    fn audit_log(&self, _: ListQuery) -> Answer<'_, Page<AuditEntry>> {
        answer(Default::default())
    }
    fn live(&self, _: u64) -> Answer<'_, LiveEvent> {
        answer(LiveEvent { id: 1, topics: Vec::new() })
    }
    fn metrics(&self) -> Answer<'_, String> {
        answer(String::new())
    }
    fn ready(&self) -> Answer<'_, bool> {
        answer(true)
    }
}
