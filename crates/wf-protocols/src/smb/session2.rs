//! SMB 2 and 3: requests joined with their answers; what they did to which share, file or pipe.

use super::files::{self, Act, Files, Key};
use super::smb2::{self, Ask, Create, Head, Said};
use super::{login, names, raise};
use crate::held::{Held, Waiting};
use crate::windows;
use std::borrow::Cow;
use wf_model::Category;
use wf_wire::decode::Moment;
use wf_wire::{Context, Reader, Sink};

/// Requests that wait, and bytes kept of each.
const OPEN_MAX: usize = 128;
const OPEN_BYTES_MAX: usize = 2048;

/// What one flow remembers.
pub struct Session {
    open: Held<u64>,
    files: Files,
    /// The file that the last create of a chain opened.
    last: Key,
    /// A request was seen with its answer.
    in_step: bool,
    /// Bytes are missing, or requests fell out: an answer's request may be unknown.
    lossy: bool,
}

impl Default for Session {
    fn default() -> Self {
        let open = Held::with_bytes(OPEN_MAX, OPEN_BYTES_MAX);
        Self { open, files: Files::default(), last: smb2::SAME_FILE, in_step: false, lossy: false }
    }
}

/// A request and its answer.
struct Exchange<'a> {
    at: Moment,
    outcome: Cow<'static, str>,
    tree: u32,
    said: Option<&'a Said<'a>>,
}

