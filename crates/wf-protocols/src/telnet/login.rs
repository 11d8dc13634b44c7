//! Prompts and what is typed at them: user, password, and how that ends.

use super::NAME;
use crate::{held, hints};
use std::borrow::Cow;
use wf_model::{Attribute, Category};
use wf_wire::decode::{About, Anomaly, Credential, Evidence, Moment, Pending};
use wf_wire::{Context, Direction, Operation, Sink, Target};

/// Bytes kept of the line that the server is at, and of the one that is typed.
const LINE_MAX: usize = 160;
/// Lines of a server that are looked at before a login.
const BANNER_LINES_MAX: u8 = 24;
/// Ends of prompts.
const USER_PROMPTS: &[&str] = &["login:", "username:", "user name:", "user:", "login as:", "account:"];
const PASSWORD_PROMPTS: &[&str] = &["password:", "passwd:", "passcode:", "passwort:"];
/// Words that refuse a login, and those that greet.
const REFUSALS: &[&str] = &["incorrect", "failed", "failure", "invalid", "denied", "refused", "bad password", "not authorized"];
const WELCOMES: &[&str] = &["last login", "welcome", "logged in", "successful"];

/// What is typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Typing {
    /// Nothing since the last line end.
    #[default]
    Nothing,
    User,
    Password,
    Other,
}

#[derive(Debug)]
struct Try {
    at: Moment,
    lost: bool,
    user: Option<String>,
}

impl held::Waits for Try {
    fn asked(&self) -> Moment {
        self.at
    }

    fn lose(&mut self) {
        self.lost = true;
    }
}

#[derive(Debug)]
pub struct Login {
    /// The line that the server is at, lower case.
    line: Vec<u8>,
    banner_lines: u8,
    software: bool,
    asked: bool,
    typing: Typing,
    typed: Vec<u8>,
    user: Option<String>,
    /// The password was given, and how that ends is not known.
    open: Pending<(), Try>,
}

impl Default for Login {
    fn default() -> Self {
        Self {
            line: Vec::new(),
            banner_lines: 0,
            software: false,
            asked: false,
            typing: Typing::Nothing,
            typed: Vec::new(),
            user: None,
            open: Pending::new(1),
        }
    }
}

impl Login {
    /// Whether data are, or repeat, a secret.
    pub fn hides(&self, direction: Direction, data: &[u8]) -> bool {
        direction == Direction::ToServer || (self.typing == Typing::Password && !data.contains(&b'\n'))
    }

    pub fn data(&mut self, ctx: &Context<'_>, data: &[u8], out: &mut dyn Sink) {
        match ctx.direction {
            Direction::ToServer => self.typed(ctx, data, out),
            Direction::ToClient => self.shown(ctx, data, out),
        }
    }

    /// A user is named before it is asked for.
    pub fn named(&mut self, ctx: &Context<'_>, user: &str, out: &mut dyn Sink) {
        if user.starts_with("-f") {
            let detail = hints::bounded(user, 80).to_owned().into();
            out.anomaly(ctx, NAME, Anomaly { kind: "telnet_login_bypass", detail });
        }
        self.user = Some(user.to_owned()).filter(|user| !user.is_empty());
    }

    fn prompt(&self) -> Typing {
        let line = String::from_utf8_lossy(&self.line);
        let line = line.trim_end();
        match () {
            () if PASSWORD_PROMPTS.iter().any(|end| line.ends_with(end)) => Typing::Password,
            () if USER_PROMPTS.iter().any(|end| line.ends_with(end)) => Typing::User,
            () => Typing::Other,
        }
    }

    fn typed(&mut self, ctx: &Context<'_>, data: &[u8], out: &mut dyn Sink) {
        for line in data.split_inclusive(|b| matches!(b, b'\r' | b'\n')) {
            let text = line.strip_suffix(b"\r").or_else(|| line.strip_suffix(b"\n")).unwrap_or(line);
            let text = text.strip_prefix(&[0]).unwrap_or(text);
            let ended = matches!(line.last(), Some(b'\r' | b'\n'));
            if self.typing == Typing::Nothing {
                // Behind CR comes LF or NUL (RFC 854).
                if text.is_empty() && self.prompt() != Typing::Password {
                    continue;
                }
                self.typing = self.prompt();
            }
            for byte in text {
                match byte {
                    8 | 0x7f => drop(self.typed.pop()),
                    // Of a password nothing but its being there is kept.
                    _ if self.typed.len() < LINE_MAX => self.typed.push(if self.typing == Typing::User { *byte } else { b'*' }),
                    _ => {}
                }
            }
            if ended {
                self.entered(ctx, text, out);
            }
        }
    }

