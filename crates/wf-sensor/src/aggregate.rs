//! From what decoders and the flow engine say to observations: equal reads folded to a row a minute, acts kept one by
//! one with their packets, values kept on change, repeated statements counted.

use crate::coverage::Counters;
use crate::fold::{Fold, Keyed, Seen, hash_of, hasher};
use crate::ring::Ring;
use crate::values::Points;
use ahash::RandomState;
use std::borrow::Cow;
use std::fmt::Write;
use std::net::IpAddr;
use wf_flow::{FlowWindow, Observer, PacketSummary};
use wf_model::measurements::{Measurements, Report};
use wf_model::observation::{Anomaly, AssetEvidence, Batch, ConversationWindow, Credential, FileSeen, Operation, Transport};
use wf_model::{Address, Attribute, Mac, PacketId, Text, Timestamp, time::Minutes};
use wf_wire::decode::{self, About, Coded, Context, Direction, Sink, Target, Value};
use wf_wire::{MessageWriter, RawPacket};

/// What a sensor is told about itself, and its limits.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Site id.
    pub site: String,
    /// Sensor name.
    pub sensor: String,
    /// Name of the segment: interface, or `capture`.
    pub segment: String,
    /// Bytes of recent packets kept at hand.
    pub ring_bytes: usize,
    /// Points whose last value is remembered.
    pub points_max: usize,
    /// Rows that are being folded, per kind.
    pub folded_max: usize,
    /// Acts of one kind between two devices in a minute that are kept one by one; more are folded and counted.
    pub acts_per_minute: u32,
    /// A batch is handed over when it has this many rows.
    pub batch_rows: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            site: "site".into(),
            sensor: "sensor".into(),
            segment: "capture".into(),
            ring_bytes: 16 << 20,
            points_max: 1_000_000,
            folded_max: 50_000,
            acts_per_minute: 120,
            batch_rows: 20_000,
        }
    }
}

/// Packets kept for statements and anomalies of one kind between two devices, over a sensor's life.
const ANOMALY_PACKETS_MAX: u32 = 5;
/// First packets of conversations remembered as kept.
const FIRST_PACKETS_MAX: usize = 200_000;
/// Values of statements, texts and targets are cut at this many bytes.
const TEXT_MAX: usize = 512;

/// Gathers observations.
pub struct Aggregator {
    settings: Settings,
    state: RandomState,
    batch: Batch,
    ring: Ring,
    /// Frames of the batch's packets, in their order.
    kept: Vec<u64>,
    reads: Fold<Operation>,
    floods: Fold<Operation>,
    act_counts: Fold<u32>,
    evidence: Fold<AssetEvidence>,
    conversations: Fold<ConversationWindow>,
    anomalies: Fold<Anomaly>,
    said: Seen,
    first_packets: Seen,
    anomaly_packets: hashbrown::HashMap<u64, u32, Keyed>,
    points: Points,
    counters: Counters,
    now: Timestamp,
    minutes: Minutes,
    started: Option<Timestamp>,
    messages: u64,
    flow_messages: hashbrown::HashMap<u64, u64, Keyed>,
    evicted: u64,
    /// Where targets are put into words before they are copied at their length.
    scratch: String,
}

