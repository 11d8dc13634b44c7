//! HTTP/1 (RFC 9110, RFC 9112): requests and answers matched, bodies skipped, tunnels looked into for TLS and SSH.

mod credential;
mod exchange;
mod file;
mod head;

#[cfg(test)]
mod tests;

use crate::{ssh, tls};
use exchange::{Exchanges, Held};
use head::{Framing, Head};
use std::borrow::Cow;
use wf_model::observation::Transport;
use wf_wire::decode::{Anomaly, AnomalyKind, Context, Decoder, Direction, Probe, ProtocolInfo, Sink, Step, Verdict, heavy};

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: "http",
    title: "HTTP",
    standard: "RFC 9110, RFC 9112, RFC 7617",
    tcp: &[80, 81, 591, 631, 2375, 2710, 2869, 3128, 3132, 5000, 5357, 5985, 8000, 8008, 8080, 8081, 8088, 8888, 9090, 11371],
    udp: &[],
    ethertypes: &[],
    industrial: false,
    encrypted: false,
    messages: &["http", "http_partial"],
    anomalies: &[
        AnomalyKind { name: "http_head_too_long", meaning: "A message's head is longer than is read." },
        AnomalyKind { name: "http_bad_request_line", meaning: "A request line has blanks in its target, or no proper version." },
        AnomalyKind { name: "http_bad_header", meaning: "A header line has no colon, or blanks before it." },
        AnomalyKind {
            name: "http_bad_length",
            meaning: "The content length is no number, or is given twice with different values.",
        },
        AnomalyKind {
            name: "http_conflicting_framing",
            meaning: "Content length and chunked coding are both given, as in request smuggling.",
        },
        AnomalyKind { name: "http_bad_chunk", meaning: "A chunk's size is no number." },
        AnomalyKind { name: "http_not_http", meaning: "Where a message should begin, something else does." },
        AnomalyKind {
            name: "http_unasked_answer",
            meaning: "An answer came to no request, on a connection seen from its start with the requests before.",
        },
    ],
    probe,
    new: || Box::new(Http::default()),
};

/// Longest head, and longest chunk-size line.
const HEAD_MAX: usize = 65_536;
const CHUNK_LINE_MAX: usize = 1024;

fn probe(p: &Probe<'_>) -> Verdict {
    if p.transport != Transport::Tcp {
        return Verdict::No;
    }
    let on_port = INFO.tcp.contains(&p.src_port) || INFO.tcp.contains(&p.dst_port);
    match head::begins(p.bytes) {
        head::Begins::Response => Verdict::SureServer,
        head::Begins::Request => Verdict::SureClient,
        head::Begins::Perhaps => Verdict::More,
        head::Begins::BareRequest => Verdict::Likely,
        // Picked up in the middle of a body: a head will follow.
        head::Begins::No if on_port && !p.from_start => Verdict::Likely,
        head::Begins::No => Verdict::No,
    }
}

/// What comes next in one direction.
#[derive(Debug, Default)]
enum Next {
    #[default]
    Head,
    /// So many bytes of a body.
    Sized(u64),
    /// A chunk-size line.
    Chunk,
    /// So many bytes of a chunk and its line end.
    ChunkData(u64),
    /// Lines after the last chunk, up to an empty one.
    Trailer,
    /// A form of this many bytes.
    Form(usize),
    /// A body that ends with the connection.
    Body,
}

#[derive(Debug, Default)]
struct Side {
    next: Next,
    /// Bytes of an incomplete head that hold no end.
    scanned: usize,
    /// The message whose body is still coming.
    held: Held,
}

/// What became of the connection.
#[derive(Default)]
enum Mode {
    #[default]
    Http,
    /// A proxy connected it through; nothing has come yet.
    Tunnel,
    /// Another protocol speaks through the tunnel.
    Inner(Box<dyn Decoder>),
}

#[derive(Default)]
struct Http {
    sides: [Side; 2],
    mode: Mode,
    exchanges: Exchanges,
    touched: bool,
    complained: bool,
}

