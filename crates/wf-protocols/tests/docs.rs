//! docs/protocols is made of what the protocols' folders hold: `about.md` by hand, the registry, the anomalies, the
//! golden, `icsnpp.tsv`, and the figures of the last comparison. `cargo run -p xtask -- docs` writes it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use wf_protocols::REGISTRY;
use wf_wire::decode::ProtocolInfo;

const MEND: &str = "run `cargo run -p xtask -- docs`";
/// What a golden's lines say of a protocol, and the column of the index that tells it.
const GIVES: [(&str, &str); 6] = [
    ("operation", "operations"),
    ("measurement", "values"),
    ("evidence", "devices"),
    ("file", "files"),
    ("credential", "credentials"),
    ("anomaly", "anomalies"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn folder(info: &ProtocolInfo) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(info.name)
}

#[test]
fn pages_are_in_step_with_their_sources() {
    let update = std::env::var_os("WF_UPDATE").is_some();
    let pages = root().join("docs/protocols");
    let figures = Figures::read(&root().join("conformance/icsnpp-figures.tsv"));
    let mut wanted: BTreeMap<String, String> =
        REGISTRY.iter().map(|info| (format!("{}.md", info.name), page(info, &figures))).collect();
    wanted.insert("README.md".into(), index());
    let mut faults = String::new();
    for (name, text) in &wanted {
        let path = pages.join(name);
        if update {
            std::fs::write(&path, text).unwrap();
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != *text {
            let _ = writeln!(faults, "docs/protocols/{name} is out of step: {MEND}");
        }
    }
    for entry in std::fs::read_dir(&pages).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".md") && !wanted.contains_key(&name) {
            let _ = writeln!(faults, "docs/protocols/{name} belongs to no protocol of the registry");
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

/// What each protocol's page begins with is written by hand.
#[test]
fn every_protocol_has_its_text() {
    for info in REGISTRY {
        let text = about(info);
        let title = format!("# {}", info.title);
        assert!(!text.is_empty(), "crates/wf-protocols/src/{}/about.md is missing: begin it with `{title}`", info.name);
        assert!(text.starts_with("# "), "crates/wf-protocols/src/{}/about.md begins with a title, such as `{title}`", info.name);
        for part in ["nderstood", "ot understood"] {
            assert!(text.contains(part), "crates/wf-protocols/src/{}/about.md says what is {part}", info.name);
        }
    }
}

/// A table of fields has four or five columns, one line a log and a field, and says where each is found.
#[test]
fn tables_of_fields_are_whole() {
    for info in REGISTRY {
        let mut seen = BTreeSet::new();
        for row in fields(info) {
            let place = format!("{}/icsnpp.tsv: {} {}", info.name, row.log, row.field);
            assert!(!row.path.is_empty(), "{place} says nowhere where it is found");
            assert!(seen.insert((row.log, row.field)), "{place} is there twice");
        }
    }
}

fn about(info: &ProtocolInfo) -> String {
    std::fs::read_to_string(folder(info).join("about.md")).unwrap_or_default()
}

fn page(info: &ProtocolInfo, figures: &Figures) -> String {
    let name = info.name;
    let mut out =
        format!("<!-- Made from crates/wf-protocols/src/{name}: change about.md there, then `cargo run -p xtask -- docs`. -->\n");
    let text = about(info);
    let anomalies = anomaly_table(info);
    // The table of anomalies follows what is said about them by hand.
    match text.split_once("\n## Anomalies\n") {
        Some((before, rest)) => {
            let (said, after) = rest.find("\n## ").map_or((rest, ""), |at| rest.split_at(at));
            let _ = write!(out, "{before}\n## Anomalies\n\n{}\n{}{after}", said.trim(), anomalies);
            out = out.replace("## Anomalies\n\n\n", "## Anomalies\n");
        }
        None => {
            out.push_str(&text);
            if !info.anomalies.is_empty() {
                let _ = write!(out, "\n## Anomalies\n{anomalies}");
            }
        }
    }
    let _ = write!(out, "\n## Registry\n\n{}", registry_table(info));
    out.push_str(&icsnpp(info, figures));
    out
}

fn anomaly_table(info: &ProtocolInfo) -> String {
    let mut out = String::from("\n| anomaly | when |\n| --- | --- |\n");
    for kind in info.anomalies {
        let _ = writeln!(out, "| `{}` | {} |", kind.name, kind.meaning.replace('|', "\\|"));
    }
    out
}

fn listed<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    if items.is_empty() { "-".into() } else { items.iter().map(show).collect::<Vec<_>>().join(", ") }
}

fn transports(info: &ProtocolInfo) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for (name, ports) in [("TCP", info.tcp), ("UDP", info.udp)] {
        if !ports.is_empty() {
            found.push((name, listed(ports, ToString::to_string)));
        }
    }
    let (on_ip, on_link): (Vec<u16>, Vec<u16>) = info.ethertypes.iter().partition(|t| **t & 0xff00 == 0x100);
    if !on_ip.is_empty() {
        found.push(("IP protocol", listed(&on_ip, |t| (t & 0xff).to_string())));
    }
    if !on_link.is_empty() {
        found.push(("EtherType", listed(&on_link, |t| format!("0x{t:04x}"))));
    }
    found
}

fn registry_table(info: &ProtocolInfo) -> String {
    let mut out = String::from("| | |\n| --- | --- |\n");
    let _ = writeln!(out, "| name | `{}` ({}) |", info.name, info.title);
    let _ = writeln!(out, "| standard | {} |", info.standard.replace('|', "\\|"));
    let _ = writeln!(out, "| messages | {} |", listed(info.messages, |name| format!("`{name}`")));
    for (name, usual) in transports(info) {
        let _ = writeln!(out, "| usual {name} | {usual} |");
    }
    let kind = if info.industrial { "industrial" } else { "IT" };
    let _ = writeln!(out, "| kind | {kind}{} |", if info.encrypted { ", encrypted once established" } else { "" });
    let given = gives(info);
    let _ = writeln!(out, "| seen in the fixture | {} |", listed(&given.iter().collect::<Vec<_>>(), |g| (**g).to_string()));
    let _ = writeln!(out, "| shared captures | {} |", shared(info));
    out
}

/// Where there is traffic of it to test against.
fn shared(info: &ProtocolInfo) -> String {
    let counted = lines(&root().join("conformance/captures.tsv"));
    let own = counted.iter().filter_map(|cells| match cells.as_slice() {
        [name, captures, messages] if info.messages.contains(&name.as_str()) => {
            Some(format!("{messages} `{name}` messages in {captures}"))
        }
        _ => None,
    });
    let own: Vec<_> = own.collect();
    if own.is_empty() { "none has it: only the fixture and made-up bytes show it".into() } else { own.join("; ") }
}

/// What the protocol's golden shows that it gives.
fn gives(info: &ProtocolInfo) -> Vec<&'static str> {
    let golden = std::fs::read_to_string(folder(info).join(format!("testdata/{}.jsonl", info.name))).unwrap_or_default();
    GIVES.iter().filter(|(record, _)| golden.contains(&format!("\"record\":\"{record}\""))).map(|(_, shown)| *shown).collect()
}

