//! What the page and the command line ask of a hub.

use crate::profiles::Sums;
use crate::{Hub, Source, lock, map, packet, worker};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::future::ready;
use std::sync::atomic::Ordering;
use wf_model::api::{
    Answer, ApiError, AuditEntry, CoverageRow, Floor, LiveEvent, MapView, PacketView, PointInfo, QueryResult, Series,
    SessionRecord, Status, User, UserRecord,
};
use wf_model::asset::{Asset, AssetDetail, AssetFacts, AssetOverride, AssetView, ROLES};
use wf_model::conversation::Conversation;
use wf_model::finding::{Finding, FindingAct};
use wf_model::observation::{KeptPacket, Measurement, Operation};
use wf_model::page::{ListQuery, Page};
use wf_model::plant::PlantModel;
use wf_model::{PacketId, Timestamp};
use wf_store::{EvidenceError, LakeError, StateError, Waiting};
use wf_wire::LinkType;

fn state_error(error: StateError) -> ApiError {
    match error {
        StateError::NotFound(what) => ApiError::NotFound(what),
        StateError::Invalid(what) => ApiError::Invalid(what),
        other => ApiError::Internal(other.to_string()),
    }
}

fn evidence_error(error: EvidenceError) -> ApiError {
    match error {
        EvidenceError::NotFound(_) => ApiError::NotFound(error.to_string()),
        EvidenceError::Io { .. } => ApiError::Internal(error.to_string()),
    }
}

fn lake_error(error: LakeError) -> ApiError {
    match error {
        LakeError::Query(what) => ApiError::Invalid(what),
        other => ApiError::Internal(other.to_string()),
    }
}

impl Hub {
    /// Has the worker store what follows from a person's word.
    async fn save(&self) -> Result<(), ApiError> {
        let queue = lock(&self.queue).clone();
        let Some(queue) = queue else {
            return Err(ApiError::Conflict("the program is ending: try again when it has been started anew".into()));
        };
        let (told, saved) = tokio::sync::oneshot::channel();
        let sent = queue.send(worker::Order::Save(told)).await;
        let ended = || ApiError::Internal(lock(&self.failed).clone().unwrap_or_else(|| "the hub has ended".into()));
        sent.map_err(|_| ended())?;
        saved.await.map_err(|_| ended())
    }

    fn waiting(&self) -> Waiting {
        lock(&self.pending).waiting()
    }

    /// The addresses of an asset, as the lake's rows name them.
    async fn addresses(&self, id: &str) -> Result<Vec<String>, ApiError> {
        let asset = self.state.asset(id).await.map_err(state_error)?.asset;
        let ips = asset.ips.iter().map(ToString::to_string);
        Ok(ips.chain(asset.macs.iter().map(ToString::to_string)).collect())
    }

    async fn asked_addresses(&self, query: &ListQuery) -> Result<Option<Vec<String>>, ApiError> {
        match query.asset.as_deref().filter(|a| !a.is_empty()) {
            Some(id) => self.addresses(id).await.map(Some),
            None => Ok(None),
        }
    }

    async fn status_now(&self) -> Result<Status, ApiError> {
        let (assets, conversations) = self.state.counts().await.map_err(state_error)?;
        let open_findings = self.state.open_findings().await.map_err(state_error)?;
        let intake = lock(&self.intake).clone();
        let (source, progress) = match intake.source {
            Source::Idle => ("idle", None),
            Source::Replay(share) => ("replay", Some(share)),
            Source::Live => ("live", None),
            Source::Done => ("done", None),
        };
        let backlog = lock(&self.pending).rows() as u64;
        let domain = lock(&self.domain);
        let site = domain.site().to_owned();
        Ok(Status {
            version: env!("CARGO_PKG_VERSION").into(),
            site_name: domain.plant.as_ref().map_or_else(|| site.clone(), |p| p.site.name.clone()),
            site,
            source: source.into(),
            progress,
            event_time: domain.event_time(),
            updated: intake.updated,
            learning_until: domain.learning_until(),
            assets,
            conversations,
            open_findings,
            backlog,
            warnings: intake.warnings,
            plant_model: domain.plant.is_some(),
        })
    }

