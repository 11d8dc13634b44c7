//! A kept packet as a reader sees it: headers and messages layer by layer, secrets masked.

use std::fmt::Write;
use wf_flow::{Engine, FlowWindow, Limits, Observer, PacketSummary};
use wf_model::api::{PacketField, PacketLayer, PacketView};
use wf_model::observation::KeptPacket;
use wf_wire::decode::{Anomaly, Coded, Context, Credential, Direction, Evidence, File, Measurement, Operation, Sink};
use wf_wire::{LinkType, MessageWriter, RawPacket};

/// What marks the start of a readable secret, and the byte that ends it.
const SECRETS: &[(&[u8], &[u8])] = &[
    (b"authorization: basic ", b"\r\n"),
    (b"authorization: bearer ", b"\r\n"),
    (b"password=", b"&\r\n "),
    (b"passwd=", b"&\r\n "),
    (b"pwd=", b"&\r\n "),
];

/// Decodes a kept packet by itself.
#[must_use]
pub fn view(packet: &KeptPacket) -> PacketView {
    let masked = mask(&packet.data);
    let raw = RawPacket {
        frame: packet.frame,
        ts: packet.ts,
        link: LinkType(packet.link),
        interface: 0,
        original_len: packet.original_len,
        data: &masked,
    };
    let mut layers = wf_wire::layers::describe(raw.link, raw.data);
    let mut messages = Messages::default();
    let mut engine = Engine::new(wf_protocols::REGISTRY, Limits::small());
    engine.packet(&raw, &mut messages);
    engine.finish(&mut messages);
    let mut shown: Vec<PacketLayer> = layers
        .drain(..)
        .map(|(title, fields)| PacketLayer {
            title,
            fields: fields.into_iter().map(|(name, value)| PacketField { name, value }).collect(),
        })
        .collect();
    shown.extend(messages.layers());
    PacketView {
        id: packet.id.to_string(),
        ts: packet.ts,
        frame: packet.frame,
        original_len: packet.original_len,
        layers: shown,
        hex: hex(&masked),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Overwrites readable secrets with asterisks.
fn mask(data: &[u8]) -> Vec<u8> {
    let mut masked = data.to_vec();
    let lower = data.to_ascii_lowercase();
    for (start, ends) in SECRETS {
        let mut from = 0;
        while let Some(at) = lower.get(from..).and_then(|rest| rest.windows(start.len()).position(|w| w == *start)) {
            let begin = from + at + start.len();
            let secret = masked.iter_mut().skip(begin).take_while(|b| !ends.contains(b));
            let mut length = 0;
            for byte in secret {
                *byte = b'*';
                length += 1;
            }
            from = begin + length;
        }
    }
    masked
}

/// Gathers what decoders say of the one packet.
#[derive(Default)]
struct Messages {
    line: String,
    lines: Vec<String>,
    anomalies: Vec<(String, String)>,
}

impl Messages {
    fn settle(&mut self) {
        if !self.line.is_empty() {
            self.lines.push(std::mem::take(&mut self.line));
        }
    }

    fn layers(mut self) -> Vec<PacketLayer> {
        self.settle();
        let anomalies = std::mem::take(&mut self.anomalies);
        let messages =
            self.lines.iter().filter_map(|line| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line).ok());
        let mut layers: Vec<PacketLayer> = messages
            .map(|message| {
                let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let title = message.get("protocol").map(text).unwrap_or_default();
                let fields = message
                    .iter()
                    .filter(|(name, _)| *name != "protocol")
                    .map(|(name, value)| PacketField { name: name.clone(), value: text(value) });
                PacketLayer { title, fields: fields.collect() }
            })
            .collect();
        if !anomalies.is_empty() {
            let fields = anomalies.into_iter().map(|(name, value)| PacketField { name, value }).collect();
            layers.push(PacketLayer { title: "anomalies".into(), fields });
        }
        layers
    }
}

impl Sink for Messages {
    fn message(&mut self, _: &Context<'_>, protocol: &'static str) -> Option<MessageWriter<'_>> {
        self.settle();
        let _ = write!(self.line, "{{\"protocol\":\"{protocol}\"");
        Some(MessageWriter::new(&mut self.line))
    }
    fn operation(&mut self, _: &Context<'_>, _: &'static str, _: Operation<'_>) {}
    fn unchanged(&mut self, _: &Context<'_>, _: Direction, _: Coded, _: &[u8]) -> bool {
        true
    }
    fn measurement(&mut self, _: &Context<'_>, _: &'static str, _: Measurement<'_>) {}
    fn evidence(&mut self, _: &Context<'_>, _: &'static str, _: Evidence<'_>) {}
    fn file(&mut self, _: &Context<'_>, _: &'static str, _: File<'_>) {}
    fn credential(&mut self, _: &Context<'_>, _: &'static str, _: Credential<'_>) {}
    fn anomaly(&mut self, _: &Context<'_>, _: &'static str, anomaly: Anomaly<'_>) {
        self.anomalies.push((anomaly.kind.to_owned(), anomaly.detail.into_owned()));
    }
    fn evicted(&mut self, _: u64) {}
}

impl Observer for Messages {
    fn packet(&mut self, _: &RawPacket<'_>, _: &PacketSummary) {}
    fn window(&mut self, _: &FlowWindow) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked() {
        let masked = mask(b"GET / HTTP/1.1\r\nAuthorization: Basic YWRtaW46aGk=\r\nHost: x\r\n\r\nuser=a&password=hunter2&x=1");
        let text = String::from_utf8_lossy(&masked);
        assert!(text.contains("Basic ************\r\nHost: x") && text.contains("password=*******&x=1"), "{text}");
    }
}