fn index() -> String {
    let mut out = String::from(
        "<!-- Made by `cargo run -p xtask -- docs`. -->\n# Protocols\n\nEvery protocol gives its messages field by field (`watchfloor decode --json`). What else each \
         gives is read from its fixture's expected output; a dash means that the fixture shows none.\n\n\
         | protocol | standard | on | operations | values | devices | files | credentials | kinds of anomalies |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for industrial in [true, false] {
        let mut infos: Vec<_> = REGISTRY.iter().filter(|info| info.industrial == industrial).collect();
        infos.sort_by_key(|info| info.name);
        for info in infos {
            let on = listed(&transports(info), |(name, usual)| format!("{name} {usual}"));
            let given = gives(info);
            let _ = write!(out, "| [{}]({}.md) | {} | {on} |", info.title, info.name, info.standard.replace('|', "\\|"));
            for (_, shown) in GIVES.iter().take(5) {
                let _ = write!(out, " {} |", if given.contains(shown) { "yes" } else { "-" });
            }
            let _ = writeln!(out, " {} |", info.anomalies.len());
        }
    }
    out
}

struct Field {
    log: String,
    field: String,
    path: String,
    conversion: String,
    note: String,
}

fn lines(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let kept = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    kept.map(|line| line.split('\t').map(str::to_string).collect()).collect()
}