impl Http {
    /// Bytes that it holds.
    fn held(&self) -> usize {
        let inner = if let Mode::Inner(inner) = &self.mode { inner.weight() } else { 0 };
        inner + self.exchanges.weight() + self.sides.iter().map(|side| side.held.weight()).sum::<usize>()
    }

    fn side(&mut self, direction: Direction) -> &mut Side {
        let [client, server] = &mut self.sides;
        match direction {
            Direction::ToServer => client,
            Direction::ToClient => server,
        }
    }

    fn head(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        // Empty lines before a message are to be ignored (RFC 9112, 2.2).
        let blank = bytes.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        if blank > 0 {
            return Step::Consumed(blank);
        }
        let begins = head::begins(bytes);
        if begins == head::Begins::No {
            return self.not_http(ctx, bytes, out);
        }
        let scanned = self.side(ctx.direction).scanned;
        let end = match begins {
            head::Begins::BareRequest => head::bare_end(bytes, scanned),
            _ => head::end(bytes, scanned),
        };
        let Some(end) = end else {
            if bytes.len() < HEAD_MAX {
                self.side(ctx.direction).scanned = bytes.len().saturating_sub(3);
                return Step::Need(bytes.len() + 1);
            }
            raise(ctx, out, "http_head_too_long", format!("over {HEAD_MAX} bytes"));
            self.side(ctx.direction).scanned = 0;
            return Step::Resync;
        };
        self.side(ctx.direction).scanned = 0;
        self.touched = true;
        let Some(head) = Head::read(bytes.get(..end).unwrap_or_default()) else { return self.not_http(ctx, bytes, out) };
        for (kind, detail) in &head.damage {
            raise(ctx, out, kind, detail.clone());
        }
        self.message(ctx, &head, bytes, end, out)
    }

    /// Deals with a complete head. Its message is said when its body is complete too.
    fn message(&mut self, ctx: &Context<'_>, head: &Head<'_>, bytes: &[u8], end: usize, out: &mut dyn Sink) -> Step {
        let asked = if head.is_request() {
            self.exchanges.request(ctx, head, out);
            None
        } else {
            self.exchanges.response(ctx, head, out)
        };
        let framing = if head.is_request() {
            Framing::of_request(head)
        } else {
            Framing::of_response(head, asked.as_ref().map(|a| a.method.as_slice()))
        };
        let after = bytes.len().saturating_sub(end) as u64;
        let next = match framing {
            Framing::Length(len) if len > after && !is_short_form(head, len) => Next::Sized(len),
            Framing::Length(len) if is_short_form(head, len) => Next::Form(len as usize),
            Framing::Chunked => Next::Chunk,
            Framing::UntilClose => Next::Body,
            _ => Next::Head,
        };
        let side = self.side(ctx.direction);
        // Without a type there is hardly a body to wait for.
        let bare = matches!(next, Next::Body) && head.content_type.is_none();
        if bare || matches!(next, Next::Head) {
            exchange::write(ctx, "http", head, asked.as_ref(), out);
        } else {
            side.held.hold(bytes.get(..end).unwrap_or_default(), asked);
        }
        side.next = next;
        match framing {
            Framing::Length(len) if matches!(self.side(ctx.direction).next, Next::Head) => Step::Consumed(end + len as usize),
            Framing::Upgraded => Step::Done,
            Framing::Tunnel => {
                self.mode = Mode::Tunnel;
                Step::Consumed(end)
            }
            _ => Step::Consumed(end),
        }
    }

    /// The body of the message at hand is over.
    fn complete(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let side = self.side(ctx.direction);
        side.next = Next::Head;
        side.held.say(ctx, out);
    }

    /// Bytes of a body, or of a chunk, of which `left` are still to come.
    fn body(&mut self, ctx: &Context<'_>, bytes: &[u8], left: u64, out: &mut dyn Sink) -> Step {
        let taken = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let left = left - taken as u64;
        let side = self.side(ctx.direction);
        match &mut side.next {
            Next::ChunkData(_) if left == 0 => side.next = Next::Chunk,
            Next::Sized(_) if left == 0 => self.complete(ctx, out),
            Next::ChunkData(count) | Next::Sized(count) => *count = left,
            _ => {}
        }
        Step::Consumed(taken)
    }

