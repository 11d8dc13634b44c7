//! Chunks of a message put together (OPC 10000-6, 6.7.2): bounded, one direction.

/// Bytes kept of all of them; the end of a message is dropped where it is longer.
const BYTES_MAX: usize = 512 << 10;
/// Messages that are being put together at a time.
const OPEN_MAX: usize = 2;

#[derive(Debug)]
struct Open {
    request: u32,
    bytes: Vec<u8>,
    cut: bool,
}

/// Messages of which the last chunk is still missing.
#[derive(Debug, Default)]
pub struct Chunks {
    open: Vec<Open>,
}

/// A message whose last chunk has come.
#[derive(Debug, PartialEq, Eq)]
pub struct Whole {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// It was longer than is kept.
    pub cut: bool,
}

impl Chunks {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.iter().map(|open| open.bytes.capacity()).sum()
    }

    /// Whether chunks of that message have come.
    pub fn has(&self, request: u32) -> bool {
        self.begun(request).is_some()
    }

    /// The bytes of that message that have come.
    pub fn begun(&self, request: u32) -> Option<&[u8]> {
        self.open.iter().find(|open| open.request == request).map(|open| open.bytes.as_slice())
    }

    /// Takes a chunk that is not the last one. Messages that fell out for it are counted.
    pub fn push(&mut self, request: u32, body: &[u8]) -> u64 {
        let at = self.open.iter().position(|open| open.request == request);
        let mut fallen = 0;
        if at.is_none() {
            if self.open.len() >= OPEN_MAX {
                self.open.remove(0);
                fallen = 1;
            }
            self.open.push(Open { request, bytes: Vec::new(), cut: false });
        }
        let room = self.room();
        let open = match at {
            Some(at) => self.open.get_mut(at),
            None => self.open.last_mut(),
        };
        if let Some(open) = open {
            open.push(body, room);
        }
        fallen
    }

    /// Takes the last chunk; `None` if it is the only one.
    pub fn finish(&mut self, request: u32, body: &[u8]) -> Option<Whole> {
        let room = self.room();
        let mut open = self.drop_open(request)?;
        open.push(body, room);
        Some(Whole { bytes: open.bytes, cut: open.cut })
    }

    fn room(&self) -> usize {
        BYTES_MAX.saturating_sub(self.open.iter().map(|open| open.bytes.len()).sum())
    }

    /// Drops what has come of that message; whether there was any.
    pub fn abort(&mut self, request: u32) -> bool {
        self.drop_open(request).is_some()
    }

    /// Drops everything (after a gap).
    pub fn clear(&mut self) {
        self.open = Vec::new();
    }

    fn drop_open(&mut self, request: u32) -> Option<Open> {
        if self.open.is_empty() {
            return None;
        }
        let at = self.open.iter().position(|open| open.request == request)?;
        Some(self.open.remove(at))
    }
}

impl Open {
    fn push(&mut self, body: &[u8], room: usize) {
        self.cut |= body.len() > room;
        self.bytes.extend_from_slice(body.get(..room).unwrap_or(body));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_become_whole() {
        let mut chunks = Chunks::default();
        assert_eq!(chunks.finish(1, &[9]), None);
        assert_eq!((chunks.push(1, &[1, 2]), chunks.push(2, &[7]), chunks.push(1, &[3])), (0, 0, 0));
        assert!(chunks.has(1) && chunks.has(2) && !chunks.has(3));
        assert_eq!(chunks.finish(1, &[4]), Some(Whole { bytes: vec![1, 2, 3, 4], cut: false }));
        assert!(chunks.abort(2) && !chunks.abort(2));
        assert_eq!((1..=3).map(|request| chunks.push(request, &[0])).sum::<u64>(), 1);
        assert!(!chunks.has(1) && chunks.has(3));
    }

    #[test]
    fn long_messages_are_cut() {
        let mut chunks = Chunks::default();
        let part = vec![0; BYTES_MAX / 2 + 1];
        assert_eq!((chunks.push(1, &part), chunks.push(1, &part)), (0, 0));
        let whole = chunks.finish(1, &[1]);
        assert_eq!(whole.map(|whole| (whole.bytes.len(), whole.cut)), Some((BYTES_MAX, true)));
    }

    #[test]
    fn messages_share_a_room() {
        let mut chunks = Chunks::default();
        let part = vec![0; BYTES_MAX / 2 + 1];
        let _ = (chunks.push(1, &part), chunks.push(2, &part), chunks.push(2, &part));
        assert!((BYTES_MAX..2 * BYTES_MAX).contains(&chunks.weight()), "{}", chunks.weight());
        assert_eq!(chunks.finish(1, &[]).map(|whole| whole.cut), Some(false));
        assert_eq!(chunks.finish(2, &[]).map(|whole| (whole.bytes.len(), whole.cut)), Some((BYTES_MAX - part.len(), true)));
    }
}
