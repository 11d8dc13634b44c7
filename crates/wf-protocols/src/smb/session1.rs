//! SMB 1: requests joined with their answers; what they did to which share, file or pipe.

use super::files::{self, Act, Files, Key};
use super::smb1::{self, Message};
use super::{NAME, login, raise};
use crate::held::{Held, Waiting};
use crate::{hints, windows};
use std::borrow::Cow;
use wf_model::{Attribute, Category};
use wf_wire::decode::{About, Credential, Evidence, Moment};
use wf_wire::{Context, Sink};

/// Requests that wait, and bytes kept of each.
const OPEN_MAX: usize = 64;
const OPEN_BYTES_MAX: usize = 1024;

/// What one flow remembers.
pub struct Session {
    open: Held<(u16, u16)>,
    files: Files,
    /// Passwords travel readably: the server does not challenge.
    plain: bool,
    /// That this version is spoken was said.
    complained: bool,
    lossy: bool,
}

impl Default for Session {
    fn default() -> Self {
        let open = Held::with_bytes(OPEN_MAX, OPEN_BYTES_MAX);
        Self { open, files: Files::default(), plain: false, complained: false, lossy: false }
    }
}

/// A request's moment, its answer and what that means.
struct Exchange<'a> {
    at: Moment,
    outcome: Cow<'static, str>,
    said: Option<&'a Message<'a>>,
}

impl Exchange<'_> {
    fn is_ok(&self) -> bool {
        self.outcome == "ok"
    }

    fn act<'t>(&self, function: &'static str, category: Category, target: &'t str, value: Option<String>) -> Act<'t> {
        Act { at: self.at, function, category, target, value, outcome: self.outcome.clone() }
    }
}

fn key(fid: u16) -> Key {
    let mut key = [0; 16];
    let [low, high] = fid.to_le_bytes();
    [key[0], key[1]] = [low, high];
    key
}

