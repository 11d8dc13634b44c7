//! What a device is for, from what it says and does.

use crate::facts::{Asked, Node};
use std::collections::BTreeSet;
use wf_model::{Address, Attribute};

/// Protocols whose servers act on the process.
const CONTROL: &[&str] = &[
    "modbus",
    "s7comm",
    "s7comm_plus",
    "enip",
    "cip",
    "dnp3",
    "iec104",
    "iec60870_5_104",
    "umas",
    "fins",
    "melsec",
    "ge_srtp",
    "codesys",
    "profinet_io",
    "mms",
    "pccc",
];
/// Of these, the ones that telecontrol outstations speak.
const TELECONTROL: &[&str] = &["dnp3", "iec104", "iec60870_5_104"];
/// Protocols whose servers are office or infrastructure machines.
const SERVICES: &[&str] = &[
    "dns",
    "dhcp",
    "http",
    "http2",
    "tls",
    "ssh",
    "smb",
    "ftp",
    "ntp",
    "smtp",
    "imap",
    "pop3",
    "ldap",
    "kerberos",
    "rdp",
    "mqtt",
    "opcua",
    "mssql",
    "mysql",
    "postgresql",
    "syslog",
    "radius",
];
/// Words in a model or order number that mean remote I/O.
const REMOTE_IO: &[&str] =
    &["coupler", "et200", "et 200", "remote i/o", "1734-aent", "fieldbus adapter", "io device", "bus terminal"];
/// Words in a host name, and what such names are given to.
const HOST_NAMES: &[(&str, &str, u8)] = &[
    ("laptop", "laptop", 82),
    ("notebook", "laptop", 82),
    ("desktop-", "workstation", 62),
    ("workstation", "workstation", 62),
    ("printer", "printer", 60),
    ("camera", "camera", 60),
];
/// Prefixes of host names that office machines are given.
const HOST_PREFIXES: &[(&str, &str, u8)] =
    &[("pc-", "workstation", 62), ("ws-", "workstation", 58), ("nb-", "laptop", 60), ("lt-", "laptop", 58)];

/// Makers of switches, routers and firewalls and of little else that stands on a plant's network.
const NETWORK_MAKERS: &[&str] = &[
    "cisco",
    "hirschmann",
    "juniper",
    "moxa",
    "arista",
    "fortinet",
    "mikrotik",
    "routerboard",
    "ubiquiti",
    "ruggedcom",
    "aruba",
    "netgear",
];

/// A role with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Role {
    pub role: &'static str,
    pub confidence: u8,
    pub source: String,
    pub reason: String,
}

/// All that a role is inferred from.
pub(crate) struct Signs<'a> {
    pub nodes: Vec<&'a Node>,
    pub router: bool,
    pub internet: bool,
    pub leased: bool,
    /// Vendors by its MACs.
    pub makers: Vec<String>,
}

/// What a device asked of control protocols, added up.
#[derive(Default)]
struct Mastery {
    controllers: BTreeSet<Address>,
    telecontrol: bool,
    reads: u64,
    writes: u64,
    controls: u64,
    programs: u64,
    engineering: u64,
}

impl Signs<'_> {
    fn asked(&self) -> impl Iterator<Item = (&str, &Asked)> {
        self.nodes.iter().flat_map(|n| n.does.asks.iter().map(|(p, a)| (p.as_str(), a)))
    }

    fn serves(&self, among: &[&str]) -> Option<(&str, usize)> {
        let all = self.nodes.iter().flat_map(|n| n.does.serves.iter());
        all.filter(|(p, _)| among.contains(&p.as_str()))
            .map(|(p, s)| (p.as_str(), s.clients.len()))
            .max_by_key(|(p, n)| (*n, std::cmp::Reverse(*p)))
    }

    fn values(&self, attribute: Attribute) -> impl Iterator<Item = &crate::facts::Said> {
        self.nodes.iter().flat_map(|n| n.said.iter()).filter(move |s| s.attribute == attribute)
    }

    fn mastery(&self) -> Mastery {
        let mut sum = Mastery::default();
        for (protocol, asked) in self.asked().filter(|(p, _)| CONTROL.contains(p)) {
            sum.controllers.extend(asked.servers.iter().copied());
            sum.telecontrol |= TELECONTROL.contains(&protocol);
            sum.reads += asked.reads;
            sum.writes += asked.writes;
            sum.controls += asked.controls;
            // A telecontrol master sets clocks and report classes every day; elsewhere that is an engineer's work.
            sum.programs += asked.programs + if TELECONTROL.contains(&protocol) { 0 } else { asked.configurations };
            sum.engineering += asked.engineering;
        }
        sum
    }
}

/// All roles that something speaks for, the likeliest first.
pub(crate) fn roles(signs: &Signs<'_>) -> Vec<Role> {
    let mut all = Vec::new();
    stated(signs, &mut all);
    by_service(signs, &mut all);
    by_mastery(signs, &mut all);
    by_name(signs, &mut all);
    by_office(signs, &mut all);
    by_maker(signs, &mut all);
    all.sort_by(|a: &Role, b| b.confidence.cmp(&a.confidence).then(a.role.cmp(b.role)).then(a.reason.cmp(&b.reason)));
    all.dedup_by(|later, first| later.role == first.role);
    let mut seen = BTreeSet::new();
    all.retain(|r| seen.insert(r.role));
    all
}

fn infer(all: &mut Vec<Role>, role: &'static str, confidence: u8, reason: String) {
    all.push(Role { role, confidence, source: "inference".into(), reason });
}

