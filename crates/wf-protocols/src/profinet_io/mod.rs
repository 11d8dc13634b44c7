//! PROFINET IO: relations between controllers and devices, records read and written (over connectionless RPC), alarms and
//! cyclic data (straight on the link).

mod alarm;
mod blocks;
mod connect;
mod cyclic;
mod fields;
mod names;
mod operations;
mod plant;
mod records;
mod rpc;
mod status;
#[cfg(test)]
mod tests;

use alarm::{Alarms, Pdu};
use blocks::{Args, Blocks};
use cyclic::{Frame, Streams};
use operations::{Answer, UNANSWERED};
use plant::Plant;
use rpc::{Fragments, Header, Interface, Joined};
use std::sync::{Arc, Mutex, PoisonError};
use wf_model::observation::Transport;
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Reader, Sink};

/// Name in messages and observations.
const NAME: &str = "profinet_io";
/// Cyclic frames.
const CYCLIC: &str = "profinet_rt";
/// Alarm frames.
const ALARM: &str = "profinet_alarm";
/// Port of the endpoint mapper and of connects.
const PORT: u16 = 34964;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "PROFINET IO",
    standard: "IEC 61158-6-10:2019 (PROFINET), clauses 4.7 and 5.2; C706 (DCE RPC) clause 12.5",
    tcp: &[],
    udp: &[PORT],
    ethertypes: &[0x8892],
    industrial: true,
    encrypted: false,
    messages: &[NAME, CYCLIC, ALARM],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Io::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("truncated", "Arguments or an alarm end before what they say is complete."),
    kind("truncated_block", "A block or a record is longer than what is left of its message."),
    kind("missing_fragment", "A fragment of a call is missing or the call is too long: it is not read."),
    kind("call_failed", "The server could not carry out a call, or refused it, below PROFINET."),
    kind("module_mismatch", "What is plugged in a device differs from what its controller expects."),
    kind("module_pulled", "A module or submodule was pulled."),
    kind("diagnosis", "A device reports a fault of a channel or submodule."),
    kind("maintenance", "A device requires or demands maintenance."),
    kind("alarm_refused", "A station could not take an alarm."),
    kind("relation_aborted", "A station has ended its relation without a release."),
    kind("provider_stopped", "A provider of cyclic data says that it is stopped."),
    kind("station_problem", "A provider of cyclic data says that it has a problem."),
    kind("data_invalid", "A provider says that its cyclic data is not valid."),
    kind("provider_silent", "Cyclic data has not come for longer than its consumer waits, without a release."),
    kind("cycle_counter_back", "The cycle counter of cyclic data went back: two providers, or frames played again."),
    kind("length_changed", "Cyclic data of one identifier changed its length."),
    kind("bad_transfer", "Cyclic data says that its transfer was faulty."),
    kind("truncated_frame", "A cyclic frame is too short for its status."),
];

/// One flow: calls between two ports, or frames between two stations.
#[derive(Default)]
struct Io {
    plant: Arc<Mutex<Plant>>,
    fragments: Fragments,
    alarms: Alarms,
    streams: Streams,
}