impl Aggregator {
    /// An empty aggregator.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let limit = settings.folded_max;
        let mut this = Self {
            state: hasher(),
            batch: Batch::default(),
            ring: Ring::new(settings.ring_bytes),
            kept: Vec::new(),
            reads: Fold::new(limit),
            floods: Fold::new(limit),
            act_counts: Fold::new(limit),
            evidence: Fold::new(limit),
            conversations: Fold::new(limit),
            anomalies: Fold::new(limit),
            said: Seen::new(limit * 4),
            first_packets: Seen::new(FIRST_PACKETS_MAX),
            anomaly_packets: hashbrown::HashMap::default(),
            points: Points::new(settings.points_max),
            counters: Counters::new(&settings.segment),
            now: Timestamp(i64::MIN),
            minutes: Minutes::default(),
            started: None,
            messages: 0,
            flow_messages: hashbrown::HashMap::default(),
            evicted: 0,
            scratch: String::new(),
            settings,
        };
        this.renew_batch();
        this
    }

    /// Announces first and last event time of a finite source.
    pub fn set_span(&mut self, span: (Timestamp, Timestamp)) {
        self.batch.span = Some(span);
    }

    /// Messages decoded so far.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// Takes note of a packet before it is decoded: time goes on, and the ring remembers it.
    pub fn begin_packet(&mut self, raw: &RawPacket<'_>) {
        self.ring.push(raw);
        self.now = self.now.max(raw.ts);
        let before = self.minutes.begun();
        if self.minutes.over(raw.ts) {
            self.end_minute_of(before);
        }
        if self.started.is_none() {
            self.started = Some(raw.ts);
            self.batch.started = raw.ts;
        }
    }

    /// Counts packets that were dropped before they got here.
    pub fn dropped(&mut self, count: u64) {
        self.counters.lost(self.now, count, 0);
    }

    /// What can be told now. Rows that are still being folded wait for the end of their minute.
    pub fn take_batch(&mut self, urgent: bool) -> Option<Batch> {
        let gathered = self.batch.len();
        if gathered >= self.settings.batch_rows || (urgent && !self.batch.is_empty()) { Some(self.hand_over()) } else { None }
    }

    /// Everything that is left.
    pub fn finish(&mut self) -> Option<Batch> {
        self.end_minute();
        if self.batch.is_empty() && self.started.is_none() {
            return None;
        }
        Some(self.hand_over())
    }

    fn hand_over(&mut self) -> Batch {
        self.kept.clear();
        self.batch.watermark = self.now;
        let (span, started) = (self.batch.span, self.batch.started);
        let done = std::mem::take(&mut self.batch);
        // The next batch is likely one of the same kind.
        self.batch.measurements = Measurements::with_room_for(&done.measurements);
        self.batch.packets.reserve(done.packets.len());
        self.renew_batch();
        (self.batch.span, self.batch.started) = (span, started);
        done
    }

    fn renew_batch(&mut self) {
        self.batch.site.clone_from(&self.settings.site);
        self.batch.sensor.clone_from(&self.settings.sensor);
    }

    fn end_minute(&mut self) {
        self.end_minute_of(self.minutes.begun());
    }

    fn end_minute_of(&mut self, minute: Timestamp) {
        self.counters.lost(minute, 0, std::mem::take(&mut self.evicted) + std::mem::take(&mut self.points.evicted));
        let batch = &mut self.batch;
        self.reads.take(&mut batch.operations);
        self.floods.take(&mut batch.operations);
        self.evidence.take(&mut batch.evidence);
        self.conversations.take(&mut batch.conversations);
        self.anomalies.take(&mut batch.anomalies);
        batch.coverage.extend(self.counters.take().into_iter().filter(|row| row.packets + row.dropped + row.evicted > 0));
        self.act_counts.clear();
    }

    /// Keeps the packet of a frame, once a batch; `None` if the ring has lost it.
    fn keep(&mut self, frame: u64) -> Option<PacketId> {
        let recent = self.kept.len().saturating_sub(64);
        if let Some(at) = self.kept.get(recent..).and_then(|frames| frames.iter().rposition(|f| *f == frame)) {
            return self.batch.packets.get(recent + at).map(|packet| packet.id);
        }
        let packet = self.ring.get(frame)?;
        let id = packet.id;
        self.kept.push(frame);
        self.batch.packets.push(packet);
        Some(id)
    }

    fn ends(ctx: &Context<'_>, actor: Direction) -> Option<Ends> {
        let (src, dst) = (ctx.src?, ctx.dst?);
        let here = Ends { src, dst, src_mac: ctx.src_mac, src_port: ctx.src_port, dst_port: ctx.dst_port };
        Some(if ctx.direction == actor {
            here
        } else {
            Ends { src: dst, dst: src, src_mac: ctx.dst_mac, src_port: ctx.dst_port, dst_port: ctx.src_port }
        })
    }

    fn fold_operation(&mut self, ends: &Ends, protocol: &'static str, operation: &mut decode::Operation<'_>, whole: bool) {
        let place = (ends.src, ends.dst, ends.dst_port, protocol, operation.function);
        let target = if whole { self.target_hash(operation.target) } else { 0 };
        let key = hash_of(&self.state, (place, target, operation.outcome.as_ref()));
        let at = operation.at;
        let fold = if whole { &mut self.reads } else { &mut self.floods };
        fold.fold(
            key,
            || row(ends, protocol, operation, if whole { String::new() } else { "many".into() }),
            |row| {
                row.count += 1;
                row.last = row.last.max(at.ts);
            },
        );
        if whole
            && let Some(row) = self.reads.last_begun()
            && row.target.is_empty()
            && row.count == 1
        {
            words(&mut self.scratch, operation.target).clone_into(&mut row.target);
        }
        if self.reads.is_full() || self.floods.is_full() {
            self.end_minute();
        }
    }

    fn act(&mut self, ctx: &Context<'_>, ends: &Ends, protocol: &'static str, operation: &mut decode::Operation<'_>) {
        let key = hash_of(&self.state, (ends.src, ends.dst, protocol, operation.function));
        let mut count = 1;
        self.act_counts.fold(
            key,
            || 1,
            |seen| {
                *seen += 1;
                count = *seen;
            },
        );
        if count > self.settings.acts_per_minute {
            return self.fold_operation(ends, protocol, operation, false);
        }
        let target = words(&mut self.scratch, operation.target).to_owned();
        let mut row = row(ends, protocol, operation, target);
        row.packets.reserve_exact(2);
        row.packets.extend(self.keep(operation.at.frame));
        if ctx.now.frame != operation.at.frame {
            row.packets.extend(self.keep(ctx.now.frame));
        }
        self.batch.operations.push(row);
    }

    fn target_hash(&self, target: Target<'_>) -> u64 {
        match target {
            Target::None => 0,
            Target::Text(text) => hash_of(&self.state, text),
            Target::Coded(coded) => hash_of(&self.state, (coded.numbers, coded.show as usize)),
        }
    }

    fn presence(&mut self, window: &FlowWindow, side: usize, address: Address, mac: Option<Mac>) {
        let (Some(packets), Some(first)) = (window.packets.get(side).copied(), window.firsts.get(side).copied()) else { return };
        if packets == 0 || address.is_group() {
            return;
        }
        let (ip, own) = match address {
            Address::Ip(ip) => (Some(ip), mac),
            Address::Mac(mac) => (None, Some(mac)),
        };
        let statement = Statement {
            mac: own,
            ip,
            bound: false,
            attribute: Attribute::Presence,
            value: "",
            source: Text::Borrowed("frame"),
            confidence: 50,
        };
        self.state_evidence(statement, first, window.last.ts, packets, false);
    }

    /// A statement is told at once the first time, then counted and told again when its minute is over.
    fn state_evidence(&mut self, said: Statement<'_>, first: decode::Moment, last: Timestamp, count: u64, keep: bool) {
        let key = hash_of(&self.state, (said.mac, said.ip, said.attribute, said.value, said.source.as_ref(), said.bound));
        let begin = AssetEvidence {
            ts: first.ts,
            last,
            count,
            mac: said.mac,
            ip: said.ip,
            bound: said.bound,
            attribute: said.attribute,
            value: String::new(),
            source: said.source,
            confidence: said.confidence,
            frame: first.frame,
            packet: None,
        };
        if self.said.first(key) {
            let packet = if keep { self.keep(first.frame) } else { None };
            return self.batch.evidence.push(AssetEvidence { value: cut(said.value), packet, ..begin });
        }
        let value = said.value;
        self.evidence.fold(
            key,
            || AssetEvidence { value: cut(value), ..begin },
            |row| {
                row.count += count;
                row.last = row.last.max(last);
            },
        );
        if self.evidence.is_full() {
            self.end_minute();
        }
    }
}

