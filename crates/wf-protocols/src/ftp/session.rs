//! What goes on in one control connection: commands wait for their replies.

use super::NAME;
use super::line::{self, Command, Reply};
use crate::held::{self, ANSWER_MAX, Waits};
use crate::{carried, hints};
use std::borrow::Cow;
use wf_model::{Address, Attribute, Category};
use wf_wire::decode::{About, Anomaly, Credential, Evidence, File, Moment, Pending};
use wf_wire::{Context, Direction, Operation, Sink, Target};

/// Commands that wait for a reply; clients send one after the other.
const OPEN_MAX: usize = 32;
/// Text of names, in bytes.
const TEXT_MAX: usize = 260;

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Login,
    Store,
    Append,
    Retrieve,
    Delete,
    Rename,
    MakeDirectory,
    RemoveDirectory,
    List,
    Site,
    StartTls,
    /// Nothing to be told.
    Quiet,
}

const ACTS: &[(&str, Act)] = &[
    ("PASS", Act::Login),
    ("STOR", Act::Store),
    ("STOU", Act::Store),
    ("APPE", Act::Append),
    ("RETR", Act::Retrieve),
    ("DELE", Act::Delete),
    ("RNTO", Act::Rename),
    ("MKD", Act::MakeDirectory),
    ("XMKD", Act::MakeDirectory),
    ("RMD", Act::RemoveDirectory),
    ("XRMD", Act::RemoveDirectory),
    ("LIST", Act::List),
    ("NLST", Act::List),
    ("MLSD", Act::List),
    ("SITE", Act::Site),
    ("AUTH", Act::StartTls),
];

impl Act {
    fn of(command: &Command<'_>) -> Self {
        ACTS.iter().find(|(verb, _)| command.is(verb)).map_or(Self::Quiet, |(_, act)| *act)
    }

    const fn function(self) -> Option<&'static str> {
        Some(match self {
            Self::Login => "login",
            Self::Store => "store_file",
            Self::Append => "append_to_file",
            Self::Retrieve => "retrieve_file",
            Self::Delete => "delete_file",
            Self::Rename => "rename",
            Self::MakeDirectory => "make_directory",
            Self::RemoveDirectory => "remove_directory",
            Self::List => "list_directory",
            Self::Site => "site_command",
            Self::StartTls | Self::Quiet => return None,
        })
    }

    fn category(self, target: &str) -> Category {
        match self {
            Self::Store | Self::Append => carried::category(target),
            Self::Delete | Self::Rename | Self::MakeDirectory | Self::RemoveDirectory => Category::Write,
            Self::Retrieve | Self::List => Category::Read,
            Self::Site => Category::Configuration,
            Self::Login | Self::StartTls | Self::Quiet => Category::Diagnostic,
        }
    }
}

/// A command that waits.
#[derive(Debug)]
struct Asked {
    at: Moment,
    lost: bool,
    act: Act,
    target: String,
    value: Option<String>,
    size: Option<u64>,
    /// A transfer has begun.
    begun: bool,
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
    open: Pending<(), Asked>,
    user: Option<String>,
    rename: Option<String>,
    greeted: bool,
    /// A reply of many lines ends this command.
    ended: Option<(Asked, u16)>,
    /// Commands may have gone unseen.
    unsure: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Pending::new(OPEN_MAX), user: None, rename: None, greeted: false, ended: None, unsure: false }
    }
}

