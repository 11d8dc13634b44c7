//! What is taken from a decoder of bytes that the capture holds in part (a snap length).

use wf_wire::MessageWriter;
use wf_wire::decode::{Anomaly, Coded, Context, Credential, Direction, Evidence, File, Measurement, Operation, Sink};

/// No anomalies: what is missing is the capture's fault. Of a stream, nothing but messages, and that a secret is readable: it
/// is to be masked however little of it there is.
pub struct InPart<'s> {
    /// Who wants the rest.
    pub out: &'s mut dyn Sink,
    /// Nothing but messages and secrets is taken.
    pub messages_only: bool,
}

impl InPart<'_> {
    fn all(&mut self) -> Option<&mut dyn Sink> {
        if self.messages_only { None } else { Some(self.out) }
    }
}

impl Sink for InPart<'_> {
    fn message(&mut self, ctx: &Context<'_>, protocol: &'static str) -> Option<MessageWriter<'_>> {
        self.out.message(ctx, protocol)
    }

    fn operation(&mut self, ctx: &Context<'_>, protocol: &'static str, operation: Operation<'_>) {
        if let Some(out) = self.all() {
            out.operation(ctx, protocol, operation);
        }
    }

    fn unchanged(&mut self, ctx: &Context<'_>, device: Direction, block: Coded, raw: &[u8]) -> bool {
        self.all().is_none_or(|out| out.unchanged(ctx, device, block, raw))
    }

    fn measurement(&mut self, ctx: &Context<'_>, protocol: &'static str, measurement: Measurement<'_>) {
        if let Some(out) = self.all() {
            out.measurement(ctx, protocol, measurement);
        }
    }

    fn evidence(&mut self, ctx: &Context<'_>, protocol: &'static str, evidence: Evidence<'_>) {
        if let Some(out) = self.all() {
            out.evidence(ctx, protocol, evidence);
        }
    }

    fn file(&mut self, ctx: &Context<'_>, protocol: &'static str, file: File<'_>) {
        if let Some(out) = self.all() {
            out.file(ctx, protocol, file);
        }
    }

    fn credential(&mut self, ctx: &Context<'_>, protocol: &'static str, credential: Credential<'_>) {
        // A name that may be cut is nobody's.
        let user = credential.user.filter(|_| !self.messages_only);
        self.out.credential(ctx, protocol, Credential { user, ..credential });
    }

    fn anomaly(&mut self, _: &Context<'_>, _: &'static str, _: Anomaly<'_>) {}

    fn evicted(&mut self, count: u64) {
        self.out.evicted(count);
    }
}