impl Session {
    /// One that knows how this one logs in.
    pub fn going_on(&self) -> Self {
        Self { plain: self.plain, complained: self.complained, ..Self::default() }
    }

    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight() + self.files.weight()
    }

    /// The file's name, as far as it was seen opened.
    pub fn name(&self, fid: u16) -> &str {
        self.files.name(&key(fid))
    }

    fn obsolete(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        if !std::mem::replace(&mut self.complained, true) {
            raise(ctx, out, "smb1_in_use", "SMB version 1".to_owned());
        }
    }

    /// A request: kept until its answer.
    pub fn request(&mut self, ctx: &Context<'_>, m: &Message<'_>, whole: &[u8], out: &mut dyn Sink) {
        // A negotiate alone may lead to a later version.
        if m.command != smb1::NEGOTIATE {
            self.obsolete(ctx, out);
        }
        for next in m.chain() {
            self.secrets(ctx, &next, out);
            match next.command {
                smb1::SESSION_SETUP => Self::logon(ctx, &next, out),
                smb1::WRITE => {
                    if let Some(fid) = next.fid() {
                        self.files.through_pipe(ctx, &key(fid), next.carried(), out);
                    }
                }
                _ => {}
            }
        }
        match m.command {
            smb1::TRANSACTION => {
                if let Some(said) = m.transaction().filter(|said| said.setup[0] == 0x26) {
                    self.files.through_pipe(ctx, &key(said.setup[1]), said.data, out);
                }
            }
            smb1::TRANSACTION2 if m.transaction().is_some_and(|said| said.setup[0] == 0x0e) => {
                raise(ctx, out, "smb1_session_setup_transaction", format!("multiplex identifier {}", m.mid));
            }
            0xa4 => return,
            _ => {}
        }
        if let Some((_, waiting)) = self.open.open((m.pid, m.mid), ctx.now, whole, out) {
            self.lossy = true;
            self.unanswered(ctx, &waiting, out);
        }
    }

    /// Passwords that anybody can read: the server does not challenge. Those of shares belong to no user.
    pub fn secrets(&self, ctx: &Context<'_>, m: &Message<'_>, out: &mut dyn Sink) {
        if !self.plain || m.is_answer() {
            return;
        }
        let (user, secret) = match m.command {
            smb1::SESSION_SETUP => match m.logon() {
                Some(said) => (Some(said.account).filter(|account| !account.is_empty()), said.secret),
                None => return,
            },
            smb1::TREE_CONNECT | smb1::TREE_CONNECT_CORE => match m.path() {
                Some((_, password)) => (None, password),
                None => return,
            },
            _ => return,
        };
        if secret.iter().any(|byte| *byte != 0) && (user.is_some() || m.command != smb1::SESSION_SETUP) {
            out.credential(ctx, NAME, Credential { scheme: "password", user: user.as_deref(), secret });
        }
    }

    fn logon(ctx: &Context<'_>, m: &Message<'_>, out: &mut dyn Sink) {
        let Some(said) = m.logon() else { return };
        login::evidence(ctx, said.token, out);
        Self::system(ctx, &said.os, &said.software, out);
    }

    fn system(ctx: &Context<'_>, os: &str, software: &str, out: &mut dyn Sink) {
        let mut say = |attribute, value: &str, confidence| {
            let value = hints::bounded(value.trim(), 100);
            if value.len() > 2 {
                out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source: "smb1", confidence });
            }
        };
        // Samba's own systems call themselves Unix, or pretend; the software's name says more.
        match os {
            "Windows 5.0" => say(Attribute::Os, "Windows 2000", 70),
            "Windows 5.1" => say(Attribute::Os, "Windows XP", 70),
            _ if os.starts_with("Windows") && !software.starts_with("Samba") => say(Attribute::Os, os, 70),
            _ => {}
        }
        if software.starts_with("Samba") {
            say(Attribute::Software, software, 75);
        }
    }

    /// An answer: closes its request.
    pub fn response(&mut self, ctx: &Context<'_>, m: &Message<'_>, out: &mut dyn Sink) {
        if m.command != smb1::NEGOTIATE || m.negotiated().is_some_and(|said| said.dialect != 0xffff) {
            self.obsolete(ctx, out);
        }
        if m.command == smb1::SESSION_SETUP
            && let Some(said) = m.logon()
        {
            login::evidence(ctx, said.token, out);
            Self::system(ctx, &said.os, &said.software, out);
        }
        let Some(waiting) = self.open.close(&(m.pid, m.mid)) else { return };
        if let Some(asked) = Message::read(&waiting.bytes).filter(|asked| asked.command == m.command) {
            self.joined(ctx, asked, waiting.at, m, out);
        }
        self.open.give_back(waiting);
    }

    /// Each command of a chain with its answer. One that fails ends the chain, and its status is the message's (MS-CIFS 2.2.3.4).
    fn joined(&mut self, ctx: &Context<'_>, asked: Message<'_>, at: Moment, m: &Message<'_>, out: &mut dyn Sink) {
        let mut answers = m.chain().peekable();
        let (mut first, mut opened) = (true, None);
        for asked in asked.chain() {
            let said = answers.next_if(|said| said.command == asked.command);
            // What the commands before it came to is known by their answers alone.
            let asked = if first { asked } else { asked.following(m.tid, opened) };
            first = false;
            let done = said.is_some() && answers.peek().is_some();
            let x = Exchange { at, outcome: if done { Cow::Borrowed("ok") } else { outcome(m) }, said: said.as_ref() };
            if said.is_none() && x.is_ok() {
                // The answer says nothing of it.
                return;
            }
            if asked.command == smb1::NT_CREATE {
                opened = said.filter(|_| x.is_ok()).and_then(|said| said.created()).map(|(fid, ..)| fid);
            }
            self.join(ctx, &asked, &x, out);
        }
    }

    fn join(&mut self, ctx: &Context<'_>, asked: &Message<'_>, x: &Exchange<'_>, out: &mut dyn Sink) {
        let (ok, said) = (x.is_ok(), x.said);
        let mut tell = |function, category, target: &str, value| {
            files::tell(ctx, x.act(function, category, target, value), out);
        };
        match asked.command {
            smb1::NEGOTIATE => {
                let chosen = said.and_then(Message::negotiated);
                self.plain = chosen.as_ref().is_some_and(|said| said.dialect != 0xffff && said.mode & 2 == 0);
                tell("negotiate", Category::Diagnostic, "", chosen.map(|said| chosen_words(asked, said.dialect, said.mode)));
            }
            smb1::SESSION_SETUP if said.is_none_or(|said| said.status != super::smb2::MORE_PROCESSING) => {
                let guest = said.and_then(Message::logon).is_some_and(|said| said.action & 1 != 0);
                tell("session_setup", Category::Diagnostic, "", account(asked, guest));
            }
            smb1::TREE_CONNECT | smb1::TREE_CONNECT_CORE => {
                let path = asked.path().map(|(path, _)| path).unwrap_or_default();
                if let (true, Some(said)) = (ok, said) {
                    // The core protocol's answer has the share's number in its words (MS-CIFS 2.2.4.50.2), and knows no pipes.
                    let tid = said.word(1).filter(|_| said.command == smb1::TREE_CONNECT_CORE).unwrap_or(said.tid);
                    self.files.connect(u32::from(tid), path.clone(), said.service() == "IPC");
                }
                tell("tree_connect", Category::Diagnostic, &path, None);
            }
            smb1::NT_CREATE => self.created(ctx, asked, x, out),
            smb1::CLOSE if ok => {
                if let Some(fid) = asked.fid() {
                    self.files.close(ctx, &key(fid), out);
                }
            }
            smb1::READ | smb1::WRITE => self.moved(ctx, asked, x, out),
            smb1::TRANSACTION => self.transacted(ctx, asked, x, out),
            smb1::TRANSACTION2 => {
                if let Some((function, category, name)) = transaction2(asked) {
                    tell(function, category, &self.files.full(u32::from(asked.tid), &name), None);
                }
            }
            0x00 | 0x01 | 0x06 | 0x07 => {
                let (first, second) = asked.names();
                let tree = u32::from(asked.tid);
                let function = match asked.command {
                    0x00 => "create_directory",
                    0x01 => "delete_directory",
                    0x06 => "delete_file",
                    _ => "rename_file",
                };
                let second = (asked.command == 0x07).then(|| self.files.full(tree, &second));
                tell(function, Category::Write, &self.files.full(tree, &first), second);
            }
            _ => {}
        }
    }

    fn created(&mut self, ctx: &Context<'_>, asked: &Message<'_>, x: &Exchange<'_>, out: &mut dyn Sink) {
        let Some((disposition, options, name)) = asked.create() else { return };
        let tree = u32::from(asked.tid);
        let (name, pipe) = (self.files.full(tree, &name), self.files.tree(tree).map(|tree| tree.pipes));
        let mut action = match disposition {
            0 | 4 | 5 => 3,
            2 => 2,
            _ => 1,
        };
        if let (true, Some((fid, done, size))) = (x.is_ok(), x.said.and_then(Message::created)) {
            action = done;
            self.files.open(ctx, key(fid), name.clone(), pipe, (done == 1).then_some(size), out);
        }
        let (function, category) = match (pipe, action, options & 1 != 0) {
            (Some(true), ..) => ("open_pipe", Category::Diagnostic),
            (_, 1, true) => ("open_directory", Category::Read),
            (_, 1, false) => ("open_file", Category::Read),
            (_, 2, true) => ("create_directory", Category::Write),
            (_, 2, false) => ("create_file", Category::Write),
            _ => ("overwrite_file", Category::Write),
        };
        files::tell(ctx, x.act(function, category, &name, None), out);
    }

    fn moved(&mut self, ctx: &Context<'_>, asked: &Message<'_>, x: &Exchange<'_>, out: &mut dyn Sink) {
        let (Some(fid), Some((offset, len))) = (asked.fid(), asked.range()) else { return };
        let file = key(fid);
        let written = asked.command == smb1::WRITE;
        if let (false, Some(said)) = (written, x.said) {
            self.files.through_pipe(ctx, &file, said.carried(), out);
        }
        if self.files.get(&file).is_none() {
            self.files.open(ctx, file, String::new(), None, None, out);
        }
        let Some(open) = self.files.get_mut(&file).filter(|open| !open.is_pipe()) else { return };
        let again = written && open.wrote;
        if x.is_ok() {
            open.moved(offset, len, written);
        }
        if !again || !x.is_ok() {
            let (function, category) =
                if written { ("write_file", files::write_category(&open.name)) } else { ("read_file", Category::Read) };
            files::tell(ctx, x.act(function, category, &open.name, None), out);
        }
    }

    fn transacted(&mut self, ctx: &Context<'_>, asked: &Message<'_>, x: &Exchange<'_>, out: &mut dyn Sink) {
        let Some(request) = asked.transaction() else { return };
        if request.setup[0] == 0x26 {
            if let Some(said) = x.said.and_then(Message::transaction) {
                self.files.through_pipe(ctx, &key(request.setup[1]), said.data, out);
            }
            return;
        }
        files::tell(ctx, x.act("transaction", Category::Diagnostic, &request.name, None), out);
    }

    /// Bytes went missing.
    pub fn gap(&mut self) {
        self.lossy = true;
        self.files.gap();
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let held: Vec<_> = self.open.drain().collect();
        for (_, waiting) in held {
            self.unanswered(ctx, &waiting, out);
        }
        self.files.finish(ctx, out);
    }

    fn unanswered(&mut self, ctx: &Context<'_>, waiting: &Waiting, out: &mut dyn Sink) {
        // A negotiate may have been answered in a later version.
        if let Some(asked) = Message::read(&waiting.bytes).filter(|asked| asked.command != smb1::NEGOTIATE) {
            let outcome = if self.lossy { "unconfirmed" } else { "unanswered" };
            let x = Exchange { at: waiting.at, outcome: outcome.into(), said: None };
            asked.chain().for_each(|asked| self.join(ctx, &asked, &x, out));
        }
    }
}

