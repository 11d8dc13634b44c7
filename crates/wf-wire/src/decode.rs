//! What a protocol implements (`Decoder`, `ProtocolInfo`) and what it is given (`Context`, `Sink`).
//!
//! A decoder is sans-IO and clockless. It is handed in-order bytes of a TCP stream, whole datagrams, or whole frames'
//! payloads, and tells a [`Sink`] what it understood: messages (every one, for `decode`), operations, measurements,
//! evidence about devices, files, credentials and anomalies. What it does not understand it says as an anomaly and
//! goes on.

use crate::MessageWriter;
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use wf_model::{Address, Attribute, Category, Mac, Timestamp, observation::Transport};

/// Which way bytes travel in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From client to server: requests.
    ToServer,
    /// From server to client: answers, unsolicited reports.
    ToClient,
}

impl Direction {
    /// The other way.
    #[must_use]
    pub const fn reverse(self) -> Self {
        match self {
            Self::ToServer => Self::ToClient,
            Self::ToClient => Self::ToServer,
        }
    }

    /// 0 for to-server, 1 for to-client: an index for per-direction state.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::ToServer => 0,
            Self::ToClient => 1,
        }
    }
}

/// When something was said: enough to cite it later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Frame number.
    pub frame: u64,
    /// Capture time of that frame.
    pub ts: Timestamp,
}

/// What a frame without IP of its own came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carrier {
    /// An Ethernet header.
    #[default]
    Ethernet,
    /// The header of another link: 802.11, FDDI, Linux cooked.
    OtherLink,
    /// A tunnel between these ends; with their ports where it lies in UDP.
    Tunnel {
        /// The end that sent it.
        src: IpAddr,
        /// The other end.
        dst: IpAddr,
        /// Their UDP ports.
        ports: Option<(u16, u16)>,
    },
}

/// Where the bytes at hand come from.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Frame in which the bytes at hand became complete, and its time.
    pub now: Moment,
    /// Which way they travel.
    pub direction: Direction,
    /// Sender: innermost IP, or MAC where there is no IP; `None` without either.
    pub src: Option<Address>,
    /// Receiver.
    pub dst: Option<Address>,
    /// Source MAC of the frame.
    pub src_mac: Option<Mac>,
    /// Destination MAC of the frame.
    pub dst_mac: Option<Mac>,
    /// Sender's port, 0 where there are none.
    pub src_port: u16,
    /// Receiver's port.
    pub dst_port: u16,
    /// Transport.
    pub transport: Transport,
    /// Number of the flow, unique within a run.
    pub flow: u64,
    /// Innermost VLAN, 0 for none.
    pub vlan: u16,
    /// EtherType where the decoder hangs straight on the link, [`on_ip`](crate::layers::on_ip) of the protocol where it hangs
    /// straight on IP.
    pub ethertype: u16,
    /// What carried the frame (for protocols straight on the link).
    pub carrier: Carrier,
    /// The frame's bytes (for protocols below IP that read outer headers).
    pub frame_bytes: &'a [u8],
    /// The message at hand begins at the start of a stream that was seen from its SYN on (no mid-stream pick-up).
    pub from_start: bool,
    /// Bytes of this direction before the message at hand are missing from the capture: what it says of itself holds,
    /// what it continues may not.
    pub after_gap: bool,
}

/// What a decoder did with the stream bytes it was shown. One message a call: it is called again while bytes are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The first `n` bytes are dealt with (n > 0). May exceed what was shown: the rest is skipped as it arrives.
    Consumed(usize),
    /// Call again when at least `n` bytes (counted from the first byte shown now) are there.
    Need(usize),
    /// This cannot be the protocol, or it is damaged here: skip to the next byte that `Decoder::resync` accepts.
    Resync,
    /// This is not the protocol after all: let go of the flow.
    NotMine,
    /// Nothing more is to be learned from this flow (encrypted from here on): stop showing bytes.
    Done,
}

/// The verdict of a probe over the first bytes of one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not this protocol.
    No,
    /// More bytes are needed to tell.
    More,
    /// Could be: take it only when the port is one of this protocol's.
    Likely,
    /// It is, whatever the port.
    Sure,
    /// It is, and the bytes shown were sent by the client (the asking side).
    SureClient,
    /// It is, and the bytes shown were sent by the server (the answering side).
    SureServer,
}

