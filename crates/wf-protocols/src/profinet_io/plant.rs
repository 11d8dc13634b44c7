//! What the flows of one run know together: calls that wait for their answer, which comes from another port, and relations
//! with the frame identifiers of their cyclic data, which run straight on the link.

use super::connect::Iocr;
use super::rpc::{Header, Interface, Uuid};
use std::collections::VecDeque;
use wf_model::observation::Transport;
use wf_model::{Address, Mac, time::SECOND};
use wf_wire::decode::{Carrier, Context, Direction, Moment, Pending, Sink};

/// Calls that wait at once.
const CALLS_MAX: usize = 128;
/// Answered calls that are remembered, so that what is sent or seen twice is not told twice.
const DONE_MAX: usize = 128;
/// Relations that are remembered.
const RELATIONS_MAX: usize = 512;
/// Octets of one call that are kept.
const ARGS_MAX: usize = 16_384;
/// After this a call is unanswered.
const ANSWER_MAX: i64 = 60 * SECOND;

/// The two ends of a call, whoever speaks. Identifiers are unique between them alone: anybody may say those of others.
pub type Hosts = [Option<Address>; 2];

/// The ends of a packet.
#[must_use]
pub fn hosts(ctx: &Context<'_>) -> Hosts {
    let mut hosts = [ctx.src, ctx.dst];
    hosts.sort_unstable();
    hosts
}

/// What names a call: its ends, its activity and its number in it.
pub type CallKey = (Hosts, Uuid, u32);

/// Where a call was made.
#[derive(Clone, Copy)]
pub struct Ends {
    src: Option<Address>,
    dst: Option<Address>,
    macs: (Option<Mac>, Option<Mac>),
    ports: (u16, u16),
    flow: u64,
    vlan: u16,
}

impl Ends {
    fn of(ctx: &Context<'_>) -> Self {
        let (macs, ports) = ((ctx.src_mac, ctx.dst_mac), (ctx.src_port, ctx.dst_port));
        Self { src: ctx.src, dst: ctx.dst, macs, ports, flow: ctx.flow, vlan: ctx.vlan }
    }

    /// The call's own context, told now.
    #[must_use]
    pub fn context<'a>(&self, ctx: &Context<'a>) -> Context<'a> {
        Context {
            direction: Direction::ToServer,
            src: self.src,
            dst: self.dst,
            src_mac: self.macs.0,
            dst_mac: self.macs.1,
            src_port: self.ports.0,
            dst_port: self.ports.1,
            transport: Transport::Udp,
            flow: self.flow,
            vlan: self.vlan,
            carrier: Carrier::Ethernet,
            ..*ctx
        }
    }
}

/// A call that waits.
pub struct Call {
    /// When it was made.
    pub at: Moment,
    /// Between whom.
    pub ends: Ends,
    /// Of which interface.
    pub interface: Interface,
    /// Which operation.
    pub opnum: u16,
    /// Its numbers are little-endian.
    pub little: bool,
    /// Arguments.
    pub args: Vec<u8>,
}

/// A cyclic connection of a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Its number in the relation.
    pub reference: u16,
    /// Input, output, multicast.
    pub kind: u16,
    /// Frame identifier.
    pub frame_id: u16,
    /// Octets of data.
    pub length: u16,
    /// Microseconds of silence after which the consumer gives up; 0 where it is not known.
    pub watchdog_us: i64,
}

impl Stream {
    /// As a block says it.
    #[must_use]
    pub fn of(iocr: &Iocr<'_>) -> Self {
        let watchdog_us = iocr.cycle_us() * i64::from(iocr.watchdog);
        Self { reference: iocr.reference, kind: iocr.kind, frame_id: iocr.frame_id, length: iocr.length, watchdog_us }
    }
}

/// A relation.
pub struct Relation {
    /// Between whom it was set up.
    pub hosts: Hosts,
    /// Its identifier.
    pub ar: Uuid,
    /// Station name of the controller.
    pub station: Box<str>,
    /// MAC of the controller.
    pub controller: Mac,
    /// MAC of the device.
    pub device: Mac,
    /// Cyclic connections.
    pub streams: Vec<Stream>,
    /// It was released.
    pub released: bool,
}

impl Relation {
    fn stream(&self, provider: Mac, frame_id: u16) -> Option<Stream> {
        let provides = |s: &&Stream| {
            let from = if s.kind == 2 { self.controller } else { self.device };
            s.frame_id == frame_id && from == provider
        };
        self.streams.iter().find(provides).copied()
    }
}

/// What is known together.
pub struct Plant {
    calls: Pending<CallKey, Call>,
    done: VecDeque<CallKey>,
    relations: VecDeque<Relation>,
}

impl Default for Plant {
    fn default() -> Self {
        Self { calls: Pending::new(CALLS_MAX), done: VecDeque::new(), relations: VecDeque::new() }
    }
}

impl Plant {
    /// Keeps a call; hands back one that fell out.
    pub fn ask(&mut self, ctx: &Context<'_>, header: &Header, args: &[u8]) -> Option<Call> {
        let key = (hosts(ctx), header.activity, header.sequence);
        if self.done.contains(&key) || self.calls.get_mut(&key).is_some() {
            return None;
        }
        let call = Call {
            at: ctx.now,
            ends: Ends::of(ctx),
            interface: header.interface,
            opnum: header.opnum,
            little: header.little,
            args: args.get(..ARGS_MAX).unwrap_or(args).to_vec(),
        };
        self.calls.open(key, call).map(|(_, call)| call)
    }

    /// The call that an answer belongs to. `Err`: it was answered before.
    pub fn answer(&mut self, ctx: &Context<'_>, header: &Header) -> Result<Option<Call>, ()> {
        let key = (hosts(ctx), header.activity, header.sequence);
        if self.done.contains(&key) {
            return Err(());
        }
        if self.done.len() >= DONE_MAX {
            self.done.pop_front();
        }
        self.done.push_back(key);
        Ok(self.calls.close(&key))
    }

    /// Takes a call that waits for too long.
    pub fn overdue(&mut self, ctx: &Context<'_>) -> Option<Call> {
        self.calls.take_oldest_if(|_, call| ctx.now.ts.since(call.at.ts) > ANSWER_MAX).map(|(_, call)| call)
    }

    /// Takes all calls of a flow that is over.
    pub fn end(&mut self, flow: u64) -> Vec<Call> {
        let (ended, others): (Vec<_>, Vec<_>) = self.calls.drain().partition(|(_, call)| call.ends.flow == flow);
        for (key, call) in others {
            self.calls.open(key, call);
        }
        ended.into_iter().map(|(_, call)| call).collect()
    }

    /// Remembers a relation.
    pub fn relate(&mut self, relation: Relation, out: &mut dyn Sink) {
        self.relations.retain(|known| (known.hosts, known.ar) != (relation.hosts, relation.ar));
        if self.relations.len() >= RELATIONS_MAX {
            self.relations.pop_front();
            out.evicted(1);
        }
        self.relations.push_back(relation);
    }

    /// The relation of that identifier between these.
    pub fn relation(&mut self, hosts: Hosts, ar: &Uuid) -> Option<&mut Relation> {
        self.relations.iter_mut().rev().find(|known| known.hosts == hosts && known.ar == *ar)
    }

    /// The latest relation in which this station provides that frame, and the connection.
    #[must_use]
    pub fn provided(&self, provider: Mac, frame_id: u16) -> Option<(&Relation, Stream)> {
        self.relations.iter().rev().find_map(|known| known.stream(provider, frame_id).map(|stream| (known, stream)))
    }
}
