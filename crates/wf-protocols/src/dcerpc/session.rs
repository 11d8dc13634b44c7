//! A conversation: contexts that binds agreed on, calls joined with their answers, names behind handles.

use super::names::{self, Interface, Returns};
use super::pdu::{self, Call, FIRST, LAST, Pdu, number32};
use super::{NAME, fields, stub};
use crate::held::{Held, Waiting};
use crate::windows::{self, Guid};
use crate::{hints, spnego};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use wf_model::Category;
use wf_wire::decode::Moment;
use wf_wire::{Anomaly, Coded, Context, Direction, Operation, Reader, Sink, Target};

/// Calls that wait for their answer, and bytes kept of each.
const OPEN_MAX: usize = 8;
const OPEN_BYTES_MAX: usize = 4096;
/// Contexts and handles of one conversation.
const CONTEXTS_MAX: usize = 32;
const HANDLES_MAX: usize = 16;
/// Text of values and targets, in bytes.
const VALUE_MAX: usize = 300;
const TARGET_MAX: usize = 200;
/// Bytes kept of the name behind a handle.
const NAME_MAX: usize = 512;
/// A context handle (C706 appendix P): attributes and a UUID.
const HANDLE: usize = 20;

/// What one conversation remembers.
pub struct Session {
    contexts: Vec<(u16, Guid)>,
    open: Held<u32>,
    handles: VecDeque<([u8; HANDLE], String)>,
    /// Bytes are missing: an answer may have been among them.
    lossy: bool,
}

impl Default for Session {
    fn default() -> Self {
        let open = Held::with_bytes(OPEN_MAX, OPEN_BYTES_MAX);
        Self { contexts: Vec::new(), open, handles: VecDeque::new(), lossy: false }
    }
}

impl Session {
    /// Bytes that it holds, with the names behind a few handles.
    pub fn weight(&self) -> usize {
        self.open.weight() + self.handles.iter().map(|(_, name)| name.capacity()).sum::<usize>()
    }

    /// The interface that a context stands for.
    pub fn interface(&self, context: u16) -> Option<Guid> {
        self.contexts.iter().find(|(id, _)| *id == context).map(|(_, guid)| *guid)
    }

    /// One PDU; `bytes` begins with its header and may be cut.
    pub fn pdu(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) {
        let Some(pdu) = Pdu::read(bytes) else { return };
        if let pdu::BIND | pdu::ALTER_CONTEXT = pdu.head.kind {
            self.propose(&pdu);
        }
        if let Some(mut writer) = out.message(ctx, NAME) {
            fields::write(&mut writer, &pdu, self);
        }
        if let Some(auth) = &pdu.auth
            && !matches!(pdu.head.kind, pdu::REQUEST | pdu::RESPONSE | pdu::FAULT)
            && let spnego::Token::Ntlm(said) = spnego::read(auth.token)
        {
            said.evidence(ctx, NAME, out);
        }
        match pdu.head.kind {
            pdu::REQUEST if pdu.head.flags & FIRST != 0 => self.ask(ctx, &pdu, bytes, out),
            pdu::BIND | pdu::ALTER_CONTEXT => self.ask(ctx, &pdu, bytes, out),
            pdu::RESPONSE if pdu.head.flags & LAST != 0 => self.answer(ctx, &pdu, out),
            pdu::FAULT | pdu::BIND_ACK | pdu::BIND_NAK | pdu::ALTER_CONTEXT_RESPONSE => self.answer(ctx, &pdu, out),
            _ => {}
        }
    }

    fn propose(&mut self, pdu: &Pdu<'_>) {
        for proposal in pdu.proposals() {
            self.contexts.retain(|(id, _)| *id != proposal.id);
            if self.contexts.len() < CONTEXTS_MAX {
                self.contexts.push((proposal.id, proposal.interface));
            }
        }
    }

    fn ask(&mut self, ctx: &Context<'_>, pdu: &Pdu<'_>, bytes: &[u8], out: &mut dyn Sink) {
        if let Some((_, waiting)) = self.open.open(pdu.head.call, ctx.now, bytes, out) {
            self.unanswered(ctx, &waiting, out);
        }
    }

    fn answer(&mut self, ctx: &Context<'_>, answer: &Pdu<'_>, out: &mut dyn Sink) {
        let Some(waiting) = self.open.close(&answer.head.call) else { return };
        let Some(asked) = Pdu::read(&waiting.bytes) else { return };
        let outcome = self.outcome(&asked, answer);
        let whole = answer.head.flags & FIRST != 0 && !answer.is_encrypted();
        let said = if whole && answer.head.kind == pdu::RESPONSE { answer.response() } else { None };
        self.tell(ctx, waiting.at, &asked, said, outcome, out);
        self.open.give_back(waiting);
    }