/// What a probe is shown.
#[derive(Clone, Copy, Debug)]
pub struct Probe<'a> {
    /// First bytes of one direction (of a stream), or the whole datagram.
    pub bytes: &'a [u8],
    /// Sender's port.
    pub src_port: u16,
    /// Receiver's port.
    pub dst_port: u16,
    /// TCP, UDP, or what it hangs straight on.
    pub transport: Transport,
    /// The bytes are the start of a connection seen from its SYN on.
    pub from_start: bool,
}

/// What a decoder may hold without saying so.
pub const LITTLE: usize = 1024;

/// What [`Decoder::weight`] says of so many bytes.
#[must_use]
pub const fn heavy(bytes: usize) -> usize {
    if bytes < LITTLE { 0 } else { bytes }
}

/// A decoder of one protocol for one flow (or one of a link-layer protocol for the whole segment).
pub trait Decoder: Send {
    /// Bytes of a TCP stream in order, from the first not yet consumed. Exactly one message a call.
    fn stream(&mut self, _ctx: &Context<'_>, _bytes: &[u8], _out: &mut dyn Sink) -> Step {
        Step::NotMine
    }

    /// A whole UDP datagram's payload, or that of an IP packet or a link-layer frame. `false`: not this protocol.
    fn datagram(&mut self, _ctx: &Context<'_>, _bytes: &[u8], _out: &mut dyn Sink) -> bool {
        false
    }

    /// `len` bytes of the stream in `direction` are missing from the capture (0: unknown). Partial state of that direction is void.
    fn gap(&mut self, _direction: Direction, _len: u64) {}

    /// `bytes` is all that the capture holds of what comes next: it left out the `missing` bytes of the stream behind them (a
    /// snap length). What can be read of a message that begins there is said; messages and secrets alone are taken. Returns how
    /// long that message is, where it says so. A gap is told next.
    fn cut(&mut self, _ctx: &Context<'_>, _bytes: &[u8], _missing: usize, _out: &mut dyn Sink) -> Option<usize> {
        None
    }

    /// After a gap or `Step::Resync`: offset of the next byte at which a message plausibly begins; `None` if there is
    /// none in `bytes` (all but the last few bytes are then dropped).
    fn resync(&mut self, _direction: Direction, _bytes: &[u8]) -> Option<usize> {
        Some(0)
    }

    /// The flow is over (closed, timed out, evicted, end of capture): report what still waits for an answer.
    fn finish(&mut self, _ctx: &Context<'_>, _out: &mut dyn Sink) {}

    /// Bytes that it holds for its flow: tables, parts of messages, requests; 0 while they are fewer than [`LITTLE`]. Asked for
    /// behind every packet, so to be had from lengths and running sums. Where all flows together hold too much, the heaviest
    /// are over for their decoders, which begin anew.
    fn weight(&self) -> usize {
        0
    }

    /// What goes on in its place where memory was short and it is over: with what both ends agreed on (version, encryption,
    /// contexts), and nothing that grows. All that lies before is told to it as a gap. `None`: one that knows nothing will do.
    fn renew(&mut self) -> Option<Box<dyn Decoder>> {
        None
    }

    /// A decoder for another flow that shares what this one learns: for a protocol whose answers come from another port,
    /// or whose frames belong to a connection that was set up elsewhere. `None`: each flow is read by itself.
    fn another(&self) -> Option<Box<dyn Decoder>> {
        None
    }
}

/// An anomaly kind and what it means, for rules and documents.
#[derive(Clone, Copy, Debug)]
pub struct AnomalyKind {
    /// Stable name, snake case.
    pub name: &'static str,
    /// What it means, one sentence.
    pub meaning: &'static str,
}

/// One protocol's entry in the registry.
#[derive(Clone, Copy)]
pub struct ProtocolInfo {
    /// Stable name, as in `decode --json`.
    pub name: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// Standard and edition that the decoder follows.
    pub standard: &'static str,
    /// Usual TCP ports.
    pub tcp: &'static [u16],
    /// Usual UDP ports.
    pub udp: &'static [u16],
    /// EtherTypes (or LLC/SNAP ids as EtherTypes) that carry it straight on the link, and [`on_ip`](crate::layers::on_ip) of IP
    /// protocols that carry it.
    pub ethertypes: &'static [u16],
    /// Industrial (its devices are controllers and their peers) rather than IT.
    pub industrial: bool,
    /// Payload is encrypted once established.
    pub encrypted: bool,
    /// Message names that it emits (more than one where a protocol carries another, e.g. `enip`, `cip`).
    pub messages: &'static [&'static str],
    /// Anomalies that it can raise.
    pub anomalies: &'static [AnomalyKind],
    /// Looks at the first bytes. Must be cheap.
    pub probe: fn(&Probe<'_>) -> Verdict,
    /// Makes a decoder for one flow.
    pub new: fn() -> Box<dyn Decoder>,
}

impl fmt::Debug for ProtocolInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtocolInfo").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Numbers that name a target, formatted only when somebody reads it: cheap to compare and to hash.
#[derive(Clone, Copy)]
pub struct Coded {
    /// The numbers: space, first, count, unit, … as `show` understands them.
    pub numbers: [u64; 4],
    /// Writes them for people: `holding_register 40-49`.
    pub show: fn(&[u64; 4], &mut fmt::Formatter<'_>) -> fmt::Result,
}

impl fmt::Display for Coded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.show)(&self.numbers, f)
    }
}

