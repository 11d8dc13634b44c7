//! Capture, decoding and aggregation into observations. A [`Sensor`] takes packets and gives [`wf_model::Batch`]es; it has
//! no clock and no I/O of its own. [`replay`] drives it from capture files, [`live`] from an interface. Nothing here can
//! send on a monitored interface.

pub mod aggregate;
mod coverage;
mod fold;
pub mod live;
pub mod print;
pub mod profile;
pub mod replay;
mod ring;
mod values;

pub use aggregate::{Aggregator, Settings};

use wf_flow::{Engine, Limits, PacketSummary};
use wf_model::Batch;
use wf_wire::RawPacket;

/// One capture point: packets in, batches of observations out.
pub struct Sensor {
    engine: Engine,
    aggregator: Aggregator,
}

impl Sensor {
    /// A sensor with all protocols of the registry.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { engine: Engine::new(wf_protocols::REGISTRY, Limits::default()), aggregator: Aggregator::new(settings) }
    }

    /// Takes one packet, and says what became of it.
    pub fn packet(&mut self, raw: &RawPacket<'_>) -> PacketSummary {
        self.aggregator.begin_packet(raw);
        self.engine.packet(raw, &mut self.aggregator)
    }

    /// Packets that the kernel or the capture card dropped since the last call.
    pub fn dropped(&mut self, count: u64) {
        self.aggregator.dropped(count);
    }

    /// What can be told now: when enough has gathered, or all that need not wait for its minute when `urgent`.
    pub fn take_batch(&mut self, urgent: bool) -> Option<Batch> {
        self.aggregator.take_batch(urgent)
    }

    /// The source is at its end: everything that is left.
    pub fn finish(&mut self) -> Option<Batch> {
        self.engine.finish(&mut self.aggregator);
        self.aggregator.finish()
    }

    /// Messages decoded so far.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.aggregator.messages()
    }

    /// Announces what is known of a finite source: first and last event time.
    pub fn set_span(&mut self, span: (wf_model::Timestamp, wf_model::Timestamp)) {
        self.aggregator.set_span(span);
    }
}
