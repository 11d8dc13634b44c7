//! TFTP (RFC 1350, RFC 2347 to 2349): which files devices fetch and leave, firmware and configurations above all, and how that ends.
//!
//! The answer to a request comes from a port of its own: what was asked is shared between flows.

mod pdu;
mod transfers;

#[cfg(test)]
mod tests;

use pdu::Packet;
use std::sync::{Arc, Mutex, PoisonError};
use transfers::Transfers;
use wf_model::observation::Transport;
use wf_wire::decode::{Anomaly, AnomalyKind, Context, Decoder, Probe, ProtocolInfo, Sink, Verdict};

/// Name in observations.
const NAME: &str = "tftp";
const PORT: u16 = 69;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "TFTP",
    standard: "RFC 1350, RFC 2347, RFC 2348, RFC 2349, RFC 7440",
    tcp: &[],
    udp: &[PORT],
    ethertypes: &[],
    industrial: false,
    encrypted: false,
    messages: &[NAME],
    anomalies: &[AnomalyKind { name: "tftp_path_escape", meaning: "A file's name leads out of the server's folder." }],
    probe,
    new: || Box::new(Tftp::default()),
};

/// Away from its port a packet is one of TFTP only where a transfer was asked for: the decoder lets go of it otherwise.
fn probe(p: &Probe<'_>) -> Verdict {
    if p.transport != Transport::Udp {
        return Verdict::No;
    }
    match Packet::read(p.bytes) {
        Some(Packet::Request { .. }) if p.dst_port == PORT => Verdict::SureClient,
        Some(Packet::Request { .. }) | None => Verdict::No,
        // Most servers answer from another port, a few from their own.
        Some(packet) if packet.begins() && p.dst_port != PORT => Verdict::SureServer,
        Some(_) => Verdict::No,
    }
}

#[derive(Default)]
struct Tftp {
    shared: Arc<Mutex<Transfers>>,
}

impl Decoder for Tftp {
    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let Some(packet) = Packet::read(bytes) else { return false };
        let mut transfers = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = match &packet {
            Packet::Request { name, .. } => {
                if ctx.dst_port != PORT {
                    return false;
                }
                if name.split(|b| matches!(b, b'/' | b'\\')).any(|part| part == b"..") {
                    let detail = crate::hints::clean(name);
                    out.anomaly(ctx, NAME, Anomaly { kind: "tftp_path_escape", detail });
                }
                message(ctx, &packet, out);
                transfers.asked(ctx, &packet, out);
                true
            }
            _ => {
                let known = transfers.knows(ctx);
                if known {
                    message(ctx, &packet, out);
                    transfers.moved(ctx, &packet, out);
                }
                known
            }
        };
        transfers.overdue(ctx, out);
        mine
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).finish(ctx, out);
    }

    fn another(&self) -> Option<Box<dyn Decoder>> {
        Some(Box::new(Self { shared: Arc::clone(&self.shared) }))
    }
}

fn message(ctx: &Context<'_>, packet: &Packet<'_>, out: &mut dyn Sink) {
    let Some(mut m) = out.message(ctx, NAME) else { return };
    m.text("operation", packet.name());
    match packet {
        Packet::Request { name, mode, options, .. } => {
            m.text("file", &String::from_utf8_lossy(name)).text("mode", &String::from_utf8_lossy(mode));
            m.opt("size", pdu::option(options, "tsize"));
            m.opt("block_size", pdu::option(options, "blksize"));
        }
        Packet::Data { block, data } => {
            m.num("block", *block).num("data_bytes", data.len() as u64);
        }
        Packet::Ack { block } => {
            m.num("block", *block);
        }
        Packet::Error { code, text } => {
            m.num("error", *code).text("error_name", pdu::error(*code)).text("text", &crate::hints::clean(text));
        }
        Packet::Options { options } => {
            m.opt("size", pdu::option(options, "tsize")).opt("block_size", pdu::option(options, "blksize"));
        }
    }
}