/// What an operation acts on, or which point a value belongs to.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    /// The device itself.
    None,
    /// A name: tag, file, block.
    Text(&'a str),
    /// Numbers, formatted late.
    Coded(Coded),
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Coded(coded) => coded.fmt(f),
        }
    }
}

/// One operation as a decoder says it: at the answer (with its outcome), or when none can come any more.
pub struct Operation<'a> {
    /// When it was asked (the request's frame), not when it was answered.
    pub at: Moment,
    /// Who acts: `ToServer` when the client does (the usual case).
    pub actor: Direction,
    /// Function, snake case: `write_single_register`.
    pub function: &'static str,
    /// What kind of act.
    pub category: Category,
    /// On what.
    pub target: Target<'a>,
    /// Values written or commanded, bounded (cut long ones with `…`).
    pub value: Option<Cow<'a, str>>,
    /// `ok`, `error: <name>`, `unanswered`, `unconfirmed`.
    pub outcome: Cow<'static, str>,
}

/// A value of a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A number.
    Number(f64),
    /// On or off.
    Flag(bool),
    /// Text.
    Text(&'a str),
}

/// A process value as a decoder says it.
pub struct Measurement<'a> {
    /// The side that holds the point, named by the way its values travel: `ToClient` when the server holds it.
    pub device: Direction,
    /// The point.
    pub point: Target<'a>,
    /// Its value.
    pub value: Value<'a>,
    /// `good`, or what is wrong.
    pub quality: &'static str,
}

/// Whom a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The sender of the bytes at hand.
    Sender,
    /// Their receiver.
    Receiver,
    /// A host that the message names; `bound`: MAC and IP belong together by what the message says.
    Host {
        /// Its MAC.
        mac: Option<Mac>,
        /// Its IP.
        ip: Option<IpAddr>,
    },
}

/// A statement about a device.
pub struct Evidence<'a> {
    /// Whom it is about.
    pub about: About,
    /// Which attribute.
    pub attribute: Attribute,
    /// Its value, trimmed.
    pub value: &'a str,
    /// Detail of the source within the protocol (`szl`, `device_id`), or empty.
    pub source: &'static str,
    /// 0 to 100.
    pub confidence: u8,
}

/// A breach of the protocol's rules.
pub struct Anomaly<'a> {
    /// One of the protocol's [`AnomalyKind`] names.
    pub kind: &'static str,
    /// What exactly.
    pub detail: Cow<'a, str>,
}

/// A readable credential. Its secret is handed over for one use only: to be masked where the packet is shown.
pub struct Credential<'a> {
    /// `basic`, `form`, `community`, `password`.
    pub scheme: &'static str,
    /// User name where said.
    pub user: Option<&'a str>,
    /// The secret's bytes as they stand in the message (encoded as sent), so that whoever shows the packet can mask them;
    /// empty where they are not at hand. A sink never keeps them.
    pub secret: &'a [u8],
}

/// A file or block by name.
pub struct File<'a> {
    /// Name as said.
    pub name: &'a str,
    /// Bytes, if said.
    pub size: Option<u64>,
    /// Which way its contents go.
    pub direction: Direction,
}

