//! Requests and what comes of them; who logs in with which secret; what is said of machines.

use super::fields;
use super::filter::Filter;
use super::message::{self, Attributes, Auth, Message, Operation, Outcome, text};
use super::names::HIDDEN;
use super::netlogon::Netlogon;
use super::{NAME, names};
use crate::ber::{self, Elements, Tag};
use crate::held::{self, ANSWER_MAX, Waits};
use crate::hints;
use crate::spnego::{self, Token};
use std::borrow::Cow;
use wf_model::observation::Transport;
use wf_model::{Attribute, Category};
use wf_wire::decode::{About, Anomaly, Credential, Evidence, Moment, Operation as Act, Pending, Target};
use wf_wire::{Context, Direction, Sink};

/// Open requests of one connection.
const OPEN_MAX: usize = 64;
/// Text of values, in bytes.
const TEXT_MAX: usize = 260;

#[derive(Debug)]
struct Asked {
    at: Moment,
    /// Its answer may have gone unseen; or it was answered in part, and the end may be long in coming.
    lost: bool,
    number: u32,
    function: &'static str,
    category: Category,
    target: String,
    value: Option<String>,
    start_tls: bool,
}

impl Waits for Asked {
    fn asked(&self) -> Moment {
        self.at
    }

    fn lose(&mut self) {
        self.lost = true;
    }
}

#[derive(Debug)]
pub struct Session {
    open: Pending<i64, Asked>,
    unsure: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Pending::new(OPEN_MAX), unsure: false }
    }
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    /// Takes a message. Whether TLS begins behind it.
    pub fn message(&mut self, ctx: &Context<'_>, said: &Message<'_>, out: &mut dyn Sink) -> bool {
        let Some(operation) = &said.operation else { return false };
        let mut tls = false;
        match operation {
            Operation::Entry { name, attributes } => {
                self.heard(said.id);
                entry(ctx, name, attributes, out);
                if name.is_empty() {
                    root(ctx, attributes, out);
                }
            }
            Operation::Result(outcome) => tls = self.answer(ctx, said, outcome, out),
            Operation::Abandon(id) => {
                // The answer may be on its way already (RFC 4511, 4.11).
                self.unsure |= self.open.close(id).is_some();
            }
            Operation::Reference(_) | Operation::Intermediate => self.heard(said.id),
            Operation::Unbind => {}
            request => {
                secrets(ctx, request, out);
                self.ask(ctx, said, request, out);
            }
        }
        while let Some((_, late)) = held::overdue(&mut self.open, ctx.now, ANSWER_MAX) {
            self.unsure = true;
            let outcome = held::missing(late.lost);
            tell(ctx, late, outcome.into(), out);
        }
        tls
    }

    fn heard(&mut self, id: i64) {
        if let Some(asked) = self.open.get_mut(&id) {
            asked.lost = true;
        }
    }

    fn ask(&mut self, ctx: &Context<'_>, said: &Message<'_>, request: &Operation<'_>, out: &mut dyn Sink) {
        let (function, category) = kind(request);
        let (target, value) = words(request);
        // Over UDP the same again is the same request, asked again.
        if ctx.transport == Transport::Udp
            && self
                .open
                .get_mut(&said.id)
                .is_some_and(|same| (same.number, &same.target, &same.value) == (said.number, &target, &value))
        {
            return;
        }
        let start_tls = matches!(request, Operation::Extended { name, .. } if *name == message::START_TLS);
        let asked = Asked { at: ctx.now, lost: false, number: said.number, function, category, target, value, start_tls };
        let bytes = asked.target.capacity() + asked.value.as_ref().map_or(0, String::capacity);
        if let Some((_, fallen)) = self.open.open_with(said.id, asked, bytes) {
            out.evicted(1);
            self.unsure = true;
            let outcome = held::missing(fallen.lost);
            tell(ctx, fallen, outcome.into(), out);
        }
    }

    fn answer(&mut self, ctx: &Context<'_>, said: &Message<'_>, outcome: &Outcome<'_>, out: &mut dyn Sink) -> bool {
        if let Some(Token::Ntlm(token)) = outcome.token.map(spnego::read) {
            token.evidence(ctx, NAME, out);
        }
        let fits =
            |id: &i64, asked: &Asked| *id == said.id && (asked.number + 1 == said.number || asked.number + 2 == said.number);
        let Some((_, asked)) = self.open.close_where(fits) else {
            // RFC 4511, 4.4: a notice comes unasked, with number 0.
            if said.id != 0 && ctx.from_start && !ctx.after_gap && !self.unsure {
                let detail = format!("{} {}", names::operation(said.number), said.id);
                out.anomaly(ctx, NAME, Anomaly { kind: "ldap_unasked_reply", detail: detail.into() });
            }
            return false;
        };
        let tls = asked.start_tls && outcome.code == 0;
        // A bind of several steps is told with its last one.
        if outcome.code != 14 {
            tell(ctx, asked, names::outcome(outcome.code), out);
        }
        tls
    }

    pub fn lose(&mut self) {
        self.unsure = true;
        held::lose(&mut self.open);
    }

    /// The flow is over, or nothing more of it can be read.
    pub fn finish(&mut self, ctx: &Context<'_>, sealed: bool, out: &mut dyn Sink) {
        for (_, asked) in self.open.drain() {
            let outcome = held::missing(asked.lost || sealed);
            tell(ctx, asked, outcome.into(), out);
        }
    }
}