struct Ends {
    src: Address,
    dst: Address,
    src_mac: Option<Mac>,
    src_port: u16,
    dst_port: u16,
}

struct Statement<'a> {
    mac: Option<Mac>,
    ip: Option<IpAddr>,
    bound: bool,
    attribute: Attribute,
    value: &'a str,
    source: Text,
    confidence: u8,
}

fn row(ends: &Ends, protocol: &'static str, operation: &mut decode::Operation<'_>, target: String) -> Operation {
    Operation {
        ts: operation.at.ts,
        last: operation.at.ts,
        count: 1,
        src: ends.src,
        dst: ends.dst,
        src_mac: ends.src_mac,
        src_port: ends.src_port,
        dst_port: ends.dst_port,
        protocol: Text::Borrowed(protocol),
        function: Text::Borrowed(operation.function),
        category: operation.category,
        target,
        value: operation.value.take().map(cut_owned),
        outcome: operation.outcome.clone(),
        frame: operation.at.frame,
        packets: Vec::new(),
    }
}

/// A target in words, cut like any text.
fn words<'a>(scratch: &'a mut String, target: Target<'_>) -> &'a str {
    scratch.clear();
    let _ = write!(scratch, "{target}");
    if scratch.len() > TEXT_MAX {
        *scratch = cut(scratch);
    }
    scratch
}

fn cut_owned(text: Cow<'_, str>) -> String {
    match text {
        Cow::Owned(text) if text.len() <= TEXT_MAX => text,
        text => cut(&text),
    }
}

fn cut(text: &str) -> String {
    if text.len() <= TEXT_MAX {
        return text.to_owned();
    }
    let end = (0..=TEXT_MAX).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…", text.get(..end).unwrap_or_default())
}