fn raise(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

impl Io {
    fn call(&mut self, ctx: &Context<'_>, header: &Header, body: &[u8], out: &mut dyn Sink) {
        let joined;
        let mut whole = Some(body);
        if header.is_fragment() && matches!(header.kind, rpc::REQUEST | rpc::RESPONSE) {
            let mut fallen = 0;
            joined = self.fragments.add(header, body, &mut fallen);
            if fallen > 0 {
                out.evicted(fallen);
            }
            whole = match &joined {
                Joined::Whole(bytes) => Some(bytes.as_slice()),
                Joined::Waiting => None,
                Joined::Lost => {
                    raise(ctx, out, "missing_fragment", format!("before fragment {}", header.fragment));
                    None
                }
            };
        }
        if let Some(mut writer) = out.message(ctx, NAME) {
            fields::head(&mut writer, header);
            if let Some(args) = whole {
                fields::body(&mut writer, header, args);
            }
        }
        if let Some(args) = whole {
            self.whole(ctx, header, args, out);
        }
    }

    fn whole(&self, ctx: &Context<'_>, header: &Header, args: &[u8], out: &mut dyn Sink) {
        let is_answer = header.kind == rpc::RESPONSE;
        let mut plant = self.plant.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(old) = plant.overdue(ctx) {
            operations::settle(ctx, Some(&old), None, UNANSWERED, &mut plant, out);
        }
        if header.interface.is_profinet() && matches!(header.kind, rpc::REQUEST | rpc::RESPONSE) {
            check(ctx, header, args, out);
        }
        match header.kind {
            rpc::REQUEST => {
                if let Some(old) = plant.ask(ctx, header, args) {
                    out.evicted(1);
                    operations::settle(ctx, Some(&old), None, UNANSWERED, &mut plant, out);
                }
            }
            rpc::RESPONSE | rpc::FAULT | rpc::REJECT => {
                let Ok(call) = plant.answer(ctx, header) else { return };
                let answer = Answer { interface: header.interface, opnum: header.opnum, args, little: header.little };
                let refusal = if header.kind == rpc::REJECT { "error: rejected" } else { "error: fault" };
                if !is_answer {
                    raise(ctx, out, "call_failed", names::operation(header.interface, header.opnum).to_owned());
                }
                operations::settle(ctx, call.as_ref(), is_answer.then_some(&answer), refusal, &mut plant, out);
                if header.interface == Interface::EndpointMapper && is_answer {
                    operations::annotated(ctx, args, header.little, out);
                }
            }
            _ => {}
        }
        drop(plant);
        if header.interface.is_profinet() && matches!(header.kind, rpc::REQUEST | rpc::RESPONSE) {
            let mut r = Reader::new(args);
            if Args::read(&mut r, header.little, is_answer).is_ok() {
                operations::stations(ctx, &header.object, is_answer, Blocks::new(r.rest()), out);
            }
        }
    }

    fn frame(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let mut r = Reader::new(bytes);
        match r.u16() {
            Ok(id) if is_cyclic(id) => match Frame::read(bytes) {
                Some(frame) => {
                    if let Some(mut writer) = out.message(ctx, CYCLIC) {
                        frame.write(&mut writer);
                    }
                    self.streams.take(ctx, &frame, &self.plant, out);
                }
                None => raise(ctx, out, "truncated_frame", format!("{} octets", bytes.len())),
            },
            Ok(id @ (alarm::HIGH | alarm::LOW)) => match Pdu::read(&mut r) {
                Ok(pdu) => {
                    if let Some(mut writer) = out.message(ctx, ALARM) {
                        fields::acyclic(&mut writer, id, &pdu);
                    }
                    if pdu.cut {
                        raise(ctx, out, "truncated", "alarm".to_owned());
                    }
                    if self.alarms.take(ctx, &pdu, out) {
                        self.streams.end();
                    }
                }
                Err(_) => raise(ctx, out, "truncated", "alarm".to_owned()),
            },
            _ => return false,
        }
        true
    }
}

/// What is wrong with the arguments of a call.
fn check(ctx: &Context<'_>, header: &Header, args: &[u8], out: &mut dyn Sink) {
    let mut r = Reader::new(args);
    let length = Args::read(&mut r, header.little, header.kind == rpc::RESPONSE).map(|head| usize::try_from(head.length));
    if !length.is_ok_and(|length| length.is_ok_and(|length| length <= r.left())) {
        return raise(ctx, out, "truncated", names::operation(header.interface, header.opnum).to_owned());
    }
    if let Some(block) = Blocks::new(r.rest()).find(|block| block.cut) {
        raise(ctx, out, "truncated_block", names::block(block.kind).to_owned());
    }
}

impl Decoder for Io {
    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        if ctx.transport == Transport::Link {
            return self.frame(ctx, bytes, out);
        }
        let mut r = Reader::new(bytes);
        let Some(header) = Header::read(&mut r) else { return false };
        let own_port = ctx.src_port == PORT || ctx.dst_port == PORT;
        let (true, Ok(body)) = (header.interface.is_profinet() || own_port, r.take(header.length.into())) else { return false };
        self.call(ctx, &header, body, out);
        true
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let mut plant = self.plant.lock().unwrap_or_else(PoisonError::into_inner);
        for call in plant.end(ctx.flow) {
            operations::settle(ctx, Some(&call), None, UNANSWERED, &mut plant, out);
        }
        drop(plant);
        self.alarms.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.fragments.weight() + self.streams.weight())
    }

    fn another(&self) -> Option<Box<dyn Decoder>> {
        Some(Box::new(Self { plant: Arc::clone(&self.plant), ..Self::default() }))
    }
}

/// Frame identifiers of cyclic data (IEC 61158-6-10:2019, table of frame identifiers).
const fn is_cyclic(id: u16) -> bool {
    matches!(id, 0x0100..=0x0fff | 0x8000..=0xfbff)
}

fn probe(probe: &Probe<'_>) -> Verdict {
    match probe.transport {
        Transport::Udp => rpc::probe(probe.bytes, probe.src_port, probe.dst_port),
        // Discovery and clock synchronisation have identifiers of their own.
        Transport::Link => match probe.bytes.first_chunk().map(|id| u16::from_be_bytes(*id)) {
            Some(alarm::HIGH | alarm::LOW) => Verdict::Sure,
            Some(id) if is_cyclic(id) => Verdict::Sure,
            _ => Verdict::No,
        },
        Transport::Tcp | Transport::Ip => Verdict::No,
    }
}