fn tell(ctx: &Context<'_>, asked: Asked, outcome: Cow<'static, str>, out: &mut dyn Sink) {
    if asked.start_tls {
        return;
    }
    let target = if asked.target.is_empty() { Target::None } else { Target::Text(&asked.target) };
    let (at, function, category, value) = (asked.at, asked.function, asked.category, asked.value.map(Cow::Owned));
    out.operation(ctx, NAME, Act { at, actor: Direction::ToServer, function, category, target, value, outcome });
}

fn kind(request: &Operation<'_>) -> (&'static str, Category) {
    match request {
        Operation::Bind { .. } => ("login", Category::Diagnostic),
        Operation::Search(_) => ("search", Category::Read),
        Operation::Modify { .. } => ("modify_entry", Category::Write),
        Operation::Add { .. } => ("add_entry", Category::Write),
        Operation::Delete(_) => ("delete_entry", Category::Write),
        Operation::Rename { .. } => ("rename_entry", Category::Write),
        Operation::Compare { .. } => ("compare", Category::Read),
        Operation::Extended { name, .. } if *name == message::CHANGE_PASSWORD => ("change_password", Category::Write),
        Operation::Extended { name, .. } if *name == message::WHO_AM_I => ("who_am_i", Category::Diagnostic),
        _ => ("extended_operation", Category::Diagnostic),
    }
}

/// Target and value of an operation.
fn words(request: &Operation<'_>) -> (String, Option<String>) {
    let name = |bytes| hints::cut(text(bytes), TEXT_MAX).into_owned();
    match request {
        Operation::Bind { name: dn, auth, .. } => {
            let (account, mechanism) = account(auth);
            (account.unwrap_or_else(|| if dn.is_empty() { "anonymous".to_owned() } else { name(dn) }), Some(mechanism))
        }
        Operation::Search(search) => (name(search.base), Some(hints::shown(Filter(search.filter), TEXT_MAX))),
        Operation::Modify { name: dn, changes } => {
            let all = fields::changes_of(changes).map(|change| {
                let value = change.values.clone().next();
                let value = match value {
                    Some(_) if names::is_secret(change.attribute) => HIDDEN.into(),
                    Some(e) => fields::shown_value(e.bytes),
                    None => Cow::Borrowed(""),
                };
                format!("{} {}={value}", names::change(change.kind), text(change.attribute))
            });
            (name(dn), Some(hints::cut(all.collect::<Vec<_>>().join(", ").into(), TEXT_MAX).into_owned()))
        }
        Operation::Add { name: dn, attributes } => {
            let classes = attributes.each().find(|(kind, _)| kind.eq_ignore_ascii_case(b"objectClass")).map(|(_, values)| values);
            let classes = classes.map(|values| hints::list(values.map(|e| text(e.bytes).into_owned()), TEXT_MAX));
            (name(dn), classes)
        }
        Operation::Delete(dn) => (name(dn), None),
        Operation::Rename { name: dn, new, .. } => (name(dn), Some(name(new))),
        Operation::Compare { name: dn, attribute, .. } => (name(dn), Some(name(attribute))),
        Operation::Extended { name: message::CHANGE_PASSWORD, value } => (
            value
                .and_then(|value| {
                    let [user, ..] = changed_password(value);
                    user
                })
                .map(name)
                .unwrap_or_default(),
            None,
        ),
        Operation::Extended { name: oid, .. } => (String::new(), Some(name(oid))),
        _ => (String::new(), None),
    }
}

