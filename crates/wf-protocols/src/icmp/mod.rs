//! ICMP (RFC 792, RFC 4443) with the neighbour discovery of IPv6 (RFC 4861): who reaches whom, who routes, and who says to
//! have which IPv6 address.

mod body;
mod discovery;
mod echo;
mod known;
mod names;
mod quoted;

#[cfg(test)]
mod tests;

use body::{Body, Message};
use echo::Echoes;
use known::Known;
use std::sync::{Arc, Mutex, PoisonError};
use wf_model::observation::Transport;
use wf_wire::decode::{Anomaly, AnomalyKind, Context, Decoder, Probe, ProtocolInfo, Sink, Verdict};
use wf_wire::layers;

/// Name in observations, and of messages over IPv4.
const NAME: &str = "icmp";
/// Name of messages over IPv6.
const NAME_V6: &str = "icmpv6";

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "ICMP",
    standard: "RFC 792, RFC 950, RFC 1256, RFC 4443, RFC 4861, RFC 4191, RFC 8106, RFC 3810",
    tcp: &[],
    udp: &[],
    ethertypes: &[layers::on_ip(layers::ICMP), layers::on_ip(layers::ICMPV6)],
    industrial: false,
    encrypted: false,
    messages: &[NAME, NAME_V6],
    anomalies: &[
        AnomalyKind { name: "icmp_truncated", meaning: "A message ends before the fields that its type has." },
        AnomalyKind { name: "icmp_unknown_type", meaning: "The type is none that is assigned." },
        AnomalyKind {
            name: "icmp_redirect",
            meaning: "A router, or somebody who plays one, has a host send to another next hop: the way of traffic is turned aside.",
        },
        AnomalyKind {
            name: "icmp_echo_differs",
            meaning: "An echo reply brings back other data than was sent, as a tunnel through pings does.",
        },
        AnomalyKind {
            name: "icmpv6_bad_option",
            meaning: "An option of neighbour discovery is empty or reaches beyond the message.",
        },
        AnomalyKind { name: "icmpv6_group_sender", meaning: "A host claims a group's hardware address." },
        AnomalyKind {
            name: "icmpv6_sender_mismatch",
            meaning: "The claimed hardware address is not that of the frame's sender, as in spoofing or proxying.",
        },
        AnomalyKind {
            name: "icmpv6_neighbour_changed",
            meaning: "An IPv6 address is claimed for another hardware address than before: spoofing, or a replaced or redundant device.",
        },
        AnomalyKind {
            name: "icmpv6_duplicate_address",
            meaning: "An address that a host wants to take is in use by another, or somebody keeps the host from taking any.",
        },
        AnomalyKind {
            name: "icmpv6_second_router",
            meaning: "Another router than the known ones advertises itself on the link: a rogue, a misplaced or a spare one.",
        },
    ],
    probe,
    new: || Box::new(Icmp::default()),
};

/// Says which side a message comes from. The types of both versions that answer or report have different numbers from those
/// that ask, but for those of no consequence.
fn probe(p: &Probe<'_>) -> Verdict {
    match (p.transport, p.bytes.first()) {
        (Transport::Ip, Some(kind)) if names::answers(*kind) => Verdict::SureServer,
        (Transport::Ip, Some(_)) => Verdict::SureClient,
        _ => Verdict::No,
    }
}

#[derive(Default)]
struct Icmp {
    echoes: Echoes,
    /// What all conversations have told.
    known: Arc<Mutex<Known>>,
}

impl Decoder for Icmp {
    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let v6 = ctx.ethertype == layers::on_ip(layers::ICMPV6);
        let message = Message::read(v6, bytes);
        message.write(ctx, out);
        if let Some(kind) = message.fault() {
            out.anomaly(ctx, NAME, Anomaly { kind, detail: message.place().into() });
        }
        match &message.body {
            Body::Echo(echo) => {
                if let Some(detail) = self.echoes.note(ctx.direction, message.is_request(), echo) {
                    out.anomaly(ctx, NAME, Anomaly { kind: "icmp_echo_differs", detail: detail.into() });
                }
            }
            Body::Error(error) => {
                if let Some(gateway) = error.gateway {
                    let of = error.quoted.map(|q| format!("{} ", q.dst)).unwrap_or_default();
                    out.anomaly(ctx, NAME, Anomaly { kind: "icmp_redirect", detail: format!("{of}by way of {gateway}").into() });
                }
            }
            Body::Discovery(said) => {
                let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                discovery::tell(ctx, said, &mut known, out);
            }
            Body::Routers(_) | Body::Times(_) | Body::Mask(_) | Body::Group(_) | Body::Reports(_) | Body::Other => {}
        }
        true
    }

    fn another(&self) -> Option<Box<dyn Decoder>> {
        Some(Box::new(Self { echoes: Echoes::default(), known: Arc::clone(&self.known) }))
    }
}