    fn not_http(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        if !self.touched && ctx.from_start {
            return Step::NotMine;
        }
        // A client that speaks HTTP to an SSH server: the server's words are worth more.
        if bytes.starts_with(b"SSH-") {
            self.mode = Mode::Tunnel;
            return self.tunnel(ctx, bytes, out);
        }
        if self.touched && !self.complained {
            self.complained = true;
            raise(
                ctx,
                out,
                "http_not_http",
                String::from_utf8_lossy(bytes.get(..bytes.len().min(16)).unwrap_or_default()).into_owned(),
            );
        }
        Step::Resync
    }

    /// A chunk-size line with its chunk (RFC 9112, 7.1).
    fn chunk(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let Some(end) = bytes.iter().take(CHUNK_LINE_MAX).position(|b| *b == b'\n') else {
            if bytes.len() < CHUNK_LINE_MAX {
                return Step::Need(bytes.len() + 1);
            }
            return self.bad_chunk(ctx, bytes, out);
        };
        let line = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default());
        let size = line.split(';').next().unwrap_or_default().trim();
        match u32::from_str_radix(size, 16) {
            Ok(0) => {
                self.side(ctx.direction).next = Next::Trailer;
                Step::Consumed(end + 1)
            }
            // The chunk is followed by a line end.
            Ok(size) => {
                self.side(ctx.direction).next = Next::ChunkData(u64::from(size) + 2);
                Step::Consumed(end + 1)
            }
            Err(_) => self.bad_chunk(ctx, bytes, out),
        }
    }

    fn bad_chunk(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let shown = String::from_utf8_lossy(bytes.get(..bytes.len().min(16)).unwrap_or_default()).into_owned();
        raise(ctx, out, "http_bad_chunk", shown);
        self.complete(ctx, out);
        Step::Resync
    }

    fn trailer(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        match bytes.iter().position(|b| *b == b'\n') {
            Some(end) => {
                if bytes.get(..end).is_some_and(|line| line.iter().all(|b| *b == b'\r')) {
                    self.complete(ctx, out);
                }
                Step::Consumed(end + 1)
            }
            None if bytes.len() >= HEAD_MAX => {
                self.complete(ctx, out);
                Step::Resync
            }
            None => Step::Need(bytes.len() + 1),
        }
    }

    fn form(&mut self, ctx: &Context<'_>, bytes: &[u8], len: usize, out: &mut dyn Sink) -> Step {
        let Some(form) = bytes.get(..len) else { return Step::Need(len) };
        credential::form(ctx, form, out);
        self.complete(ctx, out);
        Step::Consumed(len)
    }

    /// The first bytes through a tunnel (RFC 9110, 9.3.6) decide what it carries.
    fn tunnel(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let from_start = true;
        let probe = Probe { bytes, src_port: ctx.src_port, dst_port: ctx.dst_port, transport: Transport::Tcp, from_start };
        for info in [&tls::INFO, &ssh::INFO, &INFO] {
            match (info.probe)(&probe) {
                Verdict::Sure | Verdict::SureClient | Verdict::SureServer => {
                    let mut inner = (info.new)();
                    let step = inner.stream(ctx, bytes, out);
                    self.mode = Mode::Inner(inner);
                    return step;
                }
                Verdict::More => return Step::Need(bytes.len() + 1),
                Verdict::No | Verdict::Likely => {}
            }
        }
        Step::Done
    }
}