/// Who logs in by a token, and by which mechanism.
fn account(auth: &Auth<'_>) -> (Option<String>, String) {
    let by = |token: &[u8]| match spnego::read(token) {
        Token::Ntlm(said) => said.account(),
        Token::Kerberos(ticket) => Some(format!("Kerberos {} of {}", ticket.service, ticket.realm)),
        Token::Other => None,
    };
    match auth {
        Auth::Simple(_) => (None, "simple".to_owned()),
        Auth::Sasl { mechanism, token } if *mechanism == b"PLAIN" => {
            (plain(token).map(|(user, _)| text(user).into_owned()), "PLAIN".to_owned())
        }
        Auth::Sasl { mechanism, token } => (by(token).or_else(|| Some("unknown".to_owned())), text(mechanism).into_owned()),
        Auth::Sicily { token, .. } => (by(token), "NTLM".to_owned()),
        Auth::Other(number) => (None, number.to_string()),
    }
}

/// RFC 4616: who is meant, who logs in, the password.
fn plain(token: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut parts = token.split(|b| *b == 0);
    let (_, user, secret) = (parts.next()?, parts.next()?, parts.next()?);
    Some((user, secret))
}

/// RFC 3062, 2: whose password, the old one, the new one.
fn changed_password(value: &[u8]) -> [Option<&[u8]>; 3] {
    let sequence = Elements::new(value).next();
    [0, 1, 2].map(|number| sequence?.elements().find(|e| e.tag == Tag::context(number)).map(|e| e.bytes))
}

/// A secret that can be read.
fn credential(ctx: &Context<'_>, user: &[u8], secret: &[u8], out: &mut dyn Sink) {
    if !secret.is_empty() {
        let user = text(user);
        let user = Some(user.as_ref()).filter(|user| !user.is_empty());
        out.credential(ctx, NAME, Credential { scheme: "password", user, secret });
    }
}

/// Values of those attributes that are secrets, whoever sends them.
fn told(ctx: &Context<'_>, name: &[u8], attributes: &Attributes<'_>, out: &mut dyn Sink) {
    let secret = attributes.each().filter(|(kind, _)| names::is_secret(kind));
    secret.flat_map(|(_, values)| values).for_each(|e| credential(ctx, name, e.bytes, out));
}

/// Values in a filter that are compared with secrets.
fn guessed(ctx: &Context<'_>, filter: &[u8], left: usize, out: &mut dyn Sink) {
    for e in Elements::new(filter).take(message::LIST_MAX) {
        let mut parts = e.elements();
        match e.context() {
            Some(0..=2) if left > 0 => guessed(ctx, e.bytes, left - 1, out),
            Some(3 | 5 | 6 | 8) if parts.next().is_some_and(|name| names::is_secret(name.bytes)) => {
                parts.next().into_iter().for_each(|value| credential(ctx, b"", value.bytes, out));
            }
            Some(4) if parts.next().is_some_and(|name| names::is_secret(name.bytes)) => {
                let pieces = parts.next().into_iter().flat_map(|list| list.elements());
                pieces.for_each(|piece| credential(ctx, b"", piece.bytes, out));
            }
            Some(9) if e.elements().any(|part| part.context() == Some(2) && names::is_secret(part.bytes)) => {
                let value = e.elements().filter(|part| part.context() == Some(3));
                value.for_each(|value| credential(ctx, b"", value.bytes, out));
            }
            _ => {}
        }
    }
}

/// Readable secrets of a request, and what its tokens tell.
fn secrets(ctx: &Context<'_>, request: &Operation<'_>, out: &mut dyn Sink) {
    let say = |user: &[u8], secret: &[u8], out: &mut dyn Sink| credential(ctx, user, secret, out);
    match request {
        Operation::Bind { name, auth: Auth::Simple(secret), .. } => say(name, secret, out),
        Operation::Bind { auth: Auth::Sasl { mechanism: b"PLAIN", token }, .. } => {
            if let Some((user, secret)) = plain(token) {
                say(user, secret, out);
            }
        }
        Operation::Bind { auth: Auth::Sasl { token, .. } | Auth::Sicily { token, .. }, .. } => match spnego::read(token) {
            Token::Ntlm(said) => said.evidence(ctx, NAME, out),
            Token::Kerberos(ticket) => {
                if let Some(value) = ticket.host() {
                    let (about, attribute) = (About::Receiver, Attribute::Name);
                    out.evidence(ctx, NAME, Evidence { about, attribute, value, source: "kerberos", confidence: 65 });
                }
            }
            Token::Other => {}
        },
        Operation::Add { name, attributes } => told(ctx, name, attributes, out),
        Operation::Modify { name, changes } => {
            let secret = fields::changes_of(changes).filter(|change| names::is_secret(change.attribute));
            secret.flat_map(|change| change.values).for_each(|e| say(name, e.bytes, out));
        }
        Operation::Compare { name, attribute, value } if names::is_secret(attribute) => say(name, value, out),
        Operation::Extended { name: message::CHANGE_PASSWORD, value: Some(value) } => {
            let [user, old, new] = changed_password(value);
            [old, new].into_iter().flatten().for_each(|secret| say(user.unwrap_or_default(), secret, out));
        }
        Operation::Search(search) => {
            guessed(ctx, search.filter, super::filter::DEPTH_MAX, out);
            host_of(ctx, search.filter, out);
        }
        _ => {}
    }
}