    async fn override_now(&self, id: String, word: AssetOverride, by: String) -> Result<AssetDetail, ApiError> {
        let invalid = |text: String| Err(ApiError::Invalid(text));
        if let Some(role) = word.role.as_deref().filter(|r| !r.is_empty() && !ROLES.contains(r)) {
            return invalid(format!("role: '{role}' is none of {}", ROLES.join(", ")));
        }
        let level = word.purdue_level.as_deref().filter(|l| !l.is_empty());
        if let Some(level) = level.filter(|l| l.parse::<f64>().map_or(true, |l| !(0.0..=5.0).contains(&l))) {
            return invalid(format!("purdue_level: '{level}' is not a level from 0 to 5"));
        }
        let texts = [&word.name, &word.vendor, &word.model, &word.zone];
        if texts.into_iter().flatten().any(|t| t.len() > 200) {
            return invalid("a text is too long: 200 bytes at most".into());
        }
        let found = self.state.asset(&id).await.map_err(state_error)?.asset.id.clone();
        let gone = || ApiError::Conflict("this asset turned out to be another one meanwhile: look it up again".into());
        if lock(&self.domain).inventory.by_id(&found).is_none() {
            return Err(gone());
        }
        self.state.put_override(&found, &word, &by).await.map_err(state_error)?;
        if !lock(&self.domain).override_asset(&found, &word, &by) {
            return Err(gone());
        }
        self.save().await?;
        self.live.tell(["assets", "findings"]);
        self.state.asset(&found).await.map_err(state_error)
    }

    async fn map_now(&self, expand: Vec<String>) -> Result<MapView, ApiError> {
        let priorities = self.state.open_priorities().await.map_err(state_error)?;
        let priorities: BTreeMap<String, String> = priorities.into_iter().map(|(id, p)| (id, p.name().to_owned())).collect();
        let domain = lock(&self.domain);
        let names = domain.plant.iter().flat_map(|p| &p.zones).map(|z| (z.id.clone(), z.name.clone())).collect();
        let assets: Vec<AssetFacts<'_>> = domain.inventory.assets().map(Asset::facts).collect();
        let ends: Vec<(String, String, &Sums)> = domain
            .profiles()
            .iter()
            .filter_map(|profile| Some((profile.assets[0]?.to_string(), profile.assets[1]?.to_string(), &profile.sums)))
            .collect();
        let relations: Vec<map::Relation<'_>> = ends
            .iter()
            .map(|(client, server, sums)| map::Relation { client, server, protocol: &sums.protocol, forbidden: sums.forbidden })
            .collect();
        Ok(map::layout(&assets, &relations, &names, &priorities, &expand))
    }

    async fn set_plant_now(&self, plant: PlantModel, by: String) -> Result<PlantModel, ApiError> {
        wf_risk::plant::check(&plant).map_err(|e| ApiError::Invalid(e.to_string()))?;
        let site = self.site();
        if plant.site.id != site {
            return Err(ApiError::Invalid(format!(
                "site.id: this data directory holds the site '{site}', not '{}'",
                plant.site.id
            )));
        }
        let text = serde_json::to_string(&plant).map_err(|e| ApiError::Internal(e.to_string()))?;
        self.state.set_meta("plant", &text).await.map_err(state_error)?;
        lock(&self.domain).set_plant(plant.clone());
        self.save().await?;
        self.state
            .audit(
                &by,
                "plant.replace",
                &plant.site.id,
                &format!("{} functions, {} zones", plant.functions.len(), plant.zones.len()),
            )
            .await
            .map_err(state_error)?;
        self.live.tell(["plant", "assets", "findings", "status"]);
        Ok(plant)
    }

    async fn packets_now(&self, ids: Vec<PacketId>) -> Result<Vec<u8>, ApiError> {
        let mut packets = Vec::new();
        for id in ids {
            packets.push(self.evidence.packet(id).map_err(evidence_error)?);
        }
        packets.sort_by_key(|p| (p.ts, p.frame));
        let rows = packets.iter().map(|p| (LinkType(p.link), p.ts, p.original_len, p.data.as_slice()));
        Ok(wf_wire::capture::write_pcapng(rows))
    }