/// What stands in place of a secret.
const HIDDEN: &str = "(hidden)";

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    pub fn command(&mut self, ctx: &Context<'_>, command: &Command<'_>, out: &mut dyn Sink) {
        if let Some(mut m) = out.message(ctx, NAME) {
            m.text("command", &String::from_utf8_lossy(command.verb).to_ascii_uppercase());
            if command.is_secret() {
                m.text("argument", HIDDEN);
            } else if !command.argument.is_empty() {
                m.text("argument", &String::from_utf8_lossy(command.argument));
            }
        }
        let act = Act::of(command);
        let argument = match act {
            Act::Quiet | Act::StartTls | Act::Login => String::new(),
            Act::Site if command.is_secret() => HIDDEN.to_owned(),
            _ => text(command.argument),
        };
        let (mut target, mut value) = (argument, None);
        match act {
            Act::Login => {
                self.password(ctx, command, out);
                target = self.user.clone().unwrap_or_default();
            }
            Act::Rename => value = Some(std::mem::replace(&mut target, self.rename.take().unwrap_or_default())),
            Act::Site => value = Some(std::mem::take(&mut target)),
            _ => {}
        }
        if command.is("USER") {
            self.user = Some(text(command.argument)).filter(|user| !user.is_empty());
        } else if command.is("RNFR") {
            self.rename = Some(text(command.argument));
        } else if command.is("ACCT") && !command.argument.is_empty() {
            out.credential(ctx, NAME, Credential { scheme: "account", user: self.user.as_deref(), secret: command.argument });
        } else if command.is("PORT") || command.is("EPRT") {
            data_address(ctx, command, out);
        }
        let asked = Asked { at: ctx.now, lost: false, act, target, value, size: None, begun: false };
        let bytes = asked.target.capacity() + asked.value.as_ref().map_or(0, String::capacity);
        if let Some(((), fallen)) = self.open.open_with((), asked, bytes) {
            out.evicted(1);
            tell(ctx, fallen, None, out);
        }
    }

    fn password(&self, ctx: &Context<'_>, command: &Command<'_>, out: &mut dyn Sink) {
        let user = self.user.as_deref();
        // Whoever may come in without one gives any word (RFC 1635).
        let anybody = user.is_some_and(|user| user.eq_ignore_ascii_case("anonymous") || user.eq_ignore_ascii_case("ftp"));
        if !anybody && !command.argument.is_empty() {
            out.credential(ctx, NAME, Credential { scheme: "password", user, secret: command.argument });
        }
    }

    /// Whether the connection is encrypted from here on.
    pub fn reply(&mut self, ctx: &Context<'_>, reply: &Reply<'_>, out: &mut dyn Sink) -> bool {
        if let Some(mut m) = out.message(ctx, NAME) {
            m.num("code", reply.code).text("text", &String::from_utf8_lossy(reply.text));
        }
        // RFC 959, 5.4: a greeting comes unasked, and so do a farewell and the end of service below.
        if !self.greeted && matches!(reply.code, 120 | 220) && (self.open.is_empty() || ctx.from_start) {
            self.greeted = reply.code == 220;
            greeting(ctx, reply, out);
            return false;
        }
        if reply.code / 100 == 1 {
            if let Some(asked) = self.open.get_mut(&()) {
                asked.size = asked.size.or_else(|| line::size(reply.text));
                asked.begun = true;
            }
            return false;
        }
        // Replies name nothing: those that went missing leave open whose this one is.
        while let Some(((), unsure)) = self.open.take_oldest_if(|(), asked| asked.lost) {
            tell(ctx, unsure, None, out);
        }
        let Some(asked) = self.open.close(&()) else {
            if !matches!(reply.code, 221 | 421) && ctx.from_start && !ctx.after_gap && !self.unsure {
                out.anomaly(ctx, NAME, Anomaly { kind: "ftp_unasked_reply", detail: format!("code {}", reply.code).into() });
            }
            return false;
        };
        if reply.code == 215 {
            system(ctx, reply, out);
        }
        let encrypted = asked.act == Act::StartTls && matches!(reply.code, 234 | 334);
        self.ended = Some((asked, reply.code));
        encrypted && reply.code == 234
    }

    /// The reply at hand is complete.
    pub fn last_line(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        if let Some((asked, code)) = self.ended.take() {
            tell(ctx, asked, Some(code), out);
        }
    }

    pub fn overdue(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        // A transfer that has begun takes as long as it takes.
        if self.open.get_mut(&()).is_some_and(|asked| asked.begun) {
            return;
        }
        while let Some(((), late)) = held::overdue(&mut self.open, ctx.now, ANSWER_MAX) {
            self.unsure = true;
            tell(ctx, late, None, out);
        }
    }

    pub fn lose(&mut self) {
        self.unsure = true;
        held::lose(&mut self.open);
    }

    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.last_line(ctx, out);
        for ((), asked) in self.open.drain() {
            tell(ctx, asked, None, out);
        }
    }
}