impl Decoder for Http {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        match &mut self.mode {
            Mode::Http => {}
            Mode::Tunnel => return self.tunnel(ctx, bytes, out),
            Mode::Inner(inner) => {
                return match inner.stream(ctx, bytes, out) {
                    Step::NotMine => Step::Done,
                    step => step,
                };
            }
        }
        match self.side(ctx.direction).next {
            Next::Head => {
                self.side(ctx.direction).held.say(ctx, out);
                self.head(ctx, bytes, out)
            }
            Next::Sized(left) | Next::ChunkData(left) => self.body(ctx, bytes, left, out),
            Next::Chunk => self.chunk(ctx, bytes, out),
            Next::Trailer => self.trailer(ctx, bytes, out),
            Next::Form(len) => self.form(ctx, bytes, len, out),
            Next::Body => Step::Consumed(bytes.len()),
        }
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], missing: usize, out: &mut dyn Sink) -> Option<usize> {
        if let Mode::Inner(inner) = &mut self.mode {
            return inner.cut(ctx, bytes, missing, out);
        }
        let side = self.side(ctx.direction);
        side.held.say(ctx, out);
        match side.next {
            Next::Head => {}
            // The gap takes from the body what is missing of it.
            Next::Sized(left) | Next::ChunkData(left) => return Some(missing).filter(|missing| *missing as u64 <= left),
            Next::Body => return Some(missing),
            Next::Form(len) => return Some(len),
            Next::Chunk | Next::Trailer => return None,
        }
        if head::begins_in_part(bytes)
            && let Some(head) = Head::read(bytes)
        {
            self.touched = true;
            exchange::write(ctx, "http", &head, None, out);
        }
        None
    }

    fn gap(&mut self, direction: Direction, len: u64) {
        if let Mode::Inner(inner) = &mut self.mode {
            inner.gap(direction, len);
        }
        self.exchanges.forget();
        let side = self.side(direction);
        side.scanned = 0;
        side.held.cut = true;
        side.next = match side.next {
            Next::Body => Next::Body,
            // Within a body of known length nothing is lost but a part of it.
            Next::Sized(left) if (1..left).contains(&len) => Next::Sized(left - len),
            Next::ChunkData(left) if (1..left).contains(&len) => Next::ChunkData(left - len),
            Next::ChunkData(left) if len == left => Next::Chunk,
            _ => Next::Head,
        };
    }

    fn resync(&mut self, direction: Direction, bytes: &[u8]) -> Option<usize> {
        if let Mode::Inner(inner) = &mut self.mode {
            return inner.resync(direction, bytes);
        }
        if matches!(self.side(direction).next, Next::Body) {
            return Some(0);
        }
        (0..bytes.len()).find(|at| {
            let rest = bytes.get(*at..).unwrap_or_default();
            matches!(head::begins(rest), head::Begins::Request | head::Begins::Response)
        })
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        if let Mode::Inner(inner) = &mut self.mode {
            inner.finish(ctx, out);
        }
        for (direction, side) in [Direction::ToServer, Direction::ToClient].into_iter().zip(&mut self.sides) {
            // A body that ends with the connection is complete now.
            side.held.cut |= !matches!(side.next, Next::Body);
            side.held.say(&towards(ctx, direction), out);
        }
        self.exchanges.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(Http::held(self))
    }

    fn renew(&mut self) -> Option<Box<dyn Decoder>> {
        // Bodies go on as they began.
        let nexts = self.sides.each_mut().map(|side| std::mem::take(&mut side.next));
        let sides = nexts.map(|next| Side { next, ..Side::default() });
        let (mode, touched, complained) = (std::mem::take(&mut self.mode), self.touched, self.complained);
        Some(Box::new(Self { sides, mode, touched, complained, ..Self::default() }))
    }
}

/// A form that is small enough to be looked at.
fn is_short_form(head: &Head<'_>, len: u64) -> bool {
    head.is_form() && len > 0 && len <= credential::FORM_MAX as u64
}

/// The same context with bytes that travel in `direction`.
fn towards<'a>(ctx: &Context<'a>, direction: Direction) -> Context<'a> {
    if ctx.direction == direction {
        return *ctx;
    }
    Context {
        direction,
        src: ctx.dst,
        dst: ctx.src,
        src_mac: ctx.dst_mac,
        dst_mac: ctx.src_mac,
        src_port: ctx.dst_port,
        dst_port: ctx.src_port,
        ..*ctx
    }
}

fn raise(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: impl Into<Cow<'static, str>>) {
    out.anomaly(ctx, "http", Anomaly { kind, detail: detail.into() });
}
