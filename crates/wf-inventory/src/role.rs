//! What a device is for, from what it says and does.

use crate::facts::{Asked, Node, Said};
use wf_model::{Address, Attribute, Mac, Text};

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
    "omron_fins",
    "ads",
    "melsec",
    "ge_srtp",
    "codesys",
    "profinet_io",
    "mms",
    "pccc",
    "hart_ip",
    "synchrophasor",
    "ethercat",
    "bsap",
    "roc_plus",
    "tristation",
    "genisys",
];
/// Of these, the ones that telecontrol outstations speak.
const TELECONTROL: &[&str] = &["dnp3", "iec104", "iec60870_5_104"];
/// Of these, the ones that safety controllers speak.
const SAFETY: &[&str] = &["tristation"];
/// What meters speak: they measure and act on nothing but their own breaker.
const METERING: &[&str] = &["dlms", "c1222"];
/// What building controllers speak, with their masters and with each other.
const BUILDING: &str = "bacnet";
/// Protocols whose servers are office or infrastructure machines.
const SERVICES: &[&str] = &[
    "dns",
    "dhcp",
    "http",
    "http2",
    "tls",
    "ssh",
    "smb",
    "dcerpc",
    "telnet",
    "ftp",
    "tftp",
    "ntp",
    "smtp",
    "imap",
    "pop3",
    "ldap",
    "kerberos",
    "rdp",
    "openvpn",
    "mqtt",
    "opcua",
    "mssql",
    "mysql",
    "postgresql",
    "syslog",
    "radius",
];
/// Words in a model, order number or description, what they are said of, and what that is called. Families are those of makers'
/// catalogues.
const KINDS: &[(&str, &str, &[&str])] = &[
    (
        "remote_io",
        "remote I/O",
        &["coupler", "et200", "et 200", "remote i/o", "1734-aent", "fieldbus adapter", "io device", "bus terminal"],
    ),
    (
        "drive",
        "a drive",
        &[
            "altivar",
            "sinamics",
            "powerflex",
            "micromaster",
            "movitrac",
            "frequency inverter",
            "frequency converter",
            "variable speed drive",
            "vlt automationdrive",
            "acs880",
            "acs580",
            "acs550",
        ],
    ),
    (
        "sensor",
        "a sensor",
        &[
            "turbidimeter",
            "tu5300",
            "tu5400",
            "flowmeter",
            "flow meter",
            "transmitter",
            "promag",
            "promass",
            "micropilot",
            "liquiline",
            "sensor",
            "analyzer",
            "analyser",
        ],
    ),
    (
        "protection_relay",
        "a protection relay",
        &[
            "siprotec",
            "micom p",
            "multilin",
            "protection relay",
            "protective relay",
            "feeder protection",
            "ref615",
            "ref620",
            "ref630",
            "red615",
            "red670",
            "rel670",
            "ret615",
            "ret670",
            "rem615",
            "sel-351",
            "sel-421",
            "sel-451",
            "sel-487",
            "sel-751",
            "sel-787",
        ],
    ),
];
/// Protocols in which both sides speak first, from and to the same port: only an answer tells who serves.
const EITHER_WAY: &[&str] = &["bacnet"];

/// Whether a conversation of this protocol says by itself which side serves.
pub(crate) fn has_server(protocol: &str) -> bool {
    !EITHER_WAY.contains(&protocol)
}
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
pub(crate) struct Role<'a> {
    pub role: &'static str,
    pub confidence: u8,
    pub source: &'a Text,
    /// In words; empty where nobody asked for reasons.
    pub reason: String,
}

/// All that a role is inferred from.
pub(crate) struct Signs<'s, 'a> {
    pub nodes: &'s [&'a Node],
    pub router: bool,
    pub internet: bool,
    pub leased: bool,
    /// Vendors by its MACs.
    pub makers: &'s [(Mac, &'a str)],
    /// Whether reasons are wanted.
    pub explain: bool,
}

/// What a device asked of control protocols, added up.
#[derive(Default)]
struct Mastery {
    /// How many devices it asked.
    controllers: usize,
    telecontrol: bool,
    reads: u64,
    writes: u64,
    controls: u64,
    programs: u64,
    engineering: u64,
}