/// Class and code of DOS come before NT status; 0 is success in both.
fn outcome(m: &Message<'_>) -> Cow<'static, str> {
    if m.has_nt_status() || m.status == 0 {
        return windows::status(m.status);
    }
    format!("error: class {} code {}", m.status & 0xff, m.status >> 16).into()
}

fn chosen_words(asked: &Message<'_>, dialect: u16, mode: u8) -> String {
    let name = asked.dialects().nth(usize::from(dialect)).map(hints::clean).unwrap_or_default();
    let signing = if mode & 8 != 0 { "required" } else { "not required" };
    format!("{name}, signing {signing}")
}

fn account(asked: &Message<'_>, guest: bool) -> Option<String> {
    let said = asked.logon()?;
    if !said.token.is_empty() {
        return login::words(said.token, guest, false);
    }
    let account = match (said.account.is_empty(), said.domain.is_empty()) {
        (true, _) => "anonymous".to_owned(),
        (_, true) => said.account,
        _ => format!("{}\\{}", said.domain, said.account),
    };
    Some(if guest { format!("{account} as guest") } else { account })
}

/// Subcommands with a name (MS-CIFS 2.2.6).
pub fn transaction2(asked: &Message<'_>) -> Option<(&'static str, Category, String)> {
    let said = asked.transaction()?;
    let [subcommand, _] = said.setup;
    let name = |at| asked.name_in(said.parameters, at);
    Some(match subcommand {
        0x00 => ("open_file", Category::Read, name(28)),
        0x01 => ("list_directory", Category::Read, name(12)),
        0x03 | 0x07 => ("query_info", Category::Diagnostic, String::new()),
        0x05 => ("query_info", Category::Diagnostic, name(6)),
        0x06 => ("set_info", Category::Write, name(6)),
        0x08 => ("set_info", Category::Write, String::new()),
        0x0d => ("create_directory", Category::Write, name(4)),
        0x0e => ("session_setup_transaction", Category::Control, String::new()),
        0x10 => ("get_referrals", Category::Diagnostic, name(2)),
        _ => return None,
    })
}
