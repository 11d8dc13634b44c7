//! Findings: something that somebody should know, with evidence, both teams' sentences, priority and rank.

use crate::observation::named;
use crate::{Address, PacketId, Text, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

named! {
    /// Alarm priority (ISA-18.2): fixed per kind of finding by consequence × time to respond.
    Priority {
        /// Low.
        Low = "low",
        /// Medium.
        Medium = "medium",
        /// High.
        High = "high",
        /// Highest.
        Highest = "highest",
    }
}

named! {
    /// State of a finding as an alarm (ISA-18.2 clause 5).
    State {
        /// Nobody has acknowledged it.
        Unacknowledged = "unacknowledged",
        /// Somebody has, with a reason and until a time.
        Acknowledged = "acknowledged",
        /// Put aside on purpose: who, why, until.
        Shelved = "shelved",
        /// It came again after it was acknowledged or its acknowledgement ran out.
        Returned = "returned",
    }
}

/// One piece of evidence of a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FindingEvidence {
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub ts: Timestamp,
    /// What it is: `operation`, `conversation`, `asset`, `anomaly`, `credential`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub kind: Text,
    /// In words: `laptop-7 → PLC 3: s7comm plc_stop, ok`.
    pub text: String,
    /// Actor's address.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub src: Option<Address>,
    /// Target's address.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub dst: Option<Address>,
    /// Protocol.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub protocol: Text,
    /// Frame number.
    pub frame: u64,
    /// Kept packets.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub packets: Vec<PacketId>,
}

/// What detection says; consequence, priority and rank are added to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingDraft {
    /// Stable id: `f-` and hexadecimal digits, from rule and group.
    pub id: String,
    /// Site.
    pub site: String,
    /// Rule id.
    pub rule: Arc<str>,
    /// Title for lists.
    pub title: String,
    /// The plant's sentence.
    pub plant_sentence: String,
    /// The SOC's sentence.
    pub soc_sentence: String,
    /// Likely causes, benign ones included.
    pub causes: Arc<[String]>,
    /// What to do, in order, by whom.
    pub actions: Vec<String>,
    /// ATT&CK for ICS technique ids.
    pub techniques: Arc<[String]>,
    /// Asset ids, the most affected (the target) first.
    pub assets: Vec<String>,
    /// The asset that acted, where one did.
    pub actor: Option<String>,
    /// What the rule says the act could do: loss_of_view, loss_of_control, manipulation, loss_of_asset, exposure.
    pub effect: Arc<str>,
    /// 0 to 1: how likely the rule's worst effect follows, before anything else is known.
    pub likelihood: f64,
    /// Minutes that people have to respond.
    pub minutes_to_respond: f64,
    /// First time.
    pub first_time: Timestamp,
    /// Last time.
    pub time: Timestamp,
    /// How many observations are grouped here.
    pub count: u64,
    /// Evidence, bounded, earliest first.
    pub evidence: Arc<Vec<FindingEvidence>>,
}

/// One function that would suffer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AffectedFunction {
    /// Function id of the plant model, or empty where none is modelled.
    pub function: String,
    /// Name for people.
    pub name: String,
    /// Unit and area, `Filter line · Treatment`.
    pub place: String,
    /// `stops` or `degrades`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub effect: Text,
    /// Hours it would be down.
    pub hours: f64,
    /// Money it would cost.
    pub cost: f64,
    /// Minutes until loss is felt.
    pub buffer_minutes: f64,
    /// Safety class: none, low, medium, high.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub safety: Text,
    /// Why it is affected, one sentence.
    pub reason: String,
}

/// What a finding would do to operations, and the arithmetic behind its priority and rank.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Assessment {
    /// Functions that would suffer.
    pub functions: Vec<AffectedFunction>,
    /// Production lost if the worst effect follows, in `currency`.
    pub loss: f64,
    /// Money that stands for harm to people if the worst effect follows, by the worst safety class concerned, in `currency`.
    #[serde(default)]
    pub harm: f64,
    /// `likelihood` × (`loss` + `harm`): what orders the list.
    pub expected_loss: f64,
    /// Currency.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub currency: Text,
    /// Likelihood used, 0 to 1.
    pub likelihood: f64,
    /// Whether a plant model gave the figures; otherwise stated defaults did.
    pub modelled: bool,
    /// Worst safety class concerned.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub safety: Text,
    /// The calculation, one step a line, for people.
    pub steps: Vec<String>,
}

/// A finding as people and scripts see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// Stable id.
    pub id: String,
    /// Site.
    pub site: String,
    /// Rule id.
    pub rule: String,
    /// Title.
    pub title: String,
    /// Alarm priority.
    pub priority: Priority,
    /// Place in the list, from 1; 0 while unranked.
    pub rank: u64,
    /// Last time.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub time: Timestamp,
    /// First time.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub first_time: Timestamp,
    /// Asset ids, most affected first.
    pub assets: Vec<String>,
    /// Names of those assets, in the same order.
    pub asset_names: Vec<String>,
    /// The asset that acted.
    pub actor: Option<String>,
    /// ATT&CK for ICS technique ids.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub techniques: Arc<[String]>,
    /// State.
    pub state: State,
    /// How many observations are grouped here.
    pub count: u64,
    /// The plant's sentence.
    pub plant_sentence: String,
    /// The SOC's sentence.
    pub soc_sentence: String,
    /// Likely causes.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub causes: Arc<[String]>,
    /// What to do.
    pub actions: Vec<String>,
    /// Minutes to respond.
    pub minutes_to_respond: f64,
    /// Evidence.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<FindingEvidence>))]
    pub evidence: Arc<Vec<FindingEvidence>>,
    /// What it would do to operations.
    pub assessment: Assessment,
    /// Who acknowledged or shelved it last.
    pub handled_by: Option<String>,
    /// Why.
    pub handled_reason: Option<String>,
    /// When (the machine's clock: a person acts in real time).
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub handled_at: Option<Timestamp>,
    /// Until when the acknowledgement or shelving holds.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub handled_until: Option<Timestamp>,
}

/// What a person does with a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FindingAct {
    /// `acknowledge`, `shelve` or `reopen`.
    pub act: String,
    /// Why; required to acknowledge or shelve.
    pub reason: String,
    /// Until when (RFC 3339); required to acknowledge or shelve.
    pub until: Option<String>,
}
