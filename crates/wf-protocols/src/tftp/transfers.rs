//! Transfers that were asked for, over all flows: which file, how far, and how it ended.

use super::NAME;
use super::pdu::{self, Packet};
use crate::held::{self, ANSWER_MAX, Waits};
use crate::{carried, hints};
use std::borrow::Cow;
use wf_model::{Address, Category, Mac};
use wf_wire::decode::{File, Moment, Pending};
use wf_wire::{Context, Direction, Operation, Sink, Target};

/// Transfers at once.
const OPEN_MAX: usize = 256;
/// Text of names, in bytes.
const TEXT_MAX: usize = 260;
/// Bytes of a block where nothing else was agreed (RFC 1350, 2).
const BLOCK: u64 = 512;

/// The client with its port, and the server: the server's port changes.
type Key = (Option<Address>, u16, Option<Address>);

#[derive(Debug)]
struct Transfer {
    at: Moment,
    /// The last packet: a transfer takes as long as it takes, a silence does not.
    last: Moment,
    lost: bool,
    write: bool,
    name: String,
    block: u64,
    moved: u64,
    /// The block that came last, and whether it was shorter than a block.
    number: u16,
    complete: bool,
    /// Where it was asked from: operations are told as if on that flow.
    client: (Option<Address>, Option<Mac>, u16),
    server: (Option<Address>, Option<Mac>),
}

impl Waits for Transfer {
    fn asked(&self) -> Moment {
        self.last
    }

    fn lose(&mut self) {
        self.lost = true;
    }
}

#[derive(Debug)]
pub struct Transfers {
    open: Pending<Key, Transfer>,
}

impl Default for Transfers {
    fn default() -> Self {
        Self { open: Pending::new(OPEN_MAX) }
    }
}

/// The key of the packet at hand, told by who sends it: from the client, or to it.
fn keys(ctx: &Context<'_>) -> [Key; 2] {
    [(ctx.src, ctx.src_port, ctx.dst), (ctx.dst, ctx.dst_port, ctx.src)]
}

impl Transfers {
    pub fn asked(&mut self, ctx: &Context<'_>, packet: &Packet<'_>, out: &mut dyn Sink) {
        let Packet::Request { write, name, .. } = packet else { return };
        let [key, _] = keys(ctx);
        let name = hints::bounded(&hints::clean(name), TEXT_MAX).to_owned();
        if let Some(same) = self.open.get_mut(&key) {
            // Asked again before anything came.
            if same.name == name && same.write == *write && same.moved == 0 {
                same.last = ctx.now;
                return;
            }
            if let Some(before) = self.open.close(&key) {
                before.told(ctx, None, out);
            }
        }
        let transfer = Transfer {
            at: ctx.now,
            last: ctx.now,
            lost: false,
            write: *write,
            name,
            block: BLOCK,
            moved: 0,
            number: 0,
            complete: false,
            client: (ctx.src, ctx.src_mac, ctx.src_port),
            server: (ctx.dst, ctx.dst_mac),
        };
        if let Some((_, fallen)) = self.open.open(key, transfer) {
            out.evicted(1);
            fallen.told(ctx, None, out);
        }
    }

    /// Whether a transfer between these was asked for.
    pub fn knows(&mut self, ctx: &Context<'_>) -> bool {
        keys(ctx).iter().any(|key| self.open.get_mut(key).is_some())
    }

    pub fn moved(&mut self, ctx: &Context<'_>, packet: &Packet<'_>, out: &mut dyn Sink) {
        let Some(key) = keys(ctx).into_iter().find(|key| self.open.get_mut(key).is_some()) else { return };
        let Some(transfer) = self.open.get_mut(&key) else { return };
        transfer.last = ctx.now;
        let ended = match packet {
            Packet::Data { block, data } => {
                transfer.data(*block, data.len() as u64);
                None
            }
            // The last block was acknowledged.
            Packet::Ack { block } if transfer.complete && *block == transfer.number => Some(Cow::Borrowed("ok")),
            Packet::Error { code, .. } => Some(Cow::Owned(format!("error: {}", pdu::error(*code)))),
            Packet::Options { options } => {
                transfer.block = pdu::option(options, "blksize").filter(|size| *size >= 8).unwrap_or(BLOCK);
                None
            }
            Packet::Ack { .. } | Packet::Request { .. } => None,
        };
        if let Some((outcome, transfer)) = ended.and_then(|outcome| self.open.close(&key).map(|transfer| (outcome, transfer))) {
            transfer.told(ctx, Some(outcome), out);
        }
    }

    pub fn overdue(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        while let Some((_, late)) = held::overdue(&mut self.open, ctx.now, ANSWER_MAX) {
            late.told(ctx, None, out);
        }
    }

    /// A flow is over: what its ends had open is told.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let of = keys(ctx);
        // The request's own flow is over long before a large file is: what moves goes on in another.
        let asking = [ctx.src_port, ctx.dst_port].contains(&super::PORT);
        while let Some((_, transfer)) = self.open.close_where(|key, open| of.contains(key) && !(asking && open.moved > 0)) {
            transfer.told(ctx, None, out);
        }
    }
}

impl Transfer {
    fn data(&mut self, block: u16, len: u64) {
        // Sent again: counted once.
        if block == self.number.wrapping_add(1) {
            self.moved = self.moved.saturating_add(len);
            self.number = block;
        } else if block != self.number {
            self.lost = true;
            self.number = block;
        }
        self.complete = len < self.block;
    }

    /// Tells the act, by an outcome or as it stands.
    fn told(&self, ctx: &Context<'_>, outcome: Option<Cow<'static, str>>, out: &mut dyn Sink) {
        let outcome = outcome.unwrap_or(match (self.complete, self.moved) {
            // The last block came, its acknowledgement did not.
            (true, _) => Cow::Borrowed("unconfirmed"),
            (false, 0) => Cow::Borrowed(held::missing(self.lost)),
            (false, _) => Cow::Borrowed("error: incomplete"),
        });
        let direction = if self.write { Direction::ToServer } else { Direction::ToClient };
        // Told as the client's, whoever spoke last.
        let ((src, src_mac, src_port), (dst, dst_mac)) = (self.client, self.server);
        let (dst_port, to_server) = (super::PORT, Direction::ToServer);
        let ctx = Context { src, dst, direction: to_server, src_mac, dst_mac, src_port, dst_port, ..*ctx };
        if outcome == "ok" {
            let size = (!self.lost).then_some(self.moved);
            out.file(&ctx, NAME, File { name: &self.name, size, direction });
        }
        // A device that fetches an image or a configuration will run it.
        let category = match carried::category(&self.name) {
            Category::Write if !self.write => Category::Read,
            category => category,
        };
        let function = if self.write { "write_file" } else { "read_file" };
        let (at, target) = (self.at, Target::Text(&self.name));
        out.operation(&ctx, NAME, Operation { at, actor: Direction::ToServer, function, category, target, value: None, outcome });
    }
}
