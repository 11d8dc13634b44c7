//! Files and pipes that are open: their names, what went in and out, and the calls that pipes carry.

use super::{NAME, names};
use crate::dcerpc::{Head, Session};
use std::borrow::Cow;
use std::collections::VecDeque;
use wf_model::Category;
use wf_wire::decode::{File, Moment};
use wf_wire::{Context, Direction, Operation, Sink, Target};

/// Files open at once, and how many of them may be pipes.
const FILES_MAX: usize = 64;
const PIPES_MAX: usize = 16;
/// Trees connected at once.
const TREES_MAX: usize = 32;
/// Text of values and names, in bytes.
pub const TEXT_MAX: usize = 260;

/// A file's identifier within the flow: persistent and volatile halves, or SMB 1's FID.
pub type Key = [u8; 16];

/// What an operation is about, put together before it is told.
pub struct Act<'a> {
    pub at: Moment,
    pub function: &'static str,
    pub category: Category,
    pub target: &'a str,
    pub value: Option<String>,
    pub outcome: Cow<'static, str>,
}

/// Tells one operation of the client.
pub fn tell(ctx: &Context<'_>, act: Act<'_>, out: &mut dyn Sink) {
    let target = if act.target.is_empty() { Target::None } else { Target::Text(crate::hints::bounded(act.target, TEXT_MAX)) };
    let told = Operation {
        at: act.at,
        actor: Direction::ToServer,
        function: act.function,
        category: act.category,
        target,
        value: act.value.map(|v| Cow::Owned(crate::hints::bounded(&v, TEXT_MAX).to_owned())),
        outcome: act.outcome,
    };
    out.operation(ctx, NAME, told);
}

/// What a write does: it loads a program where the name is one's.
pub fn write_category(name: &str) -> Category {
    if names::is_program(name) { Category::Program } else { Category::Write }
}

/// What a pipe carries.
#[derive(Default)]
struct Piped {
    session: Session,
    /// Bytes of a PDU that are still to come, each way.
    left: [usize; 2],
}

impl Piped {
    fn data(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) {
        let [to_server, to_client] = &mut self.left;
        let left = if ctx.direction == Direction::ToServer { to_server } else { to_client };
        let skipped = (*left).min(bytes.len());
        *left -= skipped;
        let mut rest = bytes.get(skipped..).unwrap_or_default();
        while let Some(head) = Head::read(rest) {
            self.session.pdu(ctx, rest, out);
            let whole = usize::from(head.len);
            *left = whole.saturating_sub(rest.len());
            rest = rest.get(whole..).unwrap_or_default();
        }
    }
}

/// A file or a pipe that is open.
pub struct Open {
    key: Key,
    /// With its share before it.
    pub name: String,
    pipe: Option<Box<Piped>>,
    /// Its share was not seen connected: it may turn out to be a pipe.
    unsure: bool,
    /// Bytes that it had when it was opened.
    pub size: Option<u64>,
    /// Where the last byte written lies.
    pub end: u64,
    pub wrote: bool,
    pub was_read: bool,
}

impl Open {
    /// Said once it is closed: what travelled.
    fn told(&self, ctx: &Context<'_>, out: &mut dyn Sink) {
        if self.name.is_empty() || self.pipe.is_some() || !(self.wrote || self.was_read) {
            return;
        }
        let (size, direction) = if self.wrote { (Some(self.end), Direction::ToServer) } else { (self.size, Direction::ToClient) };
        out.file(ctx, NAME, File { name: crate::hints::bounded(&self.name, TEXT_MAX), size, direction });
    }

    /// Bytes were read or written at `offset`.
    pub fn moved(&mut self, offset: u64, len: u64, written: bool) {
        if written {
            self.wrote = true;
            self.end = self.end.max(offset.saturating_add(len));
        } else {
            self.was_read = true;
        }
    }

    pub fn is_pipe(&self) -> bool {
        self.pipe.is_some()
    }

    fn over(mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.told(ctx, out);
        if let Some(pipe) = &mut self.pipe {
            pipe.session.finish(ctx, out);
        }
    }
}

/// Those of one flow.
#[derive(Default)]
pub struct Files {
    open: VecDeque<Open>,
    trees: VecDeque<(u32, Tree)>,
    weight: usize,
}

/// A share that is connected.
pub struct Tree {
    pub path: String,
    pub pipes: bool,
}

impl Files {
    /// Bytes that it holds.
    pub const fn weight(&self) -> usize {
        self.weight
    }

