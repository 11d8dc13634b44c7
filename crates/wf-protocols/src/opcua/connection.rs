//! Messages before any secure channel, and what becomes of what waits when a connection ends (OPC 10000-6, 7.1).

use super::transport::{self, Header, Kind, Limits, Secured};
use super::wire::{self, Text};
use super::{Flow, NAME, operations, status};
use crate::held::Waiting;
use wf_wire::decode::{Context, Direction, Sink};
use wf_wire::{MessageWriter, Reader};

/// The fields that messages begin with.
pub fn begin(m: &mut MessageWriter<'_>, header: &Header, secured: Option<&Secured<'_>>, service: Option<u32>) {
    m.text("message_type", header.kind.letters()).num("size", header.size as u64);
    if let Some(secured) = secured {
        m.num("sequence_number", secured.sequence).num("request_id", secured.request).opt("service", service);
    }
    m.show("chunk", char::from(header.chunk));
    if let Some(secured) = secured {
        m.num("secure_channel_id", secured.channel).opt("token_id", secured.token);
        if let Some(asymmetric) = secured.asymmetric {
            m.show("security_policy", Text(transport::policy_name(asymmetric.policy)));
            if !asymmetric.thumbprint.is_empty() {
                m.hex("receiver_thumbprint", asymmetric.thumbprint.get(..64).unwrap_or(asymmetric.thumbprint));
            }
        }
    }
}

impl Flow {
    /// A message before any channel.
    pub(super) fn plain(&mut self, ctx: &Context<'_>, header: &Header, body: &[u8], out: &mut dyn Sink) -> wire::Result<()> {
        let mut r = Reader::new(body);
        let numbers = match header.kind {
            Kind::Hello | Kind::Acknowledge => Some(Limits::read(&mut r)?),
            _ => None,
        };
        let code = if header.kind == Kind::Error { Some(r.u32_le()?) } else { None };
        let texts: [&[u8]; 2] = match header.kind {
            Kind::Hello | Kind::Error => [wire::string(&mut r)?, &[]],
            Kind::ReverseHello => [wire::string(&mut r)?, wire::string(&mut r)?],
            _ => [&[], &[]],
        };
        if let Some(mut m) = out.message(ctx, NAME) {
            begin(&mut m, header, None, None);
            if let Some(limits) = &numbers {
                m.num("version", limits.version).num("receive_buffer_size", limits.receive_buffer);
                m.num("send_buffer_size", limits.send_buffer).num("message_size_max", limits.message_max);
                m.num("chunk_count_max", limits.chunks_max);
            }
            let fields = match header.kind {
                Kind::Hello => ["endpoint_url", ""],
                Kind::ReverseHello => ["server_uri", "endpoint_url"],
                _ => ["reason", ""],
            };
            if let Some(code) = code {
                m.text("error", status::name(code));
            }
            for (name, text) in fields.into_iter().zip(texts).filter(|(_, text)| !text.is_empty()) {
                m.show(name, Text(text));
            }
        }
        self.connect(ctx, header.kind, code, texts, out);
        Ok(())
    }

    fn connect(&mut self, ctx: &Context<'_>, kind: Kind, code: Option<u32>, [first, second]: [&[u8]; 2], out: &mut dyn Sink) {
        match (kind, code) {
            (Kind::Hello, _) => self.hello = Some((ctx.now, crate::hints::clean(first).into_owned())),
            (Kind::ReverseHello, _) => {
                let target = crate::hints::clean(second);
                operations::connection(ctx, ctx.now, ctx.direction, "reverse_hello", &target, "unconfirmed", out);
            }
            (Kind::Error, Some(code)) => {
                let outcome = status::outcome(code);
                self.greeted(ctx, outcome, out);
                self.opened(ctx, outcome, out);
                self.abandon(ctx, Some(outcome), out);
            }
            _ => self.greeted(ctx, "ok", out),
        }
    }

    /// What became of a hello.
    pub(super) fn greeted(&mut self, ctx: &Context<'_>, outcome: &'static str, out: &mut dyn Sink) {
        if let Some((at, url)) = self.hello.take() {
            operations::connection(ctx, at, Direction::ToServer, "hello", &url, outcome, out);
        }
    }

    /// What became of an encrypted request for a channel.
    pub(super) fn opened(&mut self, ctx: &Context<'_>, outcome: &'static str, out: &mut dyn Sink) {
        if let Some(at) = self.channel.opening.take() {
            let policy = &self.channel.policy_name;
            operations::connection(ctx, at, Direction::ToServer, "open_secure_channel", policy, outcome, out);
        }
    }

    /// All requests that wait will stay without an answer; the reason, where one was given.
    pub(super) fn abandon(&mut self, ctx: &Context<'_>, reason: Option<&'static str>, out: &mut dyn Sink) {
        let open: Vec<((Direction, u32), Waiting)> = self.requests.drain().chain(self.publishing.drain()).collect();
        for ((actor, _), waiting) in open {
            self.unanswered(ctx, actor, &waiting, reason.unwrap_or_else(|| waiting.missing()), out);
        }
    }
}