/// The same of a message of which the end may be missing.
pub fn secrets_in_part(ctx: &Context<'_>, said: &Message<'_>, out: &mut dyn Sink) {
    match &said.operation {
        Some(Operation::Entry { name, attributes }) => told(ctx, name, attributes, out),
        // Its elements lie in a value that is none to the message.
        Some(Operation::Extended { name: message::CHANGE_PASSWORD, value: Some(value) }) => {
            let value = Some(&*ber::closed(value));
            secrets(ctx, &Operation::Extended { name: message::CHANGE_PASSWORD, value }, out);
        }
        Some(operation) => secrets(ctx, operation, out),
        None => {}
    }
}

/// A ping for a domain controller names who asks: `(Host=PC-7)` beside `NtVer` (MS-ADTS 6.3.3).
fn host_of(ctx: &Context<'_>, filter: &[u8], out: &mut dyn Sink) {
    let Some(all) = Elements::new(filter).next().filter(|e| e.context() == Some(0)) else { return };
    let mut host = None;
    let mut ping = false;
    for e in all.elements().filter(|e| e.context() == Some(3)).take(16) {
        let mut pair = e.elements();
        let (Some(name), Some(value)) = (pair.next(), pair.next()) else { continue };
        ping |= name.bytes.eq_ignore_ascii_case(b"NtVer");
        if name.bytes.eq_ignore_ascii_case(b"Host") {
            host = Some(hints::clean(value.bytes));
        }
    }
    if let Some(value) = host.filter(|host| ping && hints::is_host_name(host)) {
        let (about, attribute) = (About::Sender, Attribute::Name);
        out.evidence(ctx, NAME, Evidence { about, attribute, value: &value, source: "netlogon", confidence: 70 });
    }
}

/// What an entry holds that nobody should read, or load: RFC 2713, objects of Java are made from what stands here, or from where
/// it points to.
fn entry(ctx: &Context<'_>, name: &[u8], attributes: &Attributes<'_>, out: &mut dyn Sink) {
    told(ctx, name, attributes, out);
    let code =
        ["javaCodeBase", "javaSerializedData", "javaFactory"].into_iter().find_map(|kind| Some((kind, attributes.first(kind)?)));
    if let Some((kind, value)) = code {
        let detail = format!("{kind}={}", fields::shown_value(value));
        out.anomaly(ctx, NAME, Anomaly { kind: "ldap_code_reference", detail: detail.into() });
    }
}

/// What a server says of itself: in answer to a ping, or in its root entry (RFC 4512, 5.1; MS-ADTS 3.1.1.3.2).
fn root(ctx: &Context<'_>, attributes: &Attributes<'_>, out: &mut dyn Sink) {
    let mut say = |attribute, value: &str, source, confidence| {
        let value = value.trim();
        if !value.is_empty() {
            out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source, confidence });
        }
    };
    if let Some(Ok(Some(said))) = attributes.first("netlogon").map(Netlogon::read) {
        say(Attribute::Name, &said.host, "netlogon", 85);
        say(Attribute::Name, said.netbios_host.trim_start_matches('\\'), "netlogon", 80);
        if !said.domain.is_empty() {
            say(Attribute::Description, &format!("domain controller of {}", said.domain), "netlogon", 70);
        }
        return;
    }
    if attributes.first("supportedLDAPVersion").or(attributes.first("namingContexts")).is_none() {
        return;
    }
    let value = |name| attributes.first(name).map(hints::clean).unwrap_or_default();
    say(Attribute::Name, &value("dnsHostName"), "root_entry", 80);
    say(Attribute::Vendor, &value("vendorName"), "root_entry", 50);
    say(Attribute::Software, &value("vendorVersion"), "root_entry", 70);
    let context = value("defaultNamingContext");
    if !context.is_empty() {
        say(Attribute::Description, &format!("directory server of {context}"), "root_entry", 60);
    }
}