    async fn metrics_now(&self) -> Result<String, ApiError> {
        let status = self.status_now().await?;
        let coverage = self.state.coverage().await.map_err(state_error)?;
        let mut text = String::new();
        let mut figure = |name: &str, kind: &str, help: &str, rows: &[(String, u64)]| {
            let _ = writeln!(text, "# HELP watchfloor_{name} {help}\n# TYPE watchfloor_{name} {kind}");
            for (labels, value) in rows {
                let _ = writeln!(text, "watchfloor_{name}{labels} {value}");
            }
        };
        let plain = |value: u64| vec![(String::new(), value)];
        figure("assets", "gauge", "Assets known.", &plain(status.assets));
        figure("conversations", "gauge", "Conversations known.", &plain(status.conversations));
        figure("lake_backlog_rows", "gauge", "Rows journalled but not in the lake yet.", &plain(status.backlog));
        figure(
            "observations_total",
            "counter",
            "Observations taken in since the start.",
            &plain(self.observations.load(Ordering::Relaxed)),
        );
        let open: Vec<(String, u64)> = ["low", "medium", "high", "highest"]
            .iter()
            .zip(status.open_findings)
            .map(|(p, n)| (format!("{{priority=\"{p}\"}}"), n))
            .collect();
        figure("open_findings", "gauge", "Findings neither acknowledged nor shelved.", &open);
        type Part = fn(&CoverageRow) -> u64;
        let parts: [(&str, &str, Part); 7] = [
            ("packets_total", "Packets seen.", |r| r.packets),
            ("packets_parsed_total", "Packets understood.", |r| r.parsed),
            ("packets_not_parsed_total", "Packets with payload that nobody decodes.", |r| r.not_parsed),
            ("packets_dropped_total", "Packets dropped before they were read.", |r| r.dropped),
            ("packets_damaged_total", "Packets whose headers do not parse.", |r| r.damaged),
            ("packets_encrypted_total", "Packets with encrypted payload.", |r| r.encrypted),
            ("table_evictions_total", "What fell out of full tables.", |r| r.evicted),
        ];
        for (name, help, part) in parts {
            let label = |r: &CoverageRow| format!("{{sensor=\"{}\",segment=\"{}\"}}", escape(&r.sensor), escape(&r.segment));
            let rows: Vec<(String, u64)> = coverage.iter().map(|r| (label(r), part(r))).collect();
            figure(name, "counter", help, &rows);
        }
        Ok(text)
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ")
}

macro_rules! of_state {
    ($self:ident, $call:expr) => {
        Box::pin(async move { $call.await.map_err(state_error) })
    };
}

impl Floor for Hub {
    fn status(&self) -> Answer<'_, Status> {
        Box::pin(self.status_now())
    }