/// Tells what a command did, by its reply's code where one came.
fn tell(ctx: &Context<'_>, asked: Asked, code: Option<u16>, out: &mut dyn Sink) {
    let Some(function) = asked.act.function() else { return };
    let outcome = match code {
        None => Cow::Borrowed(held::missing(asked.lost)),
        Some(200..=399) => Cow::Borrowed("ok"),
        Some(code) => Cow::Owned(format!("error: {code}{}", reason(code))),
    };
    if outcome == "ok" && !asked.target.is_empty() {
        let direction = match asked.act {
            Act::Store | Act::Append => Some(Direction::ToServer),
            Act::Retrieve => Some(Direction::ToClient),
            _ => None,
        };
        if let Some(direction) = direction {
            out.file(ctx, NAME, File { name: &asked.target, size: asked.size, direction });
        }
    }
    let category = asked.act.category(&asked.target);
    let target = if asked.target.is_empty() { Target::None } else { Target::Text(&asked.target) };
    let value = asked.value.as_deref().map(Cow::Borrowed);
    out.operation(ctx, NAME, Operation { at: asked.at, actor: Direction::ToServer, function, category, target, value, outcome });
}

/// RFC 959, 4.2.1.
const fn reason(code: u16) -> &'static str {
    match code {
        421 => " service_not_available",
        425 => " no_data_connection",
        426 => " transfer_aborted",
        450 => " file_busy",
        451 => " local_error",
        452 | 552 => " no_space",
        500 | 501 => " syntax",
        502 | 504 => " not_implemented",
        503 => " bad_sequence",
        530 => " not_logged_in",
        532 => " account_needed",
        550 => " file_unavailable",
        553 => " name_not_allowed",
        _ => "",
    }
}

/// RFC 959, 5.2, RFC 2577, 3: a data connection goes to who asked for it.
fn data_address(ctx: &Context<'_>, command: &Command<'_>, out: &mut dyn Sink) {
    let Some((ip, port)) = line::address(command.argument) else {
        out.anomaly(ctx, NAME, Anomaly { kind: "ftp_bad_address", detail: text(command.argument).into() });
        return;
    };
    if matches!(ctx.src, Some(Address::Ip(client)) if client != ip) {
        out.anomaly(ctx, NAME, Anomaly { kind: "ftp_foreign_address", detail: format!("{ip} port {port}").into() });
    }
}

fn greeting(ctx: &Context<'_>, reply: &Reply<'_>, out: &mut dyn Sink) {
    let banner = hints::clean(reply.text);
    if banner.is_empty() {
        return;
    }
    let mut say = |attribute, value: &str, confidence| {
        let about = About::Sender;
        out.evidence(ctx, NAME, Evidence { about, attribute, value, source: "banner", confidence });
    };
    say(Attribute::Software, hints::bounded(&banner, 120), 60);
    if let Some(os) = hints::os_in(&banner) {
        say(Attribute::Os, os, 60);
    }
}

/// The answer to SYST: its first word is a system's (RFC 959, 4.1.3), though many say `UNIX` or `Windows_NT` whatever they run.
fn system(ctx: &Context<'_>, reply: &Reply<'_>, out: &mut dyn Sink) {
    if let Some(value) = hints::os_in(&hints::clean(reply.text)) {
        let (about, attribute) = (About::Sender, Attribute::Os);
        out.evidence(ctx, NAME, Evidence { about, attribute, value, source: "syst", confidence: 40 });
    }
}

fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes.get(..bytes.len().min(TEXT_MAX)).unwrap_or_default());
    text.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned()
}