impl Exchange<'_> {
    fn is_ok(&self) -> bool {
        self.outcome == "ok"
    }

    fn act<'t>(&self, function: &'static str, category: Category, target: &'t str, value: Option<String>) -> Act<'t> {
        Act { at: self.at, function, category, target, value, outcome: self.outcome.clone() }
    }
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight() + self.files.weight()
    }

    /// The file's name, as far as it was seen opened.
    pub fn name(&self, file: &Key) -> &str {
        self.files.name(self.resolve(file))
    }

    fn resolve<'k>(&'k self, file: &'k Key) -> &'k Key {
        if *file == smb2::SAME_FILE { &self.last } else { file }
    }

    /// A request: kept until its answer.
    pub fn request(&mut self, ctx: &Context<'_>, head: &Head, whole: &[u8], out: &mut dyn Sink) {
        match Ask::read(head, whole) {
            Some(Ask::SessionSetup { token, .. }) => login::evidence(ctx, token, out),
            Some(Ask::Write { file, data, .. }) => self.through_pipe(ctx, &file, data, out),
            Some(Ask::Ioctl { file, code: names::PIPE_TRANSCEIVE, input }) => self.through_pipe(ctx, &file, input, out),
            _ => {}
        }
        // A cancel has no answer of its own (MS-SMB2 3.3.5.16).
        if head.command == 12 {
            return;
        }
        if let Some((_, waiting)) = self.open.open(head.message, ctx.now, whole, out) {
            self.lossy = true;
            self.unanswered(ctx, &waiting, out);
        }
    }

    fn through_pipe(&mut self, ctx: &Context<'_>, file: &Key, bytes: &[u8], out: &mut dyn Sink) {
        let file = *self.resolve(file);
        self.files.through_pipe(ctx, &file, bytes, out);
    }

    /// An answer: closes its request, unless it only says that the answer will come.
    pub fn response(&mut self, ctx: &Context<'_>, head: &Head, whole: &[u8], out: &mut dyn Sink) {
        if head.status == smb2::PENDING {
            return;
        }
        let said = Said::read(head, whole);
        match &said {
            Some(Said::SessionSetup { token, .. }) => login::evidence(ctx, token, out),
            Some(Said::Ioctl { code: names::PIPE_TRANSCEIVE, file, output }) => self.through_pipe(ctx, file, output, out),
            _ => {}
        }
        let Some(waiting) = self.open.close(&head.message) else {
            // An oplock break comes unasked; a negotiate may have been asked in version 1.
            if head.command == smb2::NEGOTIATE {
                let x = Exchange { at: ctx.now, outcome: windows::status(head.status), tree: 0, said: said.as_ref() };
                self.negotiated(ctx, &x, out);
            } else if self.in_step && !self.lossy && head.message != u64::MAX {
                raise(ctx, out, "response_without_request", format!("{} {}", names::command2(head.command), head.message));
            }
            return;
        };
        self.in_step = true;
        let asked = Head::read(&waiting.bytes).filter(|asked| asked.command == head.command);
        if let Some(ask) = asked.and_then(|asked| Ask::read(&asked, &waiting.bytes)) {
            let tree = head.tree.or(asked.and_then(|asked| asked.tree)).unwrap_or(0);
            let exchange = Exchange { at: waiting.at, outcome: windows::status(head.status), tree, said: said.as_ref() };
            self.join(ctx, head, &ask, &exchange, out);
        }
        self.open.give_back(waiting);
    }

    fn join(&mut self, ctx: &Context<'_>, head: &Head, ask: &Ask<'_>, x: &Exchange<'_>, out: &mut dyn Sink) {
        match ask {
            Ask::Negotiate { .. } => self.negotiated(ctx, x, out),
            Ask::SessionSetup { token, .. } if head.status != smb2::MORE_PROCESSING => {
                let flags = if let Some(Said::SessionSetup { flags, .. }) = x.said { *flags } else { 0 };
                let value = login::words(token, flags & 1 != 0, flags & 2 != 0);
                files::tell(ctx, x.act("session_setup", Category::Diagnostic, "", value), out);
            }
            Ask::TreeConnect { path } => {
                if let (true, Some(Said::TreeConnect { share })) = (x.is_ok(), x.said) {
                    self.files.connect(x.tree, path.clone(), *share == 2);
                }
                files::tell(ctx, x.act("tree_connect", Category::Diagnostic, path, None), out);
            }
            Ask::Create(create) => self.created(ctx, create, x, out),
            Ask::OnFile { file } if head.command == smb2::CLOSE && x.is_ok() => {
                let file = *self.resolve(file);
                self.files.close(ctx, &file, out);
            }
            Ask::Read { file, len, offset } => self.read(ctx, file, *len, *offset, x, out),
            Ask::Write { file, len, offset, .. } => self.wrote(ctx, file, *len, *offset, x, out),
            Ask::Ioctl { file, code, .. } => {
                let category = if names::COPY_CHUNK.contains(code) { Category::Write } else { Category::Diagnostic };
                if *code != names::PIPE_TRANSCEIVE {
                    let value = names::control(*code).map_or_else(|| format!("0x{code:08x}"), str::to_owned);
                    files::tell(ctx, x.act("ioctl", category, self.name(file), Some(value)), out);
                }
            }
            Ask::QueryDirectory { file, pattern, .. } => {
                // The end of a list is no failure.
                let outcome = if head.status == 0x8000_0006 { "ok".into() } else { x.outcome.clone() };
                let act = x.act("list_directory", Category::Read, self.name(file), Some(pattern.clone()));
                files::tell(ctx, Act { outcome, ..act }, out);
            }
            Ask::QueryInfo { file, kind, class } => {
                let value = info(*kind, *class);
                files::tell(ctx, x.act("query_info", Category::Diagnostic, self.name(file), Some(value)), out);
            }
            Ask::SetInfo { file, kind, class, data } => self.set(ctx, file, (*kind, *class), data, x, out),
            _ => {}
        }
    }

    fn negotiated(&self, ctx: &Context<'_>, x: &Exchange<'_>, out: &mut dyn Sink) {
        let value = if let Some(Said::Negotiate { mode, dialect, .. }) = x.said {
            // Version 2 without saying which: another negotiate follows.
            if *dialect == 0x02ff {
                return;
            }
            let signing = if mode & 2 != 0 { "required" } else { "not required" };
            Some(format!("{}, signing {signing}", names::dialect(*dialect)))
        } else {
            None
        };
        files::tell(ctx, x.act("negotiate", Category::Diagnostic, "", value), out);
    }

    fn created(&mut self, ctx: &Context<'_>, create: &Create, x: &Exchange<'_>, out: &mut dyn Sink) {
        let name = self.files.full(x.tree, &create.name);
        let pipe = self.files.tree(x.tree).map(|tree| tree.pipes);
        let mut action = match create.disposition {
            0 | 4 | 5 => 3,
            2 => 2,
            _ => 1,
        };
        if let (true, Some(Said::Create { action: done, size, file })) = (x.is_ok(), x.said) {
            action = *done;
            self.last = *file;
            let size = if *done == 1 { Some(*size) } else { None };
            self.files.open(ctx, *file, name.clone(), pipe, size, out);
        } else if x.said.is_some() {
            // What follows it in a chain has no file, and fails too (MS-SMB2 3.3.5.2.7.2).
            self.last = smb2::SAME_FILE;
        }
        let directory = create.options & 1 != 0;
        let (function, category) = match (pipe, action, directory) {
            (Some(true), ..) => ("open_pipe", Category::Diagnostic),
            (_, 1, true) => ("open_directory", Category::Read),
            (_, 1, false) => ("open_file", Category::Read),
            (_, 2, true) => ("create_directory", Category::Write),
            (_, 2, false) => ("create_file", Category::Write),
            _ => ("overwrite_file", Category::Write),
        };
        files::tell(ctx, x.act(function, category, &name, None), out);
        // Deleted when it is closed.
        if create.options & 0x1000 != 0 && x.is_ok() {
            files::tell(ctx, x.act("delete_file", Category::Write, &name, None), out);
        }
    }

    fn read(&mut self, ctx: &Context<'_>, file: &Key, len: u32, offset: u64, x: &Exchange<'_>, out: &mut dyn Sink) {
        let file = *self.resolve(file);
        if let Some(Said::Read { data, .. }) = x.said {
            self.files.through_pipe(ctx, &file, data, out);
        }
        if self.files.get(&file).is_some_and(files::Open::is_pipe) {
            return;
        }
        if let (true, Some(open)) = (x.is_ok(), self.files.get_mut(&file)) {
            open.moved(offset, u64::from(len), false);
        }
        files::tell(ctx, x.act("read_file", Category::Read, self.files.name(&file), None), out);
    }

    fn wrote(&mut self, ctx: &Context<'_>, file: &Key, len: u32, offset: u64, x: &Exchange<'_>, out: &mut dyn Sink) {
        let file = *self.resolve(file);
        if self.files.get(&file).is_none() {
            self.files.open(ctx, file, String::new(), None, None, out);
        }
        let Some(open) = self.files.get_mut(&file).filter(|open| !open.is_pipe()) else { return };
        // Told once for all the pieces of a file: how much it was is said when it is closed.
        let again = open.wrote;
        if x.is_ok() {
            open.moved(offset, u64::from(len), true);
        }
        if !again || !x.is_ok() {
            files::tell(ctx, x.act("write_file", files::write_category(&open.name), &open.name, None), out);
        }
    }

    /// Names, deletion, sizes, attributes (MS-FSCC 2.4).
    fn set(&mut self, ctx: &Context<'_>, file: &Key, what: (u8, u8), data: &[u8], x: &Exchange<'_>, out: &mut dyn Sink) {
        let file = *self.resolve(file);
        let name = self.files.name(&file).to_owned();
        let mut r = Reader::new(data);
        let (function, category, value) = match what {
            (1, 10 | 11) => {
                let new = renamed(data).unwrap_or_default();
                let full = self.files.full(x.tree, &new);
                if let (10, true, Some(open)) = (what.1, x.is_ok(), self.files.get_mut(&file)) {
                    open.name.clone_from(&full);
                }
                let category = files::write_category(&full);
                (if what.1 == 10 { "rename_file" } else { "link_file" }, category, Some(full))
            }
            (1, 13 | 64) if r.u8().is_ok_and(|flag| flag & 1 != 0) => ("delete_file", Category::Write, None),
            (1, 20) => ("set_file_size", Category::Write, r.u64_le().ok().map(|size| size.to_string())),
            (1, 4) => ("set_file_attributes", Category::Write, None),
            (3, _) => ("set_file_security", Category::Configuration, None),
            (kind, class) => ("set_info", Category::Write, Some(info(kind, class))),
        };
        files::tell(ctx, x.act(function, category, &name, value), out);
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
        let Some(head) = Head::read(&waiting.bytes) else { return };
        // Who watches a directory waits as long as nothing happens there.
        if head.command == smb2::CHANGE_NOTIFY {
            return;
        }
        if let Some(ask) = Ask::read(&head, &waiting.bytes) {
            let outcome = if self.lossy { "unconfirmed" } else { "unanswered" };
            let tree = head.tree.unwrap_or(0);
            let exchange = Exchange { at: waiting.at, outcome: outcome.into(), tree, said: None };
            self.join(ctx, &head, &ask, &exchange, out);
        }
    }
}

/// The new name of a rename or a link (MS-FSCC 2.4.42).
pub fn renamed(data: &[u8]) -> Option<String> {
    let mut r = Reader::new(data);
    r.skip(16).ok()?;
    let len = r.u32_le().ok()?;
    r.take(usize::try_from(len).ok()?).ok().map(windows::utf16)
}

/// Which information: of a file, a volume, security, quotas.
pub fn info(kind: u8, class: u8) -> String {
    let kind = match kind {
        1 => "file",
        2 => "volume",
        3 => "security",
        4 => "quota",
        _ => "unknown",
    };
    format!("{kind} {class}")
}
