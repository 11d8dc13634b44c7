//! Reading commands: assets, conversations, operations, findings, queries.

use super::{reader, runtime};
use crate::cli::{AssetCommand, ConversationCommand, Filters, FindingCommand, OperationCommand, QueryArgs, Reading};
use crate::exit::{self, Failure};
use crate::output::{self, Table, say};
use serde::Serialize;
use std::future::Future;
use wf_model::Timestamp;
use wf_model::api::{ApiError, Floor};
use wf_model::asset::{Asset, AssetDetail};
use wf_model::conversation::Conversation;
use wf_model::finding::{Finding, FindingAct};
use wf_model::observation::Operation;
use wf_model::page::{ListQuery, Page};
use wf_model::time::{DAY, HOUR, MINUTE};

fn list_query(filters: &Filters) -> ListQuery {
    let filters = filters.clone();
    ListQuery {
        q: filters.q,
        asset: filters.asset,
        zone: filters.zone,
        role: filters.role,
        protocol: filters.protocol,
        category: filters.category,
        state: filters.state,
        rule: filters.rule,
        sort: filters.sort,
        limit: Some(1000),
        ..ListQuery::default()
    }
}

/// All pages, up to the limit asked for.
async fn all<T, F>(filters: &Filters, mut page: impl FnMut(ListQuery) -> F) -> Result<Vec<T>, Failure>
where
    F: Future<Output = Result<Page<T>, ApiError>>,
{
    let limit = filters.limit.unwrap_or(usize::MAX);
    let mut query = list_query(filters);
    let mut items = Vec::new();
    loop {
        let mut got = page(query.clone()).await?;
        items.append(&mut got.items);
        if items.len() >= limit || got.next.is_none() {
            items.truncate(limit);
            return Ok(items);
        }
        query.cursor = got.next;
    }
}

/// Prints a list: `{items, next}` as JSON, or a table.
fn show<T: Serialize>(
    reading: &Reading,
    items: Vec<T>,
    headings: &[&str],
    cells: impl Fn(&T) -> Vec<String>,
) -> Result<(), Failure> {
    if reading.json {
        return output::json(&Page { total: Some(items.len() as u64), items, next: None });
    }
    let mut table = Table::new(headings);
    items.iter().for_each(|item| table.row(cells(item)));
    table.print()
}

fn or_dash(text: &Option<String>) -> String {
    text.clone().unwrap_or_else(|| "–".into())
}

fn joined<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// `asset list`, `asset show`.
pub fn asset(command: AssetCommand) -> Result<(), Failure> {
    runtime()?.block_on(async {
        match command {
            AssetCommand::List { reading, filters } => {
                let hub = reader(reading.data.clone()).await?;
                let items = all(&filters, |query| hub.assets(query)).await?;
                show(
                    &reading,
                    items,
                    &["ID", "NAME", "ROLE", "LEVEL", "ZONE", "IPS", "VENDOR", "MODEL", "FIRMWARE", "LAST SEEN"],
                    asset_cells,
                )
            }
            AssetCommand::Show { asset, reading } => {
                let hub = reader(reading.data.clone()).await?;
                let id = find_asset(hub.as_ref(), &asset).await?;
                let detail = hub.asset(id).await?;
                if reading.json { output::json(&detail) } else { show_asset(&detail) }
            }
        }
    })
}

fn asset_cells(asset: &Asset) -> Vec<String> {
    let level = asset.purdue_level.map_or_else(|| "–".into(), |l| l.to_string());
    vec![
        asset.id.clone(),
        asset.name.clone(),
        asset.role.clone(),
        level,
        or_dash(&asset.zone),
        joined(&asset.ips),
        or_dash(&asset.vendor),
        or_dash(&asset.model),
        or_dash(&asset.firmware),
        asset.last_seen.to_string(),
    ]
}