impl<'a> Signs<'_, 'a> {
    fn asked(&self) -> impl Iterator<Item = (&'a str, &'a Asked)> {
        self.nodes.iter().flat_map(|n| n.does.asks.iter().map(|(p, a)| (p.as_str(), a)))
    }

    fn serves(&self, among: impl Fn(&str) -> bool) -> Option<(&'a str, usize)> {
        let all = self.nodes.iter().flat_map(|n| n.does.serves.iter());
        all.filter(|(p, _)| among(p)).map(|(p, s)| (p.as_str(), s.clients.len())).max_by_key(|(p, n)| (*n, std::cmp::Reverse(*p)))
    }

    fn values(&self, attribute: Attribute) -> impl Iterator<Item = &'a Said> {
        self.nodes.iter().flat_map(|n| n.said.iter()).filter(move |s| s.attribute == attribute)
    }

    fn mastery(&self) -> Mastery {
        let mut sum = Mastery::default();
        let mut controllers: Vec<Address> = Vec::new();
        for (protocol, asked) in self.asked().filter(|(p, _)| CONTROL.contains(p) || METERING.contains(p) || *p == BUILDING) {
            controllers.extend_from_slice(&asked.servers);
            sum.telecontrol |= TELECONTROL.contains(&protocol);
            sum.reads += asked.reads;
            sum.writes += asked.writes;
            sum.controls += asked.controls;
            // A telecontrol master sets clocks and report classes every day; elsewhere that is an engineer's work.
            sum.programs += asked.programs + if TELECONTROL.contains(&protocol) { 0 } else { asked.configurations };
            sum.engineering += asked.engineering;
        }
        controllers.sort_unstable();
        controllers.dedup();
        sum.controllers = controllers.len();
        sum
    }
}

/// Roles being gathered.
struct Found<'a> {
    all: Vec<Role<'a>>,
    explain: bool,
}

impl<'a> Found<'a> {
    fn add(&mut self, role: &'static str, confidence: u8, source: &'a Text, reason: impl FnOnce() -> String) {
        let reason = if self.explain { reason() } else { String::new() };
        self.all.push(Role { role, confidence, source, reason });
    }

    fn infer(&mut self, role: &'static str, confidence: u8, reason: impl FnOnce() -> String) {
        self.add(role, confidence, &Text::Borrowed("inference"), reason);
    }
}

/// All roles that something speaks for, the likeliest first.
pub(crate) fn roles<'a>(signs: &Signs<'_, 'a>) -> Vec<Role<'a>> {
    let mut found = Found { all: Vec::new(), explain: signs.explain };
    stated(signs, &mut found);
    by_service(signs, &mut found);
    by_mastery(signs, &mut found);
    by_name(signs, &mut found);
    by_office(signs, &mut found);
    by_maker(signs, &mut found);
    let mut all = found.all;
    all.sort_by(|a, b| b.confidence.cmp(&a.confidence).then(a.role.cmp(b.role)).then_with(|| a.reason.cmp(&b.reason)));
    let mut seen: Vec<&str> = Vec::new();
    all.retain(|r| {
        let new = !seen.contains(&r.role);
        if new {
            seen.push(r.role);
        }
        new
    });
    all
}

fn stated<'a>(signs: &Signs<'_, 'a>, all: &mut Found<'a>) {
    for said in signs.values(Attribute::Role) {
        if let Some(role) = wf_model::asset::ROLES.iter().find(|r| **r == said.value) {
            all.add(role, said.confidence, &said.source, || format!("The device says so by {}.", said.source));
        }
    }
    if signs.internet {
        all.infer("internet_host", 95, || "Its address lies outside the site's address space.".into());
    } else if signs.router {
        all.infer("network_device", 88, || {
            "Its MAC address stands before the addresses of other devices, so it routes for them.".into()
        });
    }
    let model =
        signs.values(Attribute::Model).chain(signs.values(Attribute::OrderNumber)).chain(signs.values(Attribute::Description));
    for said in model {
        let lower = said.value.to_lowercase();
        if let Some((role, what, _)) = KINDS.iter().find(|(.., words)| words.iter().any(|word| lower.contains(word))) {
            all.infer(role, 86, || format!("It calls itself '{}', which is {what}.", said.value));
        }
    }
}

