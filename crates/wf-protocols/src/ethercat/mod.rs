//! EtherCAT: what a master does to the memory, states, objects and files of its slaves, on the link and over UDP.
//!
//! Frames run from the master through all slaves and back. On the way the first slave marks the sender's address as
//! locally administered, each slave counts the working counter up, and what was read lies in the datagram. So a frame that
//! comes back says alone what was asked and what came of it; one on its way out is only a message. Operations are told
//! from the frames that came back, as acts of the master (the sender's address without the mark) on its slaves (with it).

mod fields;
mod frame;
mod identity;
mod mailbox;
mod mails;
mod names;
mod registers;
mod ring;
mod settings;
mod sii;
mod targets;
#[cfg(test)]
mod tests;
mod transfer;

use frame::{Datagram, Header};
use mailbox::Mail;
use ring::Ring;
use targets::Slave;
use wf_model::observation::Transport;
use wf_model::{Address, Mac};
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Reader, Sink};

/// Name in messages and observations.
const NAME: &str = "ethercat";
/// A frame that carries something else than datagrams.
const FRAME: &str = "ethercat_frame";
const PORT: u16 = 0x88a4;
/// Where statements about slaves come from.
const SOURCE: &str = "slave";
/// Most datagrams of one frame: 1,500 bytes hold no more.
const DATAGRAMS_MAX: usize = 128;

/// So many frames and it is known which way they travel.
const SURE: u8 = 2;

const DATAGRAMS: u8 = 1;
const MAILBOX: u8 = 5;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "EtherCAT",
    standard: "IEC 61158-4-12, IEC 61158-6-12 (ETG.1000.4 to ETG.1000.6), ETG.1020, ETG.2010, ETG.8200",
    tcp: &[],
    udp: &[PORT],
    ethertypes: &[PORT],
    industrial: true,
    encrypted: false,
    messages: &[NAME, FRAME, "arp", "arp_other"],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(EtherCat::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("truncated_header", "A frame ends within its header."),
    kind("truncated_datagram", "A datagram is longer than what is left of its frame."),
    kind("bad_length", "The frame's header gives less than its datagrams take, or more than there is."),
    kind("reserved_bits", "Reserved bits of a frame or a datagram are set."),
    kind("unknown_frame_type", "A kind of frame that the standard does not have."),
    kind("unknown_command", "A command that the standard does not have."),
    kind("circulating_frame", "A datagram goes round a ring that is cut off from its master."),
    kind(
        "working_counter_dropped",
        "Fewer slaves than before take part in the exchange of process data, and nobody stopped them.",
    ),
    kind("slave_error", "A slave reports an error of its state machine."),
    kind("mailbox_error", "A slave refuses a mailbox message."),
    kind("emergency", "A slave sends an emergency."),
];

fn breach(ctx: &Context<'_>, kind: &'static str, detail: String, out: &mut dyn Sink) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

/// What tells one frame from the next: command, index, offset of its first datagram.
type Mark = (u8, u8, u16);

/// One flow: the frames of one sender's address.
#[derive(Default)]
struct EtherCat {
    ring: Ring,
    /// The frame before, where nobody had taken part in it.
    before: Option<Mark>,
    /// Frames that came back in a row, each behind itself on its way out; and those that came alone.
    pairs: u8,
    alone: u8,
    ends_told: bool,
}

impl EtherCat {
    fn datagrams(&mut self, ctx: &Context<'_>, header: &Header, mut r: Reader<'_>, out: &mut dyn Sink) {
        let (there, mut local) = (r.left(), false);
        let seen = self.ends(ctx, &mut local);
        for at in 0..DATAGRAMS_MAX {
            let Ok(d) = Datagram::read(&mut r) else {
                breach(ctx, "truncated_datagram", format!("{} bytes left", r.left()), out);
                return;
            };
            if let Some(mut m) = out.message(ctx, NAME) {
                fields::write(&mut m, &d);
            }
            check(ctx, &d, out);
            if at == 0 {
                self.mark(&d);
            }
            let heard = d.counter > 0;
            if heard || (local && !self.is_both_ways()) {
                self.seen(&seen, heard && local, out);
                self.ring.datagram(&seen, &d, heard, out);
            }
            if !d.more {
                break;
            }
        }
        let used = there - r.left();
        // Masters may say more than they use, as padding, but not more than there is.
        if !(used..=there).contains(&header.length) {
            breach(ctx, "bad_length", format!("{} said, {used} used of {there}", header.length), out);
        }
    }

