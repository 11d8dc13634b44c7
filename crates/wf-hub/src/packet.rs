//! A kept packet as a reader sees it: headers and messages layer by layer, secrets masked.

use std::fmt::Write;
use wf_flow::{Engine, FlowWindow, Limits, Observer, PacketSummary};
use wf_model::api::{PacketField, PacketLayer, PacketView};
use wf_model::observation::KeptPacket;
use wf_wire::decode::{Anomaly, Coded, Context, Credential, Direction, Evidence, File, Measurement, Operation, Sink};
use wf_wire::{LinkType, MessageWriter, RawPacket, layers};

/// What stands in for each byte of a secret.
const MASK: u8 = b'*';
/// What marks the start of a readable secret, and the byte that ends it: for packets that no decoder reads by themselves.
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
    let raw = RawPacket {
        frame: packet.frame,
        ts: packet.ts,
        link: LinkType(packet.link),
        interface: 0,
        original_len: packet.original_len,
        data: &packet.data,
    };
    let masked = mask(&raw);
    let raw = RawPacket { data: &masked, ..raw };
    let mut messages = Messages::default();
    decode(&raw, &mut messages);
    let mut shown: Vec<PacketLayer> = layers::describe(raw.link, raw.data)
        .into_iter()
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

/// Runs the decoders over one packet by itself.
fn decode<O: Observer>(raw: &RawPacket<'_>, out: &mut O) {
    let mut engine = Engine::new(wf_protocols::REGISTRY, Limits::small());
    engine.packet(raw, out);
    engine.finish(out);
}

/// Overwrites readable secrets with asterisks: those that decoders tell of this packet alone, and those that are marked in
/// text. A message that other packets begin does not tell where its secret stands.
fn mask(raw: &RawPacket<'_>) -> Vec<u8> {
    let mut masked = raw.data.to_vec();
    let body = body(raw);
    let mut secrets = Secrets::default();
    decode(raw, &mut secrets);
    for (protocol, secret) in &secrets.told {
        if *protocol == wf_protocols::dnp3::INFO.name {
            // Its checksums stand within what it says: they are made right again.
            wf_protocols::dnp3::mask(&mut masked, secret, MASK);
        } else {
            mask_each(raw.data, body, secret, &mut masked);
        }
    }
    if secrets.community
        && let Some(community) = raw.data.get(body..).and_then(wf_protocols::snmp::community)
    {
        mask_each(raw.data, body, community, &mut masked);
    }
    mask_text(raw.data, &mut masked);
    // FTP on a port of its own, and mail: a line by itself does not tell which protocol it is.
    if let Some(line) =
        masked.get_mut(body..).filter(|line| line.get(..5).is_some_and(|verb| verb.eq_ignore_ascii_case(b"PASS ")))
    {
        line.iter_mut().skip(5).take_while(|byte| !b"\r\n".contains(*byte)).for_each(|byte| *byte = MASK);
    }
    if is_typed(raw) {
        masked.iter_mut().skip(body).filter(|byte| byte.is_ascii_graphic()).for_each(|byte| *byte = MASK);
    }
    masked
}

/// Whether a person typed this into a Telnet session: which of the lines is the password, other packets tell.
fn is_typed(raw: &RawPacket<'_>) -> bool {
    let telnet = |port: u16| wf_protocols::telnet::INFO.tcp.contains(&port);
    let ip = layers::parse(raw.link, raw.data).ip.filter(|ip| ip.protocol == layers::TCP);
    ip.and_then(|ip| layers::tcp(ip.payload).ok()).is_some_and(|segment| telnet(segment.dst_port))
}

/// Where the packet's application data begin: all before them is headers, which no secret stands in.
fn body(raw: &RawPacket<'_>) -> usize {
    let layers = layers::parse(raw.link, raw.data);
    let data = match layers.ip {
        Some(ip) if ip.protocol == layers::TCP => layers::tcp(ip.payload).map_or(ip.payload, |segment| segment.payload),
        Some(ip) if ip.protocol == layers::UDP => layers::udp(ip.payload).map_or(ip.payload, |datagram| datagram.payload),
        Some(ip) => ip.payload,
        None => layers.payload,
    };
    let begin = data.as_ptr().addr().checked_sub(raw.data.as_ptr().addr());
    begin.filter(|begin| *begin <= raw.data.len()).unwrap_or(0)
}

