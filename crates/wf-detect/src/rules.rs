//! Rules as data: one file each in `rules/`, with both teams' sentences and the cases that prove it.

use serde::Deserialize;
use std::fmt::Write;
use std::sync::Arc;

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Operations that act on a device.
    Act,
    /// A device that was not there while learning.
    NewDevice,
    /// A conversation between zones that no conduit allows.
    CrossZone,
    /// Many addresses or ports tried in vain.
    Scan,
    /// A controller, or anything near it, and the Internet.
    Internet,
    /// Readable credentials.
    Credentials,
    /// Breaches of protocol in number.
    Anomalies,
}

/// Conditions; which apply depends on the kind.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Conditions {
    /// Every industrial protocol, besides those that are named.
    pub industrial: bool,
    /// Protocols of operations; empty for any.
    pub protocols: Vec<String>,
    /// Categories of operations; empty for any act.
    pub categories: Vec<String>,
    /// Functions; empty for any.
    pub functions: Vec<String>,
    /// Functions that other rules speak of.
    pub except_functions: Vec<String>,
    /// Kinds of anomalies; empty for any. Named ones are counted each by itself.
    pub kinds: Vec<String>,
    /// Kinds of anomalies that are none of this.
    pub except_kinds: Vec<String>,
    /// The actor never did such an act on this device while learning.
    pub new_source: bool,
    /// How many are needed.
    pub at_least: u64,
    /// Highest Purdue level of the machines concerned.
    pub level_max: Option<f64>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stable id, the file's name.
    pub id: Arc<str>,
    /// What it looks at.
    pub kind: Kind,
    /// Title; `{actor}`, `{target}` and the like are filled in.
    pub title: String,
    /// The plant's sentence.
    pub plant: String,
    /// The SOC's sentence.
    pub soc: String,
    /// Likely causes, benign ones included.
    pub causes: Arc<[String]>,
    /// What to do, in order; each begins with who does it.
    pub actions: Vec<String>,
    /// ATT&CK for ICS techniques.
    pub techniques: Arc<[String]>,
    /// Worst effect: loss_of_view, loss_of_control, manipulation, loss_of_asset, exposure.
    pub effect: Arc<str>,
    /// 0 to 1: how likely that effect follows.
    pub likelihood: f64,
    /// Minutes that people have to respond.
    pub minutes_to_respond: f64,
    /// Fires while learning too.
    #[serde(default)]
    pub from_start: bool,
    /// Conditions.
    #[serde(default, rename = "match")]
    pub conditions: Conditions,
    /// Cases that prove it.
    #[serde(default, rename = "case")]
    pub cases: Vec<Case>,
}

/// A case: what is seen, and whether the rule fires. Times are seconds of a capture of 1,000 s, of which 300 are learned.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// How many findings of this rule.
    pub findings: usize,
    /// Machines, operations and conversations, as tables; see `tests/cases.rs`.
    #[serde(default)]
    pub devices: Vec<toml::Table>,
    /// Operations.
    #[serde(default)]
    pub operations: Vec<toml::Table>,
    /// Conversations.
    #[serde(default)]
    pub conversations: Vec<toml::Table>,
    /// Breaches of protocol.
    #[serde(default)]
    pub anomalies: Vec<toml::Table>,
    /// Readable credentials.
    #[serde(default)]
    pub credentials: Vec<toml::Table>,
}

/// The rules in force.
#[derive(Clone, Debug)]
pub struct RuleSet {
    rules: Arc<Vec<Rule>>,
}

impl RuleSet {
    /// The rules that are part of the program.
    #[must_use]
    pub fn shipped() -> Self {
        // A rule that does not parse is a fault of the build; the test over all rules names it.
        Self { rules: Arc::new(RULES.iter().filter_map(|(_, text)| toml::from_str(text).ok()).collect()) }
    }

    /// The shipped rules, or which of them does not parse and why.
    pub fn checked() -> Result<Self, String> {
        let parse = |(name, text): &(&str, &str)| -> Result<Rule, String> {
            let rule: Rule = toml::from_str(text).map_err(|e| format!("rules/{name}.toml: {e}"))?;
            if *rule.id == **name { Ok(rule) } else { Err(format!("rules/{name}.toml: its id is '{}'", rule.id)) }
        };
        Ok(Self { rules: Arc::new(RULES.iter().map(parse).collect::<Result<_, _>>()?) })
    }

    /// All rules.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rules of a kind.
    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |r| r.kind == kind)
    }
}

impl Default for RuleSet {
    fn default() -> Self {
        Self::shipped()
    }
}

/// `docs/rules.md`.
#[must_use]
pub fn documentation() -> String {
    let mut text = String::from(
        "# Rules\n\nGenerated from `rules/`: `WF_UPDATE=1 cargo test -p wf-detect`. Each rule has positive and benign cases in its file.\n\n\
         | rule | what it finds | ATT&CK for ICS | effect | likelihood | minutes to respond | while learning |\n| --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let set = RuleSet::shipped();
    for rule in set.rules() {
        let fires = if rule.from_start { "yes" } else { "no" };
        let techniques = rule.techniques.join(", ");
        let _ = writeln!(
            text,
            "| [{0}](#{0}) | {1} | {techniques} | {2} | {3} | {4} | {fires} |",
            rule.id, rule.title, rule.effect, rule.likelihood, rule.minutes_to_respond
        );
    }
    for rule in set.rules() {
        let _ = writeln!(text, "\n## {}\n\n**Plant:** {}\n\n**SOC:** {}\n\nLikely causes:\n", rule.id, rule.plant, rule.soc);
        for cause in rule.causes.iter() {
            let _ = writeln!(text, "- {cause}");
        }
        text.push_str("\nWhat to do:\n\n");
        for action in &rule.actions {
            let _ = writeln!(text, "1. {action}");
        }
        text.push_str("\nCases:\n\n");
        for case in &rule.cases {
            let _ = writeln!(text, "- {}: {} finding(s)", case.name, case.findings);
        }
    }
    text
}