    fn assets(&self, query: ListQuery) -> Answer<'_, Page<Asset>> {
        of_state!(self, self.state.assets(&query))
    }

    fn asset(&self, id: String) -> Answer<'_, AssetDetail> {
        of_state!(self, self.state.asset(&id))
    }

    fn override_asset(&self, id: String, word: AssetOverride, by: String) -> Answer<'_, AssetDetail> {
        Box::pin(self.override_now(id, word, by))
    }

    fn conversations(&self, query: ListQuery) -> Answer<'_, Page<Conversation>> {
        of_state!(self, self.state.conversations(&query))
    }

    fn operations(&self, query: ListQuery) -> Answer<'_, Page<Operation>> {
        Box::pin(async move {
            let addresses = self.asked_addresses(&query).await?;
            self.lake.operations(&query, addresses.as_deref(), self.waiting()).await.map_err(lake_error)
        })
    }

    fn points(&self, asset: String) -> Answer<'_, Vec<PointInfo>> {
        Box::pin(async move {
            let addresses = self.addresses(&asset).await?;
            self.lake.points(&addresses, self.waiting()).await.map_err(lake_error)
        })
    }

    fn series(&self, asset: String, point: String, from: Option<Timestamp>, to: Option<Timestamp>) -> Answer<'_, Series> {
        Box::pin(async move {
            let addresses = self.addresses(&asset).await?;
            self.lake.series(&addresses, &point, from, to, self.waiting()).await.map_err(lake_error)
        })
    }

    fn measurements(&self, query: ListQuery) -> Answer<'_, Page<Measurement>> {
        Box::pin(async move {
            let addresses = self.asked_addresses(&query).await?;
            self.lake.measurements(&query, addresses.as_deref(), self.waiting()).await.map_err(lake_error)
        })
    }

    fn findings(&self, query: ListQuery) -> Answer<'_, Page<Finding>> {
        of_state!(self, self.state.findings(&query))
    }

    fn finding(&self, id: String) -> Answer<'_, Finding> {
        of_state!(self, self.state.finding(&id))
    }

    fn act_on_finding(&self, id: String, act: FindingAct, by: String) -> Answer<'_, Finding> {
        Box::pin(async move {
            let done = self.state.act_on_finding(&id, &act, &by).await.map_err(state_error)?;
            self.live.tell(["findings", "status"]);
            Ok(done)
        })
    }

    fn act_on_findings(&self, query: ListQuery, act: FindingAct, by: String) -> Answer<'_, u64> {
        Box::pin(async move {
            let done = self.state.act_on_findings(&query, &act, &by).await.map_err(state_error)?;
            self.live.tell(["findings", "status"]);
            Ok(done)
        })
    }

    fn map(&self, expand: Vec<String>) -> Answer<'_, MapView> {
        Box::pin(self.map_now(expand))
    }

    fn coverage(&self) -> Answer<'_, Vec<CoverageRow>> {
        of_state!(self, self.state.coverage())
    }

    fn packet(&self, id: PacketId) -> Answer<'_, KeptPacket> {
        Box::pin(async move { self.evidence.packet(id).map_err(evidence_error) })
    }

    fn packet_view(&self, id: PacketId) -> Answer<'_, PacketView> {
        Box::pin(async move { Ok(packet::view(&self.evidence.packet(id).map_err(evidence_error)?)) })
    }

    fn packets_pcapng(&self, ids: Vec<PacketId>) -> Answer<'_, Vec<u8>> {
        Box::pin(self.packets_now(ids))
    }

    fn query(&self, sql: String, limit: usize) -> Answer<'_, QueryResult> {
        Box::pin(async move { self.lake.query(&sql, self.waiting(), limit).await.map_err(lake_error) })
    }

    fn plant(&self) -> Answer<'_, Option<PlantModel>> {
        Box::pin(ready(Ok(lock(&self.domain).plant.clone())))
    }

    fn set_plant(&self, plant: PlantModel, by: String) -> Answer<'_, PlantModel> {
        Box::pin(self.set_plant_now(plant, by))
    }

    fn users(&self) -> Answer<'_, Vec<User>> {
        of_state!(self, self.state.users())
    }

    fn user(&self, name: String) -> Answer<'_, Option<UserRecord>> {
        of_state!(self, self.state.user(&name))
    }

    fn put_user(&self, record: UserRecord, _by: String) -> Answer<'_, ()> {
        of_state!(self, self.state.put_user(&record))
    }

    fn delete_user(&self, name: String, _by: String) -> Answer<'_, ()> {
        of_state!(self, self.state.delete_user(&name))
    }

    fn log_in(&self, record: UserRecord, session: SessionRecord) -> Answer<'_, bool> {
        of_state!(self, self.state.log_in(&record, &session))
    }

    fn session(&self, token_hash: String) -> Answer<'_, Option<SessionRecord>> {
        of_state!(self, self.state.session(&token_hash))
    }

    fn end_session(&self, token_hash: String) -> Answer<'_, ()> {
        of_state!(self, self.state.end_session(&token_hash))
    }

    fn audit(&self, user: String, action: String, object: String, detail: String) -> Answer<'_, ()> {
        of_state!(self, self.state.audit(&user, &action, &object, &detail))
    }

    fn audit_log(&self, query: ListQuery) -> Answer<'_, Page<AuditEntry>> {
        of_state!(self, self.state.audit_log(&query))
    }

    fn live(&self, since: u64) -> Answer<'_, LiveEvent> {
        Box::pin(async move { Ok(self.live.after(since).await) })
    }

    fn metrics(&self) -> Answer<'_, String> {
        Box::pin(self.metrics_now())
    }

    fn ready(&self) -> Answer<'_, bool> {
        Box::pin(async move {
            let answers = self.state.applied().await.is_ok();
            Ok(answers && lock(&self.failed).is_none() && self.data.is_dir())
        })
    }
}