fn stated(signs: &Signs<'_>, all: &mut Vec<Role>) {
    for said in signs.values(Attribute::Role) {
        if let Some(role) = wf_model::asset::ROLES.iter().find(|r| **r == said.value) {
            all.push(Role {
                role,
                confidence: said.confidence,
                source: said.source.clone(),
                reason: format!("The device says so by {}.", said.source),
            });
        }
    }
    if signs.internet {
        infer(all, "internet_host", 95, "Its address lies outside the site's address space.".into());
    } else if signs.router {
        infer(
            all,
            "network_device",
            88,
            "Its MAC address stands before the addresses of other devices, so it routes for them.".into(),
        );
    }
    let model =
        signs.values(Attribute::Model).chain(signs.values(Attribute::OrderNumber)).chain(signs.values(Attribute::Description));
    for said in model {
        let lower = said.value.to_lowercase();
        if REMOTE_IO.iter().any(|word| lower.contains(word)) {
            infer(all, "remote_io", 86, format!("It calls itself '{}', which is remote I/O.", said.value));
        }
    }
}

fn by_service(signs: &Signs<'_>, all: &mut Vec<Role>) {
    let outstation = signs.serves(TELECONTROL);
    if let Some((protocol, clients)) = outstation {
        infer(all, "rtu", 80, format!("It answers {protocol} as an outstation to {}.", plural(clients, "client")));
    }
    let others: Vec<&str> = CONTROL.iter().copied().filter(|p| !TELECONTROL.contains(p)).collect();
    if let Some((protocol, clients)) = signs.serves(&others) {
        infer(all, "controller", 81, format!("It answers {protocol} to {}.", plural(clients, "client")));
    }
    if let Some((protocol, clients)) = signs.serves(&["bacnet"]) {
        infer(all, "building_controller", 78, format!("It answers {protocol} to {}.", plural(clients, "client")));
    }
    if let Some((protocol, _)) = signs.serves(&["ipp", "lpd", "jetdirect"]) {
        infer(all, "printer", 70, format!("It takes print jobs over {protocol}."));
    }
    if let Some((protocol, _)) = signs.serves(&["rtsp"]) {
        infer(all, "camera", 65, format!("It serves video over {protocol}."));
    }
    if let Some((protocol, clients)) = signs.serves(SERVICES) {
        let sure = u8::try_from(clients.min(10)).unwrap_or(10);
        infer(all, "server", 55 + sure, format!("It serves {protocol} to {}.", plural(clients, "client")));
    }
}

fn by_mastery(signs: &Signs<'_>, all: &mut Vec<Role>) {
    let sum = signs.mastery();
    let n = sum.controllers.len();
    if n == 0 {
        return;
    }
    let devices = plural(n, "control device");
    let cyclic = sum.reads >= 100 && sum.reads > 20 * (sum.engineering + sum.programs);
    if sum.programs + sum.engineering > 0 && !cyclic {
        let asked = sum.programs + sum.engineering;
        infer(
            all,
            "engineering_station",
            75,
            format!("It asked {devices} for identities or blocks, or loaded programs, {asked} times."),
        );
    }
    if sum.telecontrol && sum.reads + sum.controls + sum.writes > 0 {
        infer(all, "scada_server", 74, format!("It is the master of telecontrol outstations among {devices}."));
    }
    if sum.writes + sum.controls > 0 {
        let acts = sum.writes + sum.controls;
        infer(all, "hmi", 70, format!("It reads from {devices} ({} reads) and writes or commands ({acts} times).", sum.reads));
        if n >= 8 {
            infer(all, "scada_server", 71, format!("It reads from and writes to {devices}."));
        }
    } else if sum.reads > 0 {
        let sure = if n >= 2 { 70 } else { 50 };
        infer(all, "historian", sure, format!("It only reads, from {devices} ({} reads), and never writes.", sum.reads));
    }
}

fn by_name(signs: &Signs<'_>, all: &mut Vec<Role>) {
    for said in signs.values(Attribute::Name) {
        let lower = said.value.to_lowercase();
        let word = HOST_NAMES.iter().find(|(word, ..)| lower.contains(word));
        let word = word.or_else(|| HOST_PREFIXES.iter().find(|(prefix, ..)| lower.starts_with(prefix)));
        if let Some((_, role, confidence)) = word {
            infer(all, role, *confidence, format!("Its host name is '{}'.", said.value));
        }
    }
}

fn by_maker(signs: &Signs<'_>, all: &mut Vec<Role>) {
    let is_network = |maker: &&String| NETWORK_MAKERS.iter().any(|m| maker.to_lowercase().starts_with(m));
    if let Some(maker) = signs.makers.iter().find(is_network) {
        infer(all, "network_device", 35, format!("Its maker by its MAC address, {maker}, makes network devices."));
    }
}

fn by_office(signs: &Signs<'_>, all: &mut Vec<Role>) {
    let browses = signs.asked().any(|(p, _)| matches!(p, "dns" | "http" | "tls" | "http2" | "smb" | "kerberos"));
    let desktop = |os: &str| {
        let os = os.to_lowercase();
        (os.contains("windows") && !os.contains("server") && !os.contains(" ce")) || os.contains("macos")
    };
    if let Some(said) = signs.values(Attribute::Os).find(|s| desktop(&s.value)) {
        infer(all, "workstation", 50, format!("It runs {}.", said.value));
    }
    if browses && signs.leased && !signs.internet {
        infer(all, "workstation", 45, "It takes its address by DHCP and uses office services.".into());
    }
}

pub(crate) fn plural(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