/// The id of the asset that a person means: by id, IP, MAC or name.
async fn find_asset(hub: &dyn Floor, given: &str) -> Result<String, Failure> {
    if hub.asset(given.to_owned()).await.is_ok() {
        return Ok(given.to_owned());
    }
    let query = ListQuery { q: Some(given.to_owned()), limit: Some(1000), ..ListQuery::default() };
    let found = hub.assets(query).await?.items;
    let lower = given.to_lowercase();
    let exact: Vec<&Asset> = found
        .iter()
        .filter(|a| {
            a.name.to_lowercase() == lower
                || a.ips.iter().any(|i| i.to_string() == lower)
                || a.macs.iter().any(|m| m.to_string() == lower)
        })
        .collect();
    match (exact.as_slice(), found.as_slice()) {
        ([one], _) => Ok(one.id.clone()),
        ([], [one]) => Ok(one.id.clone()),
        ([], []) => Err(Failure::new(
            exit::FAILED,
            format!("no asset has the id, name or address '{given}'; `watchfloor asset list` shows them"),
        )),
        _ => Err(Failure::new(
            exit::FAILED,
            format!("'{given}' fits more than one asset; give an id from `watchfloor asset list -q {given}`"),
        )),
    }
}

fn show_asset(detail: &AssetDetail) -> Result<(), Failure> {
    let asset = &detail.asset;
    output::text(&format!("{} · {} · {}\n{}\n\n", asset.name, asset.role, asset.id, asset.zone_reason))?;
    let mut table = Table::new(&["", "ATTRIBUTE", "VALUE", "SOURCE", "CONFIDENCE", "TIMES", "FIRST SEEN", "FRAME", "REASON"]);
    for a in &detail.attributes {
        let mark = if a.chosen { "●" } else { " " };
        table.row([
            mark.to_owned(),
            a.name.to_string(),
            a.value.clone(),
            a.source.to_string(),
            a.confidence.to_string(),
            a.count.to_string(),
            a.first_seen.to_string(),
            a.frame.to_string(),
            a.reason.to_string(),
        ]);
    }
    table.print()
}

/// `conversation list`.
pub fn conversation(command: ConversationCommand) -> Result<(), Failure> {
    let ConversationCommand::List { reading, filters } = command;
    runtime()?.block_on(async {
        let hub = reader(reading.data.clone()).await?;
        let items = all(&filters, |query| hub.conversations(query)).await?;
        show(
            &reading,
            items,
            &["CLIENT", "SERVER", "PORT", "PROTOCOL", "PACKETS", "BYTES", "MESSAGES", "MARKS", "LAST SEEN"],
            conversation_cells,
        )
    })
}

fn conversation_cells(c: &Conversation) -> Vec<String> {
    let marks = [("forbidden", c.forbidden), ("one-sided", c.one_sided), ("encrypted", c.encrypted), ("new", !c.learned)];
    let marks: Vec<&str> = marks.iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect();
    vec![
        format!("{} {}", c.client_name, c.client),
        format!("{} {}", c.server_name, c.server),
        format!("{}/{}", c.transport, c.port),
        if c.protocol.is_empty() { "–".into() } else { c.protocol.to_string() },
        (c.packets_to_server + c.packets_to_client).to_string(),
        (c.bytes_to_server + c.bytes_to_client).to_string(),
        c.messages.to_string(),
        marks.join(" "),
        c.last_seen.to_string(),
    ]
}

/// `operation list`.
pub fn operation(command: OperationCommand) -> Result<(), Failure> {
    let OperationCommand::List { reading, mut filters } = command;
    filters.sort = filters.sort.or_else(|| Some("ts".into()));
    runtime()?.block_on(async {
        let hub = reader(reading.data.clone()).await?;
        let items = all(&filters, |query| hub.operations(query)).await?;
        show(
            &reading,
            items,
            &["TIME", "FROM", "TO", "PROTOCOL", "FUNCTION", "TARGET", "VALUE", "OUTCOME", "TIMES", "FRAME"],
            operation_cells,
        )
    })
}

fn operation_cells(o: &Operation) -> Vec<String> {
    vec![
        o.ts.to_string(),
        o.src.to_string(),
        o.dst.to_string(),
        o.protocol.to_string(),
        o.function.to_string(),
        o.target.clone(),
        o.value.clone().unwrap_or_default(),
        o.outcome.to_string(),
        o.count.to_string(),
        o.frame.to_string(),
    ]
}