impl Sink for Aggregator {
    fn message(&mut self, ctx: &Context<'_>, _: &'static str) -> Option<MessageWriter<'_>> {
        self.messages += 1;
        let (client, server, port) = match ctx.direction {
            Direction::ToServer => (ctx.src, ctx.dst, ctx.dst_port),
            Direction::ToClient => (ctx.dst, ctx.src, ctx.src_port),
        };
        if self.flow_messages.len() >= self.settings.folded_max {
            self.flow_messages.clear();
        }
        *self.flow_messages.entry(hash_of(&self.state, (client, server, ctx.transport, port))).or_insert(0) += 1;
        None
    }

    fn operation(&mut self, ctx: &Context<'_>, protocol: &'static str, mut operation: decode::Operation<'_>) {
        let Some(ends) = Self::ends(ctx, operation.actor) else { return };
        if operation.category.is_act() {
            self.act(ctx, &ends, protocol, &mut operation);
        } else {
            self.fold_operation(&ends, protocol, &mut operation, true);
        }
    }

    fn unchanged(&mut self, ctx: &Context<'_>, device: Direction, block: Coded, raw: &[u8]) -> bool {
        let key = hash_of(&self.state, (side(ctx, device), block.numbers, block.show as usize));
        let value = hash_of(&self.state, raw);
        self.points.block_unchanged(key, value)
    }

    fn measurement(&mut self, ctx: &Context<'_>, protocol: &'static str, said: decode::Measurement<'_>) {
        let Some(device) = side(ctx, said.device) else { return };
        let point = match said.point {
            Target::Coded(coded) => hash_of(&self.state, (device, protocol, coded.numbers, coded.show as usize)),
            Target::Text(text) => hash_of(&self.state, (device, protocol, text)),
            Target::None => hash_of(&self.state, (device, protocol)),
        };
        let (value, exact, text) = match said.value {
            Value::Number(number) => (number, false, None),
            Value::Flag(on) => (f64::from(u8::from(on)), true, None),
            #[expect(clippy::cast_precision_loss, reason = "the hash only has to differ when the text does")]
            Value::Text(text) => (hash_of(&self.state, text) as f64, true, Some(cut(text))),
        };
        if self.points.changed(point, value, exact, said.quality) {
            let (protocol, quality) = (Text::Borrowed(protocol), Text::Borrowed(said.quality));
            let report = Report { ts: ctx.now.ts, frame: ctx.now.frame, device, protocol, quality };
            let value = if text.is_some() { f64::NAN } else { value };
            self.batch.measurements.push(report, words(&mut self.scratch, said.point), value, text);
        }
    }

    fn evidence(&mut self, ctx: &Context<'_>, protocol: &'static str, said: decode::Evidence<'_>) {
        let (address, mac) = match said.about {
            About::Sender => (ctx.src, ctx.src_mac),
            About::Receiver => (ctx.dst, ctx.dst_mac),
            About::Host { mac, ip } => (ip.map(Address::Ip), mac),
        };
        let bound = matches!(said.about, About::Host { mac: Some(_), ip: Some(_) });
        if address.is_some_and(|a| a.is_group()) || (address.is_none() && mac.is_none_or(|m| m.is_group() || m.is_zero())) {
            return;
        }
        let source =
            if said.source.is_empty() { Text::Borrowed(protocol) } else { Text::Owned(format!("{protocol}.{}", said.source)) };
        let ip = address.and_then(|a| a.ip());
        let keep = said.attribute != Attribute::Presence;
        let statement =
            Statement { mac, ip, bound, attribute: said.attribute, value: said.value, source, confidence: said.confidence };
        self.state_evidence(statement, ctx.now, ctx.now.ts, 1, keep);
    }

    fn file(&mut self, ctx: &Context<'_>, protocol: &'static str, file: decode::File<'_>) {
        let Some(ends) = Self::ends(ctx, file.direction) else { return };
        self.batch.files.push(FileSeen {
            ts: ctx.now.ts,
            src: ends.src,
            dst: ends.dst,
            protocol: Text::Borrowed(protocol),
            name: cut(file.name),
            size: file.size,
            frame: ctx.now.frame,
        });
    }

    fn credential(&mut self, ctx: &Context<'_>, protocol: &'static str, said: decode::Credential<'_>) {
        let (Some(src), Some(dst)) = (ctx.src, ctx.dst) else { return };
        let packet = self.keep(ctx.now.frame);
        self.batch.credentials.push(Credential {
            ts: ctx.now.ts,
            src,
            dst,
            port: ctx.dst_port,
            protocol: Text::Borrowed(protocol),
            scheme: Text::Borrowed(said.scheme),
            user: said.user.map(cut),
            frame: ctx.now.frame,
            packet,
        });
    }

    fn anomaly(&mut self, ctx: &Context<'_>, protocol: &'static str, said: decode::Anomaly<'_>) {
        let (Some(src), Some(dst)) = (ctx.src, ctx.dst) else { return };
        let port = if ctx.direction == Direction::ToServer { ctx.dst_port } else { ctx.src_port };
        let key = hash_of(&self.state, (src, dst, port, protocol, said.kind));
        if self.anomaly_packets.len() >= self.settings.folded_max {
            self.anomaly_packets.clear();
        }
        let kept = self.anomaly_packets.entry(key).or_insert(0);
        *kept += 1;
        let packet = if *kept <= ANOMALY_PACKETS_MAX { self.keep(ctx.now.frame) } else { None };
        let now = ctx.now;
        self.anomalies.fold(
            key,
            || Anomaly {
                ts: now.ts,
                last: now.ts,
                count: 1,
                src,
                dst,
                port,
                protocol: Text::Borrowed(protocol),
                kind: Text::Borrowed(said.kind),
                detail: cut(&said.detail),
                frame: now.frame,
                packet,
            },
            |row| {
                row.count += 1;
                row.last = row.last.max(now.ts);
            },
        );
    }

    fn evicted(&mut self, count: u64) {
        self.evicted += count;
    }
}