    fn outcome(&self, asked: &Pdu<'_>, answer: &Pdu<'_>) -> Cow<'static, str> {
        match answer.head.kind {
            pdu::FAULT => answer.fault().map_or(Cow::Borrowed("error: fault"), names::fault),
            pdu::BIND_NAK => "error: bind_refused".into(),
            pdu::BIND_ACK | pdu::ALTER_CONTEXT_RESPONSE => {
                let refused = answer.results().find(|(result, _)| *result == 2);
                let accepted = answer.results().any(|(result, _)| result == 0);
                refused.filter(|_| !accepted).map_or("ok", |(_, reason)| names::reason(reason)).into()
            }
            _ => self.returned(asked, answer),
        }
    }

    /// The last four bytes of most answers are the operation's own outcome.
    fn returned(&self, asked: &Pdu<'_>, answer: &Pdu<'_>) -> Cow<'static, str> {
        let interface = asked.request().and_then(|call| self.interface(call.context)).and_then(names::interface);
        let stub = answer.response().map(|said| said.stub).filter(|_| !answer.is_encrypted() && !answer.cut);
        let value =
            stub.and_then(|stub| stub.last_chunk::<4>()).and_then(|last| number32(&mut Reader::new(last), answer.head.big));
        match (interface.map(|i| i.returns), value) {
            (Some(Returns::Win32), Some(code)) => windows::win32(code),
            (Some(Returns::Nt), Some(code)) => windows::status(code),
            _ => "ok".into(),
        }
    }

    fn tell(
        &mut self,
        ctx: &Context<'_>,
        at: Moment,
        asked: &Pdu<'_>,
        said: Option<Call<'_>>,
        outcome: Cow<'static, str>,
        out: &mut dyn Sink,
    ) {
        let actor =
            if ctx.direction == Direction::ToClient || asked.head.is_from_client() { Direction::ToServer } else { ctx.direction };
        let mut told =
            Operation { at, actor, function: "bind", category: Category::Diagnostic, target: Target::None, value: None, outcome };
        if asked.head.kind != pdu::REQUEST {
            let name = asked.proposals().next().map(|p| interface_name(p.interface)).unwrap_or_default();
            told.target = Target::Text(&name);
            out.operation(ctx, NAME, told);
            return;
        }
        let Some(call) = asked.request() else { return };
        let guid = self.interface(call.context);
        let interface = guid.and_then(names::interface);
        let Some(op) = interface.and_then(|i| i.op(call.number)) else {
            told.function = "call";
            told.target = Target::Coded(unnamed(guid, call.number));
            out.operation(ctx, NAME, told);
            return;
        };
        (told.function, told.category) = (op.function, op.category);
        let (target, value) = self.words(op.function, asked, &call, said.as_ref());
        if told.outcome == "ok"
            && let Some(said) = &said
        {
            self.remember(op.function, said.stub, &target);
        }
        told.target = if target.is_empty() { Target::None } else { Target::Text(&target) };
        told.value = value.map(Cow::Owned);
        out.operation(ctx, NAME, told);
    }

    /// On what an operation acts, and with which words.
    fn words(&self, function: &str, asked: &Pdu<'_>, call: &Call<'_>, said: Option<&Call<'_>>) -> (String, Option<String>) {
        if function.starts_with("epmapper") {
            let towers = said.into_iter().flat_map(|said| stub::towers(said.stub)).filter(stub::Tower::is_answer);
            let found: Vec<String> = towers.map(|t| t.to_string()).collect();
            let sought = stub::towers(call.stub).next().map(|t| t.to_string()).unwrap_or_default();
            return (sought, bound(found));
        }
        if let Some(root) = registry_root(function) {
            return (root.to_owned(), None);
        }
        if asked.is_encrypted() {
            return (String::new(), None);
        }
        let texts = stub::texts(call.stub, asked.head.big);
        if function == "itaskscheduler_register_task" {
            // What follows may be a password.
            let path = texts.first().map(|units| windows::utf16(units)).unwrap_or_default();
            return (
                path,
                texts.get(1).and_then(|definition| stub::task_command(definition)).map(|command| cut(&command, VALUE_MAX)),
            );
        }
        let mut words = if function.starts_with("sasec") { Vec::new() } else { stub::readable(&texts) };
        if function.ends_with("_add") {
            hide_passwords(function, &mut words);
        }
        let handle = self.label(call.stub);
        let target = match (function.starts_with("winreg"), handle) {
            (true, Some(root)) if function.contains("_key") && !words.is_empty() => format!("{root}\\{}", words.remove(0)),
            (_, Some(name)) if !name.is_empty() => name.to_owned(),
            _ if words.is_empty() => String::new(),
            _ => words.remove(0),
        };
        (cut(&target, TARGET_MAX), bound(words))
    }

    /// What the handle that a call begins with was opened for.
    fn label(&self, stub: &[u8]) -> Option<&str> {
        let handle = stub.first_chunk::<HANDLE>()?;
        self.handles.iter().find(|(known, _)| known == handle).map(|(_, name)| name.as_str())
    }

    /// An answer that opens something carries its handle: alone before the outcome, or first, or last before it.
    fn remember(&mut self, function: &str, stub: &[u8], name: &str) {
        let opens = ["_open_service", "_create_service", "_open_key", "_create_key"].iter().any(|part| function.contains(part));
        if !opens && registry_root(function).is_none() {
            return;
        }
        let end = stub.len().saturating_sub(4);
        let handle = if function.contains("_service") {
            stub.get(..end).and_then(|stub| stub.last_chunk::<HANDLE>())
        } else {
            stub.first_chunk::<HANDLE>()
        };
        if let Some(handle) = handle.filter(|h| h.iter().any(|byte| *byte != 0)) {
            if self.handles.len() >= HANDLES_MAX {
                self.handles.pop_front();
            }
            self.handles.push_back((*handle, hints::bounded(name, NAME_MAX).to_owned()));
        }
    }

    /// Bytes went missing.
    pub fn gap(&mut self) {
        self.lossy = true;
    }

    /// The conversation is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let held: Vec<_> = self.open.drain().collect();
        for (_, waiting) in held {
            self.unanswered(ctx, &waiting, out);
        }
    }

    fn unanswered(&mut self, ctx: &Context<'_>, waiting: &Waiting, out: &mut dyn Sink) {
        if let Some(asked) = Pdu::read(&waiting.bytes) {
            let outcome = if self.lossy { "unconfirmed" } else { "unanswered" };
            self.tell(ctx, waiting.at, &asked, None, outcome.into(), out);
        }
    }
}

