//! What servers call their variables: names behind handles, places and notifications, with their types.

use std::collections::HashMap;
use std::sync::Arc;
use wf_wire::{Reader, Sink};

/// Names of each kind that are remembered of one flow.
const KNOWN_MAX: usize = 4096;
/// Longest name that is kept, in bytes.
const NAME_MAX: usize = 256;

/// A variable.
#[derive(Debug, PartialEq, Eq)]
pub struct Symbol {
    /// With the port of its server: `851/MAIN.level`.
    pub name: String,
    /// Type; 0 where nobody said.
    pub kind: u32,
}

/// Where a value lies: port of the server, index group, index offset.
pub type Place = (u16, u32, u32);

/// What a notification was ordered for.
#[derive(Debug)]
pub struct Ordered {
    pub place: Place,
    pub symbol: Option<Arc<Symbol>>,
}

/// What one flow has told.
#[derive(Debug, Default)]
pub struct Symbols {
    handles: HashMap<(u16, u32), Arc<Symbol>>,
    places: HashMap<Place, Arc<Symbol>>,
    kinds: HashMap<String, u32>,
    notifications: HashMap<(u16, u32), Ordered>,
}

fn room<K, V>(map: &mut HashMap<K, V>, out: &mut dyn Sink) {
    if map.len() >= KNOWN_MAX {
        out.evicted(map.len() as u64);
        map.clear();
    }
}

/// A name as it is shown.
pub fn full_name(port: u16, name: &str) -> String {
    format!("{port}/{}", crate::hints::bounded(name, NAME_MAX))
}

impl Symbols {
    /// A handle was given for a name.
    pub fn handle(&mut self, port: u16, handle: u32, name: &str, out: &mut dyn Sink) {
        room(&mut self.handles, out);
        let name = full_name(port, name);
        let kind = self.kinds.get(&name).copied().unwrap_or(0);
        self.handles.insert((port, handle), Arc::new(Symbol { name, kind }));
    }

    /// A handle is given back.
    pub fn release(&mut self, port: u16, handle: u32) {
        self.handles.remove(&(port, handle));
    }

    /// What a server says of a symbol: where it lies and of which type it is.
    pub fn info(&mut self, port: u16, entry: &[u8], out: &mut dyn Sink) -> Option<()> {
        let mut r = Reader::new(entry);
        r.skip(4).ok()?;
        let (group, offset, _size, kind, _flags) =
            (r.u32_le().ok()?, r.u32_le().ok()?, r.u32_le().ok()?, r.u32_le().ok()?, r.u32_le().ok()?);
        let length = usize::from(r.u16_le().ok()?);
        r.skip(4).ok()?;
        let name = full_name(port, &crate::hints::clean(r.take(length).ok()?));
        room(&mut self.kinds, out);
        room(&mut self.places, out);
        self.kinds.insert(name.clone(), kind);
        self.places.insert((port, group, offset), Arc::new(Symbol { name, kind }));
        Some(())
    }

    /// The symbol that lies at a place.
    pub fn at(&self, (port, group, offset): Place) -> Option<&Arc<Symbol>> {
        match group {
            super::names::SYMBOL_VALUE_BY_HANDLE => self.handles.get(&(port, offset)),
            _ => self.places.get(&(port, group, offset)),
        }
    }

    /// A notification was ordered.
    pub fn notify(&mut self, port: u16, handle: u32, place: Place, out: &mut dyn Sink) {
        room(&mut self.notifications, out);
        let symbol = self.at(place).cloned();
        self.notifications.insert((port, handle), Ordered { place, symbol });
    }

    /// A notification is ordered no longer.
    pub fn forget(&mut self, port: u16, handle: u32) {
        self.notifications.remove(&(port, handle));
    }

    /// What a notification is about.
    pub fn notified(&self, port: u16, handle: u32) -> Option<&Ordered> {
        self.notifications.get(&(port, handle))
    }
}

/// A value by its type (`ADST_…` of the type system); of bytes without a type only what a byte or a word can be.
pub fn number(kind: u32, bytes: &[u8]) -> Option<f64> {
    let mut r = Reader::new(bytes);
    #[expect(clippy::cast_precision_loss, reason = "a measurement is a double")]
    let value = match (kind, bytes.len()) {
        (2, 2) => f64::from(r.i16_le().ok()?),
        (3, 4) => f64::from(r.i32_le().ok()?),
        (4, 4) => f64::from(r.f32_le().ok()?),
        (5, 8) => f64::from_bits(r.u64_le().ok()?),
        (16, 1) => f64::from(i8::from_le_bytes(r.array().ok()?)),
        (17 | 33 | 0, 1) => f64::from(r.u8().ok()?),
        (18 | 0, 2) => f64::from(r.u16_le().ok()?),
        (19, 4) => f64::from(r.u32_le().ok()?),
        (20, 8) => r.i64_le().ok()? as f64,
        (21, 8) => r.u64_le().ok()? as f64,
        _ => return None,
    };
    Some(value)
}

/// The type of texts.
pub const TEXT: u32 = 30;