    /// A line is complete; `last` is what of it came now.
    fn entered(&mut self, ctx: &Context<'_>, last: &[u8], out: &mut dyn Sink) {
        let typed = std::mem::take(&mut self.typed);
        match std::mem::take(&mut self.typing) {
            Typing::User => self.named(ctx, &hints::clean(&typed), out),
            Typing::Password => {
                if !typed.is_empty() {
                    out.credential(ctx, NAME, Credential { scheme: "password", user: self.user.as_deref(), secret: last });
                }
                let tried = Try { at: ctx.now, lost: false, user: self.user.clone() };
                if let Some(((), before)) = self.open.open((), tried) {
                    tell(ctx, &before, held::missing(before.lost), out);
                }
            }
            Typing::Nothing | Typing::Other => {}
        }
        self.line.clear();
    }

    fn shown(&mut self, ctx: &Context<'_>, data: &[u8], out: &mut dyn Sink) {
        for part in data.split_inclusive(|b| *b == b'\n') {
            let room = LINE_MAX.saturating_sub(self.line.len());
            if room < part.len() && part.len() <= LINE_MAX {
                self.line.drain(..(part.len() - room).min(self.line.len()));
            }
            let tail = part.get(part.len().saturating_sub(LINE_MAX)..).unwrap_or_default();
            self.line.extend(tail.iter().map(u8::to_ascii_lowercase));
            self.line.truncate(LINE_MAX);
            if !self.asked {
                self.banner(ctx, part, out);
            }
            self.judge(ctx, out);
            if part.ends_with(b"\n") {
                self.line.clear();
            }
        }
    }

    fn banner(&mut self, ctx: &Context<'_>, line: &[u8], out: &mut dyn Sink) {
        let text = hints::clean(line);
        if self.prompt() != Typing::Other || self.banner_lines >= BANNER_LINES_MAX {
            self.asked = true;
            return;
        }
        self.banner_lines += 1;
        if text.len() < 3 || !ctx.from_start {
            return;
        }
        let mut say = |attribute, value: &str, confidence| {
            let about = About::Sender;
            out.evidence(ctx, NAME, Evidence { about, attribute, value, source: "banner", confidence });
        };
        if !std::mem::replace(&mut self.software, true) {
            say(Attribute::Software, hints::bounded(&text, 120), 40);
        }
        if let Some(os) = hints::os_in(&text) {
            say(Attribute::Os, os, 60);
        }
        // What IOS shows above its prompt.
        if &*text == "User Access Verification" {
            say(Attribute::Vendor, "Cisco", 60);
        }
    }

    /// What the server's line says of the login that waits.
    fn judge(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        if self.open.is_empty() {
            return;
        }
        let line = String::from_utf8_lossy(&self.line);
        let has = |words: &[&str]| words.iter().any(|word| line.contains(word));
        // "Last login: …" and "1 failed login attempt since" greet; a prompt for a name means that it begins anew.
        let outcome = if has(WELCOMES) || line.trim_end().ends_with(['$', '#', '>', '%']) {
            "ok"
        } else if has(REFUSALS) || matches!(self.prompt(), Typing::User | Typing::Password) {
            "error: refused"
        } else {
            return;
        };
        if let Some(tried) = self.open.close(&()) {
            tell(ctx, &tried, outcome, out);
        }
    }

    pub fn overdue(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        while let Some(((), late)) = held::overdue(&mut self.open, ctx.now, held::ANSWER_MAX) {
            tell(ctx, &late, held::missing(late.lost), out);
        }
    }

    pub fn lose(&mut self, direction: Direction) {
        held::lose(&mut self.open);
        match direction {
            Direction::ToServer => self.typed.clear(),
            Direction::ToClient => self.line.clear(),
        }
    }

    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        if let Some(tried) = self.open.close(&()) {
            // What came was neither a refusal nor a prompt.
            tell(ctx, &tried, "unconfirmed", out);
        }
    }
}

fn tell(ctx: &Context<'_>, tried: &Try, outcome: &'static str, out: &mut dyn Sink) {
    let target = tried.user.as_deref().map_or(Target::None, Target::Text);
    let operation = Operation {
        at: tried.at,
        actor: Direction::ToServer,
        function: "login",
        category: Category::Diagnostic,
        target,
        value: None,
        outcome: Cow::Borrowed(outcome),
    };
    out.operation(ctx, NAME, operation);
}
