//! Bounded state of a flow: uploads that are open, cyclic subscriptions, answers in several parts.

use wf_wire::decode::{Direction, Sink};

/// Uploads open at once.
const UPLOADS_MAX: usize = 8;
/// Cyclic subscriptions remembered.
const SUBSCRIPTIONS_MAX: usize = 16;
/// Answers in parts at once.
const PARTS_MAX: usize = 4;
/// Bytes of one answer in parts.
const PART_BYTES_MAX: usize = 64 * 1024;

/// Names of blocks being read out, by upload identifier.
#[derive(Debug, Default)]
pub struct Uploads(Vec<(u32, String)>);

impl Uploads {
    /// None yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Remembers the block of an upload.
    pub fn insert(&mut self, id: u32, name: &str, out: &mut dyn Sink) {
        self.0.retain(|(known, _)| *known != id);
        if self.0.len() >= UPLOADS_MAX {
            self.0.remove(0);
            out.evicted(1);
        }
        self.0.push((id, name.to_owned()));
    }

    /// The block of an upload.
    pub fn name(&self, id: u32) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == id).map(|(_, name)| name.as_str())
    }

    /// Forgets an upload.
    pub fn remove(&mut self, id: u32) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| *known == id)?;
        Some(self.0.remove(at).1)
    }
}

/// Requests for cyclic data and watched variables, by function group and the job number that the controller gave them.
#[derive(Debug, Default)]
pub struct Subscriptions(Vec<((u8, u8), Vec<u8>)>);

impl Subscriptions {
    /// Bytes that they hold.
    pub fn weight(&self) -> usize {
        self.0.iter().map(|(_, request)| request.capacity()).sum()
    }

    /// None yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Remembers a request.
    pub fn insert(&mut self, group: u8, job: u8, request: &[u8], out: &mut dyn Sink) {
        self.0.retain(|(known, _)| *known != (group, job));
        if self.0.len() >= SUBSCRIPTIONS_MAX {
            self.0.remove(0);
            out.evicted(1);
        }
        self.0.push(((group, job), request.to_vec()));
    }

    /// The request of a job.
    pub fn get(&self, group: u8, job: u8) -> Option<&[u8]> {
        self.0.iter().find(|(known, _)| *known == (group, job)).map(|(_, request)| request.as_slice())
    }
}

/// What names an answer in parts: direction, group, subfunction, data unit reference.
pub type PartKey = (Direction, u8, u8, u8);

/// Answers of which parts are still to come.
#[derive(Debug, Default)]
pub struct Parts(Vec<(PartKey, Vec<u8>)>);

impl Parts {
    /// Bytes that they hold.
    pub fn weight(&self) -> usize {
        self.0.iter().map(|(_, part)| part.capacity()).sum()
    }

    /// None yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a part that is not the last. `false`: too long, all of it is dropped.
    pub fn add(&mut self, key: PartKey, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let at = self.0.iter().position(|(known, _)| *known == key);
        let at = at.unwrap_or_else(|| {
            if self.0.len() >= PARTS_MAX {
                self.0.remove(0);
                out.evicted(1);
            }
            self.0.push((key, Vec::new()));
            self.0.len() - 1
        });
        let Some((_, whole)) = self.0.get_mut(at) else { return false };
        if whole.len().saturating_add(bytes.len()) > PART_BYTES_MAX {
            self.0.remove(at);
            return false;
        }
        whole.extend_from_slice(bytes);
        true
    }

    /// Takes the parts so far with the last one added; `None` if there were none before it.
    pub fn last(&mut self, key: PartKey, bytes: &[u8]) -> Option<Vec<u8>> {
        let at = self.0.iter().position(|(known, _)| *known == key)?;
        let mut whole = self.0.remove(at).1;
        if whole.len().saturating_add(bytes.len()) <= PART_BYTES_MAX {
            whole.extend_from_slice(bytes);
        }
        Some(whole)
    }

    /// Forgets what came this way (after a gap): the other way's parts are all there.
    pub fn forget(&mut self, direction: Direction) {
        self.0.retain(|((way, ..), _)| *way != direction);
    }
}