fn fields(info: &ProtocolInfo) -> Vec<Field> {
    let path = folder(info).join("icsnpp.tsv");
    let rows = lines(&path).into_iter().map(|cells| {
        assert!((3..=5).contains(&cells.len()), "{}: three to five columns, not `{}`", path.display(), cells.join("⇥"));
        let cell = |at: usize| cells.get(at).cloned().unwrap_or_default();
        Field { log: cell(0), field: cell(1), path: cell(2), conversion: cell(3), note: cell(4) }
    });
    rows.collect()
}

/// Rows and values of a log that agreed when they were last compared.
struct Figures(BTreeMap<(String, String), Vec<String>>);

impl Figures {
    fn read(path: &Path) -> Self {
        let rows = lines(path).into_iter().filter_map(|cells| match cells.as_slice() {
            [protocol, log, figures @ ..] => Some(((protocol.clone(), log.clone()), figures.to_vec())),
            _ => None,
        });
        Self(rows.collect())
    }
}

/// A conversion of the comparison in words; what only the comparison wants to know is left out.
fn words(step: &str) -> Option<String> {
    let (name, argument) = step.split_once(':').unwrap_or((step, ""));
    Some(match name {
        "bit" => format!("bit {argument}"),
        "bits" => format!("bits {}", argument.replace('-', " to ")),
        "when" => format!("where `{argument}`"),
        "part" | "word" => format!("part {}", argument.parse::<u8>().map_or(0, |at| at + 1)),
        "length" => "how many".into(),
        "hexlength" => "its length".into(),
        "high" | "high24" => "the high byte".into(),
        "low" => "the low byte".into(),
        "swap" | "be16" | "be32" => "its octets in the other order there".into(),
        "cmd" => match (argument.strip_suffix('a'), argument.strip_suffix('q')) {
            (Some(command), _) => format!("answer of command {command}"),
            (_, Some(command)) => format!("request of command {command}"),
            _ => format!("command {argument}"),
        },
        _ => return None,
    })
}

fn icsnpp(info: &ProtocolInfo, figures: &Figures) -> String {
    let fields = fields(info);
    if fields.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "\n## Fields that ICSNPP logs\n\nEach field of ICSNPP's logs and where the same is found in a line of `watchfloor decode --json`. `[]` stands for each element of a list. \
         Of every log, `ts` is our `ts`, `uid` stands for the connection of `src`, `src_port`, `dst`, `dst_port`, `id.orig_*` and `id.resp_*` are these of the first packet's direction, and `is_orig`, `source_*`, `destination_*` are `src` and `dst`.\n",
    );
    let mut logs: Vec<&str> = Vec::new();
    for field in &fields {
        if logs.last() != Some(&field.log.as_str()) {
            logs.push(&field.log);
        }
    }
    let told: Vec<_> =
        logs.iter().filter_map(|log| Some((log, figures.0.get(&(info.name.to_string(), (*log).to_string()))?))).collect();
    if !told.is_empty() {
        out.push_str(
            "\nCompared with the logs that ICSNPP's own tests expect (`conformance/icsnpp.py`):\n\n| log | rows | matched | values | equal | explained |\n| --- | --- | --- | --- | --- | --- |\n",
        );
        for (log, figures) in told {
            let _ = writeln!(out, "| `{log}` | {} |", figures.join(" | "));
        }
    }
    for log in logs {
        let _ = write!(out, "\n### {log}\n");
        let own: Vec<_> = fields.iter().filter(|field| field.log == log).collect();
        if let Some(rows) = own.iter().find(|field| field.field == "*") {
            let _ = writeln!(
                out,
                "\nA row is {}.",
                if rows.note.is_empty() { format!("`{}`", rows.path) } else { rows.note.clone() }
            );
        }
        out.push_str("\n| field | here | as |\n| --- | --- | --- |\n");
        for field in own.iter().filter(|field| field.field != "*") {
            let steps = field.conversion.split_ascii_whitespace().filter_map(words).collect::<Vec<_>>().join(", ");
            let told: Vec<_> = [steps.as_str(), &field.note].into_iter().filter(|text| !text.is_empty()).collect();
            let path =
                if field.path.starts_with('(') { field.path.clone() } else { format!("`{}`", field.path.replace('|', "\\|")) };
            let _ = writeln!(out, "| `{}` | {path} | {} |", field.field, told.join("; ").replace('|', "\\|"));
        }
    }
    out
}