/// Leaves out what may be a password: that of a share stands behind name, remark and path of it (MS-SRVS, 2.2.4.24),
/// that of a connection behind device and share (MS-WKST, 2.2.5.2); any of those before it may be missing.
fn hide_passwords(function: &str, words: &mut Vec<String>) {
    let named = match function {
        "srvsvc_share_add" => 1,
        "wkssvc_use_add" => 0,
        _ => return,
    };
    let mut at = 0;
    words.retain(|word| {
        at += 1;
        at <= named || word.starts_with("\\\\") || word.as_bytes().get(1) == Some(&b':')
    });
}

/// An interface's name, or its identifier.
pub fn interface_name(guid: Guid) -> Cow<'static, str> {
    names::interface(guid).map_or_else(|| guid.to_string().into(), |i: &Interface| Cow::Borrowed(i.name))
}

const fn registry_root(function: &str) -> Option<&'static str> {
    Some(match function.as_bytes() {
        b"winreg_open_classes_root" => "HKCR",
        b"winreg_open_current_user" => "HKCU",
        b"winreg_open_local_machine" => "HKLM",
        b"winreg_open_users" => "HKU",
        b"winreg_open_current_config" => "HKCC",
        b"winreg_open_performance_data" => "HKPD",
        _ => return None,
    })
}

/// An operation without a name: halves of the interface's identifier, whether there is one, the number.
fn unnamed(guid: Option<Guid>, number: u16) -> Coded {
    let whole = guid.map_or(0, |guid| u128::from_be_bytes(guid.0));
    let numbers = [(whole >> 64) as u64, (whole & u128::from(u64::MAX)) as u64, u64::from(guid.is_some()), u64::from(number)];
    Coded { numbers, show: show_unnamed }
}

fn show_unnamed(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [high, low, known, number] = *numbers;
    if known != 0 {
        let guid = Guid((u128::from(high) << 64 | u128::from(low)).to_be_bytes());
        write!(f, "{} ", interface_name(guid))?;
    }
    write!(f, "operation {number}")
}

fn cut(text: &str, max: usize) -> String {
    let kept = hints::bounded(text, max);
    if kept.len() < text.len() { format!("{kept}…") } else { kept.to_owned() }
}

fn bound(words: Vec<String>) -> Option<String> {
    (!words.is_empty()).then(|| cut(&words.join(", "), VALUE_MAX))
}

/// Says that bytes are not what they should be.
pub fn raise(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}
