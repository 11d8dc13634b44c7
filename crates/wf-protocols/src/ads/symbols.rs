//! What servers call their variables: names behind handles, places and notifications, with their types.

use crate::held::map_weight;
use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use wf_wire::{Reader, Sink};

/// Names of each kind that are remembered of one flow.
const KNOWN_MAX: usize = 4096;
/// Bytes of the names in one of the tables.
const NAMES_MAX: usize = 384 << 10;
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

/// A table with names in it: where it is full it begins anew.
#[derive(Debug)]
struct Table<K, V> {
    known: HashMap<K, (V, usize)>,
    /// Bytes of the names.
    bytes: usize,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { known: HashMap::new(), bytes: 0 }
    }
}

impl<K: Eq + Hash, V> Table<K, V> {
    /// `bytes`: what its names hold.
    fn insert(&mut self, key: K, value: V, bytes: usize, out: &mut dyn Sink) {
        if self.known.len() >= KNOWN_MAX || self.bytes + bytes > NAMES_MAX {
            out.evicted(self.known.len() as u64);
            self.known.clear();
            self.bytes = 0;
        }
        self.bytes += bytes;
        if let Some((_, before)) = self.known.insert(key, (value, bytes)) {
            self.bytes = self.bytes.saturating_sub(before);
        }
    }

    fn remove(&mut self, key: &K) {
        if let Some((_, bytes)) = self.known.remove(key) {
            self.bytes = self.bytes.saturating_sub(bytes);
        }
    }

    fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.known.get(key).map(|(value, _)| value)
    }

    fn weight(&self) -> usize {
        map_weight(&self.known) + self.bytes
    }
}

/// What one flow has told.
#[derive(Debug, Default)]
pub struct Symbols {
    handles: Table<(u16, u32), Arc<Symbol>>,
    places: Table<Place, Arc<Symbol>>,
    kinds: Table<String, u32>,
    notifications: Table<(u16, u32), Ordered>,
}

impl Symbol {
    fn outside(&self) -> usize {
        size_of::<Self>() + 2 * size_of::<usize>() + self.name.capacity()
    }
}

/// A name as it is shown.
pub fn full_name(port: u16, name: &str) -> String {
    format!("{port}/{}", crate::hints::bounded(name, NAME_MAX))
}

impl Symbols {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.handles.weight() + self.places.weight() + self.kinds.weight() + self.notifications.weight()
    }

    /// A handle was given for a name.
    pub fn handle(&mut self, port: u16, handle: u32, name: &str, out: &mut dyn Sink) {
        let name = full_name(port, name);
        let kind = self.kinds.get(&name).copied().unwrap_or(0);
        let symbol = Symbol { name, kind };
        let bytes = symbol.outside();
        self.handles.insert((port, handle), Arc::new(symbol), bytes, out);
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
        self.kinds.insert(name.clone(), kind, name.len(), out);
        let symbol = Symbol { name, kind };
        let bytes = symbol.outside();
        self.places.insert((port, group, offset), Arc::new(symbol), bytes, out);
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
        let symbol = self.at(place).cloned();
        // A symbol may stay for this alone.
        let bytes = symbol.as_ref().map_or(0, |symbol| symbol.outside());
        self.notifications.insert((port, handle), Ordered { place, symbol }, bytes, out);
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
