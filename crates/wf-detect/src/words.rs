//! What sentences and evidence say, put into words only where somebody reads them.

use crate::story::Evidence;
use std::fmt::{self, Display};
use wf_model::observation::ConversationWindow;

/// A name in snake case, read as words.
pub(crate) struct Spaced<'a>(pub &'a str);

impl Display for Spaced<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.split('_').enumerate().try_for_each(|(at, word)| {
            f.write_str(if at > 0 { " " } else { "" })?;
            f.write_str(word)
        })
    }
}

/// How often, where it is more than once.
pub(crate) struct Times(pub u64);

impl Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 1 { write!(f, " × {}", self.0) } else { Ok(()) }
    }
}

/// What a conversation is for.
pub(crate) struct Service<'a>(pub &'a ConversationWindow);

impl Display for Service<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = if self.0.protocol.is_empty() { "unrecognised" } else { self.0.protocol.as_ref() };
        write!(f, "{protocol} on {}/{}", self.0.transport, self.0.port)
    }
}

/// A conversation between these, and what came of it.
pub(crate) struct Outcome<'a> {
    pub window: &'a ConversationWindow,
    pub client: &'a dyn Display,
    pub server: &'a dyn Display,
}

impl Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { window, client, server } = self;
        let outcome = if window.packets[1] == 0 {
            "no answer"
        } else if window.refused > 0 {
            "refused"
        } else {
            "answered"
        };
        let packets = window.packets.iter().sum::<u64>();
        write!(f, "{client} → {server}: {}, {packets} packets, {outcome}", Service(window))
    }
}

/// Evidence of a conversation.
pub(crate) fn conversation_evidence<'a>(window: &'a ConversationWindow, text: &'a dyn Display) -> Evidence<'a> {
    Evidence {
        ts: window.ts,
        kind: "conversation",
        text,
        src: window.client,
        dst: Some(window.server),
        protocol: &window.protocol,
        frame: window.frame,
        packets: window.packet.as_slice(),
    }
}