/// `finding list`, `finding show`, `finding ack`.
pub fn finding(command: FindingCommand) -> Result<(), Failure> {
    runtime()?.block_on(async {
        match command {
            FindingCommand::List { reading, filters } => {
                let hub = reader(reading.data.clone()).await?;
                let items = all(&filters, |query| hub.findings(query)).await?;
                show(
                    &reading,
                    items,
                    &["RANK", "PRIORITY", "FINDING", "EXPECTED LOSS", "TIMES", "STATE", "TIME", "ID"],
                    finding_cells,
                )
            }
            FindingCommand::Show { finding, reading } => {
                let found = reader(reading.data.clone()).await?.finding(finding).await?;
                if reading.json { output::json(&found) } else { output::text(&finding_text(&found)) }
            }
            FindingCommand::Ack { finding, reason, until, by, reading } => {
                let hub = reader(reading.data.clone()).await?;
                let until = until_time(&until)?.to_string();
                let by = by.or_else(|| std::env::var("USER").ok()).unwrap_or_else(|| "command line".into());
                let act = FindingAct { act: "acknowledge".into(), reason, until: Some(until.clone()) };
                let found = hub.act_on_finding(finding, act, by).await?;
                if reading.json {
                    output::json(&found)
                } else {
                    output::text(&format!("{} is acknowledged until {until}\n", found.id))
                }
            }
        }
    })
}

fn finding_cells(f: &Finding) -> Vec<String> {
    vec![
        f.rank.to_string(),
        f.priority.to_string(),
        f.title.clone(),
        format!("{:.0} {}", f.assessment.expected_loss, f.assessment.currency),
        f.count.to_string(),
        f.state.to_string(),
        f.time.to_string(),
        f.id.clone(),
    ]
}

fn finding_text(f: &Finding) -> String {
    let mut text = format!(
        "{}\n{} · rank {} · {} · {}\n\nPlant: {}\nSOC:   {}\n",
        f.title, f.priority, f.rank, f.state, f.time, f.plant_sentence, f.soc_sentence
    );
    let mut section = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            text.push_str(&format!("\n{title}\n"));
            lines.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
        }
    };
    section("What it would do to operations", f.assessment.steps.clone());
    section("Likely causes", f.causes.to_vec());
    section("What to do", f.actions.clone());
    section("ATT&CK for ICS", f.techniques.to_vec());
    section("Evidence", f.evidence.iter().map(|e| format!("{}  frame {:<7} {}", e.ts, e.frame, e.text)).collect());
    if let (Some(by), Some(reason)) = (&f.handled_by, &f.handled_reason) {
        section("Handled", vec![format!("by {by}: {reason}")]);
    }
    text.chars().map(|c| if c.is_control() && c != '\n' { '·' } else { c }).collect()
}

/// `8h`, `7d`, `30m` from now, or an RFC 3339 time.
fn until_time(text: &str) -> Result<Timestamp, Failure> {
    if let Some(time) = Timestamp::parse(text) {
        return Ok(time);
    }
    let unit = match text.chars().last() {
        Some('m') => MINUTE,
        Some('h') => HOUR,
        Some('d') => DAY,
        _ => 0,
    };
    let number = text
        .get(..text.len().saturating_sub(1))
        .and_then(|n| n.parse::<i64>().ok())
        .filter(|n| (1..=3650).contains(n) && unit > 0);
    let wrong = || {
        Failure::new(
            exit::USAGE,
            format!("--until: '{text}' is neither a time such as 2026-01-31T08:00:00Z nor a span such as 8h or 7d"),
        )
    };
    Ok(wf_server::auth::now().plus(number.ok_or_else(wrong)? * unit))
}

/// `query`.
pub fn query(arguments: QueryArgs) -> Result<(), Failure> {
    runtime()?.block_on(async {
        let hub = reader(arguments.reading.data.clone()).await?;
        let result = hub.query(arguments.sql, arguments.limit).await?;
        if result.truncated {
            say!("warning: there are more than {} rows; --limit N gives more", arguments.limit);
        }
        if arguments.reading.json {
            return output::json(&result);
        }
        let mut table = Table::new(&result.columns.iter().map(String::as_str).collect::<Vec<_>>());
        for row in &result.rows {
            table.row(row.iter().map(|value| match value {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Null => "–".into(),
                other => other.to_string(),
            }));
        }
        table.print()
    })
}