/// The address of the side that sends in `direction`: the holder of a point is named by the way its values travel.
fn side(ctx: &Context<'_>, direction: Direction) -> Option<Address> {
    if ctx.direction == direction { ctx.src } else { ctx.dst }
}

impl Observer for Aggregator {
    fn packet(&mut self, raw: &RawPacket<'_>, summary: &PacketSummary) {
        self.counters.packet(raw, summary);
    }

    fn window(&mut self, window: &FlowWindow) {
        let [to_server, to_client] = window.packets;
        self.presence(window, 0, window.client, window.client_mac);
        self.presence(window, 1, window.server, window.server_mac);
        let [client_other, server_other] = window.other_macs;
        if client_other.is_some() {
            self.presence(window, 0, window.client, client_other);
        }
        if server_other.is_some() {
            self.presence(window, 1, window.server, server_other);
        }
        if window.one_sided && window.transport == Transport::Tcp {
            self.counters.one_sided(window.interface, window.vlan, window.first.ts, to_server + to_client);
        }
        let place = (window.client, window.server, window.transport, window.port, window.protocol);
        let key = hash_of(&self.state, (place, window.interface, window.vlan));
        let packet = if self.first_packets.first(hash_of(&self.state, place)) { self.keep(window.first.frame) } else { None };
        let segment = self.counters.name(window.interface, window.vlan);
        let flow = hash_of(&self.state, (Some(window.client), Some(window.server), window.transport, window.port));
        let messages = self.flow_messages.remove(&flow).unwrap_or(0);
        self.conversations.fold(key, || conversation(window, segment, packet, messages), |row| add(row, window, messages));
        if self.conversations.is_full() {
            self.end_minute();
        }
    }
}

fn conversation(window: &FlowWindow, segment: Text, packet: Option<PacketId>, messages: u64) -> ConversationWindow {
    ConversationWindow {
        ts: window.first.ts,
        last: window.last.ts,
        client: window.client,
        server: window.server,
        client_mac: window.client_mac,
        server_mac: window.server_mac,
        transport: window.transport,
        port: window.port,
        protocol: window.protocol.map_or(Text::Borrowed(""), Text::Borrowed),
        segment,
        packets: window.packets,
        bytes: window.bytes,
        flows: u32::from(window.new_flow),
        messages,
        answered: u32::from(window.answered),
        refused: u32::from(window.refused),
        gap_bytes: window.gap_bytes,
        one_sided: window.one_sided,
        encrypted: window.encrypted,
        frame: window.first.frame,
        packet,
    }
}

fn add(row: &mut ConversationWindow, window: &FlowWindow, messages: u64) {
    row.messages += messages;
    row.ts = row.ts.min(window.first.ts);
    row.last = row.last.max(window.last.ts);
    for (sum, more) in row.packets.iter_mut().zip(window.packets).chain(row.bytes.iter_mut().zip(window.bytes)) {
        *sum += more;
    }
    row.flows += u32::from(window.new_flow);
    row.answered += u32::from(window.answered);
    row.refused += u32::from(window.refused);
    row.gap_bytes += window.gap_bytes;
    row.one_sided |= window.one_sided;
    row.encrypted |= window.encrypted;
    row.server_mac = row.server_mac.or(window.server_mac);
}