    /// The ends of what is said: the master and its slaves, as far as the sender's address tells them apart.
    fn ends<'a>(&self, ctx: &Context<'a>, local: &mut bool) -> Context<'a> {
        let Some(mac) = ctx.src_mac.filter(|mac| ctx.transport == Transport::Link && mac.is_local()) else { return *ctx };
        *local = true;
        if self.is_both_ways() {
            return *ctx;
        }
        let [first, rest @ ..] = mac.0;
        let [a, b, c, d, e] = rest;
        let master = Mac([first & !2, a, b, c, d, e]);
        Context {
            src: Some(Address::Mac(master)),
            dst: Some(Address::Mac(mac)),
            src_mac: Some(master),
            dst_mac: Some(mac),
            ..*ctx
        }
    }

    /// Under one address the same frame comes by twice: first without, then with those that took part.
    fn mark(&mut self, d: &Datagram<'_>) {
        let mark = (d.command, d.index, d.offset());
        if d.counter == 0 {
            self.before = Some(mark);
        } else if self.before.take() == Some(mark) {
            self.pairs = self.pairs.saturating_add(1);
        } else {
            self.pairs = 0;
            self.alone = self.alone.saturating_add(1);
        }
    }

    const fn is_both_ways(&self) -> bool {
        self.pairs >= SURE
    }

    fn seen(&mut self, ctx: &Context<'_>, back: bool, out: &mut dyn Sink) {
        if back && self.alone >= SURE && !std::mem::replace(&mut self.ends_told, true) {
            identity::ends(ctx, out);
        }
    }

    /// A mailbox message without datagrams: through a gateway (ETG.8200, clause 4).
    fn gateway(&mut self, ctx: &Context<'_>, mail: &Mail<'_>, out: &mut dyn Sink) {
        let asks = ctx.direction == Direction::ToServer;
        let seen = if asks {
            *ctx
        } else {
            // Told as what the asking side did.
            Context {
                direction: Direction::ToServer,
                src: ctx.dst,
                dst: ctx.src,
                src_mac: ctx.dst_mac,
                dst_mac: ctx.src_mac,
                src_port: ctx.dst_port,
                dst_port: ctx.src_port,
                ..*ctx
            }
        };
        self.ring.mail(&seen, Slave::Station(mail.address), asks, mail, 0, out);
    }
}

fn check(ctx: &Context<'_>, d: &Datagram<'_>, out: &mut dyn Sink) {
    if names::command(d.command).is_none() {
        breach(ctx, "unknown_command", format!("0x{:02x}", d.command), out);
    }
    if d.reserved {
        breach(ctx, "reserved_bits", "length of a datagram".to_owned(), out);
    }
    if d.circulating {
        let name = names::command(d.command).unwrap_or("unknown");
        breach(ctx, "circulating_frame", format!("{name} index {}", d.index), out);
    }
}

impl Decoder for EtherCat {
    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let udp = ctx.transport == Transport::Udp;
        if udp && !is_whole(bytes) {
            return false;
        }
        let mut r = Reader::new(bytes);
        let Ok(header) = Header::read(&mut r) else {
            breach(ctx, "truncated_header", format!("{} bytes", bytes.len()), out);
            return true;
        };
        if header.reserved {
            breach(ctx, "reserved_bits", "frame header".to_owned(), out);
        }
        if header.kind == DATAGRAMS {
            self.datagrams(ctx, &header, r, out);
            return true;
        }
        let payload = r.take(header.length.min(r.left())).unwrap_or_default();
        let mail = if header.kind == MAILBOX { Mail::read(payload).ok() } else { None };
        if let Some(mut m) = out.message(ctx, FRAME) {
            fields::write_frame(&mut m, &header, payload, mail.as_ref());
        }
        match &mail {
            Some(mail) => self.gateway(ctx, mail, out),
            None if names::frame_kind(header.kind) == "unknown" => {
                breach(ctx, "unknown_frame_type", header.kind.to_string(), out);
            }
            None => {}
        }
        true
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let seen = self.ends(ctx, &mut false);
        self.ring.overdue(&seen, true, out);
    }

    fn weight(&self) -> usize {
        heavy(self.ring.weight())
    }
}

/// Whether a datagram of UDP is a frame from the first byte to the last.
fn is_whole(bytes: &[u8]) -> bool {
    let mut r = Reader::new(bytes);
    let Ok(header) = Header::read(&mut r) else { return false };
    if header.reserved || header.length == 0 || header.length > r.left() {
        return false;
    }
    let padding = r.left() - header.length;
    match header.kind {
        DATAGRAMS => {
            for _ in 0..DATAGRAMS_MAX {
                let Ok(d) = Datagram::read(&mut r) else { return false };
                if names::command(d.command).is_none() || d.reserved {
                    return false;
                }
                if !d.more {
                    break;
                }
            }
            r.left() == padding && (padding == 0 || r.rest().iter().all(|byte| *byte == 0))
        }
        MAILBOX => padding == 0 && Mail::read(r.rest()).is_ok_and(|mail| mail.is_sound()),
        _ => false,
    }
}

fn probe(probe: &Probe<'_>) -> Verdict {
    let by_port = probe.dst_port == PORT || probe.src_port == PORT;
    if probe.transport != Transport::Udp || !by_port || !is_whole(probe.bytes) {
        return Verdict::No;
    }
    match (probe.dst_port == PORT, probe.src_port == PORT) {
        (true, false) => Verdict::SureClient,
        (false, true) => Verdict::SureServer,
        _ => Verdict::Sure,
    }
}