/// Overwrites every occurrence of a secret from `begin` on.
fn mask_each(data: &[u8], begin: usize, secret: &[u8], masked: &mut [u8]) {
    if secret.is_empty() {
        return;
    }
    for (at, _) in data.windows(secret.len()).enumerate().skip(begin).filter(|(_, window)| *window == secret) {
        if let Some(room) = masked.get_mut(at..at + secret.len()) {
            room.fill(MASK);
        }
    }
}

/// Overwrites what text marks as a secret.
fn mask_text(data: &[u8], masked: &mut [u8]) {
    let lower = data.to_ascii_lowercase();
    for (start, ends) in SECRETS {
        let mut from = 0;
        while let Some(at) = lower.get(from..).and_then(|rest| rest.windows(start.len()).position(|w| w == *start)) {
            let begin = from + at + start.len();
            let secret = masked.iter_mut().skip(begin).take_while(|b| !ends.contains(b));
            let mut length = 0;
            for byte in secret {
                *byte = MASK;
                length += 1;
            }
            from = begin + length;
        }
    }
}

/// Gathers the secrets in the one packet, for as long as it takes to mask them.
#[derive(Default)]
struct Secrets {
    /// Protocol and secret.
    told: Vec<(&'static str, Vec<u8>)>,
    /// SNMP was read: answers have a community too, which is not told.
    community: bool,
}

impl Sink for Secrets {
    fn message(&mut self, _: &Context<'_>, protocol: &'static str) -> Option<MessageWriter<'_>> {
        self.community |= protocol == wf_protocols::snmp::INFO.name;
        None
    }
    fn operation(&mut self, _: &Context<'_>, _: &'static str, _: Operation<'_>) {}
    fn unchanged(&mut self, _: &Context<'_>, _: Direction, _: Coded, _: &[u8]) -> bool {
        true
    }
    fn measurement(&mut self, _: &Context<'_>, _: &'static str, _: Measurement<'_>) {}
    fn evidence(&mut self, _: &Context<'_>, _: &'static str, _: Evidence<'_>) {}
    fn file(&mut self, _: &Context<'_>, _: &'static str, _: File<'_>) {}
    fn credential(&mut self, _: &Context<'_>, protocol: &'static str, credential: Credential<'_>) {
        self.told.push((protocol, credential.secret.to_vec()));
    }
    fn anomaly(&mut self, _: &Context<'_>, _: &'static str, _: Anomaly<'_>) {}
    fn evicted(&mut self, _: u64) {}
}

impl Observer for Secrets {
    fn packet(&mut self, _: &RawPacket<'_>, _: &PacketSummary) {}
    fn window(&mut self, _: &FlowWindow) {}
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
    use wf_model::{PacketId, Timestamp};

    /// Ethernet and IPv4 (10.0.0.1 to 10.0.0.2) around a transport header and its data.
    fn frame(protocol: u8, transport: &[u8], data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(20 + transport.len() + data.len()).unwrap().to_be_bytes();
        let ethernet = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0];
        let ip = [0x45, 0, length[0], length[1], 0, 1, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        [&ethernet[..], &ip, transport, data].concat()
    }

    fn udp(ports: [u16; 2], data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(8 + data.len()).unwrap();
        let header = [ports[0], ports[1], length, 0].map(u16::to_be_bytes).concat();
        frame(17, &header, data)
    }

    /// One segment out of the middle of a connection.
    fn tcp(port: u16, data: &[u8]) -> Vec<u8> {
        let ports = [40000, port].map(u16::to_be_bytes).concat();
        let rest = [0, 0, 16, 1, 0, 0, 32, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0];
        frame(6, &[&ports[..], &rest].concat(), data)
    }

    fn shown(data: Vec<u8>) -> PacketView {
        let original_len = u32::try_from(data.len()).unwrap();
        view(&KeptPacket { id: PacketId([7; 16]), ts: Timestamp(5), frame: 1, link: 1, original_len, data })
    }

    /// Decodes the packet; nothing of the secret is left, all that is expected is there.
    fn check(data: Vec<u8>, secret: &str, expected: &[(&str, &str)]) {
        assert!(data.windows(secret.len()).any(|window| window == secret.as_bytes()), "not there at all");
        let length = data.len();
        let view = shown(data);
        let fields: Vec<(&str, &str)> =
            view.layers.iter().flat_map(|layer| &layer.fields).map(|f| (f.name.as_str(), f.value.as_str())).collect();
        for field in expected {
            assert!(fields.contains(field), "{field:?} is not in {fields:?}");
        }
        assert!(view.layers.iter().all(|layer| layer.title != "anomalies"), "{fields:?}");
        assert!(!fields.iter().any(|(_, value)| value.contains(secret)), "{fields:?}");
        assert_eq!(view.hex.len(), 2 * length);
        assert!(!view.hex.contains(&hex(secret.as_bytes())), "{}", view.hex);
    }

    /// A message of version 2c about sysName.0 with the community `s3cret`.
    fn snmp(pdu: u8, value: &[u8]) -> Vec<u8> {
        let element = |tag: u8, parts: &[&[u8]]| {
            let body = parts.concat();
            [&[tag, u8::try_from(body.len()).unwrap()][..], &body].concat()
        };
        let name = [6, 8, 0x2b, 6, 1, 2, 1, 1, 5, 0];
        let variables = element(0x30, &[&element(0x30, &[&name, value])]);
        let carried = element(pdu, &[&[2, 1, 7, 2, 1, 0, 2, 1, 0], &variables]);
        element(0x30, &[&[2, 1, 1], &element(4, &[b"s3cret"]), &carried])
    }

    #[test]
    fn communities_of_requests_and_answers() {
        let expected = [("community", "******"), ("request_id", "7")];
        check(udp([40000, 161], &snmp(0xa0, &[5, 0])), "s3cret", &expected);
        check(udp([161, 40000], &snmp(0xa2, b"\x04\x06pump-1")), "s3cret", &expected);
    }

    #[test]
    fn passwords_of_devices() {
        let npdu = [0x81, 0x0a, 0, 24, 1, 4, 0, 4, 2, 20];
        let parameters = b"\x09\x01\x1d\x0a\x00Falcon-88";
        let expected = [("name", "reinitialize_device"), ("reinitialized_state", "warmstart"), ("password_seen", "true")];
        check(udp([47808, 47808], &[&npdu[..], parameters].concat()), "Falcon-88", &expected);
    }

    #[test]
    fn passwords_of_brokers() {
        let text = |text: &str| [&u16::try_from(text.len()).unwrap().to_be_bytes()[..], text.as_bytes()].concat();
        let body = [&text("MQTT")[..], &[4, 0xc2, 0, 60], &text("gw-1"), &text("operator"), &text("Kingfisher")].concat();
        let packet = [&[0x10, u8::try_from(body.len()).unwrap()][..], &body].concat();
        check(tcp(1883, &packet), "Kingfisher", &[("client_id", "gw-1"), ("user", "operator"), ("password", "true")]);
    }

    #[test]
    fn passwords_between_checksums() {
        // A file authentication (IEEE 1815-2012, 70.2) in three blocks; the password begins in the second one.
        let blocks: &[&[u8]] =
            &[b"\xc0\xc1\x1d\x46\x02\x5b\x01\x1c\x00\x0c\x00\x04\x00\x10\x00\x0c", b"\x00\x00\x00\x00\x00user*blackb", b"ird12"];
        let checked = |bytes: &[u8]| {
            let crc = bytes.iter().fold(0u16, |crc, byte| {
                (0..8).fold(crc ^ u16::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xa6bc } else { crc >> 1 })
            });
            [bytes, &(!crc).to_le_bytes()].concat()
        };
        let head = checked(&[5, 0x64, 42, 0xc4, 10, 0, 1, 0]);
        let packet = [head, blocks.iter().flat_map(|block| checked(block)).collect()].concat();
        for part in ["blackb", "ird12"] {
            check(tcp(20000, &packet), part, &[("name", "authenticate_file"), ("from_master", "true")]);
        }
    }

    #[test]
    fn headers_stay_as_they_are() {
        let packet = tcp(80, b"GET /?user=a&password=%02&x=1 HTTP/1.1\r\nHost: x\r\n\r\n");
        let masked = shown(packet.clone()).hex;
        assert!(masked.starts_with(&hex(&packet[..54])), "{masked}");
        let mut untouched = packet.clone();
        mask_each(&packet, 54, &[2], &mut untouched);
        assert_eq!(untouched, packet);
    }

    #[test]
    fn what_is_typed_is_masked() {
        check(tcp(23, b"hunter2\r\n"), "hunter2", &[]);
        check(tcp(2121, b"PASS hunter2\r\n"), "hunter2", &[]);
    }

    #[test]
    fn marked_text_is_masked() {
        let data = b"GET / HTTP/1.1\r\nAuthorization: Basic YWRtaW46aGk=\r\nHost: x\r\n\r\nuser=a&password=hunter2&x=1";
        let mut masked = data.to_vec();
        mask_text(data, &mut masked);
        let text = String::from_utf8_lossy(&masked);
        assert!(text.contains("Basic ************\r\nHost: x") && text.contains("password=*******&x=1"), "{text}");
    }
}