fn by_service<'a>(signs: &Signs<'_, 'a>, all: &mut Found<'a>) {
    let outstation = signs.serves(|p| TELECONTROL.contains(&p));
    if let Some((protocol, clients)) = outstation {
        all.infer("rtu", 80, || format!("It answers {protocol} as an outstation to {}.", plural(clients, "client")));
    }
    if let Some((protocol, clients)) = signs.serves(|p| SAFETY.contains(&p)) {
        all.infer("safety_controller", 83, || format!("It answers {protocol} to {}.", plural(clients, "client")));
    }
    let controller = |p: &str| CONTROL.contains(&p) && !TELECONTROL.contains(&p) && !SAFETY.contains(&p);
    if let Some((protocol, clients)) = signs.serves(controller) {
        all.infer("controller", 81, || format!("It answers {protocol} to {}.", plural(clients, "client")));
    }
    if let Some((protocol, clients)) = signs.serves(|p| METERING.contains(&p)) {
        all.infer("meter", 77, || format!("It answers {protocol} to {}.", plural(clients, "client")));
    }
    if let Some((protocol, clients)) = signs.serves(|p| p == BUILDING) {
        all.infer("building_controller", 78, || format!("It answers {protocol} to {}.", plural(clients, "client")));
    }
    if let Some((protocol, _)) = signs.serves(|p| matches!(p, "ipp" | "lpd" | "jetdirect")) {
        all.infer("printer", 70, || format!("It takes print jobs over {protocol}."));
    }
    if let Some((protocol, _)) = signs.serves(|p| p == "rtsp") {
        all.infer("camera", 65, || format!("It serves video over {protocol}."));
    }
    if let Some((protocol, clients)) = signs.serves(|p| SERVICES.contains(&p)) {
        let sure = u8::try_from(clients.min(10)).unwrap_or(10);
        all.infer("server", 55 + sure, || format!("It serves {protocol} to {}.", plural(clients, "client")));
    }
}

fn by_mastery<'a>(signs: &Signs<'_, 'a>, all: &mut Found<'a>) {
    let sum = signs.mastery();
    let n = sum.controllers;
    if n == 0 {
        return;
    }
    let devices = || plural(n, "control device");
    let cyclic = sum.reads >= 100 && sum.reads > 20 * (sum.engineering + sum.programs);
    if sum.programs + sum.engineering > 0 && !cyclic {
        let asked = sum.programs + sum.engineering;
        all.infer("engineering_station", 75, || {
            format!("It asked {} for identities or blocks, or loaded programs, {asked} times.", devices())
        });
    }
    if sum.telecontrol && sum.reads + sum.controls + sum.writes > 0 {
        all.infer("scada_server", 74, || format!("It is the master of telecontrol outstations among {}.", devices()));
    }
    if sum.writes + sum.controls > 0 {
        let acts = sum.writes + sum.controls;
        all.infer("hmi", 70, || {
            format!("It reads from {} ({} reads) and writes or commands ({acts} times).", devices(), sum.reads)
        });
        if n >= 8 {
            all.infer("scada_server", 71, || format!("It reads from and writes to {}.", devices()));
        }
    } else if sum.reads > 0 {
        let sure = if n >= 2 { 70 } else { 50 };
        all.infer("historian", sure, || format!("It only reads, from {} ({} reads), and never writes.", devices(), sum.reads));
    }
}

fn by_name<'a>(signs: &Signs<'_, 'a>, all: &mut Found<'a>) {
    for said in signs.values(Attribute::Name) {
        let lower = said.value.to_lowercase();
        let word = HOST_NAMES.iter().find(|(word, ..)| lower.contains(word));
        let word = word.or_else(|| HOST_PREFIXES.iter().find(|(prefix, ..)| lower.starts_with(prefix)));
        if let Some((_, role, confidence)) = word {
            all.infer(role, *confidence, || format!("Its host name is '{}'.", said.value));
        }
    }
}

fn by_maker<'a>(signs: &Signs<'_, 'a>, all: &mut Found<'a>) {
    let is_network = |maker: &&str| {
        let lower = maker.to_lowercase();
        NETWORK_MAKERS.iter().any(|m| lower.starts_with(m))
    };
    if let Some(maker) = signs.makers.iter().map(|(_, maker)| *maker).find(is_network) {
        all.infer("network_device", 35, || format!("Its maker by its MAC address, {maker}, makes network devices."));
    }
}

fn by_office<'a>(signs: &Signs<'_, 'a>, all: &mut Found<'a>) {
    let browses = signs.asked().any(|(p, _)| matches!(p, "dns" | "http" | "tls" | "http2" | "smb" | "kerberos"));
    let desktop = |os: &str| {
        let os = os.to_lowercase();
        (os.contains("windows") && !os.contains("server") && !os.contains(" ce")) || os.contains("macos")
    };
    if let Some(said) = signs.values(Attribute::Os).find(|s| desktop(&s.value)) {
        all.infer("workstation", 50, || format!("It runs {}.", said.value));
    }
    if browses && signs.leased && !signs.internet {
        all.infer("workstation", 45, || "It takes its address by DHCP and uses office services.".into());
    }
}

pub(crate) fn plural(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