    /// A share was connected.
    pub fn connect(&mut self, id: u32, path: String, pipes: bool) {
        self.trees.retain(|(known, _)| *known != id);
        if self.trees.len() >= TREES_MAX {
            self.trees.pop_front();
        }
        let pipes = pipes || path.rsplit('\\').next().is_some_and(|share| share.eq_ignore_ascii_case("IPC$"));
        self.trees.push_back((id, Tree { path, pipes }));
        self.weigh();
    }

    pub fn tree(&self, id: u32) -> Option<&Tree> {
        self.trees.iter().find(|(known, _)| *known == id).map(|(_, tree)| tree)
    }

    /// `name` with its share before it.
    pub fn full(&self, tree: u32, name: &str) -> String {
        let name = name.trim_start_matches('\\');
        match self.tree(tree) {
            Some(tree) if tree.pipes || name.is_empty() => {
                if name.is_empty() {
                    tree.path.clone()
                } else {
                    name.to_owned()
                }
            }
            Some(tree) => format!("{}\\{name}", tree.path),
            None => name.to_owned(),
        }
    }

    /// A file was opened; `pipe`: whether it is one, where that is known.
    pub fn open(&mut self, ctx: &Context<'_>, key: Key, name: String, pipe: Option<bool>, size: Option<u64>, out: &mut dyn Sink) {
        self.close(ctx, &key, out);
        if self.open.len() >= FILES_MAX {
            out.evicted(1);
            if let Some(oldest) = self.open.pop_front() {
                oldest.over(ctx, out);
            }
        }
        let unsure = pipe.is_none();
        let pipe = if pipe == Some(true) { Some(self.pipe(ctx, out)) } else { None };
        self.open.push_back(Open { key, name, pipe, unsure, size, end: 0, wrote: false, was_read: false });
        self.weigh();
    }

    /// Adds up what they hold. Done where files come and go and bytes go through pipes, not for each packet.
    fn weigh(&mut self) {
        let of = |open: &Open| {
            let pipe = open.pipe.as_ref().map_or(0, |pipe| size_of::<Piped>() + pipe.session.weight());
            size_of::<Open>() + open.name.capacity() + pipe
        };
        let trees: usize = self.trees.iter().map(|(_, tree)| tree.path.capacity()).sum();
        self.weight = self.open.iter().map(of).sum::<usize>() + trees;
    }

    /// A new pipe; the oldest falls out where there are too many.
    fn pipe(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) -> Box<Piped> {
        let mut pipes = self.open.iter().enumerate().filter(|(_, open)| open.pipe.is_some()).map(|(at, _)| at);
        let oldest = pipes.next().filter(|_| pipes.count() + 1 >= PIPES_MAX);
        if let Some(oldest) = oldest.and_then(|at| self.open.remove(at)) {
            out.evicted(1);
            oldest.over(ctx, out);
        }
        Box::default()
    }

    pub fn get(&self, key: &Key) -> Option<&Open> {
        self.open.iter().find(|open| open.key == *key)
    }

    pub fn get_mut(&mut self, key: &Key) -> Option<&mut Open> {
        self.open.iter_mut().find(|open| open.key == *key)
    }

    pub fn name(&self, key: &Key) -> &str {
        self.get(key).map_or("", |open| open.name.as_str())
    }

    /// A file was closed.
    pub fn close(&mut self, ctx: &Context<'_>, key: &Key, out: &mut dyn Sink) {
        if let Some(open) = self.open.iter().position(|open| open.key == *key).and_then(|at| self.open.remove(at)) {
            open.over(ctx, out);
            self.weigh();
        }
    }

    /// Bytes went through a pipe, or through a file that nobody saw opened and that looks like one.
    pub fn through_pipe(&mut self, ctx: &Context<'_>, key: &Key, bytes: &[u8], out: &mut dyn Sink) {
        let unsure = self.get(key).is_none_or(|open| open.unsure && open.pipe.is_none());
        if unsure && Head::read(bytes).is_some() {
            let pipe = self.pipe(ctx, out);
            match self.get_mut(key) {
                Some(open) => open.pipe = Some(pipe),
                None => self.open(ctx, *key, String::new(), Some(true), None, out),
            }
        }
        if let Some(pipe) = self.get_mut(key).and_then(|open| open.pipe.as_mut()) {
            pipe.data(ctx, bytes, out);
            self.weigh();
        }
    }

    /// Bytes of the flow are missing.
    pub fn gap(&mut self) {
        for pipe in self.open.iter_mut().filter_map(|open| open.pipe.as_mut()) {
            pipe.left = [0; 2];
            pipe.session.gap();
        }
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        for open in std::mem::take(&mut self.open) {
            open.over(ctx, out);
        }
    }
}