/// Takes what decoders understand. `protocol` is the message name, e.g. `cip` within EtherNet/IP.
pub trait Sink {
    /// One message was decoded. Returns a writer if every message is wanted with its fields (`decode`), else `None`.
    fn message(&mut self, ctx: &Context<'_>, protocol: &'static str) -> Option<MessageWriter<'_>>;
    /// One operation.
    fn operation(&mut self, ctx: &Context<'_>, protocol: &'static str, operation: Operation<'_>);
    /// Whether the values of `block`, as raw bytes, are the same as when this was last asked for that block and device:
    /// then there is nothing to say and the decoder may skip its points.
    fn unchanged(&mut self, ctx: &Context<'_>, device: Direction, block: Coded, raw: &[u8]) -> bool;
    /// One process value.
    fn measurement(&mut self, ctx: &Context<'_>, protocol: &'static str, measurement: Measurement<'_>);
    /// One statement about a device.
    fn evidence(&mut self, ctx: &Context<'_>, protocol: &'static str, evidence: Evidence<'_>);
    /// One file by name.
    fn file(&mut self, ctx: &Context<'_>, protocol: &'static str, file: File<'_>);
    /// One readable credential.
    fn credential(&mut self, ctx: &Context<'_>, protocol: &'static str, credential: Credential<'_>);
    /// One breach.
    fn anomaly(&mut self, ctx: &Context<'_>, protocol: &'static str, anomaly: Anomaly<'_>);
    /// A request that was open fell out of a full table (counted, shown in coverage).
    fn evicted(&mut self, count: u64);
}

/// Open requests of one flow, bounded: the oldest falls out and is handed back.
#[derive(Debug)]
pub struct Pending<K, V> {
    entries: std::collections::VecDeque<Entry<K, V>>,
    limit: usize,
    /// What the entries hold outside this table.
    outside: usize,
}

/// Entries for which an empty table keeps room.
const KEPT: usize = 16;

#[derive(Debug)]
struct Entry<K, V> {
    key: K,
    value: V,
    outside: u32,
}

impl<K: PartialEq, V> Pending<K, V> {
    /// At most `limit` open requests.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self { entries: std::collections::VecDeque::new(), limit, outside: 0 }
    }

    /// Opens a request that holds nothing on the heap worth counting; returns the one that fell out, if any.
    pub fn open(&mut self, key: K, value: V) -> Option<(K, V)> {
        self.open_with(key, value, 0)
    }

    /// Opens a request that holds so many bytes on the heap, as long as it is here.
    pub fn open_with(&mut self, key: K, value: V, bytes: usize) -> Option<(K, V)> {
        let fallen = if self.entries.len() >= self.limit { self.entries.pop_front() } else { None };
        let fallen = self.out(fallen);
        let outside = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.outside += outside as usize;
        // Most ask one thing at a time.
        if self.entries.capacity() == 0 {
            self.entries.reserve_exact(1);
        }
        self.entries.push_back(Entry { key, value, outside });
        fallen
    }

    fn out(&mut self, entry: Option<Entry<K, V>>) -> Option<(K, V)> {
        entry.map(|entry| {
            self.outside = self.outside.saturating_sub(entry.outside as usize);
            // A burst does not keep its room for ever.
            if self.entries.is_empty() && self.entries.capacity() > KEPT {
                self.entries.shrink_to(KEPT);
            }
            (entry.key, entry.value)
        })
    }

    /// Bytes that the table takes, with what was said to be held outside it.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.entries.capacity() * size_of::<Entry<K, V>>() + self.outside
    }

    /// Bytes that the open requests were said to hold.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.outside
    }

    /// Closes the oldest request with this key.
    pub fn close(&mut self, key: &K) -> Option<V> {
        let at = self.entries.iter().position(|entry| entry.key == *key)?;
        let entry = self.entries.remove(at);
        self.out(entry).map(|(_, value)| value)
    }

    /// The oldest open request with this key.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.iter_mut().find(|entry| entry.key == *key).map(|entry| &mut entry.value)
    }

    /// Closes the oldest request that `fits`.
    pub fn close_where(&mut self, mut fits: impl FnMut(&K, &V) -> bool) -> Option<(K, V)> {
        let at = self.entries.iter().position(|entry| fits(&entry.key, &entry.value))?;
        let entry = self.entries.remove(at);
        self.out(entry)
    }

    /// What is open, oldest first.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|entry| &mut entry.value)
    }

    /// Takes the oldest open request if `due` says so (it waited too long).
    pub fn take_oldest_if(&mut self, due: impl FnOnce(&K, &V) -> bool) -> Option<(K, V)> {
        let is_due = self.entries.front().is_some_and(|entry| due(&entry.key, &entry.value));
        let entry = if is_due { self.entries.pop_front() } else { None };
        self.out(entry)
    }

    /// Takes all that are open, oldest first.
    pub fn drain(&mut self) -> impl Iterator<Item = (K, V)> + '_ {
        self.outside = 0;
        self.entries.drain(..).map(|entry| (entry.key, entry.value))
    }

    /// How many are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
